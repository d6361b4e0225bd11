"""What the product of equation 6, ``dL_da ⊙ da_dz``, simplifies to: by SymPy, from the formulas of
the loss and the activation.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from ..activations import Activation
from ..formula import Formula, Name, walked
from ..losses import Loss
from .expressions import ONE, parse


@dataclass(frozen=True)
class Product:
    """The product as it stands and, if it is shorter, what it simplifies to; in `a`, `y` and `z`."""

    lines: tuple[Formula, ...]
    simpler: bool


@functools.lru_cache(maxsize=64)
def product_of(loss: Loss, output: Activation) -> Product | None:
    """Return the product of the two derivatives of an output layer; None if a formula is missing or
    couples a row.
    """
    if not (loss.derivative_formula and output.derivative_formula) or output.couples:
        return None
    import sympy

    first, second = parse(loss.derivative_formula), parse(output.derivative_formula)
    letters = {name: sympy.Symbol(name, real=True) for name in ("a", "y", "z")}
    whole = sympy.sympify(loss.derivative_formula, locals=letters) * sympy.sympify(
        output.derivative_formula, locals=letters
    )
    product = first * second
    if whole.has(sympy.Piecewise):
        return Product((product,), False)
    shorter = parse(
        str(min((sympy.factor_terms(whole), sympy.cancel(whole), whole), key=sympy.count_ops))
    )
    simpler = second == ONE or mentions(shorter) < mentions(product)
    return Product((product, shorter), True) if simpler else Product((product,), False)


def mentions(formula: Formula) -> int:
    """Return how often a formula names a quantity: what cancels is named less often."""
    return sum(isinstance(part, Name) for part in walked(formula))
