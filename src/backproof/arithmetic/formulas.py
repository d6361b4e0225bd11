"""Formulas: the entries of every quantity with symbols.

So an entry such as ``σ(W1[2,1] + b1[1])`` is not written anywhere: it is what equations 1 and 2
give for symbols.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..formula import (
    Call,
    Formula,
    MatMul,
    Name,
    Number,
    OverM,
    Quotient,
    SumExamples,
    SumOver,
    Times,
    Transpose,
)
from ..records import Activation, Loss
from ..rewriting import with_parts
from ..structure import Structured
from .arrays import Entries, EntryArithmetic, entries_of, entry_by_entry
from .contract import Function
from .entries import with_values
from .forms import forms

EXAMPLE = "i"  # the index of an example
COUNTED_ONCE = ("b", "db")  # a column of biases is still counted by one index


def named_entries(name: str, shape: tuple[int, ...]) -> Entries:
    """Return the array of names ``W1[1,1]`` … of a quantity; a scalar is its own name."""

    return entries_of(shape, lambda at: Name(entry_name(name, at)))


def entry_name(name: str, at: tuple[int, ...]) -> str:
    """Return the name of the entry of a quantity at a place, from 0, in the reader's notation."""
    kept = at[:1] if name.startswith(COUNTED_ONCE) else at
    return f"{name}[{','.join(str(i + 1) for i in kept)}]" if kept else name


def constants(values: Any) -> Entries:
    """Return the array of the same numbers as formulas."""
    values = np.asarray(values, dtype=float)
    return entries_of(values.shape, lambda at: Number(float(values[at])))


def activation_entry(record: Activation, z: Formula) -> Formula:
    """Return the activation of one entry, by its name: ``sigmoid(z)``."""
    return Call(record.name, (z,))


def value_formula(record: Activation | Loss) -> Formula:
    """Return the formula of a record's function; where it has none its name with its letters, of
    one that couples a row the whole row's.
    """
    return forms(record).value or Call(record.name, _letters(record))


def slope_formula(record: Activation | Loss) -> Formula:
    """Return the formula of a record's derivative, ``a * (1 - a)``; where it has none its name with
    a prime, ``softsign'(z)``.
    """
    return forms(record).slope or Call(f"{record.name}'", _letters(record))


def _letters(record: Activation | Loss) -> tuple[Formula, ...]:
    letters = ("z",) if isinstance(record, Activation) else ("a", "y")
    return tuple(map(Name, letters))


def loss_entry(record: Loss, a: Formula, y: Formula) -> Formula:
    """Return the loss of one entry, ``-(y * log(a) + (1 - y) * log(1 - a))``, or by its name."""
    return with_values(value_formula(record), {"a": a, "y": y})


class Formulas(EntryArithmetic):
    """Arrays of formulas; what has no formula stands by its name."""

    def number(self, value: float) -> Formula:
        """Return a number as a formula."""
        return Number(value)

    def call(self, function: str, arguments: list[Any]) -> Formula:
        """Return the call as it stands."""
        return Call(function, tuple(arguments))

    def compute(self, formula: Formula, names: Mapping[str, Any]) -> Formula:
        """Return the formula with its names replaced."""
        return with_values(formula, names)

    def value_of(self, record: Activation | Loss) -> Formula:
        """Return the formula of a record's function, or its name."""
        return value_formula(record)

    def slope_of(self, record: Activation | Loss) -> Formula:
        """Return the formula of its derivative, or the name with a prime."""
        return slope_formula(record)

    def activation(self, record: Activation) -> Function:
        """Return the activation by its name; one that couples a row with its row written out."""
        if not record.couples:
            return entry_by_entry(lambda z: activation_entry(record, z))
        if forms(record).value is not None:
            return super().activation(record)
        return lambda z: entries_of(
            z.shape, lambda at: Call(f"{record.name}[{at[1] + 1}]", tuple(z[at[0]]))
        )

    def slope(self, record: Activation) -> Function:
        """Return the slopes; of one that couples a row without formula by their names."""
        if not record.couples or forms(record).slope is not None:
            return super().slope(record)

        def entry(z: Entries, at: tuple[int, ...]) -> Formula:
            i, j, k = at
            return Call(f"{record.name}'[{j + 1},{k + 1}]", tuple(z[i]))

        return lambda z, a: entries_of((*z.shape, z.shape[1]), lambda at: entry(z, at))


