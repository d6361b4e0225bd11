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

from ..activations import ACTIVATIONS, Array
from ..formula import Formula, names
from .answers import Answer
from .boxes import OPEN, Box, image
from .judging import MISSING, WRONG, Chain, Judgement, Worked, best
from .mistakes import Mistake
from .ways import NOTES, Way, laid_out
from .wrongs import SIMILAR

VAGUE, FAINT = (
    0.5,
    0.01,
    # of a formula's largest number, of the largest right one: what allows more than both on both sides
    # says nothing
)
TINY = 1e-9


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
    return image(np.log, value) if isinstance(value, Box) else math.log(value)


def _row(i: int) -> Callable[[Box], Box]:
    return lambda box: box[i : i + 1]


def _applied(name: str) -> Callable[[Box], Box]:
    return lambda box: image(ACTIVATIONS[name].f, box)


def mistake_functions(chain: Chain) -> dict[str, Callable[..., Any]]:
    """Return what the wrong formulas call beyond the network's own functions."""
    loss, m = chain.net.loss_record, chain.m
    return {
        "log": _log,
        "ones_like": lambda box: Box(np.ones(box.shape)),
        "diagonal": lambda box: box[..., :, None] * Box(np.eye(box.shape[-1])),
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
    first: dict[str, Fit] = {}
    for fit in found:
        first.setdefault(fit.mistake.id, fit)
    return sorted(first.values(), key=lambda fit: fit.at != name)


def likeliest(named: Mapping[str, list[Fit]]) -> dict[str, list[Fit]]:
    """Return the mistakes that fit each quantity with those first that fit other quantities as
    well: one slip is likelier than two.
    """
    count = Counter(fit.mistake.id for found in named.values() for fit in found)
    return {
        name: sorted(found, key=lambda fit: (-count[fit.mistake.id], fit.at != name))
        for name, found in named.items()
    }


def decided(workings: Sequence[Worked], candidates: Sequence[Way]) -> list[Judgement]:
    """Return the judgements under the convention that leaves fewest wrong, of those with as few
    slips as the simplest.

    Fewest wrong numbers alone would call "1/m forgotten in every gradient" the convention of those
    who have it in delta, with a wrong delta. So a convention that is part of the chosen one (the
    notes' own is part of each) is taken where all that it leaves wrong is no more slips: numbers
    that go wrong by the same mistake are one.
    """
    chosen = best(workings, candidates)
    if not any(found.wrong for found in chosen):
        return chosen
    parts = set(chosen[0].way.name.split("+"))
    simpler = [
        way
        for way in candidates
        if way.name != chosen[0].way.name
        and (set(way.name.split("+")) < parts or way.name == NOTES.name)
    ]
    offered = [*(best(workings, [way]) for way in simpler), chosen]
    return min(offered, key=lambda judgements: _slips(workings, judgements))


def _slips(workings: Sequence[Worked], judgements: Sequence[Judgement]) -> int:
    """Return how few slips explain what is wrong: a mistake covers all quantities that it fits, the
    rest count one each.
    """
    open_: list[set[str]] = []
    for (chain, answers), judgement in zip(workings, judgements, strict=True):
        wrong = [name for name, judged in judgement.marks.items() if judged.status == WRONG]
        open_ += [
            {fit.mistake.id for fit in fits(chain, judgement, name, answers[name])}
            for name in wrong
        ]
    count = 0
    while any(open_):
        most = Counter(mistake for ids in open_ for mistake in ids).most_common(1)[0][0]
        open_ = [ids for ids in open_ if most not in ids]
        count += 1
    return count + len(open_)


def _search(
    chain: Chain, judgement: Judgement, values: dict[str, Box], name: str, answer: Answer
) -> list[Fit]:
    """Return the mistakes that give the numbers written for `name` when they are made there or in
    what was not given before it.
    """
    known: dict[str, Any] = {**values, **mistake_functions(chain)}
    offered: list[Offer] = [
        (mistake, {at: formula})
        for at in _places(chain, judgement, name)
        for mistake, formula in chain.wrong_formulas(at)
    ]

    def gives(made: Made) -> bool:
        # where a is not f(z) any more, a slope from z is another than one from a, and the learner
        # has one of them
        forward = any(chain.places[at].kind in ("z", "a") for at in made)
        slopes: tuple[Mapping[str, Any], ...] = chain.slopes if forward else ({},)
        boxes = (_followed(chain, judgement, {**known, **slope}, made, name) for slope in slopes)
        return any(
            box is not None and _agrees(chain, judgement, box, name, answer) for box in boxes
        )

    return [
        _as_fit(mistake, made, name)
        for mistake, made in (*offered, *_everywhere(offered))
        if gives(made)
    ]


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


def _places(chain: Chain, judgement: Judgement, name: str) -> list[str]:
    """Return the quantity itself and those before it that it is computed from without a number
    given between.
    """
    found, open_ = [name], [name]
    while open_:
        for other in chain.by_name[open_.pop()].from_names:
            if (
                other in chain.by_name
                and other not in found
                and judgement.marks[other].status == MISSING
            ):
                found.append(other)
                open_.append(other)
    return found


def _followed(
    chain: Chain, judgement: Judgement, values: dict[str, Any], made: Made, name: str
) -> Box | None:
    """Return what `name` becomes when these quantities are computed by wrong formulas and all else
    is right.
    """
    try:
        rate = judgement.way.rate(chain.m)
        changed: dict[str, Box] = {}
        for step in chain.steps:
            missing = judgement.marks[step.name].status == MISSING or step.name == name
            formula = made.get(step.name, step.formula)
            if step.name in made or (missing and set(names(formula)) & set(changed)):
                changed[step.name] = chain.compute(formula, {**values, **changed}, rate)
            if step.name == name:
                break
        return changed.get(name)
    except (
        ValueError,
        IndexError,
        KeyError,
    ):  # a mistake that does not fit these shapes can't have been made
        return None


def _vague(box: Box, right: Array) -> bool:
    """Whether a formula leaves so much open, by its own numbers and by the right ones, that nearly
    anything would agree with it.
    """
    return bool(
        box.radius.max() > max(VAGUE * np.abs(box.middle).max(), FAINT * np.abs(right).max(), TINY)
    )


def _agrees(chain: Chain, judgement: Judgement, box: Box, name: str, answer: Answer) -> bool:
    if box.shape == chain.shapes[name] and _vague(box, chain.exact[name]):
        return False
    way = judgement.way
    factor = way.factor(chain.base(name), chain.m, chain.last)
    for columns in {way.columns, False}:
        value, unit = (laid_out(part, box.shape, columns) for part in (answer.value, answer.unit))
        if value is None or unit is None or not (np.abs(value) < OPEN).all():
            continue
        if bool(Box(value / factor).wider(np.abs(unit / factor)).meets(box).all()):
            return True
    return False
