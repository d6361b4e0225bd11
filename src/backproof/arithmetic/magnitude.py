"""The size of the terms that a step sums: what its rounding errors are measured by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..formula import Call, Formula, Minus, Plus
from ..program import evaluate
from ..records import Array
from ..rewriting import subformulas, with_parts
from ..steps import Step


def magnitude(step: Step, values: Mapping[str, Any]) -> Array:
    """Return for each entry of a step the sum of the absolute terms; of a function its own size."""
    if any(isinstance(part, Call) for part in subformulas(step.formula)):
        return np.abs(np.asarray(values[step.name], dtype=float))
    sizes = {name: np.abs(values[name]) for name in step.from_names}
    return np.asarray(evaluate(_added(step.formula), sizes | {"m": values["m"]}))


def _added(formula: Formula) -> Formula:
    """Return a formula with a sum in the place of each difference."""
    new = with_parts(formula, _added)
    return Plus(new.left, new.right) if isinstance(new, Minus) else new
