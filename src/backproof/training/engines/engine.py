"""What every engine does: the loss and the gradient of an objective whose parameters move.

The parameters live in one vector `p`, the gradient in one vector `g` of the same layout, and the
names of the steps are views into them; so an optimiser moves everything at once.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np

from ...activations import Array
from ...backprop import Objective
from ...network import Network


class Engine(ABC):
    """An objective whose parameters move.

    Its methods take examples as ``x, y``, or ``x, y, s`` with example weights (m, 1).

    Attributes
    ----------
    p, g : the trainable parameters and their gradient, in one vector each
    views, slopes : the pieces of `p` and of `g`, by the name of the parameter
    """

    def __init__(self, objective: Objective):
        self.objective = objective
        self.start = objective.net
        values = self.start.parameters()
        self.trainable = self.start.trainable()
        self.p = np.concatenate([values[name].ravel() for name in self.trainable])
        self.g = np.zeros_like(self.p)
        self.views = self._views(self.p)
        self.slopes = self._views(self.g)

    def _views(self, vector: Array) -> dict[str, Array]:
        """Return the pieces of a vector in the shapes of the trainable parameters, by name."""
        values = self.start.parameters()
        ends = np.cumsum([values[name].size for name in self.trainable])
        pieces = np.split(vector, ends[:-1])
        return {
            name: piece.reshape(values[name].shape)
            for name, piece in zip(self.trainable, pieces, strict=True)
        }

    @abstractmethod
    def gradient(self, *data: Array) -> float:
        """Write the gradient of some examples into `g` and return their loss."""

    @abstractmethod
    def loss(self, *data: Array) -> float:
        """Return the loss of some examples."""

    @abstractmethod
    def outputs(self, x: Array) -> Array:
        """Return the outputs (m, nL) for some inputs."""

    def farthest(self, x: Array, y: Array) -> float:
        """Return how far the worst output is from its target."""
        return float(np.abs(self.outputs(x) - y).max())

    def finite(self) -> bool:
        """Say whether every parameter is finite."""
        # one number for all entries is the quicker to look at, but the square alone may overflow
        return math.isfinite(self.p @ self.p) or bool(np.isfinite(self.p).all())

    def network(self) -> Network:
        """Return a copy of the network as it is now."""
        return self.start.with_parameters(self.views)
