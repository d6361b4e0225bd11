"""The proof of a gradient, three ways: by symbols, by balls that hold the true value, by
differences.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..arithmetic.magnitude import magnitude
from ..backprop import Objective, objective
from ..network import Network
from ..records import Activation, Loss
from ..steps import GRADIENTS, SIGNALS, Step, name_of

BOUND = 1e-12  # how far a float64 may be from the true value, as a share of the largest entry
CLOSE = 1e-6  # how far a difference may be from the derivative, likewise


@dataclass(frozen=True)
class Checked:
    """What was found of one quantity.

    Parameters
    ----------
    name : the quantity
    identity : whether its formula is proved to be the derivative of the loss; None if it is no
        derivative, or couldn't be tried
    how : how: ``written out`` for the network's shape, ``layer by layer`` for any functions,
        ``formula`` for an activation's own
    enclosure : how far its numbers are at most from the true ones, as a share of the largest; None
        without a formula
    difference : how far they are from central differences, likewise; None if it is no derivative
    ok : whether nothing failed
    words : what failed, or was left out
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
    """The proof of every quantity of a step; `ok` says whether all of it holds."""

    net: Network
    m: int
    quantities: dict[str, Checked]
    lemmas: tuple[Any, ...] = ()
    remarks: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether no quantity and no lemma failed."""
        return all(one.ok for one in self.quantities.values()) and all(
            lemma.holds is not False for lemma in self.lemmas
        )

    @property
    def failures(self) -> list[str]:
        """What failed, in words."""
        return [lemma.words for lemma in self.lemmas if lemma.holds is False] + [
            one.words for one in self.quantities.values() if not one.ok
        ]

    def __iter__(self) -> Iterator[Checked]:
        return iter(self.quantities.values())

    def __repr__(self) -> str:
        return f"Proof({self.net}: {'ok' if self.ok else '; '.join(self.failures)})"

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


def verify(
    net: Network,
    x: Any,
    y: Any,
    loss: str | Loss | None = None,
    *,
    example_weights: Any = None,
    l2: float = 0.0,
    identity: bool = True,
) -> Proof:
    """Prove the gradient of a network at its numbers.

    (1) *Identity*: the chain rule of the program equals the derivative of the written-out loss, by
    SymPy, with weights, inputs and
    targets as symbols; (2) *enclosure*: balls hold the true value of every quantity, and every
    float64 lies within `BOUND` of it, relative to the largest entry (or the largest sum of absolute
    terms, where terms cancel); (3) *differences*: the loss changes as the gradient says.

    Parameters
    ----------
    net, x, y, loss, example_weights, l2 : as for `backward`
    identity : False leaves (1) out, which takes the longest

    Returns a `Proof`: `ok`, `quantities` by name. Raises `InputError` if something doesn't fit.
    """
    net = net.with_loss(loss).astype("float64")
    return _Prover(objective(net, x, y, example_weights=example_weights, l2=l2)).proof(identity)


class _Prover:
    def __init__(self, todo: Objective):
        self.objective, self.net, self.structure = todo, todo.net, todo.structure
        self.q, self.steps = todo.quantities(), todo.steps()
        self.remarks: list[str] = []

    def proof(self, identity: bool) -> Proof:
        from .lemmas import lemma

        structure = self.structure
        records: list[Activation | Loss] = [*dict.fromkeys(structure.activations), structure.loss]
        lemmas = tuple(map(lemma, records))
        self.remarks += [one.words for one in lemmas if one.holds is None]
        identities = self.identities(lemmas) if identity else {}
        enclosures = self.enclosures()
        differences = self.differences()
        found = {}
        for step in self.steps:
            found[step.name] = self.result(
                step.name,
                identities.get(step.name, (None, "")),
                enclosures.get(step.name),
                differences.get(step.name),
            )
        return Proof(self.net, self.objective.m, found, lemmas, tuple(self.remarks))

    def result(
        self,
        name: str,
        identity: tuple[bool | None, str],
        enclosure: float | None,
        difference: float | None,
    ) -> Checked:
        words = []
        if identity[0] is False:
            words.append(f"{name} is not the derivative of the loss")
        if enclosure is not None and not enclosure <= BOUND:
            words.append(
                f"{name} is {enclosure:.1e} from the true value, more than {BOUND:g}: float64 loses"
                " digits there, or its derivative is wrong"
            )
        if difference is not None and not difference <= CLOSE:
            words.append(
                f"{name} differs from central differences by {difference:.1e}, more than {CLOSE:g}"
            )
        return Checked(name, *identity, enclosure, difference, not words, "; ".join(words))

    def identities(self, lemmas: tuple[Any, ...]) -> dict[str, tuple[bool | None, str]]:
        """The first way: symbols."""
        from .identity import MOST_WRITTEN_OUT, identities, layer_by_layer

        own = {one.of: one.holds for one in lemmas}
        found: dict[str, tuple[bool | None, str]] = {
            name_of("da_dz", layer): (own[record.name], "formula")
            for layer, record in enumerate(self.structure.activations, 1)
        }
        size = sum(value.size for value in self.net.parameters().values())
        if None not in own.values() and size <= MOST_WRITTEN_OUT:
            whole = identities(self.structure, self.net.sizes, self.steps)
            return found | {name: (holds, "written out") for name, holds in whole.items()}
        why = "A formula is missing"
        if size > MOST_WRITTEN_OUT:
            why = f"{size:,} parameters are too many to write the loss out"
        self.remarks.append(
            f"{why}, so the chain rule is proved layer by layer, for any functions."
        )
        holds = layer_by_layer()
        for step in self.steps:
            if step.equation in (4, 6, 7, 8, 9, 10):
                by = own[self.net.loss] if step.equation == 4 else holds
                found[step.name] = (by, "layer by layer")
        return found

    def enclosures(self) -> dict[str, float]:
        """The second way: balls."""
        from .enclosure import enclosures, farthest

        balls = enclosures(self.objective, self.steps)
        if balls is None:
            self.remarks.append("Without every formula the true values can't be enclosed.")
            return {}
        values = self.q.given | self.q
        found = {}
        for step in self.steps:
            scale = float(np.max(magnitude(step, values)))
            far = farthest(balls[step.name], self.q[step.name])
            found[step.name] = far / scale if scale else (0.0 if far == 0 else np.inf)
        return found

    def differences(self) -> dict[str, float]:
        """The third way: central differences."""
        from .differences import Differences

        way = Differences(self.objective, self.q)
        found = {}
        for step in self.steps:
            if step.kind == "da_dz":
                found[step.name] = self.apart(step, way.of_activation(step.layer), noise=1.0)
            elif step.kind in GRADIENTS:
                places, values = way.of_parameter(step.name.removeprefix("d"))
                found[step.name] = self.apart(step, values, places)
            elif step.kind in SIGNALS and not (
                step.equation == 4 and self.structure.loss.distribution
            ):
                by = name_of("z" if step.kind == "delta" else "a", step.layer)
                found[step.name] = self.apart(step, way.of_signal(by))
        if way.sampled:
            from .differences import MOST_MOVED

            self.remarks.append(
                f"Of {', '.join(way.sampled)}, {MOST_MOVED} entries each were moved for the differences,"
                " drawn at random."
            )
        if any(value > CLOSE for value in found.values()) and way.at_kink():
            self.remarks.append(
                "A unit stands at the kink of its activation, where differences mean nothing: they"
                " are left out."
            )
            return {}
        return found

    def apart(
        self, step: Step, differences: Any, places: Any = None, noise: float | None = None
    ) -> float:
        """Return how far differences are from a derivative, as a share of its size and of what
        rounding lets one see.
        """
        from .differences import STEP

        name, ours = step.name, np.asarray(self.q[step.name], dtype=float)
        ours = ours if places is None else ours.ravel()[places]
        scale = float(np.max(magnitude(step, self.q.given | self.q)))
        size = abs(self.q["loss"]) if noise is None else noise
        rounding = np.finfo(float).eps * max(1.0, size) / STEP
        apart = np.abs(differences - ours)
        if np.isnan(apart).any():
            self.remarks.append(
                f"Of {name}, {int(np.isnan(apart).sum())} entries are left out of the differences:"
                " the output there is saturated."
            )
        return float(np.nanmax(apart, initial=0.0) / max(scale, rounding / CLOSE * 10))
