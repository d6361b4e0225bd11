"""What `backproof train` reports: what it is about to train, and what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..activations import Array
from ..data.problem import Problem
from ..prose import comma_list, plural
from ..training import verdict
from ..training.run import Run
from .common import Voice, excerpt, next_step
from .plan import Plan
from .predictions import classes_answered, column_names, given_cells, narrow, output_cells


def headline(todo: Plan) -> str:
    """Return one line: the data, the network, how it is trained."""
    settings, m = todo.settings, len(todo.problem.x)
    what = f"{m:,} {plural('example', m)}; network {todo.network(todo.seed)}"
    how = f"{settings.optimiser}, learning rate {settings.learning_rate:g}"
    if settings.batch_size is not None:
        how += f", batches of {settings.batch_size}"
    how += f", {settings.epochs:,} epochs"
    if todo.start is None:
        how += f", seed {todo.seed}"
    return f"{todo.problem.name}: {what}; {how}"


def report(run: Run, data: Problem, voice: Voice, folder: Path, files: Sequence[str]) -> None:
    """Print the table of predictions, the verdict and the files; or all of it as JSON."""
    a = run.network.predict(run.x)
    voice.say()
    voice.say(excerpt(*_predictions(run, data, a)))
    voice.say()
    started = ""
    if run.starts > 1 and run.solved:
        started = f"start {run.starts} (seed {run.seed}) "
    voice.tell(f"{started}{run.verdict}")
    why = _why(run, folder)
    for remark in why:
        voice.say(remark)
    voice.tell(f"{folder}: {comma_list(files)}")
    voice.document(_document(run, a, folder, files) | {"remarks": [*run.remarks, *why]})


def _why(run: Run, folder: Path) -> list[str]:
    """Return where to ask why it didn't go well, if it didn't."""
    well = run.solved is not False and run.stopped != "diverged" and not run.remarks
    return [] if well else [f"Why: {next_step('diagnose', folder, '--try')}"]


def _document(run: Run, a: Array, folder: Path, files: Sequence[str]) -> dict[str, Any]:
    """Return the JSON of ``backproof train --json``."""
    return {
        "solved": run.solved,
        "loss": run.loss,
        "accuracy": run.accuracy,
        "epochs": run.epochs,
        "seed": run.seed,
        "starts": run.starts,
        "attempts": [dataclasses.asdict(attempt) for attempt in run.attempts],
        "verdict": run.verdict,
        "stopped": run.stopped,
        "predictions": [{"x": run.x[i], "y": run.y[i], "a": a[i]} for i in range(len(a))],
        "network": run.network.document(),
        "files": {name: str(folder / name) for name in files},
    }


def _predictions(run: Run, data: Problem, a: Array) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of the table: inputs, target, outputs, and whether they are on
    the target's side.
    """
    x, y = run.x, run.y
    targets = [given_cells(row) for row in y]
    names = classes_answered(y, data.classes)
    if names and data.classes != ("0", "1"):
        targets = [[name] for name in names]
    header = [*data.inputs]
    header += [data.target] if len(targets[0]) == 1 else column_names("y", y.shape[1])
    header += column_names(f"a{len(run.network.layers)}", a.shape[1])
    sides: list[list[str]] = [[] for _ in x]  # a regression has none
    good = verdict.right(a, y)
    if good is not None:
        header.append("")
        sides = [["right" if one else "wrong"] for one in good]
    rows = [
        [*given_cells(x[i]), *targets[i], *output_cells(a[i]), *sides[i]] for i in range(len(x))
    ]
    return narrow(header, rows, x.shape[1])
