"""Numbers as people write them: text, lists, arrays as NumPy prints them; and how far each may lie
from what was rounded to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from ...activations import Array
from ...checks import is_masked
from ...errors import InputError
from ...prose import shortened, shown
from .rounding import Digits, Rounding, half_unit

EXACT = {np.dtype(np.float32): 1e-6, np.dtype(np.float16): 1e-3}  # of the largest entry
# what float64 leaves of a few operations: of the entry, and of the largest one
FLOAT_ROUNDING, CANCELLED = 1e-12, 1e-16
MOST_POWERS = 300  # powers of ten, either way, that can be calculated with
MOST_LEVELS = 16  # of lists in lists
MOST_ROUNDED = 6  # decimals to which floats may look rounded

NUMERIC_KINDS = "fiub"  # NumPy's letters for floats, whole numbers with and without sign, booleans
NUMBER_PATTERN = r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(inf|infinity|nan)"
ALONE = r"\s*[-+−–]?\s*(\d+([.,]\d*)?|[.,]\d+)\s*"  # one number, perhaps with a decimal comma
# what is printed around the numbers: ``np.array(…)``, ``tensor(…, dtype=float64)``
WRAPPING = r"[\w.]*\(|\)|,?\s*(dtype|device|requires_grad|grad_fn)\s*=\s*[^\s,)\]]+"


@dataclass(frozen=True)
class Numbers:
    """Numbers as they were written.

    Parameters
    ----------
    value : in their shape
    unit : how far each may lie from what was rounded to it
    decimals : how many were written, None for floats
    last, end : of each, the place of its last digit, and of its last digit but zeros; NaN for
        floats, which don't show it
    """

    value: Array
    unit: Array
    decimals: int | None
    last: Array
    end: Array


def read_numbers(given: Any, rounding: Rounding) -> Numbers:
    """Return numbers as they were written.

    `given` may be an array, nested lists, or text; strings and Decimals count digits, unless it is
    said what they were rounded to. A blank among numbers is NaN. Raises `InputError` for what is no
    number, and for rows of unequal length.
    """
    if isinstance(given, str):
        given = _array_in_text(given)
    if is_masked(given):
        raise InputError("it is masked in places, and the mask would be lost: fill or drop these.")
    if isinstance(given, np.ndarray) and given.dtype.kind in NUMERIC_KINDS:
        return _floats(np.array(given, dtype=float), given.dtype, rounding)
    cells = _plain(given)
    if not _regular(cells):
        raise InputError(f"its rows are not all of one length: {shortened(_list_text(cells))}.")
    flat = [_decimal(cell) for cell in np.array(cells, dtype=object).ravel().tolist()]
    value = np.array([float(cell) for cell in flat]).reshape(np.shape(cells))
    if not any(isinstance(cell, Decimal) for cell in flat):
        return _floats(value, np.dtype(float), rounding)
    last, end = (
        np.array([place(cell) for cell in flat]).reshape(value.shape) for place in (_last, _end)
    )
    if rounding.stated:
        count = max(map(_decimals, flat)) if rounding.decimals is None else rounding.decimals
        unit = np.maximum(rounding.unit(value), _float_unit(value, np.dtype(float)))
        return Numbers(value, unit, count, last, end)
    written = [cell if isinstance(cell, Decimal) else Decimal(repr(cell)) for cell in flat]
    unit = np.array(_units(written)).reshape(value.shape)
    smallest = _float_unit(value, np.dtype(float))
    return Numbers(value, np.maximum(unit, smallest), max(map(_decimals, flat)), last, end)


def is_blank(given: Any, levels: int = MOST_LEVELS) -> bool:
    """Whether these are the blanks of an answers file, in which nothing was written."""
    if isinstance(given, (list, tuple)):
        return levels > 0 and all(is_blank(item, levels - 1) for item in given)
    return isinstance(given, str) and not given.strip()


def apparent_decimals(value: Array) -> int | None:
    """Return to how many decimals floats were evidently rounded, None if they were not: at most
    `MOST_ROUNDED`, and some number must need them all.
    """
    finite = value[np.isfinite(value)]
    if not len(finite) or np.array_equal(np.round(finite), finite):
        return None
    for decimals in range(1, MOST_ROUNDED + 1):
        if np.array_equal(np.round(finite, decimals), finite):
            return decimals
    return None


def apparent_figures(values: Sequence[Array]) -> int | None:
    """Return to how many significant figures floats were evidently rounded, None if they were not,
    or to decimals: at most `MOST_ROUNDED`.
    """
    cells = [Decimal(repr(float(cell))) for value in values for cell in value.ravel()]
    ends = [(np.array(float(cell)), np.array(_end(cell)), np.array(_end(cell))) for cell in cells]
    kept = Digits.of(ends).precision(0.0)
    if kept.figures is None or kept.either or kept.figures > MOST_ROUNDED:
        return None
    return kept.figures


def _floats(value: Array, dtype: np.dtype[Any], rounding: Rounding) -> Numbers:
    """Return floats of a type; rounded, if it is said to what."""
    none = np.full(value.shape, np.nan)
    unit = _float_unit(value, dtype)
    if rounding.stated:
        unit = np.maximum(rounding.unit(value), unit)
    return Numbers(value, unit, rounding.decimals, none, none)


def _float_unit(value: Array, dtype: np.dtype[Any]) -> Array:
    """Return how far floats may lie from what they stand for: they are as exact as their type."""
    size = np.where(np.isfinite(value), np.abs(value), 0.0)
    largest = size.max(initial=0.0)
    if dtype in EXACT:
        return np.full(value.shape, EXACT[dtype] * largest)
    return np.asarray(FLOAT_ROUNDING * size + CANCELLED * largest)


# text


def _array_in_text(text: str) -> Any:
    """Return the nested lists of an array as NumPy prints it, or of a number in text."""
    if re.fullmatch(ALONE, text):
        return text
    body = re.sub(WRAPPING, " ", text)
    if "..." in body or "…" in body:
        raise InputError(
            "numbers are left out (...): print all of them, with"
            " np.set_printoptions(threshold=10**6)."
        )
    found = _in_brackets(body, text)
    rows = [line for line in text.strip().splitlines() if line.strip()]
    if "[" not in text and len(rows) > 1:
        return [re.findall(r"[^\s,;]+", line) for line in rows]
    return found[0] if len(found) == 1 else found


def _in_brackets(body: str, text: str) -> list[Any]:
    """Return what stands in the body of a `text`, a list for each pair of brackets.

    Raises `InputError`, which shows the text, where these don't pair or nothing stands there.
    """
    stack: list[list[Any]] = [[]]
    for token in re.findall(r"[\[\]]|[^\s,;\[\]]+", body):
        if token == "[":
            stack.append([])
        elif token != "]":
            stack[-1].append(token)
        elif len(stack) == 1:
            raise InputError(f"a bracket closes that was never opened, in {shortened(text)}.")
        else:
            closed = stack.pop()
            stack[-1].append(closed)
    if len(stack) != 1 or not stack[0]:
        raise InputError(f"it can't be read as an array: {shortened(text)}.")
    return stack[0]


# nested lists


def _list_text(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    return f"[{', '.join(map(_list_text, value))}]"


def _plain(value: Any, levels: int = MOST_LEVELS) -> Any:
    """Return arrays and tuples as nested lists; raise `InputError` for more than so many levels."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        if not levels:
            raise InputError("its lists are nested too deeply: a quantity is rows of numbers.")
        return [_plain(item, levels - 1) for item in value]
    return value


