"""What the chain rule builds on: each activation's and each loss's derivative is the derivative of
its formula, by SymPy.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from ..activations import Activation
from ..errors import InputError
from ..formula import Formula
from ..losses import Loss
from .expressions import indexed, parse, summed_out

Expression = Any  # a SymPy expression; the library has no types
MOST_CLASSES = 4  # softmax is proved for so many classes, whatever their number


@dataclass(frozen=True)
class Lemma:
    """One derivative that was compared with its formula.

    Parameters
    ----------
    of : what it is of, ``sigmoid``
    holds : whether it is proved; None if there is no formula to prove it by
    words : what was shown, or what is wrong
    """

    of: str
    holds: bool | None
    words: str


class Traced:
    """A stand-in for a number that remembers what is computed with it, so that a function without a
    formula gives its own.
    """

    def __init__(self, expression: Expression):
        self.expression = expression

    def __getattr__(self, name: str) -> Callable[[], Traced]:
        # NumPy asks the entries of an object array for `exp`, `tanh` …
        if not name.startswith("_") and hasattr(sympy, FUNCTIONS.get(name, name)):
            return lambda: Traced(getattr(sympy, FUNCTIONS.get(name, name))(self.expression))
        raise AttributeError(name)

    def __abs__(self) -> Traced:
        return Traced(sympy.Abs(self.expression))

    def __neg__(self) -> Traced:
        return Traced(-self.expression)


FUNCTIONS = {"arctan": "atan", "arcsinh": "asinh", "log1p": "", "expm1": "", "fabs": "Abs"}


def _operator(name: str) -> Callable[[Traced, Any], Traced]:
    def apply(self: Traced, other: Any) -> Traced:
        value = other.expression if isinstance(other, Traced) else exact(other)
        return Traced(getattr(self.expression, name)(value))

    return apply


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow"):
    setattr(Traced, f"__{_name}__", _operator(f"__{_name}__"))


def exact(value: Any) -> Expression:
    """Return a float as the fraction that was meant: 0.01 as 1/100."""
    return sympy.nsimplify(value, rational=True)


def traced(function: Callable[..., Any], *letters: str) -> str:
    """Return the formula of a function of arrays, by running it on letters; empty if it does what
    can't be followed.
    """
    try:
        arrays = [
            np.array([[Traced(sympy.Symbol(letter, real=True))]], dtype=object)
            for letter in letters
        ]
        found = function(*arrays)[0, 0]
        return str(found.expression if isinstance(found, Traced) else exact(found))
    except Exception:  # whatever a user's function does on what isn't a number
        return ""


@functools.lru_cache(maxsize=64)
def formulas(record: Activation | Loss) -> tuple[str, str]:
    """Return the formulas of a function and its derivative, traced where the record has none; empty
    where that fails.
    """
    if isinstance(record, Activation):
        return (
            record.formula or traced(record.f, "z"),
            record.derivative_formula or traced(record.derivative, "z", "a"),
        )
    return (
        record.formula or traced(record.value, "a", "y"),
        record.derivative_formula or traced(record.derivative, "a", "y"),
    )


def read(text: str, **letters: Expression) -> Expression:
    """Return the expression of a formula with its letters replaced."""
    try:
        return sympy.sympify(text, locals=letters)
    except (sympy.SympifyError, TypeError, SyntaxError):
        raise InputError(
            f"{text!r} is not a formula that SymPy can read: write it as in 1/(1 + exp(-z))."
        ) from None


def is_zero(expression: Expression) -> bool:
    """Whether an expression is 0, shown by algebra."""
    if sympy.expand(expression) == 0:
        return True
    return any(sympy.simplify(form) == 0 for form in (expression, expression.rewrite(sympy.exp)))


def true_derivative(record: Activation | Loss) -> str:
    """Return the derivative of a record's formula, by SymPy, whatever the record says that it is;
    empty without a formula.
    """
    formula, _ = formulas(record)
    letter = "z" if isinstance(record, Activation) else "a"
    if not formula:
        return ""
    symbol = sympy.Symbol(letter, real=True)
    expression = read(formula, **{letter: symbol})
    derivative = sympy.diff(expression, symbol)
    # Abs gives sign, whose own derivative nobody asks for; its text must be readable by `parse`
    return str(derivative.rewrite(sympy.Piecewise) if derivative.has(sympy.sign) else derivative)


def lemma(record: Activation | Loss) -> Lemma:
    """Compare a record's derivative with the derivative of its formula."""
    formula, derivative = formulas(record)
    if not (formula and derivative):
        which = "formula" if not formula else "derivative_formula"
        return Lemma(
            record.name,
            None,
            f"{record.name} has no {which} and its function can't be followed: give {which}= to"
            " have it proved.",
        )
    if isinstance(record, Activation):
        return _softmax(record) if record.couples else _activation(record, formula, derivative)
    a, y = sympy.Symbol("a", positive=True), sympy.Symbol("y", real=True)
    true = sympy.diff(read(formula, a=a, y=y), a)
    return _verdict(record.name, "a", true, read(derivative, a=a, y=y), [{}])


def _activation(record: Activation, formula: str, derivative: str) -> Lemma:
    # piecewise formulas are compared on each side of their kinks
    kinks = record.kinks or (0.0,)
    p = sympy.Symbol("p", positive=True)
    z = sympy.Symbol("z", real=True)
    true = sympy.diff(read(formula, z=z), z)
    given = read(derivative, z=z, a=read(formula, z=z))
    sides = [{z: exact(max(kinks)) + p}, {z: exact(min(kinks)) - p}]
    return _verdict(record.name, "z", true, given, sides)


def _verdict(
    name: str, letter: str, true: Expression, given: Expression, sides: list[dict[Any, Any]]
) -> Lemma:
    if all(is_zero((true - given).subs(side).doit()) for side in sides):
        return Lemma(name, True, f"the derivative of {name} is that of its formula")
    return Lemma(
        name,
        False,
        f"{name}: the derivative given is {given}, but the derivative of its formula by {letter} is"
        f" {sympy.simplify(true)}.",
    )


def _softmax(record: Activation) -> Lemma:
    n = MOST_CLASSES
    z = [sympy.Symbol(f"z{k}", real=True) for k in range(1, n + 1)]
    row = [_written(entry_formula(record.formula, n, j=j), z=z) for j in range(1, n + 1)]
    for j in range(1, n + 1):
        for k in range(1, n + 1):
            given = _written(entry_formula(record.derivative_formula, n, j=j, k=k), z=z, a=row)
            if not is_zero(sympy.diff(row[j - 1], z[k - 1]) - given):
                return Lemma(
                    record.name,
                    False,
                    f"{record.name}: the derivative of output {j} by z[{k}] is not {given}.",
                )
    return Lemma(
        record.name,
        True,
        f"the derivative of {record.name} is that of its formula (for {n} classes)",
    )


def entry_formula(text: str, n: int, **index: int) -> Formula:
    """Return the formula of one entry of a row function, for `n` classes: ``exp(z[1]) / (exp(z[1])
    + exp(z[2]))``.
    """
    return summed_out(
        indexed(parse(text), {letter: str(number) for letter, number in index.items()}), n
    )


def _written(formula: Formula, **rows: list[Expression]) -> Expression:
    letters = {
        f"{letter}[{k}]": value for letter, row in rows.items() for k, value in enumerate(row, 1)
    }
    text = str(formula)
    for name in letters:
        text = text.replace(name, name.replace("[", "_").rstrip("]"))
    return read(
        text, **{name.replace("[", "_").rstrip("]"): value for name, value in letters.items()}
    )
