"""Data by a name or from a file: one list of the endings that are read."""

from __future__ import annotations

from pathlib import Path

from ..activations import Array
from .builtin import problem
from .problem import Problem
from .tables import read_problem

TABLE_ENDINGS = (".csv", ".tsv", ".txt")


def is_table(name: str | Path) -> bool:
    """Whether a name is that of a table's file, by its ending."""
    return isinstance(name, (str, Path)) and Path(name).suffix.lower() in TABLE_ENDINGS


def data_of(
    name: str | Path, n: int | None = None, noise: float | None = None, seed: int | None = None
) -> Problem:
    """Return the data of a problem's name, with the options of `problem`, or of a table's file."""
    if is_table(name):
        return read_problem(name)
    return problem(str(name), n, noise, seed)


def load(
    name: str, n: int | None = None, noise: float | None = None, seed: int | None = None
) -> tuple[Array, Array]:
    """Return inputs and targets, (m, n0) and (m, nL), of a problem by name or of a table's file.

    ``load("xor")``, ``load("parity-3")``, ``load("moons", n=500, noise=0.2, seed=1)``,
    ``load("iris.csv")``. See `backproof.data.builtin.problem` and
    `backproof.data.tables.read_problem`, which say what is raised.
    """
    found = data_of(name, n, noise, seed)
    return found.x, found.y
