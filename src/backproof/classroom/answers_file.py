"""The answers file of an exercise: to fill in, or filled in as the teacher's key."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..activations import Array
from ..explain.working import shape_text
from ..prose import comma_list
from .task import Task


def answers_file(task: Task, filled: bool) -> str:
    """Return the answers file as TOML: with blanks, or, `filled`, the teacher's key, which holds
    the right numbers and says what was asked.
    """
    head = _head_of_key(task) if filled else _head_of_blank(task)
    return "\n".join([*head, *_subject(task), *_answers(task, filled), ""])


def _head_of_key(task: Task) -> list[str]:
    quoted = comma_list(f'"{name}"' for name in task.asked)
    return [
        f"# The key of sheet {task.id}.",
        f'sheet = "{task.id}"',
        f"asked = [{quoted}]",
        f"decimals = {task.decimals}",
    ]


def _head_of_blank(task: Task) -> list[str]:
    comment = (
        f"# Your answers to sheet {task.id}: write each number between its quotes, then:"
        " backproof check answers.toml"
    )
    return [comment, 'name = ""', f'sheet = "{task.id}"']


def _subject(task: Task) -> list[str]:
    """Return the lines that say what is worked on: data, loss and network."""
    lines = [
        f"learning_rate = {task.rate!r}",
        f"x = {_rows_text(task.x)}",
        f"y = {_rows_text(task.y)}",
        f'loss = "{task.net.loss}"',
    ]
    for layer in task.net.document()["layers"]:
        lines += [
            "",
            "[[layers]]",
            f"W = {layer['W']}",
            f"b = {layer['b']}",
            f'activation = "{layer["activation"]}"',
        ]
    return lines


def _rows_text(value: Array) -> str:
    """Return a matrix as TOML, whole numbers without a point."""

    def plainest(cell: float) -> int | float:
        return int(cell) if float(cell).is_integer() else cell

    return str([[plainest(cell) for cell in row] for row in value.tolist()])


def _answers(task: Task, filled: bool) -> list[str]:
    def cell(number: float) -> str:
        return f'"{number:z.{task.decimals}f}"' if filled else '""'

    lines = []
    for stage, names in task.stages.items():
        table = "[answers]" if stage == 1 else f"[answers.step{stage}]"
        lines += ["", table]
        for name in names:
            own = task.chain.base(name).name
            lines.append(f"{own} = {_value_text(task.chain.exact[name], cell)}")
    return lines


def _value_text(value: Array, cell: Callable[[float], str]) -> str:
    """Return a number, a row or a matrix as TOML; `cell` writes each number, and a matrix says its
    shape.
    """
    if not value.ndim:
        return cell(float(value))
    rows = [f"[{comma_list(map(cell, row))}]" for row in np.atleast_2d(value).tolist()]
    if value.ndim == 1:
        return rows[0]
    return "\n".join([f"[  # {shape_text(value.shape)}", *(f"  {row}," for row in rows), "]"])
