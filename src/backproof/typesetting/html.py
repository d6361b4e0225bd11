"""A document as one HTML page: native MathML, its styles and pictures inside, nothing from
elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape

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
    tall,
    width,
)

STYLE = """
:root { color-scheme: light; }
body { font: 17px/1.5 "STIX Two Text", Cambria, Georgia, serif; color: #222; max-width: 50em; margin: 2em auto; padding: 0 1em; }
math { font-family: "STIX Two Math", "Cambria Math", "Latin Modern Math", "Noto Sans Math", math; }
h1, h2, h3 { line-height: 1.2; margin: 1.6em 0 .5em; break-after: avoid; }
h1 { font-size: 1.7em; } h2 { font-size: 1.3em; border-bottom: 1px solid #ccc; padding-bottom: .2em; } h3 { font-size: 1.08em; }
p { margin: .6em 0; } ul { margin: .4em 0; padding-left: 1.4em; }
.equation { display: flex; align-items: center; gap: 1em; margin: .8em 0; overflow-x: auto; break-inside: avoid; }
.equation > .body { flex: 1; padding: 3px 0; } .equation > .number { color: #666; }
mtable.lines > mtr > mtd { padding: .28em .15em; text-align: left; text-align: -moz-left; text-align: -webkit-left; }
mtable > mtr > mtd.right, mtable.lines > mtr > mtd:first-child { text-align: right; text-align: -moz-right; text-align: -webkit-right; }
mtable.grid, mtable.cases { math-style: normal; } mtable.grid > mtr > mtd { padding: .15em .45em; } mtd.label { color: #666; }
mtd.first { border-left: 1.3px solid; } mtd.last { border-right: 1.3px solid; }
mtd.first, mtd.last { --tick: linear-gradient(currentColor, currentColor); background-repeat: no-repeat; background-size: .35em 1.3px;
  -webkit-print-color-adjust: exact; print-color-adjust: exact; }
mtd.first.top { background-image: var(--tick); background-position: top left; }
mtd.last.top { background-image: var(--tick); background-position: top right; }
mtd.first.bottom { background-image: var(--tick); background-position: bottom left; }
mtd.last.bottom { background-image: var(--tick); background-position: bottom right; }
mtd.first.last.top { background-image: var(--tick), var(--tick); background-position: top left, top right; }
mtd.first.last.bottom { background-image: var(--tick), var(--tick); background-position: bottom left, bottom right; }
table { border-collapse: collapse; margin: .8em 0; break-inside: avoid; font-variant-numeric: tabular-nums; }
th, td { padding: .2em .7em; text-align: right; border-bottom: 1px solid #ddd; } th { border-bottom: 2px solid #888; }
td:first-child { white-space: nowrap; } td:last-child.text, th:last-child.text { text-align: left; }
mspace.blank { border-bottom: 1px solid #555; }
figure { margin: 1em 0; break-inside: avoid; } figure svg { max-width: 100%; height: auto; } figcaption { color: #555; font-size: .9em; }
@page { size: A4; margin: 18mm 16mm; }
@media print {
  body { font-size: 10.5pt; margin: 0; max-width: none; padding: 0; }
  .equation { overflow: visible; }
  .equation math { font-size: calc(100% * var(--fit, 1)); }
}
"""


PAGE = 42  # em across a printed page, beside the number of the equation
# in a notebook the page and its words are not ours to style
OWN = (".equation", "mtable", "mtd", "math", "table", "td", "th", "figure", "figcaption")


def _within(place: str, rule: str) -> str:
    """Return a rule of style that holds within a place only."""
    selectors, _, body = rule.partition("{")
    return (
        ", ".join(f"{place} {selector.strip()}" for selector in selectors.split(",")) + " {" + body
    )


def page(document: Document, pictures: Mapping[str, str]) -> str:
    """Return the whole page; `pictures` holds SVG by name."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(document.title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{fragment(document, pictures)}</body>\n</html>\n"
    )


def notebook(document: Document, pictures: Mapping[str, str]) -> str:
    """Return the document for a notebook, whose page has styles of its own."""
    rules = "\n".join(
        _within(".backproof", rule)
        for rule in re.findall(r"[^{}@\n][^{}@]*\{[^{}]*\}", STYLE)
        if rule.startswith(OWN)
    )
    return f'<div class="backproof"><style>{rules}</style>{fragment(document, pictures)}</div>'


def fragment(document: Document, pictures: Mapping[str, str]) -> str:
    """Return the body of the page."""
    found, listing = [], False
    for block in document.blocks:
        bullet = isinstance(block, Paragraph) and block.bullet
        if bullet != listing:
            found.append("<ul>" if bullet else "</ul>")
        listing = bullet
        found.append(_block(block, pictures))
    return "\n".join([*found, "</ul>"] if listing else found) + "\n"


def _block(block: Block, pictures: Mapping[str, str]) -> str:
    match block:
        case Heading(level, parts):
            return f"<h{level}>{inline(parts)}</h{level}>"
        case Paragraph(parts, bullet):
            return f"<li>{inline(parts)}</li>" if bullet else f"<p>{inline(parts)}</p>"
        case Display():
            return _display(block)
        case Table(header, rows):
            return _table(header, rows)
        case Picture(name, words):
            drawn = pictures.get(name, "")
            return (
                f"<figure>{drawn}<figcaption>{escape(words)}</figcaption></figure>" if drawn else ""
            )
    raise TypeError(f"no HTML for {type(block).__name__}")


def inline(parts: Inline) -> str:
    """Return words and mathematics among them."""
    return "".join(
        (
            f"<math>{mathml(part)}</math>"
            if isinstance(part, Math)
            else (
                f"<strong>{escape(part.text)}</strong>"
                if isinstance(part, Strong)
                else escape(part, quote=False)
            )
        )
        for part in parts
    )


def _display(block: Display) -> str:
    if not block.lines:
        return (
            '<div class="equation"><div class="body"><math'
            f' display="block">{mathml(block.left)}</math></div></div>'
        )
    lines = [
        f"<mtr><mtd>{mathml(block.left) if number == 0 else ''}</mtd><mtd><mo>{escape(relation)}</mo></mtd><mtd>{mathml(right)}</mtd></mtr>"
        for number, (relation, right) in enumerate(block.lines)
    ]
    number = f'<span class="number">({block.number})</span>' if block.number else ""
    whole = width(block.left) + max(width(right) for _, right in block.lines) + 2
    fit = f' style="--fit: {PAGE / whole:.2f}"' if whole > PAGE else ""
    body = (
        f'<math display="block"{fit}><mtable class="lines"'
        f' displaystyle="true">{"".join(lines)}</mtable></math>'
    )
    return f'<div class="equation"><div class="body">{body}</div>{number}</div>'


def _table(header: tuple[Inline, ...], rows: tuple[tuple[Inline, ...], ...]) -> str:
    def cells(kind: str, row: tuple[Inline, ...]) -> str:
        return "".join(f"<{kind}{_wordy(cell)}>{inline(cell)}</{kind}>" for cell in row)

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<table><thead><tr>{cells('th', header)}</tr></thead><tbody>{body}</tbody></table>"


def _wordy(cell: Inline) -> str:
    text = "".join(part for part in cell if isinstance(part, str))
    return ' class="text"' if any(map(str.isalpha, text)) else ""


def mathml(math: Math) -> str:
    """Return a piece as MathML Core."""
    match math:
        case Letter(text):
            return f"<mi>{escape(text)}</mi>" if text != "−" else "<mo form='prefix'>−</mo>"
        case Digits(text):
            return f"<mn>{escape(text)}</mn>"
        case Sign(text):
            return f"<mo>{escape(text)}</mo>"
        case Words(text):
            return f"<mtext>{escape(text.replace(' ', chr(0xA0)))}</mtext>"
        case Blank():
            return '<mspace class="blank" width="5em" height="1.7em" depth="0.1em"></mspace>'
        case Row(pieces):
            return f"<mrow>{''.join(map(mathml, pieces))}</mrow>"
        case Group(of):
            stretchy = "" if tall(of) else ' stretchy="false"'
            return f"<mrow><mo{stretchy}>(</mo>{mathml(of)}<mo{stretchy}>)</mo></mrow>"
        case Script(of, None, None):
            return mathml(of)
        case Script(of, below, above):
            kind = "msubsup" if below and above else "msub" if below else "msup"
            return (
                f"<{kind}>{''.join(mathml(part) for part in (of, below, above) if part)}</{kind}>"
            )
        case Fraction(top, bottom):
            return f"<mfrac>{mathml(top)}{mathml(bottom)}</mfrac>"
        case Root(of):
            return f"<msqrt>{mathml(of)}</msqrt>"
        case Either(_, drawn):
            return mathml(drawn)
        case Grid(rows, labels):
            return (
                _labelled(rows, labels)
                if labels
                else f"<mrow><mo>[</mo>{_cells('grid', rows)}<mo>]</mo></mrow>"
            )
        case Choice(branches):
            return f"<mrow><mo>{{</mo>{_cells('cases', branches)}</mrow>"
        case Brace(of, words):
            return f"<munder><munder>{mathml(of)}<mo>⏟</mo></munder><mtext>{escape(words)}</mtext></munder>"
        case Big(below, above, of):
            limits = f"<mo>∑</mo>{mathml(below)}"
            total = (
                f"<munderover>{limits}{mathml(above)}</munderover>"
                if above != Row(())
                else f"<munder>{limits}</munder>"
            )
            return f"<mrow>{total}{mathml(of)}</mrow>"
        case Arrow(over):
            return (
                "<mover><mo stretchy='true'>→</mo><mpadded width='+1em'"
                f" lspace='.5em'>{mathml(over)}</mpadded></mover>"
            )
    raise TypeError(f"no MathML for {type(math).__name__}")


def _cells(kind: str, rows: Iterable[Iterable[Math]]) -> str:
    lines = "".join(
        f"<mtr>{''.join(f'<mtd{_side(cell)}>{mathml(cell)}</mtd>' for cell in cells)}</mtr>"
        for cells in rows
    )
    return f'<mtable class="{kind}">{lines}</mtable>'


def _side(cell: Math) -> str:
    return ' class="right"' if isinstance(cell, (Digits, Either)) else ""


def _labelled(rows: tuple[tuple[Math, ...], ...], labels: tuple[str, ...]) -> str:
    """Return a matrix with a label before each row: one table, so that they stand level, whose
    brackets are borders.
    """
    lines = []
    for i, cells in enumerate(rows):
        found = [f'<mtd class="label right"><mtext>{escape(labels[i])}</mtext></mtd>']
        for j, cell in enumerate(cells):
            marks = (
                ["right"] * isinstance(cell, (Digits, Either))
                + ["first"] * (j == 0)
                + ["last"] * (j == len(cells) - 1)
            )
            marks += ["top"] * (i == 0) + ["bottom"] * (i == len(rows) - 1)
            found.append(f'<mtd class="{" ".join(marks)}">{mathml(cell)}</mtd>')
        lines.append(f"<mtr>{''.join(found)}</mtr>")
    return f'<mtable class="grid">{"".join(lines)}</mtable>'