def _regular(value: Any) -> bool:
    """Whether the lists of each level are of one length, and none is empty."""
    if not isinstance(value, list):
        return True
    shapes = {_shape(item) for item in value}
    return len(shapes) == 1 and all(map(_regular, value))


def _shape(value: Any) -> tuple[int, ...]:
    """Return the lengths of nested lists, by the first of each level."""
    if not isinstance(value, list):
        return ()
    if not value:
        return (0,)
    return (len(value), *_shape(value[0]))


# single numbers


def _decimal(cell: Any) -> Decimal | float:
    """Return one number with its digits, or a float; raise `InputError` for what is none, and for
    one that can't be calculated with.
    """
    if isinstance(cell, (int, float, np.number)) and not isinstance(cell, bool):
        return _float(cell)
    if not isinstance(cell, (str, Decimal)):
        raise InputError(f"{shown(cell)} is not a number.")
    text = as_python_writes(str(cell))
    if not re.fullmatch(NUMBER_PATTERN, text, re.IGNORECASE):
        raise InputError(f"{shortened(str(cell))!r} is not a number.")
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise InputError(f"{shortened(text)!r} is not a number.") from None
    if found.is_finite() and found and abs(found.adjusted()) > MOST_POWERS:
        size = "large" if found.adjusted() > 0 else "small"
        raise InputError(f"{shortened(text)} is too {size} to calculate with.")
    return found


