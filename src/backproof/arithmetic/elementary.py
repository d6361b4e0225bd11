"""The functions that a record's formula may call, and what each is in every kind of number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..records import Array


@dataclass(frozen=True)
class Elementary:
    """One function of the list.

    Parameters
    ----------
    floats : on NumPy's arrays
    sympy : its name in SymPy, or a formula over `x` where SymPy has none of its own
    ball : the method of python-flint's balls
    ufuncs : the names by which a traced function calls it in NumPy or SciPy
    rising : whether it only rises, where it is defined
    arguments : how many it takes
    """

    floats: Callable[..., Array]
    sympy: str
    ball: str
    ufuncs: tuple[str, ...] = ()
    rising: bool = False
    arguments: int = 1


def _special(name: str) -> Callable[..., Array]:
    def function(x: Array) -> Array:
        from scipy import special  # type: ignore[import-untyped]  # slow to import, and rarely used

        return np.asarray(getattr(special, name)(x))

    return function


def _same(name: str, rising: bool = False, numpy: str = "") -> Elementary:
    """Return a function that is called the same everywhere, but perhaps in NumPy."""
    numpy = numpy or name
    return Elementary(getattr(np, numpy), name, name, (numpy,), rising)


ELEMENTARY: dict[str, Elementary] = {
    "exp": _same("exp", rising=True),
    "expm1": Elementary(np.expm1, "exp(x) - 1", "expm1", ("expm1",), rising=True),
    "log": _same("log", rising=True),
    "log1p": Elementary(np.log1p, "log(1 + x)", "log1p", ("log1p",), rising=True),
    "sqrt": _same("sqrt", rising=True),
    "sin": _same("sin"),
    "cos": _same("cos"),
    "tan": _same("tan"),
    "sinh": _same("sinh", rising=True),
    "cosh": _same("cosh"),
    "tanh": _same("tanh", rising=True),
    "sec": Elementary(lambda x: 1 / np.cos(x), "sec", "sec"),
    "csc": Elementary(lambda x: 1 / np.sin(x), "csc", "csc"),
    "cot": Elementary(lambda x: 1 / np.tan(x), "cot", "cot"),
    "sech": Elementary(lambda x: 1 / np.cosh(x), "sech", "sech"),
    "csch": Elementary(lambda x: 1 / np.sinh(x), "csch", "csch"),
    "coth": Elementary(lambda x: 1 / np.tanh(x), "coth", "coth"),
    "asin": _same("asin", rising=True, numpy="arcsin"),
    "acos": _same("acos", numpy="arccos"),
    "atan": _same("atan", rising=True, numpy="arctan"),
    "asinh": _same("asinh", rising=True, numpy="arcsinh"),
    "acosh": _same("acosh", rising=True, numpy="arccosh"),
    "atanh": _same("atanh", rising=True, numpy="arctanh"),
    "erf": Elementary(_special("erf"), "erf", "erf", ("erf",), rising=True),
    "erfc": Elementary(_special("erfc"), "erfc", "erfc", ("erfc",)),
    "sign": Elementary(np.sign, "sign", "sgn", ("sign",), rising=True),
    "Abs": Elementary(np.abs, "Abs", "__abs__", ("absolute", "fabs")),
    "Max": Elementary(np.maximum, "Max", "max", ("maximum", "fmax"), arguments=2),
    "Min": Elementary(np.minimum, "Min", "min", ("minimum", "fmin"), arguments=2),
}
SPELLINGS = {"abs": "Abs", "max": "Max", "min": "Min", "ln": "log", "arctan": "atan"}
CONSTANTS = {"pi": float(np.pi), "E": float(np.e)}
UFUNCS = {ufunc: name for name, entry in ELEMENTARY.items() for ufunc in entry.ufuncs}


def elementary(name: str) -> Elementary:
    """Return a function of the list by its name; raise `KeyError` if it isn't there."""
    return ELEMENTARY[SPELLINGS.get(name, name)]
