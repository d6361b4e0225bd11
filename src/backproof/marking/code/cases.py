"""The networks that a learner's own function is tried on: chosen so that no slip hides."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...activations import ACTIVATIONS
from ...errors import InputError
from ...losses import LOSSES
from ...network import Layer, Network
from ...prose import comma_list, number_of
from ...records import Array
from ..answers.spelling import RATES

TRIED_RATE = 0.5
RATE_PARAMETERS = (*RATES, "rate")
LAYERS = 2  # of a function that takes any number of parameters


@dataclass(frozen=True)
class Signature:
    """How a function wants to be called.

    Parameters
    ----------
    order : the parameters that it takes after x and y, in its order: ``("W1", "b1", "W2", "b2")``
    rate_name : of its learning rate, if it takes one
    """

    order: tuple[str, ...]
    rate_name: str | None = None

    @property
    def layers(self) -> int:
        """How many layers its network has."""
        return sum(name.startswith("W") for name in self.order)

    @property
    def bias(self) -> bool:
        """Whether its layers have biases."""
        return any(name.startswith("b") for name in self.order)


def call_of(function: Callable[..., Any]) -> Signature:
    """Return how a function of the form ``f(x, y, W1, b1, W2, b2, …)`` wants to be called.

    Its parameters may be called otherwise; ``f(x, y, W1, W2, b1, b2)`` and ``f(x, y, W1, W2)`` are
    known by their names. Raises `InputError` for another form.
    """
    name = getattr(function, "__name__", "the function")
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError, RecursionError):
        raise InputError(
            f"can't see which arguments {name} takes: write it with def {name}(x, y, W1, b1, W2,"
            " b2)."
        ) from None
    rate = next((p.name for p in parameters if p.name in RATE_PARAMETERS), None)
    order = _order([p for p in parameters if p.name not in RATE_PARAMETERS])
    if order is None:
        signature = comma_list(map(str, parameters))
        raise InputError(
            f"{name}({signature}) can't be called as {name}(x, y, W1, b1, W2, b2): let it take"
            " these, by their places."
        )
    return Signature(order, rate)


def _order(parameters: Sequence[inspect.Parameter]) -> tuple[str, ...] | None:
    """Return which weights and biases parameters stand for, by their names or else by their places;
    None if a function that has them can't be called with these.
    """
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return _alternating(2 * LAYERS)
    taken = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    if any(p.kind is p.KEYWORD_ONLY for p in taken):
        return None
    after_data = taken[2:]  # x and y
    by_name = tuple(_contract_name(p.name) for p in after_data)
    by_place = _alternating(len(after_data))
    for order in (by_name, by_place):
        if len(order) >= 2 and _whole(order):
            return order
    return None


def _alternating(n: int) -> tuple[str, ...]:
    """Return the names of n parameters, ``("W1", "b1", "W2", "b2")``; one that is left over has
    none.
    """
    pairs = [(f"W{layer}", f"b{layer}") for layer in range(1, n // 2 + 1)]
    left_over = [""] * (n % 2)
    return (*itertools.chain.from_iterable(pairs), *left_over)


def _contract_name(name: str) -> str:
    """Return the contract's name of a parameter, nothing if it isn't one by its name."""
    match = re.fullmatch(r"(w|weights?|theta|b|bias)_?(\d+)", name, re.IGNORECASE)
    if match is None:
        return ""
    letter = "b" if match[1][0] in "bB" else "W"
    return f"{letter}{match[2]}"


def _whole(order: tuple[str, ...]) -> bool:
    """Whether these are the parameters of a network, each once, with biases in every layer or in
    none.
    """
    layers = range(1, sum(name.startswith("W") for name in order) + 1)
    weights = {f"W{layer}" for layer in layers}
    biases = {f"b{layer}" for layer in layers}
    each_once = len(set(order)) == len(order)
    return each_once and set(order) in (weights, weights | biases)


@dataclass(frozen=True)
class Case:
    """One network with its data.

    Parameters
    ----------
    net, x, y : what the function gets
    order : of the parameters among its arguments
    note : stands in the title
    """

    net: Network
    x: Array
    y: Array
    order: tuple[str, ...]
    note: str = ""

    @property
    def title(self) -> str:
        """What it is: ``2-3-1 and 5 examples``."""
        sizes = "-".join(map(str, self.net.sizes))
        return f"{sizes} and {number_of(len(self.x), 'example')}{self.note}"

    @property
    def arrays(self) -> dict[str, Array]:
        """The arrays, in the order in which the function gets them, by name."""
        parameters = self.net.parameters()
        return {"x": self.x, "y": self.y} | {name: parameters[name] for name in self.order}

    @property
    def python(self) -> str:
        """The same as lines of Python to paste."""
        return "\n".join(
            f"{name} = np.array({np.asarray(value).tolist()})"
            for name, value in self.arrays.items()
        )


@dataclass(frozen=True)
class _Plan:
    """What a case is made by.

    Parameters
    ----------
    inputs : how many
    hidden : the widths of the hidden layers; as many layers as the function has take them in turn
    m : how many examples
    scale : how large weights and biases are
    note : stands in its title
    """

    inputs: int
    hidden: tuple[int, ...]
    m: int
    scale: float = 1.0
    note: str = ""

    def sizes(self, layers: int, outputs: int) -> tuple[int, ...]:
        """Return the sizes of a network with so many layers."""
        hidden = itertools.islice(itertools.cycle(self.hidden), layers - 1)
        return (self.inputs, *hidden, outputs)


PLANS = (
    _Plan(2, (2,), m=1),
    _Plan(2, (2,), m=3),
    _Plan(4, (2, 3, 4), m=2),
    _Plan(2, (3, 4, 2), m=5),
    _Plan(3, (4, 2, 3), m=6, scale=2.0),
    _Plan(2, (3, 4, 2), m=5, scale=6.0, note=", with saturated units"),
)
PLAN_OF_SEVERAL_OUTPUTS = _Plan(2, (3, 4, 2), m=3)


def cases(call: Signature, activation: str, output: str, loss: str) -> list[Case]:
    """Return the cases, the smallest first: one example, not square, m other than 4, numbers
    without symmetry, saturated units.
    """
    outputs = 3 if ACTIVATIONS[output].couples else 1
    return [_case(call, plan, outputs, activation, output, loss) for plan in PLANS]


def several_outputs(call: Signature, activation: str, output: str, loss: str) -> Case:
    """Return a case with two outputs, which a function for one output need not get right."""
    return _case(call, PLAN_OF_SEVERAL_OUTPUTS, 2, activation, output, loss)


def _case(
    call: Signature, plan: _Plan, outputs: int, activation: str, output: str, loss: str
) -> Case:
    sizes = plan.sizes(call.layers, outputs)
    rng = np.random.default_rng([*sizes, plan.m])  # the same numbers for whoever is marked
    layers = []
    for n, (before, after) in enumerate(itertools.pairwise(sizes), 1):
        W = np.round(rng.normal(scale=plan.scale, size=(before, after)), 2)
        b = np.round(rng.normal(scale=plan.scale, size=after), 2) if call.bias else None
        layers.append(Layer(W, b, output if n == call.layers else activation))
    x = np.round(rng.normal(size=(plan.m, plan.inputs)), 2)
    y = _targets(rng, plan.m, outputs, output, loss)
    return Case(Network(layers, loss), x, y, call.order, plan.note)


def _targets(rng: np.random.Generator, m: int, n: int, output: str, loss: str) -> Array:
    """Return targets that the loss and the output allow."""
    if LOSSES[loss].distribution:
        return np.eye(n)[(np.arange(m) * 2 + 1) % n]
    if LOSSES[loss].of_classes:
        y = (np.arange(m * n) % 3 != 1).astype(float)  # both classes, unequally often
        return y.reshape(m, n)
    if ACTIVATIONS[output].range == (0, 1):
        return np.asarray(np.round(rng.uniform(0.05, 0.95, (m, n)), 2))
    return np.asarray(np.round(rng.normal(size=(m, n)), 2))
