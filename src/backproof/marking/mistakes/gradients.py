"""What people compute instead: the wrong formulas, over the same names as the right ones; those of
the error signals are in `signals`.

Each function here takes the place in the step where the mistake may have been made and returns its
formulas there, none where it can't happen. The names ``before_W1``, ``before_dW1`` … are those of
the step of training before this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
    OverM,
    Quotient,
    Scale,
    SumExamples,
    Times,
    Total,
)
from ...rewriting import over_m
from ...steps import GRADIENTS, SIGNALS, UPDATES, W, a, b, da_dz, db, delta, dL_da, dW, eta, x, y, z
from .places import Place, Wrong

TAKEN_FOR_ANOTHER = [record for record in ACTIVATIONS.values() if record.taken_for]
MANY = 16  # examples, beyond which "one example only" is looked for in the first and the last


# forward


def no_bias(place: Place) -> Formula | None:
    """The weighted sum alone."""
    return a(place.layer - 1) @ W(place.layer) if place.bias else None


def swapped(place: Place) -> Formula | None:
    """Weights whose rows feed the units."""
    if not place.square(place.layer):
        return None
    product = a(place.layer - 1) @ W(place.layer).T
    return product + b(place.layer) if place.bias else product


def old_weights(place: Place) -> Iterator[Formula]:
    """The second step with the weights or biases of the first."""
    n = place.layer
    if place.stage == 1:
        return
    if place.kind == "dL_da" and not place.last:
        yield delta(n + 1) @ Name(f"before_W{n + 1}").T
    elif place.kind == "z":
        new, old = (a(n - 1) @ weights for weights in (W(n), Name(f"before_W{n}")))
        if not place.bias:
            yield old
            return
        yield old + Name(f"before_b{n}")
        yield new + Name(f"before_b{n}")
        yield old + b(n)


def other_activation(place: Place) -> Iterator[Formula]:
    """The value of another activation."""
    if place.kind != "a":
        return
    for other in TAKEN_FOR_ANOTHER:
        if not other.linear and other.f is not place.record.f:
            yield Call(other.name, (z(place.layer),))


def other_logarithm(place: Place) -> Iterator[Formula]:
    """Cross entropy in bits or in decades."""
    if place.kind == "loss" and place.loss.entropy:
        yield from (Quotient(place.step.formula, Call("log", (Number(base),))) for base in (2, 10))


def half_entropy(place: Place) -> Iterator[Formula]:
    """Binary cross entropy with one of its two terms."""
    if place.kind == "loss" and place.loss.entropy == "binary":
        output = a(len(place.net.layers))
        yield Negative(OverM(Total(Times(y, Call("log", (output,))))))
        yield Negative(OverM(Total(Times(Minus(ONE, y), Call("log", (Minus(ONE, output),))))))


def targets_swapped(place: Place) -> Iterator[Formula]:
    """Classes 0 and 1 exchanged."""
    if place.loss.entropy != "binary":
        return
    a_last, other = a(len(place.net.layers)), Minus(ONE, y)
    if place.kind == "loss":
        yield OverM(Total(Call("L", (a_last, other))))
    elif place.last and place.kind == "dL_da":
        yield Call("dL", (a_last, other))
    elif place.last and place.kind == "delta" and place.step.simplified:
        yield Minus(a_last, other)


# the 1/m


def mean_early(place: Place) -> Iterator[Formula]:
    """The 1/m in an error signal, where there is more than one example."""
    if place.kind in SIGNALS and place.m > 1:
        yield from map(OverM, place.routes)


def counted_in(power: int) -> Wrong:
    """Return what divides by m that many times more than it should, in the loss, a gradient, or the
    update.
    """

    def wrong(place: Place) -> Iterator[Formula]:
        if place.m == 1:
            return
        if place.kind in ("loss", *GRADIENTS):
            yield over_m(place.step.formula, power)
        elif place.kind in UPDATES and (
            moved := updates(lambda p, g: p - Scale(eta, OverM(g, power)))(place)
        ):
            yield moved

    return wrong


def other_count(place: Place) -> Iterator[Formula]:
    """A gradient divided by something else than the number of examples."""
    if place.kind in GRADIENTS:
        n_in, n_out = place.net.sizes[place.layer - 1 : place.layer + 1]
        summed = over_m(place.step.formula, -1)
        for count in dict.fromkeys((2 * place.m, place.m - 1, 4, n_in, n_out)):
            if count not in (0, 1, place.m):
                yield Quotient(summed, Number(count))


def over_outputs(place: Place) -> Iterator[Formula]:
    """The mean over the outputs too."""
    n = place.net.sizes[-1]
    if (
        n > 1
        and place.kind in ("loss", *SIGNALS, *GRADIENTS)
        and (place.kind != "dL_da" or place.last)
    ):
        yield from (Quotient(right, Number(n)) for right in place.routes)


def half_of_square(place: Place) -> Iterator[Formula]:
    """Half the squared error for the whole one, or the whole for half, in its value or in its
    derivative alone.
    """
    if place.loss.squared and (place.kind == "loss" or (place.kind in SIGNALS and place.last)):
        for right in place.routes:
            yield Quotient(right, TWO) if place.loss.squared == 1 else Scale(TWO, right)


def one_example(place: Place) -> Iterator[Formula]:
    """The gradient of a single example."""
    if place.kind not in GRADIENTS or place.m == 1:
        return
    n = place.layer
    for i in range(place.m - 1, -1, -1) if place.m <= MANY else (place.m - 1, 0):
        signal = Call(f"only{i}", (delta(n),))
        gradient = (
            Call(f"only{i}", (a(n - 1),)).T @ signal if place.kind == "dW" else SumExamples(signal)
        )
        yield gradient
        yield OverM(gradient)


def accumulated(place: Place) -> Iterator[Formula]:
    """A gradient on top of an earlier one: of the same step, or of the step before."""
    if place.kind in GRADIENTS:
        yield place.step.formula + place.step.formula
        if place.stage > 1:
            yield place.step.formula + Name(f"before_{place.step.name}")


# weights


def other_input(place: Place) -> Iterator[Formula]:
    """dW with other activations than those that the weights weigh."""
    n, sizes = place.layer, place.net.sizes
    if place.kind != "dW":
        return
    if sizes[n - 1] == sizes[n]:
        yield OverM(a(n).T @ delta(n))
    if n > 1 and sizes[0] == sizes[n - 1]:
        yield OverM(x.T @ delta(n))
    yield OverM(z(n - 1).T @ delta(n)) if n > 1 else OverM(x.T @ a(n))


# biases


def not_summed(place: Place) -> Iterator[Formula]:
    """delta itself, with its mean taken or not."""
    if place.kind == "db":
        yield OverM(delta(place.layer))
        yield delta(place.layer)


def bias_products(place: Place) -> Iterator[Formula]:
    """Sums of something else than delta."""
    if place.kind == "db":
        n = place.layer
        yield SumExamples(dW(n))
        yield Quotient(SumExamples(dW(n)), Number(place.net.sizes[n - 1]))
        yield OverM(SumExamples(dL_da(n)))
        if not place.couples:
            yield OverM(SumExamples(Times(delta(n), da_dz(n))))
        if place.net.sizes[n - 1] == place.net.sizes[n]:
            yield OverM(SumExamples(Times(a(n - 1), delta(n))))


def bias_per_weight(place: Place) -> Formula | None:
    """A bias moved as often as weights lead to its unit."""
    n = place.net.sizes[place.layer - 1]
    if n == 1 or not place.trained:
        return None
    if place.kind == "db":
        return Scale(Number(n), place.step.formula)
    return b(place.layer) - Scale(Scale(Number(n), eta), db(place.layer))


# the update


def updates(make: Callable[[Name, Name], Formula]) -> Callable[[Place], Formula | None]:
    """Return what makes a wrong update from a parameter and its gradient; frozen parameters have
    none.
    """

    def found(place: Place) -> Formula | None:
        n = place.layer
        if place.kind == "W_next":
            return make(W(n), dW(n))
        return make(b(n), db(n)) if place.trained else None

    return found
