"""Papers marked by the teacher's keys: the points of each learner, and what they should read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..marking.answers.answers import NOT_SAID
from ..marking.answers.files import Paper, read_answers
from ..marking.answers.rounding import Rounding
from ..marking.judging import FOLLOWS, MISSING, RIGHT, WRONG
from ..marking.marks import Mark, Marked, marked
from ..marking.mistakes.catalogue import BY_ID
from ..prose import comma_list
from .keys import Key

MOST_LETTERS = 40  # of a learner's name
MOST_SHEETS = 6  # that are named in an error
SCHEME = (
    "each quantity asked for counts 1 point (or what the key says): right or follows in full; with"
    " fewer digits than asked, where that changes the number, half; wrong or missing nothing"
)


@dataclass(frozen=True)
class Graded:
    """One learner's paper.

    Parameters
    ----------
    who : their name in the file, or the file's
    file : its path
    key : that it was marked by, None if there is none for it
    marked : the marks, None if the file can't be read
    error : then the reason
    earned : points by quantity
    coarse : the quantities written to fewer digits than asked, where that matters
    """

    who: str
    file: str
    key: Key | None = None
    marked: Marked | None = None
    error: str = ""
    earned: Mapping[str, float] = field(default_factory=dict)
    coarse: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """All points."""
        return sum(self.earned.values())

    @property
    def out_of(self) -> float | None:
        """The points of a paper that is all right, None without a key."""
        return self.key.most if self.key else None

    @property
    def sheet(self) -> str | None:
        """The sheet that its key belongs to, if there is a key that says so."""
        return self.key.sheet if self.key else None

    @property
    def asked(self) -> tuple[str, ...]:
        """The quantities that count, in the order of computation; none without a key."""
        return self.key.asked if self.key else ()

    @property
    def ok(self) -> bool:
        """Whether no mark is wrong."""
        return self.marked is None or self.marked.ok

    def marks(self) -> dict[str, Mark]:
        """Return the marks of the quantities that were asked for; all missing if the file can't be
        read.
        """
        if self.marked is None:
            return {name: Mark(name, MISSING) for name in self.asked}
        return {name: self.marked[name] for name in self.asked}

    def feedback(self) -> str:
        """Return what the learner should read, on one line."""
        if self.marked is None:
            return f"This file can't be marked: {self.error}"
        marks = self.marks().values()
        said = [f"{mark.name}: {_what(mark)}" for mark in marks if mark.status == WRONG]
        missing = [mark.name for mark in marks if mark.status == MISSING]
        if self.coarse:
            what = "decimals" if self.key and self.key.rounding.figures is None else "figures"
            said.append(f"too few {what}: {comma_list(self.coarse)}")
        if missing:
            said.append(f"missing: {comma_list(missing)}")
        if self.marked.convention_words:
            said.append(f"your convention: {self.marked.convention_words}")
        said += [remark.rstrip(".") for remark in self.marked.remarks if "was ignored" in remark]
        return "; ".join(said) or "all right"

    def to_dict(self) -> dict[str, Any]:
        """Return the entry of ``--json``."""
        found: dict[str, Any] = {
            "file": self.file,
            "who": self.who,
            "sheet": self.sheet,
            "points": self.points,
            "out_of": self.out_of,
            "earned": dict(self.earned),
            "coarse": list(self.coarse),
            "feedback": self.feedback(),
        }
        if self.marked is not None:
            return found | self.marked.to_dict()
        missing = [asdict(mark) for mark in self.marks().values()]
        return found | {"error": self.error, "convention": None, "marks": missing}


def _what(mark: Mark) -> str:
    """Return what is wrong with a quantity, in few words."""
    if mark.mistake:
        return BY_ID[mark.mistake].name
    if mark.cells or not mark.message:
        return "wrong"
    # it couldn't be read: the message says why, after a place in the file and the quantity's name
    why = mark.message.partition(f"{mark.name}: ")[2]
    return why.rstrip(".") or mark.message.rstrip(".")


def grade(path: str | Path, keys: Sequence[Key], convention: str | None = None) -> Graded:
    """Mark one answers file by the key of its sheet; what can't be read becomes an entry that says
    why.
    """
    path = Path(path)
    who = path.stem
    if who == "answers":  # as it was handed out: the folder tells whose it is
        who = path.parent.name or who
    key = keys[0] if len(keys) == 1 else None
    try:
        paper = read_answers(path)
        who = _name(paper.settings.get("name")) or who
        key = _key_for(paper, keys)
        return _result(paper, who, key, convention)
    except InputError as error:
        return Graded(_name_in(path) or who, str(path), key, None, str(error))


def _name(given: Any) -> str:
    """Return a learner's name on one line, empty if it is none."""
    if not isinstance(given, str):
        return ""
    return " ".join(given.split())[:MOST_LETTERS]


def _name_in(path: Path) -> str:
    """Return the name in a file that can't be read as a whole."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""
    # name = "Eve" of TOML, "name": "Eve" of JSON, name,Eve of a CSV
    found = re.search(r"""^\s*"?name"?\s*[=:,;\t]\s*["']?([^"'\r\n,;\t]*)""", text, re.MULTILINE)
    return _name(found[1]) if found else ""


def _key_for(paper: Paper, keys: Sequence[Key]) -> Key:
    """Return the key of a paper's sheet; a single key is for every paper that names no other."""
    sheet = paper.settings.get("sheet")
    if len(keys) == 1 and (sheet is None or keys[0].sheet in (None, str(sheet))):
        return keys[0]
    for key in keys:
        if sheet is not None and key.sheet == str(sheet):
            return key
    have = comma_list(str(key.sheet) for key in keys[:MOST_SHEETS])
    if len(keys) > MOST_SHEETS:
        have += " …"
    says = "it does not say which sheet it is for"
    if sheet is not None:
        says = f"it is for sheet {sheet!r}"
    raise InputError(f"{paper.path}: {says}, but the keys are for {have}.")


def _result(paper: Paper, who: str, key: Key, convention: str | None) -> Graded:
    def marks(rounding: Rounding, convention: str | None) -> Marked:
        return marked(
            paper.answers,
            key.what,
            rounding,
            learning_rate=key.rate,
            convention=convention,
            places=paper.places,
            paper=True,
        )

    # the digits that are written decide what is right; those asked for, whether they are too few
    found = marks(NOT_SAID, convention)
    coarse: list[str] = []
    if key.rounding.stated:
        strict = marks(key.rounding, found.convention)
        if strict.wrong < found.wrong:  # zeros of 16800 that only pad, where figures are asked for
            found = strict
        coarse = [
            name
            for name in key.asked
            if found[name].status in (RIGHT, FOLLOWS) and strict[name].status == WRONG
        ]
    earned = {
        name: _share(found[name].status, name in coarse) * key.points[name] for name in key.asked
    }
    return Graded(who, str(paper.path), key, found, "", earned, tuple(coarse))


def _share(status: str, coarse: bool) -> float:
    """Return which part of a quantity's points a mark earns, as `SCHEME` says it."""
    if status in (WRONG, MISSING):
        return 0.0
    return 0.5 if coarse else 1.0
