"""Many networks of one shape trained side by side on the same data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..arithmetic.stacks import Stack, functions, stacks_of
from ..backprop import Objective
from ..network import Network
from ..program import program
from ..records import Array


def train_stack(
    objective: Objective,
    parameters: dict[str, Array],
    rate: float,
    epochs: int,
    watch: Callable[[int, Array], bool] | None = None,
) -> dict[str, Array]:
    """Train many networks of one shape by full-batch gradient descent and return their parameters, by
    name, (k, …).

    Parameters
    ----------
    objective : the shape, activations, loss and data
    parameters : (k, n_in, n_out) weights and (k, n_out) biases, by name
    watch : called with the epoch and the losses (k,) before each update; returning True ends the
        training
    """
    moved = objective.net.trainable()
    data = {"x": Stack(objective.x[None]), "y": Stack(objective.y[None]), "m": objective.m}
    wanted = ["loss", *(f"d{name}" for name in moved)]
    arguments = [*objective.net.parameters(), *data]
    run = program(objective, wanted, arguments, functions(objective))
    now = stacks_of(parameters)
    with np.errstate(all="ignore"):
        for epoch in range(epochs + 1):
            loss, *slopes = run(**now, **data)
            if (watch is not None and watch(epoch, loss.all[:, 0, 0])) or epoch == epochs:
                break
            for name, slope in zip(moved, slopes, strict=True):
                now[name].all -= rate * slope.all
    shapes = {name: value.shape for name, value in parameters.items()}
    return {name: value.all.reshape(shapes[name]) for name, value in now.items()}


def predict_stack(net: Network, parameters: dict[str, Array], x: Array) -> Array:
    """Return the outputs (k, m, nL) of many networks like `net`."""
    output = f"a{len(net.layers)}"
    run = program(net, [output], [*net.parameters(), "x"], functions(net))
    with np.errstate(all="ignore"):
        (found,) = run(**stacks_of(parameters), x=Stack(x[None]))
    return np.asarray(found.all)
