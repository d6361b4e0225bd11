"""The formulas of an activation or a loss: read from its text, else followed through its function.

Every other kind of number than floats is computed by them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeGuard

import numpy as np

from ..errors import InputError
from ..formula import ZERO, Call, Cases, Compare, Formula, Name, Number, Power, SumOver
from ..records import NEAR, Activation, Array, Loss, row_layouts
from ..rewriting import names, subformulas
from .elementary import elementary
from .entries import Kind, entry_of, row_names, tidy
from .texts import formula_of

OUTPUTS = (2, 4)  # of one that couples a row, where its formula is compared with it
LARGE = 1e9  # a value beyond this is none of a sigmoid or of its kin
MOST_BELOW = 1000  # below the line of a simple fraction
POINTS = np.array([-2.83, -1.37, -0.64, -0.21, 0.18, 0.52, 1.14, 2.46])[:, None]
AGREES = 1e-9  # of a formula with its function, relatively; absolutely of what is below 1


@dataclass(frozen=True)
class Forms:
    """The formulas of a record.

    Parameters
    ----------
    value : of its function, in `z`, or in `a` and `y`; None if it has none that can be read
    slope : of its derivative; None likewise
    slope_from_a : of an activation's derivative as one works it out from `a` alone, or from both
    """

    value: Formula | None
    slope: Formula | None
    slope_from_a: Formula | None = None

    @property
    def whole(self) -> bool:
        """Whether both formulas are there."""
        return self.value is not None and self.slope is not None


@functools.lru_cache(maxsize=256)
def forms(record: Activation | Loss) -> Forms:
    """Return the formulas of a record; raise `InputError` for a text that is none."""
    if isinstance(record, Loss):
        at = dict(zip("ay", record.points, strict=True))
        return Forms(
            _form(record.formula, record.value, at),
            _form(record.derivative_formula, record.derivative, at),
        )
    if record.couples:  # such a function can't be followed: only a text tells
        texts = record.formula, record.derivative_formula
        return Forms(
            formula_of(texts[0], "z", "j") if texts[0] else None,
            formula_of(texts[1], "za", "jk") if texts[1] else None,
        )
    at = _points_of(record)
    value = _form(record.formula, record.f, {"z": POINTS})
    slope = _form(record.derivative_formula, record.derivative, at)
    return Forms(value, slope, _from_a(record, slope, at))


def _points_of(record: Activation) -> dict[str, Array]:
    """Return the points with what the function makes of them; NaN of one that can't be asked."""
    try:
        with np.errstate(all="ignore"):
            a = np.asarray(record.f(POINTS.copy()), dtype=float)
    except Exception:  # whatever a user's function does
        a = np.full(POINTS.shape, np.nan)
    return {"z": POINTS, "a": a}


@functools.lru_cache(maxsize=256)
def agreeing_forms(record: Activation | Loss) -> Forms:
    """Return the formulas of a record that are what its functions are; none where its text can't be
    read, or says something else.
    """
    try:
        found = forms(record)
    except InputError:
        return Forms(None, None)
    if isinstance(record, Loss):
        at = dict(zip("ay", record.points, strict=True))
        return Forms(
            _if_agreeing(found.value, record.value, at),
            _if_agreeing(found.slope, record.derivative, at),
        )
    if record.couples:
        return _agreeing_rows(record, found)
    at = _points_of(record)
    return Forms(
        _if_agreeing(found.value, record.f, {"z": POINTS}),
        _if_agreeing(found.slope, record.derivative, at),
        _if_agreeing(found.slope_from_a, record.derivative, at),
    )


def _form(text: str, function: Callable[..., Any], at: dict[str, Array]) -> Formula | None:
    """Return the formula of a text, or of a function; one that was followed must agree with it."""
    if text:
        return formula_of(text, tuple(at))
    from .tracing import trace  # rarely used

    found = _if_agreeing(trace(function, *at), function, at)
    return None if found is None else tidy(found)


def _if_agreeing(
    formula: Formula | None, function: Callable[..., Any], at: dict[str, Array]
) -> Formula | None:
    return formula if formula is not None and agrees(formula, function, at) else None


def agrees(formula: Formula, function: Callable[..., Any], at: dict[str, Array]) -> bool:
    """Say whether a formula and a function of arrays give the same at fixed points."""
    try:
        with np.errstate(all="ignore"):
            ours = np.asarray(NUMPY.compute(formula, at), dtype=float)
            return all(
                _near(ours, function(*rows), rows[0].shape) for rows in row_layouts(*at.values())
            )
    except Exception:  # whatever a user's function does
        return False


def _near(ours: Array, theirs: Any, shape: tuple[int, ...]) -> bool:
    """Whether a column of numbers is what a function gave, (k, 1) or laid in rows."""
    found = np.broadcast_to(np.asarray(theirs, dtype=float), shape).ravel()
    column = np.broadcast_to(ours, (found.size, 1)).ravel()
    return np.allclose(column, found, rtol=AGREES, atol=AGREES, equal_nan=True)


