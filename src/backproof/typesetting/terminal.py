"""A document as plain text for a terminal of 80 columns."""

from __future__ import annotations

import textwrap

from ..prose import comma_list
from .boxes import Box, beside, box, one_line, text_box
from .document import (
    Block,
    Display,
    Document,
    Heading,
    Inline,
    Paragraph,
    Part,
    Picture,
    Strong,
    Table,
    passages,
)
from .pieces import Grid, Math, Row, Sign, row

WIDTH = 80
INDENT = "  "
MOST_INDENT = 8  # of the further lines of an equation, whose left side may be long
LEAST_ROOM = 12  # for words in the last column of a table to be broken into lines


def terminal(document: Document, bold: bool = False) -> str:
    """Return the document as text; `bold` marks headings and main thoughts for a terminal that
    can.
    """
    found = []
    shown = [block for block in document.blocks if not isinstance(block, Picture)]
    for listed, blocks in passages(shown):
        written = [_block(block, bold) for block in blocks]
        if listed:
            written.append("")  # an empty line after the list
        found += written
    return "\n".join(found).rstrip("\n") + "\n"


def _block(block: Block, bold: bool) -> str:
    match block:
        case Heading(1, parts):
            return _heading(_inline(parts), "═", bold)
        case Heading(_, parts):
            return "\n" + _heading(_inline(parts), "─", bold)
        case Paragraph(parts, bullet=True):
            return _paragraph(_inline(parts), "- ", bold)
        case Paragraph(parts):
            return _paragraph(_inline(parts), "", bold) + "\n"
        case Display():
            return _display(block) + "\n"
        case Table(header, rows):
            return _table(header, rows) + "\n"
    raise TypeError(f"no text for {type(block).__name__}")


def _heading(text: str, line: str, bold: bool) -> str:
    shown = _in_bold(text) if bold else text
    return f"{shown}\n{line * min(len(text), WIDTH)}\n"


def _paragraph(text: str, start: str, bold: bool) -> str:
    lines = "\n".join(_wrapped(text, start, break_words=False))
    pieces = lines.split("*")
    # strong words stand between two asterisks; an odd one out is the text's own, and which it is
    # can't be told
    if not bold or len(pieces) % 2 == 0:
        return lines
    pieces[1::2] = map(_in_bold, pieces[1::2])
    return "".join(pieces)


def _in_bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m"


def _inline(parts: Inline) -> str:
    """Return words and formulas on one line; strong words between asterisks."""
    return "".join(map(_part, parts))


def _part(part: Part) -> str:
    match part:
        case Math():
            return one_line(part)
        case Strong(text):
            return f"*{text}*"
    return part


def _wrapped(text: str, start: str, hanging: int = 0, break_words: bool = True) -> list[str]:
    """Return a text in lines, the first after `start`, the others indented as far and by `hanging`
    more.
    """
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=start,
        subsequent_indent=" " * (len(start) + hanging),
        break_long_words=break_words,
        break_on_hyphens=False,
    )


def _display(block: Display) -> str:
    left = box(block.left)
    if not block.lines:
        return _joined([INDENT + line for line in left.lines])
    number = f"({block.number})" if block.number else ""
    (relation, right), *further = block.lines
    lines = _equation(left, relation, right, number)
    blank = text_box(" " * min(left.width, MOST_INDENT))
    for relation, right in further:
        lines += _equation(blank, relation, right)
    return _joined(lines)


def _joined(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines)


def _equation(left: Box, relation: str, right: Math, number: str = "") -> list[str]:
    """Return one line of an equation: side by side if that fits, else what doesn't fit below."""
    whole = beside(text_box(INDENT), left, text_box(f" {relation} "), box(right))
    room = WIDTH
    if number:
        room -= len(number) + 1
    if whole.width <= room:
        lines = list(whole.lines)
        lines[whole.level] = _numbered(lines[whole.level], number)
        return lines
    lines = [_numbered(f"{INDENT}{left.line(0)} {relation}", number)]
    for sign, piece in _split(right):
        start = f"{sign} " if sign else "  "
        lines += _below(piece, INDENT * 2 + start)
    return lines


def _numbered(line: str, number: str) -> str:
    """Return a line with the number of the equation at its end."""
    if not number:
        return line
    return line.rstrip().ljust(WIDTH - len(number)) + number


def _below(piece: Math, start: str) -> list[str]:
    """Return a piece of an equation in lines of its own, after `start`."""
    inner = box(piece)
    if inner.width <= WIDTH - len(start):
        return list(beside(text_box(start), inner).lines)
    if isinstance(piece, Grid):
        return _long_grid(piece, start)
    return _wrapped(one_line(piece), start)


def _split(math: Math) -> list[tuple[str, Math]]:
    """Return the pieces of a row between its operators, each with the operator before it."""
    if not isinstance(math, Row):
        return [("", math)]
    found: list[tuple[str, list[Math]]] = [("", [])]
    for piece in math.pieces:
        between = found[-1][1]
        if isinstance(piece, Sign):
            found.append((piece.text, []))
        elif isinstance(piece, Row) and len(piece.pieces) > 1 and not between:
            # a row within the row is split too
            (_, first), *others = _split(piece)
            between.append(first)
            found += [(sign, [part]) for sign, part in others]
        else:
            between.append(piece)
    return [(sign, _one(pieces)) for sign, pieces in found if pieces]


def _one(pieces: list[Math]) -> Math:
    return pieces[0] if len(pieces) == 1 else row(*pieces)


def _long_grid(grid: Grid, start: str) -> list[str]:
    """Return a matrix too wide for the page: an entry a line, by its row (label) and column."""
    found: list[str] = []
    for i, cells in enumerate(grid.rows):
        for j, cell in enumerate(cells):
            found += _wrapped(f"{_place(grid, i, j)}: {one_line(cell)}", start, hanging=4)
            start = " " * len(start)
    return found


def _place(grid: Grid, i: int, j: int) -> str:
    """Return where an entry stands: ``[0,1], column 2``."""
    names = []
    if grid.labels:
        names.append(grid.labels[i])
    elif len(grid.rows) > 1:
        names.append(f"row {i + 1}")
    if len(grid.rows[i]) > 1:
        names.append(f"column {j + 1}")
    return comma_list(filter(None, names))


def _table(header: tuple[Inline, ...], rows: tuple[tuple[Inline, ...], ...]) -> str:
    cells = [[_inline(cell) for cell in row] for row in (header, *rows)]
    *widths, last_width = (max(map(len, column)) for column in zip(*cells, strict=True))
    room = WIDTH - len(INDENT) - sum(widths) - 2 * len(widths)
    wordy = any(any(map(str.isalpha, line[-1])) for line in cells[1:])
    found = []
    for *numbers, last in cells:
        start = INDENT + "".join(
            f"{cell.rjust(width)}  " for cell, width in zip(numbers, widths, strict=True)
        )
        if wordy and room >= LEAST_ROOM:
            found += _wrapped(last, start) or [start]
        else:
            found.append(start + last.rjust(last_width))
    return _joined(found)
