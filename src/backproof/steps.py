"""The spine: one step of training as an ordered list of named quantities, each with its equation.

The names and shapes are those of the notes (examples are rows); the numbers are the equations':

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

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .activations import Array, bare
from .formula import (
    Call,
    Formula,
    Name,
    Number,
    Scale,
    SumExamples,
    Times,
    Total,
    in_columns,
    names,
    over_m,
    substituted,
)
from .losses import Loss
from .network import Network


@dataclass(frozen=True)
class Step:
    """One named quantity.

    Parameters
    ----------
    name : ``delta2``
    equation : its number
    formula : how mathematics writes it
    words : what it means, one sentence
    simplified : what the formula simplifies to for this network, if it does (``a2 - y``)
    computed : how float64 gets it without overflow or loss of digits, where the formula as it
        stands would not
    """

    name: str
    equation: int
    formula: Formula
    words: str
    simplified: Formula | None = None
    computed: Formula | None = None

    @property
    def from_names(self) -> list[str]:
        """The names that the formula is computed from."""
        return names(self.formula)

    @property
    def numerical(self) -> Formula:
        """The formula that is evaluated."""
        return self.computed or self.formula

    def __str__(self) -> str:
        return f"{self.name} = {self.simplified or self.formula}    # eq. {self.equation}"


def named(letter: str) -> Callable[[int], Name]:
    """Return what makes the names of a letter: ``named("W")(2)`` is ``W2``."""
    return lambda layer: Name(f"{letter}{layer}")


x, y, m, s, eta, l2 = map(Name, ("x", "y", "m", "s", "eta", "l2"))
z, W, b, dL_da, delta, dW, db = map(named, ("z", "W", "b", "dL_da", "delta", "dW", "db"))


def a(layer: int) -> Name:
    """The activations of a layer; those of layer 0 are the inputs."""
    return Name(f"a{layer}") if layer else x


def da_dz(layer: int) -> Name:
    """The slopes of a layer's activation."""
    return Name(f"da{layer}_dz{layer}")


def f(layer: int) -> Formula:
    """The activation of a layer, at its pre-activations."""
    return Call(f"f{layer}", (z(layer),))


def df(layer: int) -> Formula:
    """The derivative of a layer's activation, at its pre-activations."""
    return Call(f"df{layer}", (z(layer), a(layer)))


def steps(
    net: Network,
    y_sums_to_one: bool = True,
    weighted: bool = False,
    penalised: bool = False,
    update: bool = False,
) -> list[Step]:
    """Return the quantities of one training step of `net`, in the order of computation.

    Parameters
    ----------
    y_sums_to_one : each row of targets is a distribution, which softmax with `cce` needs to
        simplify
    weighted : each example's own loss L_i is multiplied by its weight `s` (m, 1), scaled to mean 1
    penalised : the loss has the L2 penalty ``(l2 / 2) * sum of W²``
    update : go on to the parameters after one step of gradient descent (equation 11)
    """
    result = [
        *_forward(net),
        *_loss(net, y_sums_to_one, weighted, penalised),
        *_backward(net, penalised),
    ]
    return result + list(_update(net)) if update else result


def _forward(net: Network) -> Iterator[Step]:
    for layer, record in enumerate(net.layers, 1):
        weighted_sum = a(layer - 1) @ W(layer)
        if record.b is None:
            yield Step(f"z{layer}", 1, weighted_sum, "Each unit weighs what comes in.")
        else:
            yield Step(
                f"z{layer}",
                1,
                weighted_sum + b(layer),
                "Each unit weighs what comes in and adds its bias.",
            )
        yield Step(
            f"a{layer}",
            2,
            f(layer),
            f"The {record.activation} of z{layer}: how strongly each unit fires.",
        )


def _loss(net: Network, y_sums_to_one: bool, weighted: bool, penalised: bool) -> Iterator[Step]:
    """Equations 3 to 6: the loss and its derivative by the output, up to the output's error signal."""
    last = len(net.layers)
    output, loss = net.layers[-1].f, net.loss_record
    pair = loss.pair(output)

    def own(formula: Formula) -> Formula:  # example weights belong to each example's own loss
        return Times(s, formula) if weighted else formula

    def whole(entries: Formula) -> Formula:
        mean = over_m(Total(own(entries)), 1)
        if not penalised:
            return mean
        penalty = sum_of([Total(W(layer) * W(layer)) for layer in range(1, last + 1)])
        return mean + Scale(Scale(Number(0.5), l2), penalty)

    yield Step(
        "loss",
        3,
        whole(Call("L", (a(last), y))),
        f"The mean over the examples of each one's own {loss.name} loss"
        + (", and the penalty on large weights." if penalised else "."),
        computed=whole(Call("L_z", (z(last), a(last), y))),
    )
    yield Step(
        f"dL_da{last}",
        4,
        own(Call("dL", (a(last), y))),
        "How each example's own loss changes with its output.",
        computed=own(Call("dL_z", (z(last), a(last), y))),
    )
    yield Step(f"da{last}_dz{last}", 5, df(last), "How the output changes with its pre-activation.")
    if output.couples:
        product: Formula = Call("contract", (dL_da(last), da_dz(last)))
    else:
        product = dL_da(last) * da_dz(last)
    yield Step(
        f"delta{last}",
        6,
        product,
        "How wrong each output is: the error signal, positive where the output is too high.",
        simplified=(
            own(a(last) - y) if pair.delta and (y_sums_to_one or not output.couples) else None
        ),
        computed=own(Call("delta_z", (z(last), a(last), y))) if pair.delta else None,
    )


