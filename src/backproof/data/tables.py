"""A CSV of one's own: header or not, any names for the classes, the last column the target unless
told.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from ..activations import Array
from ..errors import InputError, unknown
from ..prose import number_of
from ..reading import read_text
from ..settings import DATA
from .problem import Problem

MAX_CLASSES = 10  # a target of whole numbers with no more values than this is taken for classes

Value = TypeVar("Value", str, float)


@dataclass(frozen=True)
class CellTable:
    """The cells of a CSV as text.

    Parameters
    ----------
    path : of the file, for errors
    header : the names of the columns, None if the file has none
    rows : the cells of each row
    lines : the line of the file that each row stands on
    """

    path: str
    header: tuple[str, ...] | None
    rows: list[list[str]]
    lines: list[int]

    @property
    def names(self) -> tuple[str, ...]:
        """The header, or ``column 1``, ``column 2`` …"""
        return self.header or tuple(f"column {j}" for j in range(1, len(self.rows[0]) + 1))

    def column(self, j: int) -> list[str]:
        """Return the cells of a column, from 0."""
        return [row[j] for row in self.rows]

    def number(self, row: int, j: int) -> float:
        """Return a cell as a finite number; raise `InputError` that names its line and column."""
        cell = self.rows[row][j]
        if not cell:
            raise self.refusal(row, j, "is empty")
        value = _number(cell)
        if value is None:
            raise self.refusal(row, j, f"is {cell!r}, which is not a number")
        if not math.isfinite(value):
            raise self.refusal(row, j, f"is {cell!r}, which is not a finite number")
        return value

    def numbers(self, columns: list[int]) -> Array:
        """Return the cells of some columns as numbers, (rows, columns)."""
        rows = range(len(self.rows))
        return np.array([[self.number(row, j) for j in columns] for row in rows], dtype=np.float64)

    def refusal(self, row: int, j: int, what: str) -> InputError:
        """Return the error for a cell that can't be used: where it stands, and `what` it is."""
        return InputError(
            f"{self.path}, line {self.lines[row]}, column {self.names[j]!r} {what}: fix or"
            " remove that row."
        )

    def index(self, name: str) -> int:
        """Return the place of a column, from 0, by its name or by its number from 1; raise
        `InputError` if there is none.
        """
        if name in self.names:
            return self.names.index(name)
        if name.lstrip("-").isdigit() and 1 <= int(name) <= len(self.names):
            return int(name) - 1
        raise unknown("column", name, self.names)


def _number(cell: str) -> float | None:
    if "_" in cell:  # Python reads 1_000 as a number, and nobody else does
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def read_table(path: str | Path) -> CellTable:
    """Read a CSV (comma, semicolon or tab; UTF-8); raise `InputError` that names the line if a row
    is too short or too long.

    The first row is a header if each of its cells, the last apart, is a text.
    """
    rows, lines = _rows(path, read_text(path))
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(rows[0]):
            raise InputError(
                f"{path}, line {line} has {number_of(len(row), 'cell')}, but line"
                f" {lines[0]} has {len(rows[0])}: every row needs the same number."
            )
    header = None
    if rows and _is_header(rows[0]):
        header, rows, lines = tuple(rows[0]), rows[1:], lines[1:]
        _check_names(path, header)
    if not rows:
        raise InputError(f"{path} has no rows of data.")
    return CellTable(str(path), header, rows, lines)


