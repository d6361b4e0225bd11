"""Formulas of single entries: tidied, indexed, computed in any kind of number.

`σ(W1[2,1] + b1[1])` is a formula like every other, made of `Name("W1[2,1]")` and `Number(0)`; this
module adds what only entries need.
"""

from __future__ import annotations

import functools
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..errors import InputError
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
    SumOver,
    Times,
)
from ..rewriting import names, with_names, with_parts
from .elementary import CONSTANTS


def without_trivial_products(formula: Formula) -> Formula:
    """Return the formula with products by 0 and 1 carried out and nothing else: ``0 + W1[2,1]``."""
    new = with_parts(formula, without_trivial_products)
    match new:
        case Times(Number(0.0), _) | Times(_, Number(0.0)):
            return ZERO
        case Times(Number(1.0), of) | Times(of, Number(1.0)):
            return of
    return new


def tidy(formula: Formula) -> Formula:  # noqa: C901  (one match, a case for each rule)
    """Return the formula without what adds nothing: sums with 0, products with 0 and 1, signs that
    cancel.
    """
    new = without_trivial_products(with_parts(formula, tidy))
    match new:
        case Plus(Number(p), Number(q)):
            return Number(p + q)
        case Minus(Number(p), Number(q)):
            return Number(p - q)
        case Times(Number(p), Number(q)):
            return Number(p * q)
        case Plus(Number(0.0), of) | Plus(of, Number(0.0)) | Minus(of, Number(0.0)):
            return of
        case Quotient(of, Number(1.0)) | Power(of, Number(1.0)):
            return of
        case Quotient(Number(0.0), _):
            return ZERO
        case Minus(Number(0.0), of):
            return tidy(Negative(of))
        case Negative(Number(value)):
            return Number(-value or 0.0)
        case Negative(Negative(of)):
            return of
        case Times(Number(-1.0), of) | Times(of, Number(-1.0)):
            return tidy(Negative(of))
        case Plus(left, Negative(right)) | Minus(left, Negative(right)):
            return tidy(Minus(left, right) if isinstance(new, Plus) else Plus(left, right))
        case Plus(left, Times(Number(value), right)) if value < 0:
            return Minus(left, tidy(Times(Number(-value), right)))
        case Plus(left, Number(value)) if value < 0:
            return Minus(left, Number(-value))
    return new


class Kind(ABC):
    """A kind of number in which a formula of one entry is computed."""

    @abstractmethod
    def number(self, value: float) -> Any:
        """Return a float as this kind."""

    @abstractmethod
    def call(self, function: str, arguments: list[Any]) -> Any:
        """Return an elementary function of numbers of this kind."""

    def compare(self, sign: str, left: Any, right: Any) -> Any:
        """Return whether a condition holds."""
        return COMPARISONS[sign](left, right)

    def operate(self, kind: type, left: Any, right: Any) -> Any:
        """Return what an operation gives: `Plus`, `Minus`, `Times`, `Quotient` or `Power`."""
        return OPERATIONS[kind](left, right)

    def constant(self, name: str) -> Any:
        """Return pi or E; raise `KeyError` for any other name."""
        return self.number(CONSTANTS[name])

    def cases(self, values: list[Callable[[], Any]], conditions: list[Callable[[], Any]]) -> Any:
        """Return the first of the values whose condition holds; only what is asked for is
        computed.
        """
        for value, condition in zip(values, conditions, strict=True):
            if condition():
                return value()
        raise InputError("no case of the formula holds: let the last one be (…, True).")

    def compute(self, formula: Formula, names: Mapping[str, Any]) -> Any:
        """Return the value of a formula; equal parts are computed once."""
        return _Fold(self, names).of(formula)


