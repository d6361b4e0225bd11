"""One weight's gradient as how wrong × how much it contributed: example by example, path by path,
and the loss as it changes.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..parameter import parameter
from ..plots.curves import Slice, loss_slice
from ..records import Array
from ..steps import a, name_of
from .tables import number_shown
from .worked import Worked

SMALL = 0.05  # of the largest in its column: a smaller pull counts as almost nothing
SILENT = 0.001  # the notes' activation of a unit that barely fired
SLICE_POINTS_KEPT = 50  # about as many points of the loss curve are in the JSON


@dataclass(frozen=True)
class Connection:
    """One path on which the error comes back to a hidden unit.

    Parameters
    ----------
    through : the unit of the next layer that it comes through, ``unit 1``
    delta : how wrong that unit is at each example, (m,)
    weight : of the connection
    """

    through: str
    delta: Array
    weight: float

    @property
    def product(self) -> Array:
        """What comes back along it at each example, (m,)."""
        return self.delta * self.weight


class Weight:
    """One weight or bias and what each example contributes to its gradient.

    Parameters
    ----------
    d : the derivation it belongs to
    text : ``W2[1,1]`` or ``b1[2]``, in the reader's notation, counted from 1

    `name`, `index` say which it is in our convention; `layer`, `unit` (that it feeds) and `source`
    (that it comes from, None for a bias) count from 0 but for the layer. Raises `InputError` for a
    text that names none of the network's.
    """

    def __init__(self, d: Worked, text: str):
        self.d = d
        self.text = text.replace(" ", "")
        self.parameter = parameter(d.net, _own_text(d, self.text))
        self.name, self.index = self.parameter.name, self.parameter.index
        self.layer = self.parameter.layer
        self.unit = self.index[-1]
        self.source: int | None = self.index[0] if self.parameter.is_weight else None

    @property
    def before(self) -> str:
        """The name of what it multiplies."""
        return "1" if self.source is None else str(a(self.layer - 1))

    @property
    def value(self) -> float:
        """Its value now."""
        return self.parameter.value(self.d.net)

    @property
    def frozen(self) -> bool:
        """Whether training doesn't change it."""
        return self.name not in self.d.net.trainable()

    @property
    def feeds_output(self) -> bool:
        """Whether it feeds a unit of the output layer."""
        return self.layer == self.d.last

    @property
    def share(self) -> int:
        """What delta is divided by in the reader's convention: m where the 1/m stands in it."""
        return self.d.m if self.d.mean_in_delta else 1

    @functools.cached_property
    def contributions(self) -> Array:
        """How much it contributed at each example, (m,): the activation it multiplies, 1 for a
        bias.
        """
        if self.source is None:
            return np.ones(self.d.m)
        return np.asarray(self.d.ours[self.before][:, self.source])

    @functools.cached_property
    def wrong(self) -> Array:
        """How wrong the unit that it feeds is at each example, (m,): its delta, in the reader's
        convention.
        """
        return np.asarray(self.d.ours[f"delta{self.layer}"][:, self.unit]) / self.share

    @functools.cached_property
    def products(self) -> Array:
        """How wrong × how much it contributed, (m,)."""
        return self.wrong * self.contributions

    @functools.cached_property
    def slopes(self) -> Array | None:
        """The slope of the unit that it feeds at each example, (m,); None where the units of its
        layer are coupled, so that each has many.
        """
        slopes = np.asarray(self.d.ours[name_of("da_dz", self.layer)])
        return slopes[:, self.unit] if slopes.ndim == 2 else None

    @property
    def penalty(self) -> float:
        """What the L2 penalty adds to its gradient."""
        return self.d.objective.l2 * self.value if self.parameter.is_weight else 0.0

    @property
    def gradient(self) -> float:
        """Its gradient, from the program."""
        return float(np.asarray(self.d.ours[f"d{self.name}"])[self.index])

    @property
    def next_value(self) -> float:
        """Its value after the update."""
        return float(np.asarray(self.d.ours[f"{self.name}_next"])[self.index])

    def loss_with(self, value: float) -> float:
        """Return the loss with this weight alone at another value."""
        return self.d.objective.of(self.parameter.at_value(self.d.net, value)).loss()

    @functools.cached_property
    def slice(self) -> Slice:
        """The loss as this weight changes."""
        return replace(loss_slice(self.d.objective, self.parameter), name=self.text)

    def pull(self, i: int) -> str:
        """Return the effect of example `i`, from 0, on this weight; if it has almost none, why."""
        product = self.products[i]
        if abs(product) > SMALL * self._largest_product:
            return "pulls it down" if product > 0 else "pulls it up"
        size = "almost nothing" if product else "nothing"
        return f"{size}: {self._reason(i)}"

    def _reason(self, i: int) -> str:
        """Return why an example has almost no effect on this weight."""
        if self.source is not None and self._barely_contributed(i):
            if self.layer == 1:
                return f"input {self.source + 1} is {self.contributions[i]:.2g}"
            return f"unit {self.source + 1} of layer {self.layer - 1} is silent"
        steepest = self.d.net.layers[self.layer - 1].f.steepest
        if self.slopes is not None and abs(self.slopes[i]) <= SMALL * steepest:
            kind = "saturated" if self.slopes[i] else "dead"
            return f"unit {self.unit + 1} of layer {self.layer} is {kind}"
        if self.feeds_output:
            return "the prediction is nearly right"
        return f"hardly any error reaches unit {self.unit + 1}"

    def _barely_contributed(self, i: int) -> bool:
        return bool(abs(self.contributions[i]) <= SMALL * self._largest_contribution)

    @functools.cached_property
    def _largest_product(self) -> float:
        return np.abs(self.products).max()

    @functools.cached_property
    def _largest_contribution(self) -> float:
        return np.abs(self.contributions).max()

    def connections(self) -> list[Connection]:
        """Return the paths of the error to a hidden weight: one for each unit of the next layer.

        A weight of the output layer has none.
        """
        if self.feeds_output:
            return []
        following = self.layer + 1
        weights = self.d.net.parameters()[f"W{following}"][self.unit]
        delta = np.asarray(self.d.ours[f"delta{following}"]) / self.share
        return [
            Connection(f"unit {k + 1}", delta[:, k], float(weight))
            for k, weight in enumerate(weights)
        ]

    def thought_experiment(self) -> str:
        """Return the notes' thought experiment: what the weight does to z if the activation were
        0.001.
        """
        if self.source is None:
            return "A bias contributes 1 to every example: if it grows by 0.1, so does `z`."
        # where the activation is largest, so that the difference is seen
        place = int(np.abs(self.contributions).argmax())
        real = self.contributions[place]
        shown = number_shown(real, self.d.options.decimals)
        what = "input" if self.layer == 1 else "activation"
        return (
            f"Try it at {self.d.labels[place]}, where `{self._entry(place)}` = {shown}: if"
            f" `{self.text}` grows by 0.1, `z{self.layer}` there changes by {0.1 * real:.4g}. If"
            f" that {what} were {SILENT:g}, the same change of the weight would move it by"
            f" {0.1 * SILENT:g} only."
        )

    def _entry(self, i: int) -> str:
        """Return the name of the activation that it multiplies at example `i`."""
        assert self.source is not None
        return f"{self.before}[{self.d.index(i + 1, self.source + 1)}]"

    def under(self, loss: str) -> dict[str, Any]:
        """Return `delta` of the unit it feeds, (m,), and its `gradient` under another loss, at the
        same numbers.
        """
        q = self.d.objective.under(loss).quantities()
        return {
            "delta": q[f"delta{self.layer}"][:, self.unit] / self.share,
            "gradient": q[f"d{self.name}"][self.index],
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the whole as plain data."""
        step = max(1, len(self.slice.values) // SLICE_POINTS_KEPT)
        return {
            "name": self.text,
            "value": self.value,
            "examples": [self._example(i) for i in range(self.d.m)],
            "penalty": self.penalty,
            "gradient": self.gradient,
            "next": self.next_value,
            "loss": self.d.ours["loss"],
            "loss_after": self.loss_with(self.next_value),
            "paths": [
                {
                    "through": path.through,
                    "delta": path.delta,
                    "weight": path.weight,
                    "product": path.product,
                }
                for path in self.connections()
            ],
            "other_losses": {name: self.under(name) for name in self.d.losses()},
            "slice": {
                "values": self.slice.values[::step],
                "losses": self.slice.losses[::step],
                "gradient": self.slice.gradient,
            },
        }

    def _example(self, i: int) -> dict[str, Any]:
        return {
            "x": self.d.x[i],
            "delta": self.wrong[i],
            "a": self.contributions[i],
            "product": self.products[i],
            "words": self.pull(i),
        }


def _own_text(d: Worked, text: str) -> str:
    """Return the name of a weight in our convention: where examples are columns, its two indices
    are the other way round.
    """
    name, bracket, index = text.partition("[")
    places = index.rstrip("]").split(",")
    if d.convention.columns and len(places) == 2:
        return f"{name}[{places[1]},{places[0]}]"
    return f"{name}{bracket}{index}"
