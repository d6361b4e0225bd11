"""The proof of a gradient, three ways: by symbols, by balls that hold the true value, by
differences.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arithmetic.magnitude import magnitude
from ..backprop import Objective, objective
from ..network import Network, check_network
from ..prose import comma_list
from ..records import Activation, Array, Loss
from ..steps import GRADIENTS, SIGNALS, Step, name_of
from .differences import MOST_MOVED, STEP, Differences

if TYPE_CHECKING:
    from .lemmas import Lemma

BOUND = 1e-12  # how far a float64 may be from the true value, as a share of the largest entry
CLOSE = 1e-6  # how far a difference may be from the derivative, likewise
ROUNDINGS = 10  # of the loss, so many of which a difference may be off
CHAIN_RULE = (6, 7, 8, 9, 10)  # the equations that are nothing but the chain rule

Identity = tuple[bool | None, str]  # whether an identity holds, and how that was shown: `Checked`


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
    """The proof of every quantity of a step; `ok` says whether all of it holds.

    Parameters
    ----------
    net : the network
    m : the number of examples
    quantities : what was found of each, by name, in the order of computation
    lemmas : of each function of the network its `Lemma`
    remarks : what was left out, and why
    """

    net: Network
    m: int
    quantities: dict[str, Checked]
    lemmas: tuple[Lemma, ...] = ()
    remarks: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether no quantity and no lemma failed."""
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
    SymPy, with weights, inputs and targets as symbols; (2) *enclosure*: balls hold the true value
    of every quantity, and every float64 lies within `BOUND` of it, relative to the largest entry
    (or the largest sum of absolute terms, where terms cancel); (3) *differences*: the loss changes
    as the gradient says.

    Parameters
    ----------
    net, x, y, loss, example_weights, l2 : as for `backward`
    identity : False leaves (1) out, which takes the longest

    Returns a `Proof`: `ok`, `quantities` by name. Raises `InputError` if something doesn't fit.
    """
    check_network(net)
    net = net.with_loss(loss).astype("float64")
    return _Prover(objective(net, x, y, example_weights=example_weights, l2=l2)).proof(identity)


class _Prover:
    """The three ways, on one objective.

    SymPy and python-flint take a while to load, so their modules are loaded by the way that needs
    them.
    """

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
        holds = dict(zip(records, (one.holds for one in lemmas), strict=True))
        identities = self.identities(holds) if identity else {}
        enclosures = self.enclosures()
        differences = self.differences()
        found = {}
        for name in (step.name for step in self.steps):
            equal = identities.get(name, (None, ""))
            found[name] = _checked(name, equal, enclosures.get(name), differences.get(name))
        return Proof(self.net, self.objective.m, found, lemmas, tuple(self.remarks))

    # by symbols

    def identities(self, holds: dict[Activation | Loss, bool | None]) -> dict[str, Identity]:
        """The first way, by the names of the derivatives; of each function, whether its lemma
        holds.
        """
        from .identity import MOST_WRITTEN_OUT

        found: dict[str, Identity] = {
            name_of("da_dz", layer): (holds[record], "formula")
            for layer, record in enumerate(self.structure.activations, 1)
        }
        size = sum(value.size for value in self.net.parameters().values())
        if size > MOST_WRITTEN_OUT:
            why = f"{size:,} parameters are too many to write the loss out"
            return found | self._layer_by_layer(why, holds[self.structure.loss])
        if None in holds.values():
            why = "Not every derivative is proved by symbols"
            return found | self._layer_by_layer(why, holds[self.structure.loss])
        return found | self._written_out()

    def _written_out(self) -> dict[str, Identity]:
        from .identity import identities

        whole = identities(self.structure, self.net.sizes, self.steps)
        return {name: (holds, "written out") for name, holds in whole.items()}

    def _layer_by_layer(self, why: str, loss_holds: bool | None) -> dict[str, Identity]:
        """The chain rule for any functions, and `why`; the loss's own derivative by its lemma."""
        from .identity import layer_by_layer

        self.remarks.append(
            f"{why}, so the chain rule is proved layer by layer, for any functions."
        )
        chain_holds = layer_by_layer()
        found: dict[str, Identity] = {}
        for step in self.steps:
            if step.equation == 4:
                found[step.name] = (loss_holds, "layer by layer")
            elif step.equation in CHAIN_RULE:
                found[step.name] = (chain_holds, "layer by layer")
        return found

    # by balls

    def enclosures(self) -> dict[str, float]:
        """The second way: how far each quantity is at most from its true value, as a share."""
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
            found[step.name] = _share(far, scale)
        return found

    # by differences

    def differences(self) -> dict[str, float]:
        """The third way: how far each derivative is from central differences, as a share."""
        way = Differences(self.objective, self.q)
        apart = {step.name: self._from_differences(step, way) for step in self.steps}
        found = {name: share for name, share in apart.items() if share is not None}
        if way.sampled:
            sampled = [name for name in self.net.parameters() if name in way.sampled]
            self.remarks.append(
                f"Of {comma_list(f'd{name}' for name in sampled)}, {MOST_MOVED} entries each were"
                " moved for the differences, drawn at random."
            )
        if any(share > CLOSE for share in found.values()) and way.at_kink():
            self.remarks.append(
                "A unit stands at the kink of its activation, where differences mean nothing: they"
                " are left out."
            )
            return {}
        return found

    def _from_differences(self, step: Step, way: Differences) -> float | None:
        """How far a derivative is from its differences; None for what is no derivative, or can't be
        seen that way.
        """
        loss = abs(self.q["loss"])
        ours = np.asarray(self.q[step.name], dtype=float)
        if step.kind == "da_dz":
            return self._apart(step, ours, way.of_activation(step.layer), moves=1.0)
        if step.kind in GRADIENTS:
            places, differences = way.of_parameter(step.name.removeprefix("d"))
            return self._apart(step, ours.ravel()[places], differences, moves=loss)
        if step.kind not in SIGNALS:
            return None
        # an output of a distribution can't be moved alone: then they don't sum to 1
        if step.equation == 4 and self.structure.loss.distribution:
            return None
        by = name_of("z" if step.kind == "delta" else "a", step.layer)
        return self._apart(step, ours, way.of_signal(by), moves=loss)

    def _apart(self, step: Step, ours: Array, differences: Array, moves: float) -> float:
        """How far differences are from entries of a derivative, as a share of its size and of what
        rounding lets one see; `moves` is the size of what moves: of the loss, or of an activation.
        """
        scale = float(np.max(magnitude(step, self.q.given | self.q)))
        rounding = np.finfo(float).eps * max(1.0, moves) / STEP
        apart = np.abs(differences - ours)
        saturated = int(np.isnan(apart).sum())
        if saturated:
            self.remarks.append(
                f"Of {step.name}, {saturated} entries are left out of the differences: the output"
                " there is saturated."
            )
        # where the derivative is small, what counts as far is a multiple of the rounding
        return float(np.nanmax(apart, initial=0.0) / max(scale, rounding / CLOSE * ROUNDINGS))


def _checked(
    name: str, identity: Identity, enclosure: float | None, difference: float | None
) -> Checked:
    """Return what the three ways found of a quantity, and in words what failed."""
    words = []
    if identity[0] is False:
        words.append(f"{name} is not the derivative of the loss")
    # written so that NaN fails too
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


def _share(far: float, scale: float) -> float:
    """Return a distance as a share of a size, which may be 0."""
    if scale:
        return far / scale
    return 0.0 if far == 0 else np.inf
