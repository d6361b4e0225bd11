"""``backproof verify``: the proof of the gradient, three ways."""

from __future__ import annotations

from typing import Any

import click

from ..proof.found import BOUND, CLOSE, Checked, Proof
from ..proof.verify import verify as verify_gradient
from .common import Voice, status, table
from .options import given_options, output_options
from .source import subject, subject_options
from .waiting import waiting

PROOF_HEADER = ("quantity", "symbolic", "rounding error ≤", "finite differences", "")


@click.command()
@subject_options
@output_options
def verify(source: str | None, as_json: bool, quiet: bool, **options: Any) -> int:
    """Prove the gradient: symbolically, by ball arithmetic, by finite differences.

    The network is that of a file, of a run at any epoch, or a new one (by default 2-2-1 on XOR).
    Exit status 1 if something fails.

    \b
    Example:
      backproof verify
      backproof verify backproof-run --epoch 100
      backproof verify net.json --problem data.csv --json
    """
    voice = Voice(as_json, quiet)
    found = subject(source, given_options(options))
    with waiting(voice, "proving the gradient") as doing:
        proof = verify_gradient(
            found.net,
            found.x,
            found.y,
            example_weights=found.example_weights,
            l2=found.l2,
            progress=lambda what: doing(f"proving: {what}"),
        )
    for remark in found.remarks:
        voice.tell(remark)
    _report(proof, voice)
    voice.document(proof.to_dict())
    return status(proof.ok)


def _report(proof: Proof, voice: Voice) -> None:
    """Print the table of quantities, what its columns mean, remarks and failures."""
    rows = [_cells(one) for one in proof]
    voice.say()
    voice.say(table(PROOF_HEADER, rows, most=len(rows)))
    voice.say()
    voice.tell(
        "symbolic: every equation is what it must be, and the chain rule equals the derivative of"
        " the loss, by SymPy; rounding error: at"
        f" most {BOUND:g} from the enclosed true value; finite differences: at most {CLOSE:g} from"
        " them; all relative to the largest entry."
    )
    lemmas = [lemma.words for lemma in proof.lemmas if lemma.holds]
    for remark in (*lemmas, *proof.remarks):
        voice.tell(f"- {remark[0].upper()}{remark[1:].rstrip('.')}.")
    for failure in proof.failures:
        voice.tell(f"FAILED: {failure.rstrip('.')}.")
    voice.say("proved." if proof.ok else "not proved.")


def _cells(one: Checked) -> list[str]:
    symbols = {True: one.how, False: "NOT EQUAL", None: ""}[one.identity]
    figures = [_figure(one.enclosure), _figure(one.difference)]
    return [one.name, symbols, *figures, "ok" if one.ok else "FAILED"]


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.1e}"
