"""What is advised, tried: trained again with the change; and the smallest change of a single weight
that releases a small network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..activations import ACTIVATIONS, Array
from ..network import Network
from ..parameter import entry_text
from ..settings import NETWORK
from ..training import verdict
from ..training.loop import Epoch
from ..training.run import Run
from ..training.train import train
from .findings import Advice
from .observation import Observation
from .stacks import predict_stack, train_stack

SIZES = 2.0 ** np.arange(-6, 7)  # of changes of a weight that are tried
FINER = 12  # steps between the largest that failed and the smallest that helped
MORE = 0.02  # of the examples: what is worth a word
MOST_PARAMETERS, MOST_EXAMPLES, MOST_EPOCHS = 40, 16, 20_000  # of a network that is searched


@dataclass(frozen=True)
class Tried:
    """What came of a piece of advice.

    Parameters
    ----------
    advice : that was carried out
    solved : how many trainings solved it
    runs : of how many
    loss : the lowest that was reached
    before : the stuck run's
    epochs : after which the first solved it, None if none did
    right : the share of examples that are right in the best of them, None for a regression, which
        has a loss alone
    was_right : in the stuck run
    """

    advice: Advice
    solved: int
    runs: int
    loss: float
    before: float
    epochs: int | None
    right: float | None = None
    was_right: float | None = None

    @property
    def helped(self) -> bool:
        """Whether it solved the problem, made many more examples right or, for a regression,
        lowered the loss by a tenth.
        """
        if self.right is None or self.was_right is None:
            return self.loss < 0.9 * self.before
        return self.solved > 0 or self.right > self.was_right + MORE

    @property
    def words(self) -> str:
        """The same in a sentence."""
        losses = f"loss {self.loss:.4g}, was {self.before:.4g}"
        if self.right is None or self.was_right is None:
            best = "the best of them: " if self.runs > 1 else ""
            return f"{best}{losses}: it {'helps' if self.helped else 'does not help'}."
        if not self.solved:
            share = (
                f"{100 * self.right:.3g}% of the examples right, {100 * self.was_right:.3g}%"
                f" before; {losses}"
            )
            better = ", but the best comes further" if self.runs > 1 else ", but it comes further"
            return (
                f"{'none of them solves it' if self.runs > 1 else 'it does not solve it'}{better * self.helped}"
                f" ({share})."
            )
        many = (
            f"{self.solved} of {self.runs} new starts solve it, the first"
            if self.runs > 1
            else "it solves it"
        )
        return f"{many} after {self.epochs:,} epochs ({losses})."

    def to_dict(self) -> dict[str, Any]:
        """Return the entry of ``--json``."""
        found = {
            "advice": self.advice.text,
            "helped": self.helped,
            "solved": self.solved,
            "runs": self.runs,
        }
        return found | {"loss": self.loss, "epochs": self.epochs, "right": self.right}


def try_out(run: Run, advice: Advice) -> Tried:
    """Train again as a piece of advice says, from the same start where it has one."""
    change = dict(advice.change or {})
    x, y, s = run.x, run.y, run.example_weights
    if drop := change.get("drop"):
        kept = np.setdiff1d(np.arange(len(x)), drop)
        x, y, s = x[kept], y[kept], None if s is None else s[kept]
    unit = 1.0
    if change.get("standardise"):
        x, _ = _standardised(x)
    if change.get("standardise_targets"):
        y, unit = _standardised(y)
    settings = run.settings.document() | {
        name: change[name] for name in ("learning_rate", "epochs") if name in change
    }
    if settings["batch_size"] is not None:
        settings["batch_size"] = min(settings["batch_size"], len(x))
    found = []
    for start in _starts(run, change):
        result, at = _run_of(start, x, y, s, settings)
        found.append((at is not None, result.loss, at, result.accuracy))
    epochs = [at for _, _, at, _ in found if at is not None]
    return Tried(
        advice,
        sum(solved for solved, *_ in found),
        len(found),
        min((loss for _, loss, *_ in found if np.isfinite(loss)), default=float("inf")) * unit**2,
        run.loss,
        min(epochs, default=None),
        max((right for *_, right in found if right is not None), default=None),
        run.accuracy,
    )


def _standardised(values: Array) -> tuple[Array, float]:
    """Return columns with mean 0 and standard deviation 1, and by what the widest was divided."""
    spread = values.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    return (values - values.mean(axis=0)) / spread, float(spread.max())


def _run_of(
    start: Network, x: Array, y: Array, s: Array | None, settings: Mapping[str, Any]
) -> tuple[Run, int | None]:
    """Train, and return the run and the epoch from which on every example stays right (to a
    hundredth of the epochs), None if it isn't.
    """
    every = max(1, settings["epochs"] // 100)
    since: int | None = None

    def watch(now: Epoch) -> None:
        nonlocal since
        if now.epoch % every == 0 or now.epoch == settings["epochs"]:
            right = verdict.solved(now.network.predict(x), y)
            since = None if not right else now.epoch if since is None else since

    run = train(start, x, y, example_weights=s, callback=watch, **settings)
    return run, since if run.solved and run.diverged_at is None else None


def _starts(run: Run, change: Mapping[str, Any]) -> list[Network]:
    """Return the networks that training begins from: the run's own start, or new ones."""
    before = run.network_before
    fresh = {"hidden", "activation", "scale", "seeds"} & set(change)
    if not fresh:
        return [before.with_loss(change.get("loss"))]
    hidden = change.get("hidden", before.sizes[1:-1])
    own = [layer.f for layer in before.layers[:-1]]
    activation: Any = change.get("activation") or (
        own if len(own) == len(hidden) else (own[0] if own else NETWORK["activation"].default)
    )
    if isinstance(activation, str) and activation in ACTIVATIONS:
        activation = ACTIVATIONS[activation]
    first = (run.seed or 0) + 1
    bias: Any = (
        "frozen"
        if any(layer.frozen_bias for layer in before.layers)
        else any(layer.b is not None for layer in before.layers)
    )
    return [
        Network.random(
            (before.sizes[0], *hidden, before.sizes[-1]),
            seed=seed,
            activation=activation,
            output=before.layers[-1].f,
            loss=before.loss_record,
            scale=change.get("scale", _width(before)),
            bias=bias,
        )
        for seed in range(first, first + change.get("seeds", 5))
    ]