FORMULAS = Formulas()


def with_definitions(formula: Formula, of: Structured, outputs: int) -> Formula:
    """Return a formula with what its functions stand for: ``sigmoid(z1)`` for ``f1(z1)``, ``a1 * (1
    - a1)`` for ``df1(z1, a1)``.

    Where an activation couples a row, so that its derivative is a matrix for each example, that is
    the entry j, k of example i; `outputs` is how many there are.
    """
    structure = of.structure
    new = with_parts(formula, lambda part: with_definitions(part, of, outputs))
    match new:
        case Call("L", (a, y)):
            return loss_entry(structure.loss, a, y)
        case Call("dL", (a, y)):
            return with_values(slope_formula(structure.loss), {"a": a, "y": y})
        case Call("contract", (dL_da, da_dz)):
            place = "j,i" if new.columns else "i,j"
            product = Name(f"{dL_da}[{place}]") * Name(f"{da_dz}[i,j,k]")
            return SumOver("j", Number(outputs), product)
        case Call(function, (Name() as z, *rest)) if function in structure.functions:
            record, _ = structure.functions[function]
            if not rest:
                return activation_entry(record, z)
            if record.couples:
                return _coupled_slope(record, z, rest[0], new.columns)
            return with_values(slope_formula(record), {"z": z, "a": rest[0]})
    return new


def _coupled_slope(record: Activation, z: Formula, a: Formula, columns: bool) -> Formula:
    slope = forms(record).slope
    if slope is None:
        return Call(f"{record.name}'", (z,))
    names = {
        f"{letter}[{j}]": Name(f"{of}[{j},i]" if columns else f"{of}[i,{j}]")
        for letter, of in (("z", z), ("a", a))
        for j in "jk"
    }
    return with_values(slope, names)


def _places(name: str, ndim: int, row: str, column: str) -> tuple[str, ...]:
    """Return by which indices the entry of a quantity in a row and a column is named."""
    if name == "s":  # the weight of an example
        return (EXAMPLE,)
    if ndim == 2 and name.startswith(COUNTED_ONCE):
        return (row,)
    return {0: (), 1: (column,), 2: (row, column)}[ndim]


def general_entry(
    formula: Formula,
    row: str,
    column: str,
    shapes: Mapping[str, tuple[int, ...]],
    spare: str = "k",
) -> Formula:
    """Return the entry in `row` and `column` (letters) of a matrix formula: ``sum of x[i,k] *
    W1[k,j] over k, + b1[j]``.

    This is what is shown where the entries are too many to be written out; in the formula every
    function stands by its definition (`with_definitions`).
    """

    def at(part: Formula, row: str, column: str) -> Formula:
        match part:
            case Name(name) if name in shapes:
                places = _places(name, len(shapes[name]), row, column)
                return Name(f"{name}[{','.join(places)}]") if places else part
            case MatMul(left, right):
                product = at(left, row, spare) * at(right, spare, column)
                return SumOver(spare, Number(columns_of(left)), product)
            case Transpose(of):
                return at(of, column, row)
            case OverM(of, power):
                inner = at(of, row, column)
                return Quotient(inner, Name("m")) if power == 1 else Times(Name("m"), inner)
            case SumExamples(of, axis):
                inner = at(of, EXAMPLE, column) if axis == 0 else at(of, row, EXAMPLE)
                return SumOver(EXAMPLE, Name("m"), inner)
        return with_parts(part, lambda inner: at(inner, row, column))

    def columns_of(part: Formula, axis: int = 1) -> int:
        if isinstance(part, Transpose):
            return columns_of(part.of, 1 - axis)
        return shapes[str(part)][axis]

    return at(formula, row, column)
