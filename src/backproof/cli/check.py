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
from ..files import write_text
from ..losses import BCE
from ..marking.answers.files import read_answers
from ..marking.code.check_code import SECONDS, check_code
from ..marking.marks import Marked
from ..marking.marks import check as marked
from ..marking.mistakes.chapters import entries, page
from ..prose import paragraph
from ..settings import NETWORK, TRAINING
from .common import Voice, table
from .options import output_options, setting_option

MOST_PAPERS = 500  # shown in the table; all are in the CSV


@click.command(context_settings={"max_content_width": 100})
@click.argument("answers", nargs=-1, metavar="ANSWERS…", type=click.Path())
@click.option(
    "--key",
    type=click.Path(),
    help=(
        "The teacher's key, or a folder of keys: network and data come from it. ANSWERS may be"
        " folders."
    ),
)
@click.option(
    "--csv",
    "table_file",
    metavar="FILE",
    type=click.Path(),
    help="With --key: write who got what, with points and feedback.",
)
@click.option(
    "--convention",
    help=(
        "How the numbers were written: notes, delta, sum, ascent, columns … [default: what fits"
        " best]"
    ),
)
@setting_option(TRAINING["learning_rate"], help="for W1_next and the like", usual="the file's")
@click.option(
    "--decimals",
    type=click.IntRange(0),
    help="Digits after the point that count. [default: those written]",
)
@click.option(
    "--code",
    metavar="FILE.py:FUNCTION",
    help="Mark your own function f(x, y, W1, b1, W2, b2), which returns a dict, instead.",
)
@setting_option(NETWORK["activation"], note="with --code")
@setting_option(NETWORK["loss"], usual=BCE.name, note="with --code")
@setting_option(NETWORK["output"], usual="what goes with the loss", note="with --code")
@click.option(
    "--seconds",
    type=float,
    help=f"With --code: how long the function may take. [default: {SECONDS:g}]",
)
@click.option(
    "--mistakes", is_flag=True, help="Print the catalogue of known mistakes, in Markdown (or JSON)."
)
@output_options
def check(
    answers: tuple[str, ...], mistakes: bool, as_json: bool, quiet: bool, **options: Any
) -> int:
    """Mark a learner's own numbers: each is right, follows from an earlier slip, or wrong, with the
    mistake named.

    The answers file (TOML, JSON, or CSV from a spreadsheet) names the network and the data, and
    holds any of the quantities; the digits written count. With --code, a function of your own is
    tried on several networks, in a process with a time limit; that is for your own code, and no
    sandbox. Exit status 1 if a number is wrong.

    \b
    Example:
      backproof check answers.toml
      backproof check anna.toml ben.csv --json
      backproof check --code mine.py:backward --activation tanh
      backproof check handed-in/ --key key.toml --csv marks.csv
    """
    if mistakes:
        Voice(as_json, quiet).document(entries()) if as_json else click.echo(page(), nl=False)
        return 0
    voice = Voice(as_json, quiet)
    given = {name: value for name, value in options.items() if value is not None}
    _fitting(answers, given)
    if "code" in given:
        found: Marked = check_code(given.pop("code"), **given)
        voice.say(str(found))
        voice.document(found.to_dict())
        return 0 if found.ok else 1
    if "key" in given:
        return _class(answers, given, voice)
    results = [(path, _one(path, given)) for path in answers]
    for path, result in results:
        if len(results) > 1:
            voice.say(f"{path}:")
        voice.say(str(result))
    documents = [{"file": path} | result.to_dict() for path, result in results]
    voice.document(documents[0] if len(documents) == 1 else documents)
    return 0 if all(result.ok for _, result in results) else 1


def _fitting(answers: tuple[str, ...], given: dict[str, Any]) -> None:
    """Raise a usage error for options that don't go together."""
    context = click.get_current_context()
    if bool(answers) == ("code" in given):
        raise click.UsageError("give answers files, or --code FILE.py:FUNCTION.", context)
    of_code, of_key, of_files = (
        ("activation", "loss", "output", "seconds"),
        ("table_file",),
        ("learning_rate", "decimals"),
    )
    foreign: tuple[str, ...] = of_code if "code" not in given else ("key", *of_key, *of_files)
    foreign += of_files if "key" in given else of_key
    for name in foreign:
        if name in given:
            flag = "--csv" if name == "table_file" else f"--{name.replace('_', '-')}"
            other = (
                "the key says it"
                if "key" in given and name in of_files
                else f"goes with {_partner(name, of_code, of_key)}"
            )
            raise click.UsageError(f"{flag}: {other}.", context)


