"""The formulas of an activation or a loss: read from its text, else followed through its function.

Every other kind of number than floats is computed by them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..formula import Call, Cases, Formula, Name, SumOver
from ..parsing import parse
from ..prose import comma_list
from ..records import Activation, Array, Loss
from ..rewriting import subformulas
from .elementary import CONSTANTS, ELEMENTARY, SPELLINGS
from .entries import Kind, tidy

POINTS = np.array([-2.83, -1.37, -0.64, -0.21, 0.18, 0.52, 1.14, 2.46])[:, None]
AGREES = 1e-9  # relatively, of a formula with the function that it was followed through


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
        a, y = record.points
        return Forms(
            _form(record.formula, record.value, {"a": a, "y": y}),
            _form(record.derivative_formula, record.derivative, {"a": a, "y": y}),
        )
    if record.couples:  # such a function can't be followed: only a text tells
        texts = (record.formula, record.derivative_formula)
        return Forms(*(formula_of(text) if text else None for text in texts))
    with np.errstate(all="ignore"):
        at = {"z": POINTS, "a": np.asarray(record.f(POINTS))}
    value = _form(record.formula, record.f, {"z": POINTS})
    slope = _form(record.derivative_formula, record.derivative, at)
    return Forms(value, slope, _from_a(record, slope, at))


def readable_forms(record: Activation | Loss) -> Forms:
    """Return the formulas of a record; none where its text can't be read."""
    try:
        return forms(record)
    except InputError:
        return Forms(None, None)


def _form(text: str, function: Callable[..., Any], at: dict[str, Array]) -> Formula | None:
    """Return the formula of a text, or of a function; one that was followed must agree with it."""
    if text:
        return formula_of(text)
    from .tracing import trace  # rarely used

    found = trace(function, *at)
    if found is None or not agrees(found, function, at):
        return None
    return tidy(found)


def _from_a(record: Activation, slope: Formula | None, at: dict[str, Array]) -> Formula | None:
    """Return the derivative as one works it out from `a`; None where one can't."""
    if record.slope_from_a:
        return formula_of(record.slope_from_a)
    if slope is None or not any(part == Name("a") for part in subformulas(slope)):
        return None
    return slope if agrees(slope, record.derivative, at) else None


def agrees(formula: Formula, function: Callable[..., Any], at: dict[str, Array]) -> bool:
    """Say whether a formula and a function of arrays give the same at fixed points."""
    try:
        with np.errstate(all="ignore"):
            ours = np.asarray(NUMPY.compute(formula, at), dtype=float)
            theirs = np.asarray(function(*at.values()), dtype=float)
    except Exception:  # whatever a user's function does
        return False
    shape = next(iter(at.values())).shape
    both = np.broadcast_to(ours, shape), np.broadcast_to(theirs, shape)
    return bool(np.allclose(*both, rtol=AGREES, atol=AGREES, equal_nan=True))


def formula_of(text: str) -> Formula:
    """Return the formula of a record's text; raise `InputError` for a function that isn't known."""
    formula = parse(text)
    known = {*ELEMENTARY, *SPELLINGS, "KroneckerDelta"}
    for part in subformulas(formula):
        if isinstance(part, Call) and part.function not in known:
            raise InputError(
                f"{text!r} is not a formula that can be read: {part.function} is not one of"
                f" {comma_list(ELEMENTARY)}."
            )
        if isinstance(part, Name) and not _is_letter(part.name):
            raise InputError(
                f"{text!r} is not a formula that can be read: write it in z, or in a and y, not in"
                f" {part.name}."
            )
    return formula


def _is_letter(name: str) -> bool:
    letter, _, index = name.partition("[")
    if index:
        return letter in ("z", "a")
    return letter in ("z", "a", "y", "n", "i", "j", "k", *CONSTANTS)


def in_a_alone(form: Formula | None) -> bool:
    """Say whether a derivative is one formula in `a` and nothing else, ``a * (1 - a)``."""
    if form is None or any(isinstance(part, (Cases, SumOver)) for part in subformulas(form)):
        return False
    return {part.name for part in subformulas(form) if isinstance(part, Name)} == {"a"}


class NumPy(Kind):
    """NumPy's arrays, by a formula: as one computes who works from the formula in the book."""

    def number(self, value: float) -> float:
        """Return the float."""
        return value

    def call(self, function: str, arguments: list[Any]) -> Any:
        """Return NumPy's function."""
        return ELEMENTARY[SPELLINGS.get(function, function)].floats(*arguments)

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
