"""Which known mistake a wrong quantity is: its formula is computed on the learner's own numbers and
on the true ones.
"""

from __future__ import annotations

import functools
import math
import operator
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arithmetic.intervals import OPEN, Interval, image
from ..conventions import Convention
from ..formula import Formula
from ..records import Activation, Array, Loss
from ..rewriting import names
from ..steps import FORWARD
from .chain import Chain
from .judging import MISSING, Judgement, best
from .mistakes.catalogue import Mistake
from .mistakes.forward import TAKEN_FOR_ANOTHER
from .mistakes.signals import is_grid
from .work import Work

# what allows more than both of these on both sides fits nearly anything, and so says nothing
VAGUE = 0.5  # of a formula's largest number
NEGLIGIBLE = 0.01  # of the largest right one
NOTHING = 1e-9  # less than this is no vagueness, where the numbers are all about 0

MOST_PAIRS = (
    1_000_000  # of an output with a target: what mixes all of them is looked for up to here
)
PAIRS_AT_ONCE = 1 << 16

Made = dict[str, Formula]  # by quantity, the wrong formula that it was computed by
Offer = tuple[Mistake, Made]  # a mistake as somebody may have made it


@dataclass(frozen=True)
class Fit:
    """A mistake that gives the learner's numbers: its formula, the quantity where it was made, and
    whether in earlier ones too.
    """

    mistake: Mistake
    formula: Formula
    at: str
    everywhere: bool = False


# what the wrong formulas call


def _log(value: Any) -> Any:
    return image(np.log, value) if isinstance(value, Interval) else math.log(value)


def _only(i: int) -> Callable[[Interval], Interval]:
    return lambda interval: interval[i : i + 1]


def _function_of(record: Activation) -> Callable[[Interval], Interval]:
    return lambda interval: image(record.f, interval)


def _diagonal(interval: Interval) -> Interval:
    """Return for each row the matrix that has it on its diagonal."""
    return interval[..., :, None] * Interval(np.eye(interval.shape[-1]))


