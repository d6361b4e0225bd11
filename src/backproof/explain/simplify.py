"""What the product of equation 6, ``dL_da ⊙ da_dz``, simplifies to: by SymPy, from the formulas of the loss and the activation."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from ..activations import Activation
from ..formula import Formula
from ..losses import Loss
from .expressions import parse


@dataclass(frozen=True)
class Product:
    """The product as it stands and, if it is shorter, what it simplifies to; in `a`, `y` and `z`."""

    lines: tuple[Formula, ...]
    simpler: bool


@functools.lru_cache(maxsize=64)
def product_of(loss: Loss, output: Activation) -> Product | None:
    """Return the product of the two derivatives of an output layer; None if a formula is missing or couples a row."""
    if not (loss.derivative_formula and output.derivative_formula) or output.couples:
        return None
    import sympy

    first, second = parse(loss.derivative_formula), parse(output.derivative_formula)
    letters = {name: sympy.Symbol(name, real=True) for name in ("a", "y", "z")}
    whole = sympy.sympify(loss.derivative_formula, locals=letters) * sympy.sympify(output.derivative_formula, locals=letters)
    shorter = min((sympy.cancel(whole), sympy.factor(whole), whole), key=sympy.count_ops) if not whole.has(sympy.Piecewise) else whole
    product = first * second
    if sympy.count_ops(shorter) >= sympy.count_ops(whole) and str(second) != "1":
        return Product((product,), False)
    return Product((product, parse(str(shorter))), True)