def _backward(net: Network, penalised: bool) -> Iterator[Step]:
    last = len(net.layers)
    for layer in range(last, 0, -1):
        if layer < last:
            yield Step(
                f"dL_da{layer}",
                7,
                delta(layer + 1) @ W(layer + 1).T,
                f"The error signal of layer {layer + 1}, carried back through its weights.",
            )
            yield Step(
                f"da{layer}_dz{layer}",
                5,
                df(layer),
                f"How each unit of layer {layer} reacts to its input.",
            )
            yield Step(
                f"delta{layer}",
                8,
                dL_da(layer) * da_dz(layer),
                f"How wrong each unit of layer {layer} is: the error that reaches it times its own"
                " slope.",
            )
        gradient = over_m(a(layer - 1).T @ delta(layer), 1)
        yield Step(
            f"dW{layer}",
            9,
            gradient + Scale(l2, W(layer)) if penalised else gradient,
            "How much each weight should change: the mean of how wrong × how much it contributed.",
        )
        if net.layers[layer - 1].b is not None:
            yield Step(
                f"db{layer}",
                10,
                over_m(SumExamples(delta(layer)), 1),
                "The mean error signal of each unit.",
            )


def _update(net: Network) -> Iterator[Step]:
    trainable = net.trainable()
    for name in net.parameters():
        if name in trainable:
            yield Step(
                f"{name}_next",
                11,
                Name(name) - Scale(eta, Name(f"d{name}")),
                f"{name}, one step downhill.",
            )
        else:
            yield Step(f"{name}_next", 11, Name(name), f"{name} is frozen.")


def sum_of(terms: Sequence[Formula]) -> Formula:
    """Return ``terms[0] + terms[1] + …``."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


# Other conventions


def _changed(step: Step, change: Callable[[Formula], Formula], name: str | None = None) -> Step:
    return replace(
        step,
        name=name or step.name,
        formula=change(step.formula),
        simplified=step.simplified and change(step.simplified),
        computed=step.computed and change(step.computed),
    )


def columns(given: Sequence[Step]) -> list[Step]:
    """Return the same steps with examples as columns: each quantity is the transpose of ours, ``z =
    W a + b``.
    """
    return [_changed(step, in_columns) for step in given]


def is_signal(name: str) -> bool:
    """Whether a quantity is a derivative of each example's own loss, in which the 1/m may stand."""
    return name.startswith(("dL_da", "delta"))


def mean_in_delta(given: Sequence[Step]) -> list[Step]:
    """Return the same steps with the 1/m in each error signal: `dL_da` and `delta` are then of the
    mean loss.
    """

    def unscaled(name: Name) -> Formula:
        return over_m(name, -1) if is_signal(name.name) else name

    def change(step: Step) -> Step:
        power = int(is_signal(step.name))
        return _changed(step, lambda formula: over_m(substituted(formula, unscaled), power))

    return [change(step) for step in given]


def renamed(given: Sequence[Step], names: Mapping[str, str]) -> list[Step]:
    """Return the same steps with other names, ``{"delta2": "dz2"}``."""

    def change(name: Name) -> Formula:
        return Name(names.get(name.name, name.name))

    return [
        _changed(step, lambda formula: substituted(formula, change), names.get(step.name))
        for step in given
    ]


# The functions that the formulas call


def contract(dL_da: Array, da_dz: Array) -> Array:
    """Return the product of (m, n) with the matrix (m, n, n) of each example (equation 6, softmax)."""
    return np.einsum("ij,ijk->ik", dL_da, da_dz)


def functions(net: Network, loss: Loss | None = None) -> dict[str, Callable[..., Array]]:
    """Return the functions that the steps of `net` call, by the names they use."""
    loss = loss or net.loss_record
    pair = loss.pair(net.layers[-1].f)
    found: dict[str, Callable[..., Array]] = {
        "L": loss.value,
        "dL": loss.derivative,
        "L_z": pair.value,
        "dL_z": pair.derivative,
        "contract": contract,
    }
    if pair.delta:
        found["delta_z"] = pair.delta
    for layer, record in enumerate(net.layers, 1):
        found |= {f"f{layer}": record.f.f, f"df{layer}": record.f.derivative}
    return {name: bare(function) for name, function in found.items()}
