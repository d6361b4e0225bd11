"""Which known mistake a wrong quantity is: its formula is computed on the learner's own numbers and
on the true ones.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arithmetic.intervals import OPEN, Interval, image
from ..conventions import Convention
from ..formula import Formula
from ..records import Activation, Array
from ..rewriting import names
from .chain import Chain
from .judging import MISSING, Judgement, best
from .mistakes.catalogue import Mistake
from .mistakes.gradients import TAKEN_FOR_ANOTHER
from .work import Work

# what allows more than both of these on both sides fits nearly anything, and so says nothing
VAGUE = 0.5  # of a formula's largest number
FAINT = 0.01  # of the largest right one
NOTHING = 1e-9

Made = dict[str, Formula]  # by quantity, the wrong formula that it was computed by
Offer = tuple[Mistake, Made]


@dataclass(frozen=True)
class Fit:
    """A mistake that gives the learner's numbers: its formula, the quantity where it was made, and
    whether in earlier ones too.
    """

    mistake: Mistake
    formula: Formula
    at: str
    everywhere: bool = False


def _log(value: Any) -> Any:
    return image(np.log, value) if isinstance(value, Interval) else math.log(value)


def _row(i: int) -> Callable[[Interval], Interval]:
    return lambda interval: interval[i : i + 1]


def _function_of(record: Activation) -> Callable[[Interval], Interval]:
    return lambda interval: image(record.f, interval)


def _diagonal(interval: Interval) -> Interval:
    return interval[..., :, None] * Interval(np.eye(interval.shape[-1]))


def mistake_functions(chain: Chain) -> dict[str, Callable[..., Any]]:
    """Return what the wrong formulas call beyond the network's own functions."""
    loss = chain.net.loss_record
    return {
        "log": _log,
        "ones_like": lambda interval: Interval(np.ones(interval.shape)),
        "diagonal": _diagonal,
        "L_grid": lambda a, y: image(loss.value, a, y.T),
        "dL_grid": lambda a, y: image(loss.derivative, a, y.T),
        **{f"only{i}": _row(i) for i in range(chain.m)},
        **{record.name: _function_of(record) for record in TAKEN_FOR_ANOTHER},
    }


def fits(judgement: Judgement, name: str) -> list[Fit]:
    """Return the mistakes whose formula gives the numbers written for `name`.

    Those made there come first, then those in earlier quantities that were not given.
    """
    found = _search(judgement, judgement.own, name) or _search(judgement, judgement.truth, name)
    first: dict[str, Fit] = {}
    for fit in found:
        first.setdefault(fit.mistake.id, fit)
    return sorted(first.values(), key=lambda fit: fit.at != name)


def likeliest(named: Mapping[str, list[Fit]]) -> dict[str, list[Fit]]:
    """Return the mistakes that fit each quantity with those first that fit other quantities as
    well: one slip is likelier than two.
    """
    count = Counter(fit.mistake.id for found in named.values() for fit in found)

    def ordered(name: str, found: list[Fit]) -> list[Fit]:
        return sorted(found, key=lambda fit: (-count[fit.mistake.id], fit.at != name))

    return {name: ordered(name, found) for name, found in named.items()}


def likeliest_judgements(
    works: Sequence[Work], candidates: Sequence[Convention]
) -> list[Judgement]:
    """Return the judgements under the convention that leaves fewest wrong, of those with as few
    slips as the simplest.

    Fewest wrong numbers alone would call "1/m forgotten in every gradient" the convention of those
    who have it in delta, with a wrong delta. So a convention that is part of the chosen one (the
    notes' own is part of each) is taken where all that it leaves wrong is no more slips: numbers
    that go wrong by the same mistake are one.
    """
    chosen = best(works, candidates)
    if not any(found.wrong for found in chosen):
        return chosen
    habits = set(chosen[0].work.convention.habits)
    simpler = [one for one in candidates if set(one.habits) < habits]
    offered = [*(best(works, [convention]) for convention in simpler), chosen]
    return min(offered, key=_slips)


