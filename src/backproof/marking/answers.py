"""A learner's numbers: what was written, and how exactly, for each quantity."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from ..activations import Array
from ..errors import InputError, unknown
from .spelling import quantity

EXACT = {np.dtype(np.float32): 1e-6, np.dtype(np.float16): 1e-3}
ROUNDING = 1e-12  # of the largest entry: what float64 leaves of a few operations


@dataclass(frozen=True)
class Answer:
    """One quantity as the learner wrote it.

    Parameters
    ----------
    name : the contract's
    written : what he called it
    value : the numbers in his shape
    unit : for each, how far the number that he rounded may lie from it
    decimals : digits after the point, None for floats
    where : the place in a file, for errors: ``answers.toml, line 7: ``
    """

    name: str
    written: str
    value: Array
    unit: Array
    decimals: int | None = None
    where: str = ""


def answers_of(given: Mapping[str, Any], names: Sequence[str], decimals: int | None = None, strict: bool = True,
               places: Mapping[str, str] | None = None) -> dict[str, Answer]:  # fmt: skip
    """Return the answers in a mapping from names to numbers.

    Parameters
    ----------
    given : numbers, nested lists, arrays, or text; strings and Decimals count digits
    names : the quantities of the network
    decimals : how many digits after the point count; for floats, which don't show it
    strict : a name that is no quantity is an error; else it is passed over, as in ``locals()``
    places : by name, where it stands in a file

    Raises `InputError` for a word where a number should be, rows of unequal length, two spellings of one quantity.
    """
    if decimals is not None and (isinstance(decimals, bool) or not isinstance(decimals, int) or decimals < 0):
        raise InputError(f"decimals must be a whole number from 0 up, got {decimals!r}.")
    found: dict[str, Answer] = {}
    for written, numbers in given.items():
        where = (places or {}).get(written, "")
        name = written if written in names else quantity(str(written))
        if name is None or name not in names:
            if strict:
                raise InputError(where + str(unknown("quantity", written, names)))
            continue
        if _unfilled(numbers):
            continue
        try:
            answer = _answer(name, written, numbers, decimals, where)
        except InputError:
            if strict or written == name:
                raise
            continue
        if name in found and name in (found[name].written, written):
            if written == name:
                found[name] = answer
        elif name in found:
            raise InputError(f"{where}{found[name].written} and {written} are both {name}: give one of them.")
        else:
            found[name] = answer
    if not found and any(map(_unfilled, given.values())):
        raise InputError("nothing is filled in: write numbers into the blanks.")
    if not found:
        raise InputError(
            f"there is no quantity among {', '.join(map(str, list(given)[:12])) or 'nothing'}: use names such as {', '.join(names[:5])}."
        )
    return {name: found[name] for name in names if name in found}


def _unfilled(numbers: Any) -> bool:
    """Whether these are the blanks of an answers file, in which nothing was written."""
    if isinstance(numbers, (list, tuple)):
        return all(map(_unfilled, numbers))
    return isinstance(numbers, str) and not numbers.strip()


def _answer(name: str, written: str, numbers: Any, decimals: int | None, where: str) -> Answer:
    if isinstance(numbers, str):
        numbers = _printed(numbers, written, where)
    if isinstance(numbers, np.ndarray) and numbers.dtype.kind in "fiub":
        value = numbers.astype(float)
        return Answer(name, written, value, _float_unit(value, numbers.dtype, decimals), decimals, where)
    cells = _cells(numbers, written, where)
    shape = np.shape(cells)
    flat = [_decimal(cell, f"{where}{written}") for cell in np.array(cells, dtype=object).ravel().tolist()]
    value = np.array([float(cell) for cell in flat]).reshape(shape)
    if decimals is not None or not any(isinstance(cell, Decimal) for cell in flat):
        return Answer(name, written, value, _float_unit(value, np.dtype(float), decimals), decimals, where)
    unit = _units([cell if isinstance(cell, Decimal) else Decimal(repr(cell)) for cell in flat])
    smallest = _float_unit(value, np.dtype(float), None)
    return Answer(name, written, value, np.maximum(np.array(unit).reshape(shape), smallest), max(map(_digits, flat)), where)


def _float_unit(value: Array, dtype: np.dtype[Any], decimals: int | None) -> Array:
    if decimals is not None:
        return np.full(value.shape, 0.5 * 10.0**-decimals) * (1 + 1e-9)
    size = np.abs(value[np.isfinite(value)]).max(initial=0.0)
    return np.full(value.shape, EXACT.get(dtype, ROUNDING) * size)


def _printed(text: str, written: str, where: str) -> Any:
    """Return the nested lists of an array as NumPy prints it, or of a number in text."""
    body = re.sub(r"^\s*array|dtype\s*=\s*\S+|[()]", " ", text)
    tokens = re.findall(r"[\[\]]|[^\s,;\[\]]+", body)
    stack: list[list[Any]] = [[]]
    for token in tokens:
        if token == "[":
            stack.append([])
        elif token == "]":
            if len(stack) == 1:
                raise InputError(f"{where}{written}: a bracket closes that was never opened, in {_short(text)}.")
            closed = stack.pop()
            stack[-1].append(closed)
        else:
            stack[-1].append(token)
    if len(stack) != 1 or not stack[0]:
        raise InputError(f"{where}{written}: can't be read as an array: {_short(text)}.")
    rows = [line for line in text.strip().splitlines() if line.strip()]
    if "[" not in text and len(rows) > 1:
        return [re.findall(r"[^\s,;]+", line) for line in rows]
    return stack[0][0] if len(stack[0]) == 1 else stack[0]


def _cells(numbers: Any, written: str, where: str) -> Any:
    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return plain(value.tolist())
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        return value

    cells = plain(numbers)
    if not _regular(cells):
        raise InputError(f"{where}{written}: its rows are not all of one length: {_short(str(numbers))}.")
    return cells


def _regular(value: Any) -> bool:
    if not isinstance(value, list):
        return True
    shapes = {_shape(item) for item in value}
    return len(value) > 0 and len(shapes) == 1 and all(map(_regular, value))


def _shape(value: Any) -> tuple[int, ...]:
    return (len(value), *(_shape(value[0]) if value else ())) if isinstance(value, list) else ()


def _decimal(cell: Any, what: str) -> Decimal | float:
    if isinstance(cell, bool) or cell is None:
        raise InputError(f"{what}: {cell!r} is not a number.")
    if isinstance(cell, Decimal):
        return cell
    if isinstance(cell, (int, float, np.number)):
        return float(cell)
    text = str(cell).strip().replace("−", "-") or "NaN"  # a blank among numbers
    text = text.replace(",", ".") if re.fullmatch(r"[-+]?\d*,\d+", text) else text
    try:
        return Decimal(text)
    except InvalidOperation:
        raise InputError(f"{what}: {_short(text)!r} is not a number.") from None


def _digits(cell: Decimal | float) -> int:
    exponent = cell.as_tuple().exponent if isinstance(cell, Decimal) else 0
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _figures(cell: Decimal) -> int:
    return len(cell.as_tuple().digits) if cell else 0


def _units(cells: list[Decimal]) -> list[float]:
    """Return half a unit of the last digit that each number was rounded to.

    A number shorter than its neighbours had its zeros dropped: by someone who keeps so many decimals, or so many figures; the likelier is
    taken. Whole numbers in a whole array are exact.
    """
    most, figures = max(map(_digits, cells)), max(map(_figures, cells))
    if most == 0 and all(cell.as_tuple().exponent == 0 or not cell.is_finite() for cell in cells):
        return [0.0] * len(cells)
    found = []
    for cell in cells:
        if not cell.is_finite():
            found.append(0.0)
            continue
        exponent = int(cell.as_tuple().exponent)
        by_decimals, by_figures = most + exponent, figures - _figures(cell)
        place = -most if by_decimals <= by_figures or not cell else exponent - by_figures
        found.append(0.5 * 10.0**place * (1 + 1e-9))
    return found


def _short(text: str, limit: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
