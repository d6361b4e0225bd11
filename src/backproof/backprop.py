"""Forward and backward: equations 1 to 10, every quantity and every factor of it by name.

The equations stand in `steps`; here they meet the numbers.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .activations import Array
from .arithmetic.floats import functions
from .checks import check_memory, is_flat, numbers
from .errors import InputError
from .losses import Loss, rows_sum_to_one
from .network import Network, check_network
from .program import program
from .prose import number_of
from .settings import TRAINING
from .steps import Step, a, steps
from .structure import Structure

Values = dict[str, Any]


class Quantities(Values):
    """The named quantities of a step, in the order of computation.

    The remaining factors of the chain rule *are* other quantities (``dz2_dW2`` is ``a1``,
    ``dz2_da1`` is ``W2``, ``dz2_db2`` is 1), so they are found by name without being listed, as are
    the inputs `x`, `y` and the parameters.
    """

    def __init__(self, values: Values, given: Values):
        super().__init__(values)
        self.given = given

    def __missing__(self, name: str) -> Any:
        if name in self.given:
            return self.given[name]
        if match := re.fullmatch(r"dz(\d+)_d([Wab])(\d+)", name):
            factor = self._slope_of_z(int(match[1]), match[2], int(match[3]))
            if factor is not None:
                return factor
        raise KeyError(name)

    def _slope_of_z(self, layer: int, letter: str, by: int) -> Any:
        """Return the derivative of ``z = a @ W + b`` by what stands in it; None for anything
        else.
        """
        if letter == "a":
            comes_in = by == layer - 1 >= 1 and f"W{layer}" in self.given
            return self[f"W{layer}"] if comes_in else None
        if by != layer or f"{letter}{by}" not in self.given:
            return None
        if letter == "b":
            return 1.0
        return self[str(a(layer - 1))]


@dataclass(frozen=True, eq=False)
class Objective:
    """What is minimised: the loss of a network on examples, with their weights and the penalty.

    Made by `objective`, which checks once what it is given.

    Parameters
    ----------
    net : the network
    x, y : (m, n0) inputs and (m, nL) targets, in the network's dtype
    s : (m, 1) weights of the examples, of mean 1; None for none
    l2 : weight of the penalty ``(l2 / 2) * sum of W²``
    """

    net: Network
    x: Array
    y: Array
    s: Array | None = None
    l2: float = 0.0

    @property
    def m(self) -> int:
        """The number of examples."""
        return len(self.x)

    @functools.cached_property
    def structure(self) -> Structure:
        """What its steps depend on."""
        # only softmax asks whether the targets sum to 1
        coupled = self.net.structure.output.couples
        return self.net.structure.with_flags(
            y_sums_to_one=not coupled or rows_sum_to_one(self.y),
            weighted=self.s is not None,
            penalised=bool(self.l2),
        )

    def steps(self, update: bool = False) -> tuple[Step, ...]:
        """Return its quantities with their equations, in the order of computation."""
        return steps(self.structure, update=update)

    @property
    def data(self) -> Values:
        """What the steps are given: `x y m`, and `s` and `l2` where used."""
        found: Values = {"x": self.x, "y": self.y, "m": self.m}
        if self.s is not None:
            found["s"] = self.s
        if self.l2:
            found["l2"] = self.l2
        return found

    def quantities(self, parameters: Values | None = None) -> Quantities:
        """Return every quantity of one forward and backward pass (equations 1 to 10); `parameters`
        take the place of the network's, and need not be finite.
        """
        wanted, run = _program(self.structure)
        given = {**self.data, **self.net.parameters(), **(parameters or {})}
        with np.errstate(all="ignore"):  # what is not finite is seen in the numbers
            found = Quantities(dict(zip(wanted, run(*given.values()), strict=True)), given)
        found["loss"] = float(found["loss"])
        return found

    def loss(self) -> float:
        """Return the loss."""
        return float(self.quantities()["loss"])

    def of(self, net: Network) -> Objective:
        """Return the same for a network with other parameters."""
        return replace(self, net=net)

    def under(self, loss: str | Loss | None) -> Objective:
        """Return the same with another loss; raise `InputError` if the targets don't suit it."""
        net = self.net.with_loss(loss)
        check_targets(net, self.y)
        return replace(self, net=net)


