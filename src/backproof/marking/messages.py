"""What a mark says: what was got, what was expected, the wrong formula beside the right one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..formula import Formula
from ..prose import comma_list
from ..records import Array
from ..rewriting import in_columns
from .judging import Judged, Judgement
from .mistakes.places import readable
from .naming import Fit
from .work import Work

MOST_CELLS_NAMED = 6  # that are named one by one
MOST_IN_FULL = 1e12  # beyond this a number is not printed in all its digits
DIGITS = range(6, 17)  # in which two floats are shown, the fewest that tell them apart
ALL_DIGITS = 17  # these tell any two floats of 64 bits apart
FOLLOWED = "correct from your own earlier numbers."


def message(judgement: Judgement, judged: Judged, named: Sequence[Fit]) -> str:
    """Return the message of a wrong quantity: its first wrong number, which others, and the
    likeliest mistake that fits.
    """
    why = _why(judgement.work, named[0], judged.name) if named else ""
    if len(named) > 1:
        why += f" Or: {comma_list(fit.mistake.name for fit in named[1:])}."
    return _difference(judgement, judged) + why


def odd_shape(work: Work, name: str) -> str:
    """Say which shape the numbers of a quantity have, and which they should have."""
    return f"shape {work.answers[name].value.shape}, expected {work.chain.shapes[name]}"


def _difference(judgement: Judgement, judged: Judged) -> str:
    """Say what was got and what was expected, by the first wrong number that is no blank."""
    work, name = judgement.work, judged.name
    mine = work.raw(name)
    if judged.value is None or mine is None:
        return _odd(work, name)
    decimals = work.answers[name].decimals
    blank = [cell for cell in judged.cells if np.isnan(mine[cell])]
    if len(blank) == len(judged.cells):
        what = "no number" if decimals is None else "left blank"
        others = _others(blank[1:], mine.size, work)
        return f"{name}{_index(blank[0], work)} is {what}{others}."
    cell = next(cell for cell in judged.cells if cell not in blank)
    right = float(expected_value(judgement, name)[cell] * work.factor(name))
    got, wanted = _distinct(float(mine[cell]), right, decimals)
    others = _others([other for other in judged.cells if other != cell], mine.size, work)
    return f"{name}{_index(cell, work)} is {got}, expected {wanted}{others}."


def _odd(work: Work, name: str) -> str:
    """Say that the numbers have an odd shape, in the learner's own layout."""
    shape = work.chain.shapes[name]
    if work.convention.columns and len(shape) == 2:
        got = work.answers[name].value.shape
        return f"{name} has shape {got}, expected {shape[::-1]}: examples are columns."
    return f"{name} has {odd_shape(work, name)}."


def expected_value(judgement: Judgement, name: str) -> Array:
    """Return what a quantity should be, in the notes' convention: from the learner's own numbers
    before it, where there are some.
    """
    chain = judgement.work.chain
    own: dict[str, Array] = {}
    for other, judged in judgement.marks.items():
        if judged.value is not None and other != name:
            own[other] = np.where(np.isnan(judged.value), chain.exact[other], judged.value)
    return chain.follow(own)[name]


def _index(cell: tuple[int, ...], work: Work) -> str:
    """Return a cell as it is written, counting from 1, in the learner's own layout; nothing for the
    loss, which has none.
    """
    if not cell:
        return ""
    if work.convention.columns and len(cell) == 2:
        cell = cell[::-1]
    return f"[{','.join(str(i + 1) for i in cell)}]"


def _others(cells: Sequence[tuple[int, ...]], count: int, work: Work) -> str:
    """Say which numbers are wrong besides one: where they stand, or, of `count`, how many are."""
    if not cells:
        return ""
    wrong = len(cells) + 1
    if wrong == count or wrong > MOST_CELLS_NAMED:
        return f" ({wrong} of {count} numbers are wrong)"
    return f" (wrong too: {comma_list(_index(cell, work) for cell in cells)})"


def _distinct(got: float, expected: float, decimals: int | None) -> tuple[str, str]:
    """Return two numbers with the decimals that were written, or with as many digits as it takes to
    see the difference.
    """
    if decimals is not None and max(abs(got), abs(expected)) < MOST_IN_FULL:
        one, other = f"{got:z.{decimals}f}", f"{expected:z.{decimals}f}"  # z: no -0.00
        if one != other:
            return one, other
    digits = next((n for n in DIGITS if f"{got:.{n}g}" != f"{expected:.{n}g}"), ALL_DIGITS)
    return f"{got:.{digits}g}", f"{expected:.{digits}g}"


def _capital(text: str) -> str:
    """Return a text with a capital; symbols such as dW, a and σ stay as they are."""
    word = text.split()[0]
    if not (word.isalpha() and word.islower()) or len(word) == 1:
        return text
    return text[0].upper() + text[1:]


def _why(work: Work, fit: Fit, name: str) -> str:
    """Name a mistake, with its formula beside the right one: columns as the learner writes them,
    signs and the 1/m as the notes do.
    """
    mistake = fit.mistake
    right = _readable(work, work.chain.by_name[fit.at].shortest)
    yours = _readable(work, fit.formula)
    said = "in the notes' convention " if work.convention.scales else ""
    formulas = f"{said}{fit.at} = {right}, yours is {yours}."
    head = f"{_capital(mistake.name)}{_where(fit, name)}"
    return f" {head}: {formulas} {mistake.teaches} ({mistake.page})"


def _where(fit: Fit, name: str) -> str:
    """Say where a mistake was made that shows in `name`, if not there alone."""
    if fit.at == name:
        return " and in every layer" if fit.everywhere else ""
    where = f" in {fit.at}, which you did not give"
    return f"{where}, and in every layer" if fit.everywhere else where


def _readable(work: Work, formula: Formula) -> str:
    if work.convention.columns:
        formula = in_columns(formula)
    return readable(formula, work.chain.net)
