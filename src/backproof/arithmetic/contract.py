"""The contract between the steps and a kind of number: the functions that the formulas call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from ..activations import Activation
from ..losses import Loss
from ..structure import Structure, Structured

Function = Callable[..., Any]


def contract(dL_da: Any, da_dz: Any) -> Any:
    """Return the product of (m, n) with the matrix (m, n, n) of each example (equation 6)."""
    return (dL_da[:, :, None] * da_dz).sum(axis=1)


def weigh(s: Any, own: Any) -> Any:
    """Return what belongs to each example (m, n), times its weight (m, 1)."""
    return s * own


class Arithmetic(ABC):
    """A kind of number that the steps can be computed in.

    Arrays of it have NumPy's operators (``@``, ``*``, ``.T``, ``.sum``); here stands what the
    formulas call by name. Examples are rows.
    """

    @abstractmethod
    def activation(self, record: Activation) -> Function:
        """Return ``f(z)``, (m, n) to (m, n)."""

    @abstractmethod
    def slope(self, record: Activation) -> Function:
        """Return ``f'(z, a)``, (m, n), or (m, n, n) where the activation couples a row."""

    @abstractmethod
    def loss(self, record: Loss) -> Function:
        """Return the loss of each entry, ``L(a, y)``."""

    @abstractmethod
    def loss_slope(self, record: Loss) -> Function:
        """Return its derivative by `a`, ``dL(a, y)``."""

    def contract(self, dL_da: Any, da_dz: Any) -> Any:
        """Return the product of (m, n) with the matrix (m, n, n) of each example (equation 6)."""
        return contract(dL_da, da_dz)

    def weigh(self, s: Any, own: Any) -> Any:
        """Return what belongs to each example, times its weight: 0 for a weight of 0."""
        return weigh(s, own)

    def from_z(self, structure: Structure) -> dict[str, Function]:
        """Return what keeps every digit, ``L_z dL_z delta_z``, for kinds that lose some."""
        return {}

    def functions(self, of: Structured) -> dict[str, Function]:
        """Return all that the steps of a structure call, by the names that they use."""
        structure = of.structure
        found = {
            "L": self.loss(structure.loss),
            "dL": self.loss_slope(structure.loss),
            "contract": self.contract,
            "weigh": self.weigh,
        }
        for layer, record in enumerate(structure.activations, 1):
            found[f"f{layer}"] = self.activation(record)
            found[f"df{layer}"] = self.slope(record)
        return found | self.from_z(structure)
