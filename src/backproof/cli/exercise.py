"""``backproof exercise``: a sheet to work out by hand, a file to fill in, the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..activations import ACTIVATIONS, SIGMOID
from ..classroom import exercises
from ..classroom.exercises import MOST_EXAMPLES, SHEET_DECIMALS, Exercise, Files
from ..classroom.levels import LEVELS
from ..classroom.sheets import SHEET_FORMATS
from ..classroom.task import SHEET_RATE
from ..data.load import data_of
from ..prose import comma_list, line_width, paragraph
from ..settings import NETWORK, TRAINING
from ..typesetting.terminal import terminal
from .common import Voice, next_step
from .options import OneOf, PathName, given_options, output_options, setting_option
from .waiting import waiting

MOST_HIDDEN = 5  # mistakes that are named one by one


@click.command()
@click.option(
    "--level",
    type=OneOf("level", LEVELS),
    default="step",
    help=f"Level: {', '.join(LEVELS)}. [default: step]",
)
@click.option("--seed", type=click.IntRange(0), default=0, help="Seed of the sheet. [default: 0]")
@click.option(
    "--count",
    type=click.IntRange(1, 1000),
    default=1,
    help="Number of sheets, one for each learner of a class. [default: 1]",
)
@setting_option(NETWORK["hidden"], usual="2", default="2")
@setting_option(NETWORK["activation"], default=NETWORK["activation"].default)
@setting_option(NETWORK["output"], usual=SIGMOID.name, default=SIGMOID.name)
@setting_option(NETWORK["loss"])
@click.option("--inputs", type=click.IntRange(1, 8), help="Number of inputs. [default: 2]")
@click.option(
    "--outputs", type=click.IntRange(1, 8), help="Number of outputs. [default: 1; softmax: 2]"
)
@click.option(
    "--examples", type=click.IntRange(1, MOST_EXAMPLES), help="Number of examples. [default: 3]"
)
@click.option(
    "--problem",
    metavar="PROBLEM or CSV",
    help="Data to use instead of small whole numbers, such as xor.",
)
@click.option(
    "--decimals",
    type=click.IntRange(1, int(SHEET_DECIMALS.most)),
    default=4,
    help="Decimals that the learners give. [default: 4]",
)
@setting_option(
    TRAINING["learning_rate"],
    help="learning rate of the update",
    usual=f"{SHEET_RATE}",
    default=SHEET_RATE,
)
@click.option(
    "--format",
    "form",
    type=OneOf("format", SHEET_FORMATS),
    default="markdown",
    help=f"Format of the sheets: {', '.join(SHEET_FORMATS)}. [default: markdown]",
)
@click.option(
    "--out", type=PathName(), metavar="DIR", help="Folder to write to. [default: exercise-SEED]"
)
@click.option(
    "--overwrite",
    is_flag=True,
    help="Replace an existing exercise folder, with everything in it.",
)
@output_options
def exercise(
    seed: int,
    count: int,
    form: str,
    out: str | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Make an exercise: a network with friendly numbers, its data, and blanks; an answers file to
    fill in; the key with the working.

    The numbers are chosen so that the usual mistakes give visibly different ones.

    \b
    Example:
      backproof exercise --seed 7
      backproof exercise --level forward --format html
      backproof exercise --count 60 --problem xor --out class-4b
    """
    voice = Voice(as_json, quiet)
    arguments = _arguments(options)
    found = []
    with waiting(voice, "making the exercise") as doing:
        for number in range(seed, seed + count):
            doing(f"making exercise {number}")
            found.append(exercises.exercise(number, **arguments))
    folder, kind = Path(out or f"exercise-{seed}"), SHEET_FORMATS[form]
    if count == 1:
        found[0].save(folder, form, overwrite)
        voice.say(terminal(found[0].sheet(), width=line_width()))
        files = [exercises.files_of_sheet(folder, kind)]
        _report_sheet(folder, files[0], voice)
    else:
        with waiting(voice, "writing the sheets"):
            exercises.save_all(found, folder, form, overwrite)
        files = [exercises.files_among_many(folder, kind, one.seed) for one in found]
        _report_sheets(folder, files, voice)
    _report_hidden(found, voice)
    voice.documents(
        [one.to_dict() | {"files": own.to_dict()} for one, own in zip(found, files, strict=True)]
    )
    return 0


def _arguments(options: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of `exercises.exercise` that the options mean."""
    given = given_options(options)
    if ACTIVATIONS[options["output"]].couples:
        given.setdefault("outputs", 2)  # a softmax over one is always 1
    if "problem" not in given:
        return given
    for name in ("inputs", "outputs", "examples"):
        if options[name] is not None:
            raise click.UsageError(
                f"--{name}: --problem says how many there are.", click.get_current_context()
            )
    data = data_of(given.pop("problem"))
    return given | {"data": (data.x, data.y)}


def _report_sheet(folder: Path, files: Files, voice: Voice) -> None:
    voice.tell(
        f"{folder}: {files.sheet.name} and {files.answers.name} to hand out; {files.key.name} and"
        f" {files.working.name} to keep."
    )
    _say_how_to_mark(voice, files.answers, "--key", files.key)


def _report_sheets(folder: Path, files: list[Files], voice: Voice) -> None:
    handout, keys = files[0].answers.parent.parent, files[0].key.parent
    voice.tell(
        f"{folder}: {len(files)} sheets in {handout.name}/, to hand out; their keys with the"
        f" working in {keys.name}/, to keep."
    )
    _say_how_to_mark(voice, handout, "--key", keys, "--csv", "marks.csv")


def _say_how_to_mark(voice: Voice, *words: object) -> None:
    voice.say(f"To mark the answers when they are filled in:\n  {next_step('check', *words)}")


def _report_hidden(found: list[Exercise], voice: Voice) -> None:
    """Say which mistakes the numbers of a sheet would not show."""
    for one in found:
        if not one.hidden:
            continue
        shown = [f"{mistake} in {name}" for name, mistake in one.hidden[:MOST_HIDDEN]]
        if len(one.hidden) > MOST_HIDDEN:
            shown.append(f"{len(one.hidden) - MOST_HIDDEN} more")
        voice.say(
            paragraph(f"sheet {one.id} does not show {comma_list(shown)}: more decimals would.")
        )
