"""The steps that a training needs, written out as programs of plain NumPy."""

from __future__ import annotations

import numpy as np

from ...activations import Array
from ...arithmetic.floats import functions
from ...backprop import Objective
from ...program import repeated_program
from .engine import Engine


class NumPyEngine(Engine):
    """An engine of programs in which nothing is left that only explains."""

    def __init__(self, objective: Objective):
        super().__init__(objective)
        # the views take the place of the start's own arrays; those of frozen biases stay
        known = self.start.parameters() | self.views | functions(objective) | {"l2": objective.l2}
        weights = [] if objective.s is None else ["s"]
        arguments = ["x", "y", *weights, "m"]
        wanted = ["loss", *(f"d{name}" for name in self.trainable)]
        self._gradient = repeated_program(objective, wanted, arguments, known)
        self._loss = repeated_program(objective, ["loss"], arguments, known)
        self._output = repeated_program(objective, [f"a{len(self.start.layers)}"], ["x"], known)
        self._into = list(self.slopes.values())

    def gradient(self, *data: Array) -> float:
        """Write the gradient of some examples into `g` and return their loss."""
        loss, *slopes = self._gradient((*data, len(data[0])))
        for view, slope in zip(self._into, slopes, strict=True):
            view[...] = slope
        return float(loss)

    def loss(self, *data: Array) -> float:
        """Return the loss of some examples."""
        return float(self._loss((*data, len(data[0])))[0])

    def outputs(self, x: Array) -> Array:
        """Return the outputs (m, nL) for some inputs."""
        return np.asarray(self._output((x,))[0])


ENGINE = NumPyEngine
