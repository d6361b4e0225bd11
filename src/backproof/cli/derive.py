"""``backproof derive``: one step of backpropagation with symbols, with numbers, with reasons."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ..conventions import MEANS
from ..errors import InputError
from ..explain import derivation
from ..explain.derivation import ENDINGS, Derivation
from ..prose import comma_list, line_width
from ..settings import DECIMALS, TRAINING
from . import pager
from .common import Voice, next_step
from .options import Given, OneOf, PathName, given_options, output_options, setting_option
from .source import subject, subject_arguments, subject_options
from .streams import document_shown
from .waiting import waiting


@click.command()
@subject_options
@click.option(
    "--weight",
    metavar="W2[1,1]",
    help="Weight or bias to explain alone: how wrong × how much it contributed.",
)
@setting_option(
    TRAINING["learning_rate"],
    help="learning rate of the update that is shown",
    usual="the run's, else 0.5 or less",
)
@click.option("--columns", is_flag=True, help="Examples as columns, as in many books: z = W a + b.")
@click.option(
    "--mean-in",
    type=OneOf("place of the 1/m", MEANS),
    default="dW",
    help="Place of the 1/m: dW or delta. [default: dW]",
)
@click.option(
    "--decimals",
    type=click.IntRange(1, int(DECIMALS.most)),
    default=4,
    help="Number of decimals shown. [default: 4]",
)
@click.option("--no-symbols", is_flag=True, help="Numbers only, without the entries in symbols.")
@click.option(
    "--format",
    "shape",
    type=OneOf("format", ENDINGS),
    help=f"Format: {', '.join(ENDINGS)}. [default: terminal]",
)
@click.option(
    "--out",
    type=PathName(),
    metavar="FILE",
    help="File to write, with its pictures; its ending is the format: .md .tex .html .json .txt.",
)
@click.option("--no-pager", is_flag=True, help="No pager: the whole text at once on a terminal.")
@output_options
def derive(
    source: str | None,
    out: str | None,
    shape: str | None,
    no_pager: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Derive one step of backpropagation: every quantity with its equation, its entries in symbols,
    its numbers and its reason.

    The network is that of a file, of a run at any epoch, or a new one (by default 2-2-1 on XOR).

    \b
    Example:
      backproof derive
      backproof derive backproof-run --epoch 100 --weight "W2[1,1]"
      backproof derive net.json --problem data.csv --out derivation.html
    """
    if as_json and shape not in (None, "json"):
        raise click.UsageError(
            f"--json and --format {shape} can't both go to standard output.",
            click.get_current_context(),
        )
    voice = Voice(as_json or shape == "json", quiet)
    with waiting(voice, "deriving"):
        d = _derivation(source, options)
    if out is not None:
        _write(d, Path(out), shape, voice)
    elif voice.as_json:
        voice.document(d.to_dict())
    elif not quiet:
        _print(d, shape or "terminal", not no_pager, voice)
    return 0


def _derivation(source: str | None, options: Given) -> Derivation:
    given = given_options(options)
    found = subject(source, given)
    return derivation.derive(
        found.net,
        found.x,
        found.y,
        weight=given.get("weight"),
        learning_rate=given.get("learning_rate", found.learning_rate),
        columns=options["columns"],
        mean_in=options["mean_in"],
        decimals=options["decimals"],
        symbols=not options["no_symbols"],
        example_weights=found.example_weights,
        l2=found.l2,
        problem=found.problem,
        remarks=found.remarks,
    )


def _print(d: Derivation, shape: str, paged: bool, voice: Voice) -> None:
    """Print a derivation; on a terminal, and if it may be `paged`, in the pager."""
    if shape != "terminal":
        with waiting(voice, "writing"):
            text = d.written(shape)
        click.echo(document_shown(text, shape), nl=False)
        return
    with waiting(voice, "writing"):
        text = d.to_text(bold=sys.stdout.isatty(), width=line_width())
    text += f"\n{_next_steps()}\n"
    if paged:
        pager.show(text)
    else:
        click.echo(text, nl=False)


def _next_steps() -> str:
    """Return which commands go on from here, with what this one was told of the network."""
    asked = subject_arguments()
    return (
        f"Next, to prove this gradient:\n  {next_step('verify', *asked)}\n"
        "To read about one weight alone:\n"
        f"  {next_step('derive', *asked, '--weight', 'W1[1,1]')}"
    )


def _write(d: Derivation, path: Path, shape: str | None, voice: Voice) -> None:
    """Write a derivation in the format of the file's ending, with its pictures; raise `InputError`
    if that isn't `shape`.
    """
    if shape is not None and path.suffix.lower() != ENDINGS[shape]:
        raise InputError(
            f"--format {shape} writes a file that ends in {ENDINGS[shape]}, got {path.name}."
        )
    with waiting(voice, f"writing {path.name}"):
        files = d.save(path)
    if voice.as_json:
        voice.document(d.to_dict())
    voice.say(f"wrote {comma_list(map(str, files))}")
