"""A document as Markdown, with mathematics between dollar signs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

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
from .latex import display, latex
from .pieces import Math

# a link is broken at its middle: a bracket with a backslash would begin mathematics for some
MARKDOWN_ESCAPES = str.maketrans({character: rf"\{character}" for character in "\\*_<`$&"})
LINK, NO_LINK = "](", "]&#40;"


def markdown(document: Document, pictures: Mapping[str, str]) -> str:
    """Return Markdown; `pictures` holds the path of each picture's file by name."""
    found = []
    for listed, blocks in passages(document.blocks):
        written = [_block(block, pictures) for block in blocks]
        if listed:  # an empty line between them would set its items apart
            written = ["\n".join(written)]
        found += [text for text in written if text]
    return "\n\n".join(found).rstrip("\n") + "\n"


def _block(block: Block, pictures: Mapping[str, str]) -> str:
    match block:
        case Heading(level, parts):
            return f"{'#' * level} {_inline(parts)}"
        case Paragraph(parts, bullet=True):
            return f"- {_inline(parts)}"
        case Paragraph(parts):
            return _inline(parts)
        case Display():
            return f"$$\n{display(block)}\n$$"
        case Table(header, rows):
            return _table(header, rows)
        case Picture(name, words) if name in pictures:
            return f"![{_words(words)}]({quote(pictures[name])})"
        case Picture():
            return ""
    raise TypeError(f"no Markdown for {type(block).__name__}")


def _inline(parts: Inline) -> str:
    return "".join(map(_part, parts))


def _part(part: Part) -> str:
    match part:
        case Math():
            return f"${latex(part).strip()}$"
        case Strong(text):
            return f"**{_words(text)}**"
    return _words(part)


def _words(text: str) -> str:
    """Return words with what Markdown would take for more than words written out."""
    return text.translate(MARKDOWN_ESCAPES).replace(LINK, NO_LINK)


def _table(header: tuple[Inline, ...], rows: tuple[tuple[Inline, ...], ...]) -> str:
    rule = _line(["---:"] * len(header))
    lines = [_line(map(_cell, cells)) for cells in (header, *rows)]
    return "\n".join([lines[0], rule, *lines[1:]])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(parts: Inline) -> str:
    return _inline(parts).replace("|", r"\|")
