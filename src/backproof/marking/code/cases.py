"""The networks that a learner's own function is tried on: chosen so that no slip hides."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...activations import ACTIVATIONS
from ...errors import InputError
from ...losses import LOSSES
from ...network import Layer, Network
from ...records import Array

TRIED_RATE = 0.5
RATE_PARAMETERS = ("learning_rate", "eta", "lr", "alpha", "rate")
LAYERS = 2  # of a function that takes any number


@dataclass(frozen=True)
class Call:
    """How a function wants to be called.

    Parameters
    ----------
    order : the parameters that it takes after x and y, in its order: ``("W1", "b1", "W2", "b2")``
    rate : the name of its learning rate, if it takes one
    """

    order: tuple[str, ...]
    rate: str | None = None

    @property
    def layers(self) -> int:
        """How many layers its network has."""
        return sum(name.startswith("W") for name in self.order)

    @property
    def bias(self) -> bool:
        """Whether its layers have biases."""
        return any(name.startswith("b") for name in self.order)


def call_of(function: Callable[..., Any]) -> Call:
    """Return how a function of the form ``f(x, y, W1, b1, W2, b2, …)`` wants to be called.

    Its parameters may be called otherwise; ``f(x, y, W1, W2, b1, b2)`` and ``f(x, y, W1, W2)`` are
    known by their names. Raises `InputError` for another form.
    """
    name = getattr(function, "__name__", "the function")
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise InputError(
            f"can't see which arguments {name} takes: write it with def {name}(x, y, W1, b1, W2,"
            " b2)."
        ) from None
    rate = next((p.name for p in parameters if p.name in RATE_PARAMETERS), None)
    rest = [p for p in parameters if p.name not in RATE_PARAMETERS]
    if any(p.kind is p.VAR_POSITIONAL for p in rest):
        return Call(_alternating(2 * LAYERS), rate)
    taken = [p.name for p in rest if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    by_name = tuple(_parameter(name) or "" for name in taken[2:])
    order = by_name if _whole(by_name) else _alternating(len(taken) - 2)
    if (
        len(order) < 2
        or not _whole(order)
        or any(p.kind is p.KEYWORD_ONLY and p.name in taken for p in rest)
    ):
        signature = ", ".join(str(p) for p in parameters)
        raise InputError(
            f"{name}({signature}) can't be called as {name}(x, y, W1, b1, W2, b2): let it take"
            " these, by their places."
        )
    return Call(order, rate)


def _alternating(n: int) -> tuple[str, ...]:
    return tuple(f"{letter}{layer}" for layer in range(1, n // 2 + 1) for letter in "Wb") + (
        "",
    ) * (n % 2)


def _parameter(name: str) -> str | None:
    """Return the contract's name of a parameter, None if it isn't one by its name."""
    match = re.fullmatch(r"(w|weights?|theta|b|bias)_?(\d+)", name, re.IGNORECASE)
    return match and f"{'b' if match[1][0] in 'bB' else 'W'}{match[2]}"


def _whole(order: tuple[str, ...]) -> bool:
    """Whether these are the parameters of a network, each once, with biases in every layer or in
    none.
    """
    layers = range(1, sum(name.startswith("W") for name in order) + 1)
    weights, biases = ({f"{letter}{layer}" for layer in layers} for letter in "Wb")
    return set(order) in (weights, weights | biases) and len(set(order)) == len(order)


@dataclass(frozen=True)
class Case:
    """One network with its data."""

    net: Network
    x: Array
    y: Array
    order: tuple[str, ...]
    note: str = ""

    @property
    def title(self) -> str:
        """What it is: ``2-3-1 and 5 examples``."""
        examples = f"{len(self.x)} examples" if len(self.x) != 1 else "1 example"
        return f"{'-'.join(map(str, self.net.sizes))} and {examples}{self.note}"

    @property
    def arrays(self) -> dict[str, Array]:
        """The arrays, in the order in which the function gets them, by name."""
        return {"x": self.x, "y": self.y} | {
            name: self.net.parameters()[name] for name in self.order
        }

    @property
    def python(self) -> str:
        """The same as lines of Python to paste."""
        return "\n".join(
            f"{name} = np.array({np.asarray(value).tolist()})"
            for name, value in self.arrays.items()
        )


def cases(call: Call, activation: str, output: str, loss: str) -> list[Case]:
    """Return the cases, the smallest first: one example, not square, m other than 4, numbers
    without symmetry, saturated units.
    """
    last = 3 if ACTIVATIONS[output].couples else 1
    plans = [
        (2, (2,) * 3, 1, 1.0),
        (2, (2,) * 3, 3, 1.0),
        (4, (2, 3, 4), 2, 1.0),
        (2, (3, 4, 2), 5, 1.0),
        (3, (4, 2, 3), 6, 2.0),
    ]
    found = [
        _case(call, activation, output, loss, (n0, *_hidden(call, widths), last), m, scale)
        for n0, widths, m, scale in plans
    ]
    saturated = _case(call, activation, output, loss, (2, *_hidden(call, (3, 4, 2)), last), 5, 6.0)
    return [*found, replace(saturated, note=", with saturated units")]


def several_outputs(call: Call, activation: str, output: str, loss: str) -> Case:
    """Return a case with two outputs, which a function for one output need not get right."""
    return _case(call, activation, output, loss, (2, *_hidden(call, (3, 4, 2)), 2), 3, 1.0)


def _hidden(call: Call, widths: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(widths[n % len(widths)] for n in range(call.layers - 1))


def _case(
    call: Call,
    activation: str,
    output: str,
    loss: str,
    sizes: tuple[int, ...],
    m: int,
    scale: float,
) -> Case:
    rng = np.random.default_rng([*sizes, m])
    layers = []
    for n, (before, after) in enumerate(itertools.pairwise(sizes), 1):
        W = np.round(rng.normal(scale=scale, size=(before, after)), 2)
        b = np.round(rng.normal(scale=scale, size=after), 2) if call.bias else None
        layers.append(Layer(W, b, output if n == len(sizes) - 1 else activation))
    x = np.round(rng.normal(size=(m, sizes[0])), 2)
    return Case(Network(layers, loss), x, _targets(rng, m, sizes[-1], output, loss), call.order)


def _targets(rng: np.random.Generator, m: int, n: int, output: str, loss: str) -> Array:
    if LOSSES[loss].distribution:
        return np.eye(n)[(np.arange(m) * 2 + 1) % n]
    if LOSSES[loss].of_classes:
        y = (np.arange(m * n) % 3 != 1).astype(float)  # both classes, unequally often
        return y.reshape(m, n)
    if ACTIVATIONS[output].range == (0, 1):
        return np.asarray(np.round(rng.uniform(0.05, 0.95, (m, n)), 2))
    return np.asarray(np.round(rng.normal(size=(m, n)), 2))
