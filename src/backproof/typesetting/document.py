"""A document of words and mathematics, before it is a page: headings, paragraphs, displayed
equations, tables, pictures.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..parsing import parse
from .notation import Notation
from .pieces import Math, Sign, row


@dataclass(frozen=True)
class Strong:
    """Words that carry the main thought."""

    text: str


Part = str | Math | Strong
Inline = tuple[Part, ...]


@dataclass(frozen=True)
class Heading:
    """The title of a part; level 1 is the document's own."""

    level: int
    parts: Inline


@dataclass(frozen=True)
class Paragraph:
    """Words with mathematics among them; `bullet` puts it in a list."""

    parts: Inline
    bullet: bool = False


@dataclass(frozen=True)
class Display:
    """An equation over several lines: what stands at the left, then (relation, right side) of each
    line.

    `number` is that of the equation in the field's list, 0 for none.
    """

    left: Math
    lines: tuple[tuple[str, Math], ...]
    number: int = 0


@dataclass(frozen=True)
class Table:
    """Cells in columns; numbers stand at the right."""

    header: tuple[Inline, ...]
    rows: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A picture by its name, with what it shows in words."""

    name: str
    words: str


Block = Heading | Paragraph | Display | Table | Picture


@dataclass
class Document:
    """Blocks in their order, and the notation in which the words among them name quantities."""

    notation: Notation
    blocks: list[Block] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The words of the first heading."""
        first = next(block for block in self.blocks if isinstance(block, Heading))
        return "".join(part for part in first.parts if isinstance(part, str))

    def heading(self, level: int, text: str) -> None:
        """Add a heading; formulas in it as in `say`."""
        self.blocks.append(Heading(level, self.inline(text)))

    def say(self, *texts: str | Math, bullet: bool = False) -> None:
        """Add a paragraph; in its texts `` `delta2` `` is a formula and ``**…**`` carries the main
        thought.
        """
        self.blocks.append(Paragraph(self.inline(*texts), bullet))

    def inline(self, *texts: str | Math) -> Inline:
        """Return texts with what they mark as formulas."""
        found: list[Part] = []
        for text in texts:
            if isinstance(text, Math):
                found.append(text)
            else:
                found += self._marked(text)
        return tuple(found)

    def _marked(self, text: str) -> Iterator[Part]:
        for piece in re.split(r"(`[^`]+`|\*\*.+?\*\*)", text):
            if piece.startswith("`"):
                yield self._formula(piece.strip("`"))
            elif piece.startswith("**"):
                yield Strong(piece.strip("*"))
            elif piece:
                yield minus(piece)

    def _formula(self, text: str) -> Math:
        left, equals, right = text.partition(" = ")
        if not equals:
            return self.notation.math(parse(left))
        return row(self.notation.math(parse(left)), Sign("="), self.notation.math(parse(right)))

    def show(self, left: Math, lines: Sequence[Math | tuple[str, Math]], number: int = 0) -> None:
        """Add a displayed equation; a line without a relation is an equality."""
        pairs = tuple(("=", line) if isinstance(line, Math) else line for line in lines)
        self.blocks.append(Display(left, pairs, number))

    def table(self, header: Sequence[str | Math], rows: Sequence[Sequence[str | Math]]) -> None:
        """Add a table; formulas in its cells as in `say`."""
        lines = tuple(tuple(map(self.inline, cells)) for cells in rows)
        self.blocks.append(Table(tuple(map(self.inline, header)), lines))

    def picture(self, name: str, words: str) -> None:
        """Add a picture."""
        self.blocks.append(Picture(name, words))


def minus(text: str) -> str:
    """Return a text with true minus signs before its numbers."""
    return re.sub(r"(?<![\w`])-(?=\d)", "−", text)


def passages(blocks: Iterable[Block]) -> Iterator[tuple[bool, list[Block]]]:
    """Yield blocks in passages, each with whether it is a list: the items of one list together, and
    what stands between lists.
    """
    for listed, passage in itertools.groupby(blocks, _is_item):
        yield listed, list(passage)


def _is_item(block: Block) -> bool:
    return isinstance(block, Paragraph) and block.bullet
