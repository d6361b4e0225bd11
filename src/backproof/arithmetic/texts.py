"""The formula of a record's text: what may stand in it, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import InputError
from ..formula import Call, Cases, Compare, Formula, Name, Number, Quotient, SumOver
from ..parsing import parse
from ..prose import comma_list, number_of, spoken_list
from ..rewriting import subformulas
from .elementary import CONSTANTS, ELEMENTARY, SPELLINGS


def formula_of(text: str, letters: Sequence[str], rows: bool = False) -> Formula:
    """Return the formula of a record's text, in these letters or the entries of their `rows`; raise
    `InputError` for anything else that stands in it.
    """
    formula = parse(text)
    indices = {"i", "j", "k"}
    indices |= {part.index for part in subformulas(formula) if isinstance(part, SumOver)}
    conditions = {
        id(condition)
        for part in subformulas(formula)
        if isinstance(part, Cases)
        for condition in part.conditions
    }
    for part in subformulas(formula):
        why = _unusable(part, letters, indices if rows else set())
        if isinstance(part, Compare) and id(part) not in conditions:
            why = f"{part} is a condition: write Piecewise(({part.left}, {part}), (0, True))"
        if why:
            raise InputError(f"{text!r} is not a formula that can be read: {why}.")
    return formula


def _unusable(part: Formula, letters: Sequence[str], indices: set[str]) -> str:
    """Say why a part can't stand in the formula of a record; empty if it can."""
    match part:
        case Call("KroneckerDelta", (Name(j), Name(k))) if {j, k} <= indices:
            return ""
        case Call(name, arguments):
            known = ELEMENTARY.get(SPELLINGS.get(name, name))
            if known is None:
                return f"{name} is not one of {comma_list(ELEMENTARY)}"
            if len(arguments) != known.arguments:
                return f"{name} takes {number_of(known.arguments, 'argument')}"
        case Name(name) if not _is_letter(name, letters, indices):
            written = [f"{letter}[j]" for letter in letters] if indices else letters
            return f"write it in {spoken_list(written)}, not in {name}"
        case Quotient(_, Number(0.0)):
            return f"{part} divides by 0"
        case SumOver() if not indices:
            return "only a function that couples a row has sums over it"
    return ""


def _is_letter(name: str, letters: Sequence[str], indices: set[str]) -> bool:
    if name in CONSTANTS:
        return True
    if not indices:
        return name in letters
    letter, _, index = name.rstrip("]").partition("[")
    if not index:
        return name == "n" or name in indices
    return letter in letters and (index in indices or (index.isdecimal() and int(index) > 0))
