"""How far somebody rounds: to decimals or to significant figures, as they say or as it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InputError
from ...prose import shown
from ...records import Array

BEYOND_HALF = 1 + 1e-9  # a number halfway between two may be rounded to either, in floats too
COARSEST = 0.5  # nobody rounds a step on the way further than to whole numbers, unless to figures
MOST_DIGITS = 100  # that can be asked for
OFTEN_EXACT = 2  # digits of a number that may well be exact: one of so few shows little
DROPPED = 0.3  # zeros for each number that may have been dropped at its end; by chance it is 1/9


def half_unit(place: Any) -> Any:
    """Return half a unit of the decimal place 10^`place`."""
    return 0.5 * 10.0**place * BEYOND_HALF


def places(size: Array) -> Array:
    """Return how many digits stand before the point, negative for zeros after it; 1 for 0."""
    return np.asarray(np.floor(np.log10(np.where(size > 0, size, 1.0))) + 1)


@dataclass(frozen=True)
class Rounding:
    """What somebody says that they rounded to; raises `InputError` for what can't be.

    Parameters
    ----------
    decimals : digits after the point, None if that isn't said
    figures : significant figures, None likewise; not both
    """

    decimals: int | None = None
    figures: int | None = None

    def __post_init__(self) -> None:
        _check_count("decimals", self.decimals, 0)
        _check_count("figures", self.figures, 1)
        if self.decimals is not None and self.figures is not None:
            raise InputError(
                f"got decimals {self.decimals} and figures {self.figures}: give one of them, digits"
                " after the point or significant figures."
            )

    @property
    def stated(self) -> bool:
        """Whether anything is said."""
        return self.decimals is not None or self.figures is not None

    def unit(self, value: Array) -> Array:
        """Return how far each number may lie from what was rounded to it, where that is said."""
        return self.precision.at(np.abs(np.where(np.isfinite(value), value, 0.0)))

    @property
    def precision(self) -> Precision:
        """The same for numbers that aren't shown."""
        if self.decimals is not None:
            return Precision(half_unit(-self.decimals))
        return Precision(0.0, self.figures)


def _check_count(name: str, count: Any, least: int) -> None:
    if count is None:
        return
    whole = isinstance(count, int) and not isinstance(count, bool)
    if not whole or not least <= count <= MOST_DIGITS:
        raise InputError(
            f"{name} must be a whole number from {least} to {MOST_DIGITS}, got {shown(count)}."
        )


@dataclass(frozen=True)
class Precision:
    """How far someone rounds: to so many decimals, or to so many significant figures.

    Parameters
    ----------
    unit : half a unit of their usual last decimal; 0 if they don't round
    figures : how many they keep; None if they go by decimals
    either : whether it could be both
    """

    unit: float = 0.0
    figures: int | None = None
    either: bool = False

    def at(self, size: Array) -> Array:
        """Return how far numbers of this size may lie from what they were rounded to."""
        unit = np.full(np.shape(size), self.unit)
        if self.figures is None:
            return unit
        relative = np.where(size > 0, half_unit(places(size) - self.figures), unit)
        return np.maximum(unit, relative) if self.either else relative


@dataclass(frozen=True)
class Digits:
    """Where the digits of written numbers end.

    Parameters
    ----------
    value : the numbers, none of them 0
    last : the place of the last digit of each: -2 for 4.50
    end : the place of its last digit but zeros: -1 for 4.50, 2 for 16800
    """

    value: Array
    last: Array
    end: Array

    @classmethod
    def of(cls, given: Sequence[tuple[Array, Array, Array]]) -> Digits:
        """Return those of several arrays of values and places; without zeros and what is no
        number, or has no digits.
        """
        value, last, end = (
            np.concatenate([np.empty(0), *(np.ravel(one[i]) for one in given)]) for i in range(3)
        )
        some = (value != 0) & np.isfinite(value) & np.isfinite(last)
        return cls(value[some], last[some], end[some])

    @property
    def whole(self) -> Array:
        """Which numbers are whole: their zeros may be padding."""
        return self.end >= 0

    def precision(self, unit: float) -> Precision:
        """Return how far someone rounds whose digits these are, and whose usual last decimal is
        `unit`.

        Who keeps so many decimals writes numbers of different figures, and the reverse; at the end
        of a number zeros may be dropped, before the point they may be padding. What asks for fewer
        dropped zeros is what they keep.
        """
        count = places(np.abs(self.value))
        written = count - self.last
        least = np.where(self.whole, count - self.end, written)
        short = (count <= OFTEN_EXACT) & (least <= OFTEN_EXACT)
        tell = ~short if (~short).any() else ~self.whole
        if not tell.any():
            return Precision(unit)
        figures = int(least[tell].max())
        by_figures = np.maximum(0, figures - written[tell])
        by_decimals = max(0.0, float(-self.last[tell].min())) + self.last[tell]
        by_decimals += np.maximum(0, self.end[tell] - self.last[tell].clip(0))  # 16800.0
        if by_decimals.sum() < by_figures.sum() and by_decimals.mean() <= DROPPED:
            return Precision(unit)
        if by_figures.mean() > DROPPED:  # neither shows: numbers of any length
            figures = max(1, int(np.median(least[tell])))
            return Precision(unit, figures, either=True)
        return Precision(unit, figures, either=bool(by_decimals.mean() <= DROPPED))
