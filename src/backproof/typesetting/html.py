"""A document as one HTML page: native MathML, its styles and pictures inside, nothing from
elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from ..prose import comma_list
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
from .mathml import mathml
from .pieces import Math, width

# a line of the style that goes on in the next one ends with a backslash here
STYLE = """
:root { color-scheme: light; }
body { font: 17px/1.5 "STIX Two Text", Cambria, Georgia, serif; color: #222; max-width: 50em;\
 margin: 2em auto; padding: 0 1em; }
math { font-family: "STIX Two Math", "Cambria Math", "Latin Modern Math", "Noto Sans Math", math; }
h1, h2, h3 { line-height: 1.2; margin: 1.6em 0 .5em; break-after: avoid; }
h1 { font-size: 1.7em; }\
 h2 { font-size: 1.3em; border-bottom: 1px solid #ccc; padding-bottom: .2em; }\
 h3 { font-size: 1.08em; }
p { margin: .6em 0; } ul { margin: .4em 0; padding-left: 1.4em; }
.equation { display: flex; align-items: center; gap: 1em; margin: .8em 0; overflow-x: auto;\
 break-inside: avoid; }
.equation > .body { flex: 1; padding: 3px 0; } .equation > .number { color: #666; }
mtable.lines > mtr > mtd { padding: .28em .15em;\
 text-align: left; text-align: -moz-left; text-align: -webkit-left; }
mtable > mtr > mtd.right, mtable.lines > mtr > mtd:first-child {\
 text-align: right; text-align: -moz-right; text-align: -webkit-right; }
mtable.grid, mtable.cases { math-style: normal; }\
 mtable.grid > mtr > mtd { padding: .15em .45em; } mtd.label { color: #666; white-space: nowrap; }
mtd.first { border-left: 1.3px solid; } mtd.last { border-right: 1.3px solid; }
mtd.first, mtd.last { --tick: linear-gradient(currentColor, currentColor);\
 background-repeat: no-repeat; background-size: .35em 1.3px;
  -webkit-print-color-adjust: exact; print-color-adjust: exact; }
mtd.first.top { background-image: var(--tick); background-position: top left; }
mtd.last.top { background-image: var(--tick); background-position: top right; }
mtd.first.bottom { background-image: var(--tick); background-position: bottom left; }
mtd.last.bottom { background-image: var(--tick); background-position: bottom right; }
mtd.first.last.top { background-image: var(--tick), var(--tick);\
 background-position: top left, top right; }
mtd.first.last.bottom { background-image: var(--tick), var(--tick);\
 background-position: bottom left, bottom right; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .8em 0; break-inside: avoid;\
 font-variant-numeric: tabular-nums; }
th, td { padding: .2em .7em; text-align: right; border-bottom: 1px solid #ddd; }\
 th { border-bottom: 2px solid #888; }
td:first-child { white-space: nowrap; }\
 td:last-child.text, th:last-child.text { text-align: left; }
mspace.blank { border-bottom: 1px solid #555; }
figure { margin: 1em 0; break-inside: avoid; }\
 figure svg { max-width: 100%; height: auto; } figcaption { color: #555; font-size: .9em; }
@page { size: A4; margin: 18mm 16mm; }
@media print {
  body { font-size: 10.5pt; margin: 0; max-width: none; padding: 0; }
  .equation, .wide { overflow: visible; }
  .equation math { font-size: calc(100% * var(--fit, 1)); }
}
"""

PAGE = 42  # em across a printed page, beside the number of the equation
# in a notebook the page and its words are not ours to style
OWN = (".equation", ".wide", "mtable", "mtd", "math", "table", "td", "th", "figure", "figcaption")


def page(document: Document, pictures: Mapping[str, str]) -> str:
    """Return the whole page; `pictures` holds SVG by name."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(document.title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{_body(document, pictures)}</body>\n</html>\n"
    )


def notebook(document: Document, pictures: Mapping[str, str]) -> str:
    """Return the document for a notebook, whose page has styles of its own."""
    on_screen, _, _ = STYLE.partition("@page")
    rules = map(str.strip, re.findall(r"[^{}]+\{[^{}]*\}", on_screen))
    own = [_within(".backproof", rule) for rule in rules if rule.startswith(OWN)]
    style = "\n".join(own)
    return f'<div class="backproof"><style>{style}</style>{_body(document, pictures)}</div>'


def _within(place: str, rule: str) -> str:
    """Return a rule of style that holds within a place only."""
    selectors, _, body = rule.partition("{")
    placed = [f"{place} {selector.strip()}" for selector in selectors.split(",")]
    return f"{comma_list(placed)} {{{body}"


def _body(document: Document, pictures: Mapping[str, str]) -> str:
    found = []
    for listed, blocks in passages(document.blocks):
        drawn = [_block(block, pictures) for block in blocks]
        if listed:
            drawn = ["<ul>", *drawn, "</ul>"]
        found += drawn
    return "\n".join(found) + "\n"


def _block(block: Block, pictures: Mapping[str, str]) -> str:
    match block:
        case Heading(level, parts):
            return f"<h{level}>{_inline(parts)}</h{level}>"
        case Paragraph(parts, bullet=True):
            return f"<li>{_inline(parts)}</li>"
        case Paragraph(parts):
            return f"<p>{_inline(parts)}</p>"
        case Display():
            return _display(block)
        case Table(header, rows):
            return _table(header, rows)
        case Picture(name, words) if name in pictures:
            caption = f"<figcaption>{escape(words)}</figcaption>"
            return f"<figure>{pictures[name]}{caption}</figure>"
        case Picture():
            return ""
    raise TypeError(f"no HTML for {type(block).__name__}")


def _inline(parts: Inline) -> str:
    return "".join(map(_part, parts))


def _part(part: Part) -> str:
    match part:
        case Math():
            return f"<math>{mathml(part)}</math>"
        case Strong(text):
            return f"<strong>{escape(text)}</strong>"
    return escape(part, quote=False)


def _display(block: Display) -> str:
    left = mathml(block.left)
    if not block.lines:
        return _equation(f'<math display="block">{left}</math>')
    lines = []
    for relation, right in block.lines:
        cells = [left, f"<mo>{escape(relation)}</mo>", mathml(right)]
        lines.append(f"<mtr><mtd>{'</mtd><mtd>'.join(cells)}</mtd></mtr>")
        left = ""  # it stands in the first line only
    table = f'<mtable class="lines" displaystyle="true">{"".join(lines)}</mtable>'
    number = f'<span class="number">({block.number})</span>' if block.number else ""
    return _equation(f'<math display="block"{_fit(block)}>{table}</math>', number)


def _fit(block: Display) -> str:
    """Return how much smaller a display is printed so that it fits the page, as a style."""
    whole = width(block.left) + max(width(right) for _, right in block.lines) + 2
    if whole <= PAGE:
        return ""
    return f' style="--fit: {PAGE / whole:.2f}"'


def _equation(math: str, number: str = "") -> str:
    return f'<div class="equation"><div class="body">{math}</div>{number}</div>'


def _table(header: tuple[Inline, ...], rows: tuple[tuple[Inline, ...], ...]) -> str:
    head = _row("th", header)
    body = "".join(_row("td", cells) for cells in rows)
    table = f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"
    return f'<div class="wide">{table}</div>'


def _row(kind: str, cells: tuple[Inline, ...]) -> str:
    drawn = [f"<{kind}{_class_of(cell)}>{_inline(cell)}</{kind}>" for cell in cells]
    return f"<tr>{''.join(drawn)}</tr>"


def _class_of(cell: Inline) -> str:
    """Return what tells the style that words stand in a cell, and not only numbers."""
    text = "".join(part for part in cell if isinstance(part, str))
    return ' class="text"' if any(map(str.isalpha, text)) else ""
