"""A quantity worked in numbers: its formula with numbers in the place of names."""

from __future__ import annotations

import functools

import numpy as np

from ...formula import Formula, Name, Transpose
from ...rewriting import names
from ...typesetting.figures import MOST_DECIMALS, as_shown, last_places, number_matrix
from ...typesetting.notation import digits, number_text
from ...typesetting.pieces import Math
from ..tables import number_shown
from ..worked import Worked
from .matrices import are_numbers, entry_matrix

OFF = 3  # units of the last digit that a result may be off what the numbers shown give
SCALAR_DECIMALS = 6  # of m, eta and l2 within a formula


def number_lines(d: Worked, name: str) -> list[Math]:
    """Return the line of a quantity in which numbers stand for the names; none where that line
    would be too long, or would say nothing new.
    """
    step = d[name].step
    if not d.is_by_entry(name):
        return [in_numbers(d, step.shortest, name)]
    # softmax: each entry of it, and of the error signal behind it, would hold a whole row
    holds_rows = step.equation == 6 or (step.kind == "a" and d.is_coupled(step))
    if holds_rows or not d.readable(name):
        return []
    entries = d.symbols(name)
    if are_numbers(entries):
        return []
    decimals = _decimals(d, step.formula, name)
    leaf = functools.partial(_number_of_entry, d, decimals)
    return [entry_matrix(d, entries, leaf=leaf)]


def in_numbers(d: Worked, formula: Formula, result: str) -> Math:
    """Return a formula with the numbers of each name in its place, and so many decimals that they
    give the numbers of the quantity `result`.
    """
    decimals = _decimals(d, formula, result)
    return d.notation.math(formula, functools.partial(_numbers_of, d, decimals))


def _decimals(d: Worked, formula: Formula, result: str) -> int:
    """Return to how many decimals the numbers of a formula are shown: to those asked for, or to
    more where a reader who computes with them would find another result than is shown.
    """
    least, used = d.options.decimals, [name for name in names(formula) if name in d.shapes]
    if not all(d.shown_whole(name) for name in (*used, result)):
        return least  # nobody can compute with what is left out
    value = d.value(result)
    shown, allowed = as_shown(value, least), OFF * last_places(value, least)
    if d[result].step.equation == 11:
        allowed = allowed / OFF
    for decimals in range(least, MOST_DECIMALS):
        found = d.evaluated(formula, {name: as_shown(d.value(name), decimals) for name in used})
        if not np.any(np.abs(found - shown) > allowed):
            return decimals
    return least


def _numbers_of(d: Worked, decimals: int, part: Formula) -> Math | None:
    """Return the numbers of a name, or of a transposed one; None for any other part."""
    scalars = d.scalars
    match part:
        case Transpose(Name(name)):
            return number_matrix(d.value(name).T, decimals)
        case Name(name) if name in scalars:
            return digits(number_text(scalars[name], SCALAR_DECIMALS))
        case Name(name) if name in d.shapes:
            return number_matrix(d.value(name), decimals)
    return None


def _number_of_entry(d: Worked, decimals: int, part: Formula) -> Math | None:
    """Return the number of the name of an entry, ``a1[2,1]``; None for any other part."""
    if not isinstance(part, Name):
        return None
    name, bracket, index = part.name.partition("[")
    if not bracket:
        return _numbers_of(d, decimals, part)
    place = tuple(int(number) - 1 for number in index.rstrip("]").split(","))
    value = d.value(name)
    if len(place) < value.ndim:  # a column of biases is counted by one index
        value = value.ravel()
    return digits(number_shown(float(value[place]), decimals))
