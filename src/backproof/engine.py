"""The engines: what computes the loss and its gradient while a network is trained.

The parameters live in one vector `p`, the gradient in one vector `g` of the same layout, and the
names of the steps are views into them; so an optimiser moves everything at once. `numpy` runs the
steps that the gradient needs, written out as a program; `reference` computes every quantity by
`backward` each time and is what the others are checked against.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .activations import Array
from .backprop import quantities_of
from .losses import rows_sum_to_one
from .network import Network
from .program import repeated_program
from .settings import Settings
from .steps import functions, steps


class Engine:
    """The loss and the gradient of a network whose parameters move.

    Parameters
    ----------
    net : where they start; frozen biases stay there
    y : (m, nL) the targets, of which softmax must know whether they sum to 1
    weighted : `gradient` and `loss` are given example weights (m, 1) as well
    settings : `engine` and `l2` are read

    `gradient(x, y)`, or `gradient(x, y, s)` with example weights (m, 1), writes the gradient of
    those examples into `g` and returns their loss.
    """

    def __init__(self, net: Network, y: Array, weighted: bool, settings: Settings):
        self.start, self.l2 = net, settings.l2
        values = net.parameters()
        self.trainable = net.trainable()
        self.p = np.concatenate([values[name].ravel() for name in self.trainable])
        self.g = np.zeros_like(self.p)
        self.views = self._views(self.p)
        self.slopes = list(self._views(self.g).values())
        self.options = {
            "y_sums_to_one": rows_sum_to_one(y),
            "weighted": weighted,
            "penalised": bool(settings.l2),
        }
        given = steps(net, **self.options)
        self.arguments = ["x", "y", "s", "m"] if weighted else ["x", "y", "m"]
        known = values | self.views | functions(net) | {"l2": settings.l2}
        wanted = [f"d{name}" for name in self.trainable]
        self._gradient = repeated_program(given, ["loss", *wanted], self.arguments, known)
        self._loss = repeated_program(given, ["loss"], self.arguments, known)
        self._output = repeated_program(given, [f"a{len(net.layers)}"], ["x"], known)
        self.gradient: Callable[..., float] = (
            self._by_reference if settings.engine == "reference" else self._by_program
        )

    def _views(self, vector: Array) -> dict[str, Array]:
        values = self.start.parameters()
        ends = np.cumsum([values[name].size for name in self.trainable])
        pieces = np.split(vector, ends[:-1])
        return {
            name: piece.reshape(values[name].shape)
            for name, piece in zip(self.trainable, pieces, strict=True)
        }

    def _by_program(self, *data: Array) -> float:
        loss, *slopes = self._gradient((*data, len(data[0])))
        for view, slope in zip(self.slopes, slopes, strict=True):
            view[...] = slope
        return float(loss)

    def _by_reference(self, *data: Array) -> float:
        given = dict(zip(self.arguments, (*data, len(data[0])), strict=True)) | {"l2": self.l2}
        quantities = quantities_of(self.network(), given, self.options)
        for view, name in zip(self.slopes, self.trainable, strict=True):
            view[...] = quantities[f"d{name}"]
        return float(quantities["loss"])

    def loss(self, *data: Array) -> float:
        """Return the loss alone."""
        return float(self._loss((*data, len(data[0])))[0])

    def farthest(self, x: Array, y: Array) -> float:
        """Return how far the worst output is from its target."""
        return float(np.abs(self._output((x,))[0] - y).max())

    def finite(self) -> bool:
        """Say whether every parameter is finite."""
        return math.isfinite(self.p @ self.p) or bool(
            np.isfinite(self.p).all()
        )  # the square alone may overflow

    def network(self) -> Network:
        """Return a copy of the network as it is now."""
        return self.start.with_parameters(self.views)
