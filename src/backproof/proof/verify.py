"""The proof of a gradient, three ways: by symbols, by balls that hold the true value, by
differences.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..arithmetic.floats import functions
from ..arithmetic.magnitude import magnitude
from ..backprop import Objective, Quantities, objective
from ..errors import InputError
from ..network import Network, check_network
from ..program import evaluate
from ..prose import comma_list, number_of, spoken_list
from ..records import Activation, Array, Loss
from ..steps import Step, name_of
from .differences import Compared, Differences
from .found import BOUND as BOUND
from .found import CLOSE as CLOSE
from .found import Checked as Checked
from .found import Proof as Proof

RATE = 0.1  # the learning rate with which the update is worked out
HOW = {1: "entry by entry", 2: "entry by entry", 3: "entry by entry", 5: "formula"}
Identity = tuple[bool | None, str]  # whether an identity holds, and how that was shown: `Checked`


def verify(
    net: Network,
    x: Any,
    y: Any,
    loss: str | Loss | None = None,
    *,
    example_weights: Any = None,
    l2: float = 0.0,
    identity: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Proof:
    """Prove the gradient of a network at its numbers.

    (1) *Identity*: every equation of the program is what it must be, for any functions, and its
    chain rule equals the derivative of the written-out loss, by SymPy, with weights, inputs and
    targets as symbols; (2) *enclosure*: balls hold the true value of every quantity, and every
    float64 lies within `BOUND` of it, relative to the largest entry (or the largest sum of absolute
    terms, where terms cancel); (3) *differences*: the forward pass worked out again gives the same,
    and the loss changes as the gradient says.

    Parameters
    ----------
    net, x, y, loss, example_weights, l2 : as for `backward`
    identity : False leaves (1) out, which takes the longest
    progress : is told what is proved next, in a few words

    Returns a `Proof`: `ok`, `quantities` by name. Raises `InputError` if something doesn't fit.
    """
    check_network(net)
    net = net.with_loss(loss).astype("float64")
    todo = objective(net, x, y, example_weights=example_weights, l2=l2)
    return _Prover(todo, progress or _silent).proof(identity)


def _silent(what: str) -> None:
    pass


class _Prover:
    """The three ways, on one objective.

    SymPy and python-flint take a while to load, so their modules are loaded by the way that needs
    them.
    """

    def __init__(self, todo: Objective, progress: Callable[[str], None]):
        self.objective, self.net, self.structure = todo, todo.net, todo.structure
        self.steps, self.progress = todo.steps(), progress
        self.remarks: list[str] = []

    def proof(self, identity: bool) -> Proof:
        from .lemmas import Lemma, lemma

        structure = self.structure
        records: list[Activation | Loss] = [*dict.fromkeys(structure.activations), structure.loss]
        lemmas = []
        for record in records:
            self.progress(f"the derivative of {record.name}")
            lemmas.append(lemma(record))
        self.remarks += [one.words for one in lemmas if one.holds is None]
        holds = dict(zip(records, (one.holds for one in lemmas), strict=True))
        q, stopped_at = self.numbers()
        faults = self.faults() if identity or stopped_at else {}
        identities = self.identities(holds, faults) if identity or stopped_at else {}
        lemmas.append(Lemma("the update", *self.update(faults, q)))
        enclosures = self.enclosures(q)
        differences = self.differences(q, stopped_at)
        shown = self.of_functions(holds)
        found = {}
        for name in (step.name for step in self.steps):
            found[name] = _checked(
                name,
                identities.get(name, (None, "")),
                faults.get(name, ""),
                enclosures.get(name),
                differences.get(name),
                lemma=bool(shown.get(name)),
            )
        return Proof(self.net, self.objective.m, found, tuple(lemmas), tuple(self.remarks))

    def numbers(self) -> tuple[Quantities, str]:
        """Return the quantities as far as they can be computed, and the first that can't."""
        with np.errstate(all="ignore"):
            return self._numbers()

    def _numbers(self) -> tuple[Quantities, str]:
        try:
            return self.objective.quantities(), ""
        except InputError:
            raise
        except Exception:
            given = self.objective.data | self.net.parameters()
            values = functions(self.objective) | given
            for step in self.steps:
                try:
                    values[step.name] = evaluate(step.numerical, values)
                except Exception:  # a wrong formula may multiply what doesn't fit
                    if not any(self.faults().values()):
                        raise  # then it isn't the formula
                    names = [one.name for one in self.steps if one.name in values]
                    return Quantities({name: values[name] for name in names}, given), step.name
            raise

    # by symbols

    @functools.cached_property
    def every_step(self) -> tuple[Step, ...]:
        """The steps with their updates."""
        return self.objective.steps(update=True)

    def faults(self) -> dict[str, str]:
        """What is wrong with each equation, empty if nothing is."""
        from .equations import faults

        self.progress("every equation, for any functions")
        return faults(self.structure, self.every_step)

    def identities(
        self, holds: dict[Activation | Loss, bool | None], faults: dict[str, str]
    ) -> dict[str, Identity]:
        """The first way, by name; of each function, whether its lemma holds."""
        of_function = self.of_functions(holds)
        whole = {} if any(faults.values()) else self.written_out()
        found: dict[str, Identity] = {}
        for step in self.steps:
            name = step.name
            how = "written out" if name in whole else HOW.get(step.equation, "layer by layer")
            equal = not faults[name] and whole.get(name, True)
            found[name] = (of_function.get(name, True) if equal else False, how)
        return found

    def of_functions(self, holds: dict[Activation | Loss, bool | None]) -> dict[str, bool | None]:
        """Return of what is the derivative of one function whether its lemma holds."""
        found = {
            name_of("da_dz", layer): holds[record]
            for layer, record in enumerate(self.structure.activations, 1)
        }
        return found | {name_of("dL_da", self.structure.last): holds[self.structure.loss]}

    def written_out(self) -> dict[str, bool]:
        """The derivatives of the loss written out for the network's shape, unless that is large."""
        from .identity import MOST_WRITTEN_OUT, identities

        size = sum(value.size for value in self.net.parameters().values())
        if size <= MOST_WRITTEN_OUT:
            self.progress("the loss written out")
            return identities(self.structure, self.net.sizes, self.steps)
        self.remarks.append(
            f"{size:,} parameters are too many to write the loss out, so the chain rule is proved"
            " layer by layer, for any functions."
        )
        return {}

    def update(self, faults: dict[str, str], q: Quantities) -> tuple[bool, str]:
        """Return whether equation 11 holds, by symbols and in numbers, and that in words."""
        own = {step.name for step in self.steps}
        wrong = [words for name, words in faults.items() if words and name not in own]
        if wrong:
            return False, comma_list(wrong)
        values = q.given | q | {"eta": RATE}
        parameters = self.net.parameters()
        for step in self.every_step[len(self.steps) :]:
            name = step.name.removesuffix("_next")
            slope = values.get(f"d{name}", np.nan)
            if np.shape(slope) != parameters[name].shape:
                continue  # what is wrong there is the gradient
            rate = RATE if name in self.structure.trainable else 0.0
            if not _equal(step, values, parameters[name] - rate * slope):
                return False, f"{step.name} is not what equation 11 says"
        return True, "each parameter moves by eta times its gradient, and a frozen bias stays"

    # by balls

    def enclosures(self, q: Quantities) -> dict[str, float]:
        """The second way: how far each quantity is at most from its true value, as a share."""
        from .enclosure import enclosures, sample, share

        some = sample(self.objective)
        if some is None:
            self.remarks.append("The network is too large to enclose its true values.")
            return {}
        if some is not self.objective:
            q = some.quantities()
            self.remarks.append(
                f"The true values are enclosed for {number_of(some.m, 'example')} of"
                f" {self.objective.m:,}, drawn at random."
            )
        self.progress("the true values in balls")
        given = [step for step in self.steps if step.name in q]
        balls = enclosures(some, given)
        if balls is None:
            self.remarks.append("Without every formula the true values can't be enclosed.")
            return {}
        values = Quantities(q.given | q, q.given)
        found, open_ = {}, []
        for step in given:
            ball = balls[step.name]
            if ball.shape != np.shape(q[step.name]):
                found[step.name] = np.inf
            elif not all(entry.is_finite() for entry in ball.ravel()):
                open_.append(step.name)
            else:
                found[step.name] = share(ball, q[step.name], _scale(step, values))
        if open_:
            self.remarks.append(
                f"{spoken_list(open_, 3)} can't be enclosed: a function is saturated there beyond"
                " every precision."
            )
        return found

    # by differences

    def differences(self, q: Quantities, stopped_at: str) -> dict[str, float]:
        """The third way: how far each quantity is from central differences, as a share."""
        way = Differences(self.objective, q)
        found = {stopped_at: np.inf} if stopped_at else {}
        some: dict[str, Compared] = {}
        for step in self.steps:
            if step.name not in q:
                continue
            self.progress(f"{step.name} by differences")
            compared = way.of(step)
            if compared.apart is not None:
                found[step.name] = compared.apart
            if compared.at_kink or compared.unmoved:
                self.remarks.append(_left_out(step.name, compared))
            if compared.moved < compared.of:
                some[step.name] = compared
        if some:
            counts = [f"{one.moved:,} of {name}" for name, one in some.items()]
            self.remarks.append(
                f"Of large arrays only some entries, drawn at random, were moved for the"
                f" differences: {spoken_list(counts, len(counts))}."
            )
        return found


