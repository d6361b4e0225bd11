"""A learner's answers: which quantity each is, what was written, and how exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...activations import Array
from ...errors import InputError, unknown
from .digits import is_blank, looks_rounded, read_numbers
from .spelling import quantity

# what becomes of a name that is no quantity, and of what can't be read
STRICT = "strict"  # both are errors
LOCALS = "locals"  # of a script: names are passed over, and so is what is no array of numbers
PAPER = "paper"  # of a class: names are passed over and told, what can't be read is a wrong answer
COARSEST = 0.5  # nobody rounds a step on the way further than to whole numbers
OUTPUT_SPELLINGS = (
    "yhat",
    "y_hat",
    "ŷ",
    "y_pred",
    "ypred",
    "output",
    "outputs",
)  # spellings of the last layer's activations


@dataclass(frozen=True)
class Answer:
    """One quantity as the learner wrote it.

    Parameters
    ----------
    name : the contract's
    written : what he called it
    value : the numbers in his shape
    unit : for each, how far the number that he rounded may lie from it
    decimals : digits after the point, None for floats
    where : the place in a file, for errors: ``answers.toml, line 7: ``
    """

    name: str
    written: str
    value: Array
    unit: Array
    decimals: int | None = None
    where: str = ""

    @property
    def whole(self) -> bool:
        """Whether these are whole numbers, which don't show how they were rounded."""
        return not self.coarse and bool(np.array_equal(np.round(self.value), self.value))

    @property
    def coarse(self) -> bool:
        """Whether these are floats of less than 64 bits."""
        largest = np.abs(self.value[np.isfinite(self.value)]).max(initial=0.0)
        return self.decimals is None and bool(self.unit.max(initial=0.0) > 1e-9 * largest)


@dataclass
class Answers:
    """What was read.

    Parameters
    ----------
    found : the answers by quantity, in the order of computation
    unreadable : by quantity, why its numbers can't be read (papers only)
    passed : what was passed over, and why
    """

    found: dict[str, Answer] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Precision:
    """How far someone rounds: to so many decimals, or to so many significant figures.

    Parameters
    ----------
    unit : half a unit of his usual last decimal; 0 if he doesn't round
    figures : how many he keeps; None if he goes by decimals
    either : whether it could be both
    """

    unit: float = 0.0
    figures: int | None = None
    either: bool = False

    def at(self, size: Array) -> Array:
        """Return how far numbers of this size may lie from what he rounds to them."""
        unit = np.full(np.shape(size), self.unit)
        if self.figures is None:
            return unit
        relative = np.where(size > 0, 0.5 * 10.0 ** (_places(size) - self.figures), unit)
        return np.maximum(unit, relative) if self.either else relative


def _places(size: Array) -> Array:
    """Return how many digits stand before the point, negative for zeros after it."""
    return np.asarray(np.floor(np.log10(np.where(size > 0, size, 1.0))) + 1)


def precision(answers: Iterable[Answer]) -> Precision:
    """Return how far someone rounds, by the answers that show it: whole numbers and exact floats
    tell nothing of it.
    """
    shown = [
        answer
        for answer in answers
        if (answer.decimals is not None or answer.coarse) and answer.unit.max(initial=0.0) > 0
    ]
    if not shown:
        return Precision()
    unit = min(COARSEST, float(np.median([float(np.median(answer.unit)) for answer in shown])))
    written = [answer for answer in shown if not answer.coarse]
    value = np.concatenate([np.empty(0), *(answer.value.ravel() for answer in written)])
    units = np.concatenate([np.empty(0), *(answer.unit.ravel() for answer in written)])
    some = (value != 0) & np.isfinite(value) & (units > 0)
    if not some.any():
        return Precision(unit)
    decimals = np.round(-np.log10(2 * units[some]))
    figures = _places(np.abs(value[some])) + decimals
    if figures.std() > decimals.std():
        return Precision(unit)
    return Precision(unit, max(1, int(np.median(figures))), bool(figures.std() == decimals.std()))


