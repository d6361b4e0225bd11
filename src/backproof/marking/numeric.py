"""The formulas of the records as NumPy functions: what one computes who works from the formula in
the book.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..activations import Array


def _piecewise(*branches: tuple[Any, Any]) -> Array:
    values, conditions = zip(*branches, strict=True)
    shape = np.broadcast_shapes(*(np.shape(part) for part in (*values, *conditions)))
    return np.select(
        [np.broadcast_to(c, shape) for c in conditions], [np.broadcast_to(v, shape) for v in values]
    )


def _erf(z: Array) -> Array:
    from scipy.special import erf  # type: ignore[import-untyped]  # only gelu needs it

    return np.asarray(erf(z))


MEANING = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    **{name: getattr(np, name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "sign")},
    **{
        "asin": np.arcsin,
        "acos": np.arccos,
        "atan": np.arctan,
        "asinh": np.arcsinh,
        "acosh": np.arccosh,
        "atanh": np.arctanh,
    },
    **{"Abs": np.abs, "abs": np.abs, "Max": np.maximum, "Min": np.minimum, "E": math.e},
    "pi": math.pi,
    "erf": _erf,
    "Rational": lambda p, q: p / q,
    "Piecewise": _piecewise,
}


def names_in(formula: str) -> tuple[str, ...]:
    """Return the names in a record's formula."""
    return compile(formula, "<formula>", "eval").co_names


def known(formula: str) -> bool:
    """Say whether every function in a record's formula is known here."""
    return set(names_in(formula)) <= {*MEANING, "z", "a", "y"}


@functools.lru_cache(maxsize=64)
def function_of(formula: str, *letters: str) -> Callable[..., Array]:
    """Return the NumPy function of a record's formula, element by element in these letters."""
    code = compile(formula, "<formula>", "eval")

    def function(*arrays: Array) -> Array:
        value = eval(code, {"__builtins__": {}}, MEANING | dict(zip(letters, arrays, strict=True)))
        return np.broadcast_to(np.asarray(value, dtype=float), np.shape(arrays[0]))

    return function