def _losses_of_all_pairs(loss: Loss, a: Interval, y: Interval) -> Interval:
    """Return for each output (m, 1) the sum of its losses with every target, from those that
    differ; raise `ValueError` where these are too many pairs.
    """
    targets, counts = np.unique(y.middle, return_counts=True)
    if a.low.size * targets.size > MOST_PAIRS:
        raise ValueError("too many pairs")
    blocks = max(1, a.low.size * targets.size // PAIRS_AT_ONCE)
    sums = [
        (image(loss.value, a, Interval(some[None])) * times[None]).sum(axis=1, keepdims=True)
        for some, times in zip(
            np.array_split(targets, blocks), np.array_split(counts, blocks), strict=True
        )
    ]
    return functools.reduce(operator.add, sums)


def mistake_functions(chain: Chain) -> dict[str, Callable[..., Any]]:
    """Return what the wrong formulas call beyond the network's own functions."""
    loss = chain.net.loss_record
    return {
        "log": _log,
        "ones_like": lambda interval: Interval(np.ones(interval.shape)),
        "diagonal": _diagonal,
        "L_grid": lambda a, y: _losses_of_all_pairs(loss, a, y),
        "dL_grid": lambda a, y: image(loss.derivative, a, y.T),
        **{f"only{i}": _only(i) for i in range(chain.m)},
        **{record.name: _function_of(record) for record in TAKEN_FOR_ANOTHER},
    }


# which mistakes fit


def fits(judgement: Judgement, name: str) -> list[Fit]:
    """Return the mistakes whose formula gives the numbers written for `name`.

    Those made there come first, then those in earlier quantities that were not given. A slip is
    looked for in what the learner carried on with, and only if none fits, in the true numbers.
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
    simpler = [convention for convention in candidates if set(convention.habits) < habits]
    offered = [*(best(works, [convention]) for convention in simpler), chosen]
    return min(offered, key=_slips)


def _slips(judgements: Sequence[Judgement]) -> int:
    """Return how few slips explain what is wrong: a mistake covers all quantities that it fits, the
    rest count one each.
    """
    wrong = [(judgement, name) for judgement in judgements for name in judgement.wrong]
    unexplained = [{fit.mistake.id for fit in fits(*one)} for one in wrong]
    count = 0
    while any(unexplained):
        times = Counter(mistake for ids in unexplained for mistake in ids)
        [(commonest, _)] = times.most_common(1)
        unexplained = [ids for ids in unexplained if commonest not in ids]
        count += 1
    return count + len(unexplained)


def _search(judgement: Judgement, values: dict[str, Interval], name: str) -> list[Fit]:
    """Return the mistakes that give the numbers written for `name` when they are made there or in
    what was not given before it.
    """
    chain = judgement.work.chain
    known: dict[str, Any] = {**values, **mistake_functions(chain)}
    grids = _may_be_grids(judgement.work, name)
    once: list[Offer] = [
        (mistake, {at: formula})
        for at in _origins(judgement, name)
        for mistake, formula in chain.wrong_formulas(at)
        if grids or not is_grid(formula)
    ]
    offered = [*once, *_everywhere(once)]
    return [
        _as_fit(mistake, made, name)
        for mistake, made in offered
        if _gives(judgement, known, made, name)
    ]


def _may_be_grids(work: Work, name: str) -> bool:
    """Whether numbers may come of m × m where a column should stand: those of the quantity's shape
    don't, since no step makes a column of them again.
    """
    return work.ours(name) is None and work.chain.m**2 <= MOST_PAIRS


def left_out(work: Work, wrong: Sequence[str]) -> str:
    """Say which mistakes were not looked for in what is wrong, as there are too many examples."""
    m, targets = work.chain.m, len(np.unique(work.chain.objective.y))
    odd = any(work.ours(name) is None for name in wrong)
    if not (odd and m * m > MOST_PAIRS) and not ("loss" in wrong and m * targets > MOST_PAIRS):
        return ""
    return (
        f"with {m:,} examples it was not looked for whether every output was paired with every"
        " target (broadcast)."
    )


def _gives(judgement: Judgement, known: dict[str, Any], made: Made, name: str) -> bool:
    """Whether wrong formulas give the numbers written for `name`."""
    chain = judgement.work.chain
    slopes: Sequence[Mapping[str, Any]] = [{}]
    # where a is not f(z) any more, a slope from z is another than one from a, and the learner has
    # one of them
    if any(chain.base(at).kind in FORWARD for at in made):
        slopes = chain.slopes
    for slope in slopes:
        found = _consequence(judgement, {**known, **slope}, made, name)
        if found is not None and _agrees(judgement, found, name):
            return True
    return False


def _as_fit(mistake: Mistake, made: Made, name: str) -> Fit:
    at = name if name in made else next(iter(made))
    return Fit(mistake, made[at], at, len(made) > 1)


def _everywhere(offered: Sequence[Offer]) -> list[Offer]:
    """Return the mistakes as someone makes them who makes them in every layer: with the first of a
    mistake's formulas everywhere, with the second, and so on; where a quantity has fewer, its last.
    """
    forms: dict[Mistake, dict[str, list[Formula]]] = {}  # by mistake and quantity
    for mistake, made in offered:
        places = forms.setdefault(mistake, {})
        for at, formula in made.items():
            places.setdefault(at, []).append(formula)
    found: list[Offer] = []
    for mistake, places in forms.items():
        if len(places) == 1:
            continue
        for i in range(max(map(len, places.values()))):
            made = {at: every[min(i, len(every) - 1)] for at, every in places.items()}
            found.append((mistake, made))
    return found


def _origins(judgement: Judgement, name: str) -> list[str]:
    """Return the quantity itself and those before it that it is computed from without a number
    given between.
    """
    steps = judgement.work.chain.by_name
    found, ahead = [name], [name]
    while ahead:
        for other in steps[ahead.pop()].from_names:
            if other not in steps or other in found:
                continue
            if judgement.marks[other].status == MISSING:
                found.append(other)
                ahead.append(other)
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
            formula = made.get(step.name, step.formula)
            # what was written down stands, whatever was done before it
            missing = judgement.marks[step.name].status == MISSING or step.name == name
            follows = missing and not changed.keys().isdisjoint(names(formula))
            if step.name in made or follows:
                given = {**values, **changed}
                changed[step.name] = work.chain.compute(formula, given, work.step_factor)
            if step.name == name:
                break
    except (ValueError, IndexError, KeyError):
        return None  # a mistake that does not fit these shapes can't have been made
    return changed.get(name)


def _vague(found: Interval, right: Array) -> bool:
    """Whether a formula leaves so much open, by its own numbers and by the right ones, that nearly
    anything would agree with it.
    """
    of_found = VAGUE * np.abs(found.middle).max()
    of_right = NEGLIGIBLE * np.abs(right).max()
    return bool(found.radius.max() > max(of_found, of_right, NOTHING))


def _agrees(judgement: Judgement, found: Interval, name: str) -> bool:
    """Whether the numbers written for `name` meet what a formula gives, in any layout."""
    work = judgement.work
    if found.shape == work.chain.shapes[name] and _vague(found, work.chain.exact[name]):
        return False
    for value, unit in work.in_shape(name, found.shape):
        if (np.abs(value) < OPEN).all() and Interval(value).wider(unit).meets(found).all():
            return True
    return False
