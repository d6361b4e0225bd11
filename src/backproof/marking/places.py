"""The places of a step in which a mistake may be made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ..formula import Call, Formula, Name, numpy_text, rebuilt
from ..network import Network
from ..steps import Step


@dataclass(frozen=True)
class Place:
    """A step of `net` on `m` examples; `rate` says whether its learning rate is known, `stage`
    which step of training it belongs to.
    """

    step: Step
    net: Network
    m: int
    rate: bool
    stage: int = 1

    @property
    def kind(self) -> str:
        """The name without its layer: ``delta``, ``da_dz``, ``W_next``."""
        return re.sub(r"\d+", "", self.step.name)

    @property
    def layer(self) -> int:
        """The layer that it belongs to, 0 for the loss."""
        digits = re.search(r"\d+", self.step.name)
        return int(digits[0]) if digits else 0

    @property
    def last(self) -> bool:
        """Whether that is the output layer."""
        return self.layer == len(self.net.layers)

    @property
    def routes(self) -> tuple[Formula, ...]:
        """Every right formula: what it simplifies to, and the product; with rounded factors they
        are not the same.
        """
        return (
            (self.step.simplified, self.step.formula)
            if self.step.simplified
            else (self.step.formula,)
        )

    @property
    def couples(self) -> bool:
        """Whether the layer's activation has a matrix of slopes for each example."""
        return self.net.layers[self.layer - 1].f.couples

    @property
    def activation(self) -> str:
        """The name of the layer's activation."""
        return self.net.layers[self.layer - 1].activation

    @property
    def bias(self) -> bool:
        """Whether the layer has biases."""
        return self.net.layers[self.layer - 1].b is not None

    @property
    def trained(self) -> bool:
        """Whether the layer's biases move in training."""
        return f"b{self.layer}" in self.net.trainable()

    def square(self, layer: int) -> bool:
        """Whether the weights of a layer have as many rows as columns."""
        rows, columns = self.net.layers[layer - 1].W.shape
        return bool(rows == columns)


Wrong = Callable[[Place], Iterator[Formula]]


def at(*kinds: str, make: Callable[[Place], Formula | None]) -> Wrong:
    """Return what yields one formula at quantities of these kinds."""

    def wrong(place: Place) -> Iterator[Formula]:
        if place.kind in kinds and (found := make(place)) is not None:
            yield found

    return wrong


def spoilt(*kinds: str, make: Callable[[Formula], Formula]) -> Wrong:
    """Return what yields, at quantities of these kinds, what `make` does to each right formula."""

    def wrong(place: Place) -> Iterator[Formula]:
        if place.kind in kinds:
            yield from map(make, place.routes)

    return wrong


def readable(formula: Formula, net: Network) -> str:
    """Return a formula as text, with the functions by the names that people know: ``sigmoid′(z1)``,
    ``a1[3:4]``.
    """
    return numpy_text(_plain_calls(formula, net))


def _plain_calls(formula: Formula, net: Network) -> Formula:
    match formula:
        case Call(function, arguments) if match := re.fullmatch(r"(only|d?f)(\d+)", function):
            inner = numpy_text(_plain_calls(arguments[0], net))
            kind, number = match[1], int(match[2])
            if kind == "only":
                return Name(f"{inner}[{number}:{number + 1}]")
            return Name(f"{net.layers[number - 1].activation}{'′' * (kind == 'df')}({inner})")
        case Call("L_grid" | "dL_grid", (output, target)):
            return Call(formula.function.removesuffix("_grid"), (output, target.T))
        case Call("ones_like"):
            return replace(formula, columns=False)  # it works on each entry
    return rebuilt(formula, lambda part: _plain_calls(part, net))