def answers_of(
    given: Mapping[str, Any],
    names: Sequence[str],
    decimals: int | None = None,
    mode: str = STRICT,
    places: Mapping[str, str] | None = None,
) -> Answers:
    """Return the answers in a mapping from names to numbers.

    Parameters
    ----------
    given : numbers, nested lists, arrays, or text; strings and Decimals count digits
    names : the quantities of the network
    decimals : how many digits after the point count; for floats, which don't show it
    mode : `STRICT`, `LOCALS` or `PAPER`
    places : by name, where it stands in a file

    Raises `InputError` for a word where a number should be, rows of unequal length, two spellings
    of one quantity, and if there is nothing.
    """
    if decimals is not None and (
        isinstance(decimals, bool) or not isinstance(decimals, int) or not 0 <= decimals <= 100
    ):
        raise InputError(f"decimals must be a whole number from 0 up, got {decimals!r}.")
    read = Answers()
    for written, numbers in given.items():
        where = (places or {}).get(written, "")
        name = _name(written, names)
        if mode == LOCALS and name is not None and written != name and len(str(written)) == 1:
            name = None  # e, l and c are seldom the loss in a script
        if name is None:
            if mode == STRICT:
                raise InputError(where + str(unknown("quantity", written, names)))
            if mode == PAPER:
                read.passed.append(f"{written} was passed over: it is no quantity of this network.")
        elif not is_blank(numbers):
            _read_quantity(read, name, str(written), numbers, decimals, mode, where)
    if not read.found and not read.unreadable:
        raise InputError(_nothing(given, names))
    read.found = {name: read.found[name] for name in names if name in read.found}
    if decimals is None:
        _round_whole(read.found)
    return read


def _round_whole(found: dict[str, Answer]) -> None:
    """Let whole numbers be rounded as the others are: a spreadsheet writes 1.00 as 1."""
    usual = precision(answer for answer in found.values() if not answer.whole)
    for name, answer in found.items():
        if answer.whole:
            found[name] = replace(
                answer, unit=np.maximum(answer.unit, usual.at(np.abs(answer.value)))
            )


def _name(written: Any, names: Sequence[str]) -> str | None:
    name = written if written in names else quantity(str(written))
    if str(written).strip().lower() in OUTPUT_SPELLINGS:
        name = [name for name in names if name[0] == "a" and name[1:].isdigit()][-1]
    return name if name in names else None


def _read_quantity(
    read: Answers,
    name: str,
    written: str,
    numbers: Any,
    decimals: int | None,
    mode: str,
    where: str,
) -> None:
    """Read one quantity into `read`."""
    try:
        if mode == LOCALS and not isinstance(
            numbers, (str, list, tuple, int, float, np.ndarray, np.number)
        ):
            raise InputError(f"{type(numbers).__name__} is no array of numbers.")
        value, unit, count = read_numbers(numbers, decimals)
        if not value.size:
            raise InputError(f"it has no numbers (shape {value.shape}).")
        if mode == LOCALS and name == "loss" and value.size > 1:
            raise InputError(f"it has {value.size} numbers, one for each epoch perhaps.")
    except InputError as error:
        if mode == STRICT:
            raise InputError(f"{where}{written}: {error}") from None
        if mode == PAPER:
            read.unreadable[name] = f"{where}{written}: {error}"
        elif written == name:
            read.passed.append(f"{written} was passed over: {error}")
        return
    earlier = read.found.get(name)
    if earlier is not None and not (mode == LOCALS and name in (earlier.written, written)):
        raise InputError(
            f"{where}{earlier.written} and {written} are both {name}: give one of them."
        )
    if earlier is None or written == name:
        read.found[name] = Answer(name, written, value, unit, count, where)


def _nothing(given: Mapping[str, Any], names: Sequence[str]) -> str:
    if not given:
        return (
            f"there are no answers: give quantities by their names, such as {', '.join(names[:5])}."
        )
    if any(map(is_blank, given.values())):
        return "nothing is filled in: write numbers into the blanks."
    return (
        f"there is no quantity among {', '.join(map(str, list(given)[:12]))}: use names such as"
        f" {', '.join(names[:5])}."
    )


def rounded_floats(answers: Mapping[str, Answer]) -> int | None:
    """Return to how many decimals answers that are floats were evidently rounded, None if they were
    not.
    """
    found = [looks_rounded(answer.value) for answer in answers.values() if answer.decimals is None]
    counts = [count for count in found if count is not None]
    return max(counts) if counts and len(counts) > len(found) / 2 else None
