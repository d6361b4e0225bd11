"""What is checked wherever numbers come in: arrays, seeds, precision."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from .activations import Array
from .errors import InputError
from .prose import shown

PRECISIONS = ("float64", "float32")
USUAL_MEMORY = 8 * 10**9  # of a machine that does not tell
MOST_SAID = 10**24  # bytes


def numbers(what: str, given: Any, ndim: int) -> Array:
    """Return `given` as a float array of `ndim` dimensions, float32 if it is one, else float64.

    Raises `InputError` if it is ragged, not numeric, not finite or of another dimension; `what`
    names it there.
    """
    if is_masked(given):
        raise InputError(
            f"{what} is masked in places, and the mask would be lost: fill or drop what is masked"
            " (.filled(0), .compressed())."
        )
    try:
        found = np.array(given)
        if found.dtype.kind in "cSU":
            raise ValueError("text or complex numbers")
        array = found if found.dtype == np.float32 else found.astype(np.float64, copy=False)
    except (ValueError, TypeError, OverflowError, RecursionError):
        message = f"{what} must be numbers in rows of one length, got {shown(given)}."
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


def is_flat(given: Any) -> bool:
    """Whether these are numbers in one row, not in rows."""
    try:
        return np.ndim(given) == 1
    except ValueError:  # ragged lists
        return False


def whole_number(what: str, given: Any, low: int, high: int) -> int:
    """Return a whole number from `low` to `high`; raise `InputError` for anything else."""
    whole = isinstance(given, (int, np.integer)) and not isinstance(given, bool)
    if not whole or not low <= given <= high:
        raise InputError(f"{what} must be a whole number from {low} to {high}, got {shown(given)}.")
    return int(given)


def is_masked(given: Any, levels: int = 2) -> bool:
    """Whether these are masked arrays in which something is masked, or lists of them."""
    if isinstance(given, (list, tuple)) and levels:
        lists = (item for item in given if not isinstance(item, (int, float, str)))
        return any(is_masked(item, levels - 1) for item in lists)
    return isinstance(given, np.ma.MaskedArray) and bool(np.ma.is_masked(given))


def check_memory(what: str, count: int) -> None:
    """Raise `InputError` if so many float64 numbers need more than half of the machine's memory,
    before anybody asks for it.
    """
    wanted, there = 8 * count, memory()
    if wanted > there / 2:
        raise InputError(
            f"{what}: that needs {_size(wanted)} of memory, and {_size(there)} are there: use"
            " fewer."
        )


def memory() -> int:
    """Return how many bytes of memory this process may have, as far as the system tells."""
    try:
        there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # other systems
        there = USUAL_MEMORY
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    except ImportError:
        return there
    return there if limit == resource.RLIM_INFINITY else min(there, limit)


def _size(count: int) -> str:
    """Return a number of bytes as one says it: ``1.6 TB``."""
    if count >= MOST_SAID:
        return "more than a million million TB"
    power = min(4, (len(str(count)) - 1) // 3)
    return f"{count / 1000**power:,.3g} {('bytes', 'kB', 'MB', 'GB', 'TB')[power]}"


def generator(seed: int) -> np.random.Generator:
    """Return the random numbers of a seed; raise `InputError` for anything but a whole number from
    0 up.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise InputError(f"seed must be a whole number from 0 up, got {shown(seed)}.")
    return np.random.default_rng(seed)
