"""``backproof predict``: what a network answers to a table."""

from __future__ import annotations

import csv
import io

import click
import numpy as np

from ..activations import Array
from ..data.tables import read_inputs
from ..errors import InputError
from .common import Voice, read_run_or_network, table
from .options import output_options


@click.command()
@click.argument("source", metavar="NETWORK-or-RUN", type=click.Path())
@click.argument("data", metavar="[CSV]", required=False, type=click.Path())
@click.option(
    "--csv", "as_csv", is_flag=True, help="Print the inputs and outputs as CSV, in full precision."
)
@output_options
def predict(source: str, data: str | None, as_csv: bool, as_json: bool, quiet: bool) -> int:
    """Print the outputs of a network for the rows of a CSV, or of a run for its own data.

    The CSV has the inputs as columns, under the names of the run's data or in their order; a last
    column more, the target, is left out.

    \b
    Example:
      backproof predict backproof-run
      backproof predict backproof-run new.csv --csv
    """
    if as_csv and as_json:
        raise click.UsageError(
            "--csv and --json can't both have standard output.", click.get_current_context()
        )
    voice = Voice(as_json, quiet)
    net, run = read_run_or_network(source)
    names = tuple(run.problem.get("inputs", ())) if run else ()
    classes = tuple(run.problem.get("classes", ())) if run else ()
    if data is not None:
        x = read_inputs(data, net.sizes[0], names)
    elif run is not None:
        x = run.x
    else:
        raise InputError(
            f"{source} is a network without data: give a CSV with {net.sizes[0]} columns, one row"
            " for each question."
        )
    a = net.predict(x)
    answers = class_names(a, classes)
    header = [
        *(names or [f"x{j + 1}" for j in range(x.shape[1])]),
        *_outputs(net.sizes[-1], len(net.layers)),
    ]
    header += ["class"] if answers else []
    if as_csv:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        for i in range(len(x)):
            writer.writerow([*map(float, x[i]), *map(float, a[i]), *answers[i : i + 1]])
        click.echo(text.getvalue(), nl=False)
        return 0
    rows = [
        [
            *(f"{value:g}" for value in x[i]),
            *(f"{value:.4f}" for value in a[i]),
            *answers[i : i + 1],
        ]
        for i in range(len(x))
    ]
    if as_json:
        found = [
            {"x": x[i], "a": a[i]} | ({"class": answers[i]} if answers else {})
            for i in range(len(x))
        ]
        voice.document({"predictions": found})
    else:
        voice.say(table(*narrow(header, rows, x.shape[1])))
    return 0


def _outputs(n: int, layer: int) -> list[str]:
    return [f"a{layer}"] if n == 1 else [f"a{layer}[{k}]" for k in range(1, n + 1)]


def narrow(
    header: list[str], rows: list[list[str]], inputs: int, most: int = 6
) -> tuple[list[str], list[list[str]]]:
    """Leave out the middle inputs where there are more than `most`."""
    if inputs <= most:
        return header, rows
    kept = most // 2

    def cut(cells: list[str]) -> list[str]:
        return [*cells[:kept], "…", *cells[inputs - kept :]]

    return cut(header), [cut(row) for row in rows]


def class_names(a: Array, classes: tuple[str, ...]) -> list[str]:
    """Return the name of the class that each row of outputs means; none for a regression."""
    if not classes:
        return []
    chosen = (a[:, 0] > 0.5).astype(int) if a.shape[1] == 1 else np.argmax(a, axis=1)
    return [classes[kind] for kind in chosen] if len(classes) == max(2, a.shape[1]) else []
