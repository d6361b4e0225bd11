"""What the chain rule builds on: each activation's and each loss's derivative is the derivative of
its formula, by SymPy.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from ..arithmetic.entries import entry_of, row_names
from ..arithmetic.forms import NUMPY, POINTS, forms
from ..arithmetic.symbols import SYMPY, Expression, expression, symbol
from ..formula import ZERO, Call, Cases, Compare, Formula, Negative, Number
from ..prose import shortened, spoken_list
from ..records import Activation, Loss
from ..rewriting import parts, with_parts

MANY_POINTS = 1001  # between two kinks, at which a formula must have one branch
SHARES = (0.04, 0.27, 0.5, 0.71, 0.93)  # of the way from one kink to the next
COMPARED_DIGITS = 30  # with which two forms are compared at a point
DIFFERS = 1e-12  # relatively: more than a constant that was rounded to a float64 explains
LARGEST_EXPONENT, MOST_OPERATIONS = 64, 400  # of a form that algebra is done with
LONGEST = 200  # characters of a form that is shown
MOST_CLASSES = 4  # one that couples a row is proved for so many outputs, whatever their number


@dataclass(frozen=True)
class Lemma:
    """One derivative that was compared with its formula.

    Parameters
    ----------
    of : what it is of, ``sigmoid``
    holds : whether it is proved; None where there is no formula to prove it by, or where algebra
        can't tell
    words : what was shown, or what is wrong
    """

    of: str
    holds: bool | None
    words: str


def is_zero(difference: Expression) -> bool:
    """Whether an expression is 0, shown by algebra."""
    if difference == 0:
        return True
    if not _is_small(difference):
        return False
    if sympy.expand(difference) == 0:
        return True
    return any(sympy.simplify(form) == 0 for form in (difference, difference.rewrite(sympy.exp)))


def _is_small(form: Expression) -> bool:
    """Whether algebra with an expression takes no longer than a reader waits."""
    powers = (power.exp for power in form.atoms(sympy.Pow) if power.exp.is_number)
    if any(abs(exponent) > LARGEST_EXPONENT for exponent in powers):
        return False
    return bool(sympy.count_ops(form) <= MOST_OPERATIONS)


@functools.lru_cache(maxsize=64)
def lemma(record: Activation | Loss) -> Lemma:
    """Compare a record's derivative with the derivative of its formula."""
    value, slope = forms(record).value, forms(record).slope
    if value is None:
        return _without_formula(record, "formula")
    if slope is None:
        return _without_formula(record, "derivative_formula")
    if isinstance(record, Loss):
        return _loss_lemma(record, value, slope)
    if record.couples:
        return _coupled_lemma(record, value, slope)
    return _activation_lemma(record, value, slope)


def _loss_lemma(record: Loss, value: Formula, slope: Formula) -> Lemma:
    letters = {"a": symbol("a", positive=True), "y": symbol("y")}
    true = sympy.diff(expression(value, **letters), letters["a"])
    pairs = zip(*(values.ravel().tolist() for values in record.points), strict=True)
    points = [dict(zip(letters.values(), pair, strict=True)) for pair in pairs]
    return _comparison(record.name, "a", true, expression(slope, **letters), [{}], points)


def _without_formula(record: Activation | Loss, which: str) -> Lemma:
    words = f"{record.name} has no {which} and its function can't be followed"
    if isinstance(record, Activation) and record.couples:
        words = f"{record.name} couples a row and has no {which}, so it is not proved by symbols"
    return Lemma(record.name, None, f"{words}: give {which}= to have it proved.")


def _activation_lemma(record: Activation, value: Formula, slope: Formula) -> Lemma:
    # piecewise formulas are compared on each side of their kinks, where each is one expression:
    # at a positive number p above the last kink and below the first
    kinks = sorted(filter(math.isfinite, record.kinks)) or [0.0]
    p, z = symbol("p", positive=True), symbol("z")
    f = expression(value, z=z)
    true, given = sympy.diff(f, z), expression(slope, z=z, a=f)
    above, below = SYMPY.number(kinks[-1]) + p, SYMPY.number(kinks[0]) - p
    inside = [
        *POINTS.ravel().tolist(),
        *(at for pair in itertools.pairwise(kinks) for at in _between(*pair)),
    ]
    points = [{z: point} for point in inside if point not in kinks]
    found = _comparison(record.name, "z", true, given, [{z: above}, {z: below}], points)
    if not found.holds or all(
        _holds_between(value, slope, *pair) for pair in itertools.pairwise(kinks)
    ):
        return found
    return _compared_at_points(record.name, "z", true, given, points)


def _between(low: float, high: float) -> list[float]:
    """Return points between two kinks."""
    return [low + (high - low) * share for share in SHARES]


