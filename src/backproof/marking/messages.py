"""What a mark says: what was got, what was expected, the wrong formula beside the right one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..activations import Array
from ..formula import in_columns
from .answers import Answer
from .judging import Chain, Judged, Judgement
from .naming import Fit
from .places import readable
from .ways import NOTES, Way, laid_out

MOST_CELLS = 6  # that are named one by one
FOLLOWED = "correct from your own earlier numbers."


def said_of(
    chain: Chain, judgement: Judgement, judged: Judged, answer: Answer, named: Sequence[Fit]
) -> str:
    """Return the message of a wrong quantity: its first wrong number, which others, and the
    likeliest mistake that fits.
    """
    why = _why(chain, judgement.way, named[0], judged.name) if named else ""
    why += f" Or: {', '.join(fit.mistake.name for fit in named[1:])}." if len(named) > 1 else ""
    return _got(chain, judgement, judged, answer) + why


def odd_shape(chain: Chain, answer: Answer) -> str:
    """Say which shape the numbers have, and which they should have."""
    return f"shape {answer.value.shape}, expected {chain.shapes[answer.name]}"


def _got(chain: Chain, judgement: Judgement, judged: Judged, answer: Answer) -> str:
    want = chain.shapes[judged.name]
    if judged.value is None:
        if judgement.way.columns and len(want) == 2:
            return (
                f"{judged.name} has shape {answer.value.shape}, expected {want[::-1]}: examples are"
                " columns."
            )
        return f"{judged.name} has {odd_shape(chain, answer)}."
    factor = judgement.way.factor(chain.base(judged.name), chain.m, chain.last)
    mine = np.asarray(laid_out(answer.value, want, judgement.way.columns))
    cell = next((cell for cell in judged.cells if not np.isnan(mine[cell])), judged.cells[0])
    where = _index(cell, judgement.way.columns)
    got, right = _told_apart(
        float(mine[cell]),
        float(expected(chain, judgement, judged.name)[cell] * factor),
        answer.decimals,
    )
    blank = [cell for cell in judged.cells if np.isnan(mine[cell])]
    if len(blank) == len(judged.cells):
        return (
            f"{judged.name}{where} is"
            f" {'no number' if answer.decimals is None else 'left blank'}{_others(blank, mine.size, judgement)}."
        )
    return (
        f"{judged.name}{where} is {got}, expected"
        f" {right}{_others([cell, *(c for c in judged.cells if c != cell)], mine.size, judgement)}."
    )


def expected(chain: Chain, judgement: Judgement, name: str) -> Array:
    """Return what a quantity should be, in the notes' convention: from the learner's own numbers
    before it, where he gives them.
    """
    own = {
        other: judged.value
        for other, judged in judgement.marks.items()
        if judged.value is not None and other != name
    }
    return chain.follow(
        {
            other: np.where(np.isnan(value), chain.exact[other], value)
            for other, value in own.items()
        }
    )[name]


def _index(cell: tuple[int, ...], columns: bool) -> str:
    """Return a cell as it is written, counting from 1, in the learner's own layout."""
    place = cell[::-1] if columns and len(cell) == 2 else cell
    return f"[{','.join(str(i + 1) for i in place)}]" if cell else ""


def _others(cells: Sequence[tuple[int, ...]], count: int, judgement: Judgement) -> str:
    """Say which other numbers are wrong: where they stand, or how many they are."""
    if len(cells) == 1:
        return ""
    if len(cells) == count or len(cells) > MOST_CELLS:
        return f" ({len(cells)} of {count} numbers are wrong)"
    return f" (wrong too: {', '.join(_index(cell, judgement.way.columns) for cell in cells[1:])})"


def _told_apart(got: float, expected: float, decimals: int | None) -> tuple[str, str]:
    """Return two numbers with the decimals that were written, or with as many digits as it takes to
    see the difference.
    """
    shown = [f"{number:z.{decimals or 0}f}" for number in (got, expected)]
    if decimals is not None and max(abs(got), abs(expected)) < 1e12 and shown[0] != shown[1]:
        return shown[0], shown[1]
    digits = next((n for n in range(6, 17) if f"{got:.{n}g}" != f"{expected:.{n}g}"), 17)
    return f"{got:.{digits}g}", f"{expected:.{digits}g}"


def _capital(text: str) -> str:
    word = text.split()[0]
    return (
        text[0].upper() + text[1:] if word.isalpha() and word.islower() and len(word) > 1 else text
    )  # dW, a and σ stay as they are


def _why(chain: Chain, way: Way, fit: Fit, name: str) -> str:
    """Name a mistake, with its formula beside the right one: columns as the learner writes them,
    signs and the 1/m as the notes do.
    """
    step = chain.by_name[fit.at]
    where = "" if fit.at == name else f" in {fit.at}, which you did not give"
    where += f"{', ' if fit.at != name else ' '}and in every layer" if fit.everywhere else ""
    both = (step.simplified or step.formula, fit.formula)
    right, yours = (
        readable(in_columns(formula) if way.columns else formula, chain.net) for formula in both
    )
    said = "in the notes' convention " if replace(way, columns=False, loss="") != NOTES else ""
    return (
        f" {_capital(fit.mistake.name)}{where}: {said}{fit.at} = {right}, yours is {yours}."
        f" {fit.mistake.teaches} ({fit.mistake.page})"
    )
