"""Answers files: TOML, JSON, or CSV from a spreadsheet with one block for each quantity."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ...activations import Array
from ...checks import numbers
from ...data.load import data_of, is_table
from ...errors import InputError
from ...network import NETWORK_FORMAT, Layer, Network, network_of
from .spelling import quantity

OF_LAYERS = ("W", "b", "activation", "frozen_bias")
KNOWN = (
    *(
        "network",
        "layers",
        "loss",
        "problem",
        "x",
        "y",
        "answers",
        "learning_rate",
        "convention",
        "decimals",
        "name",
        "sheet",
    ),
    *("asked", "points"),  # of a teacher's key
)

ANSWER_ENDINGS = (".toml", ".json", ".csv")


@dataclass(frozen=True)
class Paper:
    """What an answers file holds: the learner's numbers, and what they are about.

    Parameters
    ----------
    path : of the file
    answers : by the name that he wrote, numbers with their digits
    places : by that name, the line
    settings : the rest of the file
    """

    path: Path
    answers: Mapping[str, Any]
    places: Mapping[str, str]
    settings: Mapping[str, Any]

    def subject(self) -> tuple[Network, Array, Array]:
        """Return the network and the data that the file names; raise `InputError` if there are
        none.
        """
        net = self._network()
        x, y = self._data()
        return net, x, y

    @property
    def learning_rate(self) -> float | None:
        """The learning rate that the file names, None if it names none; raise `InputError` if it is
        no number.
        """
        rate = self.settings.get("learning_rate")
        if rate is not None and (
            isinstance(rate, bool)
            or not isinstance(rate, (int, float, Decimal))
            or not 0 < rate < math.inf
        ):
            raise self._own(
                f"learning_rate must be a finite number above 0, got {plain_numbers(rate)!r}."
            )
        return None if rate is None else float(rate)

    @property
    def decimals(self) -> int | None:
        """The digits after the point that the file says count, None if it doesn't; raise
        `InputError` if it is no whole number.
        """
        decimals = self.settings.get("decimals")
        if decimals is not None and (isinstance(decimals, bool) or not isinstance(decimals, int)):
            raise self._own(f"decimals must be a whole number, got {decimals!r}.")
        return decimals

    def _own(self, message: object) -> InputError:
        return InputError(f"{self.path}: {message}")

    def _network(self) -> Network:
        settings = plain_numbers(self.settings)
        if isinstance(settings.get("network"), str):
            if "layers" in settings:
                raise self._own("it names a network and has [[layers]] too: which is it?")
            net = Network.from_json(self.path.parent / settings["network"])
        elif isinstance(settings.get("network"), dict):
            net = network_of(
                {"format": NETWORK_FORMAT, "version": 1} | settings["network"], str(self.path)
            )
        elif "layers" in settings:
            layers = settings["layers"]
            if not isinstance(layers, list) or not all(
                isinstance(layer, dict) and "W" in layer for layer in layers
            ):
                raise self._own("each [[layers]] needs W, b and activation.")
            if strange := next(
                (key for layer in layers for key in layer if key not in OF_LAYERS), None
            ):
                raise self._own(
                    f"[[layers]] has an unknown entry {strange!r}. Known: {', '.join(OF_LAYERS)}."
                )
            try:
                net = Network([Layer(**{"b": None} | layer) for layer in layers])
            except InputError as error:
                raise self._own(error) from None
        else:
            spreadsheet = self.path.suffix.lower() == ".csv"
            how = (
                "a row network,net.json"
                if spreadsheet
                else 'network = "net.json", or [[layers]] with W, b and activation'
            )
            raise self._own(f"it names no network: add {how}; or a teacher's --key.")
        try:
            return net.with_loss(settings.get("loss"))
        except InputError as error:
            raise self._own(error) from None

    def _data(self) -> tuple[Array, Array]:
        settings = plain_numbers(self.settings)
        if "x" in settings and "y" in settings:
            y = settings["y"]
            if isinstance(y, list) and y and not any(isinstance(value, list) for value in y):
                y = [[value] for value in y]
            try:
                return numbers("x", settings["x"], 2), numbers("y", y, 2)
            except InputError as error:
                raise self._own(error) from None
        name = settings.get("problem")
        if not isinstance(name, str):
            spreadsheet = self.path.suffix.lower() == ".csv"
            how = (
                "a row problem,xor, or blocks x and y"
                if spreadsheet
                else 'problem = "xor", or x = [[0, 0], …] and y = [[0], …]'
            )
            raise self._own(f"it names no data: add {how}; or a teacher's --key.")
        try:
            data = data_of(self.path.parent / name if is_table(name) else name)
        except InputError as error:
            raise self._own(error) from None
        return data.x, data.y


def plain_numbers(value: Any) -> Any:
    """Return a document with its Decimals as floats."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {key: plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_numbers(item) for item in value]
    return value


