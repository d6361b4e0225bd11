"""Answers in a spreadsheet, as CSV: a block for each quantity, a row for each setting."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import InputError
from .content import ENTRIES, Content
from .digits import as_python_writes
from .spelling import quantity

DATA_BLOCKS = ("x", "y", "example_weights")  # blocks that are no answers
WHOLE = ("decimals", "figures")
NUMBERS = ("learning_rate", "l2", *WHOLE)  # settings that are numbers
CELL_PATTERN = r"[-+−–]?\s*(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?|[-+]?inf|nan"


def read_spreadsheet(path: Path, text: str) -> Content:
    """Return what stands in a spreadsheet; raise `InputError` with the line of what can't be read.

    A block is a name, alone in its row or before its first row of numbers, and the rows below it; a
    setting stands beside its name.
    """
    sheet = _Sheet(path)
    delimiter = next((mark for mark in ";\t" if mark in text), ",")  # a comma may be a decimal one
    for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1):
        sheet.read_row(number, cells)
    answers = {name: rows for name, rows in sheet.blocks.items() if rows}
    for name in DATA_BLOCKS:
        if name in answers:
            sheet.settings[name] = [list(map(_float, row)) for row in answers.pop(name)]
    if "example_weights" in sheet.settings:  # in a row or a column
        rows = sheet.settings["example_weights"]
        sheet.settings["example_weights"] = [weight for row in rows for weight in row]
    return Content(answers, sheet.places, sheet.settings)


@dataclass
class _Sheet:
    """What has been read of a spreadsheet.

    Parameters
    ----------
    path : of the file, for errors
    blocks : by the name of a quantity, its rows
    places : by that name, where it stands
    settings : by their names
    name : of the block that the next row belongs to
    """

    path: Path
    blocks: dict[str, list[list[str]]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    name: str = ""

    def read_row(self, number: int, cells: list[str]) -> None:
        """Read one row: a setting, a name, numbers, or both of these."""
        filled = [cell.strip() for cell in cells if cell.strip()]
        if not filled:
            return
        where = f"{self.path}, line {number}: "
        head = _head(cells[0].strip(), filled[0])
        if _is_setting(head, filled[1:]):
            self.settings[head] = _setting(head, filled[1], where)
            return
        if head and not _is_number(head):
            self._begin_block(head, where)
            filled = filled[1:]
        if not self.name:
            raise InputError(f"{where}numbers before the name of a quantity.")
        for cell in filled:
            if not _is_number(cell):
                raise InputError(f"{where}{cell!r} is not a number.")
        if filled:
            self.blocks[self.name].append(filled)

    def _begin_block(self, name: str, where: str) -> None:
        if quantity(name) is None and name not in DATA_BLOCKS:
            raise InputError(f"{where}{name!r} is neither a number nor the name of a quantity.")
        # the name may stand before each of its rows
        if name != self.name and name in self.blocks:
            raise InputError(f"{where}{name} appears twice.")
        self.name = name
        self.blocks.setdefault(name, [])
        self.places.setdefault(name, where)


def _head(first: str, filled: str) -> str:
    """Return what a row begins with, by its first cell and the first that is `filled`: a block may
    stand further right, and then a number there is no head.
    """
    head = first
    if not head and not _is_number(filled):
        head = filled
    return re.sub(r"\s*[:=]$", "", head)


def _is_setting(head: str, rest: list[str]) -> bool:
    """Whether a row is a setting: ``problem, xor``; a loss beside a number is an answer."""
    if head not in ENTRIES or head in DATA_BLOCKS or not rest:
        return False
    return head in NUMBERS or not _is_number(rest[0])


def _setting(head: str, cell: str, where: str) -> Any:
    if head not in NUMBERS:
        return cell
    if not _is_number(cell):
        raise InputError(f"{where}{head} is {cell!r}, which is not a number.")
    value = _float(cell)
    if head not in WHOLE:
        return value
    if not value.is_integer():  # nor are inf and nan
        raise InputError(f"{where}{head} is {cell!r}, which is not a whole number.")
    return int(value)


def _is_number(cell: str) -> bool:
    return re.fullmatch(CELL_PATTERN, cell, re.IGNORECASE) is not None


def _float(cell: str) -> float:
    return float(as_python_writes(cell).replace(",", "."))
