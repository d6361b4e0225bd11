"""A function of one's own, tried once: what it gives must have a shape that can be computed with,
and what it is given it must leave as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .activations import ACTIVATIONS
from .errors import InputError
from .losses import LOSSES
from .records import Activation, Array, Loss

EXAMPLES = 3  # that it is tried on


@functools.lru_cache(maxsize=1024)
def check_activation(record: Activation, n: int) -> None:
    """Raise `InputError` if the functions of an activation can't be used for `n` units."""
    if record in ACTIVATIONS.values():
        return
    z = np.linspace(-0.5, 0.75, EXAMPLES * n).reshape(EXAMPLES, n)
    a = _tried(record.name, "f", record.f, (z,), z.shape)
    if a is not None:
        shape = (*z.shape, n) if record.couples else z.shape
        _tried(record.name, "derivative", record.derivative, (z, a), shape)


@functools.lru_cache(maxsize=1024)
def check_loss(record: Loss, n: int) -> None:
    """Raise `InputError` if the functions of a loss can't be used for `n` outputs."""
    if record in LOSSES.values():
        return
    a = np.full((EXAMPLES, n), 1 / (n + 1))
    y = np.full((EXAMPLES, n), 1 / n)
    _tried(record.name, "value", record.value, (a, y), a.shape)
    _tried(record.name, "derivative", record.derivative, (a, y), a.shape)


def _tried(
    name: str,
    role: str,
    function: Callable[..., Any],
    arrays: tuple[Array, ...],
    shape: tuple[int, ...],
) -> Array | None:
    """Return what a function gives; None if it raises something of its own, which is heard of when
    it is used.
    """
    given = [array.copy() for array in arrays]
    for array in given:
        array.flags.writeable = False
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(function(*given))
    except Exception as error:  # whatever a user's function does
        if "read-only" in str(error):
            raise InputError(
                f"the {role} of {name!r} writes into the array that it is given: let it work on a"
                " copy, and return a new array."
            ) from None
        return None
    if found.shape != shape:
        what = f"an array of shape {found.shape}" if found.ndim else "one number"
        raise InputError(
            f"the {role} of {name!r} returns {what} for {EXAMPLES} examples of shape"
            f" {arrays[0].shape}: it must return one of shape {shape}, a number for each entry."
        )
    return found