def _agreeing_rows(record: Activation, found: Forms) -> Forms:
    """Return of the formulas of one that couples a row those that are what its functions are, for
    few outputs and for more.
    """
    value, slope = found.value, found.slope
    for n in OUTPUTS:
        z = POINTS.reshape(-1, n)
        try:
            with np.errstate(all="ignore"):
                a = np.asarray(record.f(z.copy()), dtype=float)
                da_dz = np.asarray(record.derivative(z.copy(), a.copy()), dtype=float)
        except Exception:  # whatever a user's function does
            return Forms(None, None)
        if a.shape != z.shape or da_dz.shape != (*z.shape, n):
            return Forms(None, None)
        known = row_names(z=z.T[..., None], a=a.T[..., None])
        value = value and _agrees_in_row(value, known, a, "j")
        slope = slope and _agrees_in_row(slope, known, da_dz, "jk")
    return Forms(value, slope)


def _agrees_in_row(
    formula: Formula, known: dict[str, Array], values: Array, entry: str
) -> Formula | None:
    """Return a formula of the entry of a row, if it gives these values (m, n) or (m, n, n)."""
    n = values.shape[1]
    for places in np.ndindex(values.shape[1:]):
        index = {letter: place + 1 for letter, place in zip(entry, places, strict=True)}
        expected = values[:, *places][:, None]
        try:
            with np.errstate(all="ignore"):
                ours = np.asarray(NUMPY.compute(entry_of(formula, n, **index), known), dtype=float)
        except (InputError, ArithmeticError):
            return None
        if not _near(ours, expected, expected.shape):
            return None
    return formula


def _from_a(record: Activation, slope: Formula | None, at: dict[str, Array]) -> Formula | None:
    """Return the derivative as one works it out from `a`; None where one can't."""
    if record.slope_from_a:
        return formula_of(record.slope_from_a, tuple(at))
    letters = set() if slope is None else set(names(slope))
    own = _if_agreeing(slope, record.derivative, at) if "a" in letters else None
    if own is not None and "z" not in letters:
        return own
    return _square_of_a(record) or own


def _square_of_a(record: Activation) -> Formula | None:
    """Return the derivative as ``c0 + c1 * a + c2 * a * a``, which it is for the sigmoid, tanh and
    their kin, whatever their functions look like; None if it isn't.
    """
    a, slopes = record.on_grid
    if a.shape != NEAR.shape or slopes.shape != NEAR.shape:
        return None
    if not (np.abs(a) < LARGE).all() or not np.isfinite(slopes).all():
        return None
    found = np.linalg.lstsq(np.hstack([a**0, a, a * a]), slopes, rcond=None)[0].ravel()
    c0, c1, c2 = (_plain(float(value)) for value in found)
    of_a = Name("a")
    formula = c0 + c1 * of_a + c2 * (of_a * of_a)
    if c0 == ZERO:
        formula = of_a * (c1 + c2 * of_a)
    formula = tidy(formula)
    if of_a not in subformulas(formula):
        return None
    return _if_agreeing(formula, record.derivative, {"z": NEAR, "a": a})


def _plain(value: float) -> Number:
    """Return the simple fraction that a number is next to; else the number itself."""
    simple = float(Fraction(value).limit_denominator(MOST_BELOW))
    return Number(simple if abs(simple - value) < AGREES else value)


def in_a_alone(form: Formula | None) -> TypeGuard[Formula]:
    """Say whether a derivative is one formula in `a` and nothing else, reckoned without calling a
    function: ``a * (1 - a)``.
    """
    if form is None or not is_arithmetic(form):
        return False
    return {part.name for part in subformulas(form) if isinstance(part, Name)} == {"a"}


def is_arithmetic(form: Formula) -> bool:
    """Say whether a formula is made by the four operations and whole powers."""
    return all(_is_arithmetic(part) for part in subformulas(form))


def _is_arithmetic(part: Formula) -> bool:
    match part:
        case Power(_, Number(exponent)):
            return exponent.is_integer() and exponent > 0
        case Power() | Call() | Cases() | Compare() | SumOver():
            return False
    return True


class NumPy(Kind):
    """NumPy's arrays, by a formula: as one computes who works from the formula in the book."""

    def number(self, value: float) -> float:
        """Return the float."""
        return value

    def call(self, function: str, arguments: list[Any]) -> Any:
        """Return NumPy's function."""
        return elementary(function).floats(*arguments)

    def cases(self, values: list[Callable[[], Any]], conditions: list[Callable[[], Any]]) -> Any:
        """Return the first of the values whose condition holds, entry by entry."""
        found = [value() for value in values]
        where = [condition() for condition in conditions]
        shape = np.broadcast_shapes(*map(np.shape, (*found, *where)))
        return np.select(
            [np.broadcast_to(np.asarray(one) != 0, shape) for one in where],
            [np.broadcast_to(one, shape) for one in found],
        )


NUMPY = NumPy()


def function_of(formula: Formula, *letters: str) -> Callable[..., Array]:
    """Return the NumPy function of a formula, element by element in these letters."""

    def function(*arrays: Array) -> Array:
        value = NUMPY.compute(formula, dict(zip(letters, arrays, strict=True)))
        return np.broadcast_to(np.asarray(value, dtype=float), np.shape(arrays[0]))

    return function
