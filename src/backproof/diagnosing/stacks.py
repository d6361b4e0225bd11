"""Many networks of one shape trained side by side on the same data: the steps' formulas on stacks
of matrices.

``program`` runs the same text on them as on single arrays, so no equation is written a second time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..activations import Array
from ..losses import rows_sum_to_one
from ..network import Network
from ..program import program
from ..steps import functions, steps


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
        return Stack(self.all @ _bare(other))

    def __rmatmul__(self, other: Any) -> Stack:
        return Stack(_bare(other) @ self.all)

    def __add__(self, other: Any) -> Stack:
        return Stack(self.all + _bare(other))

    def __sub__(self, other: Any) -> Stack:
        return Stack(self.all - _bare(other))

    def __rsub__(self, other: Any) -> Stack:
        return Stack(_bare(other) - self.all)

    def __mul__(self, other: Any) -> Stack:
        return Stack(self.all * _bare(other))

    def __truediv__(self, other: Any) -> Stack:
        return Stack(self.all / _bare(other))

    __radd__ = __add__
    __rmul__ = __mul__


def _bare(value: Any) -> Any:
    return value.all if isinstance(value, Stack) else value


def _lifted(function: Callable[..., Array]) -> Callable[..., Stack]:
    return lambda *arguments: Stack(function(*map(_bare, arguments)))


def _stacked(parameters: dict[str, Array]) -> dict[str, Stack]:
    """Return copies of weights (k, n_in, n_out) and biases (k, n_out) as stacks."""
    return {
        name: Stack(np.array(value if name[0] == "W" else value[:, None, :], dtype=float))
        for name, value in parameters.items()
    }


def train_stack(
    net: Network,
    parameters: dict[str, Array],
    x: Array,
    y: Array,
    rate: float,
    epochs: int,
    watch: Callable[[int, Array], bool] | None = None,
) -> dict[str, Array]:
    """Train many networks like `net` by full-batch gradient descent and return their parameters, by
    name, (k, …).

    Parameters
    ----------
    net : the shape, activations and loss
    parameters : (k, n_in, n_out) weights and (k, n_out) biases, by name
    watch : called with the epoch and the losses (k,) before each update; returning True ends the
        training
    """
    given = steps(net, y_sums_to_one=rows_sum_to_one(y))
    moved = net.trainable()
    names = list(net.parameters())
    known = {name: _lifted(function) for name, function in functions(net).items()}
    run = program(given, ["loss", *(f"d{name}" for name in moved)], [*names, "x", "y", "m"], known)
    now = _stacked(parameters)
    data = {"x": Stack(x[None]), "y": Stack(y[None]), "m": len(x)}
    with np.errstate(all="ignore"):
        for epoch in range(epochs + 1):
            loss, *slopes = run(**now, **data)
            if (watch is not None and watch(epoch, loss.all[:, 0, 0])) or epoch == epochs:
                break
            for name, slope in zip(moved, slopes, strict=True):
                now[name].all -= rate * slope.all
    return {
        name: value.all if name[0] == "W" else value.all[:, 0, :] for name, value in now.items()
    }


def predict_stack(net: Network, parameters: dict[str, Array], x: Array) -> Array:
    """Return the outputs (k, m, nL) of many networks like `net`."""
    output = f"a{len(net.layers)}"
    known = {name: _lifted(function) for name, function in functions(net).items()}
    run = program(steps(net), [output], [*net.parameters(), "x"], known)
    with np.errstate(all="ignore"):
        (found,) = run(**_stacked(parameters), x=Stack(x[None]))
    return np.asarray(found.all)
