"""The settings of a network, of its data and of a training, listed once.

Each has its range and one line of help. The Python functions check by this table, the command line
makes its options of it, and the values of one training (`training.settings`) have its defaults.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .activations import ACTIVATIONS, SIGMOID
from .checks import PRECISIONS, generator
from .errors import InputError, choose
from .losses import LOSSES
from .optimisers import OPTIMISERS
from .prose import shown
from .starts import STARTS
from .structure import FROZEN, NONE, TRAINED

# the kinds of values
NUMBER, WHOLE, CHOICE, SWITCH, SEED, WIDTHS, COLUMN = (
    "number", "whole", "choice", "switch", "seed", "widths", "column",
)  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """One setting: what it is called, what it does, and which values it takes.

    Parameters
    ----------
    name : in Python
    help : one line, without a full stop
    kind : of its values: `NUMBER`, `WHOLE`, `CHOICE` …
    default : its usual value; None may always be given where this is None
    usual : what the usual value is, in words, where it depends on something
    low, above, below, most : the range: from `low` up, or only what is above it; only what is
        below `below`; up to `most`
    choices : the names to choose from
    noun : what such a name is called where one is unknown, the setting's own name unless given
    shown : whether the help lists the names
    flag : its name on the command line where that is another
    """

    name: str
    help: str
    kind: str = NUMBER
    default: Any = None
    usual: str = ""
    low: float = 0.0
    above: bool = False
    below: float = math.inf
    most: float = math.inf
    choices: tuple[str, ...] = ()
    noun: str = ""
    shown: bool = True
    flag: str = ""

    def check(self, value: Any) -> Any:
        """Return a value as a plain Python type; raise `InputError` if it can't be used."""
        if value is None and self.default is None:
            return None
        return self.require(value)

    def require(self, value: Any) -> Any:
        """Return a value as `check` does, where there has to be one."""
        if self.kind == CHOICE:
            choose(self.noun or self.name, value, dict.fromkeys(self.choices))
            return str(value)
        if self.kind == SWITCH:
            return self._switch(value)
        if self.kind == SEED:
            generator(value)
            return int(value)
        if self.kind in (NUMBER, WHOLE):
            return self._number(value)
        raise TypeError(f"the values of {self.name} are checked where they are read")

    def _switch(self, value: Any) -> bool:
        if not isinstance(value, (bool, np.bool_)):
            raise InputError(f"{self.name} must be True or False, got {shown(value)}.")
        return bool(value)

    def _number(self, value: Any) -> int | float:
        whole = self.kind == WHOLE
        kinds = (int, np.integer) if whole else (int, float, np.integer, np.floating)
        if not isinstance(value, kinds) or isinstance(value, bool) or not self._inside(value):
            what = "whole" if whole else "finite"
            raise InputError(
                f"{self.name} must be a {what} number {self.range}, got {shown(value)}."
            )
        return int(value) if whole else float(value)

    def _inside(self, value: Any) -> bool:
        over = value > self.low if self.above else value >= self.low
        return bool(over and value < self.below and value <= self.most and self._finite(value))

    def _finite(self, value: Any) -> bool:
        if self.kind == WHOLE and isinstance(value, int):
            return True  # it may be too large to be a float
        try:
            return math.isfinite(value)
        except OverflowError:
            return False

    @property
    def range(self) -> str:
        """The range in words: ``from 0 up``, ``above 0``, ``from 1 to 12``."""
        start = f"above {self.low:g}" if self.above else f"from {self.low:g}"
        if self.most < math.inf:
            return f"{start} to {self.most:,.12g}"
        if self.below < math.inf:
            return f"{start} and below {self.below:g}"
        return start if self.above else f"{start} up"


def _table(*settings: Setting) -> dict[str, Setting]:
    return {setting.name: setting for setting in settings}


def _number(name: str, default: Any, help: str, **range: Any) -> Setting:
    return Setting(name, help, NUMBER, default, **range)


