"""Mathematics as LaTeX, for a LaTeX file and for Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from .document import Display
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

LETTERS = {
    "δ": r"\delta",
    "η": r"\eta",
    "λ": r"\lambda",
    "σ": r"\sigma",
    "π": r"\pi",
    "∂": r"\partial ",
    "′": "'",
    "−": "-",
    "ᵀ": r"\top",
    "ℒ": r"\mathcal{L}",
}
# what may stand in a symbol that isn't one of the letters, such as σ′
CHARACTERS = str.maketrans({"′": "'", "−": "-", "σ": r"\sigma", "·": r"\cdot "})
FIGURES = str.maketrans({"−": "-", "⋮": r"\vdots", "…": r"\dots", "⋱": r"\ddots"})
SIGNS = {
    "·": r" \cdot ",
    "⊙": r" \odot ",
    "×": r" \times ",
    "−": " - ",
    "∝": r" \propto ",
    "≈": r" \approx ",
    "≠": r" \neq ",
    "≥": r" \ge ",
    "≤": r" \le ",
    ",": ", ",
    "→": r" \to ",
    "…": r" \dots ",
}
# what LaTeX takes for a command unless a backslash stands before it
SPECIAL = {character: rf"\{character}" for character in "&%$#_{}"}
IN_TEXT = {
    "^": r"\text{\textasciicircum}",
    "~": r"\text{\textasciitilde}",
    "\\": r"\text{\textbackslash}",
}
# a name must not begin a tag or a link in Markdown
ESCAPED = str.maketrans(SPECIAL | IN_TEXT | {"<": "{<}", "]": "{]}"})
STANDARD = {"tanh", "exp", "log", "sin", "cos", "max", "min"}  # functions with a command


def latex(math: Math) -> str:  # noqa: C901  (one match, a case for each kind)
    """Return a piece as LaTeX, for use between ``$`` signs; only what every renderer on the web
    knows is used.
    """
    match math:
        case Letter(text):
            return _letter(text)
        case Digits(text):
            return text.translate(FIGURES)
        case Sign(text):
            return SIGNS.get(text, f" {text} ")
        case Words(text):
            return rf"\text{{{text.translate(ESCAPED)}}}"
        case Blank():
            return r"\underline{\hspace{5em}}\rule{0pt}{2.2em}"
        case Row(pieces):
            return "".join(map(latex, pieces))
        case Group(of):
            return rf"\left({latex(of)}\right)" if tall(of) else f"({latex(of)})"
        case Script(of, below, above):
            return _script(of, below, above)
        case Fraction(top, bottom):
            return rf"\frac{{{latex(top)}}}{{{latex(bottom)}}}"
        case Root(of):
            return rf"\sqrt{{{latex(of)}}}"
        case Either(_, drawn):
            return latex(drawn)
        case Grid(rows, labels):
            return _labels(labels) + _matrix(rows)
        case Choice(branches):
            return _environment("cases", branches)
        case Brace(of, words):
            return rf"\underbrace{{{latex(of)}}}_{{\text{{{words.translate(ESCAPED)}}}}}"
        case Big(below, Row(()), of):
            return rf"\sum_{{{latex(below)}}} {latex(of)}"
        case Big(below, above, of):
            return rf"\sum_{{{latex(below)}}}^{{{latex(above)}}} {latex(of)}"
        case Arrow(over):
            return rf"\xrightarrow{{{latex(over)}}}"
    raise TypeError(f"no LaTeX for {type(math).__name__}")


def _letter(text: str) -> str:
    if text in LETTERS:
        return LETTERS[text]
    name = text.rstrip("′")
    if len(name) <= 1:
        return text.translate(ESCAPED | CHARACTERS)
    primes = "'" * text.count("′")
    if name in STANDARD:
        return rf"\{name}{primes}"
    return rf"\mathrm{{{name.translate(ESCAPED)}}}{primes}"


def _script(of: Math, below: Math | None, above: Math | None) -> str:
    base = latex(of)
    if isinstance(of, Script):  # LaTeX refuses two subscripts or superscripts of one letter
        base = f"{{{base}}}"
    if below:
        base += f"_{{{latex(below)}}}"
    if above == Letter("′"):
        return base + "'"
    if above:
        base += f"^{{{latex(above)}}}"
    return base


def _matrix(rows: Sequence[Sequence[Math]]) -> str:
    if all(isinstance(cell, Digits) for cells in rows for cell in cells):
        # numbers stand at the right, which bmatrix can't
        columns = "r" * len(rows[0])
        return rf"\left[{_environment('array', rows, f'{{{columns}}}')}\right]"
    body = _environment("bmatrix", rows)
    if r"\frac{" in body:  # or they would be too small to read
        body = body.replace(r"\frac{", r"\dfrac{").replace(r" \\ ", r" \\[10pt] ")
    return body


def _labels(labels: Sequence[str]) -> str:
    if not labels:
        return ""
    body = r" \\ ".join(rf"{{\scriptstyle {latex(Digits(label))}}}" for label in labels)
    return rf"\begin{{matrix}} {body} \end{{matrix}}"


def _environment(kind: str, rows: Sequence[Sequence[Math]], columns: str = "") -> str:
    lines = [" & ".join(map(latex, cells)) for cells in rows]
    body = r" \\ ".join(lines)
    return rf"\begin{{{kind}}}{columns} {body} \end{{{kind}}}"


def display(block: Display) -> str:
    """Return a display as LaTeX: its lines under each other, with its number."""
    left = latex(block.left)
    if not block.lines:
        return left
    lines = []
    for relation, right in block.lines:
        lines.append(rf"{left} &{SIGNS.get(relation, relation).strip()} {latex(right)}")
        left = ""  # it stands in the first line only
    body = r" \\[4pt] ".join(lines)
    tag = rf" \tag{{{block.number}}}" if block.number else ""
    return rf"\begin{{aligned}} {body} \end{{aligned}}{tag}"
