"""``backproof verify``: the proof of the gradient, three ways."""

from __future__ import annotations

from typing import Any

import click

from ..proof.verify import BOUND, CLOSE, Checked
from ..proof.verify import verify as proof
from .common import Voice, table
from .options import output_options
from .source import subject, subject_options


@click.command(context_settings={"max_content_width": 100})
@subject_options
@output_options
def verify(source: str | None, as_json: bool, quiet: bool, **options: Any) -> int:
    """Prove the gradient: by symbols, by balls that enclose the true value, by central differences.

    Of a network file, of a run at any epoch, or of a fresh start (2-2-1 on XOR unless told). Exit
    status 1 if something fails.

    \b
    Example:
      backproof verify
      backproof verify backproof-run --epoch 100
      backproof verify net.json --problem data.csv --json
    """
    voice = Voice(as_json, quiet)
    found = subject(source, {name: value for name, value in options.items() if value is not None})
    result = proof(found.net, found.x, found.y, example_weights=found.example_weights, l2=found.l2)
    for remark in found.remarks:
        voice.say(remark)
    voice.say()
    rows = [_cells(one) for one in result]
    voice.say(
        table(
            ["quantity", "identity", "float64 off by", "differences off by", ""],
            rows,
            most=len(rows),
        )
    )
    voice.say()
    voice.say(
        "identity: the chain rule equals the derivative of the loss, by symbols; float64: at most"
        f" {BOUND:g} from the"
    )
    voice.say(
        f"enclosed true value; differences: at most {CLOSE:g}; all as a share of the largest entry."
    )
    for remark in (*[lemma.words for lemma in result.lemmas if lemma.holds], *result.remarks):
        voice.say(f"- {remark[0].upper()}{remark[1:].rstrip('.')}.")
    for failure in result.failures:
        voice.say(f"FAILED: {failure.rstrip('.')}.")
    voice.say("proved." if result.ok else "not proved.")
    voice.document(result.to_dict())
    return 0 if result.ok else 1


def _cells(one: Checked) -> list[str]:
    symbols = {True: one.how, False: "NOT EQUAL", None: ""}[one.identity]
    figures = ["" if value is None else f"{value:.1e}" for value in (one.enclosure, one.difference)]
    return [one.name, symbols, *figures, "ok" if one.ok else "FAILED"]