def _whole(name: str, default: Any, help: str, **range: Any) -> Setting:
    return Setting(name, help, WHOLE, default, **range)


def _choice(name: str, default: Any, help: str, of: Iterable[str], **more: Any) -> Setting:
    return Setting(name, help, CHOICE, default, choices=tuple(of), **more)


NETWORK = _table(
    Setting(
        "hidden",
        "number of units in each hidden layer, such as 2 or 8,4; none for no hidden layer",
        WIDTHS,
        usual="2, or what suits the problem",
    ),
    _choice(
        "activation", SIGMOID.name, "activation of the hidden layers", ACTIVATIONS, shown=False
    ),
    _choice(
        "output",
        None,
        "activation of the output layer",
        ACTIVATIONS,
        usual="what suits the targets",
        noun="activation",
        shown=False,
    ),
    _choice(
        "loss",
        None,
        "loss function",
        LOSSES,
        usual="bce for sigmoid, cce for softmax, else half_mse",
        shown=False,
    ),
    _choice("bias", TRAINED, "biases", (TRAINED, FROZEN, NONE)),
    _choice("init", "normal", "initialisation of the weights", STARTS, noun="start"),
    _number(
        "scale", None, "scale of the initial weights, such as their standard deviation", usual="1"
    ),
    Setting("seed", "seed of the initial weights", SEED, default=0),
)

MOST_EPOCHS = 10**9  # of XOR they take hours, and their losses 8 GB
TASKS = ("auto", "classes", "numbers")

DATA = _table(
    _whole("n", None, "number of examples (moons, circles, spiral, blobs)", low=6, flag="points"),
    _number("noise", None, "standard deviation of their noise"),
    Setting("seed", "seed of their random numbers", SEED, default=0, flag="data_seed"),
    Setting("target", "column of the CSV to predict, by name or number", COLUMN, usual="the last"),
    _choice("task", "auto", "kind of target: classes or numbers", TASKS, shown=False),
    Setting("weights", "column of the CSV with example weights", COLUMN),
)

TRAINING = _table(
    _number(
        "learning_rate",
        None,
        "learning rate (eta)",
        above=True,
        usual="5 for cross entropy with bounded units, else 0.1; a tenth with momentum, 0.01 with"
        " adam, rmsprop",
    ),
    _whole("epochs", 5000, "number of passes over the training set", most=MOST_EPOCHS),
    _choice("optimiser", "sgd", "optimiser", OPTIMISERS),
    _number("momentum", 0.9, "momentum coefficient, for momentum and nesterov", below=1),
    _number("decay", 0.9, "decay rate of rmsprop's running mean of squared gradients", below=1),
    _number("beta1", 0.9, "decay rate of adam's running mean of gradients", below=1),
    _number("beta2", 0.999, "decay rate of adam's running mean of squared gradients", below=1),
    _number("epsilon", 1e-8, "constant that rmsprop and adam add to the denominator", above=True),
    _whole("batch_size", None, "number of examples in each update; all of them by default", low=1),
    Setting(
        "shuffle",
        "reshuffling of the examples every epoch (with a batch size)",
        SWITCH,
        default=True,
        usual="yes",
    ),
    _number("l2", 0.0, "weight of the penalty (l2 / 2) * sum of W²"),
    _number(
        "tolerance",
        None,
        "distance of every output from its target at which training stops",
        above=True,
    ),
    _number("stop_loss", None, "loss below which training stops", above=True),
    _whole(
        "patience",
        None,
        "number of epochs with less than 0.01% progress after which training stops",
        low=1,
        most=MOST_EPOCHS,
    ),
    Setting("seed", "seed of the order of the examples", SEED, default=0),
    # `training.engines` has a module for each but the first
    _choice("engine", "auto", "engine that computes the training", ("auto", "numpy", "reference")),
    _choice("dtype", "float64", "precision of the arithmetic", PRECISIONS),
)

DECIMALS = _whole("decimals", 4, "digits after the decimal point", low=1, most=17)
