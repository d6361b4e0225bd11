"""Words and sentences as one writes them: counts, lists, lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

# characters in a line: at most, at least, and where there is no terminal
LINE, SHORTEST_LINE, PIPED_LINE = 100, 20, 80
# control characters but for tab and line feed, and those that turn the direction
STEERING = dict.fromkeys(
    [*range(9), *range(11, 32), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)],
    "�",
)


def number_of(n: int, what: str) -> str:
    """Return a number of things: ``1 row``, ``2 rows``."""
    return f"{n} {plural(what, n)}"


def plural(what: str, n: int) -> str:
    """Return the word for `n` things: ``row``, or ``rows``."""
    return what if n == 1 else f"{what}s"


def comma_list(names: Iterable[str]) -> str:
    """Return names between commas: ``a, b, c``."""
    return ", ".join(names)


def spoken_list(names: Sequence[str], most: int | None = None) -> str:
    """Return names as one says them, ``a, b and c``; of more than `most`, how many are left."""
    shown = list(names)
    if most is not None and len(names) > most:
        shown = [*names[:most], f"{len(names) - most} more"]
    return f"{comma_list(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]


def shortened(text: str, limit: int = 60) -> str:
    """Return a text on one line, cut off where it is longer than `limit` characters."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def shown(value: object, limit: int = 60) -> str:
    """Return a value as Python writes it, on one line, cut off as by `shortened`."""
    try:
        return shortened(repr(value), limit)
    except (ValueError, RecursionError):  # thousands of digits; lists in lists in lists …
        return f"{type(value).__name__} too large to be shown"


def printable(text: str) -> str:
    """Return a text with ``�`` for what steers a terminal or turns the direction of reading."""
    return text.translate(STEERING)


def terminal_width() -> int:
    """Return the width of the terminal in characters (COLUMNS, if that is set); 80 where there is
    none.
    """
    import shutil

    return max(SHORTEST_LINE, shutil.get_terminal_size((PIPED_LINE, 24)).columns)


def line_width() -> int:
    """Return the length of a line of words: the width of the terminal, at most `LINE`."""
    return min(terminal_width(), LINE)


def paragraph(text: str, head: str = "", indent: str | None = None) -> str:
    """Return a text in lines of at most `line_width` characters after `head`, which stands before
    the first; the others are indented as far, or by `indent`.
    """
    import textwrap  # its regular expressions take a moment

    found = textwrap.fill(
        text,
        line_width(),
        initial_indent=head,
        subsequent_indent=" " * len(head) if indent is None else indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return found or head.rstrip()
