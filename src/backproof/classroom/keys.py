"""Keys: what a sheet was about and what counts how much, from the teacher's files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..backprop import Objective
from ..errors import InputError, unknown
from ..marking.answers.content import OF_A_KEY, check_entries
from ..marking.answers.files import Paper, plain_numbers, read_answers
from ..marking.answers.rounding import Rounding
from ..marking.chain import Chain
from ..marking.judging import FOLLOWS, WRONG
from ..marking.marks import marked
from ..marking.work import steps_of_training
from ..prose import comma_list
from ..reading import is_folder
from .levels import quantities_of
from .papers import papers


@dataclass(frozen=True, eq=False)
class Key:
    """What a sheet was about, from the teacher's file.

    Parameters
    ----------
    paper : the file
    what, rate : what is to be worked
    asked : the quantities that count
    points : of each
    """

    paper: Paper
    what: Objective
    rate: float | None
    asked: tuple[str, ...]
    points: Mapping[str, float]

    @property
    def sheet(self) -> str | None:
        """The sheet that it belongs to, if it says so."""
        found = self.paper.settings.get("sheet")
        return None if found is None else str(found)

    @property
    def rounding(self) -> Rounding:
        """How many decimals or figures the sheet asks for, if it does."""
        return self.paper.rounding

    @property
    def most(self) -> float:
        """The points of a paper that is all right."""
        return sum(self.points.values())


def read_keys(path: str | Path) -> list[Key]:
    """Read a key, or all keys of a folder; raise `InputError` for one that can't be used, and for
    several that don't each have a sheet of their own.
    """
    path = Path(path)
    files = papers(path) if is_folder(path) else [path]
    if not files:
        raise InputError(
            f"{path} holds no key: a key is a .toml, .json or .csv file with the network and the"
            " data."
        )
    keys = [_key(file) for file in files]
    if len(keys) > 1:
        _check_sheets(keys)
    return keys


def _check_sheets(keys: list[Key]) -> None:
    for sheet, count in Counter(key.sheet for key in keys).items():
        if sheet is not None and count == 1:
            continue
        names = comma_list(str(key.paper.path) for key in keys if key.sheet == sheet)
        if not sheet:
            raise InputError(f"{names}: among several keys each needs a sheet.")
        raise InputError(f"{names}: {count} keys for sheet {sheet!r}.")


def _key(path: Path) -> Key:
    paper = read_answers(path, blank=True)
    what = paper.objective()
    rate = paper.learning_rate
    check_entries(paper.settings, OF_A_KEY, str(path))
    settings = plain_numbers({name: paper.settings.get(name) for name in OF_A_KEY})
    points = settings.get("points") or {}
    # what it says, else the answers that it holds, else a whole step
    asked = settings.get("asked") or list(paper.answers)
    try:
        chain = Chain(what, rate, steps_of_training(asked, rate, {}))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    asked = asked or list(quantities_of(chain, "step"))
    _check_asked(path, asked, points, chain)
    worth = {name: float(points.get(name, 1)) for name in asked}
    key = Key(paper, what, rate, tuple(asked), worth)
    _check_own_answers(key, settings.get("convention"))
    return key


def _check_asked(path: Path, asked: Any, points: Any, chain: Chain) -> None:
    """Raise `InputError` unless `asked` and `points` name quantities."""
    for name in (*asked, *points):
        if name not in chain.by_name:
            raise InputError(f"{path}: {unknown('quantity', name, chain.by_name)}")


def _check_own_answers(key: Key, convention: str | None) -> None:
    """Raise `InputError` if a key holds answers that are wrong."""
    paper = key.paper
    if not paper.answers:
        return
    own = marked(
        paper.answers,
        key.what,
        learning_rate=key.rate,
        convention=convention,
        places=paper.places,
    )
    for mark in own.marks:
        if mark.status in (WRONG, FOLLOWS):
            raise InputError(f"{paper.path}: the key's own numbers are wrong: {mark.message}")
