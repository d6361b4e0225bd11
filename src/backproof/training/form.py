"""What the file of a run must hold, entry by entry and together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backprop import Objective
from ..errors import InputError
from ..prose import number_of, shown
from ..schema import (
    SWITCH,
    TEXT,
    Checked,
    Form,
    Kind,
    ListOf,
    Numbers,
    OneOf,
    Table,
    TableOf,
    maybe,
    number,
    whole,
)
from ..settings import TRAINING

STOPS = {
    "epochs": "all epochs done",
    "tolerance": "every output within the tolerance of its target",
    "stop_loss": "loss below the limit",
    "patience": "no progress any more",
    "callback": "stopped by the callback",
    "interrupted": "interrupted",
    "diverged": "diverged",
}

LOSS = number(finite=False)
ATTEMPT: Mapping[str, Kind] = {
    "seed": maybe(whole()),
    "epochs": whole(),
    "loss": LOSS,
    "solved": maybe(SWITCH),
    "verdict": TEXT,
}
NAMES = ListOf(TEXT)
PROBLEM: Mapping[str, Kind] = {"name": TEXT, "inputs": NAMES, "target": TEXT, "classes": NAMES}
RUN_FORM = Form(
    "backproof-run",
    1,
    "run",
    Table(
        {
            "settings": Table({name: Checked(one.check) for name, one in TRAINING.items()}),
            "seed": maybe(whole()),
            "attempts": ListOf(Table(ATTEMPT)),
            "problem": Table({}, PROBLEM),
            "x": Numbers(2),
            "y": Numbers(2),
            "example_weights": maybe(Numbers(1)),
            "network_before": Table({}),
            "network": Table({}),
            "losses": Numbers(1, LOSS),
            "stopped": OneOf("reason to stop", STOPS),
        },
        # what follows from the others is not read, but must not be nonsense
        {
            "starts": whole(1),
            "epochs": whole(),
            "solved": maybe(SWITCH),
            "interrupted": SWITCH,
            "verdict": TEXT,
            "versions": TableOf(TEXT),
        },
    ),
)


def check_together(document: Mapping[str, Any], before: Objective, after: Objective) -> None:
    """Raise `InputError` where the entries of a run's document, each right in itself, don't fit
    each other; `before` and `after` are what was minimised, at both ends.
    """
    if before.net.structure != after.net.structure or before.net.sizes != after.net.sizes:
        raise InputError(
            f"network_before is {before.net}, and network is {after.net}: training doesn't change"
            " that."
        )
    done, losses = document.get("epochs"), len(document["losses"])
    if done is not None and done != losses - 1:
        raise InputError(
            f"losses has {losses:,} entries, but epochs is {shown(done)}: the loss of the start,"
            " and one for each."
        )
    if losses - 1 > document["settings"]["epochs"]:
        raise InputError("losses has more entries than settings.epochs asks for.")
    for name, counts in (
        ("inputs", {0, after.net.sizes[0]}),
        ("classes", {0, max(2, after.net.sizes[-1])}),
    ):
        names = document["problem"].get(name, [])
        if len(names) not in counts:
            raise InputError(
                f"problem.{name} has {number_of(len(names), 'name')}, but there are {max(counts)}"
                f" {name}."
            )
