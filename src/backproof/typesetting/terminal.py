"""A document as plain text, within the width of a terminal."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from ..prose import comma_list
from .boxes import Box, beside, box, one_line, text_box
from .columns import in_parts, lined_up
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
from .pieces import Either, Grid, Math, Row, Sign, row

WIDTH = 80  # unless told
INDENT = "  "
MOST_INDENT = 8  # of the further lines of an equation, whose left side may be long
LEAST_ROOM = 12  # for words in the last column of a table to be broken into lines


def terminal(document: Document, bold: bool = False, width: int = WIDTH) -> str:
    """Return the document as text in lines of at most `width` characters, where its formulas can be
    broken so far; `bold` marks headings and main thoughts for a terminal that can.
    """
    page = _Page(bold, width)
    found = []
    shown = [block for block in document.blocks if not isinstance(block, Picture)]
    for listed, blocks in passages(shown):
        written = [page.block(block) for block in blocks]
        if listed:
            written.append("")  # an empty line after the list
        found += written
    return "\n".join(found).rstrip("\n") + "\n"


@dataclass(frozen=True)
class _Page:
    bold: bool
    width: int

    def block(self, block: Block) -> str:
        match block:
            case Heading(1, parts):
                return self.heading(_inline(parts), "═")
            case Heading(_, parts):
                return "\n" + self.heading(_inline(parts), "─")
            case Paragraph(parts, bullet=True):
                return self.paragraph(_inline(parts), "- ")
            case Paragraph(parts):
                return self.paragraph(_inline(parts), "") + "\n"
            case Display():
                return _joined(self.display(block)) + "\n"
            case Table(header, rows):
                return self.table(header, rows) + "\n"
        raise TypeError(f"no text for {type(block).__name__}")

    def heading(self, text: str, line: str) -> str:
        lines = self.wrapped(text, "")
        under = line * max(map(len, lines))
        shown = map(_in_bold, lines) if self.bold else lines
        return "\n".join([*shown, under, ""])

    def paragraph(self, text: str, start: str) -> str:
        lines = "\n".join(self.wrapped(text, start, break_words=False))
        pieces = lines.split("*")
        # strong words stand between two asterisks; an odd one out is the text's own, and which it
        # is can't be told
        if not self.bold or len(pieces) % 2 == 0:
            return lines
        pieces[1::2] = map(_in_bold, pieces[1::2])
        return "".join(pieces)

    def wrapped(
        self, text: str, start: str, hanging: int = 0, break_words: bool = True
    ) -> list[str]:
        """Return a text in lines, the first after `start`, the others indented as far and by
        `hanging` more.
        """
        return textwrap.wrap(
            text,
            self.width,
            initial_indent=start,
            subsequent_indent=" " * (len(start) + hanging),
            break_long_words=break_words,
            break_on_hyphens=False,
        )

    def display(self, block: Display) -> list[str]:
        left = box(block.left)
        if not block.lines and left.width > self.width - len(INDENT):
            return self.wrapped(one_line(block.left), INDENT)
        if not block.lines:
            return [INDENT + line for line in left.lines]
        number = f"({block.number})" if block.number else ""
        (relation, right), *further = block.lines
        lines = self.equation(left, relation, right, number)
        blank = text_box(" " * min(left.width, MOST_INDENT))
        for relation, right in further:
            lines += self.equation(blank, relation, right)
        return lines

    def equation(self, left: Box, relation: str, right: Math, number: str = "") -> list[str]:
        """Return one line of an equation: side by side if that fits, else what doesn't fit
        below.
        """
        whole = beside(text_box(INDENT), left, text_box(f" {relation} "), box(right))
        room = self.width
        if number:
            room -= len(number) + 1
        if whole.width <= room:
            lines = list(whole.lines)
            lines[whole.level] = self.numbered(lines[whole.level], number)
            return lines
        lines = [self.numbered(f"{INDENT}{left.line(0)} {relation}", number)]
        for sign, piece in _split(right):
            start = f"{sign} " if sign else "  "
            lines += self.below(piece, INDENT * 2 + start)
        return lines

    def numbered(self, line: str, number: str) -> str:
        """Return a line with the number of the equation at its end."""
        if not number:
            return line
        return line.rstrip().ljust(self.width - len(number)) + number

    def below(self, piece: Math, start: str) -> list[str]:
        """Return a piece of an equation in lines of its own, after `start`."""
        inner = box(piece)
        if inner.width <= self.width - len(start):
            return list(beside(text_box(start), inner).lines)
        if isinstance(piece, Grid):
            return self.long_grid(piece, start)
        deeper = _split(_flattened(piece))
        if len(inner.lines) > 1 and len(deeper) > 1:  # matrices can't be written on one line
            found: list[str] = []
            for sign, part in deeper:
                found += self.below(part, f"{start}{sign} " if sign else start)
                start = " " * len(start)
            return found
        return self.wrapped(one_line(piece), start)

    def long_grid(self, grid: Grid, start: str) -> list[str]:
        """Return a matrix too wide for the page: an entry a line, by its row (label) and column."""
        found: list[str] = []
        for i, cells in enumerate(grid.rows):
            for j, cell in enumerate(cells):
                found += self.wrapped(f"{_place(grid, i, j)}: {one_line(cell)}", start, hanging=4)
                start = " " * len(start)
        return found

    def table(self, header: tuple[Inline, ...], rows: tuple[tuple[Inline, ...], ...]) -> str:
        """Return a table, words in its last column broken into lines, or its columns in parts."""
        cells = [[_inline(cell) for cell in row] for row in (header, *rows)]
        *widths, _ = (max(map(len, column)) for column in zip(*cells, strict=True))
        room = self.width - len(INDENT)
        left = room - sum(widths) - 2 * len(widths)  # for the last column
        if any(any(map(str.isalpha, line[-1])) for line in cells[1:]) and left >= LEAST_ROOM:
            return self.wordy_table(cells, widths)
        parts = [lined_up(part) for part in in_parts(cells, room)]
        return "\n\n".join(_joined([INDENT + line for line in part]) for part in parts)

    def wordy_table(self, cells: list[list[str]], widths: list[int]) -> str:
        found = []
        for *numbers, last in cells:
            start = INDENT + "".join(
                f"{cell.rjust(width)}  " for cell, width in zip(numbers, widths, strict=True)
            )
            found += self.wrapped(last, start) or [start]
        return _joined(found)


def _in_bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m"


def _joined(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines)


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


def _flattened(math: Math) -> Math:
    """Return a row with the pieces of the rows in it."""
    found: list[Math] = []
    for piece in math.pieces if isinstance(math, Row) else (math,):
        plain = piece.plain if isinstance(piece, Either) else piece
        found += plain.pieces if isinstance(plain, Row) else (plain,)
    return _one(found)


def _one(pieces: list[Math]) -> Math:
    return pieces[0] if len(pieces) == 1 else row(*pieces)


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
