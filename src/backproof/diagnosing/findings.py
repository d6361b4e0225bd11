"""What a diagnosis says: a state that was seen, the units to blame, what to try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..activations import Array
from ..prose import comma_list, spoken_list
from ..training.settings import usual_learning_rate
from .observation import Observation, Unit

MOST_NAMES = 4  # of units, in a sentence
MORE_STARTS = 10  # new ones to try
FEW_EPOCHS, ENOUGH_EPOCHS = 50, 1000  # epochs in which not much can be expected to happen; and more
TO_SPARE = 1.2  # times the epochs that are missing
UNUSUAL = 5  # times the usual learning rate, from where on it is worth a word
FAR_TOO_LARGE = 100  # times the usual one: then only the usual one is worth a try


@dataclass(frozen=True)
class Advice:
    """What to try: in words, and as a change that `remedies` can carry out (None if it is for the
    reader's judgement).
    """

    text: str
    change: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Blame:
    """A unit, what is the matter with it, and the weights that lead to it."""

    unit: Unit
    what: str

    @property
    def weights(self) -> list[str]:
        """The parameters of the unit: ``W1[:,2]`` and ``b1[2]``."""
        layer, number = self.unit.layer, self.unit.number
        names = [f"W{layer}[:,{number}]"]
        if self.unit.bias:
            names.append(f"b{layer}[{number}]")
        return names

    def to_dict(self) -> dict[str, Any]:
        """Return the entry of ``--json``; layers count from 1 as in their names, units from 0."""
        return {
            "layer": self.unit.layer,
            "unit": self.unit.number - 1,
            "what": self.what,
            "weights": self.weights,
        }


@dataclass(frozen=True)
class Finding:
    """A state that was seen.

    Parameters
    ----------
    state : its id, such as ``dead-units``; `diagnosis.STATES` lists what is looked for
    saw : what, with the numbers
    units : which are to blame
    advice : what to try, the likeliest first
    examples : that it is about
    """

    state: str
    saw: str
    units: tuple[Blame, ...] = ()
    advice: tuple[Advice, ...] = ()
    examples: tuple[int, ...] = ()


NEW_STARTS = Advice(
    f"Try other seeds (train takes --max-starts {MORE_STARTS}).",
    {"seeds": MORE_STARTS},
)


SMALLER_START = Advice("Start with smaller weights, --scale 0.5.", {"scale": 0.5})


def more_units(seen: Observation) -> Advice:
    """Return the advice to widen the hidden layers."""
    hidden = [2 * n for n in seen.net.sizes[1:-1]] or [2]
    widths = ",".join(map(str, hidden))
    text = f"Use more hidden units, --hidden {widths}: fewer starts get stuck."
    return Advice(text, {"hidden": hidden})


def longer(seen: Observation, more: float) -> Advice:
    """Return the advice to train on for so many epochs more, and some to spare."""
    enough = int(_short(seen.run.epochs + TO_SPARE * more)) + 1
    return for_epochs(max(2 * seen.run.epochs, enough))


def for_epochs(epochs: int) -> Advice:
    """Return the advice to train for so many epochs."""
    return Advice(f"Train longer, --epochs {epochs}.", {"epochs": epochs})


def slower(seen: Observation) -> tuple[Advice, ...]:
    """Return the advice to take smaller steps: a tenth, a third, and the usual ones if these are
    smaller too; where the steps are far too large, only the usual ones.
    """
    rate, usual = seen.run.settings.learning_rate, usual_rate(seen)
    rates = [_short(rate / 10), _short(rate / 3)]
    if rate > FAR_TOO_LARGE * usual:
        rates = [usual]
    elif rate > usual:
        rates.append(usual)
    return tuple(_at_rate("Use a smaller learning rate", one) for one in dict.fromkeys(rates))


def faster(seen: Observation) -> tuple[Advice, ...]:
    """Return the advice to take larger steps, if these are smaller than the usual ones."""
    usual = usual_rate(seen)
    if seen.run.settings.learning_rate > usual / 2:
        return ()
    return (_at_rate("Use a larger learning rate", usual),)


def other_rate(seen: Observation) -> tuple[Advice, ...]:
    """Return the advice to take the usual learning rate, if this one is far from it."""
    rate, usual = seen.run.settings.learning_rate, usual_rate(seen)
    if usual / UNUSUAL <= rate <= usual * UNUSUAL:
        return ()
    size = "smaller" if rate > usual else "larger"
    return (_at_rate(f"Use a {size} learning rate", usual),)


def _at_rate(words: str, rate: float) -> Advice:
    return Advice(f"{words}, --learning-rate {rate:g}.", {"learning_rate": rate})


def usual_rate(seen: Observation) -> float:
    """Return the learning rate that suits most networks like this one."""
    return usual_learning_rate(seen.net, seen.run.settings.optimiser)


def _short(value: float) -> float:
    """Return a number of two digits, as one would type it."""
    return float(f"{value:.2g}")


def where_flat(seen: Observation, unit: Unit, among: Array | None = None) -> str:
    """Say on which examples a unit is saturated, and at what."""
    flat = np.flatnonzero(unit.flat)
    word = _flatness(unit)
    if len(flat) == seen.m:
        return f"{word} on every example (a = {unit.a.min():.3f} to {unit.a.max():.3f})"
    if among is not None:
        flat = among[unit.flat[among]]
    values = sorted({f"{value:.3f}" for value in unit.a[flat]}, key=float)
    level = comma_list(values)
    if len(values) > 2:
        level = f"{values[0]} to {values[-1]}"
    return f"{word} on {seen.examples_named(flat)} (a = {level})"


def _flatness(unit: Unit) -> str:
    """Return what a unit is called where its slope is flat."""
    if unit.bounded:
        return "saturated"
    return "flat" if unit.a[unit.flat].any() else "silent"


def unit_list(names: Sequence[str]) -> str:
    """Return the names of units as one says them; of many, the first."""
    return spoken_list(names, MOST_NAMES)


def when_right(epochs: int) -> str:
    """Say after how many epochs more every example is right."""
    return f"every example is classified correctly after about {epochs:,} more epochs"


def being(n: int) -> str:
    """Return the verb for `n` things: ``is`` or ``are``."""
    return "is" if n == 1 else "are"
