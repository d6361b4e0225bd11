"""The spine: one step of training as an ordered list of named quantities, each with its equation.

The names and shapes are those of the notes (examples are rows); the numbers those of the equations:

    1  z = a W + b                  6  delta of the output = dL_da ⊙ da_dz
    2  a = f(z)                     7  dL_da = delta Wᵀ          between layers: a matrix product
    3  L = mean of the L_i          8  delta = dL_da ⊙ da_dz     within a layer: element by element
    4  dL_da of the loss            9  dW = (1/m) aᵀ delta
    5  da_dz = f'(z)               10  db = (1/m) sum of delta over the examples
                                   11  W ← W - eta dW, b ← b - eta db

Everything that computes or explains a quantity reads this list: an equation stands here and nowhere
else.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .formula import Call, Formula, Name, Number, Scale, SumExamples, Times, Total
from .rewriting import in_columns, names, over_m, with_names
from .structure import FROZEN, Structure, Structured

# kinds of quantities: what is left of a name without its layer
FORWARD = ("z", "a")
SIGNALS = ("dL_da", "delta")  # derivatives of each example's own loss
GRADIENTS = ("dW", "db")  # derivatives of the mean loss
UPDATES = ("W_next", "b_next")
PARAMETERS = ("W", "b")
PER_EXAMPLE = (*FORWARD, "dL_da", "da_dz", "delta")  # a row for each example


@dataclass(frozen=True)
class Step:
    """One named quantity.

    Parameters
    ----------
    name : ``delta2``; another one in another book's names
    kind : ``delta``, ``da_dz``, ``W_next``: the notes' name without its layer
    layer : that it belongs to, from 1; 0 for the loss
    equation : its number
    formula : how mathematics writes it
    words : what it means, one sentence
    simplified : what the formula simplifies to for this network, if it does (``a2 - y``)
    computed : how float64 gets it without overflow or loss of digits, where the formula as is would
        not
    """

    name: str
    kind: str
    layer: int
    equation: int
    formula: Formula
    words: str
    simplified: Formula | None = None
    computed: Formula | None = None

    @functools.cached_property
    def from_names(self) -> list[str]:
        """The names that the formula is computed from."""
        return names(self.formula)

    @property
    def numerical(self) -> Formula:
        """The formula that is evaluated."""
        return self.computed or self.formula

    @property
    def shortest(self) -> Formula:
        """The formula as one would calculate it by hand: what it simplifies to, if it does."""
        return self.simplified or self.formula

    def __str__(self) -> str:
        return f"{self.name} = {self.shortest}    # eq. {self.equation}"


def name_of(kind: str, layer: int) -> str:
    """Return the name of a quantity: ``delta2``, ``da2_dz2``, ``W2_next``, ``loss``."""
    if kind == "loss":
        return kind
    if kind == "da_dz":
        return f"da{layer}_dz{layer}"
    letter, underscore, rest = kind.partition("_next")
    return f"{letter}{layer}{underscore}{rest}"


def letter_names(letter: str) -> Callable[[int], Name]:
    """Return what makes the names of a letter: ``letter_names("W")(2)`` is ``W2``."""
    return lambda layer: Name(name_of(letter, layer))


x, y, m, s, eta, l2 = map(Name, ("x", "y", "m", "s", "eta", "l2"))
z, W, b, dL_da, da_dz, delta, dW, db = map(
    letter_names, ("z", "W", "b", "dL_da", "da_dz", "delta", "dW", "db")
)


def a(layer: int) -> Name:
    """The activations of a layer; those of layer 0 are the inputs."""
    return Name(f"a{layer}") if layer else x


def f(layer: int) -> Formula:
    """The activation of a layer, at its pre-activations."""
    return Call(f"f{layer}", (z(layer),))


def df(layer: int) -> Formula:
    """The derivative of a layer's activation, at its pre-activations."""
    return Call(f"df{layer}", (z(layer), a(layer)))


def steps(
    of: Structured,
    *,
    y_sums_to_one: bool | None = None,
    weighted: bool | None = None,
    penalised: bool | None = None,
    update: bool = False,
) -> tuple[Step, ...]:
    """Return the quantities of one training step, in the order of computation.

    They depend on the structure alone, and are remembered by it.

    Parameters
    ----------
    of : a network, an objective or a structure
    y_sums_to_one, weighted, penalised : as in `Structure`, if not as in its own
    update : go on to the parameters after one step of gradient descent (equation 11)
    """
    return _steps(of.structure.with_flags(y_sums_to_one, weighted, penalised), update)


@functools.lru_cache(maxsize=256)
def _steps(of: Structure, update: bool) -> tuple[Step, ...]:
    found = [*_forward(of), *_loss(of), *_backward(of)]
    return tuple(found + list(_update(of)) if update else found)


def _step(kind: str, layer: int, equation: int, formula: Formula, words: str) -> Step:
    return Step(name_of(kind, layer), kind, layer, equation, formula, words)


def _forward(of: Structure) -> Iterator[Step]:
    for layer, record in enumerate(of.activations, 1):
        weighted_sum = a(layer - 1) @ W(layer)
        if of.has_bias(layer):
            words = "Each unit takes the weighted sum of its inputs and adds its bias."
            yield _step("z", layer, 1, weighted_sum + b(layer), words)
        else:
            words = "Each unit takes the weighted sum of its inputs."
            yield _step("z", layer, 1, weighted_sum, words)
        words = f"The {record.name} of z{layer}: how strongly each unit fires."
        yield _step("a", layer, 2, f(layer), words)


