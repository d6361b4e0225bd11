"""``backproof diagnose``: why a training is stuck."""

from __future__ import annotations

import click

from ..diagnosing import diagnosis
from ..errors import InputError
from ..training.run import Run
from .common import RUN_FOLDER, Voice, is_run
from .options import PathName, output_options
from .waiting import waiting


@click.command()
@click.argument("run", default=RUN_FOLDER, metavar="[RUN]", type=PathName())
@click.option(
    "--try",
    "attempt",
    is_flag=True,
    help="Trial of the advice: whether it helps, and which single weight frees the run.",
)
@output_options
def diagnose(run: str, attempt: bool, as_json: bool, quiet: bool) -> int:
    """Say why a training run is stuck: what its numbers show, which units cause it, what to try.

    RUN is the folder that train has written.

    \b
    Example:
      backproof train --seed 8 --max-starts 1
      backproof diagnose backproof-run --try
    """
    voice = Voice(as_json, quiet)
    if not is_run(run):
        raise InputError(f"{run} is not a run: pass the folder that backproof train has written.")
    with waiting(voice, "trying the advice" if attempt else "looking at the run"):
        found = diagnosis.diagnose(Run.load(run), attempt=attempt)
    voice.say(str(found))
    voice.document(found.to_dict())
    return 0
