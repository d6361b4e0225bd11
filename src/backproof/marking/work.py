"""One learner's work: their answers, with the steps and the convention that they are judged by."""

from __future__ import annotations

import functools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..arithmetic.intervals import Interval
from ..backprop import Objective
from ..conventions import NOTES, Convention, conventions
from ..errors import InputError, unknown
from ..records import Array, Loss
from ..settings import TRAINING
from ..steps import UPDATES
from .answers.answers import LOCALS, NOT_SAID, STRICT, Answer, Answers, answers_of
from .answers.rounding import Precision, Rounding
from .answers.spelling import RATES, stage_of
from .chain import Chain

# what only the locals of a script have
OF_SCRIPTS = ("x", "y", "X", "Y", "W1", "b1", "net", "np", "__name__")


@dataclass(frozen=True, eq=False)
class Work:
    """One learner's answers to the steps of one network.

    Parameters
    ----------
    chain : the steps
    written : by quantity, the answers as they were written
    precision : how far the learner rounds
    convention : in which they are read
    """

    chain: Chain
    written: Mapping[str, Answer]
    precision: Precision
    convention: Convention = NOTES

    def under(self, convention: Convention) -> Work:
        """Return the same work, read in another convention."""
        m = 1 if convention.one_by_one else self.chain.m
        chain = self.chain.read_as(convention.one_by_one, convention.step_factor(m))
        return replace(self, chain=chain, convention=convention)

    @functools.cached_property
    def answers(self) -> Mapping[str, Answer]:
        """The answers by quantity; biases that stand in a row of W are quantities of their own."""
        if not self.convention.bias_row:
            return self.written
        found: dict[str, Answer] = {}
        for name, answer in self.written.items():
            found |= self._weights_and_biases(name, answer)
        return found

    def _weights_and_biases(self, name: str, answer: Answer) -> dict[str, Answer]:
        """Return the answers for weights and for biases that stand in one array."""
        biases, shape = biases_of(name), self.chain.shapes[name]
        if biases not in self.chain.shapes or name == biases:
            return {name: answer}
        values = self.convention.without_bias_row(answer.value, shape)
        units = self.convention.without_bias_row(answer.unit, shape)
        if values is None or units is None:
            return {name: answer}
        pairs = zip((name, biases), values, units, strict=True)
        return {
            one: replace(answer, name=one, value=value, unit=unit) for one, value, unit in pairs
        }

    @property
    def step_factor(self) -> float:
        """How many times the notes' gradient an update moves by."""
        return self.convention.step_factor(self.chain.m)

    def factor(self, name: str) -> float:
        """Return what the notes' quantity is multiplied by to give this learner's."""
        chain = self.chain
        factor = self.convention.factor(chain.base(name), chain.last)
        return factor.value(chain.m, chain.rate or 1.0)

    def raw(self, name: str) -> Array | None:
        """Return the numbers as they were written, in the notes' shape; None if they don't fit."""
        return self.convention.laid_out(self.answers[name].value, self.chain.shapes[name])

    def ours(self, name: str) -> tuple[Array, Array] | None:
        """Return an answer's numbers and units in the notes' convention, None if its shape doesn't
        fit.
        """
        return self._ours(name, self.chain.shapes[name], self.convention)

    def _ours(
        self, name: str, shape: tuple[int, ...], layout: Convention
    ) -> tuple[Array, Array] | None:
        answer, factor = self.answers[name], self.factor(name)
        value = layout.laid_out(answer.value, shape)
        unit = layout.laid_out(answer.unit, shape)
        if value is None or unit is None:
            return None
        return value / factor, np.abs(unit / factor)

    def in_shape(self, name: str, shape: tuple[int, ...]) -> Sequence[tuple[Array, Array]]:
        """Return an answer's numbers and units in any shape: laid out by the convention, and as
        rows, if these differ.
        """
        layouts = [NOTES]
        if self.convention.columns:
            layouts = [self.convention, NOTES]
        found = [self._ours(name, shape, layout) for layout in layouts]
        return [one for one in found if one is not None]

    def as_written(self, name: str) -> Interval:
        """Return an answer as intervals in its own shape, scaled to the notes' convention."""
        answer, factor = self.answers[name], self.factor(name)
        return Interval(answer.value / factor).wider(np.abs(answer.unit / factor))


def biases_of(name: str) -> str:
    """Return the quantity of a layer's biases by that of its weights: ``db1`` by ``dW1``."""
    return name.replace("W", "b", 1)


@dataclass(frozen=True)
class Submission:
    """What was handed in to be marked.

    Parameters
    ----------
    work : the answers and the steps
    unreadable : by quantity, why its numbers can't be read
    taken : what each other spelling was taken for
    remarks : what was taken for what, what was passed over
    """

    work: Work
    unreadable: dict[str, str]
    taken: dict[str, str]
    remarks: tuple[str, ...]


