"""Functions that may be any: what is proved with them by symbols holds for every activation and
loss.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import sympy

from ..structure import Structure, Structured
from .arrays import Entries, entries_of, entry_by_entry
from .contract import Function, contract, weigh
from .symbols import Expression


def any_functions(of: Structured) -> dict[str, Function]:
    """Return all that the steps of a structure call, by the names that they use, over arrays of
    SymPy's expressions. Each layer has a function of its own.
    """
    structure = of.structure
    found: dict[str, Function] = {"contract": contract, "weigh": weigh}
    found |= {"L": entry_by_entry(_loss()), "dL": entry_by_entry(_loss_slope)}
    for layer, record in enumerate(structure.activations, 1):
        found[f"f{layer}"], found[f"df{layer}"] = _layer(layer, record.couples)
    return found | _from_z(structure, found)


def _function(name: str, slopes: Callable[..., Expression]) -> type[Any]:
    """Return a function of SymPy's that may be any function; `slopes` gives its derivative by the
    argument of a number, at its arguments.
    """

    def fdiff(self: Any, argindex: int = 1) -> Expression:
        return slopes(argindex, *self.args)

    return type(name, (sympy.Function,), {"fdiff": fdiff, "is_real": True})


def _unknown(name: str, *arguments: Expression) -> Expression:
    """Return the value of a function of which nothing is known, at these arguments."""
    return sympy.Function(name, real=True)(*arguments)


def _layer(layer: int, couples: bool) -> tuple[Function, Function]:
    """Return any activation and its derivative; the latter is one only where `a` belongs to `z`."""

    @functools.cache
    def output(j: int) -> type[Any]:
        return _function(f"f{layer}_{j}", lambda k, *z: _unknown(f"df{layer}_{j}_{k}", *z))

    def f(z: Entries) -> Entries:
        if not couples:
            return entry_by_entry(output(0))(z)
        return entries_of(z.shape, lambda at: output(at[1])(*z[at[0]]))

    def df(z: Entries, a: Entries) -> Entries:
        own = f(z)

        def entry(at: tuple[int, ...]) -> Expression:
            i, j, *k = at
            if own[i, j] != a[i, j]:
                return _unknown(f"df{layer}", *z[i], *a[i])
            return own[i, j].fdiff(k[0] + 1 if couples else 1)

        return entries_of((*z.shape, z.shape[1]) if couples else z.shape, entry)

    return f, df


def _from_z(structure: Structure, known: dict[str, Function]) -> dict[str, Function]:
    """Return what is computed from `z`: the same as without, where `a` belongs to it."""
    f, df = known[f"f{structure.last}"], known[f"df{structure.last}"]

    def joined(name: str, function: Callable[..., Entries]) -> Function:
        def found(z: Entries, a: Entries, y: Entries) -> Entries:
            own, values = f(z), function(z, a, y)

            def entry(at: tuple[int, ...]) -> Expression:
                return values[at] if own[at] == a[at] else _unknown(name, z[at], a[at], y[at])

            return entries_of(z.shape, entry)

        return found

    def delta(z: Entries, a: Entries, y: Entries) -> Entries:
        slopes = known["dL"](a, y), df(z, a)
        return contract(*slopes) if structure.output.couples else slopes[0] * slopes[1]

    return {
        "L_z": joined("L_z", lambda z, a, y: known["L"](a, y)),
        "dL_z": joined("dL_z", lambda z, a, y: known["dL"](a, y)),
        "delta_z": joined("delta_z", delta),
    }


def _loss_slope(a: Expression, y: Expression) -> Expression:
    return _unknown("dL", a, y)


def _loss() -> type[Any]:
    return _function("L", lambda _, a, y: _loss_slope(a, y))
