"""The conventions of the books: what each quantity is multiplied by, and how it lies.

The steps are written as the notes have them: examples as rows, the 1/m in the gradients. A reader
or learner who follows another book is as right. Each respect in which books differ is a `Habit`: a
value, of which a `Convention` has at most one for each respect. From it the steps are rewritten,
our numbers turned into theirs, and theirs into ours.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .activations import Array
from .errors import choose
from .losses import Loss
from .rewriting import AS_IT_IS, Factor, with_factor
from .steps import GRADIENTS, PARAMETERS, SIGNALS, Step, columns, name_of, with_formulas

MEANS = {
    "dW": "in the gradients dW and db, as in the notes",
    "delta": "in delta, which is then of the mean loss",
}


# by the end of W where the biases stand: the rows that hold weights, and the one that holds biases
BIAS_ROWS: dict[str, tuple[slice, int]] = {
    "first": (slice(1, None), 0),
    "last": (slice(None, -1), -1),
}


@dataclass(frozen=True)
class Habit:
    """One way of writing in one respect, other than the notes'.

    Parameters
    ----------
    id : its part of a convention's name
    words : what it is, and what to watch, for who writes so
    factors : by the kind of quantity, or by ``W`` and ``b``, what the notes' is multiplied by
    spared : kinds that the output layer has as in the notes
    step_factor : how many times the notes' gradient an update moves by
    columns : examples are columns, and every quantity is the transpose of the notes'
    bias_row : where the biases stand in W, its first or last row, a name of `BIAS_ROWS`
    one_by_one : each step of training is on one example, in their order
    square : how much of the squared error the loss must be for this to make sense; 0 for any loss
    """

    id: str
    words: str
    factors: Mapping[str, Factor] = field(default_factory=dict, hash=False)
    spared: tuple[str, ...] = ()
    step_factor: Factor = AS_IT_IS
    columns: bool = False
    bias_row: str = ""
    one_by_one: bool = False
    square: float = 0.0

    def factor(self, kind: str, is_output: bool) -> Factor:
        """Return what the notes' quantity of a kind is multiplied by to give this book's."""
        if is_output and kind in self.spared:
            return AS_IT_IS
        return self.factors.get(kind, AS_IT_IS)

    def suits(self, loss: Loss) -> bool:
        """Say whether it makes sense for a loss."""
        return self.square in (0, loss.squared)


def _each(kinds: Sequence[str], factor: Factor) -> dict[str, Factor]:
    return dict.fromkeys(kinds, factor)


PER_M, TIMES_M, TURNED = Factor(m=-1), Factor(m=1), Factor(-1.0)
DERIVATIVES = (*SIGNALS, *GRADIENTS)
RESPECTS: dict[str, tuple[Habit, ...]] = {
    "mean": (
        Habit(
            "delta",
            "the 1/m stands inside delta, so dW and db are plain sums of it",
            _each(SIGNALS, PER_M),
        ),
        Habit(
            "hidden-delta",
            "the 1/m stands inside delta, from the output's delta on",
            _each(SIGNALS, PER_M),
            spared=("dL_da",),
        ),
        Habit(
            "hidden-layers",
            "the 1/m stands inside dL_da and delta of the hidden layers, from the first dL_da"
            " on that is carried back, so dW and db of these are plain sums of delta",
            _each(SIGNALS, PER_M),
            spared=SIGNALS,
        ),
        Habit(
            "sum",
            "the loss is a sum over the examples, so there is no 1/m: a summed gradient wants a"
            " learning rate m times smaller",
            _each((*GRADIENTS, "loss"), TIMES_M),
            step_factor=TIMES_M,
        ),
    ),
    "sign": (
        Habit(
            "ascent",
            "delta and the gradients have the opposite sign (y - a): so the update must add them",
            _each(DERIVATIVES, TURNED),
        ),
        Habit(
            "ascent-from-delta",
            "delta has the opposite sign (y - a), and so have the gradients: the update must add"
            " them",
            _each(DERIVATIVES, TURNED),
            spared=("dL_da",),
        ),
    ),
    "half": (
        Habit(
            "half-square",
            "the squared error is halved",
            _each((*DERIVATIVES, "loss"), Factor(0.5)),
            step_factor=Factor(0.5),
            square=1.0,
        ),
        Habit(
            "whole-square",
            "the squared error is not halved, so its derivative has a 2",
            _each((*DERIVATIVES, "loss"), Factor(2.0)),
            step_factor=Factor(2.0),
            square=0.5,
        ),
    ),
    "layout": (
        Habit(
            "columns",
            "examples are columns, so every quantity is the transpose of the notes'",
            columns=True,
        ),
    ),
}
HABITS = {habit.id: habit for habits in RESPECTS.values() for habit in habits}


@dataclass(frozen=True)
class Convention:
    """How somebody writes: their habits, at most one in each respect; none is the notes' way."""

    habits: tuple[Habit, ...] = ()

    @classmethod
    def of(cls, columns: bool = False, mean_in: str = "dW") -> Convention:
        """Return the convention of a derivation; raise `InputError` for an unknown place of the
        1/m.

        Parameters
        ----------
        columns : examples are columns, ``z = W a + b``
        mean_in : where the 1/m stands, a name of `MEANS`
        """
        choose("place of the 1/m", mean_in, MEANS)
        habits = []
        if mean_in == "delta":
            habits.append(HABITS["delta"])
        if columns:
            habits.append(HABITS["columns"])
        return cls(tuple(habits))

    @property
    def name(self) -> str:
        """A short name, ``notes`` for the notes' own."""
        return "+".join(habit.id for habit in self.habits) or "notes"

    @property
    def words(self) -> str:
        """What it is and what to watch."""
        return "; ".join(habit.words for habit in self.habits)

    @property
    def columns(self) -> bool:
        """Whether examples are columns."""
        return any(habit.columns for habit in self.habits)

    @property
    def mean_in(self) -> str:
        """Where the 1/m stands, a name of `MEANS`."""
        return "delta" if HABITS["delta"] in self.habits else "dW"

    @property
    def bias_row(self) -> str:
        """Where the biases stand in W; empty where they stand by themselves."""
        return "".join(habit.bias_row for habit in self.habits)

    @property
    def one_by_one(self) -> bool:
        """Whether each step of training is on one example."""
        return any(habit.one_by_one for habit in self.habits)

    @property
    def scales(self) -> bool:
        """Whether any quantity is multiplied by something."""
        return any(habit.factors for habit in self.habits)

    def factor(self, step: Step, last: int) -> Factor:
        """Return what the notes' quantity of a step is multiplied by, of `last` layers."""
        return self._factor(step.kind, step.layer == last)

    def _factor(self, kind: str, is_output: bool = False) -> Factor:
        found = AS_IT_IS
        for habit in self.habits:
            found = found * habit.factor(kind, is_output)
        return found

    def step_factor(self, m: int) -> float:
        """Return how many times the notes' gradient an update moves by."""
        found = AS_IT_IS
        for habit in self.habits:
            found = found * habit.step_factor
        return found.value(m)

    def steps(self, given: Sequence[Step]) -> list[Step]:
        """Return the steps as this reader writes them."""
        found = self._scaled(given) if self.scales else list(given)
        return columns(found) if self.columns else found

    def _scaled(self, steps: Sequence[Step]) -> list[Step]:
        """Return the steps over quantities that are multiplied by this reader's factors."""
        last = max(step.layer for step in steps)
        factors = {step.name: self.factor(step, last) for step in steps}
        for kind, layer in itertools.product(PARAMETERS, range(1, last + 1)):
            factors[name_of(kind, layer)] = self._factor(kind)

        def factor_of(name: str) -> Factor:
            return factors.get(name, AS_IT_IS)

        def scaled(step: Step) -> Step:
            own = factor_of(step.name)
            return with_formulas(step, lambda formula: with_factor(formula, own, factor_of))

        return list(map(scaled, steps))

    def value(self, step: Step, ours: Any, m: int, last: int, rate: float = 1.0) -> Array:
        """Return a quantity as this reader has it, from ours, for `m` examples and a learning
        rate.
        """
        value = np.asarray(ours, dtype=float)
        return self.as_laid(_times(value, self.factor(step, last), m, rate))

    def given(self, name: str, ours: Array) -> Array:
        """Return an input or a parameter as this reader has it, from ours."""
        return self.as_laid(_times(ours, self._factor(name[0]), 1, 1.0))

    def as_laid(self, value: Array) -> Array:
        """Return an array with examples as this reader has them; the matrices of softmax stay, one
        for each example.
        """
        if not self.columns or value.ndim not in (1, 2):
            return value
        return value.T if value.ndim == 2 else value[:, None]

    def laid_out(self, value: Array, shape: tuple[int, ...]) -> Array | None:
        """Return somebody's numbers in the notes' shape, None if they don't fit it.

        A row of biases may lie or stand, (m, 1) may be (m,).
        """
        if value.size == 1 and int(np.prod(shape)) == 1:
            return value.reshape(shape)
        is_matrix = len(shape) == 2
        if value.shape == shape and not (self.columns and is_matrix):
            return value
        if len(shape) == 1 and value.shape in ((1, *shape), (*shape, 1)):
            return value.reshape(shape)
        if is_matrix and self.columns and value.shape == shape[::-1]:
            return value.T
        if is_matrix and value.ndim == 1 and 1 in shape and value.size == max(shape):
            return value.reshape(shape)
        return None

    def without_bias_row(self, value: Array, shape: tuple[int, ...]) -> tuple[Array, Array] | None:
        """Return the weights and the biases of an array in which these stand together, in this
        reader's layout; None where they don't fit weights of a shape.
        """
        rows, columns = shape
        whole = self.laid_out(value, (rows + 1, columns))
        if not self.bias_row or whole is None or whole.shape != (rows + 1, columns):
            return None
        weights, biases = BIAS_ROWS[self.bias_row]
        return self.as_laid(whole[weights]), whole[biases]


def _times(value: Array, factor: Factor, m: int, rate: float) -> Array:
    """Return a value times a factor; what is divided by m is divided, not multiplied by 1/m."""
    if factor == AS_IT_IS:
        return value
    scaled = value / m**-factor.m if factor.m < 0 else value * m**factor.m
    scaled = scaled * rate**factor.eta
    return scaled if factor.number == 1 else scaled * factor.number


NOTES = Convention()
COLUMNS = Convention((HABITS["columns"],))


def conventions(loss: Loss) -> list[Convention]:
    """Return the conventions for a loss: the notes' own, then those that differ in fewer respects
    first.
    """
    offered = [
        (None, *(habit for habit in habits if habit.suits(loss))) for habits in RESPECTS.values()
    ]
    every = [
        Convention(tuple(habit for habit in habits if habit is not None))
        for habits in itertools.product(*offered)
    ]
    return sorted(every, key=lambda convention: len(convention.habits))
