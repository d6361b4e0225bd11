"""What `backproof train` is to train: the data, the starting networks and the settings that its
arguments mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..activations import ACTIVATIONS
from ..backprop import check_data
from ..data.builtin import is_problem
from ..data.load import data_of, is_table
from ..data.problem import Problem, input_names
from ..errors import InputError
from ..losses import loss_for
from ..network import Network
from ..reading import is_there
from ..settings import DATA, NETWORK, TRAINING
from ..structure import FROZEN, NONE, TRAINED
from ..training.run import Run
from ..training.settings import Settings, usual_learning_rate
from .common import is_run, read_run_or_network
from .options import Given, refuse

MAX_STARTS, MOST_STARTS = 10, 1_000_000  # unless told; that may be asked for
# which options make sense for which kind of data; the rest go with all
OF_CLOUDS, OF_TABLES = ("points", "noise", "data_seed"), ("target", "task", "weights")
OF_THE_NETWORK = ("hidden", "activation", "output", "bias", "init", "scale")
OF_NEW_STARTS = (*OF_THE_NETWORK, "max_starts")

BIASES: dict[str, bool | str] = {TRAINED: True, FROZEN: "frozen", NONE: False}


@dataclass(frozen=True)
class Plan:
    """What to train.

    `start` is the given network, or None where each seed, from `seed` on, draws a new one with the
    arguments `random`.
    """

    problem: Problem
    settings: Settings
    start: Network | None
    random: dict[str, Any]
    seed: int
    max_starts: int

    def network(self, seed: int) -> Network:
        """The network that a start begins with."""
        if self.start is not None:
            return self.start
        return Network.random(seed=seed, **self.random)


def plan(source: str, given: Given) -> Plan:
    """Return what the arguments of `train` mean; raise `InputError` for what makes no sense
    together.
    """
    data, base = _data(source, given)
    start = _start(given, base)
    seed = given.get("seed", base.settings.seed if base else 0)
    random: dict[str, Any] = {}
    max_starts = 1
    if start is not None:
        why = "only for new starts; here training starts from a given network."
        refuse(given, OF_NEW_STARTS, why)
        start = first = start.with_loss(given.get("loss"))
    else:
        random = network_arguments(data, given)
        max_starts = given.get("max_starts", _usual_starts(data, given))
        first = Network.random(seed=seed, **random)
    check_data(first, data.x, data.y)
    settings = _settings(data, first, base, given, seed)
    settings.check_batch(len(data.x))
    return Plan(data, settings, start, random, seed, max_starts)


def _data(source: str, given: Given) -> tuple[Problem, Run | None]:
    """Return the data, and the run that they come from if they do.

    The name of a problem means the problem even where a folder is called so: that one is ``./xor``.
    """
    if not is_problem(source) and is_run(source):
        refuse(given, OF_CLOUDS + OF_TABLES, "not for a run, which has its data.")
        run = Run.load(source)
        return _problem_of(run), run
    if is_table(source):
        refuse(given, OF_CLOUDS, "only for moons, circles, spiral and blobs.")
    else:
        refuse(given, OF_TABLES, "only for a CSV.")
    options = {name: given.get(setting.flag or name) for name, setting in DATA.items()}
    try:
        return data_of(source, **options), None
    except InputError as error:
        if is_table(source) or is_problem(source) or is_there(source):
            raise
        raise InputError(f"{error} Or name a CSV, or the folder of a run.") from None


def _problem_of(run: Run) -> Problem:
    names = run.problem
    return Problem(
        name=str(names.get("name", "data")),
        x=run.x,
        y=run.y,
        inputs=tuple(names.get("inputs") or input_names(run.x.shape[1])),
        classes=tuple(names.get("classes", ())),
        target=str(names.get("target", "y")),
        weights=run.example_weights,
    )


def _start(given: Given, base: Run | None) -> Network | None:
    if "start" in given:
        return read_run_or_network(given["start"])[0]
    return base.network if base else None


def network_arguments(data: Problem, given: Given) -> dict[str, Any]:
    """Return the arguments of `Network.random`, but the seed, that options and data mean."""
    hidden = given.get("hidden", data.hints.get("hidden", [2]))
    output = given.get("output", data.output)
    loss_for(ACTIVATIONS[output], given.get("loss"))  # raises where they don't go together
    return {
        "sizes": (data.x.shape[1], *hidden, data.y.shape[1]),
        "activation": given.get("activation", NETWORK["activation"].default),
        "output": output,
        "loss": given.get("loss"),
        "init": given.get("init", NETWORK["init"].default),
        "scale": given.get("scale"),
        "bias": BIASES[given.get("bias", TRAINED)],
    }


def _settings(data: Problem, net: Network, base: Run | None, given: Given, seed: int) -> Settings:
    """Return the settings: what was given, else the run's that goes on, else what suits the data,
    else the usual ones.
    """
    chosen = base.settings.document() if base else {}
    chosen |= {name: data.hints[name] for name in TRAINING if name in data.hints}
    chosen |= {name: given[name] for name in TRAINING if name in given}
    chosen["seed"] = seed
    suitable = usual_learning_rate(net, chosen.get("optimiser", TRAINING["optimiser"].default))
    if base and suitable != usual_learning_rate(base.network, base.settings.optimiser):
        chosen["learning_rate"] = given.get("learning_rate")  # the run's suited another training
    if chosen.get("learning_rate") is None:
        chosen["learning_rate"] = suitable
    return Settings(**chosen).check()


def _usual_starts(data: Problem, given: Given) -> int:
    """Return how many starts to try: one, where every seed would give the same weights."""
    if given.get("init") in ("constant", "zeros"):
        return 1
    return data.hints.get("max_starts", MAX_STARTS)
