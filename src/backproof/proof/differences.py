"""Central differences, as one would check a gradient by hand: move a number a little to both sides
and see how the loss changes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic.floats import functions
from ..backprop import Objective, Quantities
from ..network import Network
from ..program import evaluate
from ..records import Array
from ..rewriting import names

STEP = 1e-5
MOST_MOVED = 300  # entries of an array that are moved; more are sampled
NEAR_KINK = 1e-3
SMALLEST = 1e-9  # a smaller step drowns in the rounding of what is moved


class Differences:
    """The derivatives of a step by central differences.

    Parameters
    ----------
    objective : what is minimised
    q : its numbers
    """

    def __init__(self, objective: Objective, q: Quantities):
        self.net, self.steps, self.q = objective.net, objective.steps(), q
        self.last = objective.structure.last
        self.functions = functions(objective)
        self.sampled: list[str] = []

    def again(self, changed: dict[str, Any]) -> dict[str, Any]:
        """Return the quantities up to the loss with some of them held at other values."""
        values = {**self.functions, **self.q.given, **self.q, **changed}
        moved = set(changed)
        for step in self.steps:
            if step.name not in changed and set(names(step.numerical)) & moved:
                values[step.name] = evaluate(step.numerical, values)
                moved.add(step.name)
            if step.name == "loss":
                break
        return values

    def of_parameter(self, name: str) -> tuple[Array, Array]:
        """Return the indices of the entries that were moved, and the differences there."""
        array = self.q[name]
        places = np.arange(array.size)
        if array.size > MOST_MOVED:
            places = np.sort(np.random.default_rng(0).choice(array.size, MOST_MOVED, replace=False))
            self.sampled.append(f"d{name}")
        found = []
        for place in places:
            sides = []
            h = STEP * max(1.0, abs(float(array.ravel()[place])))
            for sign in (1, -1):
                moved = array.copy()
                moved.ravel()[place] += sign * h
                sides.append(float(self.again({name: moved})["loss"]))
            found.append((sides[0] - sides[1]) / (2 * h))
        return places, np.array(found)

    def own_losses(self, values: dict[str, Any], from_z: bool) -> Array:
        """Return each example's own loss, (m,), from the last z or from the last a."""
        a, y = values[f"a{self.last}"], values["y"]
        if from_z:
            losses = self.functions["L_z"](values[f"z{self.last}"], a, y)
        else:
            losses = self.functions["L"](a, y)
        return losses.sum(axis=1) * (values["s"][:, 0] if "s" in self.q.given else 1)

    def of_signal(self, name: str) -> Array:
        """Return the differences of each example's own loss by an array of it, `z1` or `a1`, of its
        shape.

        NaN where an output is so near the end of its range that it can't be moved.
        """
        array = self.q[name]
        # with the last a moved alone, z no longer belongs to it
        from_z = name != f"a{self.last}"
        found = np.empty_like(array, dtype=float)
        for k in range(array.shape[1]):
            h = STEP * np.maximum(1.0, np.abs(array[:, k]))
            if not from_z:
                h = _inside(self.net, array[:, k])
            sides = []
            for sign in (1, -1):
                moved = array.copy()
                moved[:, k] += sign * h
                sides.append(self.own_losses(self.again({name: moved}), from_z))
            with np.errstate(invalid="ignore"):
                slopes = (sides[0] - sides[1]) / np.maximum(2 * h, SMALLEST)
                found[:, k] = np.where(h >= SMALLEST, slopes, np.nan)
        return found

    def of_activation(self, layer: int) -> Array:
        """Return the differences of a layer's activation by its pre-activations, of the shape of
        da_dz.
        """
        record, z = self.net.layers[layer - 1].f, self.q[f"z{layer}"]
        if not record.couples:
            return (record.f(z + STEP) - record.f(z - STEP)) / (2 * STEP)
        found = []
        for k in range(z.shape[1]):
            push = STEP * (np.arange(z.shape[1]) == k)
            found.append((record.f(z + push) - record.f(z - push)) / (2 * STEP))
        return np.stack(found, axis=-1)

    def at_kink(self) -> bool:
        """Whether a unit stands where its activation has a kink, so that differences mean nothing
        there.
        """
        return any(
            np.abs(self.q[f"z{layer}"] - kink).min() < NEAR_KINK
            for layer, record in enumerate(self.net.layers, 1)
            for kink in record.f.kinks
        )


def _inside(net: Network, a: Array) -> Array:
    """Return steps that stay within the range of the loss: an output of 1e-9 can't be moved by
    1e-5.
    """
    low, high = net.loss_record.output_range
    room = np.minimum(a - low, high - a)
    return np.minimum(STEP, room / 10_000)
