"""What a mark says: what was got, what was expected, the wrong formula beside the right one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..prose import comma_list
from ..records import Array
from ..rewriting import in_columns
from .judging import Judged, Judgement
from .mistakes.places import readable
from .naming import Fit
from .work import Work

MOST_CELLS_NAMED = 6  # that are named one by one
FOLLOWED = "correct from your own earlier numbers."


def message(judgement: Judgement, judged: Judged, named: Sequence[Fit]) -> str:
    """Return the message of a wrong quantity: its first wrong number, which others, and the
    likeliest mistake that fits.
    """
    why = _why(judgement.work, named[0], judged.name) if named else ""
    if len(named) > 1:
        why += f" Or: {comma_list(fit.mistake.name for fit in named[1:])}."
    return _got(judgement, judged) + why


def odd_shape(work: Work, name: str) -> str:
    """Say which shape the numbers of a quantity have, and which they should have."""
    return f"shape {work.answers[name].value.shape}, expected {work.chain.shapes[name]}"


def _got(judgement: Judgement, judged: Judged) -> str:
    work, name = judgement.work, judged.name
    mine = work.raw(name)
    if judged.value is None or mine is None:
        return _odd(work, name)
    blank = [cell for cell in judged.cells if np.isnan(mine[cell])]
    if len(blank) == len(judged.cells):
        what = "no number" if work.answers[name].decimals is None else "left blank"
        return f"{name}{_index(blank[0], work)} is {what}{_others(blank, mine.size, work)}."
    cell = next(cell for cell in judged.cells if cell not in blank)
    right = float(expected_value(judgement, name)[cell] * work.factor(name))
    got, wanted = _told_apart(float(mine[cell]), right, work.answers[name].decimals)
    rest = [cell, *(other for other in judged.cells if other != cell)]
    others = _others(rest, mine.size, work)
    return f"{name}{_index(cell, work)} is {got}, expected {wanted}{others}."


def _odd(work: Work, name: str) -> str:
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
    own = {
        other: np.where(np.isnan(judged.value), chain.exact[other], judged.value)
        for other, judged in judgement.marks.items()
        if judged.value is not None and other != name
    }
    return chain.follow(own)[name]


def _index(cell: tuple[int, ...], work: Work) -> str:
    """Return a cell as it is written, counting from 1, in the learner's own layout."""
    place = cell[::-1] if work.convention.columns and len(cell) == 2 else cell
    return f"[{','.join(str(i + 1) for i in place)}]" if cell else ""


def _others(cells: Sequence[tuple[int, ...]], count: int, work: Work) -> str:
    """Say which other numbers are wrong: where they stand, or how many they are."""
    if len(cells) == 1:
        return ""
    if len(cells) == count or len(cells) > MOST_CELLS_NAMED:
        return f" ({len(cells)} of {count} numbers are wrong)"
    return f" (wrong too: {comma_list(_index(cell, work) for cell in cells[1:])})"


def _told_apart(got: float, expected: float, decimals: int | None) -> tuple[str, str]:
    """Return two numbers with the decimals that were written, or with as many digits as it takes to
    see the difference.
    """
    one, other = (f"{number:z.{decimals or 0}f}" for number in (got, expected))
    if decimals is not None and max(abs(got), abs(expected)) < 1e12 and one != other:
        return one, other
    digits = next((n for n in range(6, 17) if f"{got:.{n}g}" != f"{expected:.{n}g}"), 17)
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
    step, mistake = work.chain.by_name[fit.at], fit.mistake
    where = ""
    if fit.at != name:
        where = f" in {fit.at}, which you did not give"
    if fit.everywhere:
        where += ", and in every layer" if where else " and in every layer"
    right, yours = (
        readable(in_columns(formula) if work.convention.columns else formula, work.chain.net)
        for formula in (step.shortest, fit.formula)
    )
    said = "in the notes' convention " if work.convention.scales else ""
    formulas = f"{said}{fit.at} = {right}, yours is {yours}."
    return f" {_capital(mistake.name)}{where}: {formulas} {mistake.teaches} ({mistake.page})"
