"""The chain rule of the program against the derivative of the written-out loss, both as symbols
(SymPy).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy

from ..activations import Activation, Array
from ..network import Network
from ..program import evaluate
from ..steps import Step
from .entries import mapped
from .lemmas import Expression, formulas, read

MOST_PARAMETERS = 40  # with more, to write the loss out takes longer than a reader waits
EXAMPLES = 2


def symbols(name: str, shape: tuple[int, ...]) -> Array:
    """Return an array of SymPy's symbols."""
    found = np.empty(shape, dtype=object)
    for index in np.ndindex(shape):
        found[index] = sympy.Symbol("_".join([name, *(str(i + 1) for i in index)]), real=True)
    return found


def applied(record: Activation) -> type[Any]:
    """Return an activation as a function of SymPy's whose derivative is the record's own, which a
    lemma proves.
    """

    def fdiff(self: Any, argindex: int = 1) -> Expression:
        return read(formulas(record)[1], z=self.args[0], a=self)

    return type(
        f"f_{record.name}", (sympy.Function,), {"fdiff": fdiff, "nargs": 1, "is_real": True}
    )


def softmax_functions(n: int) -> list[type[Any]]:
    """Return softmax over `n` classes as functions of SymPy's, one for each output."""
    made: list[type[Any]] = []

    def function(j: int) -> type[Any]:
        def fdiff(self: Any, argindex: int = 1) -> Expression:
            return self * ((1 if argindex == j + 1 else 0) - made[argindex - 1](*self.args))

        return type(
            f"softmax_{j + 1}", (sympy.Function,), {"fdiff": fdiff, "nargs": n, "is_real": True}
        )

    made += [function(j) for j in range(n)]
    return made


def symbolic(net: Network) -> dict[str, Callable[..., Array]]:
    """Return what the steps call, for arrays of SymPy's expressions."""
    value, derivative = formulas(net.loss_record)
    found: dict[str, Callable[..., Array]] = {
        "L": mapped(lambda a, y: read(value, a=a, y=y)),
        "dL": mapped(lambda a, y: read(derivative, a=a, y=y)),
        "contract": lambda dL_da, da_dz: (dL_da[:, :, None] * da_dz).sum(axis=1),
    }
    for layer, record in enumerate((layer.f for layer in net.layers), 1):
        if record.couples:
            functions = softmax_functions(net.sizes[layer])
            found[f"f{layer}"] = lambda z, functions=functions: np.array(
                [[f(*row) for f in functions] for row in z], dtype=object
            )
            found[f"df{layer}"] = lambda z, a: np.array(
                [
                    [
                        [row[j] * ((1 if j == k else 0) - row[k]) for k in range(len(row))]
                        for j in range(len(row))
                    ]
                    for row in a
                ],
                dtype=object,
            )
        else:
            f = applied(record)
            slope = formulas(record)[1]
            found[f"f{layer}"] = mapped(f)
            found[f"df{layer}"] = mapped(lambda z, a, slope=slope: read(slope, z=z, a=a))
    return found


def vanishes(expression: Expression) -> bool:
    """Whether an expression in activations and weights is 0: the activations become letters, what
    is left is a fraction of polynomials.
    """
    applied_functions = sorted(expression.atoms(sympy.Function), key=sympy.count_ops, reverse=True)
    # the outermost first, so that what stands inside is replaced with it
    letters = {part: sympy.Dummy() for part in applied_functions}
    plain = expression.xreplace(letters)
    if plain.has(sympy.Piecewise):
        return bool(sympy.simplify(plain) == 0)
    return bool(sympy.expand(sympy.numer(sympy.together(plain))) == 0)


def proved(net: Network, steps: list[Step], flags: Mapping[str, bool]) -> dict[str, bool]:
    """Return for each derivative of the program by name whether it equals the derivative of the
    loss, for this network's shape.

    Layer by layer from the last: what comes into the layer is letters, and so are all weights,
    inputs and targets; the loss of that is written out and differentiated by SymPy.
    """
    known: dict[str, Any] = {"m": sympy.Integer(EXAMPLES), **symbolic(net)}
    known["y"] = symbols("y", (EXAMPLES, net.sizes[-1]))
    if flags.get("y_sums_to_one") and net.layers[-1].f.couples:
        known["y"][:, -1] = 1 - known["y"][:, :-1].sum(axis=1)
    known |= {name: symbols(name, value.shape) for name, value in net.parameters().items()}
    known["s"] = symbols("s", (EXAMPLES, 1))
    known["l2"] = sympy.Symbol("l2", real=True)
    found: dict[str, bool] = {}
    for layer in range(1, len(net.layers) + 1):
        found |= _layer(net, steps, layer, dict(known))
    return found


def _layer(net: Network, steps: list[Step], layer: int, known: dict[str, Any]) -> dict[str, bool]:
    n_in, n_out = net.sizes[layer - 1], net.sizes[layer]
    came = "x" if layer == 1 else f"a{layer - 1}"
    known[came] = symbols(came, (EXAMPLES, n_in))
    found = {}
    for by, derivative in (
        (None, None),
        (f"z{layer}", f"delta{layer}"),
        (f"a{layer}", f"dL_da{layer}"),
    ):
        values = dict(known)
        if by is not None:
            values[by] = symbols(by, (EXAMPLES, n_out))
        _run(steps, layer, values, given=by)
        if by is None or derivative is None:
            for name in (f"dW{layer}", f"db{layer}"):
                if name in values:
                    found[name] = _equal(values["loss"], values[name[1:]], values[name])
        else:
            own = values["loss"] * EXAMPLES  # delta and dL_da are of each example's own loss
            found[derivative] = _equal(own, values[by], values[derivative])
    return found


def _run(steps: list[Step], first: int, values: dict[str, Any], given: str | None) -> None:
    """Compute the steps from layer `first` on; what `given` names is not computed but stands for
    itself.
    """
    for step in steps:
        layer = (
            first if step.name == "loss" else int(step.name[len(step.name.rstrip("0123456789")) :])
        )
        if layer < first or (
            given
            and step.equation <= 2
            and layer == first
            and (step.name == given or given[0] == "a")
        ):
            continue
        if all(name in values for name in step.from_names):
            values[step.name] = evaluate(step.formula, values)


def _equal(loss: Expression, by: Array, derivative: Array) -> bool:
    return all(
        vanishes(sympy.diff(loss, symbol) - entry)
        for symbol, entry in zip(by.ravel(), np.asarray(derivative).ravel(), strict=True)
    )


def layer_by_layer() -> bool:
    """Prove equations 7, 9 and 10 for any functions: the derivatives of what a layer passes on,
    whatever its size.

    With `delta` fixed, the loss changes as the sum of ``delta ⊙ z`` does; `z` is linear, so a layer
    of two by two with two examples has every term that a larger one has.
    """
    a, W, b, delta = (
        symbols("a", (2, 2)),
        symbols("W", (2, 2)),
        symbols("b", (2,)),
        symbols("delta", (2, 2)),
    )
    passed = (delta * (a @ W + b)).sum()
    pairs = ((a, delta @ W.T), (W, a.T @ delta), (b, delta.sum(axis=0)))
    return all(
        sympy.expand(sympy.diff(passed, symbol) - entry) == 0
        for by, whole in pairs
        for symbol, entry in zip(by.ravel(), whole.ravel(), strict=True)
    )
