"""A run: what happened in a training, epoch by epoch, and its folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..activations import Activation, Array
from ..backprop import Objective, objective
from ..checks import numbers
from ..errors import InputError
from ..files import as_path, dumps
from ..losses import Loss
from ..network import Network, network_of
from ..prose import number_of, plural, shown
from ..reading import is_folder, read_json
from ..settings import TRAINING
from ..version import __version__
from ..workshop import read_patiently
from ..writing import FolderKind, put, write_folder
from . import verdict
from .form import ATTEMPT, RUN_FORM, STOPS, check_together
from .loop import INTERRUPTED, Callback, Epoch, Outcome, check_callback, loop
from .settings import Settings

RUN = FolderKind("run", "run.json")


@dataclass(frozen=True)
class Attempt:
    """One start among several.

    Parameters
    ----------
    seed : of its initial weights
    epochs : that it was trained for
    loss : at the end
    solved : whether every example is classified correctly, None for a regression
    verdict : one sentence on what came of it
    """

    seed: int | None
    epochs: int
    loss: float
    solved: bool | None
    verdict: str


@dataclass(frozen=True, eq=False)
class Run:
    """What happened in a training.

    Parameters
    ----------
    settings : how it was trained
    x, y, example_weights : the data; the weights are scaled to mean 1
    network_before, network : at the start and at the end; the end is finite even if the training
        diverged
    losses : (epochs + 1,) the loss after k epochs; ``losses[0]`` is the start's
    stopped : why it ended, a name of `form.STOPS`
    seed : of the initial weights, if they were drawn
    attempts : the starts that were tried, this one last
    problem : where the data come from: name, names of the inputs, of the target and of the classes
    """

    settings: Settings
    x: Array
    y: Array
    network_before: Network
    network: Network
    losses: Array
    stopped: str
    example_weights: Array | None = None
    seed: int | None = None
    attempts: tuple[Attempt, ...] = ()
    problem: Mapping[str, Any] = field(default_factory=dict)

    @property
    def epochs(self) -> int:
        """How many epochs were done."""
        return len(self.losses) - 1

    @property
    def loss(self) -> float:
        """The last loss."""
        return float(self.losses[-1])

    @property
    def solved(self) -> bool | None:
        """Whether every example is on its target's side of 1/2 (the largest output, for several
        classes); None for a regression.
        """
        return verdict.solved(self.network.predict(self.x), self.y)

    @property
    def accuracy(self) -> float | None:
        """The share of examples on their target's side; None for a regression."""
        good = verdict.right(self.network.predict(self.x), self.y)
        return None if good is None else float(good.mean())

    @property
    def starts(self) -> int:
        """How many starts it took."""
        return max(1, len(self.attempts))

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended it."""
        return self.stopped == INTERRUPTED

    def uninterrupted(self) -> Run:
        """Return the run; raise `KeyboardInterrupt` if Ctrl-C ended it."""
        if self.interrupted:
            raise KeyboardInterrupt
        return self

    @property
    def diverged_at(self) -> int | None:
        """The epoch after which the loss or a weight was no longer finite, or None; `epochs` is
        then the last finite one.
        """
        if self.stopped != "diverged":
            return None
        return self.epochs + 1 if np.isfinite(self.loss) else 0

    @property
    def verdict(self) -> str:
        """One or two sentences: solved or not, and what the loss means."""
        if self.diverged_at is not None:
            return _divergence(self, self.diverged_at)
        after = f"after {self.epochs:,} {plural('epoch', self.epochs)}"
        if self.stopped != "epochs":
            after += f" ({STOPS[self.stopped]})"
        a = self.network.predict(self.x)
        solved = verdict.solved(a, self.y)
        if solved:
            return f"solved: every example is classified correctly, loss {self.loss:.4g} {after}."
        said = f"the loss is {self.loss:.4g} {after}."
        if solved is False:
            why = verdict.meaning(self.network, self.x, self.y, a, self.loss)
            said = f"not solved {after}: {why}"
        return " ".join([said, *self.remarks])

    @property
    def remarks(self) -> tuple[str, ...]:
        """Whether the network is no better than always predicting the mean, or the commonest class,
        as one sentence; none if it is better.
        """
        answer = verdict.no_better(self.objective(self.network))
        return (f"It is no better than always predicting {answer}.",) if answer else ()

    def __repr__(self) -> str:
        return f"Run({self.network}: {self.verdict})"

    def replay(self, epochs: Iterable[int], callback: Callback | None = None) -> list[Network]:
        """Return the network as it was after each of these epochs, exactly, by training again from
        the same start up to the last of them.

        Parameters
        ----------
        epochs : from 0 to the run's own
        callback : as in `train`: called with an `Epoch` before the first epoch and after each; when
            it returns True the replay ends, and only the networks up to there are returned

        Raises `InputError` for an epoch that the run didn't reach, `KeyboardInterrupt` at Ctrl-C.
        """
        if callback is not None:
            check_callback(callback)
        wanted = self._own_epochs(epochs)
        found = {0: self.network_before}  # there too where its loss isn't finite

        def collect(now: Epoch) -> bool | None:
            if now.epoch in wanted:
                found[now.epoch] = now.network
            return None if callback is None else callback(now)

        outcome = self.trained_from(self.network_before, max(wanted, default=0), collect)
        if outcome.stopped == "diverged" and not set(wanted) <= set(found):
            raise InputError(
                f"replayed, this run diverges after {number_of(len(outcome.losses) - 1, 'epoch')},"
                f" but its file says {self.epochs}: the file was changed."
            )
        return [found[epoch] for epoch in wanted if epoch in found]

    def _own_epochs(self, epochs: Iterable[int]) -> list[int]:
        """Return epochs of this run, checked."""
        try:
            found = list(epochs)
        except TypeError:
            message = f"epochs must be a list such as [0, {self.epochs}], got {shown(epochs)}."
            raise InputError(message) from None
        for epoch in found:
            whole = isinstance(epoch, (int, np.integer)) and not isinstance(epoch, bool)
            if not whole or not 0 <= epoch <= self.epochs:
                raise InputError(f"this run has the epochs 0 to {self.epochs}, got {shown(epoch)}.")
        return list(map(int, found))

    def trained_from(self, net: Network, epochs: int, callback: Callback | None = None) -> Outcome:
        """Train a network as this run was, for so many epochs; nothing ends it earlier but the
        callback, and Ctrl-C: `KeyboardInterrupt`.
        """
        start = self.objective(net.astype(self.settings.dtype))
        outcome = loop(start, self.settings.without_stops(epochs), callback)
        if outcome.stopped == INTERRUPTED:
            raise KeyboardInterrupt
        return outcome

    def objective(self, net: Network) -> Objective:
        """Return what was minimised, at another network of the same sizes."""
        weights, l2 = self.example_weights, self.settings.l2
        return objective(net, self.x, self.y, example_weights=weights, l2=l2)

    def at(self, epoch: int) -> Network:
        """Return the network as it was after `epoch` epochs, exactly."""
        return self.replay([epoch])[0]

    def document(self) -> dict[str, Any]:
        """Return the run as the document of its file."""
        import platform

        return {
            "format": RUN_FORM.format,
            "version": RUN_FORM.version,
            "settings": self.settings.document(),
            "seed": self.seed,
            "starts": self.starts,
            "attempts": [asdict(attempt) for attempt in self.attempts],
            "problem": dict(self.problem),
            "x": self.x,
            "y": self.y,
            "example_weights": self.example_weights,
            "network_before": self.network_before.document(),
            "network": self.network.document(),
            "losses": self.losses,
            "epochs": self.epochs,
            "stopped": self.stopped,
            "solved": self.solved,
            "interrupted": self.interrupted,
            "verdict": self.verdict,
            "versions": {
                "backproof": __version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
        }

    def save(
        self,
        folder: str | Path,
        overwrite: bool = False,
        pictures: Mapping[str, Callable[[Path], None]] | None = None,
    ) -> Path:
        """Write the run's folder, whole or not at all, and return its path.

        Parameters
        ----------
        folder : where; it must not exist, or be empty, unless `overwrite`
        pictures : by file name, what writes each further file to a path

        Raises `InputError` if the folder can't be used; then nothing has changed.
        """

        def fill(made: Path) -> None:
            put(made / RUN.mark, dumps(self.document()))
            for name, draw in (pictures or {}).items():
                draw(made / name)

        return write_folder(folder, fill, RUN, overwrite)

    @classmethod
    def load(
        cls, path: str | Path, activations: Sequence[Activation] = (), losses: Sequence[Loss] = ()
    ) -> Run:
        """Read a run from its folder or its `run.json`; raise `InputError` that names the file and
        what is wrong in it.
        """
        path = as_path(path)

        def read() -> Run:
            file = path / RUN.mark if is_folder(path) else path
            return run_of(read_json(file), str(file), activations, losses)

        return read_patiently(path, read)


def _divergence(run: Run, epoch: int) -> str:
    """Return the verdict on a run that diverged at an epoch."""
    if epoch == 0:
        return (
            "diverged at epoch 0: the loss of the initial network is not finite; nothing was"
            " trained. Try smaller initial weights."
        )
    return (
        f"diverged at epoch {epoch:,}: the loss or a weight is no longer finite; kept the network"
        f" of epoch {run.epochs:,}. Try a smaller learning rate than"
        f" {run.settings.learning_rate:g}."
    )


def run_of(
    document: Any, where: str, activations: Sequence[Activation] = (), losses: Sequence[Loss] = ()
) -> Run:
    """Return the run of a document; raise `InputError` if it is none. `where` names the source in
    errors.
    """

    RUN_FORM.check(document, where)
    before, after = (
        network_of(document[key], f"{where}: {key}", activations, losses)
        for key in ("network_before", "network")
    )
    attempts = document["attempts"]
    try:
        run = Run(
            settings=Settings(**{name: document["settings"][name] for name in TRAINING}).check(),
            x=numbers("x", document["x"], 2),
            y=numbers("y", document["y"], 2),
            example_weights=_weights(document["example_weights"]),
            network_before=before,
            network=after,
            losses=np.array(document["losses"], dtype=np.float64),  # "inf" and "nan" read as such
            stopped=document["stopped"],
            seed=document["seed"],
            attempts=tuple(Attempt(**{name: one[name] for name in ATTEMPT}) for one in attempts),
            problem=document["problem"],
        )
        run.settings.check_batch(len(run.x))
        check_together(document, run.objective(before), run.objective(after))
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    return run


def _weights(given: Any) -> Array | None:
    return None if given is None else numbers("example_weights", given, 1)
