"""A class: many answers files marked by the teacher's keys, with points, as a table and as a CSV."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..activations import Array
from ..backprop import objective
from ..errors import InputError, unknown
from ..marking.answers.files import ANSWER_ENDINGS, Paper, plain_numbers, read_answers
from ..marking.answers.spelling import stage_of
from ..marking.chain import Chain
from ..marking.judging import FOLLOWS, MISSING, RIGHT, WRONG
from ..marking.marks import Mark, Marked, check
from ..marking.mistakes.catalogue import BY_ID
from ..network import Network
from .levels import quantities_of

HEADER = (
    "who",
    "file",
    "sheet",
    "points",
    "out of",
    "percent",
    "feedback",
)  # of the table, before the quantities
MOST_LETTERS = 40  # of a learner's name
SCHEME = (
    "each quantity asked for counts 1 point (or what the key says): right or follows in full; with"
    " fewer decimals than asked, where that changes the number, half; wrong or missing nothing"
)
MARK_SIGNS = {RIGHT: "·", FOLLOWS: "f", WRONG: "X", MISSING: "-"}


@dataclass(frozen=True, eq=False)
class Key:
    """What a sheet was about, from the teacher's file.

    Parameters
    ----------
    paper : the file
    net, x, y, rate : what is to be worked
    asked : the quantities that count
    points : of each
    """

    paper: Paper
    net: Network
    x: Array
    y: Array
    rate: float | None
    asked: tuple[str, ...]
    points: Mapping[str, float]

    @property
    def sheet(self) -> str | None:
        """The sheet that it belongs to, if it says so."""
        found = self.paper.settings.get("sheet")
        return None if found is None else str(found)

    @property
    def decimals(self) -> int | None:
        """How many decimals the sheet asks for, if it does."""
        return self.paper.decimals

    @property
    def most(self) -> float:
        """The points of a paper that is all right."""
        return sum(self.points.values())


@dataclass(frozen=True)
class Graded:
    """One learner's paper.

    Parameters
    ----------
    who : his name in the file, or the file's
    file : its path
    key : that it was marked by, None if there is none for it
    marked : the marks, None if the file can't be read
    error : then the reason
    earned : points by quantity
    coarse : the quantities written to fewer decimals than asked, where that matters
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
    def ok(self) -> bool:
        """Whether no mark is wrong."""
        return self.marked is None or self.marked.ok

    def marks(self) -> dict[str, Mark]:
        """Return the marks of the quantities that were asked for; all missing if the file can't be
        read.
        """
        asked = self.key.asked if self.key else ()
        return {name: self.marked[name] if self.marked else Mark(name, MISSING) for name in asked}

    def feedback(self) -> str:
        """Return what the learner should read, on one line."""
        if self.marked is None:
            return f"This file can't be marked: {self.error}"
        marks = self.marks()
        said = [f"{mark.name}: {_what(mark)}" for mark in marks.values() if mark.status == WRONG]
        missing = [mark.name for mark in marks.values() if mark.status == MISSING]
        said += [f"too few decimals: {', '.join(self.coarse)}"] if self.coarse else []
        said += [f"missing: {', '.join(missing)}"] if missing else []
        said += (
            [f"your convention: {self.marked.convention_words}"]
            if self.marked.convention_words
            else []
        )
        said += [remark.rstrip(".") for remark in self.marked.remarks if "passed over" in remark]
        return "; ".join(said) or "all right"

    def to_dict(self) -> dict[str, Any]:
        """Return the entry of ``--json``."""
        found: dict[str, Any] = {
            "file": self.file,
            "who": self.who,
            "sheet": self.key.sheet if self.key else None,
        }
        found |= {
            "points": self.points,
            "out_of": self.key.most if self.key else None,
            "earned": dict(self.earned),
        }
        found |= {"coarse": list(self.coarse), "feedback": self.feedback()}
        if self.marked is None:
            marks: list[dict[str, Any]] = [
                {
                    "name": m.name,
                    "status": m.status,
                    "mistake": None,
                    "also": [],
                    "cells": [],
                    "message": "",
                }
                for m in self.marks().values()
            ]
            return found | {"error": self.error, "convention": None, "marks": marks}
        return found | self.marked.to_dict()


