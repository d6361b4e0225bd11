"""Many networks of one shape trained side by side on the same data."""

from __future__ import annotations

import numpy as np

from ..arithmetic.stacks import Stack, functions, stacks_of
from ..backprop import Objective
from ..network import Network
from ..program import program
from ..records import Array


def train_stack(
    objective: Objective, parameters: dict[str, Array], rate: float, epochs: int
) -> dict[str, Array]:
    """Train many networks of one shape by full-batch gradient descent and return their parameters,
    by name, (k, …).

    Parameters
    ----------
    objective : the shape, activations, loss and data
    parameters : (k, n_in, n_out) weights and (k, n_out) biases, by name
    rate : the learning rate
    """
    moved = objective.net.trainable()
    data = {"x": Stack(objective.x[None]), "y": Stack(objective.y[None]), "m": objective.m}
    gradients = [f"d{name}" for name in moved]
    arguments = [*objective.net.parameters(), *data]
    run = program(objective, gradients, arguments, functions(objective))
    now = stacks_of(parameters)
    with np.errstate(all="ignore"):
        for _ in range(epochs):
            for name, gradient in zip(moved, run(**now, **data), strict=True):
                now[name].all -= rate * gradient.all
    return {name: value.all.reshape(parameters[name].shape) for name, value in now.items()}


def predict_stack(net: Network, parameters: dict[str, Array], x: Array) -> Array:
    """Return the outputs (k, m, nL) of many networks like `net`."""
    output = f"a{len(net.layers)}"
    run = program(net, [output], [*net.parameters(), "x"], functions(net))
    with np.errstate(all="ignore"):
        (found,) = run(**stacks_of(parameters), x=Stack(x[None]))
    return np.asarray(found.all)
