"""Every quantity in numbers, as one would check them by hand: those of the forward pass are worked
out again, and for a derivative something is moved a little to both sides to see how the loss
changes.

What is moved stands in the network at its own numbers, and what follows is worked out by `Onward`,
not by the steps: so a wrong equation has nothing that it could agree with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arithmetic.floats import functions
from ..backprop import Objective, Quantities
from ..formula import Formula
from ..program import evaluate
from ..records import Array
from ..rewriting import names
from ..steps import GRADIENTS, Step
from .onward import Onward, Reached, forward_apart
from .slopes import EPSILON, FIRST, Move, Moved, Slopes, one_sided, slopes

CLOSE = 1e-6  # how far a difference may be from the derivative, as a share of the entry
ERRORS = 20  # that a difference may be off, of those that it is thought to have
MOST_MOVED = 300  # entries of an array that are moved; of more some are drawn at random
FEWEST_MOVED = 8
WORK = 10**8  # products of numbers for one array, that the entries are fewer for
BESIDE = 1e-4  # how far beyond the slopes of its two sides a slope may be at a kink
NUDGE = 8 * EPSILON  # by which what a form is computed from is moved, to see how it rounds


@dataclass
class Compared:
    """What differences say of one quantity.

    Parameters
    ----------
    apart : how far it is from them, as a share of its largest entry; of an entry that is wrong by
        itself, more than `CLOSE`. None if nothing could be moved
    moved, of : how many entries were moved, and of how many
    at_kink, unmoved : how many of these say nothing: at a kink, or since they can't be moved
    """

    apart: float | None
    moved: int = 0
    of: int = 0
    at_kink: int = 0
    unmoved: int = 0


@dataclass
class _Trial:
    """A derivative on trial: its entries that are moved, and what moves them; see `slopes`."""

    ours: Array
    move: Move
    center: Array
    unit: Array
    whole: int
    alone: bool = False  # of one function, whose sides can be told at a kink


class Differences:
    """The differences of one objective.

    Parameters
    ----------
    objective : what is minimised
    q : its numbers, as far as they could be computed
    """

    def __init__(self, objective: Objective, q: Quantities):
        self.objective, self.net, self.q = objective, objective.net, q
        self.last = objective.structure.last
        self.onward = Onward(objective)
        self.size = sum(value.size for value in self.net.parameters().values())
        self.forward = forward_apart(self.onward, objective, q)

    def of(self, step: Step) -> Compared:
        """Return what they say of a quantity."""
        with np.errstate(all="ignore"):
            return self._of(step)

    def _of(self, step: Step) -> Compared:
        if step.name in self.forward:
            found = Compared(self.forward[step.name])
        elif np.shape(self.q[step.name]) != self._shape(step):
            found = Compared(np.inf)
        else:
            found = self._compared(self._trial(step))
        others = self._forms_apart(step)
        if others > CLOSE and found.apart is not None:
            found.apart = max(found.apart, others)
        return found

    def _shape(self, step: Step) -> tuple[int, ...]:
        """Return the shape that a derivative must have."""
        if step.kind in GRADIENTS:
            return np.shape(self.q[step.name.removeprefix("d")])
        z = np.shape(self.q[f"z{step.layer}"])
        couples = self.net.layers[step.layer - 1].f.couples
        return (*z, z[1]) if step.kind == "da_dz" and couples else z

    def _compared(self, trial: _Trial) -> Compared:
        found = slopes(trial.move, trial.center, trial.unit, trial.ours)
        if trial.alone:
            _settle_kinks(trial, found)
        moved, seen = len(trial.ours), found.seen
        shares = _shares(trial.ours, found)
        at_kink = int((found.at_kink & ~seen).sum())
        apart = None
        if not moved or seen.any() or np.isnan(trial.ours).any():
            apart = float(np.max(shares, initial=0.0))
        return Compared(apart, moved, trial.whole, at_kink, moved - int(seen.sum()) - at_kink)

    # what is moved

    def _trial(self, step: Step) -> _Trial:
        ours = np.asarray(self.q[step.name], dtype=float)
        if step.kind in GRADIENTS:
            places = self._drawn(ours.size, self.objective.m)
            make = self._by_weight if step.kind == "dW" else self._by_bias
            return make(step.layer, ours, places)
        places = self._drawn(ours.size, 1)
        index = np.unravel_index(places, ours.shape)
        if step.kind == "da_dz":
            return self._by_own_z(step.layer, ours, places, index)
        if step.kind == "delta":
            return self._by_signal(step.layer, "z", ours, places, index)
        return self._by_signal(step.layer, "a", ours, places, index)

    def _drawn(self, size: int, rows: int) -> Array:
        """Return the entries that are moved: all, or some at random, each in so many rows."""
        most = int(np.clip(WORK // (rows * self.size), FEWEST_MOVED, MOST_MOVED))
        if size <= most:
            return np.arange(size)
        return np.sort(np.random.default_rng(0).choice(size, most, replace=False))

    def _by_own_z(self, layer: int, ours: Array, places: Array, index: tuple[Array, ...]) -> _Trial:
        """A derivative of an activation."""
        z, row, unit = self.q[f"z{layer}"], index[0], index[-1]
        output = index[1]

        def move(entries: Array, steps: Array) -> Moved:
            moved = z[row[entries]].copy()
            moved[np.arange(len(entries)), unit[entries]] += steps
            a = self.onward.activation(layer, moved)[np.arange(len(entries)), output[entries]]
            kinks = self.net.layers[layer - 1].f.kinks
            beside = [np.sign(z[row[entries], unit[entries]] + steps - kink) for kink in kinks]
            return Moved(a, np.abs(a), np.array(beside).reshape(len(kinks), len(a)).T)

        center = z[row, unit]
        return _Trial(ours.ravel()[places], move, center, _units(center), ours.size, alone=True)

    def _by_signal(
        self, layer: int, letter: str, ours: Array, places: Array, index: tuple[Array, ...]
    ) -> _Trial:
        """A derivative of each example's own loss, by its z or a."""
        array, (row, unit) = self.q[f"{letter}{layer}"], index
        reach = self.onward.from_z if letter == "z" else self.onward.from_a

        def move(entries: Array, steps: Array) -> Moved:
            moved = array[row[entries]].copy()
            moved[np.arange(len(entries)), unit[entries]] += steps
            reached = reach(layer, moved, row[entries])
            return Moved(reached.losses, np.abs(reached.losses), reached.sides)

        center, units = array[row, unit], _units(array[row, unit])
        outputs = letter == "a" and layer == self.last
        if outputs:  # an output of 1e-9 can't be moved by 1e-5
            low, high = self.net.loss_record.output_range
            units = np.minimum(units, np.minimum(center - low, high - center))
        return _Trial(ours.ravel()[places], move, center, units, ours.size, alone=outputs)

    def _by_weight(self, layer: int, ours: Array, places: Array) -> _Trial:
        W = self.net.layers[layer - 1].W
        source, unit = np.unravel_index(places, W.shape)
        a = self.objective.x if layer == 1 else self.q[f"a{layer - 1}"]
        penalty = self.objective.l2
        return self._by_parameter(layer, ours, places, W.ravel(), a[:, source], unit, penalty)

    def _by_bias(self, layer: int, ours: Array, places: Array) -> _Trial:
        b = self.net.layers[layer - 1].b
        assert b is not None
        return self._by_parameter(layer, ours, places, b, np.ones((self.objective.m, 1)), places, 0)

    def _by_parameter(
        self,
        layer: int,
        ours: Array,
        places: Array,
        array: Array,
        share: Array,
        unit: Array,
        penalty: float,
    ) -> _Trial:
        """A derivative of the loss by parameters; `share` is by how much each moves z, (m, E)."""
        z, m = self.q[f"z{layer}"], self.objective.m
        share = np.broadcast_to(share, (m, len(places)))
        center = array[places]
        shared = 1 / np.max(np.abs(share) / _units(z[:, unit]), axis=0)
        units = np.where(np.isfinite(shared), shared, 1.0)

        def move(entries: Array, steps: Array) -> Moved:
            turns = self.onward.turns(len(entries), m)
            found = [at_once(entries[turn], steps[turn]) for turn in turns]
            return Moved(*map(np.concatenate, zip(*found, strict=True)))

        def at_once(entries: Array, steps: Array) -> tuple[Array, Array, Array]:
            moved = np.repeat(z[None], len(entries), axis=0)
            moved[np.arange(len(entries)), :, unit[entries]] += (share[:, entries] * steps).T
            reached: Reached = self.onward.from_z(
                layer, moved.reshape(-1, z.shape[1]), np.tile(np.arange(m), len(entries))
            )
            losses = reached.losses.reshape(-1, m)
            squares = penalty * (center[entries] + steps / 2) * steps
            sizes = np.abs(losses).sum(axis=1) / m + np.abs(squares)
            return losses.sum(axis=1) / m + squares, sizes, reached.sides.reshape(len(entries), -1)

        return _Trial(ours.ravel()[places], move, center, units, ours.size)

    # the other forms of an equation

    def _forms_apart(self, step: Step) -> float:
        """How far the other forms of a step are from what was computed, as a share, where they
        don't lose their digits.
        """
        values = functions(self.objective) | self.q.given | self.q
        ours = np.asarray(self.q[step.name], dtype=float)
        apart = 0.0
        for form in (step.formula, step.simplified):
            if form is not None and form is not step.numerical:
                apart = max(apart, _form_apart(form, values, ours))
        return apart


