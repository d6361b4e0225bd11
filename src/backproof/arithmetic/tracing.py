"""A NumPy function as a formula: run once on a stand-in for an array, it says what it computes.

So a function of one's own needs no formula beside it. What can't be followed (a loop over entries,
a choice by value, a table) raises `UntraceableError`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from ..formula import (
    ONE,
    ZERO,
    Call,
    Cases,
    Compare,
    Formula,
    Minus,
    Name,
    Negative,
    Number,
    Plus,
    Power,
    Quotient,
    Times,
)
from ..parsing import parse
from ..program import evaluate
from .elementary import UFUNCS

OPERATORS: dict[str, Callable[..., Formula]] = {
    "add": Plus,
    "subtract": Minus,
    "multiply": Times,
    "divide": Quotient,
    "power": Power,
    "float_power": Power,
    "negative": Negative,
    "positive": lambda value: value,
    "square": lambda value: Power(value, Number(2.0)),
    "reciprocal": lambda value: Quotient(ONE, value),
    "expit": lambda value: Quotient(ONE, Plus(ONE, Call("exp", (Negative(value),)))),
}
UFUNC_SIGNS = {
    "greater": ">",
    "less": "<",
    "greater_equal": ">=",
    "less_equal": "<=",
    "equal": "==",
}


# numbers that stand in a function as floats and mean more than these: sqrt(1/2) in gelu's
KNOWN_NUMBERS = (
    "pi",
    "pi/2",
    "E",
    "log(2)",
    "sqrt(2)",
    "sqrt(1/2)",
    "sqrt(3)",
    "sqrt(pi)",
    "sqrt(2*pi)",
    "sqrt(2/pi)",
    "1/sqrt(pi)",
    "2/sqrt(pi)",
    "1/sqrt(2*pi)",
)


class UntraceableError(Exception):
    """The function does what can't be followed."""


def formula_of_value(value: Any) -> Formula:
    """Return the formula of what stands in a traced computation: a stand-in, or a number."""
    if isinstance(value, Traced):
        return value.formula
    if np.ndim(value) == 0 and isinstance(value, (int, float, np.number, np.ndarray)):
        return _number(float(value))
    raise UntraceableError(f"{value!r} stands in it")


def _number(value: float) -> Formula:
    """Return a float as the constant that it is the nearest to, with its sign; else as it is."""
    constant = _constants().get(abs(value))
    if constant is None:
        return Number(value)
    return constant if value > 0 else Negative(constant)


@functools.cache
def _constants() -> dict[float, Formula]:
    """Return the constants by their floats."""
    at = {"pi": math.pi, "E": math.e, "sqrt": math.sqrt, "log": math.log}
    formulas = map(parse, KNOWN_NUMBERS)
    return {evaluate(formula, at): formula for formula in formulas}


def _as_number(formula: Formula) -> Formula:
    """Return a condition that is reckoned with as the 1 or 0 that it is."""
    return Cases((ONE, ZERO), (formula, ONE)) if isinstance(formula, Compare) else formula


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """A stand-in for an array: what is done to it, in place too, is written down as a formula."""

    dtype, ndim, size = np.dtype(float), 2, 1
    shape = (1, 1)

    def __init__(self, formula: Formula):
        self.formula = formula

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Traced:
        if method != "__call__" or options:
            raise UntraceableError(f"np.{ufunc.__name__}.{method}")
        made = _computed(ufunc.__name__, [formula_of_value(value) for value in inputs])
        if out is None:
            return Traced(made)
        out[0].formula = made
        return out[0]

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, options: Any
    ) -> Any:
        if function not in HANDLED:
            raise UntraceableError(f"np.{function.__name__}")
        return HANDLED[function](*args, **options)

    def astype(self, dtype: Any, copy: bool = True) -> Traced:
        """Return the same as a number."""
        return Traced(_as_number(self.formula))

    def copy(self) -> Traced:
        """Return the same, to be changed in place."""
        return Traced(self.formula)

    def _refuse(self, *arguments: Any, **options: Any) -> NoReturn:
        raise UntraceableError("it needs the numbers themselves")

    __array__ = __bool__ = __float__ = __int__ = __len__ = __iter__ = __getitem__ = _refuse


def _computed(name: str, inputs: list[Formula]) -> Formula:
    if name in UFUNC_SIGNS:
        return Compare(inputs[0], UFUNC_SIGNS[name], inputs[1])
    numbers = list(map(_as_number, inputs))
    if name in OPERATORS:
        return OPERATORS[name](*numbers)
    if name in UFUNCS:
        return Call(UFUNCS[name], tuple(numbers))
    raise UntraceableError(f"np.{name}")


def _where(condition: Any, yes: Any, no: Any) -> Traced:
    return Traced(
        Cases((formula_of_value(yes), formula_of_value(no)), (formula_of_value(condition), ONE))
    )


def _clip(value: Any, low: Any, high: Any) -> Traced:
    above = Call("Max", (formula_of_value(value), formula_of_value(low)))
    return Traced(Call("Min", (above, formula_of_value(high))))


HANDLED: dict[Any, Callable[..., Any]] = {
    np.where: _where,
    np.clip: _clip,
    np.ones_like: lambda value, dtype=None: Traced(ONE),
    np.zeros_like: lambda value, dtype=None: Traced(ZERO),
}


def trace(function: Callable[..., Any], *letters: str) -> Formula | None:
    """Return the formula of a function of arrays in these letters; None if it can't be followed."""
    try:
        with np.errstate(all="ignore"):
            return _as_number(
                formula_of_value(function(*(Traced(Name(letter)) for letter in letters)))
            )
    except Exception:  # whatever a user's function does on what isn't a number
        return None
