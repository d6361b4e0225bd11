"""Derivatives by central differences, each with an estimate of its own error.

A small step drowns in rounding, a large one in the curve of what is differentiated, and which is
small depends on the numbers: so a derivative that one step doesn't confirm is looked at with steps
of many sizes (after Ridders, 1982).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..records import Array

FIRST = 1e-5  # the step that is tried first, in units of what is moved
QUICK = 1e-7  # how close it must come to say all, as a share of the entry
TOP, RATIO, STEPS = 0.5, 8.0, 9  # the other steps: the largest, how they shrink, how many
FEWEST_ULPS = 8  # a smaller step is no step any more
JUMPS = (0.5, 2.0)  # of the difference of the two sides while the step shrinks: there is a kink
SURE = 100  # roundings, beyond which two sides are apart
UNDERFLOW = 1e-300  # below which floats lose digits, or are 0
EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Moved:
    """What came of moving entries, one number each.

    Parameters
    ----------
    values : what is differentiated, (E,)
    sizes : the absolute terms that it is the sum of, (E,)
    sides : on which side of each kink it stands, (E, …)
    """

    values: Array
    sizes: Array
    sides: Array


Move = Callable[[Array, Array], Moved]  # of the entries' numbers (E,) and their steps (E,)


@dataclass
class Slopes:
    """The derivatives of entries.

    Parameters
    ----------
    values, errors : of each entry, (E,); NaN where none could be had
    at_kink : where none could be had because a kink lies there
    """

    values: Array
    errors: Array
    at_kink: Array

    @property
    def seen(self) -> Array:
        """Of which entries there is one."""
        return np.isfinite(self.values)


def slopes(move: Move, center: Array, unit: Array, expected: Array) -> Slopes:
    """Return the derivatives of entries by what is moved.

    Parameters
    ----------
    move : what comes of moving entries by steps
    center : what is moved, (E,)
    unit : how far each can be moved until something else begins, (E,)
    expected : the derivatives that are on trial: where one step confirms them, no other is tried
    """
    with np.errstate(all="ignore"):
        one = _differences(move, np.arange(len(center)), center, FIRST * unit)
        found = Slopes(one.values, one.noise, np.zeros(len(center), dtype=bool))
        rest = np.flatnonzero(~_confirmed(one.values, expected))
        if rest.size:
            found.values[rest], found.errors[rest] = _of_many_steps(move, rest, center, unit)
            found.at_kink[rest] = one.crossed[rest] & ~found.seen[rest]
            doubtful = rest[~_confirmed(found.values, expected)[rest]]
            kinks = doubtful[_is_kink(move, doubtful, center, unit)] if doubtful.size else doubtful
            found.at_kink[kinks], found.values[kinks] = True, np.nan
    return found


def _confirmed(values: Array, expected: Array) -> Array:
    return np.abs(values - expected) <= QUICK * np.abs(expected)


@dataclass(frozen=True)
class _Differences:
    """Differences of one step: NaN where a kink lies between, or nothing could be moved."""

    values: Array
    noise: Array
    crossed: Array


def _differences(
    move: Move, entries: Array, center: Array, h: Array, here: Array | None = None
) -> _Differences:
    """Return the differences of one step; with the values where nothing is moved, their noise has
    what comes of the rounding of what is moved, too.
    """
    at = center[entries]
    up, down = (at + h) - at, (at - h) - at  # the steps that floats can make
    above, below = move(entries, up), move(entries, down)
    width = up - down
    crossed = (above.sides != below.sides).any(axis=1)
    usable = ~crossed & (width > FEWEST_ULPS * np.spacing(np.abs(at)))
    values = np.where(usable, (above.values - below.values) / width, np.nan)
    noise = (EPSILON * np.maximum(above.sizes, below.sizes) + UNDERFLOW) / width
    if here is not None:
        curve = np.abs(above.values - 2 * here + below.values) / (width / 2) ** 2
        noise = noise + EPSILON * np.abs(at) * curve
    return _Differences(np.where(np.isfinite(values), values, np.nan), noise, crossed)


def _of_many_steps(move: Move, entries: Array, center: Array, unit: Array) -> tuple[Array, Array]:
    """Return the derivatives of some entries and their errors: of all steps, those that agree best
    with their neighbours.
    """
    here = move(entries, np.zeros(len(entries))).values
    tried = [
        _differences(move, entries, center, TOP * unit[entries] / RATIO**k, here)
        for k in range(STEPS)
    ]
    pairs = list(itertools.pairwise(tried))
    better = np.array([(RATIO**2 * q.values - p.values) / (RATIO**2 - 1) for p, q in pairs])
    noise = np.array([q.noise for _, q in pairs])
    gaps = np.abs(np.diff(better, axis=0))
    gaps = np.where(np.isnan(gaps), np.inf, gaps)
    edge = np.full((1, len(entries)), np.inf)
    before, after = np.vstack([edge, gaps]), np.vstack([gaps, edge])
    # at the ends, and beside a step that can't be made, the one neighbour that there is
    both = np.where(np.isinf(before) | np.isinf(after), np.minimum(before, after), 0.0)
    errors = np.maximum(np.where(both > 0, both, np.maximum(before, after)), noise)
    best = np.argmin(np.where(np.isnan(errors), np.inf, errors), axis=0), np.arange(len(entries))
    known = np.isfinite(errors[best])
    return np.where(known, better[best], np.nan), np.where(known, errors[best], np.nan)


def _is_kink(move: Move, entries: Array, center: Array, unit: Array) -> Array:
    """Whether the slopes of the two sides stay apart, however small the step."""
    apart = []
    for h in (FIRST * unit[entries], FIRST / RATIO**2 * unit[entries]):
        left, right, noise = one_sided(move, entries, center, h)
        jump = np.abs(right - left)
        apart.append(np.where(jump > SURE * noise, jump, 0.0))
    low, high = JUMPS
    return (apart[1] > low * apart[0]) & (apart[1] < high * apart[0])


def one_sided(move: Move, entries: Array, center: Array, h: Array) -> tuple[Array, Array, Array]:
    """Return the slopes of the two sides, and their rounding."""
    at = center[entries]
    up, down = (at + h) - at, (at - h) - at
    above, here, below = (move(entries, step) for step in (up, np.zeros_like(up), down))
    right = (above.values - here.values) / up
    left = (below.values - here.values) / down
    noise = EPSILON * np.maximum(above.sizes, below.sizes) / np.minimum(up, -down)
    return left, right, noise
