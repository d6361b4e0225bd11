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
    """The product as it stands and, if it is shorter, what it simplifies to; in `a`, `y` and `z`."""

    lines: tuple[Formula, ...]
    simpler: bool


@functools.lru_cache(maxsize=64)
def product_of(loss: Loss, output: Activation) -> Product | None:
    """Return the product of the two derivatives of an output layer; None if a formula is missing or
    couples a row.
    """
    first, second = forms(loss).slope, forms(output).slope
    if first is None or second is None or output.couples:
        return None
    import sympy  # slow to import

    from ..arithmetic.symbols import expression, symbol

    product = first * second
    whole = expression(product, **{name: symbol(name) for name in ("a", "y", "z")})
    if whole.has(sympy.Piecewise):
        return Product((product,), False)
    forms_of_it = (sympy.factor_terms(whole), sympy.cancel(whole), whole)
    shorter = parse(str(min(forms_of_it, key=sympy.count_ops)))
    if second == ONE or mentions(shorter) < mentions(product):
        return Product((product, shorter), True)
    return Product((product,), False)


def mentions(formula: Formula) -> int:
    """Return how often a formula names a quantity: what cancels is named less often."""
    return sum(isinstance(part, Name) for part in subformulas(formula))
