"""A learner's answers: which quantity each is, what was written, and how exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...activations import Array
from ...errors import InputError, unknown
from ...prose import comma_list, shown
from .digits import Numbers, apparent_decimals, apparent_figures, is_blank, read_numbers
from .rounding import COARSEST, Digits, Precision, Rounding, places
from .spelling import quantity

# what becomes of a name that is no quantity, and of what can't be read
STRICT = "strict"  # both are errors
LOCALS = "locals"  # of a script: names are passed over, and so is what is no array of numbers
PAPER = "paper"  # of a class: a remark says which names, what can't be read is a wrong answer

INEXACT = 1e-9  # of the largest number: float64 is off by less, floats of fewer bits by more
# spellings of the last layer's activations
OUTPUT_SPELLINGS = ("yhat", "y_hat", "ŷ", "y_pred", "ypred", "output", "outputs")
NOT_SAID = Rounding()
NUMBER_TYPES = (str, list, tuple, int, float, np.ndarray, np.number)  # that a script's may have


@dataclass(frozen=True)
class Answer:
    """One quantity as the learner wrote it.

    Parameters
    ----------
    name : the contract's
    written : what they called it
    value : the numbers in their shape
    unit : for each, how far the number that they rounded may lie from it
    decimals : digits after the point, None for floats
    where : the place in a file, for errors: ``answers.toml, line 7: ``
    last, end : of each, the places of its last digit, and of its last digit but zeros
    """

    name: str
    written: str
    value: Array
    unit: Array
    decimals: int | None
    where: str
    last: Array
    end: Array

    @property
    def whole(self) -> bool:
        """Whether these are whole numbers, which don't show how they were rounded."""
        return not self.coarse and bool(np.array_equal(np.round(self.value), self.value))

    @property
    def coarse(self) -> bool:
        """Whether these are floats of less than 64 bits."""
        largest = np.abs(self.value[np.isfinite(self.value)]).max(initial=0.0)
        return self.decimals is None and bool(self.unit.max(initial=0.0) > INEXACT * largest)

    @property
    def shows_rounding(self) -> bool:
        """Whether one sees how far these were rounded: not in whole numbers, or in exact floats."""
        if self.decimals is None and not self.coarse:
            return False
        return bool(self.unit.max(initial=0.0) > 0)


@dataclass
class Answers:
    """What was read.

    Parameters
    ----------
    found : the answers by quantity, in the order of computation
    unreadable : by quantity, why its numbers can't be read (papers only)
    passed : what was passed over, and why
    precision : how far this learner rounds
    """

    found: dict[str, Answer] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)
    precision: Precision = field(default_factory=Precision)


def precision(answers: Iterable[Answer]) -> Precision:
    """Return how far someone rounds, by the answers that show it."""
    every = list(answers)
    shown = [answer for answer in every if answer.shows_rounding]
    digits = Digits.of([(answer.value, answer.last, answer.end) for answer in every])
    if not shown:
        found = digits.precision(0.0)  # whole numbers; who writes many digits rounds them
        return found if found.figures else Precision()
    usual = float(np.median([float(np.median(answer.unit)) for answer in shown]))
    return digits.precision(min(COARSEST, usual))


def answers_of(
    given: Mapping[str, Any],
    names: Sequence[str],
    rounding: Rounding = NOT_SAID,
    mode: str = STRICT,
    places: Mapping[str, str] | None = None,
) -> Answers:
    """Return the answers in a mapping from names to numbers.

    Parameters
    ----------
    given : numbers, nested lists, arrays, or text; strings and Decimals count digits
    names : the quantities of the network
    rounding : what the numbers were rounded to, if it is said; floats don't show it
    mode : `STRICT`, `LOCALS` or `PAPER`
    places : by name, where it stands in a file

    Raises `InputError` for a word where a number should be, rows of unequal length, two spellings
    of one quantity, and if there is nothing.
    """
    read = Answers()
    for written, numbers in given.items():
        where = (places or {}).get(written, "")
        name = _name(written, names, mode)
        if name is None:
            _pass_over(read, written, names, mode, where)
        elif not is_blank(numbers):
            _read_quantity(read, name, str(written), numbers, rounding, mode, where)
    if not read.found and not read.unreadable:
        raise InputError(_nothing(given, names))
    read.found = {name: read.found[name] for name in names if name in read.found}
    if rounding.stated:
        read.precision = rounding.precision
        return read
    read.precision = precision(read.found.values())
    _round_whole(read.found, read.precision)
    return read


