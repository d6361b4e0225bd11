"""A document as a LaTeX file that compiles as it is."""

from __future__ import annotations

import re
import unicodedata
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
from .latex import LETTERS, SIGNS, SPECIAL, display, latex
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
# what its fonts don't have at all, or in formulas only, as it stands in either
ELSEWHERE = LETTERS | SIGNS | {"∞": r"\infty", "∇": r"\nabla", "√": r"\surd", "±": r"\pm"}
WITHOUT_ACCENT = "ÆæØøŒœßŁłÐðĐđÞþ"  # letters of the font that are no others with accents
GREEK = re.compile(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?([A-Z]+)")
# capitals that have a command; the others look as in Latin
GREEK_CAPITALS = {
    "gamma", "delta", "theta", "lambda", "xi", "pi", "sigma", "upsilon", "phi", "psi", "omega",
}  # fmt: skip
AS_LATIN = {
    "alpha": "A", "beta": "B", "epsilon": "E", "zeta": "Z", "eta": "H", "iota": "I", "kappa": "K",
    "mu": "M", "nu": "N", "omicron": "O", "rho": "P", "tau": "T", "chi": "X",
}  # fmt: skip
WORDY = 30  # characters of LaTeX, from which on a cell is a text that may need several lines


def paper(document: Document, pictures: Mapping[str, str]) -> str:
    """Return a LaTeX file; `pictures` holds the path of each picture's file by name."""
    found = [
        PREAMBLE,
        rf"\title{{{_compiling(_words(document.title))}}}",
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


def _compiling(text: str) -> str:
    """Return LaTeX of words or formulas in which every character is one that pdflatex has."""
    return re.sub(r"[^\x00-\x7f]", _character, unicodedata.normalize("NFC", text))


def _character(found: re.Match[str]) -> str:
    """Return a character that isn't ASCII as LaTeX, for words and formulas alike: Greek letters and
    signs by their commands, letters with an accent as they are, of others what is alike, or ``?``.
    """
    character = found[0]
    command = ELSEWHERE.get(character) or _greek(character)
    if command:
        return rf"\ensuremath{{{command.strip()}}}"
    alike = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    bare, *accents = list(unicodedata.normalize("NFD", character))
    in_font = "\xc0" <= character <= "\u017f" and bare.isascii() and accents
    if in_font or character in WITHOUT_ACCENT:
        return rf"\text{{{character}}}"
    return alike.translate(WORD_CHARACTERS) or "?"


def _greek(character: str) -> str:
    """Return the command of a Greek letter; empty for any other character."""
    bare = unicodedata.normalize("NFD", character)[0]
    found = GREEK.fullmatch(unicodedata.name(bare, ""))
    if found is None:
        return ""
    name = found[2].lower().replace("lamda", "lambda")
    if found[1] == "CAPITAL":
        return rf"\{name.capitalize()}" if name in GREEK_CAPITALS else AS_LATIN.get(name, "")
    if name == "omicron":
        return "o"
    return rf"\{name}" if name in GREEK_CAPITALS | AS_LATIN.keys() else ""


def _block(block: Block, pictures: Mapping[str, str]) -> str:
    if isinstance(block, Picture):
        return _picture(block, pictures)
    return _compiling(_written(block))


def _picture(block: Picture, pictures: Mapping[str, str]) -> str:
    """Return a picture, by the path of its file as it stands; nothing for one without a file."""
    if block.name not in pictures:
        return ""
    drawn = rf"\includegraphics[width=0.6\linewidth]{{{pictures[block.name]}}}"
    return rf"\begin{{center}}{drawn}\par {_compiling(_words(block.words))}\end{{center}}"


def _written(block: Block) -> str:
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
