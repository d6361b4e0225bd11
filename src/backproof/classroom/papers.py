"""Which files of a folder are papers, that is answers files that somebody handed in."""

from __future__ import annotations

from pathlib import Path

from ..marking.answers.files import ANSWER_ENDINGS

# the first cells of the CSV with the marks of a class: by them such a file is known again
HEADER = ("who", "file", "sheet", "points", "out of", "percent", "feedback")


def papers(folder: Path) -> list[Path]:
    """Return the answers files in a folder and the folders in it, in the order of their names; an
    earlier table of marks is none.
    """
    return [path for path in _visible(folder) if _may_be_answers(path) and not _is_table(path)]


def passed_over(folder: Path) -> list[Path]:
    """Return the files in a folder that are no answers files by their ending."""
    return [path for path in _visible(folder) if not _may_be_answers(path)]


def _visible(folder: Path) -> list[Path]:
    """Return the files in a folder and the folders in it, without hidden ones."""

    def is_hidden(path: Path) -> bool:
        return any(part.startswith(".") for part in path.relative_to(folder).parts)

    return sorted(path for path in folder.rglob("*") if path.is_file() and not is_hidden(path))


def _may_be_answers(path: Path) -> bool:
    return path.suffix.lower() in ANSWER_ENDINGS


def _is_table(path: Path) -> bool:
    """Whether a file is a table that `gradebook.grades_csv` has made."""
    if path.suffix.lower() != ".csv":
        return False
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline().startswith(",".join(HEADER))
    except OSError:
        return False
