"""The true gradient enclosed in balls (python-flint), from the formulas of the records alone, and
how far float64 is from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flint
import numpy as np

from ..arithmetic.balls import BALLS, balls
from ..arithmetic.forms import forms
from ..backprop import Objective
from ..program import evaluate
from ..records import Activation, Array, Loss
from ..steps import Step

BITS = (128, 512, 2048, 8192)  # of precision; more where the balls are too wide to say anything
SHARP = 1e-18  # how wide a ball may be, as a share of the largest entry: float64 has 1e-16


def enclosures(objective: Objective, given: Sequence[Step]) -> dict[str, Array] | None:
    """Return every quantity of these steps, by name, as balls that hold its true value; None if a
    formula is missing.
    """
    structure = objective.structure
    records: list[Activation | Loss] = [structure.loss, *structure.activations]
    if not all(map(_has_formulas, records)):
        return None
    values: dict[str, Any] = {}
    for precision in BITS:
        with flint.ctx.workprec(precision):
            values = BALLS.functions(structure) | _as_balls(objective)
            for step in given:
                values[step.name] = np.asarray(evaluate(step.formula, values), dtype=object)
            if all(_sharp(values[step.name]) for step in given):
                break
    return {step.name: values[step.name] for step in given}


def _has_formulas(record: Activation | Loss) -> bool:
    form = forms(record)
    if isinstance(record, Activation) and record.couples:
        return form.whole
    return form.value is not None  # its derivative is found from that by SymPy


def _as_balls(objective: Objective) -> dict[str, Any]:
    """Return what the steps are given, the number of examples as a whole number."""
    given = objective.data | objective.net.parameters()
    found: dict[str, Any] = {name: balls(value) for name, value in given.items() if name != "m"}
    found["m"] = objective.m
    found["l2"] = flint.arb(objective.l2)
    return found


def _sharp(found: Array) -> bool:
    entries = found.ravel()
    if not all(entry.is_finite() for entry in entries):
        return False
    largest = max(float(abs(entry).mid()) for entry in entries)
    return all(float(entry.rad()) <= SHARP * largest for entry in entries)


def farthest(found: Array, values: Any) -> float:
    """Return an upper bound of how far any float is from the true value in its ball."""
    floats = np.asarray(values, dtype=float)
    with flint.ctx.workprec(BITS[-1]):
        distances = [
            float((ball - flint.arb(float(value))).abs_upper())
            for ball, value in zip(found.ravel(), floats.ravel(), strict=True)
        ]
    return max(distances, default=0.0)