def _what(mark: Mark) -> str:
    """Return what is wrong with a quantity, in few words."""
    if mark.mistake:
        return BY_ID[mark.mistake].name
    unread = not mark.cells and mark.message
    return (
        mark.message.partition(f"{mark.name}: ")[2].rstrip(".") or mark.message.rstrip(".")
        if unread
        else "wrong"
    )


def read_keys(path: str | Path) -> list[Key]:
    """Read a key, or all keys of a folder; raise `InputError` for one that can't be used."""
    path = Path(path)
    files = papers(path) if path.is_dir() else [path]
    if not files:
        raise InputError(
            f"{path} holds no key: a key is a .toml, .json or .csv file with the network and the"
            " data."
        )
    keys = [_key(file) for file in files]
    for sheet, count in Counter(key.sheet for key in keys).items():
        if len(keys) > 1 and (sheet is None or count > 1):
            names = ", ".join(str(key.paper.path) for key in keys if key.sheet == sheet)
            raise InputError(
                f"{names}: "
                + (
                    f"{count} keys of the sheet {sheet!r}."
                    if sheet
                    else "among several keys each needs its sheet."
                )
            )
    return keys


def _key(path: Path) -> Key:
    paper = read_answers(path, blank=True)
    net, x, y = paper.subject()
    settings, rate = plain_numbers(paper.settings), paper.learning_rate
    wanted, points = settings.get("asked") or list(paper.answers), settings.get("points") or {}
    try:
        chain = Chain(objective(net, x, y), rate, max(map(stage_of, wanted), default=1))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    wanted = wanted or list(quantities_of(chain, "step"))
    if not isinstance(wanted, list) or not isinstance(points, dict):
        raise InputError(
            f'{path}: asked is a list of quantities, ["delta2", "dW2"], and points a table,'
            " {delta2 = 2}."
        )
    for name in (*wanted, *points):
        if name not in chain.by_name:
            raise InputError(f"{path}: {unknown('quantity', name, chain.by_name)}")
    if not all(
        isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
        for value in points.values()
    ):
        raise InputError(f"{path}: points are numbers from 0 up.")
    key = Key(
        paper, net, x, y, rate, tuple(wanted), {name: float(points.get(name, 1)) for name in wanted}
    )
    if paper.answers:
        own = check(
            paper.answers,
            net,
            x,
            y,
            learning_rate=rate,
            convention=settings.get("convention"),
            places=paper.places,
        )
        if wrong := [mark.name for mark in own.marks if mark.status in (WRONG, FOLLOWS)]:
            raise InputError(f"{path}: the key's own numbers are wrong: {own[wrong[0]].message}")
    return key


def papers(folder: Path) -> list[Path]:
    """Return the answers files in a folder and the folders in it, in the order of their names; an
    earlier table of marks is none.
    """
    return [
        path
        for path in _visible(folder)
        if path.suffix.lower() in ANSWER_ENDINGS and not _is_table(path)
    ]


