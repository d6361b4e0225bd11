"""Mathematics as LaTeX, which Markdown uses too; and a document as a LaTeX file that compiles as it is."""

from __future__ import annotations

from collections.abc import Mapping

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
)

LATEX_LETTERS = {
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
LATEX_SIGNS = {
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
            return LATEX_SIGNS.get(text, f" {text} ")
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
    if text in LATEX_LETTERS:
        return LATEX_LETTERS[text]
    if len(text.rstrip("′")) <= 1:
        return (
            text.replace("′", "'").replace("−", "-").replace("σ", r"\sigma").replace("·", r"\cdot ")
        )
    name, primes = text.rstrip("′"), "'" * text.count("′")
    return (rf"\{name}" if name in STANDARD else rf"\mathrm{{{name.translate(ESCAPED)}}}") + primes


def _grid(kind: str, rows: list[list[str]]) -> str:
    body = r" \\ ".join(" & ".join(cells) for cells in rows)
    return rf"\begin{{{kind}}} {body} \end{{{kind}}}"


def display(block: Display) -> str:
    """Return a display as LaTeX: its lines under each other, with its number."""
    if not block.lines:
        return latex(block.left)
    lines = [
        rf"{latex(block.left) if place == 0 else ''} &{_relation(relation)} {latex(right)}"
        for place, (relation, right) in enumerate(block.lines)
    ]
    tag = rf" \tag{{{block.number}}}" if block.number else ""
    body = r" \\[4pt] ".join(lines)
    return rf"\begin{{aligned}} {body} \end{{aligned}}{tag}"


def _relation(text: str) -> str:
    return {"≈": r"\approx", "→": r"\to", "∝": r"\propto"}.get(text, text)


PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
\usepackage{amsmath,amssymb}
\usepackage{graphicx}
\usepackage[margin=22mm]{geometry}
\setlength{\parindent}{0pt}\setlength{\parskip}{6pt plus 2pt}
\allowdisplaybreaks
% a display wider than the page is made to fit
\newsavebox{\wide}
\newcommand{\fitted}[1]{\sbox{\wide}{$\displaystyle #1$}%
  \ifdim\wd\wide>0.92\linewidth\resizebox{0.92\linewidth}{!}{\usebox{\wide}}\else\usebox{\wide}\fi}
"""
CHARACTERS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "−": "$-$",
    "×": r"$\times$", "⊙": r"$\odot$", "δ": r"$\delta$", "η": r"$\eta$", "σ": r"$\sigma$", "∂": r"$\partial$", "→": r"$\to$",
    "·": r"$\cdot$", "≈": r"$\approx$", "′": "$'$", "ᵀ": "$^T$", "≤": r"$\le$", "≥": r"$\ge$", "…": r"\dots{}", "½": r"$\tfrac12$",
    "ℒ": r"$\mathcal{L}$", "⋮": r"$\vdots$",
}  # fmt: skip


def latex_text(text: str) -> str:
    """Return words with the characters that LaTeX would take for commands written out."""
    return "".join(CHARACTERS.get(character, character) for character in text).replace(" '", " `")


def paper(document: Document, pictures: Mapping[str, str]) -> str:
    """Return a LaTeX file; `pictures` holds the path of each picture's file by name."""
    found = [
        PREAMBLE,
        rf"\title{{{latex_text(document.title)}}}",
        r"\date{}",
        r"\begin{document}",
        r"\maketitle",
    ]
    listing = False
    for block in document.blocks[1:]:
        bullet = isinstance(block, Paragraph) and block.bullet
        if bullet != listing:
            found.append(r"\begin{itemize}" if bullet else r"\end{itemize}")
        listing = bullet
        found.append(_latex_block(block, pictures))
    found += [r"\end{itemize}"] if listing else []
    return "\n".join([*found, r"\end{document}", ""])


def _latex_block(block: Block, pictures: Mapping[str, str]) -> str:
    match block:
        case Heading(level, parts):
            return rf"\{'sub' * max(0, level - 2)}section*{{{_latex_inline(parts)}}}"
        case Paragraph(parts, bullet):
            return (r"\item " if bullet else "") + _latex_inline(parts) + "\n"
        case Display():
            body, tag, number = display(block).partition(r" \tag{")
            return rf"\begin{{equation*}}\fitted{{{body}}}{tag}{number}\end{{equation*}}"
        case Table(header, rows):
            return _tabular(header, rows)
        case Picture(name, words):
            if name not in pictures:
                return ""
            return (
                rf"\begin{{center}}\includegraphics[width=0.6\linewidth]{{{pictures[name]}}}\par"
                rf" {latex_text(words)}\end{{center}}"
            )
    raise TypeError(f"no LaTeX for {type(block).__name__}")


def _latex_inline(parts: Inline) -> str:
    return "".join(
        (
            f"${latex(part)}$"
            if isinstance(part, Math)
            else (
                rf"\textbf{{{latex_text(part.text)}}}"
                if isinstance(part, Strong)
                else latex_text(part)
            )
        )
        for part in parts
    )


def _tabular(header: tuple[Inline, ...], rows: tuple[tuple[Inline, ...], ...]) -> str:
    def line(cells: tuple[Inline, ...]) -> str:
        return (
            "{}" + " & ".join(map(_latex_inline, cells)) + r" \\"
        )  # a row that begins with [ would be taken for a length

    body = "\n".join(map(line, rows))
    wordy = any(len(_latex_inline(row[-1])) > 30 for row in rows)
    columns = "r" * (len(header) - 1) + ("p{0.5\\linewidth}" if wordy else "r")
    return (
        rf"\begin{{center}}\begin{{tabular}}{{{columns}}}"
        + f"\n{line(header)}\\hline\n{body}\n"
        + r"\end{tabular}\end{center}"
    )
