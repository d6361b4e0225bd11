"""Answers in TOML or JSON: a document with a table ``[answers]``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...prose import comma_list
from ...reading import json_of
from .content import ENTRIES, Content


def read_document(path: Path, text: str, blank: bool) -> Content:
    """Return what stands in a document; raise `InputError` for one that can't be read, an entry
    that isn't known, or, unless it may be `blank`, no answers.
    """
    document = _document(path, text)
    if isinstance(document, dict) and blank:
        document.setdefault("answers", {})
    if not isinstance(document, dict) or not isinstance(document.get("answers"), dict):
        raise InputError(f"{path}: it should contain a table [answers] with the quantities.")
    settings = {key: value for key, value in document.items() if key != "answers"}
    for key in settings:
        if key not in ENTRIES and not key.startswith("answers"):
            where = _line(text, key)
            raise InputError(f"{path}{where}: unknown entry {key!r}. Known: {comma_list(ENTRIES)}.")
    answers, places = _answers(path, text, document["answers"])
    return Content(answers, places, settings)


def _document(path: Path, text: str) -> Any:
    """Return the document of a file, its numbers with their digits."""
    if path.suffix.lower() != ".toml":
        return json_of(text, path, parse_float=Decimal)
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML: {error}; is the file whole?") from None
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise InputError(f"{path}: can't be read ({error}).") from None


def _answers(
    path: Path, text: str, table: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the answers of a table and their places; those of ``[answers.step2]`` are called
    ``z1_step2``.
    """
    answers: dict[str, Any] = {}
    places: dict[str, str] = {}

    def add(written: str, numbers: Any, where: str) -> None:
        answers[written] = numbers
        places[written] = f"{path}{where}: "

    for name, value in table.items():
        if not isinstance(value, dict):
            add(name, value, _line(text, name))
            continue
        start = _start(text, name)
        for key, numbers in value.items():
            add(f"{key}_{name}", numbers, _line(text, key, start))
    return answers, places


def _start(text: str, table: str) -> int:
    """Return the line at which a table of the answers begins, ``[answers.step2]`` or ``"step2":
    {``; 0 if it isn't found.
    """
    name = re.escape(table)
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf'\s*(\[answers\.{name}\]|"{name}"\s*:)', line):
            return number
    return 0


def _line(text: str, key: str, start: int = 0) -> str:
    """Return where an entry stands, ``, line 7``, looked for from line `start` on; nothing if it
    isn't found.
    """
    name = re.escape(key)
    at_start = rf"""\s*[{{,]?\s*["']?{name}["']?\s*[=:]"""
    inside = rf'.*"{name}"\s*:'
    for number, line in enumerate(text.splitlines(), 1):
        if number >= start and (re.match(at_start, line) or re.match(inside, line)):
            return f", line {number}"
    return ""
