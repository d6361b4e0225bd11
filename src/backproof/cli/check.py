"""``backproof check``: a learner's own numbers, marked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click

from ..classroom.gradebook import common_mistakes, grades_csv, overview
from ..classroom.grading import SCHEME, Graded, grade
from ..classroom.keys import read_keys
from ..classroom.papers import papers, passed_over
from ..errors import InputError
from ..losses import BCE
from ..marking import marks
from ..marking.answers.files import Paper, read_answers
from ..marking.answers.rounding import Rounding
from ..marking.code.check_code import SECONDS, check_code
from ..marking.marks import Marked
from ..marking.mistakes.chapters import entries, page
from ..prose import comma_list, paragraph
from ..reading import is_folder, is_there
from ..settings import NETWORK, TRAINING
from ..writing import write_text
from .common import Voice, status, table
from .options import Given, PathName, flag, given_options, output_options, setting_option
from .waiting import waiting

MOST_PAPERS = 500  # shown in the table; all are in the CSV
MOST_COMMON = 8  # mistakes of a class that are listed

# which options go with what; the answers files themselves may say the last three
OF_CODE = ("activation", "loss", "output", "seconds")
OF_FILES = ("learning_rate", "decimals", "figures")


@click.command()
@click.argument("answers", nargs=-1, metavar="ANSWERS…", type=PathName())
@click.option(
    "--key",
    type=PathName(),
    help=(
        "Teacher's key, or a folder of keys, with the network and the data. ANSWERS may then be"
        " folders."
    ),
)
@click.option(
    "--csv",
    metavar="FILE",
    type=PathName(),
    help="CSV file to write the marks to, with points and feedback (with --key).",
)
@click.option(
    "--convention",
    help=(
        "Convention of the numbers: notes, delta, sum, ascent, columns … [default: what fits best]"
    ),
)
@setting_option(
    TRAINING["learning_rate"],
    help="learning rate of the update (for W1_next and the like)",
    usual="the file's",
)
@click.option(
    "--decimals",
    type=click.IntRange(0),
    help="Digits after the decimal point that count. [default: those written]",
)
@click.option(
    "--figures",
    type=click.IntRange(1),
    help="Significant figures that count, instead of decimals. [default: those written]",
)
@click.option(
    "--code",
    metavar="FILE.py:FUNCTION",
    help="Function of your own to mark instead: f(x, y, W1, b1, W2, b2), which returns a dict.",
)
@setting_option(NETWORK["activation"], note="with --code")
@setting_option(NETWORK["loss"], usual=BCE.name, note="with --code")
@setting_option(NETWORK["output"], usual="what goes with the loss", note="with --code")
@click.option(
    "--seconds",
    type=float,
    help=f"Time limit of the function (with --code). [default: {SECONDS:g}]",
)
@click.option(
    "--mistakes", is_flag=True, help="Catalogue of the known mistakes, in Markdown (or JSON)."
)
@output_options
def check(
    answers: tuple[str, ...], mistakes: bool, as_json: bool, quiet: bool, **options: Any
) -> int:
    """Mark a learner's own numbers: each is right, follows from an earlier slip, or wrong, with the
    mistake named.

    The answers file (TOML, JSON, or CSV from a spreadsheet) names the network and the data, and
    holds any of the quantities; the digits written count. With --code, a function of your own is
    tried on several networks, in a process with a time limit; that is for your own code, not a
    sandbox. Exit status 1 if a number is wrong.

    \b
    Example:
      backproof check answers.toml
      backproof check anna.toml ben.csv --json
      backproof check --code mine.py:backward --activation tanh
      backproof check handed-in/ --key key.toml --csv marks.csv
    """
    voice = Voice(as_json, quiet)
    if mistakes:
        if as_json:
            voice.document(entries())
        else:
            click.echo(page(), nl=False)
        return 0
    given = given_options(options)
    _check_options(answers, given)
    if "code" in given:
        return _code(given, voice)
    if "key" in given:
        return _class(answers, given, voice)
    return _files(answers, given, voice)


def _check_options(answers: tuple[str, ...], given: Given) -> None:
    """Raise a usage error for options that don't go together."""
    context = click.get_current_context()
    if bool(answers) == ("code" in given):
        raise click.UsageError("pass answers files, or --code FILE.py:FUNCTION.", context)
    for name, why in _misplaced(given).items():
        if name in given:
            raise click.UsageError(f"{flag(name)}: {why}.", context)


def _misplaced(given: Given) -> dict[str, str]:
    """Return the options that don't go with those given, and why."""
    if "code" in given:
        files = "goes with answers files"
        return {"key": files, "csv": "goes with --key", **dict.fromkeys(OF_FILES, files)}
    found = dict.fromkeys(OF_CODE, "goes with --code")
    if "key" in given:
        return found | dict.fromkeys(OF_FILES, "the key says it")
    return found | {"csv": "goes with --key"}


