"""A loss of one's own at the ends of its range: ``y*log(y/a)`` is 0 for a target of 0.

NumPy has ``0*log(0)`` for no number. What a target of 0 multiplies, or a target of 1 where 1 - y
stands, belongs to no loss, infinite or not: such a factor is looked for in the formula.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

from ..formula import ONE, ZERO, Cases, Compare, Formula, Quotient, Times
from ..records import Array, Loss, LossFunction
from ..rewriting import names, with_parts
from .forms import NUMPY, Forms, agreeing_forms

USUAL_ENDS = 0.0, 1.0  # of probabilities, where a record doesn't say its range
INSIDE = 0.375  # an output or a target between the ends


def whole(
    record: Loss, function: LossFunction, form: Callable[[Forms], Formula | None]
) -> LossFunction:
    """Return a loss's function, or its derivative, with a number where it has none at the ends of
    the outputs or targets; itself where it has one, or where its formula isn't known.
    """
    if not _lacks_numbers(record, function):
        return function
    formula = form(agreeing_forms(record))
    if formula is None:
        return function
    masked = without_nothing(formula)

    def found(a: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            value = np.asarray(function(a, y))
            none = np.isnan(value)
            if not none.any():
                return value
            return np.where(none, NUMPY.compute(masked, {"a": a, "y": y}), value)

    return found


def _lacks_numbers(record: Loss, function: LossFunction) -> bool:
    """Whether a function isn't a number at some end of the outputs or targets."""
    ranges = record.output_range, record.target_range
    ends = ([*filter(math.isfinite, one), *USUAL_ENDS, INSIDE] for one in ranges)
    a, y = np.array(list(itertools.product(*ends))).T
    try:
        with np.errstate(all="ignore"):
            return bool(np.isnan(function(a[:, None], y[:, None])).any())
    except Exception:  # a user's function may ask for another number of outputs
        return False


def without_nothing(formula: Formula) -> Formula:
    """Return a formula of a loss in which a factor of the targets alone, where it is 0, makes its
    product 0.
    """
    new = with_parts(formula, without_nothing)
    match new:
        case Times(of, _) if _of_targets(of):
            return _nothing_at(of, new)
        case Times(_, of) | Quotient(of, _) if _of_targets(of):
            return _nothing_at(of, new)
    return new


def _of_targets(formula: Formula) -> bool:
    return names(formula) == ["y"]


def _nothing_at(factor: Formula, product: Formula) -> Formula:
    return Cases((ZERO, product), (Compare(factor, "==", ZERO), ONE))