def _name(written: Any, names: Sequence[str], mode: str) -> str | None:
    """Return the quantity that somebody's name means, None if it is none of these `names`."""
    if not isinstance(written, str):
        return None
    name = written if written in names else quantity(written)
    if written.strip().lower() in OUTPUT_SPELLINGS:
        name = [other for other in names if other[0] == "a" and other[1:].isdigit()][-1]
    if name not in names:
        return None
    if mode == LOCALS and written != name and len(written) == 1:
        return None  # e, l and c are seldom the loss in a script
    return name


def _pass_over(read: Answers, written: Any, names: Sequence[str], mode: str, where: str) -> None:
    """Pass over a name that is no quantity, or raise `InputError`, as the mode has it."""
    if mode == STRICT:
        raise InputError(where + str(unknown("quantity", written, names)))
    if mode == PAPER:
        read.passed.append(f"{written} was ignored: it is not a quantity of this network.")


def _read_quantity(
    read: Answers,
    name: str,
    written: str,
    numbers: Any,
    rounding: Rounding,
    mode: str,
    where: str,
) -> None:
    """Read one quantity into `read`."""
    try:
        given = _numbers(name, numbers, rounding, mode)
    except InputError as error:
        if mode == STRICT:
            raise InputError(f"{where}{written}: {error}") from None
        if mode == PAPER:
            read.unreadable[name] = f"{where}{written}: {error}"
        elif written == name:
            read.passed.append(f"{written} was ignored: {error}")
        return
    earlier = read.found.get(name)
    if earlier is not None and not (mode == LOCALS and name in (earlier.written, written)):
        raise InputError(
            f"{where}{earlier.written} and {written} are both {name}: give one of them."
        )
    # in a script the contract's own spelling is the one that is meant
    if earlier is None or written == name:
        read.found[name] = Answer(
            name, written, given.value, given.unit, given.decimals, where, given.last, given.end
        )


def _numbers(name: str, given: Any, rounding: Rounding, mode: str) -> Numbers:
    """Return the numbers of a quantity as `read_numbers` does; raise `InputError` too for what a
    script may well call so and is no answer.
    """
    if mode == LOCALS and not isinstance(given, NUMBER_TYPES):
        raise InputError(f"{type(given).__name__} is no array of numbers.")
    found = read_numbers(given, rounding)
    if not found.value.size:
        raise InputError(f"it contains no numbers (shape {found.value.shape}).")
    if mode == LOCALS and name == "loss" and found.value.size > 1:
        raise InputError(f"it has {found.value.size} numbers, one for each epoch perhaps.")
    return found


def _round_whole(found: dict[str, Answer], usual: Precision) -> None:
    """Let whole numbers be rounded as the others are: a spreadsheet writes 1.00 as 1, and of
    16800 three figures may count.
    """
    for name, answer in found.items():
        size = np.abs(answer.value)
        padded = np.full(size.shape, answer.whole)
        if usual.figures is not None:
            padded |= (answer.end >= 0) & ((places(size) > 1) | ~np.array(usual.either))
        unit = np.maximum(answer.unit, usual.at(size))
        found[name] = replace(answer, unit=np.where(padded, unit, answer.unit))


def _nothing(given: Mapping[str, Any], names: Sequence[str]) -> str:
    """Say why there are no answers, and how to give some."""
    usual = comma_list(names[:5])
    if not given:
        return f"there are no answers: give quantities by their names, such as {usual}."
    if any(map(is_blank, given.values())):
        return "nothing is filled in: write numbers into the blanks."
    names = [name if isinstance(name, str) else shown(name) for name in list(given)[:12]]
    strange = comma_list(names)
    return f"there is no quantity among {strange}: use names such as {usual}."


def rounding_of_floats(answers: Mapping[str, Answer]) -> Rounding:
    """Return to what answers that are floats were evidently rounded, nothing if they were not."""
    floats = [answer.value for answer in answers.values() if answer.decimals is None]
    found = [apparent_decimals(value) for value in floats]
    counts = [count for count in found if count is not None]
    figures = apparent_figures(floats)
    if figures is not None:
        return Rounding(figures=figures)
    if len(counts) <= len(found) / 2:
        return NOT_SAID
    return Rounding(max(counts))
