"""Check a learner's numbers: `check` marks each quantity and names the mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arithmetic.coupled import is_sampled
from ..backprop import Objective, objective
from ..conventions import COLUMNS, NOTES
from ..errors import InputError, choose
from ..network import Network
from ..prose import comma_list, paragraph
from .answers.answers import NOT_SAID, PAPER, Answer, rounding_of_floats
from .answers.rounding import Rounding
from .judging import FOLLOWS, MISSING, RIGHT, WRONG, Judged, Judgement
from .messages import FOLLOWED, message, odd_shape
from .naming import Fit, fits, left_out, likeliest, likeliest_judgements
from .work import Work, candidates, submission

# units of the last digit, beyond which an interval that holds both signs is said to be vague
MANY_UNITS = 5


WIDEST_STATUS = max(map(len, (RIGHT, FOLLOWS, WRONG, MISSING)))


@dataclass(frozen=True)
class Mark:
    """The mark of one quantity.

    Parameters
    ----------
    name : the quantity
    status : `right`, `follows` (correct given an earlier slip), `wrong`, `missing`
    mistake : the id of a known mistake, or None
    also : the ids of others that fit as exactly
    cells : (row, column) of the numbers that are wrong, from 0; biases are a row, the loss is (0,
        0); a softmax's slopes have three
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
    """All marks of one learner; prints itself.

    Parameters
    ----------
    marks : of every quantity, in the order of computation
    convention : the name of the one in which the answers are read, `notes` for the notes'
    convention_words : what it is, and what to watch
    taken : what each other spelling of a quantity was taken for
    remarks : what else is worth telling
    """

    marks: tuple[Mark, ...]
    convention: str
    convention_words: str
    taken: Mapping[str, str]
    remarks: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong

    @property
    def wrong(self) -> int:
        """How many quantities are wrong."""
        return sum(mark.status == WRONG for mark in self.marks)

    @property
    def names(self) -> tuple[str, ...]:
        """The quantities, in the order of computation."""
        return tuple(mark.name for mark in self.marks)

    def __getitem__(self, name: str) -> Mark:
        return choose("quantity", name, {mark.name: mark for mark in self.marks})

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
        lines = []
        for mark in given:
            head = f"{mark.name:{wide}}  {mark.status:{WIDEST_STATUS}}  "
            lines.append(paragraph(mark.message, head))
        missing = [mark.name for mark in self.marks if mark.status == MISSING]
        if missing:
            lines.append(paragraph(f"not given: {comma_list(missing)}"))
        if self.convention_words:
            lines.append(paragraph(f"your convention: {self.convention_words}."))
        return "\n".join([*lines, *map(paragraph, self.remarks)])

    __repr__ = __str__


def check(
    answers: Mapping[str, Any],
    net: Network,
    x: Any,
    y: Any,
    decimals: int | None = None,
    *,
    figures: int | None = None,
    learning_rate: float | None = None,
    l2: float = 0.0,
    example_weights: Any = None,
    convention: str | None = None,
    places: Mapping[str, str] | None = None,
    paper: bool = False,
) -> Marked:
    """Mark a learner's numbers for one step of `net` on (x, y), in the order of computation, with
    errors carried forward.

    Parameters
    ----------
    answers : names to numbers, ``locals()`` say; usual spellings are understood. Strings and
        Decimals count digits, floats are exact to rounding unless `decimals` or `figures` is given
    net, x, y : the network before the step, (m, n0) inputs, (m, nL) targets
    decimals, figures : digits after the point, or significant figures, that the numbers were
        rounded to; one of them
    learning_rate : for `W1_next` and the like; found under its name in `answers` too
    l2, example_weights : as in `backward`
    convention : the name of one in `conventions`; by default the one that leaves fewest wrong
    places : by name, where it stands in a file, for errors
    paper : what can't be read, or has an odd shape, is a wrong answer and no error, as in an
        examination

    Raises `InputError` for what can't be read as numbers of this network.
    """
    what = objective(net, x, y, example_weights=example_weights, l2=l2)
    return marked(
        answers,
        what,
        Rounding(decimals, figures),
        learning_rate=learning_rate,
        convention=convention,
        places=places,
        paper=paper,
    )


