"""What the steps call, for intervals: from the records' own functions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..records import Activation, Array, Loss
from ..structure import Structure, Structured
from .contract import Arithmetic, Function
from .coupled import coupled_slopes, coupled_values, extremes
from .floats import FLOATS
from .forms import agreeing_forms, function_of
from .intervals import FEW_SAMPLES, SLACK, Interval, image, interval_where

MANY_SAMPLES = 65  # of a function that may turn more than once


def samples(record: Activation) -> int:
    """Return how often to look at a record's function within an interval."""
    return MANY_SAMPLES if record.turns is None else FEW_SAMPLES


def slope_by_hand(record: Activation) -> Callable[..., Array] | None:
    """Return the derivative as one works it out from `a`; None where one can't."""
    form = agreeing_forms(record).slope_from_a
    return None if form is None else function_of(form, "z", "a")


def either(
    exact: Callable[..., Array], naive: Callable[..., Array], z: Interval, y: Interval
) -> Interval:
    """Return what two ways of computing the same give: without loss of digits, and as float64 has
    it that went by the output.
    """
    one, other = image(exact, z, y), image(naive, z, y)
    return interval_where(other.bounded, one.hull(other), one)


class Intervals(Arithmetic):
    """Arrays of intervals."""

    def activation(self, record: Activation) -> Function:
        """Return the record's function."""
        if record.couples:
            return lambda z: coupled_values(record, z)
        return lambda z: image(record.f, z, samples=samples(record))

    def slope(self, record: Activation) -> Function:
        """Return the derivative from `z`, and from `a` as one does by hand, which differ once `a`
        is rounded.
        """
        if record.couples:
            return lambda z, a: coupled_slopes(record, z, a)
        by_hand, count = slope_by_hand(record), samples(record)

        def slope(z: Interval, a: Interval) -> Interval:
            found = image(record.derivative, z, a, samples=count)
            if by_hand is None:
                return found
            return found.hull(image(by_hand, z, a, samples=count))

        return slope

    def loss(self, record: Loss) -> Function:
        """Return the record's value."""
        value = FLOATS.loss(record)
        return lambda a, y: image(value, a, y)

    def loss_slope(self, record: Loss) -> Function:
        """Return the record's derivative."""
        derivative = FLOATS.loss_slope(record)
        return lambda a, y: image(derivative, a, y)

    def contract(self, dL_da: Interval, da_dz: Interval) -> Interval:
        """Return the product of (m, n) with the matrix (m, n, n) of each example."""
        if da_dz.shape == dL_da.shape:  # as someone has it who takes its slope for a sigmoid's
            return dL_da * da_dz
        middle, radius = dL_da.middle, dL_da.radius
        size = np.abs(da_dz.middle)
        centre = FLOATS.contract(middle, da_dz.middle)
        near = FLOATS.contract(np.abs(middle), da_dz.radius + SLACK * size)
        far = FLOATS.contract(radius, size + da_dz.radius)
        spread = near + far
        return Interval(centre - spread, centre + spread)

    def from_z(self, structure: Structure) -> dict[str, Function]:
        """Return the loss and its derivative from `z`, for outputs so near 0 or 1 that nothing can
        be said from them.
        """
        output, exact = structure.output, FLOATS.from_z(structure)
        if output.couples:
            return {name: _of_rows(function, output) for name, function in exact.items()}
        value, derivative = FLOATS.loss(structure.loss), FLOATS.loss_slope(structure.loss)
        naive = {
            "L_z": lambda z, a, y: value(a, y),
            "dL_z": lambda z, a, y: derivative(a, y),
            "delta_z": lambda z, a, y: derivative(a, y) * output.derivative(z, a),
        }
        return {name: _from_z(exact[name], naive[name], output) for name in naive if name in exact}


def _of_rows(exact: Callable[..., Array], output: Activation) -> Function:
    return lambda z, a, y: extremes(output, exact, z, y)


def _from_z(
    exact: Callable[..., Array], naive: Callable[..., Array], output: Activation
) -> Function:
    def function(z: Interval, a: Interval, y: Interval) -> Interval:
        return either(
            lambda z, y: exact(z, output.f(z), y),
            lambda z, y: naive(z, output.f(z), y),
            z,
            y,
        )

    return function


INTERVALS = Intervals()


def slope_functions(of: Structured) -> tuple[dict[str, Function], ...]:
    """Return the derivatives of the activations by the names that the steps use: all from `z`
    alone; all from `a`, where one can.
    """
    from_z, from_a = {}, {}
    for layer, record in enumerate(of.structure.activations, 1):
        if not record.couples:
            from_z[f"df{layer}"] = _only_z(record)
            from_a[f"df{layer}"] = _only_a(record)
    return from_z, from_a


def _only_z(record: Activation) -> Function:
    def at(z: Array) -> Array:
        return record.derivative(z, record.f(z))

    return lambda z, a: image(at, z, samples=samples(record))


def _only_a(record: Activation) -> Function:
    by_hand = slope_by_hand(record)
    if by_hand is None:
        return _only_z(record)
    return lambda z, a: image(by_hand, z, a, samples=samples(record))
