"""Data by a name or from a file: one list of the endings that are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..activations import Array
from ..errors import InputError, unknown
from ..prose import comma_list
from ..reading import is_file
from .builtin import CLOUDS, NAMES, is_problem, problem
from .problem import Problem
from .tables import read_problem

TABLE_ENDINGS = (".csv", ".tsv", ".txt")


def is_table(name: str | Path) -> bool:
    """Whether a name is that of a table's file, by its ending."""
    return isinstance(name, (str, Path)) and Path(name).suffix.lower() in TABLE_ENDINGS


def data_of(
    name: str | Path,
    n: int | None = None,
    noise: float | None = None,
    seed: int | None = None,
    *,
    target: str | None = None,
    task: str | None = None,
    weights: str | None = None,
) -> Problem:
    """Return the data of a problem's name, with the options of `problem`, or of a table's file,
    with those of `read_problem`.

    Raises `InputError` for what is neither, and for options of the other.
    """
    if not isinstance(name, (str, Path)):
        raise unknown("problem", name, NAMES)
    drawing = {"n": n, "noise": noise, "seed": seed}
    reading = {"target": target, "task": task, "weights": weights}
    if is_table(name):
        _refuse(drawing, f"belong to {comma_list(CLOUDS)}, not to a table such as {name}.")
        return read_problem(name, target, task or "auto", weights)
    _refuse(reading, f"belong to a table, not to {str(name)!r}.")
    if not is_problem(str(name)) and is_file(name):
        endings = ", ".join(TABLE_ENDINGS)
        raise InputError(f"{name}: a table's name must end in {endings}.")
    return problem(str(name), n, noise, seed)


def _refuse(options: dict[str, Any], why: str) -> None:
    """Raise `InputError` if any of these options is given: it would do nothing."""
    if any(value is not None for value in options.values()):
        raise InputError(f"{comma_list(options)} {why}")


def load(
    name: str | Path, n: int | None = None, noise: float | None = None, seed: int | None = None
) -> tuple[Array, Array]:
    """Return inputs and targets, (m, n0) and (m, nL), of a problem by name or of a table's file.

    ``load("xor")``, ``load("parity-3")``, ``load("moons", n=500, noise=0.2, seed=1)``,
    ``load("iris.csv")``. See `backproof.data.builtin.problem` and
    `backproof.data.tables.read_problem`, which say what is raised.
    """
    found = data_of(name, n, noise, seed)
    return found.x, found.y
