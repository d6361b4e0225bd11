"""What a diagnosis says: a state that was seen, the units to blame, what to try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..activations import Array
from ..prose import spoken_list
from ..training.settings import usual_learning_rate
from .observation import Observation, Unit

MOST_NAMES = 4  # of units, in a sentence
MORE_STARTS = 10  # new ones to try
FEW, ENOUGH = 50, 1000  # epochs in which not much can be expected to happen; and more
FAR = 5  # times the usual learning rate, from where on it is worth a word


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
        return [f"W{self.unit.layer}[:,{self.unit.number}]"] + [
            f"b{self.unit.layer}[{self.unit.number}]"
        ] * self.unit.bias

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
    state : its id, a name of `STATES`
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
    f"Start anew: other seeds lead elsewhere (train takes --max-starts {MORE_STARTS}).",
    {"seeds": MORE_STARTS},
)


def more_units(o: Observation) -> Advice:
    """Return the advice to widen the hidden layers."""
    hidden = [2 * n for n in o.net.sizes[1:-1]] or [2]
    return Advice(
        f"Take more hidden units, --hidden {','.join(map(str, hidden))}: fewer starts get stuck.",
        {"hidden": hidden},
    )


def longer(o: Observation, more: float) -> Advice:
    """Return the advice to train on for so many epochs more, and some to spare."""
    return for_epochs(max(2 * o.run.epochs, int(float(f"{o.run.epochs + 1.2 * more:.2g}")) + 1))


def for_epochs(epochs: int) -> Advice:
    """Return the advice to train for so many epochs."""
    return Advice(f"Train longer, --epochs {epochs}.", {"epochs": epochs})


def slower(o: Observation) -> tuple[Advice, ...]:
    """Return the advice to take smaller steps: a tenth, and the usual ones if these are smaller
    still, or near.
    """
    rate, usual = o.run.settings.learning_rate, usual_rate(o)
    smaller = dict.fromkeys(
        [_short(rate / 10), _short(rate / 3), *([usual] if rate > usual else [])]
    )
    rates = [usual] if rate > 100 * usual else list(smaller)
    return tuple(_at_rate("Take a smaller learning rate", one) for one in rates)


def faster(o: Observation) -> tuple[Advice, ...]:
    """Return the advice to take larger steps, if these are smaller than the usual ones."""
    usual = usual_rate(o)
    if o.run.settings.learning_rate > usual / 2:
        return ()
    return (_at_rate("Take larger steps", usual),)


def other_rate(o: Observation) -> tuple[Advice, ...]:
    """Return the advice to take the usual learning rate, if this one is far from it."""
    rate, usual = o.run.settings.learning_rate, usual_rate(o)
    if usual / FAR <= rate <= usual * FAR:
        return ()
    return (_at_rate(f"Take a {'smaller' if rate > usual else 'larger'} learning rate", usual),)


def _at_rate(words: str, rate: float) -> Advice:
    return Advice(f"{words}, --learning-rate {rate:g}.", {"learning_rate": rate})


def usual_rate(o: Observation) -> float:
    """Return the learning rate that suits most networks like this one."""
    return usual_learning_rate(o.net, o.run.settings.optimiser)


def _short(value: float) -> float:
    return float(f"{value:.2g}")


def where_flat(o: Observation, unit: Unit, among: Array | None = None) -> str:
    """Say on which examples a unit is saturated, and at what."""
    flat = np.flatnonzero(unit.flat)
    word = "saturated" if unit.bounded else "silent" if not unit.a[flat].any() else "flat"
    if len(flat) == o.m:
        return f"{word} on every example (a = {unit.a.min():.3f} to {unit.a.max():.3f})"
    if among is not None:
        flat = np.array([i for i in among if unit.flat[i]])
    values = sorted({f"{value:.3f}" for value in unit.a[flat]})
    return (
        f"{word} on {o.names_of(flat)} (a ="
        f" {', '.join(values) if len(values) <= 2 else f'{values[0]} to {values[-1]}'})"
    )


def unit_list(names: Sequence[str]) -> str:
    """Return the names of units as one says them; of many, the first."""
    return spoken_list(names, MOST_NAMES)
