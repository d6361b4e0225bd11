"""What the commands share: where they speak, tables, the reading of a run or a network."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ..files import dumps
from ..network import NETWORK_FORM, Network, network_of
from ..prose import paragraph, printable, terminal_width
from ..reading import is_folder, read_json
from ..training.run import RUN, Run, run_of
from ..typesetting.columns import Cells, in_parts, lined_up, without_middle
from .streams import json_shown

RUN_FOLDER = "backproof-run"  # where train leaves a run, unless told
MOST_TABLE_ROWS = 20  # a longer table is cut, and says so
INDENT = "  "  # of a table


class Voice:
    """Where a command speaks: remarks to standard output, or to standard error when that holds the
    JSON document.
    """

    def __init__(self, as_json: bool, quiet: bool):
        self.as_json, self.quiet = as_json, quiet

    def say(self, text: str = "") -> None:
        """Print a remark."""
        if not self.quiet:
            click.echo(printable(text), err=self.as_json)

    def tell(self, text: str) -> None:
        """Print a remark in lines that the terminal has room for."""
        self.say(paragraph(text, indent="  "))

    def document(self, document: Any) -> None:
        """Print the JSON document, if it was asked for."""
        if self.as_json:
            click.echo(json_shown(dumps(document)), nl=False)

    def documents(self, documents: Sequence[Any]) -> None:
        """Print several as one JSON document, if asked for: a list, or the only one alone."""
        self.document(documents[0] if len(documents) == 1 else documents)

    @property
    def animated(self) -> bool:
        """Whether a progress bar may move: on a terminal only."""
        return not self.quiet and sys.stderr.isatty()


def table(header: Sequence[str], rows: Cells, most: int = MOST_TABLE_ROWS) -> str:
    """Return cells lined up in columns, at most `most` rows of them, and how many are left out.

    Columns that the terminal is too narrow for stand below, after the first column once more.
    """
    parts = [
        "\n".join(_indented(lined_up(part)))
        for part in in_parts(_head(header, rows, most), _room())
    ]
    return "\n\n".join(parts) + _left_out(rows, most)


def excerpt(header: Sequence[str], rows: Cells, most: int = MOST_TABLE_ROWS) -> str:
    """Return cells as `table` does, but without the middle columns that the terminal is too narrow
    for.
    """
    shown = without_middle(_head(header, rows, most), _room())
    return "\n".join(_indented(lined_up(shown))) + _left_out(rows, most)


def _head(header: Sequence[str], rows: Cells, most: int) -> Cells:
    return [header, *rows[:most]]


def _room() -> int:
    return terminal_width() - len(INDENT)


def _indented(lines: list[str]) -> list[str]:
    return [f"{INDENT}{line}" for line in lines]


def _left_out(rows: Cells, most: int) -> str:
    return f"\n{INDENT}… and {len(rows) - most:,} more" if len(rows) > most else ""


def next_step(*words: object) -> str:
    """Return a command to type next, `backproof` and these words, quoted for a shell; a path that
    begins with a dash is no option.
    """
    typed = (f"./{word}" if _like_an_option(word) else str(word) for word in words)
    return printable(shlex.join(["backproof", *typed]))


def _like_an_option(word: object) -> bool:
    return isinstance(word, Path) and str(word).startswith("-")


def status(yes: bool) -> int:
    """Return the exit status of an answer."""
    return 0 if yes else 1


def is_run(text: str) -> bool:
    """Whether an argument names a run: a folder, or a run's file."""
    return is_folder(text) or Path(text).name == RUN.mark


def read_run_or_network(path: str) -> tuple[Network, Run | None]:
    """Read a run (folder or file) or a network file; return the network, and the run if it is one.

    Raises `InputError` if it is neither, or broken.
    """
    if is_run(path):
        run = Run.load(path)
        return run.network, run
    document = read_json(path)
    if _holds_run(document):
        run = run_of(document, path)
        return run.network, run
    return network_of(document, path), None


def _holds_run(document: Any) -> bool:
    """Whether a JSON document is a run's, whatever its file is called."""
    if not isinstance(document, dict) or document.get("format") == NETWORK_FORM.format:
        return False
    return "network_before" in document
