"""The engines: what computes the loss and its gradient while a network is trained.

The parameters live in one vector `p`, the gradient in one vector `g` of the same layout, and the
names of the steps are views into them; so an optimiser moves everything at once. `numpy` runs the
steps that the gradient needs, written out as a program; `reference` computes every quantity by
`backward` each time and is what the others are checked against.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ...activations import Array
from ...arithmetic.floats import functions
from ...backprop import Objective
from ...network import Network
from ...program import repeated_program


class Engine:
    """The loss and the gradient of an objective whose parameters move.

    `gradient(x, y)`, or `gradient(x, y, s)` with example weights (m, 1), writes the gradient of
    those examples into `g` and returns their loss.
    """

    def __init__(self, objective: Objective):
        self.objective = objective
        self.start = objective.net
        values = self.start.parameters()
        self.trainable = self.start.trainable()
        self.p = np.concatenate([values[name].ravel() for name in self.trainable])
        self.g = np.zeros_like(self.p)
        self.views = self._views(self.p)
        self.slopes = list(self._views(self.g).values())
        known = values | self.views | functions(objective) | {"l2": objective.l2}
        weights = [] if objective.s is None else ["s"]
        arguments = ["x", "y", *weights, "m"]
        wanted = ["loss", *(f"d{name}" for name in self.trainable)]
        self._gradient = repeated_program(objective, wanted, arguments, known)
        self._loss = repeated_program(objective, ["loss"], arguments, known)
        self._output = repeated_program(objective, [f"a{len(self.start.layers)}"], ["x"], known)

    def _views(self, vector: Array) -> dict[str, Array]:
        values = self.start.parameters()
        ends = np.cumsum([values[name].size for name in self.trainable])
        pieces = np.split(vector, ends[:-1])
        return {
            name: piece.reshape(values[name].shape)
            for name, piece in zip(self.trainable, pieces, strict=True)
        }

    def gradient(self, *data: Array) -> float:
        """Write the gradient into `g` and return the loss."""
        loss, *slopes = self._gradient((*data, len(data[0])))
        for view, slope in zip(self.slopes, slopes, strict=True):
            view[...] = slope
        return float(loss)

    def loss(self, *data: Array) -> float:
        """Return the loss alone."""
        return float(self._loss((*data, len(data[0])))[0])

    def farthest(self, x: Array, y: Array) -> float:
        """Return how far the worst output is from its target."""
        return float(np.abs(self._output((x,))[0] - y).max())

    def finite(self) -> bool:
        """Say whether every parameter is finite."""
        # the square alone may overflow
        return math.isfinite(self.p @ self.p) or bool(np.isfinite(self.p).all())

    def network(self) -> Network:
        """Return a copy of the network as it is now."""
        return self.start.with_parameters(self.views)


class Reference(Engine):
    """The same by every quantity of every step: slow, the specification."""

    def gradient(self, *data: Array) -> float:
        """Write the gradient into `g` and return the loss."""
        x, y, *s = data
        batch = replace(self.objective, net=self.network(), x=x, y=y, s=s[0] if s else None)
        quantities = batch.quantities()
        for view, name in zip(self.slopes, self.trainable, strict=True):
            view[...] = quantities[f"d{name}"]
        return float(quantities["loss"])


ENGINES: dict[str, type[Engine]] = {"auto": Engine, "numpy": Engine, "reference": Reference}
