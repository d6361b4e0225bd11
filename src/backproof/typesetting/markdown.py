"""A document as Markdown, with mathematics between dollar signs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .document import Block, Display, Document, Heading, Inline, Paragraph, Picture, Strong, Table
from .latex import display, latex
from .pieces import Math


def markdown(document: Document, pictures: Mapping[str, str]) -> str:
    """Return Markdown; `pictures` holds the path of each picture's file by name."""
    found = []
    blocks = document.blocks
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        close = (
            isinstance(block, Paragraph)
            and isinstance(following, Paragraph)
            and block.bullet
            and following.bullet
        )
        text = _markdown_block(block, pictures)
        if text:
            found.append(text + ("\n" if close else "\n\n"))
    return "".join(found).rstrip("\n") + "\n"


def _markdown_block(block: Block, pictures: Mapping[str, str]) -> str:
    match block:
        case Heading(level, parts):
            return f"{'#' * level} {_markdown_inline(parts)}"
        case Paragraph(parts, bullet):
            return ("- " if bullet else "") + _markdown_inline(parts)
        case Display():
            return f"$$\n{display(block)}\n$$"
        case Table(header, rows):
            return _markdown_table(header, rows)
        case Picture(name, words):
            return f"![{words}]({pictures[name]})" if name in pictures else ""
    raise TypeError(f"no Markdown for {type(block).__name__}")


def _markdown_inline(parts: Inline) -> str:
    return "".join(
        (
            f"${latex(part).strip()}$"
            if isinstance(part, Math)
            else (
                f"**{part.text}**"
                if isinstance(part, Strong)
                else part.replace("*", r"\*").replace("_", r"\_").replace("<", r"\<")
            )
        )
        for part in parts
    )


def _markdown_table(header: tuple[Inline, ...], rows: tuple[tuple[Inline, ...], ...]) -> str:
    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cells)} |"

    def cell(parts: Inline) -> str:
        return _markdown_inline(parts).replace("|", r"\|")

    return "\n".join(
        [
            line(map(cell, header)),
            line(["---:"] * len(header)),
            *(line(map(cell, row)) for row in rows),
        ]
    )
