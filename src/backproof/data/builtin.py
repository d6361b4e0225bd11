"""The problems that have a name: gates, parity, point clouds, digits."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..activations import Array
from ..checks import check_memory, generator
from ..errors import InputError, unknown
from ..prose import shown
from ..settings import DATA
from .problem import Problem, input_names

# the targets in the order of counting: of [0, 0], [0, 1], [1, 0], [1, 1]
GATES: dict[str, tuple[int, int, int, int]] = {
    "xor": (0, 1, 1, 0),
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "nand": (1, 1, 1, 0),
    "nor": (1, 0, 0, 0),
    "xnor": (1, 0, 0, 1),
}
PARITY = r"parity-(\d{1,4})"
MAX_PARITY = 16


@dataclass(frozen=True)
class Cloud:
    """Points of a plane in two or more classes.

    Parameters
    ----------
    drawn : the problem, from how many points, the noise and the random numbers
    n : how many points, unless told
    noise : standard deviation of their displacement, unless told
    """

    drawn: Callable[[int, float, np.random.Generator], Problem]
    n: int
    noise: float


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
        return _cloud(CLOUDS[name], n, noise, seed)
    if n is not None or noise is not None or seed is not None:
        raise InputError(f"n, noise and seed belong to {', '.join(CLOUDS)}, not to {name!r}.")
    if name in GATES:
        return _gate(name)
    if match := re.fullmatch(PARITY, name):
        return _parity(int(match[1]))
    if name == "digits":
        return _digits()
    raise unknown("problem", name, NAMES)


def _gate(name: str) -> Problem:
    return Problem(name, _corners(2), _column(GATES[name]), input_names(2))


def _parity(n: int) -> Problem:
    if not 1 <= n <= MAX_PARITY:
        raise InputError(
            f"parity-N takes N from 1 to {MAX_PARITY} (2 to the power N examples), got parity-{n}."
        )
    x = _corners(n)
    y = _column(x.sum(axis=1) % 2)
    return Problem(f"parity-{n}", x, y, input_names(n), hints={"hidden": [2 * n]})


def _corners(n: int) -> Array:
    """Return all rows of 0 and 1 in the order of counting: [0, 0], [0, 1], [1, 0], [1, 1]."""
    return np.array(list(itertools.product((0.0, 1.0), repeat=n)))


def _column(values: Any) -> Array:
    return np.array(values, dtype=np.float64)[:, None]


def _cloud(cloud: Cloud, n: int | None, noise: float | None, seed: int | None) -> Problem:
    n = cloud.n if n is None else DATA["n"].check(n)
    noise = cloud.noise if noise is None else DATA["noise"].check(noise)
    check_memory(f"{shown(n)} points", 8 * n)  # x and y, and what they are made of
    return cloud.drawn(n, noise, generator(0 if seed is None else seed))


def _moons(n: int, noise: float, rng: np.random.Generator) -> Problem:
    outer, inner = np.linspace(0, math.pi, n - n // 2), np.linspace(0, math.pi, n // 2)
    zeros = np.column_stack([np.cos(outer), np.sin(outer)])
    ones = np.column_stack([1 - np.cos(inner), 0.5 - np.sin(inner)])
    return _two_classes("moons", zeros, ones, noise, rng, hidden=[8])


def _circles(n: int, noise: float, rng: np.random.Generator) -> Problem:
    def ring(points: int, radius: float) -> Array:
        angle = np.linspace(0, 2 * math.pi, points, endpoint=False)
        return radius * np.column_stack([np.cos(angle), np.sin(angle)])

    zeros, ones = ring(n - n // 2, 1.0), ring(n // 2, 0.5)
    return _two_classes("circles", zeros, ones, noise, rng, hidden=[8])


def _spiral(n: int, noise: float, rng: np.random.Generator) -> Problem:
    def arm(points: int, turn: float) -> Array:
        t = np.linspace(0.05, 1, points)
        angle = 3 * math.pi * t + turn
        return t[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])

    zeros, ones = arm(n - n // 2, 0.0), arm(n // 2, math.pi)
    return _two_classes("spiral", zeros, ones, noise, rng, hidden=[16, 16])


def _two_classes(
    name: str, zeros: Array, ones: Array, noise: float, rng: np.random.Generator, hidden: list[int]
) -> Problem:
    """Return a problem of two classes from the points of each, moved by `noise` and mixed."""
    x = np.vstack([zeros, ones])
    if noise:
        x = x + rng.normal(0, noise, x.shape)
    y = _column([0] * len(zeros) + [1] * len(ones))
    order = rng.permutation(len(x))
    return Problem(name, x[order], y[order], input_names(2), hints={"hidden": hidden})


def _blobs(n: int, noise: float, rng: np.random.Generator) -> Problem:
    angles = np.array([90, 210, 330]) * math.pi / 180
    centres = np.array([[math.cos(angle), math.sin(angle)] for angle in angles])
    kind = rng.permutation(np.arange(n) % 3)
    x = centres[kind] + rng.normal(0, noise, (n, 2))
    y = np.eye(3)[kind]
    return Problem("blobs", x, y, input_names(2), ("0", "1", "2"), hints={"hidden": [8]})


def _digits() -> Problem:
    try:
        from sklearn.datasets import load_digits  # type: ignore[import-untyped]
    except ImportError:
        raise InputError(
            'the problem digits comes with scikit-learn: pip install "backproof[digits]".'
        ) from None
    data = load_digits()
    return Problem(
        name="digits",
        x=data.data / 16,  # its pixels are from 0 to 16
        y=np.eye(10)[data.target],
        inputs=tuple(f"pixel{row}{column}" for row in range(8) for column in range(8)),
        classes=tuple(map(str, range(10))),
        target="digit",
        hints={
            "hidden": [32],
            "optimiser": "adam",
            "epochs": 200,
            "max_starts": 1,
        },
    )


CLOUDS = {
    "moons": Cloud(_moons, 200, 0.1),
    "circles": Cloud(_circles, 200, 0.05),
    "spiral": Cloud(_spiral, 200, 0.02),
    "blobs": Cloud(_blobs, 150, 0.2),
}
NAMES = (*GATES, "parity-N", *CLOUDS, "digits")
