"""Marks for each quantity, in the order of computation, with errors carried forward and rounding
propagated.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..activations import Array
from ..errors import InputError
from ..formula import Formula, Name, substituted
from ..losses import rows_sum_to_one
from ..network import Network
from ..program import evaluate
from ..steps import Step, functions, renamed, steps
from .answers import Answer, precision
from .boxes import LIMIT, OPEN, Box, box_functions, chosen, slope_functions
from .mistakes import Mistake, wrong_formulas
from .places import Place
from .ways import Way, laid_out

LEVELS = {
    "relu": (0, 0.5, 1),
    "leaky_relu": (0.01, 0.505, 1),
}  # of the slope: left, at the kink as some take it, right
TINY = 1e-12
RIGHT, FOLLOWS, WRONG, MISSING = "right", "follows", "wrong", "missing"


class Chain:
    """The steps of one network on its data, computed on boxes.

    Parameters
    ----------
    net, x, y : the network before the step, (m, n0) inputs, (m, nL) targets
    rate : the learning rate, or None: then nothing is updated
    stages : how many steps of training one after the other; the quantities of the second are called
        ``z1_step2`` and so on
    """

    def __init__(self, net: Network, x: Array, y: Array, rate: float | None, stages: int = 1):
        self.net, self.x, self.y, self.rate = net, x, y, rate
        self.m, self.last = len(x), len(net.layers)
        plain = [
            step
            for step in steps(net, rows_sum_to_one(y), update=True)
            if rate is not None or step.equation != 11
        ]
        self.steps: list[Step] = []
        self.places: dict[str, Place] = {}
        self.names: dict[int, dict[str, str]] = {}
        for stage in range(1, stages + 1):
            names = self.names[stage] = self._names(plain, stage)
            self.steps += renamed(plain, names)
            self.places |= {
                names[step.name]: Place(step, net, self.m, rate is not None, stage)
                for step in plain
            }
        self.by_name = {step.name: step for step in self.steps}
        self.functions, self.slopes = box_functions(net), slope_functions(net)
        self.given = {
            name: Box(value) for name, value in ({"x": x, "y": y} | net.parameters()).items()
        }
        self.exact = self.follow({})
        self.shapes = {name: np.shape(value) for name, value in self.exact.items()}

    def _names(self, plain: Sequence[Step], stage: int) -> dict[str, str]:
        """Return what the names of a step are called in this stage, and ``before_W1`` … those of
        the one before.
        """
        names = {step.name: staged(step.name, stage) for step in plain}
        names |= {
            name: staged(f"{name}_next", stage - 1) if stage > 1 else name
            for name in self.net.parameters()
        }
        return names | {
            f"before_{name}": before for name, before in self.names.get(stage - 1, {}).items()
        }

    def base(self, name: str) -> str:
        """Return the name of a quantity without its stage."""
        return self.places[name].step.name

    def wrong_formulas(self, name: str) -> Iterator[tuple[Mistake, Formula]]:
        """Yield every known mistake that can be made at a quantity, with its formula."""
        place = self.places[name]
        names = self.names[place.stage]
        for mistake, formula in wrong_formulas(place):
            yield mistake, substituted(formula, lambda part: Name(names.get(part.name, part.name)))

    def follow(self, own: Mapping[str, Array]) -> dict[str, Array]:
        """Return every quantity as float64 gives it, from the learner's `own` where he has them."""
        known = {
            **functions(self.net),
            "x": self.x,
            "y": self.y,
            "m": self.m,
            "eta": self.rate or 0.0,
            **self.net.parameters(),
        }
        found: dict[str, Array] = {}
        with np.errstate(all="ignore"):
            for step in self.steps:
                by_hand = step.simplified or step.formula
                value = (
                    own[step.name] if step.name in own else evaluate(by_hand, {**known, **found})
                )
                if step.name not in own and (
                    not set(step.from_names) & set(own) or not np.isfinite(value).all()
                ):
                    value = evaluate(step.numerical, {**known, **found})
                found[step.name] = np.asarray(value, dtype=float)
        return found

    def in_range(self, name: str, box: Box) -> Box:
        """Return what of a box can be at all: an activation lies in its range, as far as the
        learner's does.
        """
        place = self.places[name]
        if place.kind != "a":
            return box
        low, high = self.net.layers[place.layer - 1].f.range
        # an end such as 0 or 1 is never passed by rounding, others are
        low, high = (
            end if float(end).is_integer() else sign * np.inf
            for end, sign in ((low, -1), (high, 1))
        )
        possible = Box(np.full(box.shape, max(low, -LIMIT)), np.full(box.shape, min(high, LIMIT)))
        return chosen(box.meets(possible), box.within(possible), box)

    def compute(self, formula: Formula, values: Mapping[str, Box], rate: float = 1.0) -> Box:
        """Return what a formula gives on boxes; `rate` scales the learning rate."""
        known = {
            **self.functions,
            **self.given,
            "m": self.m,
            "eta": (self.rate or 0.0) * rate,
            **values,
        }
        with np.errstate(all="ignore"):
            box: Box = evaluate(formula, known)
        return box

    def routes(
        self, step: Step, values: Mapping[str, Box], rate: float = 1.0, given: Container[str] = ()
    ) -> Box:
        """Return what a step gives by any of the ways in which one computes it; `given` are the
        quantities that were written down.

        Where an output is rounded to 0 or 1, a cross entropy and its derivative have no bound; one
        computes them from z there. And who multiplies two factors must have them: where the first
        is infinite, only what the product simplifies to is left.
        """
        found = self.compute(step.formula, values, rate)
        if step.simplified:
            simple = self.compute(step.simplified, values)
            place = self.places[step.name]
            factor = self.names[place.stage][f"dL_da{self.last}"]
            if factor in given or place.couples:
                return chosen(found.bounded, simple.hull(found), simple)
            return chosen(
                self.compute(self.by_name[factor].formula, values).bounded & found.bounded,
                simple.hull(found),
                simple,
            )
        if step.computed and not found.bounded.all():
            return chosen(found.bounded, found, self.compute(step.computed, values))
        return found


