"""``backproof predict``: what a network answers to a table."""

from __future__ import annotations

import csv
import io
from typing import Any

import click

from ..activations import Array
from ..data.problem import input_names
from ..data.tables import read_inputs
from ..errors import InputError
from ..network import Network
from ..prose import printable
from ..training.run import Run
from .common import Voice, excerpt, read_run_or_network
from .options import PathName, output_options
from .predictions import classes_answered, column_names, given_cells, narrow, output_cells


@click.command()
@click.argument("source", metavar="NETWORK-or-RUN", type=PathName())
@click.argument("data", metavar="[CSV]", required=False, type=PathName())
@click.option("--csv", "as_csv", is_flag=True, help="Inputs and outputs as CSV, in full precision.")
@output_options
def predict(source: str, data: str | None, as_csv: bool, as_json: bool, quiet: bool) -> int:
    """Print the outputs of a network for the rows of a CSV, or of a run for its own data.

    The CSV has the inputs as columns, under the names of the run's data or in their order; one more
    column at the end, the target, is ignored.

    \b
    Example:
      backproof predict backproof-run
      backproof predict backproof-run new.csv --csv
    """
    if as_csv and as_json:
        raise click.UsageError(
            "--csv and --json can't both go to standard output.", click.get_current_context()
        )
    voice = Voice(as_json, quiet)
    net, run = read_run_or_network(source)
    problem = run.problem if run else {}
    names, classes = tuple(problem.get("inputs", ())), tuple(problem.get("classes", ()))
    x = _inputs(source, data, net, run, names)
    a = net.predict(x)
    answers = classes_answered(a, classes)
    header = [*(names or input_names(x.shape[1])), *column_names(f"a{len(net.layers)}", a.shape[1])]
    labels: list[list[str]] = [[] for _ in x]  # a regression has no class
    if answers:
        header.append("class")
        labels = [[answer] for answer in answers]
    if as_csv:
        click.echo(printable(_csv_text(header, x, a, labels)), nl=False)
        return 0
    if as_json:
        voice.document({"predictions": _predictions(x, a, labels)})
        return 0
    rows = [
        [*given_cells(row), *output_cells(outputs), *label]
        for row, outputs, label in zip(x, a, labels, strict=True)
    ]
    voice.say(excerpt(*narrow(header, rows, x.shape[1])))
    return 0


def _inputs(
    source: str, data: str | None, net: Network, run: Run | None, names: tuple[str, ...]
) -> Array:
    """Return the inputs of a CSV, else the run's own."""
    if data is not None:
        return read_inputs(data, net.sizes[0], names)
    if run is not None:
        return run.x
    raise InputError(
        f"{source} is a network without data: pass a CSV with {net.sizes[0]} columns, one row"
        " for each question."
    )


def _csv_text(header: list[str], x: Array, a: Array, labels: list[list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row, outputs, label in zip(x, a, labels, strict=True):
        # Python's own floats are written in full: the shortest digits that read back the same
        writer.writerow([*map(float, row), *map(float, outputs), *label])
    return text.getvalue()


def _predictions(x: Array, a: Array, labels: list[list[str]]) -> list[dict[str, Any]]:
    found = []
    for row, outputs, label in zip(x, a, labels, strict=True):
        entry: dict[str, Any] = {"x": row, "a": outputs}
        if label:
            entry["class"] = label[0]
        found.append(entry)
    return found
