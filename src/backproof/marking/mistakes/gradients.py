"""What people compute instead of the gradients and the updates: the 1/m, also of the loss; the
weights' gradients, the biases', and the update itself.

As in `forward`, each function takes the place in the step where the mistake may have been made and
returns its formulas there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ...formula import ZERO, Call, Formula, Name, Number, OverM, Quotient, Scale, SumExamples, Times
from ...rewriting import over_m
from ...steps import GRADIENTS, SIGNALS, W, a, b, da_dz, db, delta, dL_da, dW, eta, x, z
from .places import OF_XOR, Place, Wrong, with_mean

MANY = 16  # examples, beyond which "one example only" is looked for in the first and the last


# the 1/m


def extra_mean(power: int) -> Wrong:
    """Return what divides by m that many times more than it should, in the loss, a gradient, or the
    update.
    """
    moved = update(lambda p, g: p - Scale(eta, OverM(g, power)))

    def wrong(place: Place) -> Iterator[Formula]:
        if place.m == 1:
            return
        if place.kind in ("loss", *GRADIENTS):
            yield with_mean(place.step.formula, lambda mean: over_m(mean, power))
        else:
            yield from moved(place)

    return wrong


def other_count(place: Place) -> Iterator[Formula]:
    """A gradient divided by something else than the number of examples."""
    if place.kind not in GRADIENTS:
        return
    n_in, n_out = place.net.sizes[place.layer - 1 : place.layer + 1]

    def over(count: int) -> Formula:
        return with_mean(place.step.formula, lambda mean: Quotient(over_m(mean, -1), Number(count)))

    for count in dict.fromkeys((2 * place.m, place.m - 1, OF_XOR, n_in, n_out)):
        if count not in (0, 1, place.m):
            yield over(count)


def mean_over_outputs(place: Place) -> Iterator[Formula]:
    """The mean over the outputs too."""
    outputs = place.net.sizes[-1]
    if outputs == 1 or place.kind not in ("loss", *SIGNALS, *GRADIENTS):
        return
    if place.kind == "dL_da" and not place.last:
        return
    for right in place.routes:
        yield with_mean(right, lambda mean: Quotient(mean, Number(outputs)))


def one_example(place: Place) -> Iterator[Formula]:
    """The gradient of a single example."""
    if place.kind not in GRADIENTS or place.m == 1:
        return
    n = place.layer
    for i in _examples(place.m):
        signal = Call(f"only{i}", (delta(n),))
        gradient: Formula = SumExamples(signal)
        if place.kind == "dW":
            gradient = Call(f"only{i}", (a(n - 1),)).T @ signal
        yield _instead_of_mean(place, gradient)
        yield _instead_of_mean(place, OverM(gradient))


def _instead_of_mean(place: Place, gradient: Formula) -> Formula:
    """The right formula with something else in the place of its mean over the examples."""
    return with_mean(place.step.formula, lambda mean: gradient)


def _examples(m: int) -> Sequence[int]:
    """Return the examples that may have been taken alone: the last first, as a loop leaves it."""
    if m > MANY:
        return m - 1, 0
    return range(m - 1, -1, -1)


def accumulated_gradient(place: Place) -> Iterator[Formula]:
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

    def mean(inputs: Formula, signal: Formula) -> Formula:
        return _instead_of_mean(place, OverM(inputs.T @ signal))

    if sizes[n - 1] == sizes[n]:
        yield mean(a(n), delta(n))
    if n == 1:
        yield mean(x, a(n))
        return
    if sizes[0] == sizes[n - 1]:
        yield mean(x, delta(n))
    yield mean(z(n - 1), delta(n))


# biases


def bias_not_summed(place: Place) -> Iterator[Formula]:
    """delta itself, with its mean taken or not."""
    if place.kind == "db":
        yield OverM(delta(place.layer))
        yield delta(place.layer)


def bias_products(place: Place) -> Iterator[Formula]:
    """Sums of something else than delta."""
    if place.kind != "db":
        return
    n = place.layer
    n_in, n_out = place.net.sizes[n - 1 : n + 1]
    yield SumExamples(dW(n))
    yield Quotient(SumExamples(dW(n)), Number(n_in))
    yield OverM(SumExamples(dL_da(n)))
    if not place.couples:
        yield OverM(SumExamples(Times(delta(n), da_dz(n))))
    if n_in == n_out:
        yield OverM(SumExamples(Times(a(n - 1), delta(n))))


def bias_per_weight(place: Place) -> Formula | None:
    """A bias moved as often as weights lead to its unit."""
    n = place.net.sizes[place.layer - 1]
    if n == 1 or not place.trained:
        return None
    if place.kind == "db":
        return Scale(Number(n), place.step.formula)
    return b(place.layer) - Scale(Scale(Number(n), eta), db(place.layer))


def bias_left_out(place: Place) -> Formula | None:
    """No gradient at all; one of a frozen bias is not missed."""
    return Scale(ZERO, place.step.formula) if place.trained else None


# the update


def update(make: Callable[[Name, Name], Formula]) -> Wrong:
    """Return what yields, at an update, what `make` does with a parameter and its gradient; frozen
    parameters have none.
    """

    def wrong(place: Place) -> Iterator[Formula]:
        n = place.layer
        if place.kind == "W_next":
            yield make(W(n), dW(n))
        elif place.kind == "b_next" and place.trained:
            yield make(b(n), db(n))

    return wrong
