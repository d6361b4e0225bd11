"""A loss where an output of one's own is rounded to its end: by balls.

A sigmoid is 1 to the last digit from z = 37 on, and no cross entropy can be told from that. Where
the record's formulas are known, the loss, its derivative and delta are computed there from `z`,
with as many digits as it takes, which is slow: so it is done in those places only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..formula import Formula
from ..records import Array, LossFunction
from ..structure import Structure
from .contract import Function
from .forms import agreeing_forms

BITS = (128, 1024, 8192, 65536)  # of precision, in turns; the last does for a sigmoid of z = 40,000
DIGITS = 53  # of a float64, in bits
Entry = Callable[..., Any]  # of z, and of y if it is one of the loss, in balls


def with_ends(
    structure: Structure, value: LossFunction, derivative: LossFunction, slope: Function
) -> dict[str, Function]:
    """Return ``L_z dL_z delta_z`` of an output that saturates, and its own slope: the record's
    functions, and balls where an output is so near an end of the loss's range that half its digits
    are lost.
    """
    plain: dict[str, Function] = {
        "L_z": lambda z, a, y: value(a, y),
        "dL_z": lambda z, a, y: derivative(a, y),
        "delta_z": lambda z, a, y: derivative(a, y) * slope(z, a),
        f"df{structure.last}": slope,
    }
    entries = _entries(structure)
    low, high = structure.loss.output_range

    def joined(name: str) -> Function:
        def function(z: Array, a: Array, *y: Array) -> Array:
            near = np.sqrt(np.finfo(a.dtype).eps)
            ends = (a <= low + near) | (a >= high - near)
            found = plain[name](z, a, *y)
            return _with_entries(entries[name], found, ends, z, *y) if ends.any() else found

        return function

    return {name: joined(name) if name in entries else plain[name] for name in plain}


def _entries(structure: Structure) -> dict[str, Entry]:
    """Return the same in balls, entry by entry; none where a formula isn't known."""
    output, loss = agreeing_forms(structure.output), agreeing_forms(structure.loss)
    if not (output.whole and loss.whole):
        return {}

    def of_loss(form: Formula | None) -> Entry:
        return lambda z, y: _ball(form, a=_ball(output.value, z=z), y=y)

    def slope(z: Any) -> Any:
        return _ball(output.slope, z=z, a=_ball(output.value, z=z))

    loss_slope = of_loss(loss.slope)
    return {
        "L_z": of_loss(loss.value),
        "dL_z": loss_slope,
        "delta_z": lambda z, y: loss_slope(z, y) * slope(z),
        f"df{structure.last}": slope,
    }


def _ball(formula: Formula | None, **letters: Any) -> Any:
    from .balls import BALLS  # rarely used, and takes as long to import as all the rest

    assert formula is not None
    return BALLS.compute(formula, letters)


def _with_entries(entry: Entry, plain: Array, where: Array, *letters: Array) -> Array:
    """Return an array with other entries in some places: in balls, or as they are where even those
    say nothing.
    """
    found = np.array(plain)
    where, *letters_there = (np.broadcast_to(one, found.shape) for one in (where, *letters))
    for at in zip(*np.nonzero(where), strict=True):
        found[at] = _rounded(entry, [float(letter[at]) for letter in letters_there], found[at])
    return found


def _rounded(entry: Entry, letters: Sequence[float], otherwise: float) -> float:
    """Return the float next to an entry."""
    import flint

    for precision in BITS:
        with flint.ctx.workprec(precision):
            try:
                found = entry(*map(flint.arb, letters))
            except Exception:  # a condition that can't be decided, or no number there
                continue
            if found.is_finite() and (found == 0 or found.rel_accuracy_bits() >= DIGITS):
                return float(found)
    return otherwise