def _visible(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(
        path
        for path in found
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _is_table(path: Path) -> bool:
    """Whether a file is a table that `grades_csv` has made."""
    if path.suffix.lower() != ".csv":
        return False
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline().startswith(",".join(HEADER))
    except OSError:
        return False


def grade(path: str | Path, keys: Sequence[Key], convention: str | None = None) -> Graded:
    """Mark one answers file by the key of its sheet; what can't be read becomes an entry that says
    why.
    """
    path = Path(path)
    who = path.parent.name if path.stem == "answers" and path.parent.name else path.stem
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
    return " ".join(given.split())[:MOST_LETTERS] if isinstance(given, str) else ""


def _name_in(path: Path) -> str:
    """Return the name in a file that can't be read as a whole."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""
    found = re.search(r"""^\s*"?name"?\s*[=:,;\t]\s*["']?([^"'\r\n,;\t]*)""", text, re.MULTILINE)
    return _name(found[1]) if found else ""


def _key_for(paper: Paper, keys: Sequence[Key]) -> Key:
    sheet = paper.settings.get("sheet")
    if len(keys) == 1 and (sheet is None or keys[0].sheet in (None, str(sheet))):
        return keys[0]
    for key in keys:
        if sheet is not None and key.sheet == str(sheet):
            return key
    have = ", ".join(str(key.sheet) for key in keys[:6]) + (" …" if len(keys) > 6 else "")
    says = (
        f"it belongs to sheet {sheet!r}"
        if sheet is not None
        else "it does not say which sheet it belongs to"
    )
    raise InputError(f"{paper.path}: {says}, and the keys are of {have}.")


def _result(paper: Paper, who: str, key: Key, convention: str | None) -> Graded:
    options: dict[str, Any] = {"learning_rate": key.rate, "places": paper.places, "paper": True}
    marked = check(paper.answers, key.net, key.x, key.y, convention=convention, **options)
    coarse = []
    if key.decimals is not None:
        strict = check(
            paper.answers,
            key.net,
            key.x,
            key.y,
            key.decimals,
            convention=marked.convention,
            **options,
        )
        coarse = [
            name
            for name in key.asked
            if marked[name].status in (RIGHT, FOLLOWS) and strict[name].status == WRONG
        ]
    earned = {}
    for name in key.asked:
        share = 0.0 if marked[name].status in (WRONG, MISSING) else 0.5 if name in coarse else 1.0
        earned[name] = share * key.points[name]
    return Graded(who, str(paper.path), key, marked, "", earned, tuple(coarse))


def passed_over(folder: Path) -> list[Path]:
    """Return the files in a folder that are no answers files by their ending."""
    return [path for path in _visible(folder) if path.suffix.lower() not in ANSWER_ENDINGS]


def quantities(results: Iterable[Graded]) -> list[str]:
    """Return every quantity that was asked of someone, in the order of computation."""
    return list(
        dict.fromkeys(
            name for result in results for name in (result.key.asked if result.key else ())
        )
    )


def overview(results: Sequence[Graded]) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of the table: who, a sign for each quantity, points."""
    names = quantities(results)
    rows = []
    for result in results:
        marks = result.marks()
        signs = [
            MARK_SIGNS[marks[name].status] if result.marked and name in marks else " "
            for name in names
        ]
        rows.append(
            [result.who, *signs, f"{result.points:g}", f"{result.key.most:g}" if result.key else ""]
        )
    return ["", *names, "points", "of"], rows


def common_mistakes(results: Sequence[Graded]) -> list[str]:
    """Return which mistake was made how often in which quantity, the most frequent first."""
    found = Counter(
        (mark.name, mark.mistake)
        for result in results
        for mark in result.marks().values()
        if mark.status == WRONG
    )
    return [
        f"{count} × {name}: {BY_ID[mistake].name if mistake else 'wrong, no known mistake'}"
        for (name, mistake), count in found.most_common()
    ]


def grades_csv(results: Sequence[Graded]) -> str:
    """Return the CSV for a learning platform: a line for each learner, with points, feedback, and
    what became of each quantity.
    """
    names = quantities(results)
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow([*HEADER, *names])
    for result in results:
        marks = result.marks()
        most = result.key.most if result.key else 0.0
        cells = [
            (marks[name].mistake or marks[name].status) if name in marks else "" for name in names
        ]
        percent = f"{100 * result.points / most:.1f}" if most else ""
        sheet = (result.key.sheet or "") if result.key else ""
        lines.writerow(
            [
                *map(_harmless, (result.who, result.file, sheet)),
                f"{result.points:g}",
                f"{most:g}",
                percent,
                _harmless(result.feedback()),
                *cells,
            ]
        )
    return out.getvalue()


def _harmless(cell: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell
