"""Floats: the records' own NumPy functions."""

from __future__ import annotations

import functools

import numpy as np

from ..activations import Activation, Array, bare
from ..likeness import known_activation
from ..losses import Loss
from ..structure import Structure, Structured
from .contract import Arithmetic, Function
from .ends import whole
from .saturation import with_ends


class Floats(Arithmetic):
    """Arrays of float64 or float32."""

    def activation(self, record: Activation) -> Function:
        """Return the record's function."""
        return bare(record.f)

    def slope(self, record: Activation) -> Function:
        """Return the record's derivative; of a copy of a built-in one that one's, which keeps its
        digits where it saturates.
        """
        return bare(known_activation(record).derivative)

    def loss(self, record: Loss) -> Function:
        """Return the record's value."""
        return whole(record, bare(record.value), lambda forms: forms.value)

    def loss_slope(self, record: Loss) -> Function:
        """Return the record's derivative."""
        return whole(record, bare(record.derivative), lambda forms: forms.slope)

    def contract(self, dL_da: Array, da_dz: Array) -> Array:
        """Return the product of (m, n) with the matrix (m, n, n) of each example."""
        return np.einsum("ij,ijk->ik", dL_da, da_dz)

    def weigh(self, s: Array, own: Array) -> Array:
        """Return what belongs to each example times its weight: 0 for a weight of 0, whatever."""
        return np.multiply(s, own, out=np.zeros_like(own), where=s != 0)

    def from_z(self, structure: Structure) -> dict[str, Function]:
        """Return the loss, its derivative and, where it simplifies, delta, from `z`."""
        pair = structure.pair
        if pair.plain:
            value, derivative = self.loss(structure.loss), self.loss_slope(structure.loss)
            if structure.saturates:
                return with_ends(structure, value, derivative, self.slope(structure.output))
            return {
                "L_z": lambda z, a, y: value(a, y),
                "dL_z": lambda z, a, y: derivative(a, y),
            }
        found = {"L_z": bare(pair.value), "dL_z": bare(pair.derivative)}
        if pair.delta is not None:
            found["delta_z"] = bare(pair.delta)
        return found


FLOATS = Floats()


@functools.lru_cache(maxsize=256)
def _functions(structure: Structure) -> dict[str, Function]:
    return FLOATS.functions(structure)


def functions(of: Structured) -> dict[str, Function]:
    """Return the functions that the steps of a network call, by the names they use."""
    return dict(_functions(of.structure))
