"""Arrays of intervals: what a quantity can be, when what it is computed from was rounded on the
way.

Sums and products of intervals are enclosed; functions of them as far as `image` says. Rounding is
carried from step to step by the equations themselves. Bounds are clipped at `LIMIT`, which stands
for infinity and keeps every product finite.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..records import Array

LIMIT = 1e150
OPEN = 1e100  # a bound beyond this came from one at the limit
SLACK = 1e-14  # of the terms of a sum: the roundings of float64, ours and the learner's
FEW_SAMPLES = 9  # of a function that turns at most once within an interval


class Interval:
    """An array of intervals ``[low, high]``, with NumPy's operators."""

    __slots__ = ("high", "low")

    def __init__(self, low: Any, high: Any = None):
        self.low = self.high = np.clip(np.asarray(low, dtype=float), -LIMIT, LIMIT)
        if high is not None:
            self.high = np.clip(np.asarray(high, dtype=float), -LIMIT, LIMIT)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.low.shape

    @property
    def T(self) -> Interval:
        """The transpose."""
        return Interval(self.low.T, self.high.T)

    @property
    def middle(self) -> Array:
        """The midpoints."""
        return (self.low + self.high) / 2

    @property
    def radius(self) -> Array:
        """Half the widths."""
        return (self.high - self.low) / 2

    @property
    def size(self) -> Array:
        """The largest absolute values."""
        return np.maximum(np.abs(self.low), np.abs(self.high))

    @property
    def bounded(self) -> Array:
        """Whether each interval has two ends."""
        return (self.low > -OPEN) & (self.high < OPEN)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __add__(self, other: Any) -> Interval:
        other = _interval(other)
        slack = SLACK * (self.size + other.size)
        return Interval(self.low + other.low - slack, self.high + other.high + slack)

    def __sub__(self, other: Any) -> Interval:
        return self + -_interval(other)

    def __mul__(self, other: Any) -> Interval:
        other = _interval(other)
        corners = [
            self.low * other.low,
            self.low * other.high,
            self.high * other.low,
            self.high * other.high,
        ]
        return Interval(np.minimum.reduce(corners), np.maximum.reduce(corners))

    def __truediv__(self, other: Any) -> Interval:
        if isinstance(other, Interval):
            return self * other.reciprocal
        return self * (1 / other)

    def __rtruediv__(self, other: Any) -> Interval:
        return _interval(other) * self.reciprocal

    def __pow__(self, other: Any) -> Interval:
        exponent = _interval(other)
        return image(np.power, self, exponent)

    @property
    def reciprocal(self) -> Interval:
        """One over each; without bounds where it holds 0."""
        with np.errstate(divide="ignore"):
            low, high = 1 / self.high, 1 / self.low
        holds_0 = (self.low <= 0) & (self.high >= 0)
        return Interval(np.where(holds_0, -LIMIT, low), np.where(holds_0, LIMIT, high))

    def __matmul__(self, other: Any) -> Interval:
        other = _interval(other)
        a, b, da, db = self.middle, other.middle, self.radius, other.radius
        middle, size = a @ b, np.abs(b)
        radius = np.abs(a) @ db + da @ (size + db) + SLACK * (np.abs(a) @ size)
        return Interval(middle - radius, middle + radius)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Any) -> Interval:
        return _interval(other) - self

    def __getitem__(self, key: Any) -> Interval:
        return Interval(self.low[key], self.high[key])

    def sum(self, axis: int | None = None, keepdims: bool = False) -> Interval:
        """Return the sum along an axis, or of everything."""
        slack = SLACK * self.size.sum(axis=axis, keepdims=keepdims)
        return Interval(
            self.low.sum(axis=axis, keepdims=keepdims) - slack,
            self.high.sum(axis=axis, keepdims=keepdims) + slack,
        )

    def wider(self, by: Array | float) -> Interval:
        """Return the intervals with `by` more at both ends."""
        return Interval(self.low - by, self.high + by)

    def meets(self, other: Interval) -> Array:
        """Return for each entry whether the two intervals have a point in common."""
        return (self.low <= other.high) & (other.low <= self.high)

    def within(self, other: Interval) -> Interval:
        """Return the part that also lies in `other`, entries that have none as they stand in
        `other`.
        """
        low, high = np.maximum(self.low, other.low), np.minimum(self.high, other.high)
        apart = low > high
        return Interval(np.where(apart, other.low, low), np.where(apart, other.high, high))

    def hull(self, *others: Interval) -> Interval:
        """Return the smallest intervals that hold these and the others."""
        return Interval(
            np.minimum.reduce([self.low, *(o.low for o in others)]),
            np.maximum.reduce([self.high, *(o.high for o in others)]),
        )


