"""Which known mistake a wrong quantity is: its formula is computed on the learner's own numbers and on the true ones."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..activations import ACTIVATIONS
from ..formula import Formula, names
from .answers import Answer
from .boxes import Box, image
from .judging import MISSING, Chain, Judgement
from .mistakes import Mistake
from .ways import laid_out
from .wrongs import SIMILAR


@dataclass(frozen=True)
class Fit:
    """A mistake that gives the learner's numbers: its formula, the quantity where it was made, how wide it allows them to be."""

    mistake: Mistake
    formula: Formula
    at: str
    width: float


def _row(i: int) -> Callable[[Box], Box]:
    return lambda box: box[i : i + 1]


def _applied(name: str) -> Callable[[Box], Box]:
    return lambda box: image(ACTIVATIONS[name].f, box)


def mistake_functions(chain: Chain) -> dict[str, Callable[..., Any]]:
    """Return what the wrong formulas call beyond the network's own functions."""
    loss, m = chain.net.loss_record, chain.m
    return {
        "log": math.log,
        "ones_like": lambda box: Box(np.ones(box.shape)),
        "L_grid": lambda a, y: image(loss.value, a, y.T),
        "dL_grid": lambda a, y: image(loss.derivative, a, y.T),
        **{f"only{i}": _row(i) for i in range(m)},
        **{name: _applied(name) for name in SIMILAR},
    }


def fits(chain: Chain, judgement: Judgement, name: str, answer: Answer) -> list[Fit]:
    """Return the mistakes whose formula gives the numbers written for `name`.

    Those made there come first, then those in earlier quantities that were not given.
    """
    own = _search(chain, judgement, judgement.own, name, answer)
    found = own or _search(chain, judgement, judgement.truth, name, answer)
    best: dict[str, Fit] = {}
    for fit in found:
        best.setdefault(fit.mistake.id, fit)
    return sorted(best.values(), key=lambda fit: fit.at != name)


def likeliest(named: Mapping[str, list[Fit]]) -> dict[str, list[Fit]]:
    """Return the mistakes that fit each quantity with those first that fit other quantities as well: one slip is likelier than two."""
    count = Counter(fit.mistake.id for found in named.values() for fit in found)
    return {name: sorted(found, key=lambda fit: (fit.at != name, -count[fit.mistake.id])) for name, found in named.items()}


def _search(chain: Chain, judgement: Judgement, values: dict[str, Box], name: str, answer: Answer) -> list[Fit]:
    found = []
    extra = mistake_functions(chain)
    for at in _places(chain, judgement, name):
        for mistake, formula in chain.wrong_formulas(at):
            box = _followed(chain, judgement, {**values, **extra}, at, formula, name)  # type: ignore[dict-item]
            if box is not None and _agrees(chain, judgement, box, name, answer):
                found.append(Fit(mistake, formula, at, float(box.radius.max())))
    return found


def _places(chain: Chain, judgement: Judgement, name: str) -> list[str]:
    """Return the quantity itself and those before it that it is computed from without a number given between."""
    found, open_ = [name], [name]
    while open_:
        for other in chain.by_name[open_.pop()].from_names:
            if other in chain.by_name and other not in found and judgement.marks[other].status == MISSING:
                found.append(other)
                open_.append(other)
    return found


def _followed(chain: Chain, judgement: Judgement, values: dict[str, Box], at: str, formula: Formula, name: str) -> Box | None:
    """Return what `name` becomes when `at` is computed by the wrong formula and all else is right."""
    try:
        rate = judgement.way.rate(chain.m)
        changed = {at: chain.compute(formula, values, rate)}
        order = [step for step in chain.steps if step.name != at]
        if at != name:
            for step in order:
                missing = judgement.marks[step.name].status == MISSING or step.name == name
                if missing and set(names(step.formula)) & set(changed):
                    changed[step.name] = chain.compute(step.formula, {**values, **changed}, rate)
                if step.name == name:
                    break
        return changed.get(name)
    except (ValueError, IndexError, KeyError):  # a mistake that does not fit these shapes can't have been made
        return None


def _agrees(chain: Chain, judgement: Judgement, box: Box, name: str, answer: Answer) -> bool:
    way = judgement.way
    factor = way.factor(chain.base(name), chain.m, chain.last)
    for columns in {way.columns, False}:
        value, unit = (laid_out(part, box.shape, columns) for part in (answer.value, answer.unit))
        if value is None or unit is None or not np.isfinite(value).all():
            continue
        if bool(Box(value / factor).wider(np.abs(unit / factor)).meets(box).all()):
            return True
    return False
