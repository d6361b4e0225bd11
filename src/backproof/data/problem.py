"""Data to learn: inputs `x` (m, n0) and targets `y` (m, nL), with their names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..activations import IDENTITY, SIGMOID, SOFTMAX, Array
from ..prose import printable


@dataclass(frozen=True, eq=False)
class Problem:
    """Data to learn, with the names that people know them by.

    Parameters
    ----------
    name : of the problem, or of the file
    x, y : (m, n0) inputs, (m, nL) targets
    inputs : a name for each column of `x`
    classes : the names of the classes: two for one output, else one for each output; empty for a
        regression
    target : what is learnt
    weights : (m,) example weights, or None
    hints : settings of the command line that suit the problem, where the usual ones don't
    """

    name: str
    x: Array
    y: Array
    inputs: tuple[str, ...]
    classes: tuple[str, ...] = ("0", "1")
    target: str = "y"
    weights: Array | None = None
    hints: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # a table's names may hold anything, and are shown on terminals, pages and pictures
        object.__setattr__(self, "name", printable(self.name))
        object.__setattr__(self, "target", printable(self.target))
        object.__setattr__(self, "inputs", tuple(map(printable, self.inputs)))
        object.__setattr__(self, "classes", tuple(map(printable, self.classes)))

    @property
    def output(self) -> str:
        """The output activation that suits the targets."""
        if not self.classes:
            return IDENTITY.name
        return SIGMOID.name if self.y.shape[1] == 1 else SOFTMAX.name

    def names(self) -> dict[str, Any]:
        """The names, as a run's file keeps them."""
        return {
            "name": self.name,
            "inputs": list(self.inputs),
            "target": self.target,
            "classes": list(self.classes),
        }


def input_names(n: int) -> tuple[str, ...]:
    """Return the names of `n` inputs that have none of their own: ``x1``, ``x2`` …"""
    return tuple(f"x{j}" for j in range(1, n + 1))