@functools.lru_cache(maxsize=256)
def _program(structure: Structure) -> tuple[tuple[str, ...], Callable[..., tuple[Any, ...]]]:
    """Return the names of all quantities and the function of `Objective.data` and the parameters
    that gives them.
    """
    arguments = ["x", "y", "m"]
    if structure.weighted:
        arguments.append("s")
    if structure.penalised:
        arguments.append("l2")
    wanted = tuple(step.name for step in steps(structure))
    arguments += structure.parameters
    return wanted, program(structure, wanted, arguments, functions(structure))


def objective(
    net: Network,
    x: Any,
    y: Any,
    loss: str | Loss | None = None,
    *,
    example_weights: Any = None,
    l2: float = 0.0,
) -> Objective:
    """Return what is minimised, checked; the arguments are those of `backward`.

    Raises `InputError` if the sizes don't fit or the values can't be used.
    """
    check_network(net)
    net = net.with_loss(loss)
    x, y = check_data(net, x, y)
    s = None if example_weights is None else check_weights(example_weights, len(x), net.dtype)
    return Objective(net, x, y, s, TRAINING["l2"].check(l2))


def check_data(net: Network, x: Any, y: Any) -> tuple[Array, Array]:
    """Return inputs and targets as (m, n0) and (m, nL) in the network's dtype; raise `InputError`
    if they don't fit.

    Targets of shape (m,) are taken for a network with one output.
    """
    check_network(net)
    x = net.check_inputs(x)
    n = net.sizes[-1]
    if n == 1 and is_flat(y):
        y = numbers("y", y, 1)[:, None]
    y = numbers("y", y, 2)
    if len(y) != len(x):
        raise InputError(
            f"x has {len(x)} rows, but y has {len(y)}: each example needs one row in both."
        )
    if y.shape[1] != n:
        raise InputError(
            f"y has {number_of(y.shape[1], 'column')}, but the network has"
            f" {number_of(n, 'output')}: each output needs its own column of targets."
        )
    check_targets(net, y)
    # z and a of the units for every example
    check_memory(f"{len(x):,} examples in {net}", 2 * len(x) * sum(net.sizes[1:]))
    return x, y.astype(net.dtype, copy=False)


def check_targets(net: Network, y: Array) -> None:
    """Raise `InputError` for targets outside the range of the network's loss."""
    low, high = net.loss_record.target_range
    if y.min() >= low and y.max() <= high:
        return
    row, column = np.argwhere((y < low) | (y > high))[0]
    raise InputError(
        f"y[{row + 1},{column + 1}] is {y[row, column]:g}, but the loss {net.loss!r} expects"
        f" targets in [{low:g}, {high:g}]: rescale y, or use the loss mse."
    )


def check_weights(given: Any, m: int, dtype: Any) -> Array:
    """Return example weights as (m, 1) with mean 1; raise `InputError` if they can't be used."""
    s = numbers("example_weights", given, 1)
    if len(s) != m:
        raise InputError(
            f"x has {m} rows, but example_weights has {len(s)} entries: each example needs one."
        )
    if (s < 0).any() or not s.any():
        raise InputError("example_weights must be 0 or more, and not all 0.")
    return (s / s.mean()).astype(dtype)[:, None]


def forward(net: Network, x: Any) -> Quantities:
    """Return `z` and `a` of every layer by name, ``z1 a1 z2 a2 …`` (equations 1 and 2).

    `x` has shape (m, n0). Raises `InputError` if it doesn't fit the network.
    """
    check_network(net)
    given = {"x": net.check_inputs(x), **net.parameters()}
    wanted = [step.name for step in steps(net) if step.equation <= 2]
    run = program(net, wanted, list(given), functions(net))
    with np.errstate(all="ignore"):
        return Quantities(dict(zip(wanted, run(**given), strict=True)), given)


def backward(
    net: Network,
    x: Any,
    y: Any,
    loss: str | Loss | None = None,
    *,
    example_weights: Any = None,
    l2: float = 0.0,
) -> Quantities:
    """Return every quantity of one forward and backward pass by name, in the order of computation
    (equations 1 to 10).

    Parameters
    ----------
    net : the network
    x, y : (m, n0) inputs and (m, nL) targets
    loss : another loss than the network's own
    example_weights : (m,) weights of the examples, 0 or more; only their ratios count
    l2 : the loss has ``(l2 / 2) * (sum of all W²)`` added; biases are not penalised

    Returns a mapping from `z1 a1 … loss dL_da2 da2_dz2 delta2 dW2 db2 … db1` to arrays (`loss` is a
    float). Raises `InputError` if the sizes don't fit or the values can't be used.
    """
    return objective(net, x, y, loss, example_weights=example_weights, l2=l2).quantities()
