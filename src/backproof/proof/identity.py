"""The chain rule of the program against the derivative of the written-out loss, both as symbols
(SymPy).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from ..arithmetic.any_functions import any_functions
from ..arithmetic.symbols import Expression, symbol, symbols
from ..program import evaluate
from ..records import Array
from ..steps import Step, a, name_of
from ..structure import Structured

MOST_WRITTEN_OUT = 40  # with more, to write the loss out takes longer than a reader waits
EXAMPLES = 2  # with which the loss is written out


def vanishes(difference: Expression) -> bool:
    """Whether an expression in activations and weights is 0: the activations become letters, what
    is left is a fraction of polynomials.
    """
    # the outermost first, so that what stands inside is replaced with it
    applied = sorted(difference.atoms(sympy.Function), key=sympy.count_ops, reverse=True)
    plain = difference.xreplace({part: sympy.Dummy() for part in applied})
    if sympy.expand(plain) == 0:
        return True
    if plain.has(sympy.Piecewise):
        return bool(sympy.simplify(plain) == 0)
    return bool(sympy.expand(sympy.numer(sympy.together(plain))) == 0)


def identities(of: Structured, sizes: Sequence[int], given: Sequence[Step]) -> dict[str, bool]:
    """Return for each derivative of the program by name whether it equals the derivative of the
    loss, for a network of these sizes.

    Layer by layer: what comes into the layer is letters, and so are all weights, inputs and
    targets; the loss of that is written out, for any activations and loss, and differentiated by
    SymPy. `given` are the steps.
    """
    structure = of.structure
    known: dict[str, Any] = {"m": sympy.Integer(EXAMPLES), **any_functions(structure)}
    known["y"] = symbols("y", (EXAMPLES, sizes[-1]))
    for layer in range(1, structure.last + 1):
        known[f"W{layer}"] = symbols(f"W{layer}", (sizes[layer - 1], sizes[layer]))
        if structure.has_bias(layer):
            known[f"b{layer}"] = symbols(f"b{layer}", (sizes[layer],))
    known["s"] = symbols("s", (EXAMPLES, 1))
    known["l2"] = symbol("l2")
    found: dict[str, bool] = {}
    for layer in range(1, structure.last + 1):
        found |= _layer(sizes, given, layer, dict(known))
    return found


def _layer(
    sizes: Sequence[int], given: Sequence[Step], layer: int, known: dict[str, Any]
) -> dict[str, bool]:
    """Prove the derivatives by the numbers of one layer."""
    before = str(a(layer - 1))
    known[before] = symbols(before, (EXAMPLES, sizes[layer - 1]))
    values = dict(known)
    _run(given, layer, values)
    found = {}
    for name in (f"dW{layer}", f"db{layer}"):
        if name in values:
            found[name] = _equal(values["loss"], values[name[1:]], values[name])
    for kind, by in (("delta", f"z{layer}"), ("dL_da", f"a{layer}")):
        values = known | {by: symbols(by, (EXAMPLES, sizes[layer]))}
        _run(given, layer, values, held=by)
        own = values["loss"] * EXAMPLES  # delta and dL_da are of each example's own loss
        name = name_of(kind, layer)
        found[name] = _equal(own, values[by], values[name])
    return found


def _run(given: Sequence[Step], first: int, values: dict[str, Any], held: str = "") -> None:
    """Compute the steps from layer `first` on, as far as their values are known.

    What is held, a z or an a of that layer, is not computed but stands for itself, and neither is
    what leads to it.
    """
    for step in given:
        if 0 < step.layer < first or (step.layer == first and _leads_to(step, held)):
            continue
        if all(name in values for name in step.from_names):
            values[step.name] = evaluate(step.formula, values)


def _leads_to(step: Step, held: str) -> bool:
    """Say whether a step of the forward pass is what is held, or the z before an a that is."""
    return step.name == held or (step.equation == 1 and held.startswith("a"))


def _equal(loss: Expression, by: Array, derivative: Array) -> bool:
    derivative = np.asarray(derivative)
    if derivative.shape != by.shape:
        return False
    entries = zip(by.ravel(), derivative.ravel(), strict=True)
    return all(vanishes(sympy.diff(loss, letter) - entry) for letter, entry in entries)