def _partner(name: str, of_code: tuple[str, ...], of_key: tuple[str, ...]) -> str:
    return "--code" if name in of_code else "--key" if name in of_key else "answers files"


def _one(path: str, given: dict[str, Any]) -> Marked:
    paper = read_answers(Path(path))
    net, x, y = paper.subject()
    try:
        return marked(
            paper.answers,
            net,
            x,
            y,
            given.get("decimals", paper.decimals),
            learning_rate=given.get("learning_rate", paper.learning_rate),
            convention=given.get("convention", paper.settings.get("convention")),
            places=paper.places,
        )
    except InputError as error:
        raise error if str(error).startswith(path) else InputError(f"{path}: {error}") from None


def _class(answers: tuple[str, ...], given: dict[str, Any], voice: Voice) -> int:
    """Mark the papers of a class; a file that can't be read is an entry of its own, not the end of
    it.
    """
    keys = read_keys(given["key"])
    target = Path(given["table_file"]) if "table_file" in given else None
    files, strange = _papers(answers, [key.paper.path for key in keys], target)
    results = [grade(file, keys, given.get("convention")) for file in files]
    if (
        len(answers) == 1
        and len(results) == 1
        and results[0].marked is None
        and not Path(answers[0]).is_dir()
    ):
        raise InputError(results[0].error)
    if target is not None:
        write_text(target, grades_csv(results))
    _report(results, voice)
    if strange:
        voice.say(
            paragraph(
                f"passed over, as they are not .toml, .json or .csv: {', '.join(map(str, strange))}"
            )
        )
    if target is not None:
        voice.say(f"\nwrote {target}")
    documents = [result.to_dict() for result in results]
    voice.document(documents[0] if len(documents) == 1 else documents)
    return 0 if all(result.ok for result in results) else 1


def _papers(
    answers: tuple[str, ...], keys: list[Path], target: Path | None
) -> tuple[list[Path], list[Path]]:
    """Return the answers files, each once, and the files in folders that are none; raise
    `InputError` if there are none.
    """
    own = {path.resolve() for path in keys}
    found: dict[Path, Path] = {}
    strange: list[Path] = []
    for path in map(Path, answers):
        if not path.exists():
            raise InputError(f"can't read {path}: there is no such file or folder.")
        if not path.is_dir():
            found.setdefault(path.resolve(), path)
            continue
        found |= {
            file.resolve(): file for file in papers(path) if file.resolve() not in own | set(found)
        }
        strange += passed_over(path)
    if target is not None and target.resolve() in own | set(found):
        raise InputError(
            f"--csv {target} would overwrite an answers file or a key: name another file."
        )
    if not found:
        raise InputError(f"no answers file (.toml, .json, .csv) in {', '.join(answers)}.")
    return list(found.values()), strange


def _report(results: list[Graded], voice: Voice) -> None:
    if len(results) == 1 and results[0].marked is not None:
        voice.say(str(results[0].marked) + "\n")
    header, rows = overview(results)
    voice.say(table(header, rows, MOST_PAPERS))
    voice.say("\n  · right   f follows from an earlier slip   X wrong   - missing")
    voice.say(paragraph(f"Points: {SCHEME}.", "  ") + "\n")
    for result in results:
        said = result.feedback()
        if len(results) > 1 and said != "all right":
            voice.say(paragraph(f"{result.who}: {said}", indent="  "))
    for who, count in Counter(result.who for result in results).items():
        if count > 1:
            voice.say(
                paragraph(
                    f"{count} papers are by {who}:"
                    f" {', '.join(result.file for result in results if result.who == who)}"
                )
            )
    common = common_mistakes(results) if len(results) > 1 else []
    if common:
        voice.say("\nwhat went wrong most often:\n" + "\n".join(f"  {line}" for line in common[:8]))
