"""The record of an activation or a loss: its functions, and all that is true of them.

A built-in one is a record like a user's own. What the rest of the house wants to know stands here:
as a field where somebody has to say it, else as a property that is found from the functions at
fixed points. So an activation or loss of one's own is derived, proved, marked, drawn and diagnosed
like a built-in one, and nobody asks for one by its name.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .errors import InputError
from .prose import shown

Array = np.ndarray[Any, np.dtype[Any]]

# where facts about an activation are found: close together, and far out
NEAR = np.linspace(-10, 10, 401)[:, None]
FAR = np.array([-1e6, -1e3, -200, -50, -20, 20, 50, 200, 1e3, 1e6])[:, None]
# where facts about a loss are found: outputs and targets that are probabilities, and steps away
# from a target, exact in binary, where outputs may be any number
OUTPUTS_NEAR, TARGETS_NEAR = (2.0**-20, 0.1, 0.35, 0.8, 1 - 2.0**-20), (0.0, 0.3, 1.0)
STEPS_AWAY = tuple(sign * 2.0**power for power in (-10, -2, 1, 5, 10, 20) for sign in (-1, 1))
TARGETS_FAR = (0.0, 0.25, 1.0)
MOST_SLOPES = 3  # a slope with no more values than these has steps and no curve
SQUARED, SQUARED_HALVED = 1.0, 0.5  # of the latter the derivative by `a` is a - y


def row_layouts(*columns: Array) -> Iterator[tuple[Array, ...]]:
    """Yield copies of columns (k, 1) as they are, and laid in rows: of two or three where k allows.

    A function that treats each entry by itself gives the same for both; and one that writes into
    what it is given spoils nothing.
    """
    k = len(columns[0])
    for width in (1, next(width for width in (2, 3, k) if k % width == 0)):
        yield tuple(column.reshape(-1, width).copy() for column in columns)


def _check_words(kind: str, *words: str) -> None:
    """Raise `InputError` for names that would not stay in their place on a page or a terminal."""
    for text in words:
        if not isinstance(text, str) or not text.isprintable():
            raise InputError(
                f"the name of {kind} must be a text on one line, without control"
                f" characters, got {shown(text)}."
            )


def plain_residual(z: Array, a: Array, y: Array) -> Array:
    """Return `a - y` as it stands."""
    return a - y


@dataclass(frozen=True)
class Activation:
    """An activation and its derivative.

    Parameters
    ----------
    name : the field's name for it; stands in network files
    f : ``f(z) -> a``, element by element (row by row if `couples`)
    derivative : ``derivative(z, a) -> da_dz`` of the same shape, or (m, n, n) if `couples`:
        ``da_dz[i, j, k]`` is the derivative of ``a[i, j]`` by ``z[i, k]``
    formula : `f` in `z`, in Python's syntax: ``1/(1 + exp(-z))``
    derivative_formula : `f'` in `z` and `a`, in the same
    range : the smallest and largest value that `a` can approach
    kinks : the `z` where `f` or one of its first two derivatives jumps
    residual : ``residual(z, a, y) -> a - y`` without the loss of digits where `a` comes near `y`
    couples : each `a` of a row depends on every `z` of that row (softmax); such a one stands on the
        output only
    symbol : how it is written in mathematics, ``σ``; by default its name
    usual_loss : the name of the loss that goes with it on the output, half the squared error
        unless given
    slope_from_a : `f'` in `a` alone, where one can work it out so and `derivative_formula` doesn't
    turns : how often `f` turns at most from rising to falling within an interval; None if unknown
    taken_for : learners take it for another one
    onnx, torch, sklearn : its name there; empty where it has none
    """

    name: str
    f: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]
    formula: str = ""
    derivative_formula: str = ""
    range: tuple[float, float] = (-math.inf, math.inf)
    kinks: tuple[float, ...] = ()
    residual: Callable[[Array, Array, Array], Array] = plain_residual
    couples: bool = False
    symbol: str = ""
    usual_loss: str = ""
    slope_from_a: str = ""
    turns: int | None = None
    taken_for: bool = False
    onnx: str = ""
    torch: str = ""
    sklearn: str = ""

    def __post_init__(self) -> None:
        _check_words("an activation", self.name, self.symbol)
        # lists are as good as tuples, but could not be remembered by
        object.__setattr__(self, "range", tuple(self.range))
        object.__setattr__(self, "kinks", tuple(self.kinks))

    def __repr__(self) -> str:
        return f"Activation({self.name!r})"

    @property
    def functions(self) -> tuple[Callable[..., Array], Callable[..., Array]]:
        """Its two functions, by which a `Pair` is found whatever its name."""
        return self.f, self.derivative

    @property
    def sign(self) -> str:
        """How it is written in mathematics."""
        return self.symbol or self.name

    @property
    def bounded(self) -> bool:
        """Whether it saturates at both ends."""
        return all(map(math.isfinite, self.range))

    @property
    def is_probability(self) -> bool:
        """Whether its values lie between 0 and 1, each by itself."""
        return self.range == (0, 1) and not self.couples

    @functools.cached_property
    def on_grid(self) -> tuple[Array, Array]:
        """Its values and slopes at `NEAR`; of one that couples a row there are none."""
        return self._at(np.empty((0, 1)) if self.couples else NEAR)

    def _at(self, z: Array) -> tuple[Array, Array]:
        if not z.size:
            return z, z
        # copies, since a user's function may write into what it is given
        try:
            with np.errstate(all="ignore"):
                a = np.asarray(self.f(z.copy()))
                return a, np.asarray(self.derivative(z.copy(), a.copy()))
        except Exception:  # it may ask for another number of units
            nothing = np.full(z.shape, np.nan)
            return nothing, nothing

    @functools.cached_property
    def monotone(self) -> bool:
        """Whether it never turns from rising to falling."""
        if self.couples:
            return False
        slopes = np.concatenate([self.on_grid[1], self._at(FAR)[1]])
        return bool((slopes >= 0).all() or (slopes <= 0).all())

    @functools.cached_property
    def linear(self) -> bool:
        """Whether it passes on what comes in."""
        if self.couples:
            return False
        return np.array_equal(self.on_grid[0], NEAR) and np.array_equal(self._at(FAR)[0], FAR)

    @functools.cached_property
    def steepest(self) -> float:
        """Its largest slope: 1/4 for the sigmoid, 1 for tanh; 1 for one that couples a row."""
        return float(np.nan_to_num(np.abs(self.on_grid[1])).max(initial=0.0)) or 1.0

    @functools.cached_property
    def slope_levels(self) -> tuple[float, ...]:
        """The values that its slope has, where these are few, and those halfway between two, which
        some take at a kink; none where the slope is a curve, or one number.
        """
        values = np.unique(self.on_grid[1])
        if not 2 <= len(values) <= MOST_SLOPES:
            return ()
        return tuple(np.sort(np.concatenate([values, (values[1:] + values[:-1]) / 2])).tolist())

    @functools.cached_property
    def slope_is_0_or_1(self) -> bool:
        """Whether its slope is its own square."""
        return not self.couples and bool(np.isin(self.on_grid[1], (0, 1)).all())

    @functools.cached_property
    def slope_is_the_same_at_a(self) -> bool:
        """Whether its slope at `a`, taken for `z`, is that at `z`."""
        if self.couples:
            return False
        a, slopes = self.on_grid
        with np.errstate(all="ignore"):
            return bool(np.array_equal(self._at(a)[1], slopes))

    def inverse(self, value: float) -> float | None:
        """Return the `z` at which it has a value, None where there is none or more than one."""
        low, high = self.range
        if not self.monotone or not low < value < high:
            return None
        left, right = -64.0, 64.0
        with np.errstate(all="ignore"):
            rising = bool(self.on_grid[0][-1] > self.on_grid[0][0])
            while (middle := (left + right) / 2) not in (left, right):
                found = float(np.asarray(self.f(np.array([[middle]]))).item())
                if found == value:
                    return middle
                if (found < value) == rising:
                    left = middle
                else:
                    right = middle
            reached = abs(float(np.asarray(self.f(np.array([[left]]))).item()) - value)
        return left if reached < 1e-9 else None


@dataclass(frozen=True)
class Pair:
    """A loss together with one output activation, from `z` where the loss's own form in `a`
    overflows or loses digits.

    Parameters
    ----------
    value, derivative : as in `Loss`, but of ``(z, a, y)``
    delta : ``delta(z, a, y)``, the product ``dL_da ⊙ da_dz`` in one piece where it simplifies to
        `a - y` (equation 6), else None
    plain : it is nothing else than the loss's own functions of `a`
    """

    value: Callable[[Array, Array, Array], Array]
    derivative: Callable[[Array, Array, Array], Array]
    delta: Callable[[Array, Array, Array], Array] | None = None
    plain: bool = False


LossFunction = Callable[[Array, Array], Array]  # of outputs and targets

ENTROPIES: dict[str, LossFunction] = {
    "binary": lambda a, y: -y * np.log(a) - (1 - y) * np.log(1 - a),
    "categorical": lambda a, y: -y * np.log(a),
}


def _squared_error(share: float) -> LossFunction:
    return lambda a, y: share * (a - y) ** 2


def _residual(times: float) -> LossFunction:
    return lambda a, y: times * (a - y)


@dataclass(frozen=True)
class Loss:
    """A loss and its derivative.

    Parameters
    ----------
    name : the field's name for it; stands in network files
    value : ``value(a, y)``, the loss per example and output, (m, nL)
    derivative : ``derivative(a, y)``, its derivative by `a`, (m, nL) (equation 4)
    formula, derivative_formula : the same in `a` and `y`, in Python's syntax
    output_range : the outputs for which the loss is defined; an activation that can leave it is
        refused
    target_range : the targets for which it is defined
    distribution : each row of outputs must be a distribution (softmax)
    pairs : by the two functions of the output activation, a `Pair` that keeps every digit
    title : its full name, ``the binary cross entropy``
    initials : its usual abbreviation, ``BCE``
    torch, sklearn : its name there (for one output); empty where it has none
    """

    name: str
    value: Callable[[Array, Array], Array]
    derivative: Callable[[Array, Array], Array]
    formula: str = ""
    derivative_formula: str = ""
    output_range: tuple[float, float] = (-math.inf, math.inf)
    target_range: tuple[float, float] = (-math.inf, math.inf)
    distribution: bool = False
    pairs: Mapping[Any, Pair] = field(default_factory=dict, compare=False)
    title: str = ""
    initials: str = ""
    torch: str = ""
    sklearn: str = ""

    def __post_init__(self) -> None:
        _check_words("a loss", self.name, self.title)
        object.__setattr__(self, "output_range", tuple(self.output_range))
        object.__setattr__(self, "target_range", tuple(self.target_range))

    def __repr__(self) -> str:
        return f"Loss({self.name!r})"

    @property
    def spoken(self) -> str:
        """How one says it."""
        return self.title or f"the {self.name} loss"

    @property
    def of_probabilities(self) -> bool:
        """Whether it is defined for probabilities only."""
        return all(map(math.isfinite, self.output_range))

    @property
    def of_classes(self) -> bool:
        """Whether each target is 0 or 1, or between, by itself."""
        return self.target_range == (0, 1) and not self.distribution

    @functools.cached_property
    def points(self) -> tuple[Array, Array]:
        """Outputs and targets (k, 1) at which its functions show what they are."""
        pairs = list(itertools.product(OUTPUTS_NEAR, TARGETS_NEAR))
        if not self.of_probabilities:
            pairs += [(y + step, y) for y in TARGETS_FAR for step in STEPS_AWAY]
        a, y = np.array(pairs).T
        return a[:, None], y[:, None]

    def _is(self, function: LossFunction, expected: LossFunction) -> bool:
        """Whether one of its functions is what is expected, wherever one looks."""
        with np.errstate(all="ignore"):
            right = expected(*self.points).ravel()
            for a, y in row_layouts(*self.points):
                try:
                    found = np.asarray(function(a, y), dtype=float).ravel()
                except Exception:  # a user's function may ask for another number of outputs
                    return False
                if found.shape != right.shape or not np.allclose(found, right, rtol=1e-12, atol=0):
                    return False
        return True

    @functools.cached_property
    def squared(self) -> float:
        """How much of the squared error it is, its derivative too: 1, or 1/2; 0 if it is something
        else.
        """
        for share in (SQUARED, SQUARED_HALVED):
            if self._is(self.value, _squared_error(share)) and self._is(
                self.derivative, _residual(2 * share)
            ):
                return share
        return 0.0

    @functools.cached_property
    def entropy(self) -> str:
        """Which cross entropy it is: ``binary``, ``categorical``, or empty if it is none."""
        if not self.of_probabilities:
            return ""
        for name, expected in ENTROPIES.items():
            if self._is(self.value, expected):
                return name
        return ""

    @property
    def sure(self) -> float | None:
        """The loss of one example below which its output is on the target's side of 1/2."""
        if self.entropy:
            return math.log(2)
        return self.squared / 4 or None

    def least(self, y: Array) -> float:
        """Return the smallest loss, summed, of targets (k,) that must share one output: at their
        mean.
        """
        if self.entropy == "binary":
            p = float(y.mean())
            return -len(y) * (p * math.log(p) + (1 - p) * math.log(1 - p))
        return self.squared * float(((y - y.mean()) ** 2).sum())

    def is_like(self, other: Loss) -> bool:
        """Whether its two functions are another's, to rounding, where that one is defined."""
        pairs = (self.value, other.value), (self.derivative, other.derivative)
        return all(ours is theirs or other._is(ours, theirs) for ours, theirs in pairs)

    def accepts(self, output: Activation) -> bool:
        """Say whether this loss makes sense on that output activation."""
        low, high = self.output_range
        inside = low <= output.range[0] and output.range[1] <= high
        if self.distribution:
            return inside and output.couples
        # softmax under binary cross entropy would count each class twice, once as "not the others"
        return inside and not (output.couples and self.of_probabilities)

    def pair(self, output: Activation) -> Pair:
        """Return how this loss is computed on that output activation."""
        if output.functions in self.pairs:
            return self.pairs[output.functions]
        if not self.squared or (output.residual is plain_residual and not output.linear):
            return Pair(
                lambda z, a, y: self.value(a, y),
                lambda z, a, y: self.derivative(a, y),
                plain=True,
            )
        return self._squared_pair(output)

    def _squared_pair(self, output: Activation) -> Pair:
        share, residual = self.squared, output.residual
        simplifies = share == SQUARED_HALVED and output.linear
        return Pair(
            lambda z, a, y: share * residual(z, a, y) ** 2,
            lambda z, a, y: 2 * share * residual(z, a, y),
            residual if simplifies else None,
        )
