"""What is checked wherever numbers come in: arrays, seeds, precision."""

from __future__ import annotations

from typing import Any

import numpy as np

from .activations import Array
from .errors import InputError
from .prose import shortened

PRECISIONS = ("float64", "float32")


def numbers(what: str, given: Any, ndim: int) -> Array:
    """Return `given` as a float array of `ndim` dimensions, float32 if it is one, else float64.

    Raises `InputError` if it is ragged, not numeric, not finite or of another dimension; `what`
    names it there.
    """
    try:
        found = np.array(given)
        if found.dtype.kind in "cSU":
            raise ValueError("text or complex numbers")
        array = found if found.dtype == np.float32 else found.astype(np.float64, copy=False)
    except (ValueError, TypeError):
        message = f"{what} must be numbers in rows of one length, got {shortened(repr(given))}."
        raise InputError(message) from None
    if array.ndim != ndim:
        dimensions = "1 dimension" if ndim == 1 else f"{ndim} dimensions"
        raise InputError(f"{what} must have {dimensions}, got shape {array.shape}.")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        place = ",".join(str(i + 1) for i in where)
        value = float(array[where])
        raise InputError(f"{what}[{place}] is {value}: only finite numbers can be used.")
    return array


def generator(seed: int) -> np.random.Generator:
    """Return the random numbers of a seed; raise `InputError` for anything but a whole number from
    0 up.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise InputError(f"seed must be a whole number from 0 up, got {seed!r}.")
    return np.random.default_rng(seed)
