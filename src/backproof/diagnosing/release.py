"""The smallest change of a single weight that releases a small network that is stuck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..network import Network
from ..parameter import entry_text
from ..records import Array
from ..training import verdict
from .observation import Observation
from .remedies import trial
from .stacks import predict_stack, train_stack

SIZES = 2.0 ** np.arange(-6, 7)  # of changes of a weight that are tried
FINER = 12  # steps between the largest that failed and the smallest that helped
# of a network that is searched, and of its training
MOST_PARAMETERS, MOST_SEARCHED_EXAMPLES, MOST_EPOCHS = 40, 16, 20_000


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
            "The smallest change of a single weight, of those tried, that frees it:"
            f" {self.entry} from {self.old:.4g} to {self.new:.4g} ({self.new - self.old:+.3g});"
            f" then the same training solves it after {self.epochs:,} epochs."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the entry of ``--json``."""
        return {"entry": self.entry, "old": self.old, "new": self.new, "epochs": self.epochs}


@dataclass(frozen=True)
class Change:
    """One parameter moved.

    Parameters
    ----------
    name : of the array that it stands in
    place : there, from 0
    by : how far it is moved, with its sign
    """

    name: str
    place: tuple[int, ...]
    by: float


def release(seen: Observation) -> Release | None:
    """Return the smallest change of a single weight or bias that releases a stuck run of a small
    network; None if there is none.

    Every parameter is moved up and down by sizes from 1/64 to 64, each of these networks is trained
    as the run was, and the steps between the largest that failed and the smallest that helped are
    then tried more finely.
    """
    entries = _entries(seen.net)
    if not _can_be_searched(seen, len(entries)):
        return None
    coarse = [
        Change(name, place, sign * size)
        for name, place in entries
        for sign in (1, -1)
        for size in SIZES
    ]
    helped = _helping(seen, coarse)
    if not helped:
        return None
    helped = [*_helping(seen, _finer(helped)), *helped]
    return _release(seen, min(helped, key=lambda change: abs(change.by)))


def _entries(net: Network) -> list[tuple[str, tuple[int, ...]]]:
    """Return every parameter that is trained, by the name of its array and its place there."""
    values = net.parameters()
    return [(name, place) for name in net.trainable() for place in np.ndindex(values[name].shape)]


def _can_be_searched(seen: Observation, entries: int) -> bool:
    """Whether the training is of the kind that stacks do, and all of it takes a few seconds."""
    run, settings = seen.run, seen.run.settings
    plain = settings.optimiser == "sgd" and settings.batch_size is None and seen.plain
    few = entries <= MOST_PARAMETERS and seen.m <= MOST_SEARCHED_EXAMPLES
    short = 0 < settings.epochs <= MOST_EPOCHS
    stuck = run.solved is False and run.diverged_at is None
    return plain and few and short and stuck and not seen.net.layers[-1].f.couples


def _finer(helped: Sequence[Change]) -> list[Change]:
    """Return changes between half the smallest that helped and nearly its double, of the parameters
    and in the directions that helped with so little.
    """
    least = min(abs(change.by) for change in helped)
    sizes = np.geomspace(least / 2, 2 * least, 2 * FINER + 1)
    # in the order in which they were tried, so that of two that are equally small always the same
    # one is found
    directions = dict.fromkeys(
        (change.name, change.place, np.sign(change.by))
        for change in helped
        if abs(change.by) <= 2 * least
    )
    return [
        Change(name, place, float(sign * size))
        for name, place, sign in directions
        for size in sizes
        if size < 2 * least
    ]


def _helping(seen: Observation, changes: Sequence[Change]) -> list[Change]:
    """Return the changes after which the run's training solves the problem; all are trained side by
    side.
    """
    values = seen.net.parameters()
    parameters: dict[str, Array] = {
        name: np.repeat(value[None], len(changes), axis=0) for name, value in values.items()
    }
    for k, change in enumerate(changes):
        parameters[change.name][(k, *change.place)] += change.by
    settings = seen.run.settings
    trained = train_stack(seen.objective, parameters, settings.learning_rate, settings.epochs)
    outputs = predict_stack(seen.net, trained, seen.x)
    return [
        change
        for change, a in zip(changes, outputs, strict=True)
        if np.isfinite(a).all() and verdict.solved(a, seen.y)
    ]


def _release(seen: Observation, change: Change) -> Release | None:
    """Return the release by one change, trained once more to count its epochs."""
    value = seen.net.parameters()[change.name]
    moved = value.copy()
    moved[change.place] += change.by
    net = seen.net.with_parameters({change.name: moved})
    _, epochs = trial(net, seen.x, seen.y, None, seen.run.settings.document())
    if epochs is None:
        return None
    entry = entry_text(change.name, change.place)
    return Release(entry, float(value[change.place]), float(moved[change.place]), epochs)
