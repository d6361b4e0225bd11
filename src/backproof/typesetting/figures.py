"""Numbers as they are shown: so many digits, in line, without the noise of the last bits."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np

from ..records import Array
from .notation import LARGE, digits
from .pieces import Digits, Grid, Math

MOST_DECIMALS = 15  # of a number that is shown, so that it says what it should
HALF = 0.5 + 1e-6  # of the last digit: what rounding changes
MOST_ROWS, MOST_COLUMNS = 8, 6
NOISE = 1e-14  # an entry below this share of what was summed for it is rounding, not a result


def texts(values: Array, decimals: int) -> list[str]:
    """Return numbers with the same digits after the point, or all as powers of ten if they are too
    small or large for that; a single one so small that it would read 0 is a power of ten alone.
    """
    values = np.asarray(values, dtype=float).ravel()
    return list(map(_form(values, decimals), values))


def _form(values: Array, decimals: int) -> Callable[[float], str]:
    """Return how `texts` writes each of these numbers."""
    size = np.abs(values[np.isfinite(values)]).max(initial=0.0)
    if np.all(values == np.round(values)) and size < LARGE:
        return _whole
    if size >= LARGE or size < 10.0**-decimals:
        return functools.partial(_power_of_ten, decimals)
    return functools.partial(_fixed, decimals)


def _whole(value: float) -> str:
    return f"{value:z.0f}"  # z: what is rounded to 0 has no sign


def _power_of_ten(decimals: int, value: float) -> str:
    return f"{value:.{max(1, decimals - 1)}e}" if value else "0"


def _fixed(decimals: int, value: float) -> str:
    text = f"{value:z.{decimals}f}"
    return f"{value:.1e}" if value and not float(text) else text


def as_shown(values: Array, decimals: int) -> Array:
    """Return the numbers that a reader of `texts` reads."""
    values = np.asarray(values, dtype=float)
    return np.array([float(text) for text in texts(values, decimals)]).reshape(values.shape)


def last_places(values: Array, decimals: int) -> Array:
    """Return what one unit of the last digit that `texts` shows of each number is worth."""
    values = np.asarray(values, dtype=float)
    places = [_last_place(text, decimals) for text in texts(values, decimals)]
    return np.array(places).reshape(values.shape)


def _last_place(text: str, decimals: int) -> float:
    mantissa, _, power = text.partition("e")
    if not power and "." not in mantissa:  # a whole number is meant as it is
        return 10.0**-decimals
    return 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))


def agreeing(values: Sequence[float], result: Callable[..., float], decimals: int) -> list[str]:
    """Return numbers, the last of which is the `result` of the others: it has so many decimals, and
    the others as many as it takes for what is shown to say so too; small ones two digits at least.
    """
    *values, last = values
    shown = _with_digits(last, decimals)
    for further in range(decimals, MOST_DECIMALS + 1):
        found = [_with_digits(value, further) for value in values]
        if abs(result(*map(float, found)) - float(shown)) <= HALF * _last_place(shown, decimals):
            break
    return [*found, shown]


def told_apart(values: Sequence[float], decimals: int) -> list[str]:
    """Return numbers as `texts` does, with more decimals where different ones would read the
    same.
    """
    for shown in range(decimals, MOST_DECIMALS + 1):
        found = texts(np.array(values), shown)
        if len(set(found)) == len(set(values)):
            break
    return found


def _with_digits(value: float, decimals: int) -> str:
    """Return a number as `texts` does, but a small one with two digits at least."""
    if value and abs(value) < 10.0 ** (1 - decimals):
        return f"{value:.{max(1, decimals - 1)}e}"
    return texts(np.array([value]), decimals)[0]


def without_noise(values: Array, magnitude: Array | float) -> Array:
    """Return the values, but 0 for rounding errors of terms as large as `magnitude`."""
    values = np.asarray(values, dtype=float)
    return np.where(np.abs(values) < NOISE * np.asarray(magnitude), 0.0, values)


def lines_shown(n: int, most: int) -> list[int | None]:
    """Return which of `n` lines are shown where at most `most` fit: the first, None for those left
    out, the last.
    """
    if n <= most:
        return list(range(n))
    return [*range(most - 2), None, n - 1]


def grid(
    shape: tuple[int, ...], cell: Callable[[int, int], Math], labels: Sequence[str] = ()
) -> Grid:
    """Return a matrix of pieces, its middle left out where it is large; `cell` makes the piece of a
    row and a column, from 0, and is called for those shown alone.
    """
    rows, columns = lines_shown(shape[0], MOST_ROWS), lines_shown(shape[1], MOST_COLUMNS)
    shown = tuple(tuple(_entry(cell, i, j) for j in columns) for i in rows)
    if not labels:
        return Grid(shown)
    return Grid(shown, tuple("" if i is None else labels[i] for i in rows))


def _entry(cell: Callable[[int, int], Math], i: int | None, j: int | None) -> Math:
    """Return the entry of row i and column j, or the dots that stand for those left out (None)."""
    if i is None:
        return Digits("⋱" if j is None else "⋮")
    if j is None:
        return Digits("…")
    return cell(i, j)


def number_matrix(values: Array, decimals: int, labels: Sequence[str] = ()) -> Math:
    """Return a number, a row or a matrix of numbers."""
    values = np.asarray(values, dtype=float)
    form = _form(values, decimals)
    if values.ndim == 0:
        return digits(form(float(values)))
    lines = np.atleast_2d(values)
    return grid(lines.shape, lambda i, j: digits(form(lines[i, j])), labels)
