"""The problems that have a name: gates, parity, point clouds, digits."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ..activations import Array
from ..checks import generator
from ..errors import InputError, unknown
from ..settings import DATA
from .problem import Problem


def _corners(n: int) -> Array:
    """All rows of 0 and 1, in the order of counting: [0, 0], [0, 1], [1, 0], [1, 1]."""
    return np.array(list(itertools.product((0.0, 1.0), repeat=n)))


GATES: dict[str, tuple[int, int, int, int]] = {
    "xor": (0, 1, 1, 0),
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "nand": (1, 1, 1, 0),
    "nor": (1, 0, 0, 0),
    "xnor": (1, 0, 0, 1),
}
MAX_PARITY = 16


def _column(values: Any) -> Array:
    return np.array(values, dtype=np.float64)[:, None]


def _input_names(n: int) -> tuple[str, ...]:
    return tuple(f"x{j}" for j in range(1, n + 1))


def _gate(name: str) -> Problem:
    return Problem(name, _corners(2), _column(GATES[name]), _input_names(2))


def _parity(n: int) -> Problem:
    if not 1 <= n <= MAX_PARITY:
        raise InputError(
            f"parity-N takes N from 1 to {MAX_PARITY} (2 to the power N examples), got parity-{n}."
        )
    x = _corners(n)
    return Problem(
        f"parity-{n}", x, _column(x.sum(axis=1) % 2), _input_names(n), hints={"hidden": [2 * n]}
    )


def _two(
    name: str, zeros: Array, ones: Array, rng: np.random.Generator, noise: float, hidden: list[int]
) -> Problem:
    """A problem of two classes from the points of each, moved by `noise` and mixed."""
    x = np.vstack([zeros, ones])
    x = x + rng.normal(0, noise, x.shape) if noise else x
    order = rng.permutation(len(x))
    y = _column([0] * len(zeros) + [1] * len(ones))
    return Problem(name, x[order], y[order], _input_names(2), hints={"hidden": hidden})


def _moons(n: int, noise: float, rng: np.random.Generator) -> Problem:
    outer, inner = np.linspace(0, math.pi, n - n // 2), np.linspace(0, math.pi, n // 2)
    zeros = np.column_stack([np.cos(outer), np.sin(outer)])
    ones = np.column_stack([1 - np.cos(inner), 0.5 - np.sin(inner)])
    return _two("moons", zeros, ones, rng, noise, [8])


def _circles(n: int, noise: float, rng: np.random.Generator) -> Problem:
    def ring(points: int, radius: float) -> Array:
        angle = np.linspace(0, 2 * math.pi, points, endpoint=False)
        return radius * np.column_stack([np.cos(angle), np.sin(angle)])

    return _two("circles", ring(n - n // 2, 1.0), ring(n // 2, 0.5), rng, noise, [8])


def _spiral(n: int, noise: float, rng: np.random.Generator) -> Problem:
    def arm(points: int, turn: float) -> Array:
        t = np.linspace(0.05, 1, points)
        angle = 3 * math.pi * t + turn
        return t[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])

    return _two("spiral", arm(n - n // 2, 0.0), arm(n // 2, math.pi), rng, noise, [16, 16])


def _blobs(n: int, noise: float, rng: np.random.Generator) -> Problem:
    centres = np.array(
        [[math.cos(angle), math.sin(angle)] for angle in np.array([90, 210, 330]) * math.pi / 180]
    )
    kind = rng.permutation(np.arange(n) % 3)
    x = centres[kind] + rng.normal(0, noise, (n, 2))
    return Problem(
        "blobs", x, np.eye(3)[kind], _input_names(2), ("0", "1", "2"), hints={"hidden": [8]}
    )


CLOUDS: dict[str, tuple[Callable[[int, float, np.random.Generator], Problem], int, float]] = {
    "moons": (_moons, 200, 0.1),
    "circles": (_circles, 200, 0.05),
    "spiral": (_spiral, 200, 0.02),
    "blobs": (_blobs, 150, 0.2),
}


def _digits() -> Problem:
    try:
        from sklearn.datasets import load_digits  # type: ignore[import-untyped]
    except ImportError:
        raise InputError(
            'the problem digits comes with scikit-learn: pip install "backproof[digits]".'
        ) from None
    data = load_digits()
    names = tuple(f"pixel{row}{column}" for row in range(8) for column in range(8))
    y = np.eye(10)[data.target]
    hints = {
        "hidden": [32],
        "optimiser": "adam",
        "learning_rate": 0.01,
        "epochs": 200,
        "max_starts": 1,
    }
    return Problem(
        "digits", data.data / 16, y, names, tuple(map(str, range(10))), "digit", hints=hints
    )


PARITY = r"parity-(\d{1,4})"
NAMES = (*GATES, "parity-N", *CLOUDS, "digits")


def is_problem(name: str) -> bool:
    """Whether `problem` knows this name."""
    return name in NAMES or re.fullmatch(PARITY, name) is not None


def problem(
    name: str, n: int | None = None, noise: float | None = None, seed: int | None = None
) -> Problem:
    """Return a problem by name.

    Parameters
    ----------
    name : one of `NAMES` (parity-N with a number for N)
    n : how many points, for the clouds `moons circles spiral blobs`
    noise : standard deviation of their displacement
    seed : of their random numbers, 0 unless given

    Raises `InputError` for an unknown name, and for options that the problem hasn't.
    """
    if name in CLOUDS:
        make, default_n, default_noise = CLOUDS[name]
        n = default_n if n is None else DATA["n"].check(n)
        noise = default_noise if noise is None else DATA["noise"].check(noise)
        return make(n, noise, generator(0 if seed is None else seed))
    if n is not None or noise is not None or seed is not None:
        raise InputError(f"n, noise and seed belong to {', '.join(CLOUDS)}, not to {name!r}.")
    if name in GATES:
        return _gate(name)
    if match := re.fullmatch(PARITY, name):
        return _parity(int(match[1]))
    if name == "digits":
        return _digits()
    raise unknown("problem", name, NAMES)
