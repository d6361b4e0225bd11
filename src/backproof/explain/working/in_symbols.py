"""A quantity worked in symbols: its entries written out, or the general one where they are many."""

from __future__ import annotations

import functools

import numpy as np

from ...arithmetic.arrays import Entries, entry_by_entry
from ...arithmetic.entries import tidy, with_values, without_trivial_products
from ...arithmetic.forms import forms
from ...arithmetic.formulas import general_entry
from ...formula import Call, Formula, Name, Number, Plus, SumOver
from ...program import evaluate
from ...rewriting import subformulas
from ...steps import name_of
from ...typesetting.figures import number_matrix
from ...typesetting.pieces import Math, Sign, row
from ..worked import Worked
from .matrices import are_numbers, entry_matrix, labels_of, name_matrix


def slope_lines(d: Worked, name: str) -> list[Math]:
    """Return how the slope of an activation comes about: ``σ′(z2)``, ``σ(z2) ⊙ (1 − σ(z2))``; no
    lines for any other quantity.
    """
    step = d[name].step
    if step.equation != 5:
        return []
    record = d.net.layers[step.layer - 1].f
    if record.couples or record.linear:
        return []
    z = Name(name_of("z", step.layer))
    lines = [d.notation.math(Call(f"{record.name}'", (z,)))]
    slope = forms(record).slope
    if slope is not None and Name("a") in subformulas(slope):
        at_z = with_values(slope, {"z": z, "a": Call(record.name, (z,))})
        lines.append(d.notation.math(at_z))
    return lines


def symbol_lines(d: Worked, name: str) -> list[Math]:
    """Return the lines that write the entries out, in the forward pass step by step, as by hand;
    none where they are too many, or would say nothing new.
    """
    step, entries = d[name].step, d.as_read(name)
    if entries is None:
        return []
    if step.equation == 1 and entries.ndim == 2:
        return _sum_by_hand(d, name, entries)
    # a product or difference of two matrices, entry by entry: the line above says it, as it does
    # for a slope of 1
    if step.equation in (8, 11) or are_numbers(entries):
        return []
    labels = labels_of(d, name) if step.equation == 2 else ()
    return [entry_matrix(d, entries, labels)]


def _sum_by_hand(d: Worked, name: str, entries: Entries) -> list[Math]:
    """Return the lines of ``z = a W + b``: the matrices, the products, the sums, as one would write
    them.
    """
    formula = d[name].step.formula
    lines = [d.notation.math(formula, functools.partial(_matrix_of, d))]
    # with inputs of 0 and 1, a product is a weight or nothing, and the notes' lines are short
    if name == "z1" and set(np.unique(d.x)) <= {0.0, 1.0}:
        lines += _products_and_sums(d, formula)
    return [*lines, entry_matrix(d, entries, labels_of(d, name))]


def _matrix_of(d: Worked, part: Formula) -> Math | None:
    """Return the matrix that a name stands for: numbers of inputs, symbols of all else."""
    if not isinstance(part, Name):
        return None
    if part.name == "x":
        return number_matrix(d.value("x"), d.options.decimals)
    if part.name not in d.derived:
        return name_matrix(d, part.name)
    entries = d.as_read(part.name)
    return None if entries is None else entry_matrix(d, entries)


def _products_and_sums(d: Worked, formula: Formula) -> list[Math]:
    """Return the lines of ``x W1 + b1`` in which the products are carried out, then the sums."""
    weighted = formula.left if isinstance(formula, Plus) else formula
    raw = np.asarray(evaluate(weighted, d.given_symbols(weighted)), dtype=object)
    products = entry_matrix(d, entry_by_entry(without_trivial_products)(raw))
    if not isinstance(formula, Plus):  # without biases the sums are z itself, the line that follows
        return [products]
    sums = entry_matrix(d, entry_by_entry(tidy)(raw))
    biases = name_matrix(d, str(formula.right))
    return [row(products, Sign("+"), biases), row(sums, Sign("+"), biases)]


def general_line(d: Worked, name: str) -> tuple[str, Formula] | None:
    """Return the general entry of a quantity whose entries are too many to be written out: its
    place, ``z1[i,j]``, and its formula. None where it has none that can be read.
    """
    formula, ndim = d.full_formula(name), len(d.shapes[name])
    if d[name].step.kind == "a" and d.is_coupled(d[name].step):
        return _general_of_row(d, name)
    if ndim not in (1, 2) or any(isinstance(part, SumOver) for part in subformulas(formula)):
        return None
    letters = _index_letters(d, name)
    place = general_entry(Name(name), *letters, d.shapes)
    return str(place), general_entry(formula, *letters, d.shapes)


def _general_of_row(d: Worked, name: str) -> tuple[str, Formula] | None:
    """Return the general entry of softmax, in which the whole row stands."""
    value, z = forms(d.net.layers[-1].f).value, name_of("z", d.last)
    if value is None:
        return None
    values: dict[str, Formula] = {
        f"z[{unit}]": Name(f"{z}[{d.index('i', unit)}]") for unit in ("j", "k")
    }
    values["n"] = Number(float(d.net.sizes[-1]))
    return f"{name}[{d.index('i', 'j')}]", with_values(value, values)


def _index_letters(d: Worked, name: str) -> tuple[str, str]:
    """Return the letters of a general entry: i for the example, j and l for units."""
    if not d.is_per_example(name):
        return "j", "l"
    return ("j", "i") if d.convention.columns else ("i", "j")
