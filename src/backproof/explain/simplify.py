"""What the product of equation 6, ``dL_da ⊙ da_dz``, simplifies to: by SymPy, from the formulas of
the loss and the activation.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from ..arithmetic.forms import forms
from ..formula import ONE, Formula, Name
from ..parsing import parse
from ..records import Activation, Loss
from ..rewriting import subformulas


@dataclass(frozen=True)
class Product:
    """The product as is and, if that is shorter, what it simplifies to.

    Parameters
    ----------
    lines : one formula or both, in `a`, `y` and `z`
    simpler : whether it simplifies
    """

    lines: tuple[Formula, ...]
    simpler: bool


@functools.lru_cache(maxsize=64)
def product_of(loss: Loss, output: Activation) -> Product | None:
    """Return the product of the two derivatives of an output layer; None if a formula is missing or
    couples a row.
    """
    dL_da, da_dz = forms(loss).slope, forms(output).slope
    if dL_da is None or da_dz is None or output.couples:
        return None
    product = dL_da * da_dz
    shortest = _shortest(product)
    if shortest is None:
        return Product((product,), False)
    if da_dz == ONE or _mentions(shortest) < _mentions(product):
        return Product((product, shortest), True)
    return Product((product,), False)


def _shortest(product: Formula) -> Formula | None:
    """Return the shortest form that SymPy finds; None for a product by cases."""
    import sympy  # slow to import

    from ..arithmetic.symbols import expression, symbol

    whole = expression(product, **{name: symbol(name) for name in ("a", "y", "z")})
    if whole.has(sympy.Piecewise):
        return None
    candidates = (sympy.factor_terms(whole), sympy.cancel(whole), whole)
    return parse(str(min(candidates, key=sympy.count_ops)))


def _mentions(formula: Formula) -> int:
    """Return how often a formula names a quantity: what cancels is named less often."""
    return sum(isinstance(part, Name) for part in subformulas(formula))
