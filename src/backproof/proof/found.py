"""What a proof found: of each quantity, of each function, and what it left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..network import Network
from .differences import CLOSE as CLOSE

if TYPE_CHECKING:
    from .lemmas import Lemma

BOUND = 1e-12  # how far a float64 may be from the true value, as a share of the largest entry


@dataclass(frozen=True)
class Checked:
    """What was found of one quantity.

    Parameters
    ----------
    name : the quantity
    identity : whether its equation is proved to be what it must be: of a derivative, to be that of
        the loss; None if it couldn't be tried
    how : how: ``written out`` for the network's shape, ``layer by layer`` for any functions,
        ``formula`` for an activation's own, ``entry by entry`` for what is no derivative
    enclosure : how far its numbers are at most from the true ones, as a share of the largest; None
        without a formula
    difference : how far they are from central differences, likewise, or from the same worked out
        again if it is no derivative; None if nothing could be moved
    ok : whether nothing failed, and something proves it
    words : what failed
    """

    name: str
    identity: bool | None
    how: str
    enclosure: float | None
    difference: float | None
    ok: bool
    words: str = ""


@dataclass(frozen=True)
class Proof:
    """The proof of every quantity of a step; `ok` says whether all of it holds.

    Parameters
    ----------
    net : the network
    m : the number of examples
    quantities : what was found of each, by name, in the order of computation
    lemmas : of each function of the network its `Lemma`, and that of the update
    remarks : what was left out, and why
    """

    net: Network
    m: int
    quantities: dict[str, Checked]
    lemmas: tuple[Lemma, ...] = ()
    remarks: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether every quantity is proved, and no lemma failed."""
        return not self.failures

    @property
    def failures(self) -> list[str]:
        """What failed, in words."""
        lemmas = [lemma.words for lemma in self.lemmas if lemma.holds is False]
        return lemmas + [one.words for one in self if not one.ok]

    def __iter__(self) -> Iterator[Checked]:
        return iter(self.quantities.values())

    def __repr__(self) -> str:
        found = "; ".join(self.failures) or "ok"
        return f"Proof({self.net}: {found})"

    def to_dict(self) -> dict[str, Any]:
        """Return the proof as the JSON of ``backproof verify --json``."""
        return {
            "ok": self.ok,
            "quantities": {
                one.name: {
                    "identity": one.identity,
                    "how": one.how,
                    "enclosure": one.enclosure,
                    "difference": one.difference,
                    "ok": one.ok,
                    "words": one.words,
                }
                for one in self
            },
            "lemmas": [
                {"of": lemma.of, "holds": lemma.holds, "words": lemma.words}
                for lemma in self.lemmas
            ],
            "bound": BOUND,
            "close": CLOSE,
            "remarks": list(self.remarks),
        }
