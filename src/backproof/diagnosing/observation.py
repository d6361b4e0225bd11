"""What can be seen of a finished training: its numbers at the end, each hidden unit's, and how it
moved there.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..backprop import Quantities
from ..network import Network
from ..prose import spoken_list
from ..records import Activation, Array, Loss
from ..steps import GRADIENTS
from ..training import verdict
from ..training.loop import Epoch
from ..training.run import Run

FLAT = 0.02  # a slope below this share of the activation's largest hardly lets an error through
SAME = 0.999  # a correlation from here on: two units tell the examples apart in the same way
STEADY = 0.02  # of its range: a unit whose activation varies by less tells no examples apart
AHEAD = 10  # times its epochs that a run is trained on, to see whether it would be solved then
AFFORDABLE = 5e9  # multiplications for that: a few seconds
OVERHEAD = 5e4  # that an epoch of the smallest network costs, in multiplications
INFEASIBLE = 2  # SciPy's status for a linear program that has no solution
NAMED_INPUTS = 4  # of an example; where there are more it is called by its number
NAMED_EXAMPLES = 6  # by their names; more are counted


@dataclass(frozen=True)
class Unit:
    """A hidden unit on all examples.

    Parameters
    ----------
    layer, number : from 1
    a : (m,) what it passes on
    slope : (m,) its slope, as a share of the largest that its activation has
    activation : its record
    bias : whether it has one
    """

    layer: int
    number: int
    a: Array
    slope: Array
    activation: Activation
    bias: bool = True

    @property
    def name(self) -> str:
        """``unit 2 of layer 1``."""
        return f"unit {self.number} of layer {self.layer}"

    @property
    def bounded(self) -> bool:
        """Whether its activation saturates at both ends."""
        return self.activation.bounded

    @property
    def flat(self) -> Array:
        """Whether it is saturated, or dead, on each example: (m,)."""
        return self.slope < FLAT

    @property
    def dead(self) -> bool:
        """Whether its slope is 0 on every example, so that no example moves its weights (ReLU and
        the like).
        """
        return not self.bounded and bool((self.slope == 0).all())

    @property
    def steady(self) -> bool:
        """Whether it gives all examples the same, so that it is no more than a second bias."""
        wide = max(1.0, float(np.abs(self.a).max()))
        if self.bounded:
            low, high = self.activation.range
            wide = high - low
        return float(np.ptp(self.a)) < STEADY * wide


class Observation:
    """A run, looked at. Everything is computed when it is asked for."""

    def __init__(self, run: Run):
        self.run, self.net, self.x, self.y = run, run.network, run.x, run.y
        self.m = len(run.x)
        self.objective = run.objective(run.network)

    @functools.cached_property
    def q(self) -> Quantities:
        """Every quantity at the end."""
        with np.errstate(all="ignore"):
            return self.objective.quantities()

    @functools.cached_property
    def a(self) -> Array:
        """The outputs at the end, (m, nL)."""
        return np.asarray(self.q[f"a{len(self.net.layers)}"])

    @functools.cached_property
    def good(self) -> Array | None:
        """Which examples are on their target's side; None for a regression."""
        return verdict.right(self.a, self.y)

    @functools.cached_property
    def wrong(self) -> Array:
        """The numbers, from 0, of the examples on the wrong side; none for a regression."""
        if self.good is None:
            return np.empty(0, dtype=int)
        return np.flatnonzero(~self.good)

    @functools.cached_property
    def units(self) -> tuple[Unit, ...]:
        """Every hidden unit."""
        return tuple(self._units())

    def _units(self) -> Iterator[Unit]:
        for number, layer in enumerate(self.net.layers[:-1], 1):
            a, slopes = self.q[f"a{number}"], self.q[f"da{number}_dz{number}"]
            shares = np.abs(slopes) / layer.f.steepest
            bias = layer.b is not None
            for j in range(a.shape[1]):
                yield Unit(number, j + 1, a[:, j], shares[:, j], layer.f, bias)

    def layer(self, number: int) -> list[Unit]:
        """Return the units of a hidden layer."""
        return [unit for unit in self.units if unit.layer == number]

    @functools.cached_property
    def twins(self) -> list[tuple[Unit, Unit]]:
        """Pairs of units of one layer that tell the examples apart in the same way, or in exactly
        the opposite one.
        """
        found = []
        for layer in range(1, len(self.net.layers)):
            # one that is steady has no correlation to speak of
            lively = [unit for unit in self.layer(layer) if not unit.steady]
            if len(lively) > 1:
                alike = np.abs(np.corrcoef([unit.a for unit in lively])) > SAME
                found += [(lively[i], lively[j]) for i, j in np.argwhere(np.triu(alike, 1))]
        return found

    @functools.cached_property
    def tail(self) -> tuple[Network, Network, Network]:
        """The network two epochs before the end, one before, and at the end.

        Plain gradient descent on all examples goes on from where it is, so there the two epochs
        after the end are as good.
        """
        settings = self.run.settings
        if settings.optimiser == "sgd" and settings.batch_size is None:
            found = [self.net]

            def collect(now: Epoch) -> None:
                if now.epoch:
                    found.append(now.network)

            self.run.trained_from(self.net, 2, collect)
            if len(found) == 3:  # fewer if it diverges there
                return (found[0], found[1], found[2])
        last = self.run.epochs
        before, one, end = self.run.replay([max(0, last - 2), max(0, last - 1), last])
        return (before, one, end)

    @property
    def budget(self) -> int:
        """How many epochs `ahead` looks; 0 where that would take too long, or has no meaning."""
        if not len(self.wrong) or self.run.diverged_at is not None:
            return 0
        size = sum(value.size for value in self.net.parameters().values())
        cost = max(OVERHEAD, 6.0 * self.m * size)
        epochs = AHEAD * self.run.epochs
        return epochs if cost * epochs <= AFFORDABLE else 0

    @functools.cached_property
    def ahead(self) -> int | None:
        """About how many epochs more it takes until every example is right, found by training on;
        None if `budget` is not enough.
        """
        if not self.budget:
            return None
        run, every = self.run, max(1, self.budget // 100)

        def watch(now: Epoch) -> bool:
            beyond = now.epoch - run.epochs
            if beyond <= 0 or beyond % every:
                return False
            return bool(verdict.solved(now.network.predict(self.x), self.y))

        # from the start: only so are the optimiser and the order of the batches where they were
        outcome = run.trained_from(run.network_before, run.epochs + self.budget, watch)
        if outcome.stopped != "callback":
            return None
        return len(outcome.losses) - 1 - run.epochs

    @property
    def loss(self) -> Loss:
        """The loss that was minimised."""
        return self.net.loss_record

    @functools.cached_property
    def binary(self) -> bool:
        """Whether there is one output with the targets 0 and 1."""
        return self.y.shape[1] == 1 and bool(np.isin(self.y, (0, 1)).all())

    @functools.cached_property
    def largest_gradient(self) -> float:
        """The largest entry of the gradient."""
        gradients = [step.name for step in self.objective.steps() if step.kind in GRADIENTS]
        return max(float(np.abs(self.q[name]).max()) for name in gradients)

    @property
    def plain(self) -> bool:
        """Whether the loss is the plain mean: no example weights, no penalty. Else the levels of
        plateaus are others.
        """
        return self.run.example_weights is None and not self.run.settings.l2

    @functools.cached_property
    def contradictions(self) -> list[Array]:
        """Groups of examples with the same inputs but different targets."""
        _, inverse = np.unique(self.x, axis=0, return_inverse=True)
        kind = inverse.ravel()  # NumPy 2.0 alone gives it as a column
        order = np.argsort(kind, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(kind[order])) + 1)
        return [np.sort(group) for group in groups if np.ptp(self.y[group], axis=0).any()]

    @property
    def input_names(self) -> list[str]:
        """What the inputs are called: as in the data, else ``x1``, ``x2``."""
        return list(self.run.problem.get("inputs") or (f"x{j + 1}" for j in range(self.x.shape[1])))

    def example_name(self, i: int) -> str:
        """Return what an example is called: its inputs, or its number where they are many."""
        if self.x.shape[1] > NAMED_INPUTS:
            return f"example {i + 1}"
        return f"[{', '.join(f'{value:.4g}' for value in self.x[i])}]"

    def examples_named(self, examples: Array) -> str:
        """Return the names of examples, or how many there are."""
        if len(examples) > NAMED_EXAMPLES:
            return f"{len(examples)} examples"
        return spoken_list([self.example_name(int(i)) for i in examples])