def _float(cell: Any) -> float:
    try:
        return float(cell)
    except OverflowError:
        raise InputError(f"{shown(cell)} is too large to calculate with.") from None


def as_python_writes(text: str) -> str:
    """Return a number with Python's minus sign right before it, and a decimal point; ``nan`` for a
    blank among numbers.
    """
    joined = re.sub(r"^([-+−–])\s+", r"\1", text.strip())
    written = joined.replace("−", "-").replace("–", "-")
    if not written:
        return "nan"
    if re.fullmatch(r"[-+]?\d*,\d+", written):
        return written.replace(",", ".")
    return written


def _decimals(cell: Decimal | float) -> int:
    """Return how many digits stand after the point; none in a float, which doesn't show them."""
    if not isinstance(cell, Decimal) or not cell.is_finite():
        return 0
    return max(0, -_exponent(cell))


def _exponent(cell: Decimal) -> int:
    """Return the place of the last digit of a finite number: -2 for 0.25, 3 for 1e3."""
    return int(cell.as_tuple().exponent)


def _last(cell: Decimal | float) -> float:
    """Return the place of the last digit; NaN for what has none, or is a float."""
    if not isinstance(cell, Decimal) or not cell.is_finite():
        return np.nan
    return float(_exponent(cell))


def _end(cell: Decimal | float) -> float:
    """Return the place of the last digit that is no 0; NaN likewise."""
    if not isinstance(cell, Decimal) or not cell.is_finite():
        return np.nan
    digits = "".join(map(str, cell.as_tuple().digits))
    return float(_exponent(cell) + len(digits) - len(digits.rstrip("0")))


def _figures(cell: Decimal) -> int:
    return len(cell.as_tuple().digits) if cell else 0


def _units(cells: list[Decimal]) -> list[float]:
    """Return half a unit of the last digit that each number was rounded to.

    Its own last digit counts where it has a point: it may be shorter than its neighbours because
    zeros were dropped, but who is to know? A whole number among others had its zeros dropped: by
    someone who keeps so many decimals, or so many figures; the likelier is taken. A 0 has no
    figures, so it has as many decimals as its neighbours. Whole numbers in a whole array are exact
    as far as this array tells.
    """
    most, figures = max(map(_decimals, cells)), max(map(_figures, cells))
    finite = [cell for cell in cells if cell.is_finite()]
    if most == 0 and all(not cell or _exponent(cell) == 0 for cell in finite):
        return [0.0] * len(cells)
    units = []
    for cell in cells:
        unit = 0.0
        if cell.is_finite():
            unit = half_unit(_last_place(cell, most, figures))
        units.append(unit)
    return units


def _last_place(cell: Decimal, most: int, figures: int) -> int:
    """Return the place of the last digit that a number was rounded to, by its own digits and by the
    most decimals and the most figures among its neighbours.
    """
    exponent = _exponent(cell)
    if exponent < 0:
        return exponent
    # how many zeros were dropped, if so many decimals are kept, or so many figures
    by_decimals, by_figures = most + exponent, figures - _figures(cell)
    if not cell or by_decimals <= by_figures:
        return -most
    return exponent - by_figures
