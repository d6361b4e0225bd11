"""A document as plain text for a terminal of 80 columns: matrices are drawn in lines, formulas in
the names of the program.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from .document import Block, Display, Document, Heading, Inline, Paragraph, Picture, Strong, Table
from .pieces import (
    Arrow,
    Big,
    Blank,
    Brace,
    Choice,
    Digits,
    Either,
    Fraction,
    Grid,
    Group,
    Letter,
    Math,
    Root,
    Row,
    Script,
    Sign,
    Words,
    row,
)

WIDTH = 80
INDENT = "  "


@dataclass(frozen=True)
class Box:
    """Lines of one length, and which of them stands level with the text around."""

    lines: tuple[str, ...]
    level: int

    @property
    def width(self) -> int:
        """The length of its lines."""
        return len(self.lines[0])


def beside(boxes: list[Box]) -> Box:
    """Return boxes side by side, their levels in line."""
    above = max((box.level for box in boxes), default=0)
    below = max((len(box.lines) - box.level for box in boxes), default=1)
    lines = []
    for number in range(-above, below):
        parts = [
            (
                box.lines[box.level + number]
                if 0 <= box.level + number < len(box.lines)
                else " " * box.width
            )
            for box in boxes
        ]
        lines.append("".join(parts))
    return Box(tuple(lines), above)


def _text(text: str) -> Box:
    return Box((text,), 0)


def box(math: Math) -> Box:
    """Return a piece as lines of text."""
    match math:
        case Letter(text) | Digits(text) | Words(text):
            return _text(text)
        case Sign(text):
            return _text(f"{text} " if text == "," else f" {text} ")
        case Row(pieces):
            return beside([box(piece) for piece in pieces]) if pieces else _text("")
        case Group(of):
            inner = box(of)
            return (
                beside([_text("("), inner, _text(")")])
                if len(inner.lines) == 1 or isinstance(of, Grid)
                else _fenced(inner, "⎛⎜⎝", "⎞⎟⎠")
            )
        case Script(of, below, above):
            low = [_text("_"), box(below)] if below else []
            high = (
                []
                if above is None
                else [box(above)]
                if isinstance(above, Either)
                else [_text("^"), box(above)]
            )
            return beside([box(of), *low, *high])
        case Fraction(top, bottom):
            return beside([box(top), _text("/"), box(bottom)])
        case Root(of):
            return beside([_text("√"), box(Group(of))])
        case Either(plain, _):
            return box(plain)
        case Blank():
            return _text("________")
        case Grid(rows, labels):
            return _grid(rows, labels)
        case Choice(branches):
            return _fenced(
                _columns([[box(v), box(c)] for v, c in branches], "  ", left=True), "⎧⎨⎩", "   "
            )
        case Brace(of, words):
            return beside([box(of), _text(f" ({words})")])
        case Big(below, above, of):
            limits = box(below).lines[0].replace(" ", "") + (
                f"…{box(above).lines[0]}" if above != Row(()) else ""
            )
            return beside([_text(f"Σ[{limits}] "), box(of)])
        case Arrow(over):
            return _text(f" ──{box(over).lines[0]}─→ ")
    raise TypeError(f"no text for {type(math).__name__}")


def _columns(rows: list[list[Box]], gap: str, left: bool = False) -> Box:
    """Return boxes lined up in columns, cells at the right."""
    widths = [max(cells[j].width for cells in rows) for j in range(len(rows[0]))]
    lines: list[str] = []
    for cells in rows:
        padded = []
        for cell, width in zip(cells, widths, strict=True):
            padded.append(
                Box(
                    tuple(line.ljust(width) if left else line.rjust(width) for line in cell.lines),
                    cell.level,
                )
            )
        spaced = [part for cell in padded for part in (cell, _text(gap))][:-1]
        lines += beside(spaced).lines
    return Box(tuple(lines), (len(lines) - 1) // 2)


def _fenced(inner: Box, left: str, right: str) -> Box:
    n = len(inner.lines)

    def edge(parts: str, number: int) -> str:
        if parts.isspace():
            return " "
        if len(parts) == 3 and parts in ("⎧⎨⎩",):
            return (
                "⎨"
                if n == 2 and number == 0
                else (
                    "⎧"
                    if number == 0
                    else "⎩"
                    if number == n - 1
                    else "⎨"
                    if number == n // 2
                    else "⎪"
                )
            )
        return parts[0] if number == 0 else parts[2] if number == n - 1 else parts[1]

    lines = [
        f"{edge(left, number)}{line}{edge(right, number)}"
        for number, line in enumerate(inner.lines)
    ]
    return Box(tuple(lines), inner.level)


def _grid(rows: tuple[tuple[Math, ...], ...], labels: tuple[str, ...]) -> Box:
    inner = _columns([[box(cell) for cell in cells] for cells in rows], "  ")
    inner = Box(tuple(f" {line} " for line in inner.lines), inner.level)
    fenced = (
        _fenced(inner, "⎡⎢⎣", "⎤⎥⎦") if len(inner.lines) > 1 else Box((f"[{inner.lines[0]}]",), 0)
    )
    if not labels:
        return fenced
    wide = max(map(len, labels))
    return Box(
        tuple(
            f"{label.rjust(wide)} {line}" for label, line in zip(labels, fenced.lines, strict=True)
        ),
        fenced.level,
    )


def plain(math: Math) -> str:
    """Return a piece on one line (matrices as their rows)."""
    return " ".join(line.strip() for line in box(math).lines)


def terminal(document: Document, bold: bool = False) -> str:
    """Return the document as text; `bold` marks headings and main thoughts for a terminal that can."""
    blocks = [block for block in document.blocks if not isinstance(block, Picture)]
    found = []
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        closes = (
            isinstance(block, Paragraph)
            and block.bullet
            and not (isinstance(following, Paragraph) and following.bullet)
        )
        found.append(_block(block, bold) + "\n" * closes)
    return "\n".join(found).rstrip("\n") + "\n"


def _strong(text: str, bold: bool) -> str:
    return f"\x1b[1m{text}\x1b[0m" if bold else text


def _block(block: Block, bold: bool) -> str:
    match block:
        case Heading(1, parts):
            text = inline(parts)
            return f"{_strong(text, bold)}\n{'═' * min(len(text), WIDTH)}\n"
        case Heading(_, parts):
            text = inline(parts)
            return f"\n{_strong(text, bold)}\n{'─' * min(len(text), WIDTH)}\n"
        case Paragraph(parts, bullet):
            return _wrapped(inline(parts), "- " if bullet else "", bold) + ("" if bullet else "\n")
        case Display():
            return _display(block) + "\n"
        case Table(header, rows):
            return _table(header, rows) + "\n"
    raise TypeError(f"no text for {type(block).__name__}")


def inline(parts: Inline) -> str:
    """Return words and formulas on one line; strong words between asterisks."""
    return "".join(
        (
            plain(part)
            if isinstance(part, Math)
            else f"*{part.text}*"
            if isinstance(part, Strong)
            else part
        )
        for part in parts
    )


def _wrapped(text: str, start: str, bold: bool) -> str:
    lines = textwrap.fill(
        text,
        WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )
    if bold:
        pieces = lines.split("*")
        lines = (
            "".join(
                _strong(piece, True) if number % 2 else piece for number, piece in enumerate(pieces)
            )
            if len(pieces) % 2
            else lines
        )
    return lines


def _display(block: Display) -> str:
    left = box(block.left)
    number = f"({block.number})" if block.number else ""
    found = [] if block.lines else [INDENT + line for line in left.lines]
    for place, (relation, right) in enumerate(block.lines):
        head = left if place == 0 else _text(" " * min(left.width, 8))
        found += _fitted(head, relation, right, number if place == 0 else "")
    return "\n".join(line.rstrip() for line in found)


def _fitted(head: Box, relation: str, right: Math, number: str) -> list[str]:
    """Return one line of an equation: side by side if that fits, else what doesn't fit below."""
    whole = beside([_text(INDENT), head, _text(f" {relation} "), box(right)])
    if whole.width <= WIDTH - (len(number) + 1 if number else 0):
        lines = list(whole.lines)
        lines[whole.level] = (
            lines[whole.level].rstrip().ljust(WIDTH - len(number)) + number
            if number
            else lines[whole.level]
        )
        return lines
    first = f"{INDENT}{head.lines[head.level]} {relation}"
    lines = [first.ljust(WIDTH - len(number)) + number if number else first]
    for sign, piece in _split(right):
        inner = box(piece)
        start = INDENT * 2 + (f"{sign} " if sign else "  ")
        if inner.width <= WIDTH - len(start):
            lines += beside([_text(start), inner]).lines
        elif isinstance(piece, Grid):
            lines += _long_grid(piece, start)
        else:
            lines += textwrap.wrap(
                plain(piece),
                WIDTH,
                initial_indent=start,
                subsequent_indent=" " * len(start),
                break_on_hyphens=False,
            )
    return lines