def _rows(path: str | Path, text: str) -> tuple[list[list[str]], list[int]]:
    """Return the cells of each row that isn't empty, and the line of the file that it ends on."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)  # the comma, if a single column shows none
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows, lines = [], []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append([cell.strip() for cell in row])
                lines.append(reader.line_num)
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}.") from None
    return rows, lines


def _is_header(row: Sequence[str]) -> bool:
    inputs = row[:-1] or row  # the last cell may be the name of a class
    return not any(cell == "" or _number(cell) is not None for cell in inputs)


def _check_names(path: str | Path, header: Sequence[str]) -> None:
    """Raise `InputError` if two columns have one name."""
    for name in header:
        if header.count(name) > 1:
            raise InputError(f"{path}: two columns are called {name!r}.")


def read_problem(
    path: str | Path, target: str | None = None, task: str = "auto", weights: str | None = None
) -> Problem:
    """Read a CSV as a problem.

    Parameters
    ----------
    path : the file; see `read_table`
    target : the column that is learnt, by name or number from 1; the last one unless told
    task : `classes`, `numbers` (regression), or `auto`: classes if the target is text, has two
        values, or is whole numbers with at most `MAX_CLASSES` values
    weights : the column that holds example weights, which is then no input

    Two classes make one output, 0 for the first in order and 1 for the second; more make one output
    each. Raises `InputError`, with the line and the column, for a missing value, NaN, infinity or
    text among the inputs, for no rows, and for a single class.
    """
    DATA["task"].check(task)
    table = read_table(path)
    names = table.names
    goal = len(names) - 1 if target is None else table.index(target)
    weighing = None if weights is None else table.index(weights)
    if weighing == goal:
        raise InputError(f"{path}: column {names[goal]!r} can't be both target and weights.")
    inputs = [j for j in range(len(names)) if j not in (goal, weighing)]
    if not inputs:
        raise InputError(
            f"{path} has {number_of(len(names), 'column')}: it needs an input and a target."
        )
    x = table.numbers(inputs)
    y, classes = _targets(table, goal, task)
    return Problem(
        name=Path(path).name,
        x=x,
        y=y,
        inputs=tuple(names[j] for j in inputs),
        classes=classes,
        target=names[goal],
        weights=None if weighing is None else table.numbers([weighing])[:, 0],
        hints={"hidden": [8]},
    )


def _targets(table: CellTable, goal: int, task: str) -> tuple[Array, tuple[str, ...]]:
    """Return the targets (m, nL) and the names of the classes (none for a regression)."""
    cells = table.column(goal)
    numeric = all(_number(cell) is not None for cell in cells)
    if task == "numbers" or (task == "auto" and numeric and not _are_classes(map(float, cells))):
        return table.numbers([goal]), ()
    if "" in cells:
        raise table.refusal(cells.index(""), goal, "is empty")
    if numeric:
        values, kinds = _in_order(table.numbers([goal])[:, 0].tolist())
        names = [f"{value:g}" for value in values]
    else:
        names, kinds = _in_order(cells)
    if len(names) == 1:
        raise InputError(
            f"{table.path}: the target {table.names[goal]!r} has one class only, {names[0]!r}:"
            " there is nothing to tell apart."
        )
    if len(names) > 2:
        return np.eye(len(names))[kinds], tuple(names)
    return np.array(kinds, dtype=np.float64)[:, None], tuple(names)


def _are_classes(numbers: Iterable[float]) -> bool:
    """Whether a column of numbers is more likely classes: two values, or few whole ones, each met
    more than once.
    """
    column = list(numbers)
    values = set(column)
    if len(values) <= 2:
        return True
    whole = all(math.isfinite(value) and value.is_integer() for value in values)
    return whole and len(values) <= MAX_CLASSES and 2 * len(values) <= len(column)


def _in_order(column: Sequence[Value]) -> tuple[list[Value], list[int]]:
    """Return the different values of a column, sorted, and the place of each cell's among them."""
    values = sorted(set(column))
    places = {value: place for place, value in enumerate(values)}
    return values, [places[value] for value in column]


def read_inputs(path: str | Path, n: int, inputs: tuple[str, ...] = ()) -> Array:
    """Read the inputs (m, n) of a CSV for a network with `n` inputs.

    Columns are taken by their names where `inputs` gives them and the file has a header that holds
    all of them; else the file must have `n` columns, or one more, whose last is then the target.
    Raises `InputError` if it has others, and for a cell that is no number.
    """
    table = read_table(path)
    if table.header and inputs and set(inputs) <= set(table.header):
        return table.numbers([table.index(name) for name in inputs])
    if len(table.names) in (n, n + 1):
        return table.numbers(list(range(n)))
    other = "or one more for the target"
    if inputs:
        other = f"or columns named {', '.join(inputs)}"
    raise InputError(
        f"{path} has {len(table.names)} columns, but the network has {number_of(n, 'input')}:"
        f" pass {n}, {other}."
    )
