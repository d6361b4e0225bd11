"""The one kind of error for input that can't be used, and the words that it shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from .prose import comma_list, shown

T = TypeVar("T")
LONGEST_NAME = 200  # that may be meant for another


class InputError(ValueError):
    """What was given can't be used: the message says what was got, what was expected and what to
    do.

    The command line shows the message alone and ends with status 2.
    """


def unknown(kind: str, got: object, allowed: Iterable[str]) -> InputError:
    """Return the error for a name that isn't one of `allowed`, with the nearest right one."""
    import difflib

    allowed = list(allowed)
    close = []
    if isinstance(got, str) and len(got) <= LONGEST_NAME:  # the search takes its square
        close = difflib.get_close_matches(got.lower(), allowed, n=1, cutoff=0.5)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return InputError(f"unknown {kind} {shown(got)}.{hint} Choose from: {comma_list(allowed)}.")


def choose(kind: str, got: str, allowed: Mapping[str, T]) -> T:
    """Return ``allowed[got]``; raise the error of `unknown` if it isn't there."""
    if not isinstance(got, str) or got not in allowed:
        raise unknown(kind, got, allowed)
    return allowed[got]
