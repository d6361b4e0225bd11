"""The loss from any place of the network on, worked out a second time, without the steps: one
example in each row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arithmetic.floats import functions
from ..backprop import Objective, Quantities
from ..records import Array

ROWS_AT_ONCE = 2**20  # numbers in the widest array, of which more are worked out in turns


@dataclass(frozen=True)
class Reached:
    """Where rows have come to.

    Parameters
    ----------
    losses : each row's own loss, with its weight, (R,)
    sides : on which side of each kink on its way every row stands, -1, 0 or 1, (R, …)
    """

    losses: Array
    sides: Array


class Onward:
    """The losses of rows that start within a network.

    Parameters
    ----------
    objective : what is minimised
    """

    def __init__(self, objective: Objective):
        self.net, self.y = objective.net, objective.y
        self.layers, self.last = objective.net.layers, objective.structure.last
        self.loss, self.loss_from_z = objective.net.loss_record, functions(objective)["L_z"]
        self.weights = np.ones(objective.m) if objective.s is None else objective.s[:, 0]

    def weighted_sum(self, layer: int, a: Array) -> Array:
        """Return z of a layer from what comes in: (R, n) to (R, n)."""
        here = self.layers[layer - 1]
        z = a @ here.W
        return z if here.b is None else z + here.b

    def activation(self, layer: int, z: Array) -> Array:
        """Return a of a layer."""
        return np.asarray(self.layers[layer - 1].f.f(z.copy()))

    def from_outputs(self, a: Array, examples: Array) -> Array:
        """Return the losses (R,) of outputs that needn't belong to any z; each row is of the
        example whose index stands in `examples`, (R,).
        """
        losses = self.loss.value(a, self.y[examples])
        return np.asarray(losses.sum(axis=1) * self.weights[examples])

    def from_z(self, layer: int, z: Array, examples: Array) -> Reached:
        """Return what comes of the z of a layer."""
        sides = [_sides(z, self.layers[layer - 1].f.kinks)]
        a = self.activation(layer, z)
        for following in range(layer + 1, self.last + 1):
            z = self.weighted_sum(following, a)
            sides.append(_sides(z, self.layers[following - 1].f.kinks))
            a = self.activation(following, z)
        losses = self.loss_from_z(z, a, self.y[examples]).sum(axis=1)
        return Reached(np.asarray(losses * self.weights[examples]), np.hstack(sides))

    def from_a(self, layer: int, a: Array, examples: Array) -> Reached:
        """Return what comes of what a layer passes on."""
        if layer == self.last:
            return Reached(self.from_outputs(a, examples), np.zeros((len(a), 0), dtype=np.int8))
        return self.from_z(layer + 1, self.weighted_sum(layer + 1, a), examples)

    def turns(self, entries: int, rows_each: int) -> list[Array]:
        """Return the indices of entries in turns, whose rows are no more than memory is for."""
        widest = max(self.net.sizes)
        at_once = max(1, ROWS_AT_ONCE // (rows_each * widest))
        return np.array_split(np.arange(entries), -(-entries // at_once)) if entries else []


def _sides(z: Array, kinks: tuple[float, ...]) -> Array:
    """Return on which side of each kink every entry of rows stands."""
    if not kinks:
        return np.zeros((len(z), 0), dtype=np.int8)
    return np.hstack([np.sign(z - kink).astype(np.int8) for kink in kinks])


def forward_apart(onward: Onward, objective: Objective, q: Quantities) -> dict[str, float]:
    """Return how far each quantity of the forward pass, and the loss, is from what it must be given
    those before it, as a share of the largest sum of absolute terms.
    """
    found: dict[str, float] = {}
    a = objective.x
    with np.errstate(all="ignore"):
        for layer, here in enumerate(onward.layers, 1):
            for name in (f"z{layer}", f"a{layer}"):
                if name not in q:
                    return found
            z = q[f"z{layer}"]
            size = np.abs(a) @ np.abs(here.W) + np.abs(0.0 if here.b is None else here.b)
            found[f"z{layer}"] = _apart(z, onward.weighted_sum(layer, a), size)
            expected = onward.activation(layer, z)
            a = q[f"a{layer}"]
            found[f"a{layer}"] = _apart(a, expected, np.abs(expected))
        if "loss" in q:
            own = onward.loss_from_z(z, a, objective.y).sum(axis=1) * onward.weights
            squares = [float((here.W**2).sum()) for here in onward.layers]
            penalty = objective.l2 / 2 * sum(squares)
            true, size = own.sum() / objective.m + penalty, np.abs(own).sum() / objective.m
            found["loss"] = _apart(np.asarray(q["loss"]), true, size + penalty)
    return found


def _apart(ours: Array, true: Array, size: Array) -> float:
    """Return how far numbers are from the true ones, as a share of a size."""
    if np.shape(ours) != np.shape(true):
        return np.inf
    apart = np.where(ours == true, 0.0, np.abs(ours - true))
    largest = float(np.max(size, initial=0.0))
    if not apart.any():
        return 0.0
    share = float(np.max(apart)) / largest if largest else np.inf
    return np.inf if np.isnan(share) else share
