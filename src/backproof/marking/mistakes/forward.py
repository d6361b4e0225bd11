"""What people compute instead on the way forward: the wrong formulas of weighted sums, activations
and the loss, over the same names as the right ones.

As in `signals` and `gradients`, each function takes the place in the step where the mistake may
have been made and returns its formulas there, none where it can't happen. The names ``before_W1``,
``before_dW1`` … are those of the step of training before this one.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from ...activations import ACTIVATIONS
from ...formula import (
    ONE,
    TWO,
    Call,
    Formula,
    Minus,
    Name,
    Negative,
    Number,
    Quotient,
    Scale,
    Times,
)
from ...rewriting import with_part
from ...steps import SIGNALS, W, a, b, delta, y, z
from .places import Place, with_mean

TAKEN_FOR_ANOTHER = [record for record in ACTIVATIONS.values() if record.taken_for]


# weighted sums


def no_bias(place: Place) -> Formula | None:
    """The weighted sum alone."""
    if not place.bias:
        return None
    return a(place.layer - 1) @ W(place.layer)


def swapped_weights(place: Place) -> Formula | None:
    """Weights whose rows feed the units."""
    if not place.square(place.layer):
        return None
    product = a(place.layer - 1) @ W(place.layer).T
    return product + b(place.layer) if place.bias else product


def old_weights(place: Place) -> Iterator[Formula]:
    """The second step with the weights or biases of the first, forward and on the way back."""
    n = place.layer
    if place.stage == 1:
        return
    if place.kind == "dL_da" and not place.last:
        yield delta(n + 1) @ Name(f"before_W{n + 1}").T
    elif place.kind == "z":
        new, old = a(n - 1) @ W(n), a(n - 1) @ Name(f"before_W{n}")
        if not place.bias:
            yield old
            return
        old_bias = Name(f"before_b{n}")
        yield old + old_bias
        yield new + old_bias
        yield old + b(n)


# activations


def no_activation(place: Place) -> Formula | None:
    """What comes in, passed on."""
    return None if place.record.linear else z(place.layer)


def other_activation(place: Place) -> Iterator[Formula]:
    """The value of another activation."""
    if place.kind != "a":
        return
    for other in TAKEN_FOR_ANOTHER:
        if not other.linear and other.f is not place.record.f:
            yield Call(other.name, (z(place.layer),))


# the loss, and what is wrong in its derivative too


def other_logarithm(place: Place) -> Iterator[Formula]:
    """Cross entropy in bits or in decades."""
    if place.kind == "loss" and place.loss.entropy:
        for base in (2, 10):
            scale = Call("log", (Number(base),))
            yield with_mean(place.step.formula, functools.partial(Quotient, right=scale))


def half_entropy(place: Place) -> Iterator[Formula]:
    """Binary cross entropy with one of its two terms."""
    if place.kind != "loss" or place.loss.entropy != "binary":
        return
    output = a(len(place.net.layers))
    of_ones = Times(y, Call("log", (output,)))
    of_zeros = Times(Minus(ONE, y), Call("log", (Minus(ONE, output),)))
    for term in (of_ones, of_zeros):
        right = with_part(place.step.formula, Call("L", (output, y)), term)
        yield with_mean(right, Negative)


def targets_swapped(place: Place) -> Iterator[Formula]:
    """Classes 0 and 1 exchanged."""
    if place.loss.entropy != "binary":
        return
    output, other = a(len(place.net.layers)), Minus(ONE, y)
    if place.kind == "loss":
        yield with_part(place.step.formula, Call("L", (output, y)), Call("L", (output, other)))
    elif place.last and place.kind == "dL_da":
        yield with_part(place.step.formula, Call("dL", (output, y)), Call("dL", (output, other)))
    elif place.last and place.kind == "delta" and place.step.simplified:
        yield with_part(place.step.simplified, Minus(output, y), Minus(output, other))


def half_of_square(place: Place) -> Iterator[Formula]:
    """Half the squared error for the whole one, or the whole for half, in its value or in its
    derivative alone.
    """
    is_derivative = place.kind in SIGNALS and place.last
    if not place.loss.squared or not (place.kind == "loss" or is_derivative):
        return

    def other(right: Formula) -> Formula:
        return Quotient(right, TWO) if place.loss.squared == 1 else Scale(TWO, right)

    for right in place.routes:
        yield with_mean(right, other)