def _slips(judgements: Sequence[Judgement]) -> int:
    """Return how few slips explain what is wrong: a mistake covers all quantities that it fits, the
    rest count one each.
    """
    open_: list[set[str]] = []
    for judgement in judgements:
        for name in judgement.wrong:
            open_.append({fit.mistake.id for fit in fits(judgement, name)})
    count = 0
    while any(open_):
        most = Counter(mistake for ids in open_ for mistake in ids).most_common(1)[0][0]
        open_ = [ids for ids in open_ if most not in ids]
        count += 1
    return count + len(open_)


def _search(judgement: Judgement, values: dict[str, Interval], name: str) -> list[Fit]:
    """Return the mistakes that give the numbers written for `name` when they are made there or in
    what was not given before it.
    """
    chain = judgement.work.chain
    known: dict[str, Any] = {**values, **mistake_functions(chain)}
    offered: list[Offer] = [
        (mistake, {at: formula})
        for at in _places(judgement, name)
        for mistake, formula in chain.wrong_formulas(at)
    ]

    def gives(made: Made) -> bool:
        # where a is not f(z) any more, a slope from z is another than one from a, and the learner
        # has one of them
        forward = any(chain.base(at).equation <= 2 for at in made)
        slopes: tuple[Mapping[str, Any], ...] = chain.slopes if forward else ({},)
        every = (_consequence(judgement, {**known, **slope}, made, name) for slope in slopes)
        return any(found is not None and _agrees(judgement, found, name) for found in every)

    every = (*offered, *_everywhere(offered))
    return [_as_fit(mistake, made, name) for mistake, made in every if gives(made)]


def _as_fit(mistake: Mistake, made: Made, name: str) -> Fit:
    at = name if name in made else next(iter(made))
    return Fit(mistake, made[at], at, len(made) > 1)


def _everywhere(offered: Sequence[Offer]) -> list[Offer]:
    """Return the mistakes as someone makes them who makes them in every layer."""
    forms: dict[str, tuple[Mistake, dict[str, list[Formula]]]] = {}
    for mistake, made in offered:
        for at, formula in made.items():
            forms.setdefault(mistake.id, (mistake, {}))[1].setdefault(at, []).append(formula)
    return [
        (mistake, {at: every[min(i, len(every) - 1)] for at, every in places.items()})
        for mistake, places in forms.values()
        if len(places) > 1
        for i in range(max(map(len, places.values())))
    ]


def _places(judgement: Judgement, name: str) -> list[str]:
    """Return the quantity itself and those before it that it is computed from without a number
    given between.
    """
    steps = judgement.work.chain.by_name
    found, open_ = [name], [name]
    while open_:
        for other in steps[open_.pop()].from_names:
            if other not in steps or other in found:
                continue
            if judgement.marks[other].status == MISSING:
                found.append(other)
                open_.append(other)
    return found


def _consequence(
    judgement: Judgement, values: dict[str, Any], made: Made, name: str
) -> Interval | None:
    """Return what `name` becomes when these quantities are computed by wrong formulas and all else
    is right.
    """
    work, changed = judgement.work, dict[str, Interval]()
    try:
        for step in work.chain.steps:
            missing = judgement.marks[step.name].status == MISSING or step.name == name
            formula = made.get(step.name, step.formula)
            if step.name in made or (missing and set(names(formula)) & set(changed)):
                given = {**values, **changed}
                changed[step.name] = work.chain.compute(formula, given, work.rate)
            if step.name == name:
                break
    except (ValueError, IndexError, KeyError):
        return None  # a mistake that does not fit these shapes can't have been made
    return changed.get(name)


def _vague(found: Interval, right: Array) -> bool:
    """Whether a formula leaves so much open, by its own numbers and by the right ones, that nearly
    anything would agree with it.
    """
    own, others = VAGUE * np.abs(found.middle).max(), FAINT * np.abs(right).max()
    return bool(found.radius.max() > max(own, others, NOTHING))


def _agrees(judgement: Judgement, found: Interval, name: str) -> bool:
    work = judgement.work
    if found.shape == work.chain.shapes[name] and _vague(found, work.chain.exact[name]):
        return False
    for value, unit in work.in_shape(name, found.shape):
        if (np.abs(value) < OPEN).all() and Interval(value).wider(unit).meets(found).all():
            return True
    return False
