"""The table of what a network answers: the names of its columns, its cells, the classes."""

from __future__ import annotations

import numpy as np

from ..activations import Array
from ..training.verdict import LEVEL

MOST_INPUTS = 6  # columns of inputs; of more the middle ones are left out


def column_names(name: str, n: int) -> list[str]:
    """Return the names of `n` columns: ``a2``, or ``a2[1]``, ``a2[2]`` … for several."""
    if n == 1:
        return [name]
    return [f"{name}[{k}]" for k in range(1, n + 1)]


def given_cells(row: Array) -> list[str]:
    """Return what was given for an example, inputs or targets, in few digits."""
    return [f"{value:g}" for value in row]


def output_cells(row: Array) -> list[str]:
    """Return the outputs of an example to four decimals."""
    return [f"{value:.4f}" for value in row]


def classes_answered(a: Array, classes: tuple[str, ...]) -> list[str]:
    """Return the name of the class that each row of outputs means; none for a regression."""
    n = a.shape[1]
    if not classes or len(classes) != max(2, n):
        return []
    chosen = (a[:, 0] > LEVEL).astype(int) if n == 1 else np.argmax(a, axis=1)
    return [classes[kind] for kind in chosen]


def narrow(
    header: list[str], rows: list[list[str]], inputs: int
) -> tuple[list[str], list[list[str]]]:
    """Leave out the middle ones of the inputs, which stand first, where there are too many."""
    if inputs <= MOST_INPUTS:
        return header, rows
    left = MOST_INPUTS // 2

    def cut(cells: list[str]) -> list[str]:
        return [*cells[:left], "…", *cells[inputs - left :]]

    return cut(header), [cut(row) for row in rows]
