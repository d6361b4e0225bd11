"""Arrays of intervals: what a quantity can be, when what it is computed from was rounded on the
way.

Sums and products of intervals are enclosed; functions of them as far as `image` says.

`program.evaluate` runs the steps' formulas on them as it does on floats, so rounding is carried
from step to step by the equations themselves. Bounds are clipped at `LIMIT`, which stands for
infinity and keeps every product finite.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..activations import ACTIVATIONS, Activation, Array
from ..network import Network
from ..steps import contract
from .numeric import function_of, known, names_in

LIMIT = 1e150
OPEN = 1e100  # a bound beyond this came from one at the limit
SLACK = 1e-14  # of the terms of a sum: the roundings of float64, ours and the learner's
MANY_SAMPLES = 65  # of a user's function, which may turn more than once
# slopes that one can also work out from `a` alone, where the record's formula takes z
FROM_A = {"relu": "Piecewise((1, a > 0), (0, True))", "leaky_relu": "Piecewise((1, a > 0), (Rational(1, 100), True))",
          "elu": "Piecewise((1, a > 0), (a + 1, True))", "softplus": "1 - exp(-a)"}  # fmt: skip


class Box:
    """An array of intervals ``[low, high]``, with NumPy's operators."""

    __slots__ = ("high", "low")

    def __init__(self, low: Any, high: Any = None):
        self.low: Array = np.clip(np.asarray(low, dtype=float), -LIMIT, LIMIT)
        self.high: Array = (
            self.low if high is None else np.clip(np.asarray(high, dtype=float), -LIMIT, LIMIT)
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.low.shape

    @property
    def T(self) -> Box:
        """The transpose."""
        return Box(self.low.T, self.high.T)

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

    def __neg__(self) -> Box:
        return Box(-self.high, -self.low)

    def __add__(self, other: Any) -> Box:
        other = _box(other)
        slack = SLACK * (self.size + other.size)
        return Box(self.low + other.low - slack, self.high + other.high + slack)

    def __sub__(self, other: Any) -> Box:
        return self + -_box(other)

    def __mul__(self, other: Any) -> Box:
        other = _box(other)
        corners = [
            self.low * other.low,
            self.low * other.high,
            self.high * other.low,
            self.high * other.high,
        ]
        return Box(np.minimum.reduce(corners), np.maximum.reduce(corners))

    def __truediv__(self, other: float) -> Box:
        return self * (1 / other)

    def __matmul__(self, other: Any) -> Box:
        other = _box(other)
        a, b, da, db = self.middle, other.middle, self.radius, other.radius
        middle, size = a @ b, np.abs(b)
        radius = np.abs(a) @ db + da @ (size + db) + SLACK * (np.abs(a) @ size)
        return Box(middle - radius, middle + radius)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Any) -> Box:
        return _box(other) - self

    def __getitem__(self, key: Any) -> Box:
        return Box(self.low[key], self.high[key])

    def sum(self, axis: int | None = None, keepdims: bool = False) -> Box:
        """Return the sum along an axis, or of everything."""
        slack = SLACK * self.size.sum(axis=axis, keepdims=keepdims)
        return Box(
            self.low.sum(axis=axis, keepdims=keepdims) - slack,
            self.high.sum(axis=axis, keepdims=keepdims) + slack,
        )

    def wider(self, by: Array | float) -> Box:
        """Return the intervals with `by` more at both ends."""
        return Box(self.low - by, self.high + by)

    def meets(self, other: Box) -> Array:
        """Return for each entry whether the two intervals have a point in common."""
        return (self.low <= other.high) & (other.low <= self.high)

    def within(self, other: Box) -> Box:
        """Return the part that also lies in `other`, entries that have none as they stand in
        `other`.
        """
        low, high = np.maximum(self.low, other.low), np.minimum(self.high, other.high)
        apart = low > high
        return Box(np.where(apart, other.low, low), np.where(apart, other.high, high))

    def hull(self, *others: Box) -> Box:
        """Return the smallest intervals that hold these and the others."""
        return Box(
            np.minimum.reduce([self.low, *(o.low for o in others)]),
            np.maximum.reduce([self.high, *(o.high for o in others)]),
        )


