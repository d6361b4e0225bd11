"""A CSV of one's own: header or not, any names for the classes, the last column the target unless
told.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..activations import Array
from ..errors import InputError, unknown
from ..settings import DATA
from .problem import Problem

MAX_CLASSES = 10  # a target of whole numbers with no more values than this is taken for classes


@dataclass(frozen=True)
class Table:
    """The cells of a CSV as text, with the line of the file that each row stands on."""

    path: str
    header: tuple[str, ...] | None
    rows: list[list[str]]
    lines: list[int]

    @property
    def names(self) -> tuple[str, ...]:
        """The header, or ``column 1``, ``column 2`` …"""
        return self.header or tuple(f"column {j}" for j in range(1, len(self.rows[0]) + 1))

    def column(self, j: int) -> list[str]:
        """The cells of a column."""
        return [row[j] for row in self.rows]

    def number(self, row: int, j: int) -> float:
        """A cell as a finite number; raises `InputError` that names its line and column."""
        cell = self.rows[row][j]
        value = _number(cell)
        if value is None or not math.isfinite(value):
            what = (
                "is empty"
                if not cell
                else f"is {cell!r}, which is not a {'finite ' * (value is not None)}number"
            )
            raise InputError(
                f"{self.path}, line {self.lines[row]}, column {self.names[j]!r} {what}: mend or"
                " drop that row."
            )
        return value

    def numbers(self, columns: list[int]) -> Array:
        """The cells of some columns as numbers, (rows, columns)."""
        return np.array(
            [[self.number(row, j) for j in columns] for row in range(len(self.rows))],
            dtype=np.float64,
        )

    def index(self, name: str) -> int:
        """The place of a column by its name, or by its number from 1."""
        if name in self.names:
            return self.names.index(name)
        if name.lstrip("-").isdigit() and 1 <= int(name) <= len(self.names):
            return int(name) - 1
        raise unknown("column", name, self.names)


def _number(cell: str) -> float | None:
    try:
        return float(cell) if "_" not in cell else None
    except ValueError:
        return None


def read_table(path: str | Path) -> Table:
    """Read a CSV (comma, semicolon or tab; UTF-8); raise `InputError` that names the line if a row
    is too short or too long.

    The first row is a header unless all cells but the last are numbers.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"can't read {path}: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not a text file in UTF-8.") from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows, lines = [], []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append([cell.strip() for cell in row])
                lines.append(reader.line_num)
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}.") from None
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(rows[0]):
            raise InputError(
                f"{path}, line {line} has {len(row)} cell{'s' * (len(row) != 1)}, but line"
                f" {lines[0]} has {len(rows[0])}: every row needs as many."
            )
    header = None
    inputs = rows[0][:-1] or rows[0] if rows else []
    if inputs and not any(cell == "" or _number(cell) is not None for cell in inputs):
        header, rows, lines = tuple(rows[0]), rows[1:], lines[1:]
        if len(set(header)) < len(header):
            twice = next(name for name in header if header.count(name) > 1)
            raise InputError(f"{path}: two columns are called {twice!r}.")
    if not rows:
        raise InputError(f"{path} has no rows of data.")
    return Table(str(path), header, rows, lines)


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
    each. Raises `InputError`, with the line and the column, for a hole, NaN, infinity or text among
    the inputs, for no rows, and for a single class.
    """
    DATA["task"].check(task)
    table = read_table(path)
    goal = len(table.names) - 1 if target is None else table.index(target)
    weighing = None if weights is None else table.index(weights)
    if weighing == goal:
        raise InputError(f"{path}: column {table.names[goal]!r} can't be both target and weights.")
    inputs = [j for j in range(len(table.names)) if j not in (goal, weighing)]
    if not inputs:
        raise InputError(
            f"{path} has {len(table.names)} column{'s' * (len(table.names) != 1)}: it needs an"
            " input and a target."
        )
    x = table.numbers(inputs)
    y, classes = _targets(table, goal, task)
    return Problem(
        name=Path(path).name,
        x=x,
        y=y,
        inputs=tuple(table.names[j] for j in inputs),
        classes=classes,
        target=table.names[goal],
        weights=None if weighing is None else table.numbers([weighing])[:, 0],
        hints={"hidden": [8]} | ({} if classes else {"learning_rate": 0.1}),
    )


def _targets(table: Table, goal: int, task: str) -> tuple[Array, tuple[str, ...]]:
    """Return the targets (m, nL) and the names of the classes (none for a regression)."""
    cells = table.column(goal)
    text = [cell for cell in cells if _number(cell) is None]
    if task == "numbers" or (task == "auto" and not text and not _few(cells)):
        return table.numbers([goal]), ()
    if text and len(set(text)) < len(set(cells)) and all(cell == "" for cell in text):
        table.number(cells.index(""), goal)  # a hole among numbers: this raises with its place
    if "" in cells:
        raise InputError(
            f"{table.path}, line {table.lines[cells.index('')]}, column {table.names[goal]!r} is"
            " empty: mend or drop that row."
        )
    if not text:
        table.numbers([goal])  # NaN and infinity are no classes
        values = sorted({float(cell) for cell in cells})
        names = [f"{value:g}" for value in values]
        kind = [values.index(float(cell)) for cell in cells]
    else:
        names = sorted(set(cells))
        place = {name: k for k, name in enumerate(names)}
        kind = [place[cell] for cell in cells]
    if len(names) == 1:
        raise InputError(
            f"{table.path}: the target {table.names[goal]!r} has one class only, {names[0]!r}:"
            " there is nothing to tell apart."
        )
    if len(names) > 2:
        return np.eye(len(names))[kind], tuple(names)
    return np.array(kind, dtype=np.float64)[:, None], tuple(names)


def _few(cells: list[str]) -> bool:
    """Whether a column of numbers is more likely classes: two values, or few whole ones, each met
    more than once.
    """
    values = {float(cell) for cell in cells}
    whole = all(math.isfinite(value) and value.is_integer() for value in values)
    return len(values) <= 2 or (
        whole and len(values) <= MAX_CLASSES and len(values) * 2 <= len(cells)
    )


def read_inputs(path: str | Path, n: int, inputs: tuple[str, ...] = ()) -> tuple[Array, Table]:
    """Read the inputs (m, n) of a CSV for a network with `n` inputs, and the table itself.

    Columns are taken by their names where `inputs` gives them and the file has a header that holds
    all of them; else the file must have `n` columns, or one more, whose last is then the target.
    """
    table = read_table(path)
    if table.header and inputs and set(inputs) <= set(table.header):
        columns = [table.index(name) for name in inputs]
    elif len(table.names) in (n, n + 1):
        columns = list(range(n))
    else:
        raise InputError(
            f"{path} has {len(table.names)} columns, but the network has {n} input{'s' * (n != 1)}:"
            f" give {n}"
            + (
                f", or columns named {', '.join(inputs)}."
                if inputs
                else ", or one more for the target."
            )
        )
    return table.numbers(columns), table