def submission(
    given: Any,
    objective: Objective,
    rounding: Rounding = NOT_SAID,
    rate: float | None = None,
    places: Mapping[str, str] | None = None,
    mode: str | None = None,
) -> Submission:
    """Return the steps of an objective and the answers to them.

    `mode` is one of `answers`, found out if None: a script's locals hold x, y, W1 or a learning
    rate. Raises `InputError` for what can't be used.
    """
    if not isinstance(given, Mapping):
        raise InputError(
            "answers must be a dict from names to numbers, such as locals(), got"
            f" {type(given).__name__}."
        )
    places = places or {}
    named = next((name for name in RATES if _is_number(given.get(name))), None)
    if mode is None:
        mode = _mode(given, named, places)
    rate = _learning_rate(given, named, rate)
    if mode == STRICT and named:
        given = {name: value for name, value in given.items() if name != named}
    chain = Chain(objective, rate, steps_of_training(given, rate, places))
    # updates are quantities without a learning rate too, so that one is told what they need
    updates = [step.name for step in objective.steps(update=True) if step.kind in UPDATES]
    names = list(dict.fromkeys([*chain.by_name, *updates]))
    read = answers_of(given, names, rounding, mode, places)
    if mode == LOCALS:
        read.passed += _not_meant(chain, read.found)
    read.passed += _without_rate(chain, read, mode)
    return _answers_of_steps(chain, read)


def _mode(given: Mapping[str, Any], rate: str | None, places: Mapping[str, str]) -> str:
    """Return how the names are meant, if nobody says: as those of a script, where a `rate` or
    another name gives that away; those of a file have their places.
    """
    if not places and (rate or any(name in given for name in OF_SCRIPTS)):
        return LOCALS
    return STRICT


def _learning_rate(given: Mapping[str, Any], name: str | None, rate: float | None) -> float | None:
    """Return the learning rate: `rate`, or else what stands under its `name` among the answers."""
    if rate is None and name:
        rate = float(given[name])
    if isinstance(rate, np.ndarray) and _is_number(rate):
        rate = rate.item()
    return None if rate is None else TRAINING["learning_rate"].require(rate)


def steps_of_training(given: Collection[str], rate: float | None, places: Mapping[str, str]) -> int:
    """Return how many steps of training these quantities belong to; raise `InputError` for a second
    one without a learning rate. `places` says where each name stands.
    """
    stages = max(map(stage_of, given), default=1)
    if stages > 1 and rate is None:
        name = next(name for name in given if stage_of(name) > 1)
        where = places.get(name, "")
        raise InputError(
            f"{where}{name}: a second step needs the learning rate: give learning_rate."
        )
    return stages


def _without_rate(chain: Chain, read: Answers, mode: str) -> list[str]:
    """Say what is passed over because it needs a learning rate; in a file that is an error."""
    updates = [name for name in read.found if name not in chain.by_name]
    if updates and mode != LOCALS:
        where = read.found[updates[0]].where
        raise InputError(f"{where}{updates[0]} needs the learning rate: give learning_rate.")
    return [f"{name} was ignored: it needs the learning rate." for name in updates]


def _answers_of_steps(chain: Chain, read: Answers) -> Submission:
    """Return the answers that belong to the steps."""
    answers = {name: answer for name, answer in read.found.items() if name in chain.by_name}
    unreadable = {name: why for name, why in read.unreadable.items() if name in chain.by_name}
    taken = other_spellings(answers)
    remarks = taken_remarks(taken)
    return Submission(
        Work(chain, answers, read.precision), unreadable, taken, (*remarks, *read.passed)
    )


def other_spellings(answers: Mapping[str, Answer]) -> dict[str, str]:
    """Return what each spelling that isn't the contract's was taken for."""
    return {answer.written: name for name, answer in answers.items() if answer.written != name}


def taken_remarks(taken: Mapping[str, str]) -> list[str]:
    """Say what was taken for what."""
    return [f"{written} was taken for {name}." for written, name in taken.items()]


def _not_meant(chain: Chain, found: dict[str, Answer]) -> list[str]:
    """Take out what a script calls by another spelling of a quantity that has more than one number:
    ``d2 = 3``; say so.
    """
    passed = []
    for name, answer in list(found.items()):
        shape = chain.shapes.get(name, ())
        if answer.written != name and answer.value.size == 1 and math.prod(shape) > 1:
            passed.append(f"{answer.written} was ignored: {name} has shape {shape}.")
            del found[name]
    return passed


def _is_number(value: Any) -> bool:
    """Whether this is one real number, of Python's or NumPy's."""
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and np.isrealobj(value)
    if isinstance(value, bool):
        return False
    return isinstance(value, (int, float, np.number)) and np.isrealobj(value)


def candidates(loss: Loss, convention: str | None) -> list[Convention]:
    """Return the conventions to try: the one that is named, its parts in any order, or all for this
    loss.
    """
    offered = conventions(loss)
    if convention is None:
        return offered
    if isinstance(convention, str):
        parts = sorted(convention.replace(" ", "").split("+"))
        for one in offered:
            if sorted(one.name.split("+")) == parts:
                return [one]
    singles = [one.name for one in offered if "+" not in one.name]
    error = unknown("convention", convention, singles)
    raise InputError(f"{error} They combine: {singles[-1]}+{singles[1]}.")