def _width(net: Network) -> float | None:
    """Return how wide a start is drawn, as its root mean square; None, the usual one, where it has
    no width to speak of.
    """
    entries = np.concatenate([value.ravel() for value in net.parameters().values()])
    width = float(np.sqrt((entries**2).mean()))
    return float(f"{width:.2g}") if np.ptp(entries) > 0 and 0.1 <= width <= 4 else None


@dataclass(frozen=True)
class Release:
    """The smallest change of a single weight, of those that were tried, after which the same
    training solves the problem.

    Parameters
    ----------
    entry : ``W1[2,1]``
    old, new : its value
    epochs : after which every example is right
    """

    entry: str
    old: float
    new: float
    epochs: int

    @property
    def words(self) -> str:
        """The same in a sentence."""
        return (
            "The smallest change of a single weight, of those tried, that releases it:"
            f" {self.entry} from {self.old:.4g} to {self.new:.4g} ({self.new - self.old:+.3g});"
            f" then the same training solves it after {self.epochs:,} epochs."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the entry of ``--json``."""
        return {"entry": self.entry, "old": self.old, "new": self.new, "epochs": self.epochs}


def release(o: Observation) -> Release | None:
    """Return the smallest change of a single weight or bias that releases a stuck run of a small
    network; None if there is none.

    Every parameter is moved up and down by sizes from 1/64 to 64, each of these networks is trained
    as the run was, and the steps between the largest that failed and the smallest that helped are
    then tried more finely.
    """
    run, settings = o.run, o.run.settings
    entries = [
        (name, place)
        for name, value in o.net.parameters().items()
        for place in np.ndindex(value.shape)
        if name in o.net.trainable()
    ]
    plain = (
        settings.optimiser == "sgd"
        and settings.batch_size is None
        and not settings.l2
        and run.example_weights is None
    )
    small = (
        len(entries) <= MOST_PARAMETERS
        and o.m <= MOST_EXAMPLES
        and 0 < settings.epochs <= MOST_EPOCHS
    )
    if (
        not plain
        or not small
        or run.solved is not False
        or run.diverged_at is not None
        or o.net.layers[-1].f.couples
    ):
        return None
    coarse = [(entry, sign * size) for entry in entries for sign in (1, -1) for size in SIZES]
    helped = _helping(o, coarse)
    if not helped:
        return None
    least = min(abs(by) for _, by in helped)
    directions = {(entry, np.sign(by)) for entry, by in helped if abs(by) <= 2 * least}
    fine = [
        (entry, float(sign * size))
        for entry, sign in directions
        for size in np.geomspace(least / 2, 2 * least, 2 * FINER + 1)
        if size < 2 * least
    ]
    (name, place), by = min([*_helping(o, fine), *helped], key=lambda found: abs(found[1]))
    value = o.net.parameters()[name]
    moved = value.copy()
    moved[place] += by
    _, epochs = _run_of(o.net.with_parameters({name: moved}), o.x, o.y, None, settings.document())
    if epochs is None:
        return None
    return Release(entry_text(name, place), float(value[place]), float(moved[place]), epochs)


Change = tuple[tuple[str, tuple[int, ...]], float]


def _helping(o: Observation, changes: list[Change]) -> list[Change]:
    """Return the changes after which the run's training solves the problem; all are trained side by
    side.
    """
    parameters: dict[str, Array] = {
        name: np.repeat(value[None], len(changes), axis=0)
        for name, value in o.net.parameters().items()
    }
    for k, ((name, place), by) in enumerate(changes):
        parameters[name][(k, *place)] += by
    settings = o.run.settings
    trained = train_stack(o.objective, parameters, settings.learning_rate, settings.epochs)
    a = predict_stack(o.net, trained, o.x)
    return [
        change
        for change, outputs in zip(changes, a, strict=True)
        if np.isfinite(outputs).all() and verdict.solved(outputs, o.y)
    ]