def staged(name: str, stage: int) -> str:
    """Return what a quantity is called in the n-th of several steps of training: ``z1``,
    ``z1_step2`` …
    """
    return name if stage == 1 else f"{name}_step{stage}"


Worked = tuple[
    Chain, Mapping[str, Answer]
]  # the steps of one network, and a learner's answers to them


@dataclass
class Judged:
    """One quantity with its mark, in the notes' convention."""

    name: str
    status: str
    value: Array | None = None
    unit: Array | float = 0.0
    expected: Box | None = None
    cells: tuple[tuple[int, ...], ...] = ()


@dataclass
class Judgement:
    """All marks under one convention; `own` holds what the learner carried on with, `truth` what a
    right learner has.
    """

    way: Way
    marks: dict[str, Judged]
    own: dict[str, Box]
    truth: dict[str, Box]
    wrong: int = 0


def turned(answer: Answer, chain: Chain, way: Way) -> tuple[Array, Array] | None:
    """Return an answer's numbers and units in the notes' convention, None if its shape doesn't fit."""
    shape = chain.shapes[answer.name]
    value, unit = (laid_out(part, shape, way.columns) for part in (answer.value, answer.unit))
    if value is None or unit is None:
        return None
    factor = way.factor(chain.base(answer.name), chain.m, chain.last)
    return value / factor, np.abs(unit / factor)


def judge(
    chain: Chain, answers: Mapping[str, Answer], way: Way, most: float = np.inf
) -> Judgement | None:
    """Mark the answers under one convention; None as soon as more than `most` are wrong."""
    usual = precision(answers.values())
    found = Judgement(way, {}, {}, {})
    for step in chain.steps:
        scale = abs(way.factor(chain.base(step.name), chain.m, chain.last))
        rate = way.rate(chain.m) if step.equation == 11 else 1.0
        truth = chain.routes(step, found.truth, rate, answers)
        own = chain.routes(step, found.own, rate, answers)
        mark = _marked(chain, step, answers.get(step.name), way, truth, own)
        if mark.status == WRONG and _follows_odd(chain, step, found, rate, answers):
            mark = Judged(step.name, FOLLOWS, mark.value, mark.unit, own)
        found.marks[step.name] = mark
        found.wrong += mark.status == WRONG
        if found.wrong > most:
            return None
        _carry(found, mark, truth, own, usual.at(own.size * scale) / scale)
        _clip(found, chain, step.name)
    return found


