"""A document as Markdown, with mathematics between dollar signs, and as a LaTeX file that compiles
as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .document import Block, Display, Document, Heading, Inline, Paragraph, Picture, Strong, Table
from .latex import latex
from .pieces import Math

# Markdown


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
            return f"$$\n{_aligned(block)}\n$$"
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


def _aligned(block: Display) -> str:
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


# LaTeX

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
            body, tag, number = _aligned(block).partition(r" \tag{")
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
