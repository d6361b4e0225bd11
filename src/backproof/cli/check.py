"""``backproof check``: which number is wrong, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..errors import InputError
from ..marking.marks import Marked
from ..marking.marks import check as marked
from ..marking.reading import read_answers
from .common import Voice, output_options


@click.command(context_settings={"max_content_width": 100})
@click.argument("answers", nargs=-1, required=True, metavar="ANSWERS…", type=click.Path())
@click.option("--convention", help="How the numbers were written: notes, delta, sum, ascent, columns … [default: what fits best]")
@click.option("--learning-rate", type=float, help="For W1_next and the like. [default: the file's]")
@click.option("--decimals", type=click.IntRange(0), help="Digits after the point that count. [default: those written]")
@output_options
def check(answers: tuple[str, ...], as_json: bool, quiet: bool, **options: Any) -> int:
    """Mark a learner's own numbers: each is right, follows from an earlier slip, or wrong, with the mistake named.

    The answers file (TOML, JSON, or CSV from a spreadsheet) names the network and the data, and holds any of the quantities; the digits
    written count. Exit status 1 if a number is wrong.

    \b
    Example:
      backproof check answers.toml
      backproof check anna.toml ben.csv --json
    """
    voice = Voice(as_json, quiet)
    results = [(path, _one(path, options)) for path in answers]
    for path, result in results:
        voice.say(f"{path}:" if len(results) > 1 else "")
        voice.say(str(result))
    documents = [{"file": path} | result.to_dict() for path, result in results]
    voice.document(documents[0] if len(documents) == 1 else documents)
    return 0 if all(result.ok for _, result in results) else 1


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