def interval_where(where: Array, one: Interval, other: Interval) -> Interval:
    """Return the intervals of `one` where a condition holds, else those of `other`."""
    return Interval(np.where(where, one.low, other.low), np.where(where, one.high, other.high))


def _interval(value: Any) -> Interval:
    return value if isinstance(value, Interval) else Interval(value)


def image(
    function: Callable[..., Array], *intervals: Interval, samples: int = FEW_SAMPLES
) -> Interval:
    """Return what an element-by-element function makes of intervals, from samples of them.

    It is exact where the function is monotone in each argument that varies. Where some sample
    between exceeds all corners, a quarter of the range is added at both ends: enough for the
    functions here, which turn at most once within an interval; poles must be its ends.
    """
    points, is_corner = _points(intervals, samples)
    with np.errstate(all="ignore"):
        values = _in_rows(function, points)
    low, high = values.min(axis=0), values.max(axis=0)
    corners = values[is_corner]
    with np.errstate(invalid="ignore"):
        turns = (low < corners.min(axis=0)) | (high > corners.max(axis=0))
        margin = np.where(turns, (high - low) / 4, 0)
        slack = SLACK * np.maximum(np.abs(low), np.abs(high))
        bottom, top = low - margin - slack, high + margin + slack
    # NaN: infinity minus infinity, at a pole; the interval then reaches to the limit
    bottom = np.where(np.isnan(bottom), np.where(low == np.inf, LIMIT, -LIMIT), bottom)
    top = np.where(np.isnan(top), np.where(high == -np.inf, -LIMIT, LIMIT), top)
    return Interval(bottom, top)


def _in_rows(function: Callable[..., Array], points: Sequence[Array]) -> Array:
    """Return what a function gives for stacks of matrices, (k, m, n); it gets them as the rows of
    one, since a user's function may ask how many columns there are.
    """
    shape = points[0].shape
    rows = points if len(shape) < 3 else [array.reshape(-1, shape[-1]) for array in points]
    found = np.asarray(function(*rows), dtype=float)
    return np.broadcast_to(found, rows[0].shape).reshape(shape)


def _points(intervals: Sequence[Interval], samples: int) -> tuple[list[Array], Array]:
    """Return points of a box of intervals, an array for each of its sides, and which of them are
    corners.
    """
    varying = [not np.array_equal(interval.low, interval.high) for interval in intervals]
    # of a box with more than one side that varies the points are as many as the product
    count = samples if sum(varying) == 1 else samples // 2 + 1
    steps = np.linspace(0, 1, count)
    shape = np.broadcast_shapes(*(interval.shape for interval in intervals))
    lines = []
    for interval, wide in zip(intervals, varying, strict=True):
        width = interval.high - interval.low
        along = steps if wide else steps[:1]
        lines.append([np.broadcast_to(interval.low + t * width, shape) for t in along])
    ends = [(0, len(line) - 1) for line in lines]
    places = list(itertools.product(*(range(len(line)) for line in lines)))
    points = [np.array([line[place[k]] for place in places]) for k, line in enumerate(lines)]
    is_corner = [all(at in end for at, end in zip(place, ends, strict=True)) for place in places]
    return points, np.array(is_corner)
