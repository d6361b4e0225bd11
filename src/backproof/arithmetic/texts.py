"""The formula of a record's text: what may stand in it, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import InputError
from ..formula import (
    ONE,
    ZERO,
    Call,
    Cases,
    Compare,
    Formula,
    Minus,
    Name,
    Negative,
    Number,
    Plus,
    Power,
    Quotient,
    SumOver,
    Times,
)
from ..parsing import parse
from ..prose import comma_list, number_of, spoken_list
from ..rewriting import parts
from .elementary import CONSTANTS, ELEMENTARY, SPELLINGS
from .entries import OPERATIONS

LARGEST_POWER = 700.0  # its logarithm: of the largest float 709


def formula_of(text: str, letters: Sequence[str], entry: str = "") -> Formula:
    """Return the formula of a record's text; raise `InputError` for what may not stand in it.

    Parameters
    ----------
    text : in Python's syntax
    letters : what it is written in: ``z``, ``a`` and ``y``
    entry : of one that couples a row, the indices of the entry that it gives, ``jk``; then the
        letters stand with an index, ``z[j]``
    """
    formula = parse(text)
    try:
        why = _Rules(letters, rows=bool(entry)).fault(formula, frozenset(entry))
    except RecursionError:
        why = "it is nested too deeply"
    if why:
        raise InputError(f"{text!r} is not a formula that can be read: {why}.")
    return formula


@dataclass(frozen=True)
class _Rules:
    """What may stand in a formula, in these letters or in entries of their `rows`.

    Its methods say what is wrong, empty if nothing is; `indices` are those that mean something
    where a part stands: of the entry, and of the sums around it.
    """

    letters: Sequence[str]
    rows: bool

    def fault(self, part: Formula, indices: frozenset[str]) -> str:
        """Say what is wrong with a part or within it."""
        why = self._own_fault(part, indices)
        if why or self._is_delta(part):
            return why
        if isinstance(part, SumOver):
            indices = indices | {part.index}
        for inner in _parts(part):
            why = self.fault(inner, indices)
            if why:
                return why
        return ""

    def _own_fault(self, part: Formula, indices: frozenset[str]) -> str:
        match part:
            case Name(name) if not self._is_letter(name, indices):
                written = [f"{letter}[j]" for letter in self.letters] if self.rows else self.letters
                return f"write it in {spoken_list(written)}, not in {name}"
            case Call(_, arguments) if self._is_delta(part):
                known = all(isinstance(one, Name) and one.name in indices for one in arguments)
                return "" if known and len(arguments) == 2 else f"{part} means nothing there"
            case Call():
                return _fault_of_call(part)
            case Compare():
                return f"{part} is a condition: write Piecewise(({part.left}, {part}), (0, True))"
            case Cases(_, conditions):
                strange = [one for one in conditions if not _is_condition(one)]
                return f"{strange[0]} is no condition: write z > 0, or True" if strange else ""
            case Power() if _is_too_large(part):
                return f"{part} is too large a number"
            case Quotient(_, Number(0.0)):
                return f"{part} divides by 0"
            case SumOver() if not self.rows:
                return "only a function that couples a row has sums over it"
        return ""

    def _is_delta(self, part: Formula) -> bool:
        return self.rows and isinstance(part, Call) and part.function == "KroneckerDelta"

    def _is_letter(self, name: str, indices: frozenset[str]) -> bool:
        if name in CONSTANTS:
            return True
        if not self.rows:
            return name in self.letters
        letter, _, index = name.rstrip("]").partition("[")
        if not index:
            return name == "n"
        known = index in indices or (index.isdecimal() and int(index) > 0)
        return letter in self.letters and known


def _is_condition(part: Formula) -> bool:
    return isinstance(part, Compare) or part in (ZERO, ONE)


def _fault_of_call(call: Call) -> str:
    known = ELEMENTARY.get(SPELLINGS.get(call.function, call.function))
    if known is None:
        return f"{call.function} is not one of {comma_list(ELEMENTARY)}"
    if len(call.arguments) != known.arguments:
        return f"{call.function} takes {number_of(known.arguments, 'argument')}"
    return ""


def _is_too_large(power: Power) -> bool:
    """Whether a power of numbers is beyond the floats, or next to nothing."""
    base, exponent = _constant(power.left), _constant(power.right)
    if base is None or exponent is None or base == 0:
        return False
    return abs(exponent * math.log(abs(base))) > LARGEST_POWER


def _constant(formula: Formula) -> float | None:
    """Return the number that a formula is, None if letters stand in it or it has none."""
    match formula:
        case Number(value):
            return value
        case Negative(of):
            found = _constant(of)
            return None if found is None else -found
        case Plus(left, right) | Minus(left, right) | Times(left, right) | Power(left, right):
            values = _constant(left), _constant(right)
            if values[0] is None or values[1] is None:
                return None
            try:
                return float(OPERATIONS[type(formula)](*values))
            except (ArithmeticError, TypeError):  # beyond the floats, or no real number
                return None
    return None


def _parts(formula: Formula) -> Iterator[Formula]:
    """Yield the parts of a formula that are numbers: of a condition, its two sides."""
    for part in parts(formula):
        if isinstance(formula, Cases) and isinstance(part, Compare):
            yield from parts(part)
        else:
            yield part
