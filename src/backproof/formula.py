"""Formulas as data: small trees that can be printed, computed, transposed, rescaled and renamed.

A formula is written like its equation, ``a1 @ W2 + b2``, and stands for it everywhere: NumPy
computes it (`numpy_text` is also what the training loop runs), and the other conventions of the
books are rewritings of the tree (see `rewriting`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Formula:
    """The base of all formulas; gives them NumPy's operators, so that arrays of formulas can be
    computed with.
    """

    def __matmul__(self, other: object) -> Formula:
        return _joined(MatMul, self, other)

    def __mul__(self, other: object) -> Formula:
        return _joined(Times, self, other)

    def __rmul__(self, other: object) -> Formula:
        return _joined(Times, other, self)

    def __add__(self, other: object) -> Formula:
        return _joined(Plus, self, other)

    def __sub__(self, other: object) -> Formula:
        return _joined(Minus, self, other)

    def __truediv__(self, other: object) -> Formula:
        return _joined(Quotient, self, other)

    def __neg__(self) -> Formula:
        return Negative(self)

    @property
    def T(self) -> Formula:
        """The transpose."""
        return self.of if isinstance(self, Transpose) else Transpose(self)

    @functools.cached_property
    def text(self) -> str:
        """The formula as a NumPy expression, see `numpy_text`."""
        return numpy_text(self)

    def __str__(self) -> str:
        return self.text


def _joined(kind: Callable[[Formula, Formula], Formula], left: object, right: object) -> Formula:
    """Return the formula of an operator; numbers join in, arrays take the operator to each of their
    entries.
    """
    if isinstance(left, (int, float)):
        left = Number(float(left))
    if isinstance(right, (int, float)):
        right = Number(float(right))
    if isinstance(left, Formula) and isinstance(right, Formula):
        return kind(left, right)
    return NotImplemented


@dataclass(frozen=True)
class Name(Formula):
    """A named quantity: ``a1``, ``W2``, ``eta``."""

    name: str


@dataclass(frozen=True)
class Number(Formula):
    """A number that stands in an equation: the 1/2 of the L2 penalty."""

    value: float


ZERO, ONE, TWO = Number(0.0), Number(1.0), Number(2.0)


@dataclass(frozen=True)
class MatMul(Formula):
    """The matrix product: between layers."""

    left: Formula
    right: Formula


@dataclass(frozen=True)
class Times(Formula):
    """The element-wise product ⊙: within a layer."""

    left: Formula
    right: Formula


@dataclass(frozen=True)
class Plus(Formula):
    """A sum; a row of biases is added to every row."""

    left: Formula
    right: Formula


@dataclass(frozen=True)
class Minus(Formula):
    """A difference."""

    left: Formula
    right: Formula


@dataclass(frozen=True)
class Quotient(Formula):
    """A fraction, within one entry."""

    left: Formula
    right: Formula


@dataclass(frozen=True)
class Power(Formula):
    """A power, within one entry."""

    left: Formula
    right: Formula


@dataclass(frozen=True)
class Negative(Formula):
    """The negative."""

    of: Formula


@dataclass(frozen=True)
class SumOver(Formula):
    """The sum of an entry over an index that runs from 1 to `upto`."""

    index: str
    upto: Formula
    of: Formula


@dataclass(frozen=True)
class Compare(Formula):
    """A condition on an entry: ``z > 0``."""

    left: Formula
    sign: str
    right: Formula


@dataclass(frozen=True)
class Cases(Formula):
    """The first of the values whose condition holds; ``Number(1)`` as the last one is "else"."""

    values: tuple[Formula, ...]
    conditions: tuple[Formula, ...]


@dataclass(frozen=True)
class Transpose(Formula):
    """Rows and columns exchanged."""

    of: Formula


@dataclass(frozen=True)
class OverM(Formula):
    """Divided by the number m of examples, `power` times."""

    of: Formula
    power: int = 1


@dataclass(frozen=True)
class Scale(Formula):
    """A scalar in front: ``eta * dW1``."""

    by: Formula
    of: Formula


@dataclass(frozen=True)
class SumExamples(Formula):
    """The sum over the examples, which lie along `axis`."""

    of: Formula
    axis: int = 0


@dataclass(frozen=True)
class Total(Formula):
    """The sum of all entries."""

    of: Formula


@dataclass(frozen=True)
class Call(Formula):
    """A function of the network's records, by the name that the program knows it by: ``f1(z1)``,
    ``df1(z1, a1)``.

    The records work on examples as rows; in column convention (`columns`) their arguments and
    result are transposed.
    """

    function: str
    arguments: tuple[Formula, ...]
    columns: bool = False


# How NumPy writes it. Each form has a rank, so that parentheses stand only where they must.
_SUM, _PRODUCT, _SIGNED, _POWER, _ATOM = range(5)


def numpy_text(formula: Formula) -> str:
    """Return the formula as a NumPy expression: ``a1.T @ delta2 / m``."""
    return _text(formula)[0]


def _text(formula: Formula) -> tuple[str, int]:  # noqa: C901  (one match, a case for each form)
    def at(part: Formula, rank: int) -> str:
        text, own = _text(part)
        return text if own >= rank else f"({text})"

    match formula:
        case Name(name):
            return name, _ATOM
        case Number(value):
            return _number_text(value), _ATOM if value >= 0 else _SIGNED
        case MatMul(left, right):
            return f"{at(left, _PRODUCT)} @ {at(right, _SIGNED)}", _PRODUCT
        case Times(left, right) | Scale(left, right):
            return f"{at(left, _PRODUCT)} * {at(right, _SIGNED)}", _PRODUCT
        case Plus(left, right):
            return f"{at(left, _SUM)} + {at(right, _SUM)}", _SUM
        case Minus(left, right):
            return f"{at(left, _SUM)} - {at(right, _PRODUCT)}", _SUM
        case Quotient(left, right):
            return f"{at(left, _PRODUCT)} / {at(right, _POWER)}", _PRODUCT
        case Power(left, right):
            return f"{at(left, _ATOM)}**{at(right, _ATOM)}", _POWER
        case Negative(of):
            return f"-{at(of, _SIGNED)}", _SIGNED
        case SumOver(index, upto, of):
            return f"sum({numpy_text(of)} for {index} in 1..{numpy_text(upto)})", _ATOM
        case Compare(left, sign, right):
            return f"{at(left, _SUM)} {sign} {at(right, _SUM)}", _SUM
        case Cases(values, conditions):
            branches = [
                f"({numpy_text(value)}, {numpy_text(condition)})"
                for value, condition in zip(values, conditions, strict=True)
            ]
            return f"Piecewise({', '.join(branches)})", _ATOM
        case Transpose(of):
            return f"{at(of, _ATOM)}.T", _ATOM
        case OverM(of, power) if power > 0:
            return f"{at(of, _PRODUCT)}{' / m' * power}", _PRODUCT
        case OverM(of, power):
            return f"{'m * ' * -power}{at(of, _ATOM)}", _PRODUCT
        case SumExamples(of, axis):
            keep = ", keepdims=True" if axis else ""
            return f"{at(of, _ATOM)}.sum(axis={axis}{keep})", _ATOM
        case Total(of):
            return f"{at(of, _ATOM)}.sum()", _ATOM
        case Call(function, arguments, columns):
            if columns:  # the function itself works on rows
                return f"{function}({_list_text(part.T for part in arguments)}).T", _ATOM
            return f"{function}({_list_text(arguments)})", _ATOM
    raise TypeError(f"no NumPy text for {type(formula).__name__}")


def _number_text(value: float) -> str:
    """Return the shortest text that reads back to the same number."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def _list_text(formulas: Iterable[Formula]) -> str:
    return ", ".join(map(numpy_text, formulas))