def _split(math: Math) -> list[tuple[str, Math]]:
    """Return the pieces of a row between its operators, each with the operator before it."""
    if not isinstance(math, Row):
        return [("", math)]
    found: list[tuple[str, list[Math]]] = [("", [])]
    for piece in math.pieces:
        if isinstance(piece, Sign):
            found.append((piece.text, []))
        elif isinstance(piece, Row) and not found[-1][1] and len(piece.pieces) > 1:
            inner = _split(piece)
            found[-1] = (found[-1][0], [inner[0][1]])
            found += [(sign, [part]) for sign, part in inner[1:]]
        else:
            found[-1][1].append(piece)
    return [
        (sign, pieces[0] if len(pieces) == 1 else row(*pieces)) for sign, pieces in found if pieces
    ]


def _long_grid(grid: Grid, start: str) -> list[str]:
    """Return a matrix too wide for the page: an entry a line, by its row (label) and column."""
    found: list[str] = []
    for i, cells in enumerate(grid.rows):
        for j, cell in enumerate(cells):
            row_name = (
                grid.labels[i] if grid.labels else f"row {i + 1}" if len(grid.rows) > 1 else ""
            )
            where = (
                ", ".join([row_name] * bool(row_name) + [f"column {j + 1}"] * (len(cells) > 1))
                + ": "
            )
            first = start if not found else " " * len(start)
            found += textwrap.wrap(
                where + plain(cell),
                WIDTH,
                initial_indent=first,
                subsequent_indent=" " * (len(start) + 4),
                break_on_hyphens=False,
            )
    return found


def _table(header: tuple[Inline, ...], rows: tuple[tuple[Inline, ...], ...]) -> str:
    cells = [[inline(cell) for cell in row] for row in (header, *rows)]
    last = len(header) - 1
    wordy = any(any(map(str.isalpha, line[last])) for line in cells[1:])
    widths = [max(len(line[j]) for line in cells) for j in range(len(header))]
    room = WIDTH - len(INDENT) - sum(widths[:-1]) - 2 * last
    found = []
    for line in cells:
        start = INDENT + "".join(
            cell.rjust(width) + "  " for cell, width in zip(line[:-1], widths[:-1], strict=True)
        )
        if wordy and room >= 12:
            found += textwrap.wrap(
                line[-1],
                WIDTH,
                initial_indent=start,
                subsequent_indent=" " * len(start),
                break_on_hyphens=False,
            ) or [start]
        else:
            found.append(start + line[-1].rjust(widths[-1]))
    return "\n".join(line.rstrip() for line in found)
