"""What the steps of a network depend on: its functions and biases, not its sizes and numbers."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Protocol

from .likeness import known_activation, known_loss
from .records import Activation, Loss, Pair

TRAINED, FROZEN, NONE = "trained", "frozen", "none"  # what a layer's biases can be


@dataclass(frozen=True)
class Structure:
    """The structure of what is minimised: two networks with the same have the same steps.

    Parameters
    ----------
    activations : the activation of each layer
    biases : for each layer `TRAINED`, `FROZEN` (there, but left as they are) or `NONE`
    loss : the loss
    y_sums_to_one : each row of targets is a distribution, which softmax with `cce` needs to
        simplify
    weighted : each example's own loss is multiplied by its weight
    penalised : the loss has the L2 penalty
    """

    activations: tuple[Activation, ...]
    biases: tuple[str, ...]
    loss: Loss
    y_sums_to_one: bool = True
    weighted: bool = False
    penalised: bool = False

    @functools.cached_property
    def _hash(self) -> int:
        return hash((self.activations, self.biases, self.loss, self._flags))

    def __hash__(self) -> int:  # asked for at every step that is looked up
        return self._hash

    @property
    def _flags(self) -> tuple[bool, ...]:
        return self.y_sums_to_one, self.weighted, self.penalised

    @property
    def structure(self) -> Structure:
        """Itself: what asks for a structure takes a network or an objective as well."""
        return self

    @property
    def last(self) -> int:
        """The number of the output layer; layers count from 1."""
        return len(self.activations)

    @property
    def output(self) -> Activation:
        """The activation of the output layer."""
        return self.activations[-1]

    @property
    def pair(self) -> Pair:
        """How the loss is computed on that output."""
        # a copy of a built-in one keeps its digits as that does
        return known_loss(self.loss).pair(known_activation(self.output))

    @property
    def saturates(self) -> bool:
        """Whether its loss is lost where an output, one of one's own, is rounded to its end."""
        output = self.output
        bounded = output.bounded and not output.couples
        return bounded and self.loss.of_probabilities and self.pair.plain

    @functools.cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, `W1 b1 W2 b2 …`; a bias that is absent is left out."""
        found = []
        for layer, bias in enumerate(self.biases, 1):
            found += [f"W{layer}"] if bias == NONE else [f"W{layer}", f"b{layer}"]
        return tuple(found)

    @functools.cached_property
    def trainable(self) -> tuple[str, ...]:
        """The names of the parameters that training moves: all but frozen biases."""
        frozen = {f"b{layer}" for layer, bias in enumerate(self.biases, 1) if bias == FROZEN}
        return tuple(name for name in self.parameters if name not in frozen)

    @functools.cached_property
    def functions(self) -> dict[str, tuple[Activation, str]]:
        """By the name of each function that the steps call of an activation, ``df1``: which one,
        and the primes that stand behind its name.
        """
        found: dict[str, tuple[Activation, str]] = {}
        for layer, record in enumerate(self.activations, 1):
            found |= {f"f{layer}": (record, ""), f"df{layer}": (record, "′")}
        return found

    def has_bias(self, layer: int) -> bool:
        """Say whether a layer has biases."""
        return self.biases[layer - 1] != NONE

    def with_flags(
        self,
        y_sums_to_one: bool | None = None,
        weighted: bool | None = None,
        penalised: bool | None = None,
    ) -> Structure:
        """Return the same structure with other flags; None keeps what it has."""
        given = (y_sums_to_one, weighted, penalised)
        pairs = zip(given, self._flags, strict=True)
        flags = tuple(own if flag is None else flag for flag, own in pairs)
        if flags == self._flags:
            return self
        return replace(self, y_sums_to_one=flags[0], weighted=flags[1], penalised=flags[2])


class Structured(Protocol):
    """What has a structure: a network, an objective, the structure itself."""

    @property
    def structure(self) -> Structure:
        """Its structure."""
