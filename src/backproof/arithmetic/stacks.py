"""Stacks of matrices: many networks of one structure at once, on the same data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..records import Array
from ..structure import Structured
from .contract import Function
from .floats import functions as float_functions


class Stack:
    """A stack of matrices, (k, rows, columns), with NumPy's operators on each; rows of biases have
    one row, totals one entry.
    """

    __slots__ = ("all",)

    def __init__(self, every: Array):
        self.all = every

    @property
    def T(self) -> Stack:
        """Each matrix transposed."""
        return Stack(self.all.swapaxes(-1, -2))

    def sum(self, axis: int | None = None, keepdims: bool = False) -> Stack:
        """Return the sum of each matrix's rows, or of all its entries."""
        return Stack(self.all.sum(axis=(-1, -2) if axis is None else axis - 2, keepdims=True))

    def __matmul__(self, other: Any) -> Stack:
        return Stack(self.all @ array_of(other))

    def __rmatmul__(self, other: Any) -> Stack:
        return Stack(array_of(other) @ self.all)

    def __add__(self, other: Any) -> Stack:
        return Stack(self.all + array_of(other))

    def __sub__(self, other: Any) -> Stack:
        return Stack(self.all - array_of(other))

    def __rsub__(self, other: Any) -> Stack:
        return Stack(array_of(other) - self.all)

    def __mul__(self, other: Any) -> Stack:
        return Stack(self.all * array_of(other))

    def __truediv__(self, other: Any) -> Stack:
        return Stack(self.all / array_of(other))

    __radd__ = __add__
    __rmul__ = __mul__


def array_of(value: Any) -> Any:
    """Return the array of a stack; anything else as it is."""
    return value.all if isinstance(value, Stack) else value


def functions(of: Structured) -> dict[str, Function]:
    """Return what the steps call, for stacks: the functions of floats on each matrix."""

    def on_stacks(function: Function) -> Function:
        return lambda *arguments: Stack(function(*map(array_of, arguments)))

    return {name: on_stacks(function) for name, function in float_functions(of).items()}


def stacks_of(parameters: Mapping[str, Array]) -> dict[str, Stack]:
    """Return copies of weights (k, n_in, n_out) and biases (k, n_out) as stacks."""

    def matrix(value: Array) -> Array:
        return value if value.ndim == 3 else value[:, None, :]

    return {name: Stack(np.array(matrix(value), dtype=float)) for name, value in parameters.items()}