class _Fold:
    """The values of a formula's parts."""

    def __init__(self, kind: Kind, names: Mapping[str, Any]):
        self.kind, self.names = kind, names
        self.known: dict[int, Any] = {}

    def of(self, part: Formula) -> Any:
        if id(part) not in self.known:
            self.known[id(part)] = self.found(part)
        return self.known[id(part)]

    def later(self, part: Formula) -> Callable[[], Any]:
        return lambda: self.of(part)

    def found(self, part: Formula) -> Any:
        match part:
            case Name(text):
                return self.names[text] if text in self.names else self.kind.constant(text)
            case Number(value):
                return self.kind.number(value)
            case Negative(inner):
                return -self.of(inner)
            case Compare(left, sign, right):
                return self.kind.compare(sign, self.of(left), self.of(right))
            case Call(function, arguments):
                return self.kind.call(function, [self.of(argument) for argument in arguments])
            case Cases(values, conditions):
                return self.kind.cases(
                    list(map(self.later, values)), list(map(self.later, conditions))
                )
            case Plus() | Minus() | Times() | Quotient() | Power():
                return self.kind.operate(type(part), self.of(part.left), self.of(part.right))
        raise TypeError(f"{part} is not a formula of one entry")


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
}
OPERATIONS: dict[type, Callable[[Any, Any], Any]] = {
    Plus: operator.add,
    Minus: operator.sub,
    Times: operator.mul,
    Quotient: operator.truediv,
    Power: operator.pow,
}


def at_index(formula: Formula, index: dict[str, str]) -> Formula:
    """Return the formula with letters in its indices replaced; KroneckerDelta is then decided.

    With ``{"j": "1"}``, ``a[j]`` becomes ``a[1]``.
    """

    def known(place: str) -> bool:
        return place in index or place.isdecimal()

    def change(part: Formula) -> Formula:
        match part:
            case Name(name) if "[" in name:
                letter, _, places = name.rstrip("]").partition("[")
                found = [index.get(place, place) for place in places.split(",")]
                return Name(f"{letter}[{','.join(found)}]")
            case Name(name):
                return Name(index.get(name, name))
            case Call("KroneckerDelta", (Name(j), Name(k))) if known(j) and known(k):
                return ONE if index.get(j, j) == index.get(k, k) else ZERO
            case SumOver(own) if own in index:
                return replace(
                    part,
                    of=at_index(part.of, {name: to for name, to in index.items() if name != own}),
                )
        return with_parts(part, change)

    return change(formula)


def with_sums_written_out(formula: Formula, n: int) -> Formula:
    """Return the formula with its sums over an index written out, from 1 to `n`, which it may
    name.
    """
    if formula == Name("n"):
        return Number(float(n))
    if isinstance(formula, SumOver):
        terms = [
            with_sums_written_out(at_index(formula.of, {formula.index: str(k)}), n)
            for k in range(1, n + 1)
        ]
        return functools.reduce(Plus, terms)
    return with_parts(formula, lambda part: with_sums_written_out(part, n))


def with_values(formula: Formula, values: Mapping[str, Formula]) -> Formula:
    """Return the formula with names replaced by formulas."""
    return with_names(formula, lambda name: values.get(name.name, name))


def entry_of(formula: Formula, n: int, **index: int) -> Formula:
    """Return the formula of one entry of a row function, for `n` outputs.

    ``exp(z[j]) / Sum(exp(z[k]), k)`` becomes ``exp(z[1]) / (exp(z[1]) + exp(z[2]))``.
    """
    places = {letter: str(number) for letter, number in index.items()}
    found = with_sums_written_out(at_index(formula, places), n)
    for name in names(found):
        place = name.rstrip("]").partition("[")[2]
        if place.isdecimal() and int(place) > n:
            raise InputError(f"{name} is no entry of a row of {n}.")
    return found


def row_names(**rows: Iterable[Any]) -> dict[str, Any]:
    """Return the entries of rows by the names that a formula of rows has for them: ``z[1]``."""
    return {
        f"{letter}[{k}]": value for letter, row in rows.items() for k, value in enumerate(row, 1)
    }
