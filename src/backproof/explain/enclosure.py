"""The true gradient enclosed in balls (python-flint), from the formulas of the records alone, and
how far float64 is from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import flint
import numpy as np

from ..activations import Activation, Array
from ..formula import Formula
from ..losses import Loss
from ..network import Network
from ..program import evaluate
from ..steps import Step
from .entries import mapped
from .expressions import fold, indexed, parse, summed_out
from .lemmas import entry_formula, formulas, true_derivative

PRECISIONS = (128, 512, 2048, 8192)  # bits; more where the balls are still too wide to say anything
SHARP = 1e-18  # how wide a ball may be, as a share of the largest entry


def balls(values: Any) -> Array:
    """Return floats as exact balls."""
    values = np.asarray(values, dtype=float)
    found = np.empty(values.shape, dtype=object)
    for index in np.ndindex(values.shape):
        found[index] = flint.arb(float(values[index]))
    return found


def _call(function: str, arguments: list[Any]) -> Any:
    (value,) = arguments
    if function == "Abs":
        return abs(value)
    return getattr(value, function)()


def compute(formula: Formula, names: Mapping[str, Any]) -> Any:
    """Compute a formula of one entry in balls."""
    known = {"pi": flint.arb.pi()}
    return fold(
        formula, lambda name: names[name] if name in names else known[name], flint.arb, _call
    )


def _each(formula: Formula, *letters: str) -> Callable[..., Array]:
    return mapped(lambda *entries: compute(formula, dict(zip(letters, entries, strict=False))))


def _row(record: Activation, n: int) -> Callable[[Array], Array]:
    whole = [entry_formula(record.formula, n, j=j) for j in range(1, n + 1)]

    def apply(z: Array) -> Array:
        return np.array(
            [
                [
                    compute(entry, {f"z[{k}]": value for k, value in enumerate(row, 1)})
                    for entry in whole
                ]
                for row in z
            ],
            dtype=object,
        )

    return apply


def _row_slopes(record: Activation, n: int) -> Callable[[Array, Array], Array]:
    formula = parse(record.derivative_formula)
    whole = [
        [summed_out(indexed(formula, {"j": str(j), "k": str(k)}), n) for k in range(1, n + 1)]
        for j in range(1, n + 1)
    ]

    def apply(z: Array, a: Array) -> Array:
        found = np.empty((*z.shape, n), dtype=object)
        for i in range(len(z)):
            names = {f"z[{k}]": value for k, value in enumerate(z[i], 1)} | {
                f"a[{k}]": value for k, value in enumerate(a[i], 1)
            }
            for j in range(n):
                for k in range(n):
                    found[i, j, k] = compute(whole[j][k], names)
        return found

    return apply


def ball_functions(net: Network) -> dict[str, Callable[..., Array]] | None:
    """Return what the steps call, for arrays of balls: the derivatives are SymPy's, of the
    formulas; None if a formula is missing.
    """
    records: list[Activation | Loss] = [net.loss_record, *(layer.f for layer in net.layers)]
    if not all(formulas(record)[0] for record in records):
        return None
    found: dict[str, Callable[..., Array]] = {
        "L": _each(parse(formulas(net.loss_record)[0]), "a", "y"),
        "dL": _each(parse(true_derivative(net.loss_record)), "a", "y"),
        "contract": lambda dL_da, da_dz: (dL_da[:, :, None] * da_dz).sum(axis=1),
    }
    for layer, record in enumerate((layer.f for layer in net.layers), 1):
        if record.couples:
            found |= {
                f"f{layer}": _row(record, net.sizes[layer]),
                f"df{layer}": _row_slopes(record, net.sizes[layer]),
            }
        else:
            found |= {
                f"f{layer}": _each(parse(formulas(record)[0]), "z"),
                f"df{layer}": _each(parse(true_derivative(record)), "z", "a"),
            }
    return found


def enclosed(net: Network, steps: list[Step], given: Mapping[str, Any]) -> dict[str, Array] | None:
    """Return every quantity as balls that hold its true value; None if a formula is missing.

    `given` holds the numbers: x, y, m, and the weights s and penalty l2 where used.
    """
    functions = ball_functions(net)
    if functions is None:
        return None
    values: dict[str, Any] = {}
    for precision in PRECISIONS:
        with flint.ctx.workprec(precision):
            values = {
                **functions,
                **{name: balls(value) for name, value in given.items() if name not in ("m", "l2")},
            }
            values |= {"m": int(given["m"]), "l2": flint.arb(float(given.get("l2", 0.0)))}
            values |= {name: balls(value) for name, value in net.parameters().items()}
            for step in steps:
                values[step.name] = np.asarray(evaluate(step.formula, values), dtype=object)
            if all(_sharp(values[step.name]) for step in steps):
                break
    return {step.name: values[step.name] for step in steps}


def _sharp(found: Array) -> bool:
    entries = found.ravel()
    if not all(entry.is_finite() for entry in entries):
        return False
    largest = max(float(abs(entry).mid()) for entry in entries)
    return all(float(entry.rad()) <= SHARP * largest for entry in entries)


def farthest(found: Array, values: Any) -> float:
    """Return an upper bound of how far any float is from the true value in its ball."""
    floats = np.asarray(values, dtype=float)
    with flint.ctx.workprec(PRECISIONS[-1]):
        return max(
            (
                float((ball - flint.arb(float(value))).abs_upper())
                for ball, value in zip(found.ravel(), floats.ravel(), strict=True)
            ),
            default=0.0,
        )
