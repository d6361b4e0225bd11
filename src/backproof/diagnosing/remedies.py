"""What is advised, tried: trained again with the change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..activations import Activation, Array
from ..network import Network
from ..settings import NETWORK
from ..training import verdict
from ..training.loop import Epoch
from ..training.run import Run
from ..training.train import train
from .findings import Advice

MORE, LOWER = 0.02, 0.9  # what helps: more of the examples right; times the loss of a regression
USUAL_STARTS = 5  # new ones, where the advice doesn't say how many
LOOKS = 100  # in a training, at whether every example is right
NARROWEST_START, WIDEST_START = 0.1, 4.0  # of starts whose width is taken over


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
            return self.loss < LOWER * self.before
        return self.solved > 0 or self.right > self.was_right + MORE

    @property
    def words(self) -> str:
        """The same in a sentence."""
        losses = f"loss {self.loss:.4g}, was {self.before:.4g}"
        many = self.runs > 1
        if self.right is None or self.was_right is None:
            best = "the best of them: " if many else ""
            helps = "helps" if self.helped else "does not help"
            return f"{best}{losses}: it {helps}."
        if self.solved:
            solves = "it solves it"
            if many:
                solves = f"{self.solved} of {self.runs} new starts solve it, the first"
            return f"{solves} after {self.epochs:,} epochs ({losses})."
        text = "none of them solves it" if many else "it does not solve it"
        if self.helped:
            text += f", but {'the best' if many else 'it'} gets further"
        return (
            f"{text} ({100 * self.right:.3g}% of the examples right, {100 * self.was_right:.3g}%"
            f" before; {losses})."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the entry of ``--json``."""
        return {
            "advice": self.advice.text,
            "helped": self.helped,
            "solved": self.solved,
            "runs": self.runs,
            "loss": self.loss,
            "epochs": self.epochs,
            "right": self.right,
        }


def try_out(run: Run, advice: Advice) -> Tried:
    """Train again as a piece of advice says, from the same start where it has one."""
    change = advice.change or {}
    x, y, s = _examples(run, change)
    unit = 1.0
    if change.get("standardise"):
        x, _ = _standardised(x)
    if change.get("standardise_targets"):
        y, unit = _standardised(y)
    settings = _settings(run, change, len(x))
    trials = [trial(start, x, y, s, settings) for start in _starts(run, change)]
    solved = [epochs for _, epochs in trials if epochs is not None]
    losses = [found.loss for found, _ in trials if np.isfinite(found.loss)]
    shares = [found.accuracy for found, _ in trials if found.accuracy is not None]
    return Tried(
        advice,
        solved=len(solved),
        runs=len(trials),
        # the squared error of standardised targets, back in the units of the targets
        loss=min(losses, default=math.inf) * unit**2,
        before=run.loss,
        epochs=min(solved, default=None),
        right=max(shares, default=None),
        was_right=run.accuracy,
    )


def trial(
    start: Network, x: Array, y: Array, s: Array | None, settings: Mapping[str, Any]
) -> tuple[Run, int | None]:
    """Train, and return the run and the epoch from which on every example stays right (to a
    hundredth of the epochs), None if it isn't.
    """
    last = settings["epochs"]
    every = max(1, last // LOOKS)
    since: int | None = None

    def watch(now: Epoch) -> None:
        nonlocal since
        if now.epoch % every and now.epoch != last:
            return
        if not verdict.solved(now.network.predict(x), y):
            since = None
        elif since is None:
            since = now.epoch

    run = train(start, x, y, example_weights=s, callback=watch, **settings).uninterrupted()
    if not run.solved or run.diverged_at is not None:
        since = None
    return run, since


# what a change says, the rest as in the run


def _examples(run: Run, change: Mapping[str, Any]) -> tuple[Array, Array, Array | None]:
    """Return inputs, targets and weights of the examples that are trained on."""
    x, y, s = run.x, run.y, run.example_weights
    if "drop" not in change:
        return x, y, s
    rest = np.setdiff1d(np.arange(len(x)), change["drop"])
    return x[rest], y[rest], None if s is None else s[rest]


def _standardised(values: Array) -> tuple[Array, float]:
    """Return columns with mean 0 and standard deviation 1, and by what the widest was divided."""
    spread = values.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    return (values - values.mean(axis=0)) / spread, float(spread.max())


def _settings(run: Run, change: Mapping[str, Any], m: int) -> dict[str, Any]:
    """Return the settings of the training, for `m` examples."""
    settings = run.settings.document()
    for name in ("learning_rate", "epochs"):
        settings[name] = change.get(name, settings[name])
    if settings["batch_size"] is not None:
        settings["batch_size"] = min(settings["batch_size"], m)  # some may have been dropped
    return settings


def _starts(run: Run, change: Mapping[str, Any]) -> list[Network]:
    """Return the networks that training begins from: the run's own start, or new ones."""
    before = run.network_before
    if not {"hidden", "activation", "scale", "seeds"} & set(change):
        return [before.with_loss(change.get("loss"))]
    inputs, *hidden, outputs = before.sizes
    hidden = change.get("hidden", hidden)
    activation = change.get("activation") or _activations(before, len(hidden))
    first = (run.seed or 0) + 1  # the next ones after the run's own
    return [
        Network.random(
            (inputs, *hidden, outputs),
            seed=seed,
            activation=activation,
            output=before.layers[-1].f,
            loss=before.loss_record,
            scale=change.get("scale", _width(before)),
            bias=_bias(before),
        )
        for seed in range(first, first + change.get("seeds", USUAL_STARTS))
    ]


def _activations(net: Network, layers: int) -> str | Activation | list[Activation]:
    """Return the activations of a network's hidden layers for one with so many."""
    own = [layer.f for layer in net.layers[:-1]]
    if len(own) == layers:
        return own
    if own:
        return own[0]
    usual: str = NETWORK["activation"].default
    return usual


def _bias(net: Network) -> bool | str:
    """Return what `Network.random` takes for biases like those of a network."""
    if any(layer.frozen_bias for layer in net.layers):
        return "frozen"
    return any(layer.b is not None for layer in net.layers)


def _width(net: Network) -> float | None:
    """Return how wide a start is drawn, as its root mean square; None, the usual one, where it has
    no width to speak of.
    """
    entries = np.concatenate([value.ravel() for value in net.parameters().values()])
    width = float(np.sqrt((entries**2).mean()))
    if np.ptp(entries) == 0 or not NARROWEST_START <= width <= WIDEST_START:
        return None
    return float(f"{width:.2g}")
