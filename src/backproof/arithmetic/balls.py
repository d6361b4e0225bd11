"""Balls (python-flint): numbers with a bound of their error, which hold the true value.

The derivatives are SymPy's, of the records' formulas, and so the true ones even where a record is
wrong.
"""

from __future__ import annotations

from typing import Any

import flint
import numpy as np

from ..formula import ONE, Cases, Compare, Formula, Name, Number
from ..records import Activation, Loss
from .arrays import Entries, EntryArithmetic, entries_of
from .elementary import CONSTANTS, elementary
from .forms import forms
from .symbols import true_derivative


class Balls(EntryArithmetic):
    """Arrays of real balls, in python-flint's working precision."""

    def number(self, value: float) -> Any:
        """Return a float as an exact ball."""
        return flint.arb(value)

    def call(self, function: str, arguments: list[Any]) -> Any:
        """Return python-flint's function."""
        return getattr(arguments[0], elementary(function).ball)(*arguments[1:])

    def constant(self, name: str) -> Any:
        """Return pi or E."""
        if name not in CONSTANTS:
            raise KeyError(name)
        return flint.arb.pi() if name == "pi" else flint.arb(1).exp()

    def slope_of(self, record: Activation | Loss) -> Formula:
        """Return the true derivative of that; its own formula for one that couples a row, and at
        a kink, where there is no true one.
        """
        own = forms(record).slope
        if isinstance(record, Loss):
            return _known(true_derivative(record))
        if record.couples:
            return _known(own)
        true = _known(true_derivative(record))
        if own is None or not record.kinks:
            return true
        kinks = [Compare(Name("z"), "==", Number(float(kink))) for kink in record.kinks]
        return Cases((*[own] * len(kinks), true), (*kinks, ONE))


def _known(formula: Formula | None) -> Formula:
    assert formula is not None
    return formula


BALLS = Balls()


def balls(values: Any) -> Entries:
    """Return floats as exact balls."""
    values = np.asarray(values, dtype=float)
    return entries_of(values.shape, lambda at: flint.arb(float(values[at])))