def _holds_between(value: Formula, slope: Formula, low: float, high: float) -> bool:
    """Whether a slope is the derivative of a value between two kinks, shown by algebra: there each
    of them has one branch, as far as a thousand points tell.
    """
    known = {"z": np.linspace(low, high, MANY_POINTS + 2)[1:-1]}
    with np.errstate(all="ignore"):
        known["a"] = np.broadcast_to(NUMPY.compute(value, known), known["z"].shape)
        if not all(_is_settled(form, known) for form in (value, slope)):
            return False
        middle = {letter: values[MANY_POINTS // 2] for letter, values in known.items()}
        own_value, own_slope = _branch_at(value, middle), _branch_at(slope, middle)
    z = symbol("z")
    f = expression(own_value, z=z)
    return is_zero(sympy.diff(f, z) - expression(own_slope, z=z, a=f))


def _is_settled(formula: Formula, known: dict[str, Any]) -> bool:
    """Whether every condition of a formula, and every sign that Abs, Max, Min and sign go by, is
    the same at all of these points.
    """
    match formula:
        case Compare():
            tested = NUMPY.compute(formula, known)
        case Call("Abs" | "abs" | "sign", (of,)):
            tested = np.sign(NUMPY.compute(of, known))
        case Call("Max" | "max" | "Min" | "min", (one, other)):
            tested = NUMPY.compute(one, known) > NUMPY.compute(other, known)
        case _:
            tested = 0.0
    if np.ptp(np.asarray(tested, dtype=float)) != 0:
        return False
    # of a condition, what it is made of may change as long as it doesn't
    return isinstance(formula, Compare) or all(_is_settled(one, known) for one in parts(formula))


def _branch_at(formula: Formula, known: dict[str, Any]) -> Formula:
    """Return what a piecewise formula is near a point: its branch there, without Abs, Max, Min and
    sign.
    """

    def value(part: Formula) -> float:
        return float(np.asarray(NUMPY.compute(part, known)))

    def change(part: Formula) -> Formula:
        match part:
            case Cases(values, conditions):
                held = (one for one, when in zip(values, conditions, strict=True) if value(when))
                return change(next(held, ZERO))
            case Call("Abs" | "abs", (of,)):
                return change(of) if value(of) > 0 else Negative(change(of))
            case Call("sign", (of,)):
                return Number(float(np.sign(value(of))))
            case Call("Max" | "max", (one, other)):
                return change(one if value(one) > value(other) else other)
            case Call("Min" | "min", (one, other)):
                return change(other if value(one) > value(other) else one)
        return with_parts(part, change)

    return change(formula)


def _comparison(
    name: str,
    letter: str,
    true: Expression,
    given: Expression,
    sides: list[dict[Any, Any]],
    points: list[dict[Any, float]],
) -> Lemma:
    """Compare a given derivative with the true one, by a letter: by algebra on each side of the
    kinks, where symbols have these values; where that shows nothing, at points.
    """
    if all(is_zero((true - given).subs(side).doit()) for side in sides):
        return Lemma(name, True, f"the derivative of {name} is that of its formula")
    return _compared_at_points(name, letter, true, given, points)


def _compared_at_points(
    name: str, letter: str, true: Expression, given: Expression, points: list[dict[Any, float]]
) -> Lemma:
    """Compare a given derivative with the true one, by a letter, where algebra shows nothing."""
    if not any(_differ(true, given, point) for point in points):
        words = (
            f"{name}: the derivative given agrees with that of its formula at {len(points)} points,"
            " but algebra can't show that they are equal everywhere"
        )
        return Lemma(name, None, words)
    words = (
        f"{name}: the derivative given is {shortened(str(given), LONGEST)}, but the derivative of"
        f" its formula by {letter} is {shortened(str(_simple(true)), LONGEST)}."
    )
    return Lemma(name, False, words)


def _simple(form: Expression) -> Expression:
    return sympy.simplify(form) if _is_small(form) else form


def _differ(one: Expression, other: Expression, point: dict[Any, float]) -> bool:
    """Whether two expressions have different values at a point; False where one has none."""
    at = {letter: sympy.Float(str(value), COMPARED_DIGITS) for letter, value in point.items()}
    values = [sympy.N(form.subs(at), COMPARED_DIGITS) for form in (one, other)]
    if not all(value.is_finite and value.is_real for value in values):
        return False
    return bool(abs(values[0] - values[1]) > DIFFERS * (1 + abs(values[0])))


def _coupled_lemma(record: Activation, value: Formula, slope: Formula) -> Lemma:
    n = MOST_CLASSES
    places = range(1, n + 1)
    z = [symbol(f"z{k}") for k in places]
    row = [SYMPY.compute(entry_of(value, n, j=j), row_names(z=z)) for j in places]
    points = [dict(zip(z, at, strict=True)) for at in POINTS.reshape(-1, n).tolist()]
    open_places = []
    for j, k in itertools.product(places, repeat=2):
        given = SYMPY.compute(entry_of(slope, n, j=j, k=k), row_names(z=z, a=row))
        true = sympy.diff(row[j - 1], z[k - 1])
        if is_zero(true - given):
            continue
        if any(_differ(true, given, point) for point in points):
            words = f"{record.name}: the derivative of output {j} by z[{k}] is not {given}."
            return Lemma(record.name, False, words)
        open_places.append(f"output {j} by z[{k}]")
    if open_places:
        words = (
            f"{record.name}: algebra can't show that the derivative given is that of its formula,"
            f" of {spoken_list(open_places, 2)}"
        )
        return Lemma(record.name, None, words)
    words = f"the derivative of {record.name} is that of its formula (for {n} classes)"
    return Lemma(record.name, True, words)
