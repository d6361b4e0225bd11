"""Sentences laid out for a terminal."""

from __future__ import annotations

WIDTH = 100  # characters in a line


def folded(text: str, head: str = "", indent: str | None = None) -> str:
    """Return a text in lines of at most `WIDTH` characters after `head`, which stands before the
    first; the others are indented as far, or by `indent`.
    """
    import textwrap  # its regular expressions take a moment

    found = textwrap.fill(
        text,
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head) if indent is None else indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return found or head.rstrip()
