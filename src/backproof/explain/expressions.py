"""Formulas of single entries: read from the records, tidied, computed in any kind of number.

`σ(W1[2,1] + b1[1])` is a formula like every other, made of `Name("W1[2,1]")` and `Number(0)`; this
module adds what only entries need.
"""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..errors import InputError
from ..formula import (
    Call,
    Cases,
    Compare,
    Formula,
    MatMul,
    Minus,
    Name,
    Negative,
    Number,
    Plus,
    Power,
    Quotient,
    SumOver,
    Times,
    parts,
    rebuilt,
    substituted,
)

BINARY = {
    ast.Add: Plus,
    ast.Sub: Minus,
    ast.Mult: Times,
    ast.Div: Quotient,
    ast.Pow: Power,
    ast.MatMult: MatMul,
}
SIGNS = {ast.Gt: ">", ast.Lt: "<", ast.GtE: ">=", ast.LtE: "<="}
ZERO, ONE = Number(0.0), Number(1.0)


@functools.lru_cache(maxsize=512)
def parse(text: str) -> Formula:
    """Return the formula of a text in Python's syntax: ``a*(1 - a)``, ``Piecewise((z, z > 0), (0,
    True))``, ``a1.T @ delta2 / m``.

    Raises `InputError` for anything that isn't one.
    """
    try:
        return _read(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, KeyError, ValueError):
        raise InputError(
            f"{text!r} is not a formula that can be read: write it as in 1/(1 + exp(-z))."
        ) from None


def _read(node: ast.expr) -> Formula:
    match node:
        case ast.Constant(bool()):
            return ONE if node.value else ZERO
        case ast.Constant(value) if isinstance(value, (int, float)):
            return Number(float(value))
        case ast.Name(name):
            return Name(name)
        case ast.Subscript(ast.Name(name), index):
            return Name(f"{name}[{ast.unparse(index).strip('()').replace(' ', '')}]")
        case ast.Attribute(of, "T"):
            return _read(of).T
        case ast.BinOp(left, sign, right):
            return BINARY[type(sign)](_read(left), _read(right))
        case ast.UnaryOp(ast.USub(), of):
            return Negative(_read(of))
        case ast.UnaryOp(ast.UAdd(), of):
            return _read(of)
        case ast.Compare(left, [sign], [right]):
            return Compare(_read(left), SIGNS[type(sign)], _read(right))
        case ast.Call(ast.Name("Piecewise"), branches):
            pairs = [branch.elts for branch in branches if isinstance(branch, ast.Tuple)]
            return Cases(
                tuple(_read(value) for value, _ in pairs),
                tuple(_read(condition) for _, condition in pairs),
            )
        case ast.Call(ast.Name("Rational"), [above, below]):
            return Quotient(_read(above), _read(below))
        case ast.Call(ast.Name("Sum"), [of, ast.Name(index)]):
            return SumOver(index, Name("n"), _read(of))
        case ast.Call(ast.Name(name), arguments):
            return Call(name, tuple(_read(argument) for argument in arguments))
    raise ValueError(ast.dump(node))


def leaves(formula: Formula) -> int:
    """Return how many names and numbers a formula is made of."""
    return sum(map(leaves, parts(formula))) if any(True for _ in parts(formula)) else 1


def products_done(formula: Formula) -> Formula:
    """Return the formula with products by 0 and 1 carried out, and nothing else: ``0 + W1[2,1]``."""
    new = rebuilt(formula, products_done)
    match new:
        case Times(Number(0.0), _) | Times(_, Number(0.0)):
            return ZERO
        case Times(Number(1.0), of) | Times(of, Number(1.0)):
            return of
    return new


def tidy(formula: Formula) -> Formula:
    """Return the formula without what adds nothing: sums with 0, products with 0 and 1, signs that
    cancel.
    """
    new = products_done(rebuilt(formula, tidy))
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


def fold(
    formula: Formula,
    name: Callable[[str], Any],
    number: Callable[[float], Any],
    call: Callable[[str, list[Any]], Any],
    cases: Callable[[list[Any], list[Any]], Any] | None = None,
) -> Any:
    """Compute a formula of an entry in any kind of number: floats, balls, SymPy's expressions.

    Equal parts are computed once. `name` gives the value of a name, `number` turns a float into
    that kind, `call` applies a function, and `cases` chooses among values by conditions (by default
    the first that is true).
    """
    known: dict[int, Any] = {}

    def of(part: Formula) -> Any:
        if id(part) not in known:
            known[id(part)] = found(part)
        return known[id(part)]

    def found(part: Formula) -> Any:
        match part:
            case Name(text):
                return name(text)
            case Number(value):
                return number(value)
            case Negative(inner):
                return -of(inner)
            case Compare(left, sign, right):
                return COMPARISONS[sign](of(left), of(right))
            case Call(function, arguments):
                return call(function, [of(argument) for argument in arguments])
            case Cases(values, conditions):
                if cases is not None:
                    return cases(
                        [of(value) for value in values], [of(condition) for condition in conditions]
                    )
                return next(
                    of(value)
                    for value, condition in zip(values, conditions, strict=True)
                    if of(condition)
                )
            case Plus() | Minus() | Times() | Quotient() | Power():
                return OPERATIONS[type(part)](of(part.left), of(part.right))
        raise TypeError(f"{part} is not a formula of one entry")

    return of(formula)


COMPARISONS = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
OPERATIONS: dict[type, Callable[[Any, Any], Any]] = {
    Plus: operator.add,
    Minus: operator.sub,
    Times: operator.mul,
    Quotient: operator.truediv,
    Power: operator.pow,
}


def indexed(formula: Formula, index: dict[str, str]) -> Formula:
    """Return the formula with letters in its indices replaced; KroneckerDelta is then decided.

    With ``{"j": "1"}``, ``a[j]`` becomes ``a[1]``.
    """

    def change(part: Formula) -> Formula:
        match part:
            case Name(name) if "[" in name:
                letters = name[name.index("[") + 1 : -1].split(",")
                return Name(
                    f"{name[: name.index('[')]}[{','.join(index.get(letter, letter) for letter in letters)}]"
                )
            case Name(name):
                return Name(index.get(name, name))
            case Call("KroneckerDelta", (Name(j), Name(k))) if j in index and k in index:
                return ONE if index[j] == index[k] else ZERO
            case SumOver(own) if own in index:
                return replace(
                    part,
                    of=indexed(part.of, {name: to for name, to in index.items() if name != own}),
                )
        return rebuilt(part, change)

    return change(formula)


def summed_out(formula: Formula, n: int) -> Formula:
    """Return the formula with its sums over an index written out, from 1 to `n`."""
    if isinstance(formula, SumOver):
        terms = [
            summed_out(indexed(formula.of, {formula.index: str(k)}), n) for k in range(1, n + 1)
        ]
        return functools.reduce(Plus, terms)
    return rebuilt(formula, lambda part: summed_out(part, n))


def with_values(formula: Formula, values: Mapping[str, Formula]) -> Formula:
    """Return the formula with names replaced by formulas."""
    return substituted(formula, lambda name: values.get(name.name, name))
