"""The command line: one small file per command, loaded when it is called.

Exit status: 0 done, 1 the answer is no, 2 the input can't be used (one message, nothing written),
130 interrupted.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

import click

from ..errors import InputError, unknown
from ..interrupts import MESSAGE, STATUS
from ..prose import line_width, printable
from ..version import __version__
from .streams import replace_what_cannot_be_shown

LONGEST_WORD = 300  # in a message; a path may be that long
COMMANDS = {
    "train": "Train a network (XOR by default): table, verdict, pictures.",
    "predict": "Predictions of a trained network for a table of inputs.",
    "derive": "Derivation of one step: every quantity in symbols and numbers.",
    "verify": "Proof of the gradient: symbolic, rounding errors, finite differences.",
    "exercise": "Exercise sheet to work out by hand, a file to fill in, and the key.",
    "check": "Marks for a learner's own numbers: which one is wrong, and why.",
    "diagnose": "Diagnosis of a training that is stuck, and what to try.",
    "completion": "Script that lets the shell complete commands and options.",
}


class _Commands(click.Group):
    """A group that imports a command's module only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f".{name}", __name__), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(str(unknown("command", args[0], COMMANDS)), ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # click would print an empty line
            return STATUS

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="backproof", message="%(prog)s %(version)s")
def backproof() -> None:
    """A neural network whose backpropagation you can read, check and prove.

    Example: `backproof train` learns XOR, shows what it learnt, and leaves the picture of the
    decision boundary in backproof-run.
    """


def main() -> None:
    """Run the command line; every error is one message on standard error."""
    os.environ["MPLBACKEND"] = "agg"  # pictures go into files, whatever the user has set
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it is closed
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
    replace_what_cannot_be_shown()
    try:
        status = backproof.main(
            prog_name="backproof", standalone_mode=False, terminal_width=line_width()
        )
        sys.stdout.flush()
        if status == STATUS:
            _failure(MESSAGE, STATUS)
    except (click.Abort, KeyboardInterrupt):
        status = _failure(MESSAGE, STATUS)
    except click.UsageError as error:
        where = f" See `{error.ctx.command_path} --help`." if error.ctx else ""
        status = _failure(f"{_sentence(error.format_message())}{where}", 2)
    except click.ClickException as error:
        status = _failure(error.format_message(), 2)
    except InputError as error:
        status = _failure(str(error), 2)
    except BrokenPipeError:  # the reader has seen enough
        _silence()
        status = 0
    except OSError as error:
        _silence()
        what = "standard output" if error.filename is None else error.filename
        status = _failure(f"can't use {what}: {error.strerror or error}.", 2)
    except MemoryError:
        status = _failure("there is not enough memory for that: use fewer units or examples.", 2)
    sys.exit(status if isinstance(status, int) else 0)


def _silence() -> None:
    """Let standard output lead nowhere: Python would complain once more at its end."""
    with suppress(OSError, AttributeError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _sentence(text: str) -> str:
    """Return a message with what ends a sentence, once."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _without_long_words(text: str) -> str:
    """Return a message whose words, what was typed among them, are cut where they have no end."""
    return re.sub(rf"(\S{{{LONGEST_WORD}}})\S+", r"\1…", text)


def _failure(message: str, status: int) -> int:
    with suppress(OSError):  # there may be nobody to tell
        click.echo(f"backproof: {printable(_without_long_words(message))}", err=True)
    return status
