"""The conventions of the books: what each quantity is multiplied by, and whether it lies on its
side.

A learner who follows one of them is right; his numbers are turned into those of the notes before
they are marked.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..activations import Array
from ..steps import is_signal

MEAN_WORDS = {
    "gradient": "",
    "delta": "the 1/m stands inside delta, so dW and db are plain sums of it",
    "hidden delta": "the 1/m stands inside delta, from the output's delta on",
    "sum": (
        "the loss is a sum over the examples, so there is no 1/m: a summed gradient wants a"
        " learning rate m times smaller"
    ),
}
SIGNS = {
    "descent": "",
    "ascent": "delta and the gradients have the opposite sign (y - a): so the update must add them",
    "ascent from delta": (
        "delta has the opposite sign (y - a), and so have the gradients: the update must add them"
    ),
}
HALVES = {
    "mse": (0.5, "the squared error is halved"),
    "half_mse": (2.0, "the squared error is not halved, so its derivative has a 2"),
}


@dataclass(frozen=True)
class Way:
    """One way of writing; the default is that of the notes."""

    mean: str = "gradient"
    sign: str = "descent"
    half: float = 1.0
    columns: bool = False
    loss: str = ""

    @property
    def name(self) -> str:
        """A short name, ``notes`` for the notes' own."""
        parts = [self.mean.replace(" ", "-")] if self.mean != "gradient" else []
        parts += [self.sign.replace(" ", "-")] if self.sign != "descent" else []
        parts += ["whole-square" if self.half > 1 else "half-square"] if self.half != 1 else []
        parts += ["columns"] if self.columns else []
        return "+".join(parts) or "notes"

    @property
    def words(self) -> str:
        """What it is and what to watch."""
        parts = [MEAN_WORDS[self.mean], SIGNS[self.sign]]
        parts += [HALVES[self.loss][1]] if self.half != 1 else []
        parts += (
            ["examples are columns, so every quantity is the transpose of the notes'"]
            if self.columns
            else []
        )
        return "; ".join(part for part in parts if part)

    def factor(self, name: str, m: int, last: int) -> float:
        """Return what the notes' quantity is multiplied by to give this way's."""
        gradient, output = name.startswith(("dW", "db")), name == f"dL_da{last}"
        factor = self.half if gradient or is_signal(name) or name == "loss" else 1.0
        if self.mean == "sum" and (gradient or name == "loss"):
            factor *= m
        if is_signal(name) and (
            self.mean == "delta" or (self.mean == "hidden delta" and not output)
        ):
            factor /= m
        if gradient or is_signal(name):
            flips = self.sign == "ascent" or (self.sign == "ascent from delta" and not output)
            factor *= -1 if flips else 1
        return factor

    def rate(self, m: int) -> float:
        """Return how many times the notes' gradient an update with this way's moves by."""
        return self.half * (m if self.mean == "sum" else 1)


NOTES = Way()


def ways(loss: str) -> Iterator[Way]:
    """Yield the conventions for a loss, the notes' own first, then those that differ in fewer
    respects.
    """
    halves = [1.0, HALVES[loss][0]] if loss in HALVES else [1.0]
    every = [
        Way(*parts, loss=loss)
        for parts in itertools.product(MEAN_WORDS, SIGNS, halves, (False, True))
    ]
    return iter(sorted(every, key=lambda way: way.name.count("+") + (way.name != "notes")))


def laid_out(value: Array, shape: tuple[int, ...], columns: bool) -> Array | None:
    """Return numbers in the notes' shape, None if they don't fit it; a row of biases may lie or
    stand, (m, 1) may be (m,).
    """
    if value.size == 1 and int(np.prod(shape)) == 1:
        return value.reshape(shape)
    if value.shape == shape and not (columns and len(shape) == 2):
        return value
    if len(shape) == 1 and value.shape in ((1, *shape), (*shape, 1)):
        return value.reshape(shape)
    if len(shape) == 2 and columns and value.shape == shape[::-1]:
        return value.T
    if len(shape) == 2 and value.ndim == 1 and 1 in shape and value.size == max(shape):
        return value.reshape(shape)
    return None
