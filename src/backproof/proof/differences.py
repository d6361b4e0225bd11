"""Central differences, as one would check a gradient by hand: move a number a little to both sides
and see how the loss changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arithmetic.floats import functions
from ..backprop import Objective, Quantities
from ..network import Network
from ..program import evaluate
from ..records import Array
from ..rewriting import names
from ..steps import name_of

STEP = 1e-5
MOST_MOVED = 300  # entries of an array that are moved; more are sampled
NEAR_KINK = 1e-3
SMALLEST = 1e-9  # a smaller step drowns in the rounding of what is moved
PARTS = 10_000  # of the way to the end of its range, of which an output moves at most one


class Differences:
    """The derivatives of a step by central differences.

    Parameters
    ----------
    objective : what is minimised
    q : its numbers

    `sampled` names the parameters of which only some entries were moved.
    """

    def __init__(self, objective: Objective, q: Quantities):
        self.net, self.steps, self.q = objective.net, objective.steps(), q
        self.last = objective.structure.last
        self.functions = functions(objective)
        self.sampled: set[str] = set()

    def of_parameter(self, name: str) -> tuple[Array, Array]:
        """Return the indices of the entries that were moved, and the differences there.

        The indices are those of the raveled array.
        """
        array = self.q[name]
        places = np.arange(array.size)
        if array.size > MOST_MOVED:
            places = np.sort(np.random.default_rng(0).choice(array.size, MOST_MOVED, replace=False))
            self.sampled.add(name)
        return places, np.array([self._of_entry(name, place) for place in places])

    def _of_entry(self, name: str, place: int) -> float:
        """Return the difference of the loss by one entry of a parameter."""
        array = self.q[name]
        h = STEP * max(1.0, abs(float(array.ravel()[place])))

        def loss(step: float) -> float:
            moved = array.copy()
            moved.ravel()[place] += step
            return float(self._with_values({name: moved})["loss"])

        return (loss(h) - loss(-h)) / (2 * h)

    def of_signal(self, name: str) -> Array:
        """Return the differences of each example's own loss by an array of it, `z1` or `a1`, of its
        shape.

        NaN where an output is so near the end of its range that it can't be moved.
        """
        array = self.q[name]
        # with the last a moved alone, z no longer belongs to it
        from_z = name != name_of("a", self.last)
        found = np.empty_like(array, dtype=float)
        for k in range(array.shape[1]):
            if from_z:
                h = STEP * np.maximum(1.0, np.abs(array[:, k]))
            else:
                h = _steps_within_range(self.net, array[:, k])
            found[:, k] = self._of_column(name, k, h, from_z)
        return found

    def _of_column(self, name: str, k: int, h: Array, from_z: bool) -> Array:
        """Return the differences by one unit, (m,), of steps (m,): all examples are moved at once,
        since none depends on another.
        """

        def losses(steps: Array) -> Array:
            moved = self.q[name].copy()
            moved[:, k] += steps
            return self._own_losses(self._with_values({name: moved}), from_z)

        above, below = losses(h), losses(-h)
        with np.errstate(invalid="ignore"):
            slopes = (above - below) / np.maximum(2 * h, SMALLEST)
            return np.where(h >= SMALLEST, slopes, np.nan)

    def of_activation(self, layer: int) -> Array:
        """Return the differences of a layer's activation by its pre-activations, of the shape of
        da_dz.
        """
        record, z = self.net.layers[layer - 1].f, self.q[f"z{layer}"]
        if not record.couples:
            return _difference(record.f, z, STEP)
        units = np.eye(z.shape[1])
        return np.stack([_difference(record.f, z, STEP * unit) for unit in units], axis=-1)

    def at_kink(self) -> bool:
        """Whether a unit stands where its activation has a kink, so that differences mean nothing
        there.
        """
        return any(
            np.abs(self.q[f"z{layer}"] - kink).min() < NEAR_KINK
            for layer, record in enumerate(self.net.layers, 1)
            for kink in record.f.kinks
        )

    def _with_values(self, changed: dict[str, Any]) -> dict[str, Any]:
        """Return the quantities up to the loss with some of them held at other values."""
        values = {**self.functions, **self.q.given, **self.q, **changed}
        moved = set(changed)
        for step in self.steps:
            # what comes of nothing that moved keeps its value
            if step.name not in changed and set(names(step.numerical)) & moved:
                values[step.name] = evaluate(step.numerical, values)
                moved.add(step.name)
            if step.name == "loss":
                break
        return values

    def _own_losses(self, values: dict[str, Any], from_z: bool) -> Array:
        """Return each example's own loss, (m,), from the last z or from the last a."""
        a, y = values[f"a{self.last}"], values["y"]
        if from_z:
            losses = self.functions["L_z"](values[f"z{self.last}"], a, y)
        else:
            losses = self.functions["L"](a, y)
        summed = losses.sum(axis=1)  # over the outputs
        if "s" in self.q.given:
            summed = summed * values["s"][:, 0]
        return summed


def _difference(f: Callable[[Array], Array], z: Array, step: Array | float) -> Array:
    """Return the central difference of a function of rows; `step` is `STEP` in what is moved."""
    return (f(z + step) - f(z - step)) / (2 * STEP)


def _steps_within_range(net: Network, a: Array) -> Array:
    """Return steps that stay within the range of the loss: an output of 1e-9 can't be moved by
    1e-5.
    """
    low, high = net.loss_record.output_range
    room = np.minimum(a - low, high - a)
    return np.minimum(STEP, room / PARTS)
