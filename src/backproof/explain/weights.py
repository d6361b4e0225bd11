"""One weight's gradient as how wrong × how much it contributed: example by example, path by path,
and the loss as it moves.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np

from ..parameter import parameter
from ..plots.curves import Slice, loss_slice
from ..records import Array
from ..steps import a
from ..typesetting.figures import texts
from ..typesetting.pieces import Math
from .worked import Worked

SMALL = 0.05  # of the largest in its column: what pulls less than that is told as nearly nothing
SILENT = 0.001  # the notes' activation of a unit that barely fired


class Weight:
    """One weight or bias and what it learns from each example.

    Parameters
    ----------
    d : the derivation it belongs to
    text : ``W2[1,1]`` or ``b1[2]``, in the reader's notation, counted from 1

    `name`, `index` say which it is in our convention; `layer`, `unit` (that it feeds) and `source`
    (that it comes from, None for a bias) count from 0 but for the layer.
    """

    def __init__(self, d: Worked, text: str):
        self.d = d
        self.text = text.replace(" ", "")
        self.parameter = parameter(d.net, own_text(d, self.text))
        self.name, self.index = self.parameter.name, self.parameter.index
        self.layer = self.parameter.layer
        self.unit = self.index[-1]
        self.source: int | None = self.index[0] if self.parameter.is_weight else None

    @property
    def before(self) -> str:
        """The name of what comes in through it."""
        return "1" if self.source is None else str(a(self.layer - 1))

    @property
    def value(self) -> float:
        """Its value now."""
        return self.parameter.value(self.d.net)

    @property
    def frozen(self) -> bool:
        """Whether training leaves it as it is."""
        return self.name not in self.d.net.trainable()

    @property
    def share(self) -> int:
        """What delta is divided by in the reader's convention: m where the 1/m stands in it."""
        return self.d.m if self.d.convention.mean_in == "delta" else 1

    @functools.cached_property
    def contributions(self) -> Array:
        """How much it contributed to each example, (m,): the activation that comes in, 1 for a
        bias.
        """
        return (
            np.ones(self.d.m)
            if self.source is None
            else np.asarray(self.d.ours[self.before][:, self.source])
        )

    @functools.cached_property
    def wrong(self) -> Array:
        """How wrong the unit that it feeds is at each example, (m,): its delta, in the reader's
        convention.
        """
        return np.asarray(self.d.ours[f"delta{self.layer}"][:, self.unit]) / self.share

    @property
    def products(self) -> Array:
        """How wrong × how much it contributed, (m,)."""
        return self.wrong * self.contributions

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
        """The loss as it moves."""
        return replace(loss_slice(self.d.objective, self.parameter), name=self.text)

    def pull(self, i: int) -> str:
        """Return what example `i` wants of this weight, and if nearly nothing, why."""
        product, largest = self.products[i], np.abs(self.products).max()
        if product and abs(product) > SMALL * largest:
            return f"pulls it {'down' if product > 0 else 'up'}"
        return f"{'nothing' if not product else 'almost nothing'}: {self.reason(i)}"

    def reason(self, i: int) -> str:
        """Return why an example says nothing to this weight."""
        if (
            self.source is not None
            and abs(self.contributions[i]) <= SMALL * np.abs(self.contributions).max()
        ):
            if self.layer == 1:
                return f"input {self.source + 1} is {self.contributions[i]:.2g}"
            return f"unit {self.source + 1} of layer {self.layer - 1} is silent"
        slopes = np.asarray(self.d.ours[f"da{self.layer}_dz{self.layer}"])
        if (
            slopes.ndim == 2
            and abs(slopes[i, self.unit]) <= SMALL * self.d.net.layers[self.layer - 1].f.steepest
        ):
            kind = "dead" if not slopes[i, self.unit] else "saturated"
            return f"unit {self.unit + 1} of layer {self.layer} is {kind}"
        if self.layer == len(self.d.net.layers):
            return "the prediction is nearly right"
        return f"hardly any error reaches unit {self.unit + 1}"

    def paths(self) -> list[tuple[str, Array, float]]:
        """Return each path of the error to a hidden weight: the next layer's unit, its delta at
        each example, the connection's weight.
        """
        if self.layer == len(self.d.net.layers):
            return []
        following = self.layer + 1
        W = self.d.net.parameters()[f"W{following}"]
        delta = np.asarray(self.d.ours[f"delta{following}"]) / self.share
        return [(f"unit {k + 1}", delta[:, k], float(W[self.unit, k])) for k in range(W.shape[1])]

    def thought_experiment(self) -> tuple[str | Math, ...]:
        """Return the notes' thought experiment: what the weight does to z if the activation were
        0.001.
        """
        if self.source is None:
            return ("A bias contributes 1 to every example: moved by 0.1 it moves `z` by 0.1.",)
        place = int(np.abs(self.contributions).argmax())
        real = self.contributions[place]
        where = self.d.labels[place]
        return (
            (
                f"Try it at {where}, where `{self.entry(place)}` ="
                f" {texts(np.array([real]), self.d.options.decimals)[0]}: if `{self.text}` grows by"
                f" 0.1, `z{self.layer}` there changes by {0.1 * real:.4g}. If that"
                f" {'input' if self.layer == 1 else 'activation'} were {SILENT:g}, the same change"
                f" of the weight would move it by {0.1 * SILENT:g} only."
            ),
        )

    def entry(self, i: int) -> str:
        """Return the name of the activation that comes in at example `i`."""
        place = (i + 1, (self.source or 0) + 1)
        row, column = place[::-1] if self.d.convention.columns else place
        return f"{self.before}[{row},{column}]"

    def to_dict(self) -> dict[str, Any]:
        """Return the whole as plain data."""
        found = self.slice
        step = max(1, len(found.values) // 50)
        return {
            "name": self.text,
            "value": self.value,
            "examples": [
                {
                    "x": self.d.x[i],
                    "delta": self.wrong[i],
                    "a": self.contributions[i],
                    "product": self.products[i],
                    "words": self.pull(i),
                }
                for i in range(self.d.m)
            ],
            "penalty": self.penalty,
            "gradient": self.gradient,
            "next": self.next_value,
            "loss": self.d.ours["loss"],
            "loss_after": self.loss_with(self.next_value),
            "paths": [
                {"through": unit, "delta": delta, "weight": weight, "product": delta * weight}
                for unit, delta, weight in self.paths()
            ],
            "other_losses": {name: self.under(name) for name in self.d.losses()},
            "slice": {
                "values": found.values[::step],
                "losses": found.losses[::step],
                "gradient": found.gradient,
            },
        }

    def under(self, loss: str) -> dict[str, Any]:
        """Return delta of the unit it feeds and its gradient under another loss, at the same
        numbers.
        """
        q = self.d.objective.under(loss).quantities()
        return {
            "delta": q[f"delta{self.layer}"][:, self.unit] / self.share,
            "gradient": q[f"d{self.name}"][self.index],
        }


def own_text(d: Worked, text: str) -> str:
    """Return the name of a weight in our convention: where examples are columns, its two indices
    stand the other way round.
    """
    name, bracket, index = text.partition("[")
    parts = index.rstrip("] ").split(",")
    if d.convention.columns and len(parts) == 2:
        return f"{name}[{parts[1].strip()},{parts[0].strip()}]"
    return f"{name}{bracket}{index}"
