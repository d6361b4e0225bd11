"""Marks for each quantity, in the order of computation, with errors carried forward and rounding
propagated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..arithmetic.intervals import OPEN, Interval
from ..conventions import Convention
from ..errors import InputError
from ..records import Array
from ..steps import UPDATES, Step
from .mistakes.places import Place
from .work import Work

AT_A_LEVEL = 1e-12  # how far a slope may be from one of the few values that it can have
RIGHT, FOLLOWS, WRONG, MISSING = "right", "follows", "wrong", "missing"


@dataclass
class Judged:
    """One quantity with its mark, in the notes' convention.

    Parameters
    ----------
    name : the quantity
    status : `RIGHT`, `FOLLOWS`, `WRONG` or `MISSING`
    value : what the learner wrote
    unit : one unit of the last digit of each number that counts
    expected : what is right: from the learner's own numbers if it `FOLLOWS`
    cells : the numbers that are wrong, from 0
    """

    name: str
    status: str
    value: Array | None = None
    unit: Array | float = 0.0
    expected: Interval | None = None
    cells: tuple[tuple[int, ...], ...] = ()


@dataclass
class Judgement:
    """All marks of one learner's work under its convention.

    Parameters
    ----------
    work : what is marked
    marks : by quantity
    own : by quantity, what the learner carried on with
    truth : by quantity, what a right learner has
    """

    work: Work
    marks: dict[str, Judged] = field(default_factory=dict)
    own: dict[str, Interval] = field(default_factory=dict)
    truth: dict[str, Interval] = field(default_factory=dict)

    @property
    def wrong(self) -> list[str]:
        """The quantities that are wrong."""
        return [name for name, judged in self.marks.items() if judged.status == WRONG]


def judge(work: Work, most: float = np.inf) -> Judgement | None:
    """Mark the answers; None as soon as more than `most` are wrong: another convention fits better,
    and the rest need not be computed.
    """
    found = Judgement(work)
    count = 0
    for step in work.chain.steps:
        _judge_step(found, step)
        if found.marks[step.name].status == WRONG:
            count += 1
        if count > most:
            return None
    return found


def _judge_step(found: Judgement, step: Step) -> None:
    """Mark one quantity, and note what is carried on."""
    work, chain = found.work, found.work.chain
    factor = work.step_factor if step.kind in UPDATES else 1.0
    truth = chain.routes(step, found.truth, factor, work.answers)
    own = chain.routes(step, found.own, factor, work.answers)
    mark = _mark(work, step, truth, own)
    if mark.status == WRONG and _follows_odd(found, step, factor):
        mark = Judged(step.name, FOLLOWS, mark.value, mark.unit, own)
    found.marks[step.name] = mark
    # how far the learner rounds is by their own numbers, and what is carried by the notes'
    scale = abs(work.factor(step.name))
    unit = work.precision.at(own.size * scale) / scale
    _carry(found, mark, truth, own, unit)
    for intervals in (found.truth, found.own):
        intervals[step.name] = chain.in_range(step.name, intervals[step.name])


def _mark(work: Work, step: Step, truth: Interval, own: Interval) -> Judged:
    """Return the mark of one quantity; numbers whose shape doesn't fit are wrong in every cell."""
    if step.name not in work.answers:
        return Judged(step.name, MISSING)
    fitted = work.ours(step.name)
    if fitted is None:
        every = np.ones(work.chain.shapes[step.name], dtype=bool)
        return Judged(step.name, WRONG, cells=_cells(every))
    return _comparison(work.chain.places[step.name], step.name, *fitted, truth, own)


def _follows_odd(found: Judgement, step: Step, step_factor: float) -> bool:
    """Whether an answer follows from earlier ones whose shapes are not the quantities': m × m where
    a column was broadcast.
    """
    odd = {name: _odd(found, name) for name in step.from_names}
    values = {name: interval for name, interval in odd.items() if interval is not None}
    if not values:
        return False
    work = found.work
    try:
        follows = work.chain.routes(step, {**found.own, **values}, step_factor, work.answers)
    except ValueError:  # these shapes don't fit each other
        return False
    written = work.as_written(step.name)
    return follows.shape == written.shape and bool(follows.meets(written).all())


def _odd(found: Judgement, name: str) -> Interval | None:
    """Return the numbers of an earlier quantity whose matrix has another shape than it should, None
    where there are none.
    """
    mark = found.marks.get(name)
    if mark is None or mark.value is not None or name not in found.work.answers:
        return None
    written = found.work.as_written(name)
    return written if len(written.shape) == 2 else None


def _comparison(
    place: Place, name: str, value: Array, unit: Array, truth: Interval, own: Interval
) -> Judged:
    """Return the mark of numbers: right if each meets the truth, following if each meets that or
    what comes of the learner's own numbers before it.
    """
    written = Interval(value).wider(unit)
    # an infinite number meets whatever has no bound, so it is right only where the truth has none
    sane = (np.abs(value) < OPEN) | ~truth.bounded
    levels = place.slope_levels
    if levels:  # a slope has one of a few values, and none between
        apart = np.abs(value[..., None] - np.array(levels))
        sane &= (apart <= unit[..., None] + AT_A_LEVEL).any(axis=-1)
    good, follows = written.meets(truth) & sane, written.meets(own) & sane
    if good.all():
        return Judged(name, RIGHT, value, unit, truth)
    if (good | follows).all():
        return Judged(name, FOLLOWS, value, unit, own)
    return Judged(name, WRONG, value, unit, own, _cells(~(good | follows)))


def _cells(where: Array) -> tuple[tuple[int, ...], ...]:
    """Return the indices at which a condition holds."""
    return tuple(tuple(int(i) for i in index) for index in np.argwhere(np.asarray(where)))


def _carry(found: Judgement, mark: Judged, truth: Interval, own: Interval, unit: Array) -> None:
    """Note what the learner goes on with: the number that was written, or the one that was rounded
    to it; `unit` if there is nothing that can be read.
    """
    name = mark.name
    if mark.value is None:
        found.truth[name], found.own[name] = truth.wider(unit), own.wider(unit)
        return
    value = np.where(np.isnan(mark.value), own.middle, mark.value)
    written = Interval(value).wider(mark.unit)
    if mark.status == RIGHT:
        carried = truth.within(written).hull(Interval(value))
        found.truth[name] = found.own[name] = carried
        return
    found.truth[name] = truth.wider(mark.unit)
    found.own[name] = written
    if mark.status == FOLLOWS:
        found.own[name] = own.within(written).hull(Interval(value))


def best(works: Sequence[Work], candidates: Sequence[Convention]) -> list[Judgement]:
    """Return the judgements of one learner's works under the convention that leaves fewest wrong;
    the first of them in a tie.
    """
    chosen: list[Judgement] | None = None
    fewest: float = np.inf
    for convention in candidates:
        read = [work.under(convention) for work in works]
        found = _all(read, fewest - 1)  # no more are worth counting: a tie is the earlier one's
        if found is not None:
            chosen = found
            fewest = sum(len(judgement.wrong) for judgement in found)
        if fewest == 0:
            break
    if chosen is None:
        raise InputError("no convention to mark by.")
    return chosen


def _all(works: Sequence[Work], most: float) -> list[Judgement] | None:
    """Judge every work; None as soon as more than `most` numbers are wrong in all."""
    found: list[Judgement] = []
    for work in works:
        judgement = judge(work, most)
        if judgement is None:
            return None
        most -= len(judgement.wrong)
        found.append(judgement)
    return found
