"""What stands in an answers file, before anybody asks what it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...schema import TEXT, Either, Kind, ListOf, Numbers, Table, TableOf, check, number, whole

ANYTHING = Table({})
# what may stand in an answers file; numbers are checked where they are used
ENTRIES: Mapping[str, Kind | None] = {
    "network": Either((TEXT, ANYTHING)),
    "layers": ListOf(ANYTHING, 1, "layer"),
    "loss": TEXT,
    "problem": TEXT,
    "x": Numbers(2),
    "y": Either((Numbers(2), Numbers(1))),
    "answers": None,
    "learning_rate": None,
    "l2": None,
    "example_weights": Numbers(1),
    "convention": TEXT,
    "decimals": None,
    "figures": None,
    "name": None,
    "sheet": Either((TEXT, whole())),
    # of a teacher's key
    "asked": ListOf(TEXT),
    "points": TableOf(number(0.0)),
}
SUBJECT = ("network", "layers", "loss", "problem", "x", "y", "example_weights")
OF_A_KEY = ("asked", "points", "sheet", "convention")


def check_entries(settings: Mapping[str, Any], names: Iterable[str], where: str) -> None:
    """Raise `InputError` for the first fault in these entries of an answers file; the others may
    be as they are, where nobody asks for them.
    """
    for name in names:
        kind = ENTRIES[name]
        if name in settings and kind is not None:
            check(Table({name: kind}), {name: settings[name]}, where)


@dataclass(frozen=True)
class Content:
    """What stands in an answers file.

    Parameters
    ----------
    answers : by the name that was written, numbers with their digits
    places : by that name, the file and the line, for errors: ``answers.toml, line 7: ``
    settings : the rest of the file
    """

    answers: Mapping[str, Any]
    places: Mapping[str, str]
    settings: Mapping[str, Any]