def marked(
    answers: Mapping[str, Any],
    what: Objective,
    rounding: Rounding = NOT_SAID,
    *,
    learning_rate: float | None = None,
    convention: str | None = None,
    places: Mapping[str, str] | None = None,
    paper: bool = False,
) -> Marked:
    """Mark a learner's numbers for one step of training; the rest is as in `check`."""
    mode = PAPER if paper else None
    given = submission(answers, what, rounding, learning_rate, places, mode)
    work = given.work
    [judgement] = likeliest_judgements([work], candidates(what.net.loss_record, convention))
    named = {name: fits(judgement, name) for name in judgement.wrong}
    likely = likeliest(named)
    marks = {
        name: mark(judgement, judged, likely.get(name, []))
        for name, judged in judgement.marks.items()
    }
    if not paper:
        _refuse_odd_shapes(judgement, named)
    marks |= {name: Mark(name, WRONG, message=why) for name, why in given.unreadable.items()}
    remarks = (
        *given.remarks,
        *_sampling_remark(work),
        *_left_out_remark(judgement),
        *_vague_remark(judgement),
        *_rounding_remark(marks.values(), work.answers, rounding),
    )
    chosen = judgement.work.convention
    return Marked(tuple(marks.values()), chosen.name, chosen.words, given.taken, remarks)


def mark(judgement: Judgement, judged: Judged, named: Sequence[Fit]) -> Mark:
    """Return the mark of a quantity; `named` are the mistakes that fit it, the likeliest first."""
    if judged.status == FOLLOWS:
        return Mark(judged.name, FOLLOWS, message=FOLLOWED)
    if judged.status != WRONG:
        return Mark(judged.name, judged.status)
    ids = [fit.mistake.id for fit in named]
    cells = _written_cells(judgement, judged)
    why = message(judgement, judged, named)
    return Mark(judged.name, WRONG, ids[0] if ids else None, tuple(ids[1:]), cells, why)


def _written_cells(judgement: Judgement, judged: Judged) -> tuple[tuple[int, ...], ...]:
    """Return the cells that are wrong as the learner has them: in columns, a matrix turned; of what
    has fewer than two dimensions, in row 0.
    """
    cells = [(0,) * (2 - len(cell)) + cell for cell in judged.cells]
    if judgement.work.convention.columns and any(len(cell) == 2 for cell in judged.cells):
        cells = [cell[::-1] for cell in cells]
    return tuple(cells)


def _refuse_odd_shapes(judgement: Judgement, named: Mapping[str, Sequence[Fit]]) -> None:
    """Raise `InputError` for numbers of an odd shape, unless a mistake is known that leads to one:
    then it may lead to more.
    """
    odd = [name for name in judgement.wrong if judgement.marks[name].value is None]
    if any(named[name] for name in odd):
        return
    for name in odd:
        _refuse_shape(judgement.work, name)


def _refuse_shape(work: Work, name: str) -> None:
    """Raise `InputError` for numbers whose shape is neither the quantity's nor its transpose's."""
    answer, shape = work.answers[name], work.chain.shapes[name]
    if all(layout.laid_out(answer.value, shape) is None for layout in (COLUMNS, NOTES)):
        taken = f" for {name}" if answer.written != name else ""
        raise InputError(f"{answer.where}{answer.written} has {odd_shape(work, name)}{taken}.")


def _sampling_remark(work: Work) -> list[str]:
    """Say so if the intervals of an activation are no enclosures."""
    record = work.chain.objective.structure.output
    if not is_sampled(record, work.chain.net.sizes[-1]):
        return []
    return [
        f"{record.name} couples a row, and no formula says how each output moves: its intervals"
        " were sampled, so a mark near the edge of rounding may be off. Give formula= and"
        " derivative_formula= to have them enclosed."
    ]


def _left_out_remark(judgement: Judgement) -> list[str]:
    """Say which mistakes were not looked for."""
    said = left_out(judgement.work, judgement.wrong)
    return [said] if said else []


def _vague_remark(judgement: Judgement) -> list[str]:
    """Say which quantities are right whatever their sign, since so few digits and so few of the
    steps before them are given.
    """
    names = [name for name, judged in judgement.marks.items() if _is_vague(judged)]
    if not names:
        return []
    are = "is" if len(names) == 1 else "are"
    return [
        f"{comma_list(names)} {are} given with too few digits to tell right from wrong in every"
        " entry: show the steps before, or more digits."
    ]


def _is_vague(judged: Judged) -> bool:
    """Whether a quantity is right whatever the sign of some entry."""
    if judged.status != RIGHT or judged.expected is None:
        return False
    middle, radius = judged.expected.middle, judged.expected.radius
    wide = (radius > np.abs(middle)) & (radius > MANY_UNITS * judged.unit)
    return bool(wide.any())


def _rounding_remark(
    marks: Iterable[Mark], answers: Mapping[str, Answer], rounding: Rounding
) -> list[str]:
    """Say so if floats that are wrong look rounded: Python's floats don't show how many digits
    count.
    """
    if rounding.stated or not any(mark.status == WRONG for mark in marks):
        return []
    seen = rounding_of_floats(answers)
    if not seen.stated:
        return []
    what, option = f"{seen.decimals} decimals", f"decimals={seen.decimals}"
    if seen.figures is not None:
        what, option = f"{seen.figures} significant figures", f"figures={seen.figures}"
    return [f"your numbers look rounded to {what}: pass {option}, and only these digits count."]
