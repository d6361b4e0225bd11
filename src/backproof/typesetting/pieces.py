"""What mathematics looks like, before it is LaTeX, MathML or text: symbols, fractions, brackets,
matrices.

`notation` makes it from formulas; `latex`, `mathml` and `boxes` draw it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Math:
    """The base of all pieces."""


@dataclass(frozen=True)
class Letter(Math):
    """One letter or symbol (δ, W, ∂), or a name of several letters, upright (tanh)."""

    text: str


@dataclass(frozen=True)
class Digits(Math):
    """A number as it is written."""

    text: str


@dataclass(frozen=True)
class Sign(Math):
    """An operator or relation with space around it: + − · ⊙ = ∝ ≈, or a comma."""

    text: str


@dataclass(frozen=True)
class Words(Math):
    """Words within mathematics."""

    text: str


@dataclass(frozen=True)
class Blank(Math):
    """Room for a number that is to be written there."""


@dataclass(frozen=True)
class Row(Math):
    """Pieces side by side."""

    pieces: tuple[Math, ...]


@dataclass(frozen=True)
class Group(Math):
    """A piece in parentheses that are as tall as it."""

    of: Math


@dataclass(frozen=True)
class Script(Math):
    """A piece with what stands below and above at its right; None for nothing."""

    of: Math
    below: Math | None = None
    above: Math | None = None


@dataclass(frozen=True)
class Fraction(Math):
    """One piece over another."""

    top: Math
    bottom: Math


@dataclass(frozen=True)
class Root(Math):
    """The square root of a piece."""

    of: Math


@dataclass(frozen=True)
class Grid(Math):
    """A matrix in brackets; `labels` stand outside, one for each row."""

    rows: tuple[tuple[Math, ...], ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice(Math):
    """Values, each with the condition under which it holds."""

    branches: tuple[tuple[Math, Math], ...]


@dataclass(frozen=True)
class Brace(Math):
    """A piece with a brace below it and words under that."""

    of: Math
    words: str


@dataclass(frozen=True)
class Big(Math):
    """A sum sign with its limits, and what is summed."""

    below: Math
    above: Math
    of: Math


@dataclass(frozen=True)
class Arrow(Math):
    """An arrow with a piece above it."""

    over: Math


@dataclass(frozen=True)
class Either(Math):
    """A piece that plain text writes differently: ``dL_da2`` for ∂L over ∂a₂."""

    plain: Math
    drawn: Math


def width(math: Math) -> float:  # noqa: C901  (one match, a case for each kind)
    """Return about how wide a piece is drawn, in the height of its letters (em)."""
    match math:
        case Letter(text) | Digits(text) | Words(text):
            return 0.55 * len(text)
        case Sign():
            return 1.1
        case Blank():
            return 5.0
        case Row(pieces):
            return sum(map(width, pieces))
        case Group(of) | Root(of):
            return width(of) + 0.8
        case Script(of, below, above):
            scripts = [width(part) for part in (below, above) if part]
            return width(of) + 0.75 * max(scripts, default=0.0)
        case Fraction(top, bottom):
            return max(width(top), width(bottom)) + 0.2
        case Either(_, drawn):
            return width(drawn)
        case Grid(rows, labels):
            columns = [max(map(width, column)) + 0.9 for column in zip(*rows, strict=True)]
            return sum(columns) + 0.7 + 0.55 * max(map(len, labels), default=0)
        case Choice(branches):
            return max(width(value) + width(condition) for value, condition in branches) + 2
        case Brace(of, words):
            return max(width(of), 0.4 * len(words))
        case Big(below, above, of):
            return max(1.2, 0.7 * width(below), 0.7 * width(above)) + width(of)
        case Arrow(over):
            return 0.8 * width(over) + 1.5
    return 1.0


def row(*pieces: Math) -> Row:
    """Return pieces side by side."""
    return Row(pieces)


def tall(math: Math) -> bool:
    """Whether parentheses around a piece must grow."""
    match math:
        case Fraction() | Grid() | Choice() | Big() | Brace():
            return True
        case Row(pieces):
            return any(map(tall, pieces))
        case Either(_, drawn):
            return tall(drawn)
        case Group(of) | Script(of):
            return tall(of)
    return False
