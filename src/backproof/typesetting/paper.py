"""A document as a LaTeX file that compiles as it is."""

from __future__ import annotations

from collections.abc import Mapping

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
from .latex import SPECIAL, display, latex
from .pieces import Math

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
# what LaTeX would take for commands, and what the font of its words doesn't have
WORD_CHARACTERS = str.maketrans(SPECIAL | {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    "δ": r"$\delta$", "η": r"$\eta$", "σ": r"$\sigma$", "∂": r"$\partial$", "ℒ": r"$\mathcal{L}$",
    "×": r"$\times$", "⊙": r"$\odot$", "·": r"$\cdot$", "−": "$-$", "→": r"$\to$",
    "≈": r"$\approx$", "≤": r"$\le$", "≥": r"$\ge$", "′": "$'$", "ᵀ": "$^T$",
    "½": r"$\tfrac12$", "…": r"\dots{}", "⋮": r"$\vdots$",
})  # fmt: skip
WORDY = 30  # characters of LaTeX, from which on a cell is a text that may need several lines


def paper(document: Document, pictures: Mapping[str, str]) -> str:
    """Return a LaTeX file; `pictures` holds the path of each picture's file by name."""
    found = [
        PREAMBLE,
        rf"\title{{{_words(document.title)}}}",
        r"\date{}",
        r"\begin{document}",
        r"\maketitle",
    ]
    for listed, blocks in passages(document.blocks[1:]):
        written = [_block(block, pictures) for block in blocks]
        if listed:
            written = [r"\begin{itemize}", *written, r"\end{itemize}"]
        found += written
    return "\n".join([*found, r"\end{document}", ""])


def _words(text: str) -> str:
    """Return words with the characters that LaTeX would take for commands written out."""
    # a quotation mark before a word opens
    return text.translate(WORD_CHARACTERS).replace(" '", " `")


def _block(block: Block, pictures: Mapping[str, str]) -> str:
    match block:
        case Heading(level, parts):
            return rf"\{'sub' * max(0, level - 2)}section*{{{_inline(parts)}}}"
        case Paragraph(parts, bullet=True):
            return rf"\item {_inline(parts)}" + "\n"
        case Paragraph(parts):
            return _inline(parts) + "\n"
        case Display():
            # a number can't stand in the box that is made to fit
            body, tag, number = display(block).partition(r" \tag{")
            return rf"\begin{{equation*}}\fitted{{{body}}}{tag}{number}\end{{equation*}}"
        case Table(header, rows):
            return _tabular(header, rows)
        case Picture(name, words) if name in pictures:
            drawn = rf"\includegraphics[width=0.6\linewidth]{{{pictures[name]}}}"
            return rf"\begin{{center}}{drawn}\par {_words(words)}\end{{center}}"
        case Picture():
            return ""
    raise TypeError(f"no LaTeX for {type(block).__name__}")


def _inline(parts: Inline) -> str:
    return "".join(map(_part, parts))


def _part(part: Part) -> str:
    match part:
        case Math():
            return f"${latex(part)}$"
        case Strong(text):
            return rf"\textbf{{{_words(text)}}}"
    return _words(part)


def _tabular(header: tuple[Inline, ...], rows: tuple[tuple[Inline, ...], ...]) -> str:
    wordy = any(len(_inline(row[-1])) > WORDY for row in rows)
    columns = "r" * (len(header) - 1) + (r"p{0.5\linewidth}" if wordy else "r")
    body = "\n".join(map(_line, rows))
    return (
        rf"\begin{{center}}\begin{{tabular}}{{{columns}}}"
        f"\n{_line(header)}\\hline\n{body}\n"
        r"\end{tabular}\end{center}"
    )


def _line(cells: tuple[Inline, ...]) -> str:
    # a row that begins with [ would be taken for a length
    return "{}" + " & ".join(map(_inline, cells)) + r" \\"
