"""Forward and backward: equations 1 to 10, every quantity and every factor of it by name.

The equations stand in `steps`; here they meet the numbers.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from .activations import Array
from .errors import InputError
from .losses import Loss, rows_sum_to_one
from .network import Network, numbers
from .program import program
from .steps import functions, steps

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
            layer, of, own = int(match[1]), match[2], int(match[3])
            if f"{of}{own}" in self.given and own == layer:
                return self[f"a{layer - 1}" if layer > 1 else "x"] if of == "W" else 1.0
            if of == "a" and own == layer - 1 and own >= 1 and f"W{layer}" in self.given:
                return self[f"W{layer}"]
        raise KeyError(name)


def check_inputs(net: Network, x: Any) -> Array:
    """Return the inputs as (m, n0) in the network's dtype; raise `InputError` if they don't fit."""
    x = numbers("x", x, 2)
    n = net.sizes[0]
    if x.shape[1] != n:
        cut = f"pass x[:, :{n}], or " if x.shape[1] > n else ""
        raise InputError(
            f"x has {x.shape[1]} column{'s' * (x.shape[1] != 1)}, but W1 has {n}"
            f" row{'s' * (n != 1)}: {cut}build the network with {x.shape[1]}"
            f" input{'s' * (x.shape[1] != 1)}."
        )
    if len(x) == 0:
        raise InputError("x has no rows: at least one example is needed.")
    return x.astype(net.dtype, copy=False)


def check_data(net: Network, x: Any, y: Any) -> tuple[Array, Array]:
    """Return inputs and targets as (m, n0) and (m, nL) in the network's dtype; raise `InputError`
    if they don't fit.

    Targets of shape (m,) are taken for a network with one output.
    """
    x = check_inputs(net, x)
    n = net.sizes[-1]
    y = numbers("y", y, 1)[:, None] if np.ndim(y) == 1 and n == 1 else numbers("y", y, 2)
    if len(y) != len(x):
        raise InputError(
            f"x has {len(x)} rows, but y has {len(y)}: each example needs one row in both."
        )
    if y.shape[1] != n:
        raise InputError(
            f"y has {y.shape[1]} column{'s' * (y.shape[1] != 1)}, but the network has {n}"
            f" output{'s' * (n != 1)}: each output needs its own column of targets."
        )
    low, high = net.loss_record.target_range
    if (outside := np.argwhere((y < low) | (y > high))).size:
        row, column = outside[0]
        raise InputError(
            f"y[{row + 1},{column + 1}] is {y[row, column]:g}, but the loss {net.loss!r} wants"
            f" targets in [{low:g}, {high:g}]: rescale y, or use the loss mse."
        )
    return x, y.astype(net.dtype, copy=False)


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


def check_l2(l2: Any) -> float:
    """Return the L2 penalty as a float; raise `InputError` unless it is a finite number from 0 up."""
    if isinstance(l2, bool) or not isinstance(l2, (int, float, np.number)) or not 0 <= l2 < np.inf:
        raise InputError(f"l2 must be a finite number from 0 up, got {l2!r}.")
    return float(l2)


def forward(net: Network, x: Any) -> Quantities:
    """Return `z` and `a` of every layer by name, ``z1 a1 z2 a2 …`` (equations 1 and 2).

    `x` has shape (m, n0). Raises `InputError` if it doesn't fit the network.
    """
    x = check_inputs(net, x)
    wanted = [f"{letter}{layer}" for layer in range(1, len(net.layers) + 1) for letter in "za"]
    with np.errstate(over="ignore"):
        return _run(net, wanted, {"x": x}, {})


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
    net = net.with_loss(loss)
    x, y = check_data(net, x, y)
    given: Values = {"x": x, "y": y, "m": len(x)}
    options = {"y_sums_to_one": rows_sum_to_one(y)}
    if example_weights is not None:
        given["s"] = check_weights(example_weights, len(x), net.dtype)
        options["weighted"] = True
    if check_l2(l2):
        given["l2"] = float(l2)
        options["penalised"] = True
    with np.errstate(over="ignore"):
        quantities = quantities_of(net, given, options)
    quantities["loss"] = float(quantities["loss"])
    return quantities


def quantities_of(net: Network, given: Values, options: dict[str, bool]) -> Quantities:
    """Return every quantity of the steps with these options, from values already checked: `x y m`,
    and `s`, `l2` where used.
    """
    return _run(net, [step.name for step in steps(net, **options)], given, options)


def _run(net: Network, wanted: list[str], given: Values, options: dict[str, bool]) -> Quantities:
    given = {**given, **net.parameters()}
    run = program(steps(net, **options), wanted, list(given), functions(net))
    return Quantities(dict(zip(wanted, run(**given), strict=True)), given)
