"""The settings of a training, listed once: their defaults, ranges and one line of help each.

The Python function, the checks, the command line and the run's file all read this table.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np

from ..checks import FLOATS, generator
from ..errors import InputError, choose
from ..network import Network
from .optimisers import OPTIMISERS

ENGINES = {
    "auto": "the fastest that fits",
    "numpy": "the steps written out as plain NumPy, without what only explains",
    "reference": "every quantity of every step, as `backward` gives them: slow, the specification",
}


def _number(
    default: Any, help: str, low: float = 0.0, above: bool = False, high: float = math.inf
) -> Any:
    return field(default=default, metadata={"help": help, "low": low, "above": above, "high": high})


def _choice(default: str, help: str, of: Iterable[str]) -> Any:
    return field(default=default, metadata={"help": help, "of": tuple(of)})


@dataclass(frozen=True)
class Settings:
    """How to train. `check` says what is wrong with a value; every field's metadata holds its range
    and a line of help.
    """

    learning_rate: float = _number(5.0, "how far each update goes (eta)", above=True)
    epochs: int = _number(5000, "times that the training goes through all examples")
    optimiser: str = _choice("sgd", "how the parameters move", OPTIMISERS)
    momentum: float = _number(0.9, "how much of its velocity momentum and nesterov keep", high=1)
    decay: float = _number(0.9, "how much of its running mean rmsprop keeps", high=1)
    beta1: float = _number(0.9, "how much of its mean gradient adam keeps", high=1)
    beta2: float = _number(0.999, "how much of its mean squared gradient adam keeps", high=1)
    epsilon: float = _number(1e-8, "what rmsprop and adam add below the fraction", above=True)
    batch_size: int | None = _number(
        None, "examples in each update; all of them unless given", low=1
    )
    shuffle: bool = field(
        default=True, metadata={"help": "mix the examples anew in each epoch (with a batch size)"}
    )
    l2: float = _number(0.0, "weight of the penalty (l2 / 2) * sum of W²")
    tolerance: float | None = _number(
        None, "stop when every output is as near as this to its target", above=True
    )
    stop_loss: float | None = _number(None, "stop when the loss is below this", above=True)
    patience: int | None = _number(
        None, "stop after so many epochs in which the loss fell by less than 0.01%", low=1
    )
    seed: int = _number(0, "for the order of the examples")
    engine: str = _choice("auto", "what computes", ENGINES)
    dtype: str = _choice("float64", "precision of the arithmetic", FLOATS)

    def check(self) -> Settings:
        """Return the settings with plain types; raise `InputError` for the first value that can't
        be used.
        """
        return Settings(
            **{entry.name: checked(entry.name, getattr(self, entry.name)) for entry in fields(self)}
        )

    def check_batch(self, m: int) -> None:
        """Raise `InputError` if a batch is to hold more than the `m` examples there are."""
        if self.batch_size is not None and self.batch_size > m:
            raise InputError(
                f"batch_size is {self.batch_size}, but there are {m} examples: use {m} or fewer."
            )

    def without_stops(self, epochs: int) -> Settings:
        """Return the same settings for so many epochs, with nothing that ends them earlier."""
        return replace(self, epochs=epochs, tolerance=None, stop_loss=None, patience=None)

    def document(self) -> dict[str, Any]:
        """Return the settings as a run's file holds them."""
        return asdict(self)


FIELDS = {entry.name: entry for entry in fields(Settings)}


def checked(name: str, value: Any) -> Any:
    """Return the value of a setting as a plain Python type; raise `InputError` if it can't be used."""
    entry = FIELDS[name]
    meta = entry.metadata
    if name == "seed":
        generator(value)
        return int(value)
    if "of" in meta:
        choose(name, value, dict.fromkeys(meta["of"]))
        return str(value)
    if name == "shuffle":
        if not isinstance(value, (bool, np.bool_)):
            raise InputError(f"shuffle must be True or False, got {value!r}.")
        return bool(value)
    if value is None and entry.default is None:
        return None
    whole = name in ("epochs", "batch_size", "patience")
    kinds = (int, np.integer) if whole else (int, float, np.integer, np.floating)
    low, high = meta["low"], meta["high"]
    good = isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)
    if (
        not good
        or value < low
        or (meta["above"] and value == low)
        or value > high
        or (value == high == 1)
    ):
        bound = f"{'above' if meta['above'] else 'from'} {low:g}" + (
            " up" if not meta["above"] and high == math.inf else ""
        )
        bound += f" and below {high:g}" if high < math.inf else ""
        raise InputError(
            f"{name} must be a {'whole' if whole else 'finite'} number {bound}, got {value!r}."
        )
    return int(value) if whole else float(value)


def usual_learning_rate(net: Network, optimiser: str = "sgd") -> float:
    """Return a rate that learns and doesn't diverge, for most data: the notes' network takes large
    steps, unbounded units don't.
    """
    if optimiser in ("rmsprop", "adam"):
        return 0.01
    bounded = all(layer.f.bounded for layer in net.layers[:-1])
    rate = 5.0 if bounded and net.loss_record.of_probabilities else 0.1
    return rate if optimiser == "sgd" else rate / 10
