"""Check a learner's numbers: `check` marks each quantity and names the mistake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..backprop import check_data
from ..errors import InputError, choose
from ..formula import in_columns
from ..network import Network
from ..prose import folded
from .answers import Answer, answers_of
from .judging import FOLLOWS, MISSING, WRONG, Chain, Judged, Judgement, best
from .naming import Fit, fits, likeliest
from .places import readable
from .spelling import stage_of
from .ways import NOTES, Way, laid_out, ways

CORRECT = "correct from your own earlier numbers."
MOST_CELLS = 6  # that are named one by one
RATES = ("learning_rate", "eta", "lr", "alpha")


@dataclass(frozen=True)
class Mark:
    """The mark of one quantity.

    Parameters
    ----------
    name : the quantity
    status : `right`, `follows` (correct given an earlier slip), `wrong`, `missing`
    mistake : the id of a known mistake, or None
    also : the ids of others that fit as exactly
    cells : (row, column) of the numbers that are wrong, from 0
    message : what was got, what was expected, why
    """

    name: str
    status: str
    mistake: str | None = None
    also: tuple[str, ...] = ()
    cells: tuple[tuple[int, ...], ...] = ()
    message: str = ""


@dataclass(frozen=True)
class Marked:
    """All marks of one learner; prints itself."""

    marks: tuple[Mark, ...]
    convention: str
    convention_words: str
    taken: Mapping[str, str]
    remarks: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not any(mark.status == WRONG for mark in self.marks)

    @property
    def names(self) -> tuple[str, ...]:
        """The quantities, in the order of computation."""
        return tuple(mark.name for mark in self.marks)

    def __getitem__(self, name: str) -> Mark:
        for mark in self.marks:
            if mark.name == name:
                return mark
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """Return the document of `--json`."""
        return {
            "convention": self.convention,
            "marks": [
                {"name": m.name, "status": m.status, "mistake": m.mistake, "also": list(m.also),
                 "cells": [list(cell) for cell in m.cells], "message": m.message}
                for m in self.marks
            ],
            "taken": dict(self.taken),
            "remarks": list(self.remarks),
        }  # fmt: skip

    def __str__(self) -> str:
        given = [mark for mark in self.marks if mark.status != MISSING]
        wide = max((len(mark.name) for mark in given), default=0)
        lines = [folded(mark.message, f"{mark.name:{wide}}  {mark.status:7}  ") for mark in given]
        missing = [mark.name for mark in self.marks if mark.status == MISSING]
        lines += [folded(f"not given: {', '.join(missing)}")] if missing else []
        lines += [folded(f"your convention: {self.convention_words}.")] if self.convention_words else []
        return "\n".join([*lines, *map(folded, self.remarks)])

    __repr__ = __str__


def check(
    answers: Mapping[str, Any],
    net: Network,
    x: Any,
    y: Any,
    decimals: int | None = None,
    *,
    learning_rate: float | None = None,
    convention: str | None = None,
    places: Mapping[str, str] | None = None,
) -> Marked:
    """Mark a learner's numbers for one step of `net` on (x, y), in the order of computation, with errors carried forward.

    Parameters
    ----------
    answers : names to numbers, ``locals()`` say; usual spellings are understood. Strings and Decimals count digits, floats are exact to
        rounding unless `decimals` is given
    net, x, y : the network before the step, (m, n0) inputs, (m, nL) targets
    decimals : digits after the point that the numbers were rounded to
    learning_rate : for `W1_next` and the like; found under its name in `answers` too
    convention : the name of one in `ways`; by default the one that leaves fewest wrong
    places : by name, where it stands in a file, for errors

    Raises `InputError` for what can't be read as numbers of this network.
    """
    chain, found = prepared(answers, net, x, y, decimals, learning_rate, places)
    [judgement] = best([(chain, found)], candidates(net.loss, convention))
    named = {name: fits(chain, judgement, name, found[name]) for name, judged in judgement.marks.items() if judged.status == WRONG}
    named = likeliest(named)
    marks = tuple(_mark(chain, judgement, judged, found, named.get(name, [])) for name, judged in judgement.marks.items())
    taken = {answer.written: name for name, answer in found.items() if answer.written != name}
    return Marked(marks, judgement.way.name, judgement.way.words, taken, taken_for(taken))


def prepared(
    answers: Mapping[str, Any], net: Network, x: Any, y: Any, decimals: int | None, rate: float | None,
    places: Mapping[str, str] | None = None, loose: bool | None = None,
) -> tuple[Chain, dict[str, Answer]]:  # fmt: skip
    """Return the steps and the answers to them.

    `loose` passes over names that are no quantities, as among the locals of a script; None finds out whether it should.
    """
    x, y = check_data(net, x, y)
    for name in RATES:
        value = answers.get(name)
        if rate is None and isinstance(value, (int, float)) and not isinstance(value, bool):
            rate = float(value)
    stages = max(map(stage_of, answers), default=1)
    if stages > 1 and rate is None:
        name = next(name for name in answers if stage_of(name) > 1)
        raise InputError(f"{(places or {}).get(name, '')}{name}: a second step needs the learning rate: give learning_rate.")
    chain = Chain(net, x, y, rate, stages)
    every = [*chain.by_name, *(f"{name}_next" for name in net.parameters() if rate is None)]
    if loose is None:
        loose = places is None and (rate is not None or any(name in answers for name in ("x", "y", "net", "np", "__name__")))
    found = answers_of(answers, every, decimals, strict=not loose, places=places)
    late = [name for name in found if name not in chain.by_name]
    if late and not loose:
        raise InputError(f"{found[late[0]].where}{late[0]} needs the learning rate: give learning_rate.")
    return chain, {name: answer for name, answer in found.items() if name in chain.by_name}


def candidates(loss: str, convention: str | None) -> list[Way]:
    """Return the conventions to try: the one that is named, or all for this loss."""
    offered = {way.name: way for way in ways(loss)}
    return [choose("convention", convention, offered)] if convention else list(offered.values())


def taken_for(taken: Mapping[str, str]) -> tuple[str, ...]:
    """Say what each spelling was taken for."""
    return tuple(f"{written} was taken for {name}." for written, name in taken.items())


def _mark(chain: Chain, judgement: Judgement, judged: Judged, answers: Mapping[str, Answer], named: Sequence[Fit]) -> Mark:
    name = judged.name
    if judged.status != WRONG:
        return Mark(name, judged.status, message=CORRECT if judged.status == FOLLOWS else "")
    answer = answers[name]
    if (
        judged.value is None
        and not named
        and not any(laid_out(answer.value, chain.shapes[name], turned) is not None for turned in (True, False))
    ):
        taken = f" for {name}" if answer.written != name else ""
        raise InputError(f"{answer.where}{answer.written} has {odd_shape(chain, answer)}{taken}.")
    return wrong_mark(chain, judgement, judged, answer, named)


def wrong_mark(chain: Chain, judgement: Judgement, judged: Judged, answer: Answer, named: Sequence[Fit]) -> Mark:
    """Return the mark of a wrong quantity, with the mistakes that fit it, the likeliest first."""
    first = named[0] if named else None
    cells = tuple(cell[::-1] for cell in judged.cells) if judgement.way.columns else judged.cells  # as the learner has them
    message = _got(chain, judgement, judged, answer) + (_why(chain, judgement.way, first, judged.name) if first else "")
    return Mark(judged.name, WRONG, first.mistake.id if first else None, tuple(fit.mistake.id for fit in named[1:]), cells, message)


def odd_shape(chain: Chain, answer: Answer) -> str:
    """Say which shape the numbers have, and which they should have."""
    return f"shape {answer.value.shape}, expected {chain.shapes[answer.name]}"


def _got(chain: Chain, judgement: Judgement, judged: Judged, answer: Answer) -> str:
    want = chain.shapes[judged.name]
    if judged.value is None or judged.expected is None:
        turned = " transposed, as your other numbers are" if judgement.way.columns and len(want) == 2 else ""
        return f"{judged.name} has {odd_shape(chain, answer)}{turned}."
    factor = judgement.way.factor(chain.base(judged.name), chain.m, chain.last)
    expected = judged.expected.middle * factor
    mine = laid_out(answer.value, want, judgement.way.columns)
    cell = judged.cells[0]
    place = cell[::-1] if judgement.way.columns else cell
    where = f"[{','.join(str(i + 1) for i in place)}]" if cell else ""
    got, right = _told_apart(float(np.asarray(mine)[cell]), float(expected[cell]), answer.decimals)
    more = _others(judged.cells, int(np.prod(want)), judgement.way.columns)
    return f"{judged.name}{where} is {got}, expected {right}{more}."


def _others(cells: Sequence[tuple[int, ...]], count: int, columns: bool) -> str:
    """Say which other numbers are wrong: where they stand, or how many they are."""
    if len(cells) == 1:
        return ""
    if len(cells) == count or len(cells) > MOST_CELLS:
        return f" ({len(cells)} of {count} numbers are wrong)"
    places = (cell[::-1] if columns else cell for cell in cells[1:])
    return f" (wrong too: {', '.join(f'[{chr(44).join(str(i + 1) for i in place)}]' for place in places)})"


def _told_apart(got: float, expected: float, decimals: int | None) -> tuple[str, str]:
    """Return two numbers with the decimals that were written, or with as many digits as it takes to see the difference."""
    if np.isnan(got):
        return "nan" if decimals is None else "left blank", f"{expected:.6g}" if decimals is None else f"{expected:.{decimals}f}"
    if decimals is not None:
        return f"{got:.{decimals}f}", f"{expected:.{decimals}f}"
    digits = next((n for n in range(6, 17) if f"{got:.{n}g}" != f"{expected:.{n}g}"), 17)
    return f"{got:.{digits}g}", f"{expected:.{digits}g}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:] if text[0].isascii() else text  # σ stays σ


def _why(chain: Chain, way: Way, fit: Fit, name: str) -> str:
    """Name a mistake, with its formula beside the right one: columns as the learner writes them, signs and the 1/m as the notes do."""
    step = chain.by_name[fit.at]
    where = "" if fit.at == name else f" in {fit.at}, which you did not give"
    both = (step.simplified or step.formula, fit.formula)
    right, yours = (readable(in_columns(formula) if way.columns else formula, chain.net) for formula in both)
    said = "in the notes' convention " if replace(way, columns=False, loss="") != NOTES else ""
    return f" {_capital(fit.mistake.name)}{where}: {said}{fit.at} = {right}, yours is {yours}. {fit.mistake.teaches} ({fit.mistake.page})"
