"""Every quantity of every step, as `backward` gives it: slow, and what the others are checked
against.
"""

from __future__ import annotations

from dataclasses import replace

from ...activations import Array
from ...backprop import Quantities
from .engine import Engine


class Reference(Engine):
    """The engine that is the specification."""

    def _quantities(self, x: Array, y: Array, s: Array | None = None) -> Quantities:
        return replace(self.objective, x=x, y=y, s=s).quantities(self.views)

    def gradient(self, *data: Array) -> float:
        """Write the gradient of some examples into `g` and return their loss."""
        quantities = self._quantities(*data)
        for name, view in self.slopes.items():
            view[...] = quantities[f"d{name}"]
        return float(quantities["loss"])

    def loss(self, *data: Array) -> float:
        """Return the loss of some examples."""
        return float(self._quantities(*data)["loss"])

    def outputs(self, x: Array) -> Array:
        """Return the outputs (m, nL) for some inputs."""
        return self.network().predict(x)


ENGINE = Reference
