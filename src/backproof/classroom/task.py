"""What a sheet is about: a network, its data, and the quantities that are asked for."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from ..activations import Array
from ..backprop import Objective
from ..explain.derivation import Derivation, derive
from ..marking.chain import Chain
from ..network import Network
from .levels import quantities_of, stages_of

SHEET_RATE = 0.5


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be worked out on one sheet.

    Parameters
    ----------
    net, x, y : the network, (m, n0) inputs, (m, nL) targets
    level : a name of `LEVELS`
    decimals : that each number is to be given to
    seed : that it was made from
    rate : the learning rate
    """

    net: Network
    x: Array
    y: Array
    level: str
    decimals: int
    seed: int
    rate: float = SHEET_RATE

    @property
    def id(self) -> str:
        """By which a key is found for an answers file."""
        return f"{self.level}-{self.seed}"

    @functools.cached_property
    def chain(self) -> Chain:
        """The steps with their true values."""
        return Chain(Objective(self.net, self.x, self.y), self.rate, stages_of(self.level))

    @functools.cached_property
    def asked(self) -> tuple[str, ...]:
        """The quantities that are asked for, in the order of computation."""
        return quantities_of(self.chain, self.level)

    @property
    def stages(self) -> dict[int, list[str]]:
        """The same by the step of training that they belong to, from 1."""
        found: dict[int, list[str]] = {}
        for name in self.asked:
            found.setdefault(self.chain.places[name].stage, []).append(name)
        return found

    @functools.cached_property
    def derivations(self) -> tuple[Derivation, ...]:
        """The derivation of each step that the level asks for."""
        first = self._derivation(self.net)
        if stages_of(self.level) == 1:
            return (first,)
        moved = {name: first[f"{name}_next"].value for name in self.net.parameters()}
        return first, self._derivation(self.net.with_parameters(moved))

    def _derivation(self, net: Network) -> Derivation:
        return derive(
            net, self.x, self.y, learning_rate=self.rate, decimals=self.decimals, symbols=False
        )
