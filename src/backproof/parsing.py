"""Formulas read from text: Python's syntax, from which a tree is built and nothing is run."""

from __future__ import annotations

import ast
import functools
import math

from .errors import InputError
from .formula import (
    ONE,
    ZERO,
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
)

BINARY = {
    ast.Add: Plus,
    ast.Sub: Minus,
    ast.Mult: Times,
    ast.Div: Quotient,
    ast.Pow: Power,
    ast.MatMult: MatMul,
}
COMPARE_SIGNS = {ast.Gt: ">", ast.Lt: "<", ast.GtE: ">=", ast.LtE: "<=", ast.Eq: "=="}


@functools.lru_cache(maxsize=512)
def parse(text: str) -> Formula:
    """Return the formula of a text in Python's syntax: ``a*(1 - a)``, ``Piecewise((z, z > 0), (0,
    True))``, ``a1.T @ delta2 / m``.

    Raises `InputError` for anything that isn't one.
    """
    try:
        return _read(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, KeyError, ArithmeticError, ValueError, RecursionError, MemoryError):
        raise InputError(
            f"{text!r} is not a formula that can be read: write it as in 1/(1 + exp(-z))."
        ) from None


def _read(node: ast.expr) -> Formula:  # noqa: C901  (one match, a case for each form)
    match node:
        case ast.Constant(bool()):
            return ONE if node.value else ZERO
        case ast.Constant(value) if isinstance(value, (int, float)) and math.isfinite(value):
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
            return Compare(_read(left), COMPARE_SIGNS[type(sign)], _read(right))
        case ast.Call(ast.Name("Piecewise"), [_, *_] as branches, []):
            return _cases(branches)
        case ast.Call(ast.Name("Rational"), [above, below], []):
            return Quotient(_read(above), _read(below))
        case ast.Call(ast.Name("Sum"), [of, ast.Name(index)], []):
            return SumOver(index, Name("n"), _read(of))
        case ast.Call(ast.Name(name), arguments, []):
            return Call(name, tuple(_read(argument) for argument in arguments))
    raise ValueError(ast.dump(node))


def _cases(branches: list[ast.expr]) -> Cases:
    """Return the cases of pairs ``(value, condition)``; raise `ValueError` for what is no pair."""
    values, conditions = [], []
    for branch in branches:
        if not isinstance(branch, ast.Tuple) or len(branch.elts) != 2:
            raise ValueError(ast.dump(branch))
        value, condition = map(_read, branch.elts)
        values.append(value)
        conditions.append(condition)
    return Cases(tuple(values), tuple(conditions))
