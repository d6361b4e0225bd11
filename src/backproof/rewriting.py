"""Formulas walked and rewritten: their parts, other names, examples as columns, other scales."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from .formula import (
    Call,
    Formula,
    MatMul,
    Minus,
    Name,
    Negative,
    Number,
    OverM,
    Plus,
    Quotient,
    Scale,
    SumExamples,
    Times,
    Total,
    Transpose,
)


def parts(formula: Formula) -> Iterator[Formula]:
    """Yield the formulas that `formula` is made of, one level down."""
    for field in fields(formula):
        value = getattr(formula, field.name)
        if isinstance(value, Formula):
            yield value
        elif isinstance(value, tuple):
            yield from value


def subformulas(formula: Formula) -> Iterator[Formula]:
    """Yield a formula and all that it is made of."""
    yield formula
    for part in parts(formula):
        yield from subformulas(part)


def names(formula: Formula) -> list[str]:
    """Return the names that a formula is computed from, each once, in the order of reading."""
    if isinstance(formula, Name):
        return [formula.name]
    return list(dict.fromkeys(name for part in parts(formula) for name in names(part)))


def with_parts(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """Return `formula` with `change` applied to each of its parts (not to itself)."""
    new: dict[str, Any] = {}
    for field in fields(formula):
        value = getattr(formula, field.name)
        if isinstance(value, Formula):
            new[field.name] = change(value)
        elif isinstance(value, tuple):
            new[field.name] = tuple(change(part) for part in value)
    return replace(formula, **new) if new else formula


def with_names(formula: Formula, change: Callable[[Name], Formula]) -> Formula:
    """Return `formula` with every name replaced by what `change` makes of it."""
    if isinstance(formula, Name):
        return change(formula)
    return with_parts(formula, lambda part: with_names(part, change))


def with_part(formula: Formula, part: Formula, other: Formula) -> Formula:
    """Return `formula` with `other` wherever `part` stood."""
    if formula == part:
        return other
    return with_parts(formula, lambda one: with_part(one, part, other))


def in_columns(formula: Formula) -> Formula:
    """Return the formula of the transposed result, in which every name stands for its transpose.

    This is how many books write it: examples as columns, ``z = W a + b``. Since (A B)ᵀ = Bᵀ Aᵀ,
    each matrix product turns round, and each sum over rows becomes one over columns.
    """
    new = with_parts(formula, in_columns)
    match new:
        case MatMul(left, right):
            return MatMul(right, left)
        case SumExamples(_, axis):
            return replace(new, axis=1 - axis)
        case Call():
            return replace(new, columns=not new.columns)
        case Transpose(of):
            return of.T
    return new


# scales


@dataclass(frozen=True)
class Factor:
    """What a quantity is multiplied by in another book: a number, powers of m and of eta."""

    number: float = 1.0
    m: int = 0
    eta: int = 0

    def __mul__(self, other: Factor) -> Factor:
        return Factor(self.number * other.number, self.m + other.m, self.eta + other.eta)

    @property
    def inverse(self) -> Factor:
        """What undoes it."""
        return Factor(1 / self.number, -self.m, -self.eta)

    def value(self, m: int, eta: float = 1.0) -> float:
        """Return the factor as a number, for `m` examples and a learning rate."""
        return float(self.number * float(m) ** self.m * eta**self.eta)


AS_IT_IS = Factor()


def over_m(formula: Formula, power: int) -> Formula:
    """Return `formula` divided by m `power` times, gathered with the divisions by m inside it.

    ``aᵀ (m delta) / m`` becomes ``aᵀ delta``.
    """
    return with_factor(formula, Factor(m=-power), lambda name: AS_IT_IS)


def with_factor(formula: Formula, own: Factor, of_name: Callable[[str], Factor]) -> Formula:
    """Return the formula of `own` times a quantity, over names that are scaled too.

    A name stands for `of_name` times what it stood for; all factors are gathered in front. This is
    what moving the 1/m, or a sign, from one equation to another needs.
    """
    inside, core = _common_factor(formula, of_name)
    return _product(core, inside * own)


def _product(core: Formula, by: Factor) -> Formula:
    found = OverM(core, -by.m) if by.m else core
    if by.number == -1:
        found = _negative(found)
    elif by.number != 1:
        found = Scale(Number(by.number), found)
    for _ in range(abs(by.eta)):
        found = Scale(Name("eta"), found) if by.eta > 0 else Quotient(found, Name("eta"))
    return found


def _negative(formula: Formula) -> Formula:
    """Return the negative, without a sign where none need stand."""
    match formula:
        case Negative(of):
            return of
        case Minus(left, right):
            return Minus(right, left)
    return Negative(formula)


def _common_factor(formula: Formula, of_name: Callable[[str], Factor]) -> tuple[Factor, Formula]:
    """Return what `formula` is multiplied by as a whole, and what is left without that."""

    def gathered(part: Formula) -> tuple[Factor, Formula]:
        return _common_factor(part, of_name)

    match formula:
        case Name(name):
            return of_name(name).inverse, formula
        case OverM(of, power):
            inside, core = gathered(of)
            return inside * Factor(m=-power), core
        case Negative(of):
            inside, core = gathered(of)
            return inside, Negative(core)
        case Scale(Name("eta"), of):
            inside, core = gathered(of)
            return inside * Factor(eta=1), core
        case MatMul(left, right) | Times(left, right) | Scale(left, right):
            (p, left), (q, right) = gathered(left), gathered(right)
            return p * q, type(formula)(left, right)
        case Call("contract", (left, right)):
            (p, left), (q, right) = gathered(left), gathered(right)
            return p * q, replace(formula, arguments=(left, right))
        case Transpose(of) | SumExamples(of) | Total(of):
            inside, core = gathered(of)
            return inside, replace(formula, of=core)
        case Plus(left, right) | Minus(left, right):
            return _sum_factor(type(formula), gathered(left), gathered(right))
    return AS_IT_IS, with_parts(formula, lambda part: with_factor(part, AS_IT_IS, of_name))


def _sum_factor(
    kind: type[Plus] | type[Minus], left: tuple[Factor, Formula], right: tuple[Factor, Formula]
) -> tuple[Factor, Formula]:
    """Return what a sum or difference is multiplied by as a whole, and what is left: what both
    sides have in common, with a sign between them that fits.
    """
    (p, one), (q, other) = left, right
    shared = Factor(
        p.number if abs(p.number) == abs(q.number) else 1.0,
        p.m if p.m == q.m else 0,
        p.eta if p.eta == q.eta else 0,
    )
    p, q = p * shared.inverse, q * shared.inverse
    if q.number < 0:  # x W + b, with a threshold in the place of b, is x W - theta
        q = q * Factor(-1.0)
        kind = Minus if kind is Plus else Plus
    return shared, kind(_product(one, p), _product(other, q))