def distance(one: Network, other: Network) -> float:
    """Return how far the parameter that differs most lies apart in two networks of one shape."""
    mine, theirs = one.parameters(), other.parameters()
    return max(float(np.abs(mine[name] - theirs[name]).max()) for name in mine)


def largest_parameter(net: Network) -> float:
    """Return the largest absolute value of a weight or bias."""
    return max(float(np.abs(value).max()) for value in net.parameters().values())


def separable(x: Array, y: Array) -> bool:
    """Say whether a line (a plane) has the examples of class 1 on one side and those of class 0 on
    the other; `y` is (m,) of 0 and 1.

    By linear programming: are there w and b with (2y - 1)(x w + b) >= 1? False only if that is
    proved impossible.
    """
    from scipy.optimize import linprog  # type: ignore[import-untyped]  # for a stuck run only

    sign = 2 * y[:, None] - 1
    width = np.ptp(x, axis=0)
    scaled = (x - x.mean(axis=0)) / np.where(width > 0, width, 1)
    rows = -sign * np.column_stack([scaled, np.ones(len(x))])
    nothing, margins = np.zeros(rows.shape[1]), -np.ones(len(x))
    # any w and b will do, so that nothing is minimised
    found = linprog(nothing, A_ub=rows, b_ub=margins, bounds=(None, None), method="highs")
    return bool(found.status != INFEASIBLE)
