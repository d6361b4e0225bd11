"""What the commands share: `--json` and `--quiet`, names as options, tables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from ..errors import InputError, choose
from ..files import dumps, read_json
from ..network import FORMAT as NETWORK_FORMAT
from ..network import Network, network_of
from ..training.run import Run, run_of

ROWS = 20  # a longer table is cut, and says so


class OneOf(click.ParamType):  # type: ignore[type-arg]
    """A name out of a list; an unknown one is answered with the nearest."""

    def __init__(self, kind: str, names: Iterable[str]) -> None:
        self.kind, self.names, self.name = kind, tuple(names), kind.upper()

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            choose(self.kind, value, dict.fromkeys(self.names))
        except InputError as error:
            self.fail(str(error), param, ctx)
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(name) for name in self.names if name.startswith(incomplete)]


class Whole(click.ParamType):  # type: ignore[type-arg]
    """Whole numbers from 1 up, separated by commas; ``none`` for none."""

    name = "N,N…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[int]:
        if isinstance(value, list):
            return value
        parts = [part.strip() for part in value.split(",")] if value != "none" else []
        if not all(part.isascii() and part.isdigit() and int(part) >= 1 for part in parts):
            self.fail(
                f"{value!r} is not a list of whole numbers from 1 up, such as 2 or 8,4.", param, ctx
            )
        return [int(part) for part in parts]


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json` and `--quiet`."""
    command = click.option(
        "--quiet", "-q", is_flag=True, help="Say nothing but errors (and the JSON, if asked)."
    )(command)
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="One JSON document on standard output, remarks on standard error.",
    )(command)


class Voice:
    """Where a command speaks: remarks to standard output, or to standard error when that holds the
    JSON document.
    """

    def __init__(self, as_json: bool, quiet: bool):
        self.as_json, self.quiet = as_json, quiet

    def say(self, text: str = "") -> None:
        """Print a remark."""
        if not self.quiet:
            click.echo(text, err=self.as_json)

    def document(self, document: Any) -> None:
        """Print the JSON document, if it was asked for."""
        if self.as_json:
            click.echo(dumps(document), nl=False)

    @property
    def animated(self) -> bool:
        """Whether a progress bar may move: on a terminal only."""
        return not self.quiet and sys.stderr.isatty()


def table(header: Sequence[str], rows: Sequence[Sequence[str]], most: int = ROWS) -> str:
    """Return cells lined up in columns, at most `most` rows of them, and how many more there are."""
    shown = rows[:most]
    widths = [max(len(row[j]) for row in [header, *shown]) for j in range(len(header))]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [header, *shown]
    ]
    if len(rows) > most:
        lines.append(f"… and {len(rows) - most:,} more")
    return "\n".join(f"  {line}" for line in lines)


def is_run(text: str) -> bool:
    """Whether an argument names a run: a folder, or a run's file."""
    return Path(text).is_dir() or Path(text).name == "run.json"


def read_run_or_network(path: str) -> tuple[Network, Run | None]:
    """Read a run (folder or file) or a network file; return the network, and the run if it is one."""
    if is_run(path):
        run = Run.load(path)
        return run.network, run
    document = read_json(path)
    if (
        isinstance(document, dict)
        and "network_before" in document
        and document.get("format") != NETWORK_FORMAT
    ):
        run = run_of(document, path)
        return run.network, run
    return network_of(document, path), None
