"""The formats that a document is written in: a name, the ending of its files, its painter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .document import Document
from .html import page
from .markdown import markdown
from .paper import paper
from .terminal import terminal

INSIDE = "svg"  # the kind of picture that stands in the file itself


@dataclass(frozen=True)
class Format:
    """One format of a document.

    Parameters
    ----------
    ending : of its files, ``.md``
    write : returns the text of a document with its pictures, given by name: the paths of their
        files, or, where they stand `INSIDE`, themselves
    pictures : their kind, ``png``, ``pdf`` or `INSIDE`; empty if the format shows none
    """

    ending: str
    write: Callable[[Document, Mapping[str, str]], str]
    pictures: str = ""


FORMATS = {
    "terminal": Format(".txt", lambda document, pictures: terminal(document)),
    "markdown": Format(".md", markdown, "png"),
    "latex": Format(".tex", paper, "pdf"),
    "html": Format(".html", page, INSIDE),
}