def _loss(of: Structure) -> Iterator[Step]:
    """Equations 3 to 6: the loss and its derivative by the output, up to its error signal."""
    last, output, pair = of.last, of.output, of.pair

    def own(formula: Formula) -> Formula:  # example weights belong to each example's own loss
        return Times(s, formula) if of.weighted else formula

    def weighed(formula: Formula) -> Formula:  # the same, of what may be infinite
        return Call("weigh", (s, formula)) if of.weighted else formula

    def whole(entries: Formula, own: Callable[[Formula], Formula] = own) -> Formula:
        mean = over_m(Total(own(entries)), 1)
        if not of.penalised:
            return mean
        penalty = sum_of([Total(W(layer) * W(layer)) for layer in range(1, last + 1)])
        return mean + Scale(Scale(Number(0.5), l2), penalty)

    words = f"The mean of the per-example {of.loss.initials or of.loss.name} losses"
    loss = _step(
        "loss",
        0,
        3,
        whole(Call("L", (a(last), y))),
        f"{words}, plus the penalty on large weights." if of.penalised else f"{words}.",
    )
    yield replace(loss, computed=whole(Call("L_z", (z(last), a(last), y)), weighed))
    slope = _step(
        "dL_da",
        last,
        4,
        own(Call("dL", (a(last), y))),
        "How each example's loss changes with its output.",
    )
    yield replace(slope, computed=weighed(Call("dL_z", (z(last), a(last), y))))
    yield _step("da_dz", last, 5, df(last), "How the output changes with its pre-activation.")
    factors = dL_da(last), da_dz(last)
    delta_ = _step(
        "delta",
        last,
        6,
        Call("contract", factors) if output.couples else factors[0] * factors[1],
        "How wrong each output is: the error signal, positive where the output is too high.",
    )
    if pair.delta is None and not of.saturates:
        yield delta_
        return
    simplifies = pair.delta is not None and (of.y_sums_to_one or not output.couples)
    yield replace(
        delta_,
        simplified=own(a(last) - y) if simplifies else None,
        computed=weighed(Call("delta_z", (z(last), a(last), y))),
    )


def _backward(of: Structure) -> Iterator[Step]:
    for layer in range(of.last, 0, -1):
        if layer < of.last:
            yield from _hidden_signal(layer)
        gradient = over_m(a(layer - 1).T @ delta(layer), 1)
        yield _step(
            "dW",
            layer,
            9,
            gradient + Scale(l2, W(layer)) if of.penalised else gradient,
            "How much each weight should change: the mean of how wrong × how much it contributed.",
        )
        if of.has_bias(layer):
            mean = over_m(SumExamples(delta(layer)), 1)
            yield _step("db", layer, 10, mean, "The mean error signal of each unit.")


def _hidden_signal(layer: int) -> Iterator[Step]:
    yield _step(
        "dL_da",
        layer,
        7,
        delta(layer + 1) @ W(layer + 1).T,
        f"The error signal of layer {layer + 1}, carried back through its weights.",
    )
    words = f"How each activation of layer {layer} changes with its pre-activation."
    yield _step("da_dz", layer, 5, df(layer), words)
    yield _step(
        "delta",
        layer,
        8,
        dL_da(layer) * da_dz(layer),
        f"How wrong each unit of layer {layer} is: the error that reaches it times its own slope.",
    )


def _update(of: Structure) -> Iterator[Step]:
    for layer, bias in enumerate(of.biases, 1):
        yield _update_step("W", layer)
        if of.has_bias(layer):
            yield _frozen_step("b", layer) if bias == FROZEN else _update_step("b", layer)


def _update_step(letter: str, layer: int) -> Step:
    old, slope = letter_names(letter)(layer), letter_names(f"d{letter}")(layer)
    words = f"{old} after one step downhill."
    return _step(f"{letter}_next", layer, 11, old - Scale(eta, slope), words)


def _frozen_step(letter: str, layer: int) -> Step:
    old = letter_names(letter)(layer)
    return _step(f"{letter}_next", layer, 11, old, f"{old} is frozen.")


def sum_of(terms: Sequence[Formula]) -> Formula:
    """Return ``terms[0] + terms[1] + …``."""
    return functools.reduce(lambda total, term: total + term, terms)


# rewritten: for books that write it otherwise


def with_formulas(
    step: Step, change: Callable[[Formula], Formula], name: str | None = None
) -> Step:
    """Return a step with each of its formulas changed, and another name if one is given."""
    return replace(
        step,
        name=name or step.name,
        formula=change(step.formula),
        simplified=step.simplified and change(step.simplified),
        computed=step.computed and change(step.computed),
    )


def columns(given: Sequence[Step]) -> list[Step]:
    """Return the steps with examples as columns: each quantity is the transpose of ours."""
    return [with_formulas(step, in_columns) for step in given]


def with_step_names(given: Sequence[Step], names: Mapping[str, str]) -> list[Step]:
    """Return the same steps with other names, ``{"delta2": "dz2"}``."""

    def change(name: Name) -> Formula:
        return Name(names.get(name.name, name.name))

    return [
        with_formulas(step, lambda formula: with_names(formula, change), names.get(step.name))
        for step in given
    ]
