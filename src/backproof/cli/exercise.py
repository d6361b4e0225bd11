"""``backproof exercise``: a sheet to work by hand, a file to fill in, the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..activations import ACTIVATIONS, SIGMOID
from ..classroom.exercises import Exercise, save_all
from ..classroom.exercises import exercise as made
from ..classroom.levels import LEVELS
from ..classroom.sheets import SHEET_FORMATS
from ..classroom.task import SHEET_RATE
from ..data.load import data_of
from ..prose import paragraph
from ..settings import NETWORK, TRAINING
from ..typesetting.terminal import terminal
from .common import Voice
from .options import OneOf, output_options, setting_option

MOST_HIDDEN = 5  # mistakes that are named one by one


@click.command(context_settings={"max_content_width": 100})
@click.option(
    "--level",
    type=OneOf("level", LEVELS),
    default="step",
    help=f"{', '.join(LEVELS)}. [default: step]",
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, help="Another seed, another sheet. [default: 0]"
)
@click.option(
    "--count",
    type=click.IntRange(1, 1000),
    default=1,
    help="So many sheets, from this seed on: one for each of a class. [default: 1]",
)
@setting_option(NETWORK["hidden"], usual="2", default="2")
@setting_option(NETWORK["activation"], default=NETWORK["activation"].default)
@setting_option(NETWORK["output"], usual=SIGMOID.name, default=SIGMOID.name)
@setting_option(NETWORK["loss"])
@click.option("--inputs", type=click.IntRange(1, 8), help="Inputs. [default: 2]")
@click.option("--outputs", type=click.IntRange(1, 8), help="Outputs. [default: 1, for softmax 2]")
@click.option("--examples", type=click.IntRange(1, 12), help="Examples. [default: 3]")
@click.option(
    "--problem", metavar="PROBLEM or CSV", help="Data instead of small whole numbers: xor, say."
)
@click.option(
    "--decimals",
    type=click.IntRange(1, 12),
    default=4,
    help="That each number is to be given to. [default: 4]",
)
@setting_option(
    TRAINING["learning_rate"], help="of the update", usual=f"{SHEET_RATE}", default=SHEET_RATE
)
@click.option(
    "--format",
    "form",
    type=OneOf("format", SHEET_FORMATS),
    default="markdown",
    help=f"Of the sheets: {', '.join(SHEET_FORMATS)}. [default: markdown]",
)
@click.option(
    "--out", type=click.Path(), metavar="DIR", help="Where to write. [default: exercise-SEED]"
)
@click.option(
    "--overwrite",
    is_flag=True,
    help="Replace an exercise's folder that is there already, and all that is in it.",
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
    found = [made(number, **_arguments(options)) for number in range(seed, seed + count)]
    folder = Path(out or f"exercise-{seed}")
    if count == 1:
        found[0].save(folder, form, overwrite)
        voice.say(terminal(found[0].sheet()))
    else:
        save_all(found, folder, form, overwrite)
    _report(found, folder, SHEET_FORMATS[form], voice)
    documents = [_document(one, folder, SHEET_FORMATS[form], count) for one in found]
    voice.document(documents[0] if count == 1 else documents)
    return 0


def _arguments(options: dict[str, Any]) -> dict[str, Any]:
    given = {
        name: value for name, value in options.items() if value is not None and name != "problem"
    }
    if ACTIVATIONS[options["output"]].couples:
        given.setdefault("outputs", 2)
    if options["problem"] is None:
        return given
    context = click.get_current_context()
    for name in ("inputs", "outputs", "examples"):
        if options[name] is not None:
            raise click.UsageError(f"--{name}: --problem says how many there are.", context)
    data = data_of(options["problem"])
    return given | {"data": (data.x, data.y)}


def _report(found: list[Exercise], folder: Path, ending: str, voice: Voice) -> None:
    if len(found) == 1:
        voice.say(
            f"{folder}: sheet{ending} and answers.toml to hand out; key.toml and working{ending} to"
            " keep."
        )
        voice.say(
            f"Filled in, it is marked by: backproof check answers.toml --key {folder / 'key.toml'}"
        )
    else:
        voice.say(
            f"{folder}: {len(found)} sheets in sheets/, to hand out; their keys with the working in"
            " keys/, to keep."
        )
        voice.say(
            f"Filled in, they are marked by: backproof check HANDED-IN --key {folder / 'keys'}"
            " --csv marks.csv"
        )
    for one in found:
        if one.hidden:
            shown = [f"{mistake} in {name}" for name, mistake in one.hidden[:MOST_HIDDEN]]
            shown += (
                [f"{len(one.hidden) - MOST_HIDDEN} more"] if len(one.hidden) > MOST_HIDDEN else []
            )
            voice.say(
                paragraph(f"sheet {one.id} does not show {', '.join(shown)}: more decimals would.")
            )


def _document(one: Exercise, folder: Path, ending: str, count: int) -> dict[str, Any]:
    if count == 1:
        names = [f"sheet{ending}", "answers.toml", "key.toml", f"working{ending}"]
        files = {name: str(folder / name) for name in names}
    else:
        sheet, keys = folder / "sheets" / str(one.seed), folder / "keys"
        files = {
            f"sheet{ending}": str(sheet / f"sheet{ending}"),
            "answers.toml": str(sheet / "answers.toml"),
        }
        files |= {
            "key.toml": str(keys / f"{one.seed}.toml"),
            f"working{ending}": str(keys / f"{one.seed}-working{ending}"),
        }
    return one.to_dict() | {"files": files}