def chosen(where: Array, one: Box, other: Box) -> Box:
    """Return the intervals of `one` where a condition holds, else those of `other`."""
    return Box(np.where(where, one.low, other.low), np.where(where, one.high, other.high))


def _box(value: Any) -> Box:
    return value if isinstance(value, Box) else Box(value)


def image(function: Callable[..., Array], *boxes: Box, samples: int = 9) -> Box:
    """Return what an element-by-element function makes of intervals, from samples of them.

    It is exact where the function is monotone in each argument that varies. Where some sample
    between exceeds all corners, a quarter of the range is added at both ends: enough for the
    functions here, which turn at most once within an interval; poles must be its ends.
    """
    varying = [not np.array_equal(box.low, box.high) for box in boxes]
    steps = np.linspace(0, 1, samples if sum(varying) == 1 else samples // 2 + 1)
    shape = np.broadcast_shapes(*(box.shape for box in boxes))
    lines = [
        [
            np.broadcast_to(box.low + t * (box.high - box.low), shape)
            for t in (steps if wide else steps[:1])
        ]
        for box, wide in zip(boxes, varying, strict=True)
    ]
    places = list(itertools.product(*(range(len(line)) for line in lines)))
    drawn = [np.array([line[place[k]] for place in places]) for k, line in enumerate(lines)]
    with np.errstate(all="ignore"):
        values = np.asarray(function(*drawn), dtype=float)
    low, high = values.min(axis=0), values.max(axis=0)
    corners = values[
        [
            all(at in (0, len(line) - 1) for at, line in zip(place, lines, strict=True))
            for place in places
        ]
    ]
    with np.errstate(invalid="ignore"):
        turns = (low < corners.min(axis=0)) | (high > corners.max(axis=0))
        margin = np.where(turns, (high - low) / 4, 0)
        slack = SLACK * np.maximum(np.abs(low), np.abs(high))
        bottom, top = low - margin - slack, high + margin + slack
    return Box(
        np.where(np.isnan(bottom), np.where(low == np.inf, LIMIT, -LIMIT), bottom),
        np.where(np.isnan(top), np.where(high == -np.inf, -LIMIT, LIMIT), top),
    )


def _either(exact: Callable[..., Array], naive: Callable[..., Array], z: Box, y: Box) -> Box:
    """Return what two ways of computing the same give: without loss of digits, and as float64 has
    it that went by the output.
    """
    one, other = image(exact, z, y), image(naive, z, y)
    return chosen(other.bounded, one.hull(other), one)


def _activation(record: Activation) -> Callable[[Box], Box]:
    if record.couples:
        return _softmax
    return lambda z: image(record.f, z, samples=_samples(record))


def _samples(record: Activation) -> int:
    return 9 if record is ACTIVATIONS.get(record.name) else MANY_SAMPLES


def _softmax(z: Box) -> Box:
    found = image(np.exp, _log_softmax(z))
    return Box(found.low - SLACK, found.high + SLACK)


def _log_softmax(z: Box) -> Box:
    # each entry is least where its own z is lowest and the others' highest
    def one(own: Array, others: Array) -> Array:
        top = np.maximum(own, others).max(axis=-1, keepdims=True)
        e, rest = np.exp(own - top), np.exp(others - top)
        return np.asarray(own - top - np.log(e + _sum_of_others(rest)))

    return Box(one(z.low, z.high), one(z.high, z.low))


def _sum_of_others(entries: Array) -> Array:
    """Return for each entry the sum of the others of its row, without subtracting what may be all
    of it.
    """
    n = entries.shape[-1]
    return np.asarray(entries @ (np.ones((n, n)) - np.eye(n)))


def _slope(record: Activation) -> Callable[[Box, Box], Box]:
    """The derivative from `z`, and from `a` as one does by hand, which differ once `a` is rounded."""
    if record.couples:
        return lambda z, a: _softmax_slope(a)
    by_hand, count = _from_a(record), _samples(record)

    def slope(z: Box, a: Box) -> Box:
        found = image(record.derivative, z, a, samples=count)
        return found.hull(image(by_hand, z, a, samples=count)) if by_hand else found

    return slope


def _from_a(record: Activation) -> Callable[..., Array] | None:
    """The derivative as one works it out from `a`; None where one can't."""
    ours = record is ACTIVATIONS.get(record.name)
    formula = (
        FROM_A.get(record.name, record.derivative_formula) if ours else record.derivative_formula
    )
    return (
        function_of(formula, "z", "a")
        if formula and "a" in names_in(formula) and known(formula)
        else None
    )


def slope_functions(net: Network) -> tuple[dict[str, Callable[..., Box]], ...]:
    """Return the derivatives of the activations by the names that the steps use: all from `z`
    alone; all from `a`, where one can.
    """
    from_z, from_a = {}, {}
    for layer, record in enumerate(net.layers, 1):
        if not record.f.couples:
            from_z[f"df{layer}"] = _only_z(record.f)
            from_a[f"df{layer}"] = _only_a(record.f) or _only_z(record.f)
    return from_z, from_a


def _only_z(record: Activation) -> Callable[[Box, Box], Box]:
    return lambda z, a: image(
        lambda z: record.derivative(z, record.f(z)), z, samples=_samples(record)
    )


def _only_a(record: Activation) -> Callable[[Box, Box], Box] | None:
    by_hand = _from_a(record)
    return None if by_hand is None else lambda z, a: image(by_hand, z, a, samples=_samples(record))


def _softmax_slope(a: Box) -> Box:
    n = a.shape[-1]
    eye = np.eye(n)
    return a[..., :, None] * (Box(eye) - a[..., None, :])


def _contract(dL_da: Box, da_dz: Box) -> Box:
    if da_dz.shape == dL_da.shape:  # as someone has it who takes a softmax's slope for a sigmoid's
        return dL_da * da_dz
    middle, radius = dL_da.middle, dL_da.radius
    centre = contract(middle, da_dz.middle)
    size = np.abs(da_dz.middle)
    spread = contract(np.abs(middle), da_dz.radius + SLACK * size) + contract(
        radius, size + da_dz.radius
    )
    return Box(centre - spread, centre + spread)


def box_functions(net: Network) -> dict[str, Callable[..., Box]]:
    """Return the functions that the steps of `net` call, for boxes, by the names they use."""
    loss, output = net.loss_record, net.layers[-1].f
    pair = loss.pair(output)
    found: dict[str, Callable[..., Box]] = {
        "L": lambda a, y: image(loss.value, a, y),
        "dL": lambda a, y: image(loss.derivative, a, y),
        "contract": _contract,
    }
    # from z, where the output is so near 0 or 1 that nothing can be said from it
    if output.couples:
        found["L_z"] = lambda z, a, y: -(_log_softmax(z) * y)
        found["dL_z"] = lambda z, a, y: -(image(lambda log: np.exp(-log), _log_softmax(z)) * y)
    else:
        found["L_z"] = lambda z, a, y: _either(
            lambda z, y: pair.value(z, output.f(z), y),
            lambda z, y: loss.value(output.f(z), y),
            z,
            y,
        )
        found["dL_z"] = lambda z, a, y: _either(
            lambda z, y: pair.derivative(z, output.f(z), y),
            lambda z, y: loss.derivative(output.f(z), y),
            z,
            y,
        )
    for layer, record in enumerate(net.layers, 1):
        found |= {f"f{layer}": _activation(record.f), f"df{layer}": _slope(record.f)}
    return found
