"""``backproof check``: which number is wrong, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..errors import InputError
from ..marking.catalogue import page
from ..marking.code import SECONDS, check_code
from ..marking.marks import Marked
from ..marking.marks import check as marked
from ..marking.reading import read_answers
from .common import Voice, output_options


@click.command(context_settings={"max_content_width": 100})
@click.argument("answers", nargs=-1, metavar="ANSWERS…", type=click.Path())
@click.option("--convention", help="How the numbers were written: notes, delta, sum, ascent, columns … [default: what fits best]")
@click.option("--learning-rate", type=float, help="For W1_next and the like. [default: the file's]")
@click.option("--decimals", type=click.IntRange(0), help="Digits after the point that count. [default: those written]")
@click.option("--code", metavar="FILE.py:FUNCTION", help="Mark your own function f(x, y, W1, b1, W2, b2), which returns a dict, instead.")
@click.option("--activation", help="With --code: of the hidden layers. [default: sigmoid]")
@click.option("--loss", help="With --code. [default: bce]")
@click.option("--output", help="With --code: of the output. [default: what goes with the loss]")
@click.option("--seconds", type=float, help=f"With --code: how long the function may take. [default: {SECONDS:g}]")
@click.option("--mistakes", is_flag=True, help="Print the catalogue of known mistakes, in Markdown.")
@output_options
def check(answers: tuple[str, ...], code: str | None, mistakes: bool, as_json: bool, quiet: bool, **options: Any) -> int:
    """Mark a learner's own numbers: each is right, follows from an earlier slip, or wrong, with the mistake named.

    The answers file (TOML, JSON, or CSV from a spreadsheet) names the network and the data, and holds any of the quantities; the digits
    written count. With --code, a function of your own is tried on several networks, in a process with a time limit; that is for your own
    code, and no sandbox. Exit status 1 if a number is wrong.

    \b
    Example:
      backproof check answers.toml
      backproof check anna.toml ben.csv --json
      backproof check --code mine.py:backward --activation tanh
    """
    if mistakes:
        click.echo(page(), nl=False)
        return 0
    voice = Voice(as_json, quiet)
    given = {name: value for name, value in options.items() if value is not None}
    _fitting(answers, code, given)
    if code is not None:
        found: Marked = check_code(code, **given)
        voice.say(str(found))
        voice.document(found.to_dict())
        return 0 if found.ok else 1
    results = [(path, _one(path, options)) for path in answers]
    for path, result in results:
        voice.say(f"{path}:" if len(results) > 1 else "")
        voice.say(str(result))
    documents = [{"file": path} | result.to_dict() for path, result in results]
    voice.document(documents[0] if len(documents) == 1 else documents)
    return 0 if all(result.ok for _, result in results) else 1


def _fitting(answers: tuple[str, ...], code: str | None, given: dict[str, Any]) -> None:
    """Raise a usage error for options that don't go together."""
    if bool(answers) == (code is not None):
        raise click.UsageError("give answers files, or --code FILE.py:FUNCTION.", click.get_current_context())
    foreign = {"activation", "loss", "output", "seconds"} if code is None else {"learning_rate", "decimals"}
    if wrong := sorted(foreign & set(given)):
        option = f"--{wrong[0].replace('_', '-')}"
        raise click.UsageError(f"{option} goes with {'--code' if code is None else 'answers files'}.", click.get_current_context())


def _one(path: str, options: dict[str, Any]) -> Marked:
    paper = read_answers(Path(path))
    net, x, y = paper.subject()
    rate = options["learning_rate"] or paper.settings.get("learning_rate")
    try:
        return marked(
            paper.answers,
            net,
            x,
            y,
            options["decimals"],
            learning_rate=None if rate is None else float(rate),
            convention=options["convention"] or paper.settings.get("convention"),
            places=paper.places,
        )
    except InputError as error:
        raise error if str(error).startswith(path) else InputError(f"{path}: {error}") from None
