"""What `derive` and `verify` are asked about: a network file, a run at an epoch, or a new network,
with its data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import click

from ..activations import Array
from ..data.load import data_of
from ..data.problem import Problem
from ..errors import InputError
from ..network import Network
from ..settings import NETWORK
from ..training.run import Run
from .common import read_run_or_network
from .options import Command, Given, PathName, flag, refuse, setting_option, setting_options
from .plan import OF_THE_NETWORK, network_arguments

OF_FRESH = (*OF_THE_NETWORK, "seed")


@dataclass(frozen=True)
class Subject:
    """A network with the data of one step.

    Parameters
    ----------
    net, x, y, example_weights, l2 : what is minimised
    problem : where the data come from, in words
    remarks : what else to say of where they come from
    learning_rate : that the network was trained with, None if that isn't known
    """

    net: Network
    x: Array
    y: Array
    problem: str
    remarks: tuple[str, ...]
    example_weights: Array | None = None
    l2: float = 0.0
    learning_rate: float | None = None


def subject_options(command: Command) -> Command:
    """Add the options that say which network and which data."""
    options: list[Callable[[Command], Command]] = [
        click.argument("source", metavar="[NETWORK or RUN]", required=False, type=PathName()),
        click.option(
            "--problem", metavar="PROBLEM or CSV", help="Data. [default: the run's, else xor]"
        ),
        click.option(
            "--epoch",
            type=click.IntRange(0),
            help="Epoch of a run after which its network is taken. [default: the last]",
        ),
        setting_option(NETWORK["loss"], help="loss function, in place of the network's own"),
        setting_options((NETWORK[name] for name in OF_FRESH), note="for a new network"),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def subject_arguments() -> list[str]:
    """Return the arguments that said which network and which data, for another command to be told
    the same: ``backproof-run``, ``--epoch``, ``3``.
    """
    context = click.get_current_context()
    words = [context.params["source"]] if context.params["source"] else []
    for name in ("problem", "epoch", "loss", *OF_FRESH):
        value = context.params[name]
        if value is not None:
            shown = ",".join(map(str, value)) or "none" if isinstance(value, list) else str(value)
            words += [flag(name), shown]
    return words


def subject(source: str | None, given: Given) -> Subject:
    """Return what the arguments mean; raise `InputError` for what makes no sense together."""
    if source is None:
        return _fresh(given)
    refuse(given, OF_FRESH, f"only for a new network; here the network comes from {source}.")
    net, run = read_run_or_network(source)
    if run is not None:
        return _of_run(source, run, given)
    return _of_network(source, net, given)


def _fresh(given: Given) -> Subject:
    if "epoch" in given:
        raise InputError("--epoch is for a run: name its folder.")
    data = data_of(given.get("problem", "xor"))
    seed = given.get("seed", 0)
    net = Network.random(seed=seed, **network_arguments(data, given))
    return _on(data, net, f"A newly initialised network (seed {seed}) on {data.name}.")


def _of_network(source: str, net: Network, given: Given) -> Subject:
    if "epoch" in given:
        raise InputError(f"--epoch is for a run, but {source} is a network.")
    data = data_of(given.get("problem", "xor"))
    if data.x.shape[1] != net.sizes[0] and "problem" not in given:
        raise InputError(
            f"{source} is a network with {net.sizes[0]} inputs and no data: name them with"
            f" --problem, such as parity-{net.sizes[0]} or a CSV."
        )
    net = net.with_loss(given.get("loss"))
    return _on(data, net, f"The network of {source}, on {data.name}.")


def _of_run(source: str, run: Run, given: Given) -> Subject:
    epoch = given.get("epoch", run.epochs)
    net = run.at(epoch).with_loss(given.get("loss"))
    name = str(run.problem.get("name", "data"))
    about = f"The run in {source} after {epoch:,} of its {run.epochs:,} epochs, on {name}"
    settings = run.settings
    if "problem" in given:
        data = data_of(given["problem"])
        return _on(data, net, f"{about}, asked about {data.name}.", settings.l2)
    remarks = [f"{about}."]
    rate: float | None = settings.learning_rate
    if settings.optimiser != "sgd":
        remarks.append(
            f"It was trained with {settings.optimiser}; the update shown here is plain gradient"
            " descent, equation 11."
        )
        rate = None  # it suits the other optimiser only
    if settings.batch_size is not None:
        remarks.append(
            f"It was trained in batches of {settings.batch_size}; the step shown here takes all"
            " examples."
        )
    return Subject(net, run.x, run.y, name, tuple(remarks), run.example_weights, settings.l2, rate)


def _on(data: Problem, net: Network, remark: str, l2: float = 0.0) -> Subject:
    """Return a network on the data of a problem."""
    return Subject(net, data.x, data.y, data.name, (remark,), data.weights, l2)
