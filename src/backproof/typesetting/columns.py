"""Cells of text lined up in columns, within the width of a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from ..prose import shortened

GAP = 2  # characters between columns
DOTS = "…"  # in place of columns that are left out
LEAST_CELL = 8  # characters that are left of a cell too long for the line

Cells = Sequence[Sequence[str]]


def lined_up(rows: Cells, left: int = 0) -> list[str]:
    """Return a line for each row: the first `left` columns stand at the left, the others at the
    right of their column.
    """
    widths = _widths(rows)
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((" " * GAP).join(cells).rstrip())
    return lines


def without_middle(rows: Cells, room: int) -> Cells:
    """Return the rows with as many of their middle columns left out as don't fit in `room`."""
    if _length(_widths(rows)) <= room:
        return rows
    rows = _clipped(rows, room)
    widths = _widths(rows)
    n = first = last = len(widths)  # the columns before `first` stay, and those from `last` on
    for shown in range(n - 1, 1, -1):
        first, last = (shown + 1) // 2, n - shown // 2
        if _length([*widths[:first], len(DOTS), *widths[last:]]) <= room:
            break
    return [[*row[:first], DOTS, *row[last:]] for row in rows]


def in_parts(rows: Cells, room: int) -> list[Cells]:
    """Return the rows in parts that fit in `room`, each with some of the columns; the first column
    stands in all.
    """
    if _length(_widths(rows)) <= room:
        return [rows]
    rows = _clipped(rows, room)
    widths = _widths(rows)
    parts: list[list[int]] = [[0]]
    for column in range(1, len(widths)):
        wider = [*parts[-1], column]
        if len(wider) > 2 and _length([widths[place] for place in wider]) > room:
            wider = [0, column]
            parts.append(wider)
        parts[-1] = wider
    return [[[row[place] for place in part] for row in rows] for part in parts]


def _clipped(rows: Cells, room: int) -> Cells:
    """Return the rows with cells shortened so that any column fits beside the first."""
    first = max(LEAST_CELL, room // 2)
    most = max(LEAST_CELL, room - GAP - min(first, _widths(rows)[0]))
    return [
        [shortened(row[0], first), *(shortened(cell, most) for cell in row[1:])] for row in rows
    ]


def _widths(rows: Cells) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _length(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)
