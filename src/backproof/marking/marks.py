"""Check a learner's numbers: `check` marks each quantity and names the mistake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..backprop import check_data
from ..errors import InputError, choose
from ..formula import numpy_text
from ..network import Network
from .answers import Answer, answers_of
from .judging import FOLLOWS, MISSING, RIGHT, WRONG, Chain, Judged, Judgement, best
from .naming import Fit, fits
from .ways import Way, laid_out, ways

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

    def __getitem__(self, name: str) -> Mark:
        return next(mark for mark in self.marks if mark.name == name)

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
        lines = [f"{mark.name:10} {mark.status:8} {mark.message}".rstrip() for mark in given]
        missing = [mark.name for mark in self.marks if mark.status == MISSING]
        lines += [f"not given: {', '.join(missing)}"] if missing else []
        lines += [f"your convention: {self.convention_words}."] if self.convention_words else []
        return "\n".join([*lines, *self.remarks])

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
    x, y = check_data(net, x, y)
    rate = learning_rate
    for name in RATES:
        value = answers.get(name)
        if rate is None and isinstance(value, (int, float)) and not isinstance(value, bool):
            rate = float(value)
    chain = Chain(net, x, y, rate)
    every = [*chain.by_name, *(f"{name}_next" for name in net.parameters() if rate is None)]
    loose = places is None and (rate is not None or any(name in answers for name in ("x", "y", "net", "np", "__name__")))
    found = answers_of(answers, every, decimals, strict=not loose, places=places)
    late = [name for name in found if name not in chain.by_name]
    if late and not loose:
        raise InputError(f"{found[late[0]].where}{late[0]} needs the learning rate: give learning_rate.")
    found = {name: answer for name, answer in found.items() if name in chain.by_name}
    offered = {way.name: way for way in ways(net.loss)}
    candidates: list[Way] = [choose("convention", convention, offered)] if convention else list(offered.values())
    judgement = best(chain, found, candidates)
    marks = tuple(_mark(chain, judgement, judged, found) for judged in judgement.marks.values())
    taken = {answer.written: name for name, answer in found.items() if answer.written != name}
    remarks = tuple(f"{written} was taken for {name}." for written, name in taken.items())
    return Marked(marks, judgement.way.name, judgement.way.words, taken, remarks)


def _mark(chain: Chain, judgement: Judgement, judged: Judged, answers: Mapping[str, Answer]) -> Mark:
    name = judged.name
    if judged.status in (RIGHT, MISSING):
        return Mark(name, judged.status)
    if judged.status == FOLLOWS:
        return Mark(name, FOLLOWS, message="correct from your own earlier numbers.")
    answer = answers[name]
    named = fits(chain, judgement, name, answer)
    if judged.value is None and not named:
        want = chain.shapes[name]
        raise InputError(f"{answer.where}{answer.written} has shape {answer.value.shape}, expected {want} for {name}.")
    first = named[0] if named else None
    message = _got(chain, judgement, judged, answer) + (_why(chain, first, name) if first else "")
    return Mark(name, WRONG, first.mistake.id if first else None, tuple(fit.mistake.id for fit in named[1:]), judged.cells, message)


def _got(chain: Chain, judgement: Judgement, judged: Judged, answer: Answer) -> str:
    want = chain.shapes[judged.name]
    if judged.value is None or judged.expected is None:
        return f"it has shape {answer.value.shape}, expected {want}."
    factor = judgement.way.factor(judged.name, len(chain.x), len(chain.net.layers))
    expected = judged.expected.middle * factor
    mine = laid_out(answer.value, want, judgement.way.columns)
    cell = judged.cells[0]
    where = f"[{','.join(str(i + 1) for i in cell)}]" if cell else ""
    shown = f".{answer.decimals}f" if answer.decimals is not None else ".6g"
    got = np.asarray(mine)[cell]
    more = f" ({len(judged.cells)} of {int(np.prod(want))} numbers are wrong)" if len(judged.cells) > 1 else ""
    return f"{judged.name}{where} is {got:{shown}}, expected {expected[cell]:{shown}}{more}."


def _why(chain: Chain, fit: Fit, name: str) -> str:
    step = chain.by_name[fit.at]
    where = "" if fit.at == name else f" in {fit.at}, which you did not give"
    right = numpy_text(step.simplified or step.formula)
    return (
        f" {fit.mistake.name[0].upper()}{fit.mistake.name[1:]}{where}: {fit.at} = {right}, yours is {numpy_text(fit.formula)}. "
        f"{fit.mistake.teaches} ({fit.mistake.place})"
    )