def _marked(
    chain: Chain, step: Step, answer: Answer | None, way: Way, truth: Box, own: Box
) -> Judged:
    if answer is None:
        return Judged(step.name, MISSING)
    fitted = turned(answer, chain, way)
    if fitted is None:
        cells = tuple(tuple(map(int, index)) for index in np.ndindex(chain.shapes[step.name]))
        return Judged(step.name, WRONG, None, 0.0, None, cells)
    return _judged(chain.places[step.name], step.name, *fitted, truth, own)


def _follows_odd(
    chain: Chain, step: Step, found: Judgement, rate: float, answers: Mapping[str, Answer]
) -> bool:
    """Whether an answer follows from earlier ones whose shapes are not the quantities': m × m where
    a column was broadcast.
    """
    odd = {
        name: box
        for name in step.from_names
        if (box := _odd(chain, found, name, answers)) is not None
    }
    if not odd:
        return False
    try:
        box = chain.routes(step, {**found.own, **odd}, rate, answers)
    except ValueError:  # these shapes don't fit each other
        return False
    written = _written(chain, found.way, answers[step.name])
    return box.shape == written.shape and bool(box.meets(written).all())


def _odd(chain: Chain, found: Judgement, name: str, answers: Mapping[str, Answer]) -> Box | None:
    """Return the numbers of an earlier quantity that has another shape than it should, None if it
    hasn't.
    """
    mark = found.marks.get(name)
    if mark is None or mark.value is not None or name not in answers:
        return None
    written = _written(chain, found.way, answers[name])
    return written if len(written.shape) == 2 else None


def _written(chain: Chain, way: Way, answer: Answer) -> Box:
    factor = way.factor(chain.base(answer.name), chain.m, chain.last)
    return Box(answer.value / factor).wider(np.abs(answer.unit / factor))


def _clip(found: Judgement, chain: Chain, name: str) -> None:
    for boxes in (found.truth, found.own):
        boxes[name] = chain.in_range(name, boxes[name])


def _judged(place: Place, name: str, value: Array, unit: Array, truth: Box, own: Box) -> Judged:
    written = Box(value).wider(unit)
    sane = (np.abs(value) < OPEN) | ~truth.bounded
    if place.kind == "da_dz" and (
        levels := LEVELS.get(place.activation)
    ):  # a slope has one of a few values, and none between
        sane &= (np.abs(value[..., None] - np.array(levels)) <= unit[..., None] + TINY).any(axis=-1)
    good, follows = written.meets(truth) & sane, written.meets(own) & sane
    if good.all():
        return Judged(name, RIGHT, value, unit, truth)
    if (good | follows).all():
        return Judged(name, FOLLOWS, value, unit, own)
    return Judged(name, WRONG, value, unit, own, _where(good | follows))


def _where(good: Array) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(i) for i in index) for index in np.argwhere(~np.asarray(good)))


def _carry(found: Judgement, mark: Judged, truth: Box, own: Box, unit: Array) -> None:
    """Note what the learner goes on with: the number he wrote, or the one that he rounded to it;
    `unit` if nothing that can be read.
    """
    name = mark.name
    if mark.value is None:
        found.truth[name], found.own[name] = truth.wider(unit), own.wider(unit)
        return
    value = np.where(np.isnan(mark.value), own.middle, mark.value)
    written = Box(value).wider(mark.unit)
    if mark.status == RIGHT:
        carried = truth.within(written).hull(Box(value))
        found.truth[name] = found.own[name] = carried
        return
    found.truth[name] = truth.wider(mark.unit)
    found.own[name] = own.within(written).hull(Box(value)) if mark.status == FOLLOWS else written


def best(workings: Sequence[Worked], candidates: Sequence[Way]) -> list[Judgement]:
    """Return the judgements of one learner's workings under the convention that leaves fewest
    wrong; the first of them on a tie.
    """
    chosen: list[Judgement] | None = None
    for way in candidates:
        most = np.inf if chosen is None else sum(found.wrong for found in chosen) - 1
        if (found := _all(workings, way, most)) is not None:
            chosen = found
        if chosen is not None and not any(found.wrong for found in chosen):
            break
    if chosen is None:
        raise InputError("no convention to mark by.")
    return chosen


def _all(workings: Sequence[Worked], way: Way, most: float) -> list[Judgement] | None:
    """Judge every working under one convention; None as soon as more than `most` numbers are wrong
    in all.
    """
    found: list[Judgement] = []
    for chain, answers in workings:
        judgement = judge(chain, answers, way, most)
        if judgement is None:
            return None
        most -= judgement.wrong
        found.append(judgement)
    return found
