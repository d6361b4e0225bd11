"""The places of a step in which a mistake may be made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ...arithmetic.entries import at_index, with_values
from ...arithmetic.forms import agreeing_forms, in_a_alone, is_arithmetic
from ...formula import Call, Formula, Name, Number, OverM, Plus, Power, Times
from ...network import Network
from ...records import Activation, Loss
from ...rewriting import names, with_parts
from ...steps import Step

OF_XOR = 4  # examples, as many as XOR has


@dataclass(frozen=True)
class Place:
    """A step of `net` on `m` examples; `knows_rate` says whether its learning rate is known,
    `stage` which step of training it belongs to, `weighted` whether examples have weights.
    """

    step: Step
    net: Network
    m: int
    knows_rate: bool
    stage: int = 1
    weighted: bool = False

    @property
    def kind(self) -> str:
        """The kind of quantity: ``delta``, ``da_dz``, ``W_next``."""
        return self.step.kind

    @property
    def layer(self) -> int:
        """The layer that it belongs to, 0 for the loss."""
        return self.step.layer

    @property
    def last(self) -> bool:
        """Whether that is the output layer."""
        return self.layer == len(self.net.layers)

    @property
    def routes(self) -> tuple[Formula, ...]:
        """Every right formula: what it simplifies to, and the product; with rounded factors they
        are not the same.
        """
        if self.step.simplified:
            return self.step.simplified, self.step.formula
        return (self.step.formula,)

    @property
    def record(self) -> Activation:
        """The layer's activation; the output's for the loss."""
        return self.net.layers[self.layer - 1].f

    @property
    def loss(self) -> Loss:
        """The network's loss."""
        return self.net.loss_record

    @property
    def couples(self) -> bool:
        """Whether the layer's activation has a matrix of slopes for each example."""
        return self.record.couples

    @property
    def slope_levels(self) -> tuple[float, ...]:
        """The few values that a slope can have, where this is one that has few."""
        return self.record.slope_levels if self.kind == "da_dz" else ()

    @property
    def slope_in_a(self) -> Formula | None:
        """The slope as a formula in `a` alone, products spelled out; None where there is none."""
        return slope_in_a(self.record)

    @property
    def diagonal(self) -> Formula | None:
        """What one output's slope has of its own pre-activation, in `a`, where outputs are coupled;
        None where that can't be said from `a` alone.
        """
        slope = agreeing_forms(self.record).slope
        if slope is None:
            return None
        own = at_index(slope, {"j": "j", "k": "j"})
        if not is_arithmetic(own) or set(names(own)) != {"a[j]"}:
            return None
        return with_values(own, {"a[j]": Name(f"a{self.layer}")})

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


def slope_in_a(record: Activation) -> Formula | None:
    """Return an activation's slope as a formula in `a` alone, ``a * (1 - a)``; None without one."""
    if record.couples:
        return None
    forms = agreeing_forms(record)
    for form in (forms.slope, forms.slope_from_a):
        if in_a_alone(form):
            return _without_squares(form)
    return None


def _without_squares(formula: Formula) -> Formula:
    """Return a formula with its squares as products."""
    match with_parts(formula, _without_squares):
        case Power(base, Number(2.0)):
            return Times(base, base)
        case new:
            return new


Wrong = Callable[[Place], Iterator[Formula]]  # yields the formulas of a mistake at a place


def formula_at(*kinds: str, made_by: Callable[[Place], Formula | None]) -> Wrong:
    """Return what yields one formula at quantities of these kinds, where `made_by` has one."""

    def wrong(place: Place) -> Iterator[Formula]:
        if place.kind not in kinds:
            return
        formula = made_by(place)
        if formula is not None:
            yield formula

    return wrong


def right_formulas_at(*kinds: str, changed_by: Callable[[Formula], Formula]) -> Wrong:
    """Return what yields, at quantities of these kinds, each right formula with a change."""

    def wrong(place: Place) -> Iterator[Formula]:
        if place.kind not in kinds:
            return
        for right in place.routes:
            yield with_mean(right, changed_by)
            if is_penalised(right):  # the change may have been made to the whole, too
                yield changed_by(right)

    return wrong


def is_penalised(formula: Formula) -> bool:
    """Whether a formula is a mean over the examples and a penalty."""
    return isinstance(formula, Plus) and isinstance(formula.left, OverM)


def with_mean(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """Return a formula with a change of its mean over the examples: of all of it, but for a penalty
    that is added.
    """
    match formula:
        case Plus(OverM() as mean, penalty):
            return Plus(change(mean), penalty)
    return change(formula)


def readable(formula: Formula, net: Network) -> str:
    """Return a formula as text, with the functions by the names that people know: ``sigmoid′(z1)``,
    ``a1[3:4]``.
    """
    return _plain_calls(formula, net).text


def _plain_calls(formula: Formula, net: Network) -> Formula:
    match formula:
        case Call(function, (of,)) if match := re.fullmatch(r"only(\d+)", function):
            row = int(match[1])
            return Name(f"{readable(of, net)}[{row}:{row + 1}]")
        case Call(function, (of, *_)) if function in net.structure.functions:
            record, primes = net.structure.functions[function]
            return Name(f"{record.name}{primes}({readable(of, net)})")
        case Call("L_grid" | "dL_grid", (output, target)):
            return Call(formula.function.removesuffix("_grid"), (output, target.T))
        case Call("ones_like"):
            return replace(formula, columns=False)  # it works on each entry
    return with_parts(formula, lambda part: _plain_calls(part, net))
