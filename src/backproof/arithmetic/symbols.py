"""SymPy's expressions: the records' formulas as symbols, and their derivatives.

A text never reaches SymPy: it is read into a formula, and the formula is computed in SymPy's
numbers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import sympy

from ..formula import Formula
from ..parsing import parse
from ..records import Activation, Loss
from .arrays import Entries, EntryArithmetic, entries_of
from .elementary import CONSTANTS, elementary
from .entries import Kind
from .forms import forms

Expression = Any  # a SymPy expression; the library has no types


class SymPy(Kind):
    """SymPy's expressions, one entry at a time."""

    def number(self, value: float) -> Expression:
        """Return a float as the fraction that was meant: 0.01 as 1/100."""
        return sympy.nsimplify(value, rational=True)

    def call(self, function: str, arguments: list[Any]) -> Expression:
        """Return SymPy's function, or what it is made of there."""
        name = elementary(function).sympy
        if name.isidentifier():
            return getattr(sympy, name)(*arguments)
        return self.compute(parse(name), {"x": arguments[0]})

    def compare(self, sign: str, left: Expression, right: Expression) -> Expression:
        """Return SymPy's condition; a single point is left out, as symbols stand for any number."""
        if sign == "==":
            return sympy.Eq(left, right) if (left - right).is_number else sympy.false
        return super().compare(sign, left, right)

    def constant(self, name: str) -> Expression:
        """Return pi or E."""
        if name not in CONSTANTS:
            raise KeyError(name)
        return getattr(sympy, name)

    def cases(
        self, values: list[Callable[[], Any]], conditions: list[Callable[[], Any]]
    ) -> Expression:
        """Return SymPy's Piecewise."""
        found = []
        for value, condition in zip(values, conditions, strict=True):
            where = condition()
            found.append((value(), sympy.true if where == 1 else where))
        return sympy.Piecewise(*found)


SYMPY = SymPy()


def expression(formula: Formula, **letters: Expression) -> Expression:
    """Return the expression of a formula with its letters replaced."""
    return SYMPY.compute(formula, letters)


def symbol(letter: str, **assumptions: bool) -> Expression:
    """Return a symbol; real, unless something else is assumed."""
    return sympy.Symbol(letter, **(assumptions or {"real": True}))


def symbols(name: str, shape: tuple[int, ...]) -> Entries:
    """Return an array of symbols."""
    return entries_of(shape, lambda at: symbol("_".join([name, *(str(i + 1) for i in at)])))


@functools.lru_cache(maxsize=64)
def true_derivative(record: Activation | Loss) -> Formula | None:
    """Return the derivative of a record's formula, by SymPy, whatever the record says that it is;
    None without a formula.
    """
    value = forms(record).value
    if value is None:
        return None
    by, others = ("z", ()) if isinstance(record, Activation) else ("a", ("y",))
    letters = {letter: symbol(letter) for letter in (by, *others)}
    derivative = sympy.diff(expression(value, **letters), letters[by])
    return parse(str(_in_pieces(derivative)))


def _in_pieces(derivative: Expression) -> Expression:
    """Return a derivative in which the slopes of Abs, Max and Min are cases, as in a formula, and
    that of a jump is 0: its kinks are the record's.
    """

    def slope(below: int) -> Callable[..., Expression]:
        return lambda of, *at_0: sympy.Piecewise((1, of > 0), (below, True))

    smooth = derivative.replace(sympy.DiracDelta, lambda *_: sympy.Integer(0))
    return smooth.replace(sympy.sign, slope(-1)).replace(sympy.Heaviside, slope(0))


class Symbols(EntryArithmetic, SymPy):
    """Arrays of SymPy's expressions, by the records' own formulas."""

    def slope_of(self, record: Activation | Loss) -> Formula:
        """Return the formula of its derivative."""
        slope = forms(record).slope
        assert slope is not None
        return slope


SYMBOLS = Symbols()
