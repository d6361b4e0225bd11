"""Numbers as people write them: text, lists, arrays as NumPy prints them; and how far each may lie
from what was rounded to it.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from ...activations import Array
from ...errors import InputError

EXACT = {
    np.dtype(np.float32): 1e-6,
    np.dtype(np.float16): 1e-3,
}  # of the largest entry, of less exact floats
FLOAT_ROUNDING, CANCELLED = (
    1e-12,
    1e-16,
)  # what float64 leaves of a few operations: of the entry, and of the largest one
MOST_POWERS = 300  # powers of ten, either way, that can be calculated with
NUMBER_PATTERN = r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(inf|infinity|nan)"


def read_numbers(given: Any, decimals: int | None) -> tuple[Array, Array, int | None]:
    """Return numbers, how far each may lie from what was rounded to it, and how many decimals were
    written (None for floats).

    `given` may be an array, nested lists, or text; strings and Decimals count digits. With
    `decimals`, so many count. A blank among numbers is NaN. Raises `InputError` for what is no
    number, and for rows of unequal length.
    """
    if isinstance(given, str):
        given = _printed(given)
    if isinstance(given, np.ndarray) and given.dtype.kind in "fiub":
        value = np.array(given, dtype=float)
        return value, _float_unit(value, given.dtype, decimals), decimals
    cells = _plain(given)
    if not _regular(cells):
        raise InputError(f"its rows are not all of one length: {short(_list_text(cells))}.")
    flat = [_decimal(cell) for cell in np.array(cells, dtype=object).ravel().tolist()]
    value = np.array([float(cell) for cell in flat]).reshape(np.shape(cells))
    if decimals is not None or not any(isinstance(cell, Decimal) for cell in flat):
        return value, _float_unit(value, np.dtype(float), decimals), decimals
    unit = _units([cell if isinstance(cell, Decimal) else Decimal(repr(cell)) for cell in flat])
    smallest = _float_unit(value, np.dtype(float), None)
    return (
        value,
        np.maximum(np.array(unit).reshape(value.shape), smallest),
        max(map(_decimals, flat)),
    )


def is_blank(given: Any) -> bool:
    """Whether these are the blanks of an answers file, in which nothing was written."""
    if isinstance(given, (list, tuple)):
        return all(map(is_blank, given))
    return isinstance(given, str) and not given.strip()


def looks_rounded(value: Array) -> int | None:
    """Return to how many decimals floats were evidently rounded, None if they were not: at most 6,
    and some number must need them all.
    """
    finite = value[np.isfinite(value)]
    for decimals in range(1, 7):
        if len(finite) and np.array_equal(np.round(finite, decimals), finite):
            return decimals if not np.array_equal(np.round(finite), finite) else None
    return None


def short(text: str, limit: int = 60) -> str:
    """Return a text on one line, cut off where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _float_unit(value: Array, dtype: np.dtype[Any], decimals: int | None) -> Array:
    if decimals is not None:
        return np.full(value.shape, 0.5 * 10.0**-decimals) * (1 + 1e-9)
    size = np.where(np.isfinite(value), np.abs(value), 0.0)
    largest = size.max(initial=0.0)
    return (
        np.full(value.shape, EXACT[dtype] * largest)
        if dtype in EXACT
        else np.asarray(FLOAT_ROUNDING * size + CANCELLED * largest)
    )


def _printed(text: str) -> Any:
    """Return the nested lists of an array as NumPy prints it, or of a number in text."""
    if re.fullmatch(r"\s*[-+−–]?\s*(\d+([.,]\d*)?|[.,]\d+)\s*", text):
        return text
    body = re.sub(
        r"[\w.]*\(|\)|,?\s*(dtype|device|requires_grad|grad_fn)\s*=\s*[^\s,)\]]+", " ", text
    )
    if "..." in body or "…" in body:
        raise InputError(
            "numbers are left out (...): print all of them, with"
            " np.set_printoptions(threshold=10**6)."
        )
    stack: list[list[Any]] = [[]]
    for token in re.findall(r"[\[\]]|[^\s,;\[\]]+", body):
        if token == "[":
            stack.append([])
        elif token != "]":
            stack[-1].append(token)
        elif len(stack) == 1:
            raise InputError(f"a bracket closes that was never opened, in {short(text)}.")
        else:
            closed = stack.pop()
            stack[-1].append(closed)
    if len(stack) != 1 or not stack[0]:
        raise InputError(f"it can't be read as an array: {short(text)}.")
    rows = [line for line in text.strip().splitlines() if line.strip()]
    if "[" not in text and len(rows) > 1:
        return [re.findall(r"[^\s,;]+", line) for line in rows]
    return stack[0][0] if len(stack[0]) == 1 else stack[0]


def _list_text(value: Any) -> str:
    return f"[{', '.join(map(_list_text, value))}]" if isinstance(value, list) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _regular(value: Any) -> bool:
    if not isinstance(value, list):
        return True
    return (
        len(value) > 0 and len({_shape(item) for item in value}) == 1 and all(map(_regular, value))
    )


def _shape(value: Any) -> tuple[int, ...]:
    return (len(value), *(_shape(value[0]) if value else ())) if isinstance(value, list) else ()


def _decimal(cell: Any) -> Decimal | float:
    if isinstance(cell, (int, float, np.number)) and not isinstance(cell, bool):
        try:
            return float(cell)
        except OverflowError:
            raise InputError(
                f"a number of {len(str(cell))} digits is too large to calculate with."
            ) from None
    if not isinstance(cell, (str, Decimal)):
        raise InputError(f"{short(repr(cell))} is not a number.")
    text = (
        re.sub(r"^([-+−–])\s+", r"\1", str(cell).strip()).replace("−", "-").replace("–", "-")
        or "nan"
    )  # a blank among numbers
    text = text.replace(",", ".") if re.fullmatch(r"[-+]?\d*,\d+", text) else text
    if not re.fullmatch(NUMBER_PATTERN, text, re.IGNORECASE):
        raise InputError(f"{short(str(cell))!r} is not a number.")
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise InputError(f"{short(text)!r} is not a number.") from None
    if found.is_finite() and found and abs(found.adjusted()) > MOST_POWERS:
        raise InputError(
            f"{short(text)} is too {'large' if found.adjusted() > 0 else 'small'} to calculate"
            " with."
        )
    return found


def _decimals(cell: Decimal | float) -> int:
    exponent = cell.as_tuple().exponent if isinstance(cell, Decimal) else 0
    return max(0, -exponent) if isinstance(exponent, int) else 0


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
    if most == 0 and all(
        not cell.is_finite() or not cell or cell.as_tuple().exponent == 0 for cell in cells
    ):
        return [0.0] * len(cells)
    found = []
    for cell in cells:
        if not cell.is_finite():
            found.append(0.0)
            continue
        exponent = int(cell.as_tuple().exponent)
        by_decimals, by_figures = most + exponent, figures - _figures(cell)
        place = (
            exponent
            if exponent < 0
            else -most
            if not cell or by_decimals <= by_figures
            else exponent - by_figures
        )
        found.append(0.5 * 10.0**place * (1 + 1e-9))
    return found
