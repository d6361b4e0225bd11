"""What people compute instead of the error signals: the slope forgotten or misplaced, the way back
through the weights, shapes, signs, the 1/m.

As in `forward`, each function takes the place in the step where the mistake may have been made and
returns its formulas there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...arithmetic.entries import with_values
from ...formula import ONE, TWO, Call, Formula, Minus, Name, OverM, Scale, Times
from ...rewriting import over_m, subformulas, with_names, with_part
from ...steps import SIGNALS, W, a, da_dz, delta, df, dL_da, dW, eta, s, y, z
from .forward import TAKEN_FOR_ANOTHER
from .places import Place, Wrong, slope_in_a, with_mean

LOGISTIC = Times(Name("a"), Minus(ONE, Name("a")))  # the slope that a sigmoid has

# the slope


def extra_slope(place: Place) -> Iterator[Formula]:
    """The gradient of squared error under cross entropy."""
    if place.kind != "delta" or not place.last or not place.step.simplified or place.loss.squared:
        return
    slopes = _slopes(place)
    for right in place.routes:
        for slope in slopes:
            yield Times(right, slope)


def _slopes(place: Place) -> list[Formula]:
    """Return what someone may take for the slope: as given, from z, or taken at `a`; where outputs
    are coupled, its diagonal.
    """
    n = place.layer
    if not place.couples:
        return [da_dz(n), df(n), _df_at(n, a(n))]
    return [] if place.diagonal is None else [place.diagonal]


def _df_at(n: int, where: Formula) -> Formula:
    """The slope of a layer's activation, taken at something else than its `z`."""
    return Call(f"df{n}", (where, Call(f"f{n}", (where,))))


def diagonal_only(place: Place) -> Iterator[Formula]:
    """The slope of softmax without what one output owes to the others."""
    if not place.couples or place.diagonal is None:
        return
    if place.kind == "da_dz":
        yield place.diagonal
        yield Call("diagonal", (place.diagonal,))
    elif place.kind == "delta":
        yield Times(dL_da(place.layer), place.diagonal)


def cancelled_slope(place: Place) -> Formula | None:
    """The shortcut of cross entropy under squared error."""
    if not place.last or place.step.simplified is not None or not place.loss.squared:
        return None
    error = a(place.layer) - y
    return Times(s, error) if place.weighted else error


def missing_slope(place: Place) -> Formula | None:
    """The upstream error alone."""
    return None if place.record.linear else dL_da(place.layer)


def slope_twice(place: Place) -> Formula | None:
    """The slope squared."""
    simple = place.last and place.step.simplified is not None
    if place.couples or place.record.slope_is_0_or_1 or simple:
        return None
    return Times(place.step.formula, da_dz(place.layer))


def _with_slope(place: Place, slope: Formula) -> Formula:
    """The quantity of this place from a wrong slope: the slope itself, or the delta."""
    return slope if place.kind == "da_dz" else Times(dL_da(place.layer), slope)


def slope_of_a(place: Place) -> Formula | None:
    """The slope taken at `a`, as if it were `z`."""
    if place.couples or place.record.slope_is_the_same_at_a:
        return None
    return _with_slope(place, _df_at(place.layer, a(place.layer)))


def slope_of_z(place: Place) -> Formula | None:
    """The slope's form in `a`, with `z` put into it."""
    form = place.slope_in_a
    if form is None:
        return None
    return _with_slope(place, _form_at(form, z(place.layer)))


def _form_at(form: Formula, value: Formula) -> Formula:
    """Return a slope's form in `a`, given something for it."""
    return with_values(form, {"a": value})


def other_slope(place: Place) -> Iterator[Formula]:
    """The slope of tanh for a sigmoid, or the reverse."""
    own = place.slope_in_a
    if own is None or place.kind not in ("da_dz", "delta"):
        return
    for other in TAKEN_FOR_ANOTHER:
        form = slope_in_a(other)
        if form is not None and form != own:
            yield _with_slope(place, _form_at(form, a(place.layer)))


def slope_of_error(place: Place) -> Iterator[Formula]:
    """The slope taken at the error instead of multiplied with it."""
    if place.kind != "delta" or place.couples:
        return
    errors: list[Formula] = [dL_da(place.layer)]
    if place.step.simplified:
        errors.append(place.step.simplified)
    for error in errors:
        slope = _df_at(place.layer, error)
        yield slope
        yield Times(error, slope)
        if place.slope_in_a == LOGISTIC:
            yield Times(error, Minus(ONE, error))


# between the layers


def errors_carried_back(make: Callable[[Place], Iterator[Formula]]) -> Wrong:
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
    """The right formula with another error in the place of the upstream one."""
    upstream = dL_da(place.layer)
    return with_names(place.step.formula, lambda part: error if part == upstream else part)


def updated_weights(place: Place) -> Iterator[Formula]:
    """The error carried back through weights that have moved already."""
    n = place.layer
    if place.knows_rate:
        yield delta(n + 1) @ Minus(W(n + 1), Scale(eta, dW(n + 1))).T


def no_weights(place: Place) -> Iterator[Formula]:
    """The error handed on as it is."""
    n = place.layer
    yield delta(n + 1) @ Call("ones_like", (W(n + 1),)).T
    if place.square(n + 1) or place.net.sizes[n + 1] == 1:
        yield delta(n + 1)


def weights_not_transposed(place: Place) -> Iterator[Formula]:
    """The error gathered along the wrong side of W."""
    n = place.layer
    if place.square(n + 1) and place.net.sizes[n] > 1:
        yield delta(n + 1) @ W(n + 1)


# shapes and signs


def broadcast(place: Place) -> Iterator[Formula]:
    """A column minus a flat array: m × m."""
    if place.net.sizes[-1] != 1 or place.m == 1:
        return
    output, right = a(len(place.net.layers)), place.step.formula
    errors: Formula = Call("dL_grid", (output, y))
    if place.weighted:
        errors = Times(s, errors)
    if place.kind == "loss":
        summed = with_part(right, Call("L", (output, y)), Call("L_grid", (output, y)))
        yield with_mean(summed, lambda mean: over_m(mean, 1))
        yield summed
    elif place.last and place.kind == "dL_da":
        yield errors
    elif place.last and place.kind == "delta" and not place.couples:
        simple = place.step.simplified
        yield with_part(simple, y, y.T) if simple else Times(errors, da_dz(place.layer))


def is_grid(formula: Formula) -> bool:
    """Whether a formula makes m × m numbers of a column."""
    return any(
        part == y.T or (isinstance(part, Call) and part.function == "dL_grid")
        for part in subformulas(formula)
    )


def sign_of_class(place: Place) -> Iterator[Formula]:
    """The sign turned where y is 0, or where it is 1."""
    if place.kind in SIGNALS and place.last and place.record.range == (0, 1):
        for right in place.routes:
            yield Times(right, Minus(Scale(TWO, y), ONE))
            yield Times(right, Minus(ONE, Scale(TWO, y)))


# the 1/m


def mean_early(place: Place) -> Iterator[Formula]:
    """The 1/m in an error signal, where there is more than one example."""
    if place.kind in SIGNALS and place.m > 1:
        yield from map(OverM, place.routes)
