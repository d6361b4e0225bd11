"""One weight or bias of a network by its text: ``W2[1,1]``, ``b1[2]``, counted from 1."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import SupportsInt

from .errors import InputError
from .network import Network
from .prose import comma_list, shown
from .records import Array

ENTRY_PATTERN = r"\s*([Wb](\d+))\s*\[\s*(\d+)\s*(?:,\s*(\d+)\s*)?\]\s*"


def entry_text(name: str, index: Iterable[SupportsInt]) -> str:
    """Return the text of an entry of a quantity; `index` counts from 0."""
    return f"{name}[{','.join(str(int(i) + 1) for i in index)}]"


@dataclass(frozen=True)
class Parameter:
    """One weight or bias.

    Parameters
    ----------
    name : of the array that it stands in
    layer : from 1
    index : its place there, from 0
    """

    name: str
    layer: int
    index: tuple[int, ...]

    @property
    def text(self) -> str:
        """``W2[1,1]``."""
        return entry_text(self.name, self.index)

    @property
    def is_weight(self) -> bool:
        """Whether it is no bias."""
        return len(self.index) == 2

    def value(self, net: Network) -> float:
        """Return its value in a network."""
        return float(net.parameters()[self.name][self.index])

    def at_value(self, net: Network, value: float) -> Network:
        """Return the network with this one at another value."""
        array: Array = net.parameters()[self.name].copy()
        array[self.index] = value
        return net.with_parameters({self.name: array})


def parameter(net: Network, text: str) -> Parameter:
    """Return the parameter that a text names; raise `InputError` for any other text, or outside the
    network.
    """
    match = re.fullmatch(ENTRY_PATTERN, text) if isinstance(text, str) else None
    values = net.parameters()
    if match is None or match[1] not in values:
        raise InputError(
            f"{shown(text)} is not a weight of this network: write W1[1,1] (row, column, from 1) or"
            f" b1[1], with {comma_list(values)}."
        )
    index = tuple(int(part) - 1 for part in match.groups()[2:] if part is not None)
    shape = values[match[1]].shape
    inside = len(index) == len(shape) and all(0 <= i < n for i, n in zip(index, shape, strict=True))
    if not inside:
        raise InputError(
            f"{shown(text)} lies outside {match[1]}, which has shape {shape}; indices count from 1."
        )
    return Parameter(match[1], int(match[2]), index)
