"""The matrices of a derivation: a quantity by its names, by formulas, by its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...arithmetic.arrays import Entries
from ...arithmetic.formulas import entry_name
from ...formula import Formula, Number
from ...typesetting.figures import grid, number_matrix
from ...typesetting.pieces import Math
from ..worked import Worked

Leaf = Callable[[Formula], Math | None]  # another look for a part of a formula; None for its own


def entry_matrix(
    d: Worked, entries: Entries, labels: Sequence[str] = (), leaf: Leaf = lambda part: None
) -> Math:
    """Return formulas as a matrix (a row of biases as a row), a single one as it is.

    `labels` stand beside the rows; `leaf` may give another look to any part of the formulas.
    """
    if not entries.ndim:
        return d.notation.math(entries.item(), leaf)
    lines = np.atleast_2d(entries)
    return grid(lines.shape, lambda i, j: d.notation.math(lines[i, j], leaf), labels)


def are_numbers(entries: Entries) -> bool:
    """Say whether no entry has a name in it, so that nothing can be put in its place."""
    return all(isinstance(entry, Number) for entry in entries.ravel())


def value_matrix(d: Worked, name: str) -> Math:
    """Return the numbers of a quantity, its rows labelled by the examples."""
    value = d.value(name)
    labels = labels_of(d, name) if value.ndim == 2 else ()
    return number_matrix(value, d.options.decimals, labels)


def labels_of(d: Worked, name: str) -> tuple[str, ...]:
    """Return the labels of the rows of a quantity: none if they are not examples."""
    if d.convention.columns or not d.is_per_example(name):
        return ()
    return d.labels


def name_matrix(d: Worked, name: str) -> Math:
    """Return the names of the entries of a parameter as a matrix, its middle left out where it is
    large; biases stand in a row.
    """
    shape = d.shapes[name]

    def symbol(i: int, j: int) -> Math:
        return d.notation.symbol(entry_name(name, (i, j)[-len(shape) :]))

    return grid((1, *shape)[-2:], symbol)
