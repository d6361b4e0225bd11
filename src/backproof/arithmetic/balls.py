"""Balls (python-flint): numbers with a bound of their error, which hold the true value.

The derivatives are SymPy's, of the records' formulas, and so the true ones even where a record is
wrong.
"""

from __future__ import annotations

from typing import Any

import flint
import numpy as np

from ..formula import ONE, Call, Cases, Compare, Formula, Name, Number, Power, Times
from ..records import Activation, Loss
from ..rewriting import subformulas
from .arrays import Entries, EntryArithmetic, entries_of, entry_by_entry
from .contract import Function
from .elementary import CONSTANTS, elementary
from .forms import NUMPY, Forms, forms
from .symbols import true_derivative

BESIDE = 1e-9  # a kink, where one looks for the slopes of its two sides
JUMP = 1e-6  # how much they are apart, at least, where the slope jumps


class Balls(EntryArithmetic):
    """Arrays of real balls, in python-flint's working precision."""

    def number(self, value: float) -> Any:
        """Return a float as an exact ball."""
        return flint.arb(value)

    def call(self, function: str, arguments: list[Any]) -> Any:
        """Return python-flint's function."""
        return getattr(arguments[0], elementary(function).ball)(*arguments[1:])

    def operate(self, kind: type, left: Any, right: Any) -> Any:
        """Return what an operation gives: of 0 and anything the product is 0, as of 0 · log 0; and
        whole powers are those of every number, of a negative one too.
        """
        if kind is Times and not (left.is_finite() and right.is_finite()):
            return flint.arb(0) if left == 0 or right == 0 else left * right
        if kind is Power and right.is_integer():
            return left ** int(right.unique_fmpz())
        return super().operate(kind, left, right)

    def constant(self, name: str) -> Any:
        """Return pi or E."""
        if name not in CONSTANTS:
            raise KeyError(name)
        return flint.arb.pi() if name == "pi" else flint.arb(1).exp()

    def slope_of(self, record: Activation | Loss) -> Formula:
        """Return the true derivative of that; its own formula for one that couples a row, and
        where a slope jumps, since no value there is the true one.
        """
        found = forms(record)
        if isinstance(record, Activation) and record.couples:
            return _known(found.slope)
        true = _known(true_derivative(record))
        if isinstance(record, Loss) or found.slope is None:
            return true
        jumps = [kink for kink in record.kinks if _is_free_at(kink, found, true)]
        if not jumps:
            return true
        here = [Compare(Name("z"), "==", Number(float(kink))) for kink in jumps]
        return Cases((*[found.slope] * len(here), true), (*here, ONE))

    def loss_slope(self, record: Loss) -> Function:
        """Return the true derivative of a loss; its own where that jumps, and the own lies between
        the slopes of the two sides.
        """
        true, own = _known(true_derivative(record)), forms(record).slope
        if own is None or not any(map(_may_jump, subformulas(true))):
            return super().loss_slope(record)

        def entry(a: Any, y: Any) -> Any:
            letters = {"a": a, "y": y}
            formula = own if _jumps(true, own, float(a.mid()), float(y.mid())) else true
            return self.compute(formula, letters)

        return entry_by_entry(entry)


def _may_jump(part: Formula) -> bool:
    return isinstance(part, Cases) or (isinstance(part, Call) and part.function == "sign")


def _jumps(true: Formula, own: Formula, a: float, y: float) -> bool:
    """Whether the slope of a loss jumps at an output, and its own lies between the two sides."""
    beside = BESIDE * (1 + abs(a))
    with np.errstate(all="ignore"):
        known = {"a": np.array([a - beside, a + beside]), "y": y}
        low, high = np.sort(np.broadcast_to(NUMPY.compute(true, known), (2,)))
        value = float(np.asarray(NUMPY.compute(own, {"a": np.array(a), "y": np.array(y)})))
    return bool(high - low > JUMP * (1 + abs(low)) and low - JUMP <= value <= high + JUMP)


def _is_free_at(kink: float, own: Forms, true: Formula) -> bool:
    """Whether the slope jumps at a kink, and a record's own lies between its two sides there."""
    z = np.array([kink - BESIDE, kink, kink + BESIDE])
    with np.errstate(all="ignore"):
        left, _, right = np.broadcast_to(NUMPY.compute(true, {"z": z}), z.shape)
        a = NUMPY.compute(_known(own.value), {"z": z})
        value = np.broadcast_to(NUMPY.compute(_known(own.slope), {"z": z, "a": a}), z.shape)[1]
    low, high = min(left, right), max(left, right)
    return bool(high - low > JUMP * (1 + abs(low)) and low - JUMP <= value <= high + JUMP)


def _known(formula: Formula | None) -> Formula:
    assert formula is not None
    return formula


BALLS = Balls()


def balls(values: Any) -> Entries:
    """Return floats as exact balls."""
    values = np.asarray(values, dtype=float)
    return entries_of(values.shape, lambda at: flint.arb(float(values[at])))
