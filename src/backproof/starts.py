"""The rules for initial weights: how `scale` enters, and what becomes of the biases."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .activations import Array


@dataclass(frozen=True)
class Start:
    """A rule for initial weights.

    Parameters
    ----------
    scale : the usual one
    weights : what draws W, (n_in, n_out), from a generator, the two widths and the scale
    biases : what draws b, (n_out,), from a generator, the width and the scale
    help : one line on how the scale enters
    """

    scale: float
    weights: Callable[[np.random.Generator, int, int, float], Array]
    biases: Callable[[np.random.Generator, int, float], Array]
    help: str


def _zeros(rng: np.random.Generator, n: int, scale: float) -> Array:
    return np.zeros(n)


STARTS: dict[str, Start] = {
    "normal": Start(
        1.0,
        lambda rng, n_in, n_out, scale: rng.normal(0, scale, (n_in, n_out)),
        lambda rng, n, scale: rng.normal(0, scale, n),
        "weights and biases from a normal distribution with standard deviation `scale`",
    ),
    "uniform": Start(
        1.0,
        lambda rng, n_in, n_out, scale: rng.uniform(-scale, scale, (n_in, n_out)),
        lambda rng, n, scale: rng.uniform(-scale, scale, n),
        "weights and biases uniform between -`scale` and `scale`",
    ),
    "glorot": Start(  # Glorot and Bengio 2010, equation 16
        1.0,
        lambda rng, n_in, n_out, scale: (
            scale * rng.uniform(-1, 1, (n_in, n_out)) * math.sqrt(6 / (n_in + n_out))
        ),
        _zeros,
        "uniform up to `scale` * sqrt(6 / (n_in + n_out)), biases 0: for sigmoid and tanh",
    ),
    "he": Start(  # He, Zhang, Ren and Sun 2015, equation 10
        1.0,
        lambda rng, n_in, n_out, scale: rng.normal(0, scale * math.sqrt(2 / n_in), (n_in, n_out)),
        _zeros,
        "normal with standard deviation `scale` * sqrt(2 / n_in), biases 0: for relu and its"
        " relatives",
    ),
    "constant": Start(
        0.5,
        lambda rng, n_in, n_out, scale: np.full((n_in, n_out), scale),
        lambda rng, n, scale: np.full(n, scale),
        "every weight and bias is `scale`: the hidden units stay alike forever",
    ),
    "zeros": Start(
        0.0,
        lambda rng, n_in, n_out, scale: np.zeros((n_in, n_out)),
        _zeros,
        "every weight and bias is 0",
    ),
}
