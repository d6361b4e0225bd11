"""Mathematics as lines of text: matrices and cases are drawn, formulas are in the names of the
program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
)

GAP = "  "  # between the columns of a matrix


@dataclass(frozen=True)
class Box:
    """Lines of one length, and which of them stands level with the text around."""

    lines: tuple[str, ...]
    level: int = 0

    @property
    def width(self) -> int:
        """The length of its lines."""
        return len(self.lines[0])

    def line(self, below: int) -> str:
        """Return the line so far below its level, blank where it has none."""
        place = self.level + below
        if 0 <= place < len(self.lines):
            return self.lines[place]
        return " " * self.width


def text_box(text: str) -> Box:
    """Return a text as one line."""
    return Box((text,))


def beside(*boxes: Box) -> Box:
    """Return boxes side by side, their levels in line."""
    above = max((box.level for box in boxes), default=0)
    below = max((len(box.lines) - box.level for box in boxes), default=1)
    lines = ["".join(box.line(number) for box in boxes) for number in range(-above, below)]
    return Box(tuple(lines), above)


def box(math: Math) -> Box:  # noqa: C901  (one match, a case for each kind)
    """Return a piece as lines of text."""
    match math:
        case Letter(text) | Digits(text) | Words(text):
            return text_box(text)
        case Sign(","):
            return text_box(", ")
        case Sign(text):
            return text_box(f" {text} ")
        case Row(pieces):
            return beside(*map(box, pieces))
        case Group(of):
            return _group(of)
        case Script(of, below, above):
            return beside(box(of), *_scripts(below, above))
        case Fraction(top, bottom):
            return beside(box(top), text_box("/"), box(bottom))
        case Root(of):
            return beside(text_box("√"), box(Group(of)))
        case Either(one_line, _):
            return box(one_line)
        case Blank():
            return text_box("________")
        case Grid(rows, labels):
            return _grid(rows, labels)
        case Choice(branches):
            return _choice(branches)
        case Brace(of, words):
            return beside(box(of), text_box(f" ({words})"))
        case Big(below, above, of):
            limits = box(below).lines[0].replace(" ", "")
            if above != Row(()):
                limits += f"…{box(above).lines[0]}"
            return beside(text_box(f"Σ[{limits}] "), box(of))
        case Arrow(over):
            return text_box(f" ──{box(over).lines[0]}─→ ")
    raise TypeError(f"no text for {type(math).__name__}")


def one_line(math: Math) -> str:
    """Return a piece on one line (matrices as their rows)."""
    return " ".join(line.strip() for line in box(math).lines)


def _scripts(below: Math | None, above: Math | None) -> list[Box]:
    scripts = []
    if below:
        scripts += [text_box("_"), box(below)]
    if isinstance(above, Either):  # its plain form has the sign, or needs none: ^2, ᵀ
        scripts.append(box(above))
    elif above:
        scripts += [text_box("^"), box(above)]
    return scripts


def _group(of: Math) -> Box:
    inner = box(of)
    if len(inner.lines) == 1 or isinstance(of, Grid):
        return beside(text_box("("), inner, text_box(")"))
    n = len(inner.lines)
    return _fenced(_fence("⎛", "⎜", "⎝", n), inner, _fence("⎞", "⎟", "⎠", n))


def _choice(branches: Sequence[tuple[Math, Math]]) -> Box:
    inner = _columns(branches, str.ljust)
    n = len(inner.lines)
    return _fenced(_brace(n), inner, [" "] * n)


def _grid(rows: Sequence[Sequence[Math]], labels: Sequence[str]) -> Box:
    fenced = _bracketed(_columns(rows, str.rjust))
    if not labels:
        return fenced
    width = max(map(len, labels))
    pairs = zip(labels, fenced.lines, strict=True)
    return Box(tuple(f"{label.rjust(width)} {line}" for label, line in pairs), fenced.level)


def _bracketed(inner: Box) -> Box:
    n = len(inner.lines)
    if n == 1:
        return Box((f"[ {inner.lines[0]} ]",))
    return _fenced(_fence("⎡ ", "⎢ ", "⎣ ", n), inner, _fence(" ⎤", " ⎥", " ⎦", n))


def _columns(rows: Sequence[Sequence[Math]], justified: Callable[[str, int], str]) -> Box:
    """Return pieces lined up in columns, each justified to the width of its column."""
    boxes = [[box(cell) for cell in cells] for cells in rows]
    widths = [max(cell.width for cell in column) for column in zip(*boxes, strict=True)]
    lines: list[str] = []
    for cells in boxes:
        spaced = []
        for cell, width in zip(cells, widths, strict=True):
            filled = tuple(justified(line, width) for line in cell.lines)
            spaced += [text_box(GAP), Box(filled, cell.level)]
        lines += beside(*spaced[1:]).lines
    return Box(tuple(lines), (len(lines) - 1) // 2)


def _fenced(left: Sequence[str], inner: Box, right: Sequence[str]) -> Box:
    """Return a box between what stands before and after each of its lines."""
    lines = [f"{a}{line}{b}" for a, line, b in zip(left, inner.lines, right, strict=True)]
    return Box(tuple(lines), inner.level)


def _fence(top: str, middle: str, bottom: str, n: int) -> list[str]:
    """Return a parenthesis or bracket over n lines, two or more."""
    return [top, *[middle] * (n - 2), bottom]


def _brace(n: int) -> list[str]:
    """Return a brace over n lines."""
    if n == 2:  # too few for its top, its point and its foot
        return ["⎨", "⎩"]
    lines = ["⎪"] * n
    lines[n // 2] = "⎨"
    lines[-1] = "⎩"
    lines[0] = "⎧"
    return lines