def _form_apart(form: Formula, values: dict[str, Any], ours: Array) -> float:
    """How far a form is from numbers, where nudging what it is computed from moves it less."""
    try:
        here, *beside = (
            np.asarray(evaluate(form, values | moved)) for moved in _nudged(names(form), values)
        )
    except Exception:  # a wrong formula may multiply what doesn't fit
        return np.inf
    if here.shape != ours.shape:
        return np.inf
    rounding = np.max([np.abs(other - here) for other in beside], axis=0)
    allowed = CLOSE * np.abs(ours) + ERRORS * (rounding + np.finfo(float).tiny)
    shares = CLOSE * np.abs(here - ours) / allowed
    return float(np.max(np.where(np.isfinite(shares), shares, 0.0), initial=0.0))


def _nudged(given: Sequence[str], values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield nothing that moved, then each of the names moved up and down."""
    yield {}
    for name in given:
        yield {name: values[name] * (1 + NUDGE)}
        yield {name: values[name] * (1 - NUDGE)}


def _units(values: Array) -> Array:
    """Return how far numbers can be moved until something else begins."""
    return np.maximum(1.0, np.abs(values))


def _settle_kinks(trial: _Trial, found: Slopes) -> None:
    """At a kink of one function, take its slope for the derivative if it lies between those of its
    two sides, else the side that is nearest.
    """
    kinks = np.flatnonzero(found.at_kink)
    if kinks.size:
        left, right, noise = one_sided(trial.move, kinks, trial.center, FIRST * trial.unit[kinks])
        room = BESIDE * (1 + np.maximum(np.abs(left), np.abs(right))) + noise
        low, high = np.minimum(left, right) - room, np.maximum(left, right) + room
        found.values[kinks] = np.clip(trial.ours[kinks], low, high)
        found.errors[kinks] = 0.0


def _shares(ours: Array, found: Slopes) -> Array:
    """How far each entry is from its difference: as a share of the largest, if that is close; an
    entry that is not close to its own is more than `CLOSE`.
    """
    values = np.where(found.seen, found.values, ours)
    apart = np.abs(values - ours)
    own = np.maximum(np.abs(ours), np.abs(values))
    allowed = np.maximum(CLOSE * own, ERRORS * np.where(found.seen, found.errors, 0.0))
    largest = float(np.max(own, initial=0.0, where=np.isfinite(own)))
    close = np.minimum(CLOSE, apart / largest) if largest else np.zeros_like(apart)
    shares = np.where(apart <= allowed, close, CLOSE * apart / allowed)
    shares = np.where(found.seen, np.where(np.isnan(shares), np.inf, shares), 0.0)
    return np.where(np.isnan(ours), np.inf, shares)
