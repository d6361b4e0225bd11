"""The optimisers: how the parameters move, given the gradient. One record each, with its state in
its paper's letters.

They work in place on one vector that holds all trainable parameters: `p` the parameters, `g` the
gradient of the mean loss, `t` the number of the update, from 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .activations import Array

State = dict[str, Array]


class Hyperparameters(Protocol):
    """The settings that the rules read; what each is stands in the table of settings.

    They are properties, since nobody may set them: those of a training are frozen.
    """

    @property
    def learning_rate(self) -> float: ...  # noqa: D102

    @property
    def momentum(self) -> float: ...  # noqa: D102

    @property
    def decay(self) -> float: ...  # noqa: D102

    @property
    def beta1(self) -> float: ...  # noqa: D102

    @property
    def beta2(self) -> float: ...  # noqa: D102

    @property
    def epsilon(self) -> float: ...  # noqa: D102


@dataclass(frozen=True)
class Optimiser:
    """A rule that moves the parameters.

    Parameters
    ----------
    name : the field's name for it
    state : the names of the vectors that it carries from one update to the next, 0 at the start
    update : ``update(p, g, state, settings, t)``, changes `p` and the state in place
    help : one line, with the formula
    """

    name: str
    state: tuple[str, ...]
    update: Callable[[Array, Array, State, Hyperparameters, int], None]
    help: str

    def init(self, p: Array) -> State:
        """Return the state before the first update of the parameters `p`."""
        return {name: np.zeros_like(p) for name in self.state}


def _sgd(p: Array, g: Array, state: State, h: Hyperparameters, t: int) -> None:
    p -= h.learning_rate * g  # eq. 11


def _momentum(p: Array, g: Array, state: State, h: Hyperparameters, t: int) -> None:
    """Polyak 1964."""
    v = state["v"]
    v *= h.momentum
    v -= h.learning_rate * g
    p += v


def _nesterov(p: Array, g: Array, state: State, h: Hyperparameters, t: int) -> None:
    """Nesterov 1983, with the gradient taken at the looked-ahead point, which is the `p` that is
    kept (Bengio et al. 2013).
    """
    v = state["v"]
    v *= h.momentum
    v -= h.learning_rate * g
    p += h.momentum * v - h.learning_rate * g


def _rmsprop(p: Array, g: Array, state: State, h: Hyperparameters, t: int) -> None:
    """Tieleman and Hinton 2012, lecture 6.5."""
    r = state["r"]
    r *= h.decay
    r += (1 - h.decay) * g * g
    p -= h.learning_rate * g / (np.sqrt(r) + h.epsilon)


def _adam(p: Array, g: Array, state: State, h: Hyperparameters, t: int) -> None:
    """Kingma and Ba 2015, algorithm 1."""
    m, v = state["m"], state["v"]
    m *= h.beta1
    m += (1 - h.beta1) * g
    v *= h.beta2
    v += (1 - h.beta2) * g * g
    m_hat = m / (1 - h.beta1**t)
    v_hat = v / (1 - h.beta2**t)
    p -= h.learning_rate * m_hat / (np.sqrt(v_hat) + h.epsilon)


def _table(*records: Optimiser) -> dict[str, Optimiser]:
    return {record.name: record for record in records}


_VELOCITY = "v = momentum * v - learning_rate * gradient"
_MEAN_SQUARE = "r = decay * r + (1 - decay) * gradient²"
_MEANS = (
    "m, v: running means of gradient and gradient² (beta1, beta2), corrected for their start at 0"
)

OPTIMISERS = _table(
    Optimiser("sgd", (), _sgd, "W = W - learning_rate * gradient"),
    Optimiser("momentum", ("v",), _momentum, f"{_VELOCITY}; W = W + v"),
    Optimiser(
        "nesterov",
        ("v",),
        _nesterov,
        f"{_VELOCITY}; W = W + momentum * v - learning_rate * gradient",
    ),
    Optimiser(
        "rmsprop",
        ("r",),
        _rmsprop,
        f"{_MEAN_SQUARE}; W = W - learning_rate * gradient / (sqrt(r) + epsilon)",
    ),
    Optimiser(
        "adam", ("m", "v"), _adam, f"{_MEANS}; W = W - learning_rate * m / (sqrt(v) + epsilon)"
    ),
)
