"""The steps of one network, computed on intervals: what a learner's numbers are held against."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..arithmetic.floats import functions
from ..arithmetic.interval_functions import INTERVALS, slope_functions
from ..arithmetic.intervals import LIMIT, Interval, interval_where
from ..backprop import Objective
from ..formula import Formula, Name
from ..program import evaluate
from ..records import Array
from ..rewriting import with_names
from ..steps import Step, name_of, with_step_names
from .mistakes.catalogue import Mistake, wrong_formulas
from .mistakes.places import Place

PER_EXAMPLE_DATA = ("x", "y", "s")


class Chain:
    """The steps of one network on its data, computed on intervals.

    Parameters
    ----------
    objective : the network before the step, its data, example weights and penalty
    rate : the learning rate, or None: then nothing is updated
    stages : how many steps of training one after the other; the quantities of the second are called
        ``z1_step2`` and so on
    one_by_one : whether each of them is on one example, in their order, or on all
    """

    def __init__(
        self, objective: Objective, rate: float | None, stages: int = 1, one_by_one: bool = False
    ):
        self.objective, self.net, self.rate = objective, objective.net, rate
        self.stages, self.one_by_one = stages, one_by_one
        self.m = 1 if one_by_one else objective.m
        self.readings: dict[tuple[bool, float], Chain] = {(one_by_one, objective.l2): self}
        self.last = objective.structure.last
        plain = objective.steps(update=rate is not None)
        self.steps: list[Step] = []
        self.places: dict[str, Place] = {}
        self.names: dict[int, dict[str, str]] = {}
        for stage in range(1, stages + 1):
            names = self.names[stage] = self._names(plain, stage)
            self.steps += with_step_names(plain, names)
            for step in plain:
                weighted = objective.structure.weighted
                place = Place(step, self.net, self.m, rate is not None, stage, weighted)
                self.places[names[step.name]] = place
        self.by_name = {step.name: step for step in self.steps}
        self.functions, self.slopes = INTERVALS.functions(objective), slope_functions(objective)
        self.data = self._data()
        self.given = self._on_intervals()
        self.exact = self.follow({})
        self.shapes = {name: np.shape(value) for name, value in self.exact.items()}

    def _names(self, plain: Sequence[Step], stage: int) -> dict[str, str]:
        """Return what the names of a step are called in this stage, and ``before_W1`` … those of
        the one before.
        """
        names = {step.name: name_in_stage(step.name, stage) for step in plain}
        for name in self.net.parameters():
            names[name] = name
            if stage > 1:
                names[name] = name_in_stage(f"{name}_next", stage - 1)
        if self.one_by_one:
            names |= {name: name_in_stage(name, stage) for name in PER_EXAMPLE_DATA}
        before = self.names.get(stage - 1, {})
        return names | {f"before_{name}": earlier for name, earlier in before.items()}

    def _data(self) -> dict[str, Any]:
        """Return what every step is given: the objective's data, or one example for each stage."""
        whole = self.objective.data
        if not self.one_by_one:
            return whole
        found = {**whole, "m": self.m}
        names = [name for name in PER_EXAMPLE_DATA if name in whole]
        for stage in range(1, self.stages + 1):
            row = (stage - 1) % self.objective.m  # after the last example comes the first again
            for name in names:
                found[name_in_stage(name, stage)] = whole[name][row : row + 1]
        return found

    def read_as(self, one_by_one: bool, loss_factor: float) -> Chain:
        """Return the same steps of training, each on one example perhaps; and for a loss of which
        this one is `loss_factor` times the part without the penalty, which then weighs otherwise.
        """
        l2 = self.objective.l2 / loss_factor
        known = self.readings
        if (one_by_one, l2) not in known:
            known[one_by_one, l2] = Chain(
                replace(self.objective, l2=l2), self.rate, self.stages, one_by_one
            )
        return known[one_by_one, l2]

    def _on_intervals(self) -> dict[str, Any]:
        """Return what the steps are given: arrays as intervals, numbers as they are."""
        given = self.data | self.net.parameters()
        return {
            name: Interval(value) if isinstance(value, np.ndarray) else value
            for name, value in given.items()
        }

    def base(self, name: str) -> Step:
        """Return the step of a quantity as the notes have it: without its stage."""
        return self.places[name].step

    def wrong_formulas(self, name: str) -> Iterator[tuple[Mistake, Formula]]:
        """Yield every known mistake that can be made at a quantity, with its formula."""
        place = self.places[name]
        names = self.names[place.stage]

        def here(part: Name) -> Formula:
            return Name(names.get(part.name, part.name))

        for mistake, formula in wrong_formulas(place):
            yield mistake, with_names(formula, here)

    def follow(self, own: Mapping[str, Array]) -> dict[str, Array]:
        """Return every quantity as float64 gives it, from the learner's `own` where there are
        some.
        """
        known = {
            **functions(self.objective),
            **self.data,
            **self.net.parameters(),
            "eta": self.rate or 0.0,
        }
        found: dict[str, Array] = {}
        with np.errstate(all="ignore"):
            for step in self.steps:
                found[step.name] = self._consequence(step, own, {**known, **found})
        return found

    def _consequence(self, step: Step, own: Mapping[str, Array], values: dict[str, Any]) -> Array:
        """Return a quantity from those before it. Where some of them are the learner's `own`, it is
        worked by hand: what is computed from z instead would pass them by.
        """
        if step.name in own:
            return np.asarray(own[step.name], dtype=float)
        by_hand = np.asarray(evaluate(step.shortest, values), dtype=float)
        if set(step.from_names) & set(own) and np.isfinite(by_hand).all():
            return by_hand
        return np.asarray(evaluate(step.numerical, values), dtype=float)

    def in_range(self, name: str, interval: Interval) -> Interval:
        """Return what of an interval can be at all: an activation lies in its range, as far as the
        learner's does.
        """
        step = self.base(name)
        if step.kind != "a":
            return interval
        low, high = self.net.layers[step.layer - 1].f.range
        # an end such as 0 or 1 is never passed by rounding, others are
        if not float(low).is_integer():
            low = -LIMIT
        if not float(high).is_integer():
            high = LIMIT
        possible = Interval(np.full(interval.shape, low), np.full(interval.shape, high))
        return interval_where(interval.meets(possible), interval.within(possible), interval)

    def compute(
        self, formula: Formula, values: Mapping[str, Any], step_factor: float = 1.0
    ) -> Interval:
        """Return what a formula gives on intervals; `step_factor` scales the learning rate."""
        eta = (self.rate or 0.0) * step_factor
        known = {**self.functions, **self.given, "eta": eta, **values}
        with np.errstate(all="ignore"):
            found: Interval = evaluate(formula, known)
        return found

    def routes(
        self,
        step: Step,
        values: Mapping[str, Interval],
        step_factor: float = 1.0,
        given: Container[str] = (),
    ) -> Interval:
        """Return what a step gives by any of the ways in which one computes it; `given` are the
        quantities that were written down.

        Where an output is rounded to 0 or 1, a cross entropy and its derivative have no bound; one
        computes them from z there. And who multiplies two factors must have them: where the first
        is infinite, only what the product simplifies to is left.
        """
        found = self.compute(step.formula, values, step_factor)
        if step.simplified:
            return self._simplified(step, found, values, given)
        if step.computed and not found.bounded.all():
            return interval_where(found.bounded, found, self.compute(step.computed, values))
        return found

    def _simplified(
        self,
        step: Step,
        found: Interval,
        values: Mapping[str, Interval],
        given: Container[str],
    ) -> Interval:
        """Return what a step gives by what it simplifies to, and by the product (`found`) where its
        first factor is bounded.
        """
        assert step.simplified is not None
        simple = self.compute(step.simplified, values)
        place = self.places[step.name]
        factor = self.names[place.stage][name_of("dL_da", self.last)]
        both = simple.hull(found)
        if factor in given or place.couples:
            return interval_where(found.bounded, both, simple)
        first = self.compute(self.by_name[factor].formula, values)
        return interval_where(first.bounded & found.bounded, both, simple)


def name_in_stage(name: str, stage: int) -> str:
    """Return what a quantity is called in the n-th of several steps of training: ``z1``,
    ``z1_step2`` …
    """
    if stage == 1:
        return name
    return f"{name}_step{stage}"
