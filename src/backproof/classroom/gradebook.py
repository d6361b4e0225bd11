"""What came of a class: the table of marks, the mistakes that were common, the CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence

from ..marking.judging import FOLLOWS, MISSING, RIGHT, WRONG
from ..marking.mistakes.catalogue import BY_ID
from .grading import Graded
from .papers import HEADER

MARK_SIGNS = {RIGHT: "·", FOLLOWS: "f", WRONG: "X", MISSING: "-"}


def quantities(results: Iterable[Graded]) -> list[str]:
    """Return every quantity that was asked of someone, in the order of computation."""
    return list(dict.fromkeys(name for result in results for name in result.asked))


def overview(results: Sequence[Graded]) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of the table: who, a sign for each quantity, points."""
    names = quantities(results)
    rows = []
    for result in results:
        signs = dict.fromkeys(names, " ")
        if result.marked:
            signs |= {name: MARK_SIGNS[mark.status] for name, mark in result.marks().items()}
        out_of = "" if result.out_of is None else f"{result.out_of:g}"
        rows.append([result.who, *signs.values(), f"{result.points:g}", out_of])
    return ["", *names, "points", "of"], rows


def common_mistakes(results: Sequence[Graded]) -> list[str]:
    """Return which mistake was made how often in which quantity, the most frequent first."""
    found = Counter(
        (mark.name, mark.mistake)
        for result in results
        for mark in result.marks().values()
        if mark.status == WRONG
    )
    lines = []
    for (name, mistake), count in found.most_common():
        words = BY_ID[mistake].name if mistake else "wrong, no known mistake"
        lines.append(f"{count} × {name}: {words}")
    return lines


def grades_csv(results: Sequence[Graded]) -> str:
    """Return the CSV for a learning platform: a line for each learner, with points, feedback, and
    what became of each quantity.
    """
    names = quantities(results)
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow([*HEADER, *names])
    for result in results:
        lines.writerow([*_summary(result), *_outcomes(result, names)])
    return out.getvalue()


def _summary(result: Graded) -> list[str]:
    """Return the cells under `HEADER`."""
    most = result.out_of or 0.0
    percent = f"{100 * result.points / most:.1f}" if most else ""
    about = [result.who, result.file, result.sheet or ""]
    return [
        *map(_harmless, about),
        f"{result.points:g}",
        f"{most:g}",
        percent,
        _harmless(result.feedback()),
    ]


def _outcomes(result: Graded, names: Iterable[str]) -> list[str]:
    """Return the id of the mistake or the status of each quantity, empty where it wasn't asked."""
    found = {name: mark.mistake or mark.status for name, mark in result.marks().items()}
    return [found.get(name, "") for name in names]


def _harmless(cell: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")):
        return f"'{cell}"
    return cell
