"""What the examples are called, tables with a row for each of them, and numbers among words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..records import Array
from ..typesetting.figures import lines_shown, texts

# characters of an example's name with its brackets, beside a row and within an index
LONGEST_BESIDE, LONGEST_WITHIN = 18, 7
MOST_BY_INPUTS = 16  # examples that are told apart by their inputs within an index


def row_labels(x: Array) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what each example is called beside its row, ``[0, 1]``, and within an index,
    ``[0,1]``; by its number where that is long (within an index none are given then).
    """
    numbered = tuple(f"example {i}" for i in range(1, len(x) + 1))
    if len("0, ") * x.shape[1] > LONGEST_BESIDE:
        return numbered, ()
    cells = [[f"{value:.3g}".replace("-", "−") for value in row] for row in x]
    beside = tuple(f"[{', '.join(row)}]" for row in cells)
    within = tuple(f"[{','.join(row)}]" for row in cells)
    if max(map(len, beside)) > LONGEST_BESIDE:
        return numbered, ()
    # within an index the name alone says which example it is, so no two may be called the same
    told_apart = len(set(within)) == len(x) <= MOST_BY_INPUTS
    if told_apart and max(map(len, within)) <= LONGEST_WITHIN:
        return beside, within
    return beside, ()


def example_rows(
    labels: Sequence[str], columns: Sequence[Sequence[str]], most: int
) -> list[list[str]]:
    """Return the rows of a table: of each example its label and its cell of each column; at most
    `most` rows, the middle left out.
    """
    rows = []
    for i in lines_shown(len(labels), most):
        if i is None:
            rows.append(["…"] * (1 + len(columns)))
        else:
            rows.append([labels[i], *(column[i] for column in columns)])
    return rows


def number_shown(value: float, decimals: int) -> str:
    """Return a single number as `texts` shows it."""
    return texts(np.array([value]), decimals)[0]
