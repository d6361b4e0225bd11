"""What the commands share: where they speak, tables, the reading of a run or a network."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ..files import dumps, read_json
from ..network import NETWORK_FORMAT as NETWORK_FORMAT
from ..network import Network, network_of
from ..training.run import Run, run_of

MOST_ROWS = 20  # a longer table is cut, and says so


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


def table(header: Sequence[str], rows: Sequence[Sequence[str]], most: int = MOST_ROWS) -> str:
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