def _checked(
    name: str,
    identity: tuple[bool | None, str],
    fault: str,
    enclosure: float | None,
    difference: float | None,
    lemma: bool,
) -> Checked:
    """Return what the three ways found of a quantity, and in words what failed.

    `fault` is what is wrong with its formula; `identity` whether it holds and how that was shown;
    `lemma` whether one proves it by itself.
    """
    words = []
    if identity[0] is False:
        words.append(fault or f"{name} is not the derivative of the loss")
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
    if identity[0] is None and enclosure is None and difference is None and not lemma:
        words.append(f"nothing proves {name} here")
    return Checked(name, *identity, enclosure, difference, not words, "; ".join(words))


def _equal(step: Step, values: Mapping[str, Any], expected: Array) -> bool:
    try:
        found = evaluate(step.formula, values)
        return np.allclose(found, expected, rtol=BOUND, atol=0, equal_nan=True)
    except Exception:  # a wrong formula may multiply what doesn't fit
        return False


def _scale(step: Step, values: Quantities) -> float:
    """Return the largest sum of absolute terms of a step; of what overflows on the way, what came
    of it.
    """
    with np.errstate(all="ignore"):
        sizes = magnitude(step, values)
    own = np.abs(np.asarray(values[step.name], dtype=float))
    found = np.where(np.isfinite(sizes), sizes, own)
    return float(np.max(found, initial=0.0, where=np.isfinite(found)))


def _left_out(name: str, compared: Compared) -> str:
    """Say which entries the differences say nothing of, and why."""
    why = []
    if compared.at_kink:
        why.append(f"{compared.at_kink:,} at a kink")
    if compared.unmoved:
        why.append(f"{compared.unmoved:,} where a function is saturated or overflows")
    return (
        f"Of the {compared.moved:,} entries of {name} that were moved, the differences leave out"
        f" {' and '.join(why)}."
    )
