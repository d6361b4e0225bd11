"""A quantity worked in numbers: its formula with numbers in the place of names."""

from __future__ import annotations

import functools

from ...formula import Formula, Name, Transpose
from ...typesetting.figures import number_matrix
from ...typesetting.notation import digits, number_text
from ...typesetting.pieces import Math
from ..tables import number_shown
from ..worked import Worked
from .matrices import are_numbers, entry_matrix

SCALAR_DECIMALS = 6  # of m, eta and l2 within a formula


def number_lines(d: Worked, name: str) -> list[Math]:
    """Return the line of a quantity in which numbers stand for the names; none where that line
    would be too long, or would say nothing new.
    """
    step = d[name].step
    if not d.is_by_entry(name):
        return [in_numbers(d, step.shortest)]
    # softmax: each entry of it, and of the error signal behind it, would hold a whole row
    holds_rows = step.equation == 6 or (step.kind == "a" and d.is_coupled(step))
    if holds_rows or not d.readable(name):
        return []
    entries = d.symbols(name)
    if are_numbers(entries):
        return []
    return [entry_matrix(d, entries, leaf=functools.partial(_number_of_entry, d))]


def in_numbers(d: Worked, formula: Formula) -> Math:
    """Return a formula with the numbers of each name in its place."""
    return d.notation.math(formula, functools.partial(_numbers_of, d))


def _numbers_of(d: Worked, part: Formula) -> Math | None:
    """Return the numbers of a name, or of a transposed one; None for any other part."""
    scalars = {"m": d.m, "eta": d.options.learning_rate, "l2": d.objective.l2}
    match part:
        case Transpose(Name(name)):
            return number_matrix(d.value(name).T, d.options.decimals)
        case Name(name) if name in scalars:
            return digits(number_text(scalars[name], SCALAR_DECIMALS))
        case Name(name) if name in d.shapes:
            return number_matrix(d.value(name), d.options.decimals)
    return None


def _number_of_entry(d: Worked, part: Formula) -> Math | None:
    """Return the number of the name of an entry, ``a1[2,1]``; None for any other part."""
    if not isinstance(part, Name):
        return None
    name, bracket, index = part.name.partition("[")
    if not bracket:
        return _numbers_of(d, part)
    place = tuple(int(number) - 1 for number in index.rstrip("]").split(","))
    value = d.value(name)
    if len(place) < value.ndim:  # a column of biases is counted by one index
        value = value.ravel()
    return digits(number_shown(float(value[place]), d.options.decimals))
