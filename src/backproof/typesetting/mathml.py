"""Mathematics as MathML Core, which browsers draw themselves."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

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
)

NO_BREAK_SPACE = "\u00a0"  # browsers drop a plain space at either end of words in mathematics


def mathml(math: Math) -> str:  # noqa: C901  (one match, a case for each kind)
    """Return a piece as MathML Core."""
    match math:
        case Letter("−"):
            return "<mo form='prefix'>−</mo>"
        case Letter(text):
            return f"<mi>{escape(text)}</mi>"
        case Digits(text):
            return f"<mn>{escape(text)}</mn>"
        case Sign(text):
            return f"<mo>{escape(text)}</mo>"
        case Words(text):
            return f"<mtext>{escape(text.replace(' ', NO_BREAK_SPACE))}</mtext>"
        case Blank():
            return '<mspace class="blank" width="5em" height="1.7em" depth="0.1em"></mspace>'
        case Row(pieces):
            return f"<mrow>{''.join(map(mathml, pieces))}</mrow>"
        case Group(of):
            stretchy = "" if tall(of) else ' stretchy="false"'
            return f"<mrow><mo{stretchy}>(</mo>{mathml(of)}<mo{stretchy}>)</mo></mrow>"
        case Script(of, below, above):
            return _script(of, below, above)
        case Fraction(top, bottom):
            return f"<mfrac>{mathml(top)}{mathml(bottom)}</mfrac>"
        case Root(of):
            return f"<msqrt>{mathml(of)}</msqrt>"
        case Either(_, drawn):
            return mathml(drawn)
        case Grid(rows, ()):
            return f"<mrow><mo>[</mo>{_table('grid', rows)}<mo>]</mo></mrow>"
        case Grid(rows, labels):
            return _labelled(rows, labels)
        case Choice(branches):
            return f"<mrow><mo>{{</mo>{_table('cases', branches)}</mrow>"
        case Brace(of, words):
            braced = f"<munder>{mathml(of)}<mo>⏟</mo></munder>"
            return f"<munder>{braced}<mtext>{escape(words)}</mtext></munder>"
        case Big(below, Row(()), of):
            return f"<mrow><munder><mo>∑</mo>{mathml(below)}</munder>{mathml(of)}</mrow>"
        case Big(below, above, of):
            limits = f"<munderover><mo>∑</mo>{mathml(below)}{mathml(above)}</munderover>"
            return f"<mrow>{limits}{mathml(of)}</mrow>"
        case Arrow(over):
            padded = f"<mpadded width='+1em' lspace='.5em'>{mathml(over)}</mpadded>"
            return f"<mover><mo stretchy='true'>→</mo>{padded}</mover>"
    raise TypeError(f"no MathML for {type(math).__name__}")


def _script(of: Math, below: Math | None, above: Math | None) -> str:
    if below and above:
        return f"<msubsup>{mathml(of)}{mathml(below)}{mathml(above)}</msubsup>"
    if below:
        return f"<msub>{mathml(of)}{mathml(below)}</msub>"
    if above:
        return f"<msup>{mathml(of)}{mathml(above)}</msup>"
    return mathml(of)


def _table(kind: str, rows: Sequence[Sequence[Math]]) -> str:
    lines = "".join(f"<mtr>{''.join(map(_cell, cells))}</mtr>" for cells in rows)
    return f'<mtable class="{kind}">{lines}</mtable>'


def _cell(cell: Math) -> str:
    if _is_number(cell):
        return f'<mtd class="right">{mathml(cell)}</mtd>'
    return f"<mtd>{mathml(cell)}</mtd>"


def _is_number(cell: Math) -> bool:
    return isinstance(cell, (Digits, Either))


def _labelled(rows: Sequence[Sequence[Math]], labels: Sequence[str]) -> str:
    """Return a matrix with a label before each row: one table, so that they stand level, whose
    brackets are borders.
    """
    lines = []
    for i, (label, cells) in enumerate(zip(labels, rows, strict=True)):
        drawn = [f'<mtd class="label right"><mtext>{escape(label)}</mtext></mtd>']
        for j, cell in enumerate(cells):
            classes = {
                "right": _is_number(cell),
                "first": j == 0,
                "last": j == len(cells) - 1,
                "top": i == 0,
                "bottom": i == len(rows) - 1,
            }
            names = [name for name, holds in classes.items() if holds]
            drawn.append(f'<mtd class="{" ".join(names)}">{mathml(cell)}</mtd>')
        lines.append(f"<mtr>{''.join(drawn)}</mtr>")
    return f'<mtable class="grid">{"".join(lines)}</mtable>'
