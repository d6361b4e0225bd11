"""The matrices of a derivation: a quantity by its names, by formulas, by its numbers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from ...arithmetic.arrays import Entries
from ...arithmetic.formulas import entry_name, named_entries
from ...formula import Formula, Number
from ...typesetting.figures import MOST_COLUMNS, MOST_ROWS, grid, lines_shown, number_matrix
from ...typesetting.pieces import Letter, Math
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
    return grid([[d.notation.math(entry, leaf) for entry in line] for line in lines], labels)


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
    large.
    """
    shape = d.shapes[name]
    rows, columns = _rows_and_columns(shape)
    if rows <= MOST_ROWS and columns <= MOST_COLUMNS:
        return entry_matrix(d, named_entries(name, shape))
    return grid(_shown_names(d, name))


def _shown_names(d: Worked, name: str) -> list[list[Math]]:
    """Return the symbols of the entries that `grid` will show; the others, of which there may be
    very many, stay empty.
    """
    shape = d.shapes[name]
    rows, columns = _rows_and_columns(shape)
    found: list[list[Math]] = [[Letter("")] * columns for _ in range(rows)]
    shown = itertools.product(lines_shown(rows, MOST_ROWS), lines_shown(columns, MOST_COLUMNS))
    for i, j in shown:
        if i is not None and j is not None:
            index = (i, j)[-len(shape) :]
            found[i][j] = d.notation.symbol(entry_name(name, index))
    return found


def _rows_and_columns(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the size of the matrix that a parameter is shown as: biases stand in a row."""
    rows, columns = (1, *shape)[-2:]
    return rows, columns
