"""The two ways in which books differ and the numbers with them: examples as rows or columns, and
where the 1/m stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .activations import Array
from .errors import choose
from .steps import Step, columns, is_signal, mean_in_delta

MEANS = {
    "dW": "in the gradients dW and db, as in the notes",
    "delta": "in delta, which is then of the mean loss",
}


@dataclass(frozen=True)
class Convention:
    """How a reader writes.

    Parameters
    ----------
    columns : examples are columns, ``z = W a + b``, and every quantity is the transpose of ours
    mean_in : where the 1/m stands, a name of `MEANS`
    """

    columns: bool = False
    mean_in: str = "dW"

    def __post_init__(self) -> None:
        choose("place of the 1/m", self.mean_in, MEANS)

    def steps(self, given: Sequence[Step]) -> list[Step]:
        """Return the steps as this reader writes them."""
        given = mean_in_delta(given) if self.mean_in == "delta" else list(given)
        return columns(given) if self.columns else given

    def value(self, name: str, ours: Any, m: int) -> Array:
        """Return a quantity as this reader has it, from ours (rows, the 1/m in dW)."""
        value = np.asarray(ours, dtype=float)
        if self.mean_in == "delta" and is_signal(name):
            value = value / m
        return self.turned(value)

    def turned(self, value: Array) -> Array:
        """Return an array with examples as this reader has them; the matrices of softmax stay, one
        for each example.
        """
        if not self.columns or value.ndim not in (1, 2):
            return value
        return value.T if value.ndim == 2 else value[:, None]
