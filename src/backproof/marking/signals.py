"""What people compute instead of the error signals: the slope forgotten or misplaced, the way back
through the weights, shapes, signs.

As in `wrongs`, each function takes the place in the step where the mistake may have been made and
returns its formulas there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..formula import Call, Formula, Minus, OverM, Scale, Times, Total, substituted
from ..steps import W, a, da_dz, delta, df, dL_da, dW, eta, y, z
from .places import Place, Wrong
from .wrongs import ONE, SIGNALS, SQUARES, TWO

FLAT = ("relu", "leaky_relu", "identity")  # whose slope is the same at z and at a
FORMS: dict[str, Callable[[Formula], Formula]] = {  # of the slope, in a
    "sigmoid": lambda at: Times(at, Minus(ONE, at)),
    "tanh": lambda at: Minus(ONE, Times(at, at)),
}


# the slope


def extra_slope(place: Place) -> Iterator[Formula]:
    """The gradient of squared error under cross entropy."""
    if (
        place.kind != "delta"
        or not place.last
        or not place.step.simplified
        or place.net.loss in SQUARES
    ):
        return
    n = place.layer
    slopes = (da_dz(n), df(n), Call(f"df{n}", (a(n), Call(f"f{n}", (a(n),)))))
    for right in place.routes:
        yield from (
            Times(right, slope) for slope in ((diagonal(place),) if place.couples else slopes)
        )


def diagonal(place: Place) -> Formula:
    """What softmax's slope has in its diagonal, which is all that a sigmoid's has."""
    return FORMS["sigmoid"](a(place.layer))


def diagonal_only(place: Place) -> Iterator[Formula]:
    """The slope of softmax without what one output owes to the others."""
    if place.couples and place.kind == "da_dz":
        yield diagonal(place)
        yield Call("diagonal", (diagonal(place),))
    elif place.couples and place.kind == "delta":
        yield Times(dL_da(place.layer), diagonal(place))


def cancelled_slope(place: Place) -> Formula | None:
    """The shortcut of cross entropy under squared error."""
    if not place.last or place.step.simplified is not None or place.net.loss not in SQUARES:
        return None
    return a(place.layer) - y


def missing_slope(place: Place) -> Formula | None:
    """The upstream error alone."""
    return None if place.activation == "identity" else dL_da(place.layer)


def slope_twice(place: Place) -> Formula | None:
    """The slope squared."""
    if (
        place.couples
        or place.activation in ("relu", "identity")
        or (place.last and place.step.simplified is not None)
    ):
        return None
    return Times(place.step.formula, da_dz(place.layer))


def _sloped(place: Place, slope: Formula) -> Formula:
    return slope if place.kind == "da_dz" else Times(dL_da(place.layer), slope)


def slope_of_a(place: Place) -> Formula | None:
    """The slope taken at `a`, as if it were `z`."""
    if place.couples or place.activation in FLAT:
        return None
    n = place.layer
    return _sloped(place, Call(f"df{n}", (a(n), Call(f"f{n}", (a(n),)))))


def slope_of_z(place: Place) -> Formula | None:
    """The slope's form in `a`, with `z` put into it."""
    form = FORMS.get(place.activation)
    return None if form is None else _sloped(place, form(z(place.layer)))


def other_slope(place: Place) -> Formula | None:
    """The slope of tanh for a sigmoid, or the reverse."""
    other = {"sigmoid": "tanh", "tanh": "sigmoid"}.get(place.activation)
    return None if other is None else _sloped(place, FORMS[other](a(place.layer)))


def slope_of_error(place: Place) -> Iterator[Formula]:
    """The slope taken at the error instead of multiplied with it."""
    if place.kind != "delta" or place.couples:
        return
    n = place.layer
    for error in [dL_da(n), *([place.step.simplified] if place.step.simplified else [])]:
        slope = Call(f"df{n}", (error, Call(f"f{n}", (error,))))
        yield slope
        yield Times(error, slope)
        if place.activation == "sigmoid":
            yield Times(error, Minus(ONE, error))


# between the layers


def carried_back(make: Callable[[Place], Iterator[Formula]]) -> Wrong:
    """Return what yields wrong errors from the layer above: where they are handed on, and in the
    delta of who does both at once.
    """

    def wrong(place: Place) -> Iterator[Formula]:
        if place.kind not in SIGNALS or place.last:
            return
        for error in make(place):
            yield error if place.kind == "dL_da" else _with_error(place, error)

    return wrong


def _with_error(place: Place, error: Formula) -> Formula:
    return substituted(
        place.step.formula, lambda part: error if part == dL_da(place.layer) else part
    )


def updated_weights(place: Place) -> Iterator[Formula]:
    """The error carried back through weights that have moved already."""
    n = place.layer
    if place.rate:
        yield delta(n + 1) @ Minus(W(n + 1), Scale(eta, dW(n + 1))).T


def no_weights(place: Place) -> Iterator[Formula]:
    """The error handed on as it is."""
    n = place.layer
    yield delta(n + 1) @ Call("ones_like", (W(n + 1),)).T
    if place.square(n + 1) or place.net.sizes[n + 1] == 1:
        yield delta(n + 1)


def not_transposed(place: Place) -> Iterator[Formula]:
    """The error gathered along the wrong side of W."""
    n = place.layer
    if place.square(n + 1) and place.net.sizes[n] > 1:
        yield delta(n + 1) @ W(n + 1)


# shapes and signs


def broadcast(place: Place) -> Iterator[Formula]:
    """A column minus a flat array: m × m."""
    if place.net.sizes[-1] != 1 or place.m == 1:
        return
    output = a(len(place.net.layers))
    if place.last and place.kind == "delta" and not place.couples:
        yield (
            Minus(output, y.T)
            if place.step.simplified
            else Times(Call("dL_grid", (output, y)), da_dz(place.layer))
        )
    elif place.last and place.kind == "dL_da":
        yield Call("dL_grid", (output, y))
    elif place.kind == "loss":
        yield OverM(Total(Call("L_grid", (output, y))), 2)
        yield OverM(Total(Call("L_grid", (output, y))))


def sign_of_class(place: Place) -> Iterator[Formula]:
    """The sign turned where y is 0, or where it is 1."""
    if place.kind in SIGNALS and place.last and place.net.layers[-1].f.range == (0, 1):
        for right in place.routes:
            yield Times(right, Minus(Scale(TWO, y), ONE))
            yield Times(right, Minus(ONE, Scale(TWO, y)))
