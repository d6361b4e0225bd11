"""Intervals of an activation that couples a row: each output depends on every entry of its row.

Where each output only rises or only falls with each entry, its smallest and largest values lie at
two corners of the row's box. Whether it does, the formula of the slopes tells: evaluated on
intervals, its signs are proved. Without a formula, or where a sign is open, the box is sampled.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..formula import Formula, SumOver
from ..records import Activation, Array
from ..rewriting import names, subformulas
from .elementary import CONSTANTS, elementary
from .entries import Kind, at_index, entry_of, row_names
from .forms import agreeing_forms
from .intervals import LIMIT, SLACK, Interval, image, interval_where

MOST_CORNERS, INNER = 64, 48  # points of a box that are looked at
SLOPE_ROUNDING = 1e-9  # of a slope's size, that its sign may be off by
SAMPLES = 65  # of an elementary function that is not known to rise only


@dataclass(frozen=True)
class Truth:
    """Where a condition on intervals holds: at every point of them, and at some."""

    surely: Array
    may: Array


class IntervalEntries(Kind):
    """Intervals by a formula: an enclosure, wider than need be where a name stands twice."""

    def number(self, value: float) -> Interval:
        """Return a number as an interval without width."""
        return Interval(value)

    def call(self, function: str, arguments: list[Any]) -> Interval:
        """Return an elementary function of intervals."""
        found = elementary(function)
        return image(found.floats, *arguments, samples=2 if found.rising else SAMPLES)

    def compare(self, sign: str, left: Interval, right: Interval) -> Truth:
        """Return where a condition surely holds, and where it may."""
        if sign in ("<", "<="):
            left, right, sign = right, left, sign.replace("<", ">")
        if sign == ">":
            return Truth(left.low > right.high, left.high > right.low)
        if sign == ">=":
            return Truth(left.low >= right.high, left.high >= right.low)
        points = (left.low == left.high) & (right.low == right.high)
        return Truth(points & (left.low == right.low), left.meets(right))

    def cases(self, values: list[Callable[[], Any]], conditions: list[Callable[[], Any]]) -> Any:
        """Return what holds every value whose condition may hold, up to the first that surely
        does.
        """
        found, decided = None, np.array(False)
        for value, condition in zip(values, conditions, strict=True):
            held = condition()
            if not isinstance(held, Truth):  # the 1 that means "else"
                held = Truth(held.low != 0, held.low != 0)
            here = held.may & ~decided
            if here.any():
                one = value()
                none = Interval(np.full(one.shape, np.inf), np.full(one.shape, -np.inf))
                one = interval_where(here, one, none)
                found = one if found is None else found.hull(one)
            decided = decided | held.surely
        if found is None or not (found.low <= found.high).all():
            raise InputError("no case of the formula holds: let the last one be (…, True).")
        return found


INTERVAL_ENTRIES = IntervalEntries()


@functools.lru_cache(maxsize=64)
def signs(record: Activation, n: int) -> Array | None:
    """Return for each output j and entry k whether the output rises (1) or falls (-1) with it, at
    any `z`: (n, n); None where that isn't proved by its formula.
    """
    slope = agreeing_forms(record).slope
    if slope is None:
        return None
    z = Interval(np.full((1, n), -LIMIT), np.full((1, n), LIMIT))
    low, high = record.range
    a = Interval(np.full((1, n), low), np.full((1, n), high))
    found = _signs(_slopes(slope, z, a))[0]
    return found if found.all() else None


def _signs(slopes: Interval) -> Array:
    """Return the sign that all of an interval has, as far as rounding tells; 0 if it has both."""
    beyond = np.where(slopes.bounded, SLOPE_ROUNDING * slopes.size, 0.0)
    falls = np.where(slopes.high <= beyond, -1, 0)
    return np.where(slopes.low >= -beyond, 1, falls)


def is_sampled(record: Activation, n: int) -> bool:
    """Say whether the intervals of an activation with `n` outputs are found by samples."""
    return record.couples and signs(record, n) is None


def _corners(record: Activation, z: Interval) -> tuple[Array, Array] | None:
    """Return for each output the row at which it is smallest and that at which it is largest, each
    (m, n, n); None where they aren't known.
    """
    rising = signs(record, z.shape[-1])
    if rising is None:
        return None
    low, high = z.low[:, None, :], z.high[:, None, :]
    return np.where(rising > 0, low, high), np.where(rising > 0, high, low)


def _at(function: Callable[[Array], Array], rows: Array) -> Array:
    """Return output j at the row that belongs to it, (m, n), of rows (m, n, n)."""
    m, n, _ = rows.shape
    with np.errstate(all="ignore"):
        values = np.asarray(function(rows.reshape(m * n, n))).reshape(m, n, n)
    return values[:, np.arange(n), np.arange(n)]


def coupled_values(record: Activation, z: Interval) -> Interval:
    """Return what the activation makes of intervals (m, n)."""
    corners = _corners(record, z)
    if corners is None:
        return _sampled(record.f, z)
    low, high = (_at(record.f, rows) for rows in corners)
    return Interval(low - SLACK * (1 + np.abs(low)), high + SLACK * (1 + np.abs(high)))


def extremes(
    record: Activation, function: Callable[..., Array], z: Interval, y: Interval
) -> Interval:
    """Return what ``function(z, a, y)`` makes of intervals, which rises or falls with its own `a`
    only: the loss of each output, or its derivative.
    """
    corners = _corners(record, z)
    if corners is None:
        return _sampled(lambda rows: function(rows, record.f(rows), y.middle), z)
    targets = np.repeat(y.middle, z.shape[1], axis=0)

    def at(rows: Array) -> Array:
        return function(rows, record.f(rows), targets)

    one, other = (_at(at, rows) for rows in corners)
    low, high = np.minimum(one, other), np.maximum(one, other)
    return Interval(low - SLACK * np.abs(low), high + SLACK * np.abs(high))


def coupled_slopes(record: Activation, z: Interval, a: Interval) -> Interval:
    """Return the slopes (m, n, n): by their formula, or sampled."""
    slope = agreeing_forms(record).slope
    if slope is None:
        return _sampled(lambda rows: record.derivative(rows, record.f(rows)), z)
    return _slopes(slope, z, a)


def _slopes(slope: Formula, z: Interval, a: Interval) -> Interval:
    """Return the slopes (m, n, n) by their formula: all at once where an entry has to do with its
    own two places alone, as that of softmax has; else one after the other.
    """
    m, n = z.shape
    pair = {
        "z[j]": z[:, :, None],
        "z[k]": z[:, None, :],
        "a[j]": a[:, :, None],
        "a[k]": a[:, None, :],
    }
    if set(names(slope)) <= {*pair, "j", "k", *CONSTANTS} and not _has_sum(slope):
        other = INTERVAL_ENTRIES.compute(at_index(slope, {"j": "j", "k": "k"}), pair)
        same = INTERVAL_ENTRIES.compute(
            at_index(slope, {"j": "j", "k": "j"}), {"z[j]": z, "a[j]": a}
        )
        found = Interval(
            *(np.broadcast_to(end, (m, n, n)).copy() for end in (other.low, other.high))
        )
        diagonal = np.arange(n)
        found.low[:, diagonal, diagonal] = same.low
        found.high[:, diagonal, diagonal] = same.high
        return found
    found = Interval(np.zeros((m, n, n)), np.zeros((m, n, n)))
    every = row_names(z=[z[:, p] for p in range(n)], a=[a[:, p] for p in range(n)])
    for j, k in np.ndindex(n, n):
        one = INTERVAL_ENTRIES.compute(entry_of(slope, n, j=j + 1, k=k + 1), every)
        found.low[:, j, k], found.high[:, j, k] = one.low, one.high
    return found


def _has_sum(formula: Formula) -> bool:
    return any(isinstance(part, SumOver) for part in subformulas(formula))


def _sampled(function: Callable[[Array], Array], z: Interval) -> Interval:
    """Return the smallest and largest values of a function of rows at points of the box.

    Where a point within exceeds all corners, a quarter of the range is added at both ends.
    """
    n = z.shape[-1]
    at_corners, within = _points(n)
    with np.errstate(all="ignore"):
        values = [
            np.asarray(function(z.low + at * (z.high - z.low)), dtype=float)
            for at in (*at_corners, *within)
        ]
    found = np.array(values)
    corners = found[: len(at_corners)]
    low, high = found.min(axis=0), found.max(axis=0)
    turns = (low < corners.min(axis=0)) | (high > corners.max(axis=0))
    margin = np.where(turns, (high - low) / 4, 0)
    margin += SLACK * (1 + np.maximum(np.abs(low), np.abs(high)))
    unknown = np.isnan(low) | np.isnan(high)
    low, high = np.where(unknown, -LIMIT, low - margin), np.where(unknown, LIMIT, high + margin)
    return Interval(low, high)


@functools.lru_cache(maxsize=32)
def _points(n: int) -> tuple[Array, Array]:
    """Return corners of the unit box, and points within it; the same at every call."""
    rng = np.random.default_rng(0)
    if 2**n <= MOST_CORNERS:
        corners = np.array(list(itertools.product((0.0, 1.0), repeat=n)))
    else:
        corners = rng.integers(0, 2, (MOST_CORNERS, n)).astype(float)
    return corners, np.vstack([np.full((1, n), 0.5), rng.random((INNER, n))])
