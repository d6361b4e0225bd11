"""The true gradient enclosed in balls (python-flint), from the formulas of the records alone, and
how far float64 is from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import flint
import numpy as np

from ..arithmetic.balls import BALLS, balls
from ..arithmetic.forms import forms
from ..backprop import Objective
from ..errors import InputError
from ..program import evaluate
from ..records import Activation, Array, Loss
from ..steps import Step

BITS = (128, 512, 2048, 8192)  # of precision; more where the balls are too wide to say anything
ENCLOSED = 100_000  # products of balls in one pass; of more examples some are drawn
MOST_ENCLOSED = 500_000  # products for one example; of a larger network nothing is enclosed
FUNCTION = 10  # products that an activation takes as long as
COUPLED = 3  # products of each entry of a row that is coupled, by the square of the row
OVERFLOWS = 1e300  # beyond which a float may be infinite
SMALLEST = 1e-290  # below which gradual underflow takes digits
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
                values[step.name] = _evaluated(step, values)
            if all(_sharp(values[step.name]) for step in given):
                break
    return {step.name: values[step.name] for step in given}


def _evaluated(step: Step, values: dict[str, Any]) -> Array:
    try:
        return np.asarray(evaluate(step.formula, values), dtype=object)
    except InputError:
        raise
    except Exception:  # a wrong formula may multiply what doesn't fit
        return np.array([], dtype=object)


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
    largest = max((float(abs(entry).mid()) for entry in entries), default=0.0)
    return all(float(entry.rad()) <= SHARP * largest for entry in entries)


def farthest(found: Array, values: Any) -> float:
    """Return an upper bound of how far any float is from the true value in its ball.

    Infinity is right where the true value is beyond what floats can be computed with.
    """
    floats = np.asarray(values, dtype=float)
    with flint.ctx.workprec(BITS[-1]):
        distances = [
            _distance(ball, float(value))
            for ball, value in zip(found.ravel(), floats.ravel(), strict=True)
        ]
    return max(distances, default=0.0)


def _distance(ball: Any, value: float) -> float:
    if np.isinf(value) and ball.is_finite():
        beyond = ball > OVERFLOWS if value > 0 else ball < -OVERFLOWS
        return 0.0 if beyond else np.inf
    distance = float((ball - flint.arb(value)).abs_upper())
    return np.inf if np.isnan(distance) else distance


def share(found: Array, values: Any, scale: float) -> float:
    """Return how far floats are at most from their true values, as a share of a size; below
    `SMALLEST` floats have few digits, or none, and nothing is a share of less.
    """
    far = farthest(found, values)
    return 0.0 if far == 0 else far / max(min(scale, np.finfo(float).max), SMALLEST)


def sample(objective: Objective) -> Objective | None:
    """Return an objective with no more examples than can be enclosed while somebody waits: itself,
    or some of its examples drawn at random; None if one is too many.
    """
    net = objective.net
    each = sum(layer.W.size + FUNCTION * layer.W.shape[1] for layer in net.layers)
    if net.layers[-1].f.couples:
        each += COUPLED * net.sizes[-1] ** 3
    if each > MOST_ENCLOSED:
        return None
    most = max(1, ENCLOSED // each)
    if objective.m <= most:
        return objective
    drawn = np.sort(np.random.default_rng(0).choice(objective.m, most, replace=False))
    s = None if objective.s is None else objective.s[drawn]
    return replace(objective, x=objective.x[drawn], y=objective.y[drawn], s=s)
