"""Mathematics as LaTeX, which Markdown uses too."""

from __future__ import annotations

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
ESCAPED = str.maketrans(
    {
        "_": r"\_",
        "%": r"\%",
        "&": r"\&",
        "#": r"\#",
        "$": r"\$",
        "{": r"\{",
        "}": r"\}",
        "^": r"\^{}",
        "~": r"\~{}",
    }
)
STANDARD = {"tanh", "exp", "log", "sin", "cos", "max", "min"}


def latex(math: Math) -> str:
    """Return a piece as LaTeX, for use between ``$`` signs; only what every renderer on the web
    knows is used.
    """
    match math:
        case Letter(text):
            return _letter(text)
        case Digits(text):
            return (
                text.replace("−", "-")
                .replace("⋮", r"\vdots")
                .replace("…", r"\dots")
                .replace("⋱", r"\ddots")
            )
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
            primed = isinstance(above, Letter) and above.text == "′"
            low = f"_{{{latex(below)}}}" if below else ""
            inner = f"{{{latex(of)}}}" if isinstance(of, Script) else latex(of)
            return f"{inner}{low}" + ("'" if primed else f"^{{{latex(above)}}}" if above else "")
        case Fraction(top, bottom):
            return rf"\frac{{{latex(top)}}}{{{latex(bottom)}}}"
        case Root(of):
            return rf"\sqrt{{{latex(of)}}}"
        case Either(_, drawn):
            return latex(drawn)
        case Grid(rows, labels):
            body = _grid("bmatrix", [[latex(cell) for cell in cells] for cells in rows])
            if r"\frac{" in body:  # or they would be too small to read
                body = body.replace(r"\frac{", r"\dfrac{").replace(r" \\ ", r" \\[10pt] ")
            if all(
                isinstance(cell, Digits) for cells in rows for cell in cells
            ):  # numbers stand at the right, which bmatrix can't
                places = "r" * len(rows[0])
                body = rf"\left[{body.replace('{bmatrix}', '{array}').replace('{array}', f'{{array}}{{{places}}}', 1)}\right]"
            return (
                _grid("matrix", [[rf"{{\scriptstyle {latex(Digits(label))}}}"] for label in labels])
                + body
                if labels
                else body
            )
        case Choice(branches):
            return _grid(
                "cases", [[latex(value), latex(condition)] for value, condition in branches]
            )
        case Brace(of, words):
            return rf"\underbrace{{{latex(of)}}}_{{\text{{{words}}}}}"
        case Big(below, above, of):
            limit = f"^{{{latex(above)}}}" if above != Row(()) else ""
            return rf"\sum_{{{latex(below)}}}{limit} {latex(of)}"
        case Arrow(over):
            return rf"\xrightarrow{{{latex(over)}}}"
    raise TypeError(f"no LaTeX for {type(math).__name__}")


def _letter(text: str) -> str:
    if text in LETTERS:
        return LETTERS[text]
    if len(text.rstrip("′")) <= 1:
        return (
            text.replace("′", "'").replace("−", "-").replace("σ", r"\sigma").replace("·", r"\cdot ")
        )
    name, primes = text.rstrip("′"), "'" * text.count("′")
    return (rf"\{name}" if name in STANDARD else rf"\mathrm{{{name.translate(ESCAPED)}}}") + primes


def _grid(kind: str, rows: list[list[str]]) -> str:
    body = r" \\ ".join(" & ".join(cells) for cells in rows)
    return rf"\begin{{{kind}}} {body} \end{{{kind}}}"


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