def read_answers(path: str | Path, blank: bool = False) -> Paper:
    """Read an answers file; raise `InputError` that names the file and the line of what can't be
    read.

    `blank` : it may hold no answers, as a teacher's key
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder: name its files, or give --key to mark a class.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"can't read {path}: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise InputError(
            f"{path} is not a text file in UTF-8: save it as such (in a spreadsheet: CSV UTF-8)."
        ) from None
    kind = path.suffix.lower()
    if kind == ".csv":
        return _spreadsheet(path, text)
    if kind not in (".toml", ".json"):
        raise InputError(f"{path}: answers are a .toml, .json or .csv file.")
    try:
        document = (
            tomllib.loads(text, parse_float=Decimal)
            if kind == ".toml"
            else json.loads(text, parse_float=Decimal, object_pairs_hook=_once)
        )
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML: {error}; is the file whole?") from None
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}, line {error.lineno}: not JSON ({error.msg}); is the file cut off?"
        ) from None
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise InputError(f"{path}: can't be read ({error}).") from None
    if isinstance(document, dict) and blank:
        document.setdefault("answers", {})
    if not isinstance(document, dict) or not isinstance(document.get("answers"), dict):
        raise InputError(f"{path}: it should hold a table [answers] with the quantities.")
    settings = {key: value for key, value in document.items() if key != "answers"}
    for key in settings:
        if key not in KNOWN and not key.startswith("answers"):
            raise InputError(
                f"{path}{_line(text, key)}: unknown entry {key!r}. Known: {', '.join(KNOWN)}."
            )
    answers, places = {}, {}
    for name, value in document["answers"].items():
        stage = value if isinstance(value, dict) else None
        start = _start(text, name) if stage is not None else 0
        for key, numbers_ in [(name, value)] if stage is None else stage.items():
            written = key if stage is None else f"{key}_{name}"
            answers[written], places[written] = numbers_, f"{path}{_line(text, key, start)}: "
    return Paper(path, answers, places, settings)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name in found if sum(name == other for other, _ in pairs) > 1)
        raise ValueError(f"{twice} stands there twice")
    return found


def _start(text: str, table: str) -> int:
    """Return the line at which a table of the answers begins, ``[answers.step2]`` or ``"step2":
    {``; 0 if it isn't found.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"""\s*(\[answers\.{re.escape(table)}\]|"{re.escape(table)}"\s*:)""", line):
            return number
    return 0


def _line(text: str, key: str, start: int = 0) -> str:
    for number, line in enumerate(text.splitlines(), 1):
        at_start, inside = (
            rf"""\s*[{{,]?\s*["']?{re.escape(key)}["']?\s*[=:]""",
            rf""".*"{re.escape(key)}"\s*:""",
        )
        if number >= start and (re.match(at_start, line) or re.match(inside, line)):
            return f", line {number}"
    return ""


def _spreadsheet(path: Path, text: str) -> Paper:
    """A block is a name, alone in its row or before its first row of numbers, and the rows below
    it; a setting stands beside its name.
    """
    delimiter = next((mark for mark in ";\t" if mark in text), ",")  # a comma may be a decimal one
    blocks: dict[str, list[list[str]]] = {}
    settings: dict[str, Any] = {}
    places: dict[str, str] = {}
    name = ""
    for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1):
        filled = [cell.strip() for cell in cells if cell.strip()]
        if not filled:
            continue
        where = f"{path}, line {number}: "
        head = cells[0].strip() or (
            "" if _numeric(filled[0]) else filled[0]
        )  # a block may stand further right
        head = re.sub(r"\s*[:=]$", "", head)
        if _is_setting(head, filled[1:]):
            settings[head] = _setting(filled[1], head, where)
            continue
        if head and not _numeric(head):
            if quantity(head) is None and head not in ("x", "y"):
                raise InputError(f"{where}{head!r} is neither a number nor the name of a quantity.")
            if name != head and head in blocks:
                raise InputError(f"{where}{head} stands there twice.")
            name, filled = head, filled[1:]
            blocks.setdefault(name, [])
            places.setdefault(name, where)
        if not name:
            raise InputError(f"{where}numbers before the name of a quantity.")
        for cell in filled:
            if not _numeric(cell):
                raise InputError(f"{where}{cell!r} is not a number.")
        if filled:
            blocks[name].append(filled)
    answers = {name: rows for name, rows in blocks.items() if rows}
    for given in ("x", "y"):
        if given in answers:
            settings[given] = [
                [float(cell.replace(",", ".")) for cell in row] for row in answers.pop(given)
            ]
    return Paper(path, answers, places, settings)


def _is_setting(head: str, rest: list[str]) -> bool:
    """Whether a row is a setting: ``problem, xor``; a loss beside a number is an answer."""
    if head not in KNOWN or head in ("x", "y") or not rest:
        return False
    return head in ("learning_rate", "decimals") or not _numeric(rest[0])


def _setting(cell: str, head: str, where: str) -> Any:
    if head not in ("learning_rate", "decimals"):
        return cell
    if not _numeric(cell):
        raise InputError(f"{where}{head} is {cell!r}, which is not a number.")
    return float(cell.replace(",", ".")) if head == "learning_rate" else int(float(cell))


def _numeric(cell: str) -> bool:
    return bool(
        re.fullmatch(
            r"[-+−–]?\s*(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?|[-+]?inf|nan", cell, re.IGNORECASE
        )
    )