def _code(given: dict[str, Any], voice: Voice) -> int:
    """Mark a function."""
    with waiting(voice, "running the function"):
        found = check_code(given.pop("code"), **given)
    voice.say(str(found))
    voice.document(found.to_dict())
    return status(found.ok)


def _files(answers: tuple[str, ...], given: Given, voice: Voice) -> int:
    """Mark answers files that say themselves what they are about."""
    results = []
    with waiting(voice, "marking") as doing:
        for path in answers:
            doing(f"marking {path}")
            results.append((path, _marked(path, given)))
    for path, result in results:
        if len(results) > 1:
            voice.say(f"{path}:")
        voice.say(str(result))
    voice.documents([{"file": path} | result.to_dict() for path, result in results])
    return status(all(result.ok for _, result in results))


def _marked(path: str, given: Given) -> Marked:
    paper = read_answers(Path(path))
    what = paper.objective()
    try:
        return marks.marked(
            paper.answers,
            what,
            _rounding(given, paper),
            learning_rate=given.get("learning_rate", paper.learning_rate),
            convention=given.get("convention", paper.settings.get("convention")),
            places=paper.places,
        )
    except InputError as error:
        if str(error).startswith(path):  # it names the file already, with the line
            raise
        raise InputError(f"{path}: {error}") from None


def _rounding(given: Given, paper: Paper) -> Rounding:
    """Return what the numbers were rounded to, if an option says it, or else the file."""
    said = Rounding(given.get("decimals"), given.get("figures"))
    return said if said.stated else paper.rounding


def _class(answers: tuple[str, ...], given: Given, voice: Voice) -> int:
    """Mark the papers of a class; a file that can't be read is an entry of its own, not the end of
    it.
    """
    keys = read_keys(given["key"])
    target = Path(given["csv"]) if "csv" in given else None
    files, strange = _papers(answers, [key.paper.path for key in keys], target)
    results = []
    with waiting(voice, "marking") as doing:
        for number, file in enumerate(files, 1):
            doing(f"marking paper {number} of {len(files)}")
            results.append(grade(file, keys, given.get("convention")))
    one_file = len(answers) == 1 and not is_folder(answers[0])
    if one_file and results[0].marked is None:  # there are no others to go on with
        raise InputError(results[0].error)
    if target is not None:
        write_text(target, grades_csv(results))
    _report(results, voice)
    if strange:
        names = comma_list(map(str, strange))
        voice.say(paragraph(f"ignored, as they are not .toml, .json or .csv: {names}"))
    if target is not None:
        voice.say(f"\nwrote {target}")
    voice.documents([result.to_dict() for result in results])
    return status(all(result.ok for result in results))


def _papers(
    answers: tuple[str, ...], keys: list[Path], target: Path | None
) -> tuple[list[Path], list[Path]]:
    """Return the answers files, each once, and the files in folders that are none; raise
    `InputError` if there are none, or if the table would be written over one of them.
    """
    own = {path.resolve() for path in keys}
    found: dict[Path, Path] = {}
    strange: list[Path] = []
    for path in map(Path, answers):
        if not is_there(path):
            raise InputError(f"can't read {path}: there is no such file or folder.")
        if is_folder(path):
            taken = own | set(found)
            found |= {file.resolve(): file for file in papers(path) if file.resolve() not in taken}
            strange += passed_over(path)
        else:
            found.setdefault(path.resolve(), path)  # a key too, where it is named itself
    if target is not None and target.resolve() in own | set(found):
        raise InputError(
            f"--csv {target} would overwrite an answers file or a key: name another file."
        )
    if not found:
        raise InputError(f"no answers file (.toml, .json, .csv) in {comma_list(answers)}.")
    return list(found.values()), strange


def _report(results: list[Graded], voice: Voice) -> None:
    """Print the marks of a class: the table, what each should read, what went wrong most often."""
    if len(results) == 1 and results[0].marked is not None:
        voice.say(f"{results[0].marked}\n")
    voice.say(table(*overview(results), MOST_PAPERS))
    voice.say()
    voice.tell("  · right   f follows from an earlier slip   X wrong   - missing")
    voice.say(paragraph(f"Points: {SCHEME}.", "  ") + "\n")
    if len(results) == 1:  # its marks say it all
        return
    for result in results:
        said = result.feedback()
        if said != "all right":
            voice.say(paragraph(f"{result.who}: {said}", indent="  "))
    for who, count in Counter(result.who for result in results).items():
        if count > 1:
            files = comma_list(result.file for result in results if result.who == who)
            voice.say(paragraph(f"{count} papers are by {who}: {files}"))
    common = [paragraph(line, "  ") for line in common_mistakes(results)[:MOST_COMMON]]
    if common:
        voice.say("\n".join(["\nwhat went wrong most often:", *common]))
