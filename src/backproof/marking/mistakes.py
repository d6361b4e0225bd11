"""The catalogue of mistakes: each is the wrong formula itself, computed exactly and compared."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..formula import Call, Formula, MatMul, Minus, Name, Negative, Number, OverM, Scale, Times, Total, Transpose, over_m
from ..steps import Step, W, a, b, da_dz, db, delta, dL_da, dW, eta, y, z
from .judging import Chain

Wrong = Callable[[Step, int, Chain], Iterator[Formula]]


@dataclass(frozen=True)
class Mistake:
    """A known mistake.

    Parameters
    ----------
    id : stands in marks
    name : what it is called
    teaches : one sentence
    wrong : yields its formulas for a step (with the step's layer), none where it can't happen
    """

    id: str
    name: str
    teaches: str
    wrong: Wrong

    @property
    def place(self) -> str:
        """Where the documentation tells more."""
        return f"docs/mistakes.md#{self.id}"


def _kind(step: Step) -> str:
    return re.sub(r"\d+", "", step.name)


def _each(*kinds: str, make: Callable[[Step, int, Chain], Formula | None]) -> Wrong:
    def wrong(step: Step, layer: int, chain: Chain) -> Iterator[Formula]:
        if _kind(step) in kinds and (found := make(step, layer, chain)) is not None:
            yield found

    return wrong


GRADIENTS = ("dW", "db")
SIGNALS = ("dL_da", "delta")


def _square(layer: int, chain: Chain) -> bool:
    rows, columns = chain.net.layers[layer - 1].W.shape
    return bool(rows == columns)


def _last(layer: int, chain: Chain) -> bool:
    return layer == len(chain.net.layers)


def _simple(step: Step, layer: int, chain: Chain) -> bool:
    """Whether the output's delta simplifies to a - y."""
    return _last(layer, chain) and step.simplified is not None


def _extra_slope(step: Step, layer: int, chain: Chain) -> Formula | None:
    if chain.net.layers[layer - 1].f.couples:
        return None
    return Times(step.simplified, da_dz(layer)) if _simple(step, layer, chain) and step.simplified else None


def _slope_twice(step: Step, layer: int, chain: Chain) -> Formula | None:
    if chain.net.layers[layer - 1].f.couples or _simple(step, layer, chain):
        return None
    return Times(step.formula, da_dz(layer))


def _no_weights(step: Step, layer: int, chain: Chain) -> Formula | None:
    if _last(layer, chain) or chain.net.sizes[layer + 1] != 1:
        return None
    return Times(delta(layer + 1), Call("ones_like", (a(layer),)))


def _updated(step: Step, layer: int, chain: Chain) -> Formula | None:
    if _last(layer, chain) or chain.rate is None:
        return None
    moved = Minus(W(layer + 1), Scale(eta, dW(layer + 1)))
    return MatMul(delta(layer + 1), Transpose(moved))


def _one_example(step: Step, layer: int, chain: Chain) -> Iterator[Formula]:
    if _kind(step) not in GRADIENTS:
        return
    m = len(chain.x)
    for i in range(m - 1, -1, -1) if m <= 16 else (m - 1, 0):
        rows = [Call(f"only{i}", (part,)) for part in (a(layer - 1), delta(layer))]
        if _kind(step) == "dW":
            yield rows[0].T @ rows[1]
        else:
            yield Call("summed", (rows[1],))


def _sign_of_class(step: Step, layer: int, chain: Chain) -> Iterator[Formula]:
    if _kind(step) in SIGNALS and _last(layer, chain):
        yield Times(step.simplified or step.formula, Minus(Scale(Number(2), y), Number(1)))
        yield Times(step.simplified or step.formula, Minus(Number(1), Scale(Number(2), y)))


def _bias_products(step: Step, layer: int, chain: Chain) -> Iterator[Formula]:
    if _kind(step) == "db":
        yield Call("summed", (dW(layer),))
        yield Call("averaged", (dL_da(layer),))
        yield OverM(Call("summed", (Times(delta(layer), da_dz(layer)),))) if not chain.net.layers[layer - 1].f.couples else dW(layer)


def _bias_each_weight(step: Step, layer: int, chain: Chain) -> Formula | None:
    n = chain.net.sizes[layer - 1]
    if n == 1:
        return None
    if _kind(step) == "db":
        return Scale(Number(n), step.formula)
    return b(layer) - Scale(Scale(Number(n), eta), db(layer)) if step.name.startswith("b") else None


def _updates(make: Callable[[Name, Name], Formula]) -> Callable[[Step, int, Chain], Formula | None]:
    def found(step: Step, layer: int, chain: Chain) -> Formula | None:
        name = step.name.removesuffix("_next")
        return make(Name(name), Name(f"d{name}")) if name in chain.net.trainable() else None

    return found


def _raw_slope(step: Step, layer: int, chain: Chain) -> Formula | None:
    if chain.net.layers[layer - 1].f.couples:
        return None
    slope = Call(f"df{layer}", (a(layer), Call(f"f{layer}", (a(layer),))))
    return slope if _kind(step) == "da_dz" else Times(dL_da(layer), slope)


def _slope_of_z(step: Step, layer: int, chain: Chain) -> Formula | None:
    form = {"sigmoid": Times(z(layer), Minus(Number(1), z(layer))), "tanh": Minus(Number(1), Times(z(layer), z(layer)))}
    slope = form.get(chain.net.layers[layer - 1].activation)
    return slope if slope is None or _kind(step) == "da_dz" else Times(dL_da(layer), slope)


def _slope_of_error(step: Step, layer: int, chain: Chain) -> Iterator[Formula]:
    if _kind(step) != "delta" or chain.net.layers[layer - 1].f.couples:
        return
    for error in [dL_da(layer), *([step.simplified] if step.simplified else [])]:
        yield Call(f"df{layer}", (error, Call(f"f{layer}", (error,))))
        yield Times(error, Minus(Number(1), error))


def _broadcast(step: Step, layer: int, chain: Chain) -> Iterator[Formula]:
    if _last(layer, chain) and chain.net.sizes[-1] == 1 and len(chain.x) > 1:
        if _kind(step) == "delta" and step.simplified:
            yield Minus(a(layer), Transpose(y))
        elif _kind(step) == "dL_da":
            yield Call("dL_grid", (a(layer), y))
    if step.name == "loss" and chain.net.sizes[-1] == 1 and len(chain.x) > 1:
        yield OverM(Total(Call("L_grid", (a(len(chain.net.layers)), y))), 2)
        yield OverM(Total(Call("L_grid", (a(len(chain.net.layers)), y))))


def _outputs(step: Step, layer: int, chain: Chain) -> Formula | None:
    n = chain.net.sizes[-1]
    if n == 1 or (_kind(step) == "dL_da" and not _last(layer, chain)):
        return None
    return Scale(Number(1 / n), step.formula)


def _without_weights_transposed(step: Step, layer: int, chain: Chain) -> Formula | None:
    if _last(layer, chain) or not _square(layer + 1, chain):
        return None
    return delta(layer + 1) @ W(layer + 1)


def _swapped(step: Step, layer: int, chain: Chain) -> Formula | None:
    if not _square(layer, chain):
        return None
    product = a(layer - 1) @ Transpose(W(layer))
    return product if chain.net.layers[layer - 1].b is None else product + b(layer)


def _logs(step: Step, layer: int, chain: Chain) -> Iterator[Formula]:
    if step.name == "loss" and chain.net.loss in ("bce", "cce"):
        yield Scale(Number(1 / math.log(2)), step.formula)
        yield Scale(Number(1 / math.log(10)), step.formula)


def _reverse(step: Step, layer: int, chain: Chain) -> Formula | None:
    """The error without the slope under squared error, as if it were cross entropy."""
    if not _last(layer, chain) or step.simplified is not None or chain.net.loss not in ("mse", "half_mse"):
        return None
    return a(layer) - y


def _hidden_slope(step: Step, layer: int, chain: Chain) -> Formula | None:
    return None if chain.net.loss in ("mse", "half_mse") and _last(layer, chain) and chain.net.loss == "half_mse" else dL_da(layer)


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "no-bias",
        "bias forgotten",
        "Each unit adds its bias after weighing what comes in.",
        _each("z", make=lambda s, n, c: a(n - 1) @ W(n) if c.net.layers[n - 1].b is not None else None),
    ),
    Mistake(
        "swapped-weights",
        "rows and columns of W swapped",
        "Column j of W feeds unit j: W[i,j] leads from input i to unit j.",
        _each("z", make=_swapped),
    ),
    Mistake("no-activation", "activation forgotten", "What a unit passes on is f(z), not z.", _each("a", make=lambda s, n, c: z(n))),
    Mistake("log-base", "logarithm of another base", "Cross entropy takes the natural logarithm; log₂ or log₁₀ changes its scale.", _logs),
    Mistake(
        "no-mean",
        "1/m missing",
        "The loss is a mean over the m examples, so its gradient is one too: divide by m, once.",
        _each("loss", *GRADIENTS, make=lambda s, n, c: over_m(s.formula, -1)),
    ),
    Mistake(
        "mean-twice",
        "divided by m twice",
        "The 1/m of the mean stands once; here it entered a second time.",
        _each("loss", *GRADIENTS, make=lambda s, n, c: over_m(s.formula, 1)),
    ),
    Mistake(
        "mean-early",
        "1/m already in delta",
        "delta belongs to each example's own loss; the 1/m comes with dW and db.",
        _each(*SIGNALS, make=lambda s, n, c: OverM(s.formula)),
    ),
    Mistake(
        "two-over-m",
        "2/m instead of 1/m",
        "The 2 of a squared error belongs in its derivative, and only there.",
        _each("loss", *GRADIENTS, make=lambda s, n, c: Scale(Number(2), s.formula)),
    ),
    Mistake(
        "mean-over-outputs",
        "averaged over the outputs too",
        "An example's loss is the sum over its outputs; only examples are averaged.",
        _each("loss", "dL_da", "delta", *GRADIENTS, make=_outputs),
    ),
    Mistake(
        "extra-slope",
        "σ′ once too often under cross entropy",
        "The slope cancels against the derivative of cross entropy: delta is a - y. With the slope it is the gradient of squared error.",
        _each("delta", make=_extra_slope),
    ),
    Mistake(
        "missing-slope", "σ′ missing", "delta is the upstream error times the activation's slope at z.", _each("delta", make=_hidden_slope)
    ),
    Mistake(
        "cancelled-slope",
        "a - y under squared error",
        "Only cross entropy cancels the slope; squared error keeps it.",
        _each("delta", make=_reverse),
    ),
    Mistake("slope-twice", "σ′ applied twice", "The slope enters delta once.", _each("delta", make=_slope_twice)),
    Mistake(
        "slope-of-a",
        "σ′ given a where it wants z",
        "σ′ is a function of z; in terms of a it is a(1 - a), not σ′(a).",
        _each("da_dz", "delta", make=_raw_slope),
    ),
    Mistake(
        "slope-of-z",
        "the form in a, given z",
        "a(1 - a) takes the activation, not the pre-activation.",
        _each("da_dz", "delta", make=_slope_of_z),
    ),
    Mistake("slope-of-error", "σ′ applied to the error", "The slope is taken at z and multiplied with the error.", _slope_of_error),
    Mistake(
        "updated-weights", "weights already updated", "All gradients are taken before any weight moves.", _each("dL_da", make=_updated)
    ),
    Mistake(
        "no-weights",
        "the weights left out on the way back",
        "The error reaches a unit through the weight that it left by.",
        _each("dL_da", make=_no_weights),
    ),
    Mistake(
        "weights-not-transposed",
        "W without its transpose on the way back",
        "Backward, a unit gathers along its row of W: delta Wᵀ.",
        _each("dL_da", make=_without_weights_transposed),
    ),
    Mistake(
        "broadcast",
        "(m, 1) minus (m,) made m × m",
        "Subtracting a flat y from a column broadcasts to m × m: give y its column.",
        _broadcast,
    ),
    Mistake(
        "sign-of-class",
        "sign turned for one class",
        "a - y holds for both classes: negative where y = 1, positive where y = 0.",
        _sign_of_class,
    ),
    Mistake(
        "sign",
        "the sign turned",
        "delta is a - y and the gradient points uphill; the update subtracts it.",
        _each("loss", *SIGNALS, *GRADIENTS, make=lambda s, n, c: Negative(s.simplified or s.formula)),
    ),
    Mistake(
        "transposed-gradient",
        "dW transposed",
        "dW has the shape of W: aᵀ delta, not deltaᵀ a.",
        _each("dW", make=lambda s, n, c: Transpose(s.formula)),
    ),
    Mistake(
        "bias-not-summed",
        "bias gradient not summed over the examples",
        "A bias feeds every example, so its gradient sums over them.",
        _each("db", make=lambda s, n, c: OverM(delta(n))),
    ),
    Mistake("bias-wrong-product", "bias gradient from the wrong product", "db is the mean of delta, nothing else.", _bias_products),
    Mistake(
        "bias-per-weight",
        "bias moved once for each weight",
        "A bias moves once in a step, not once for each incoming weight.",
        _each("db", "b_next", make=_bias_each_weight),
    ),
    Mistake(
        "bias-left-out",
        "bias left out",
        "Biases learn too: db is the mean of delta.",
        _each("db", make=lambda s, n, c: Scale(Number(0), s.formula)),
    ),
    Mistake("one-example", "one example only", "The gradient is the mean over all examples.", _one_example),
    Mistake(
        "accumulated",
        "gradient added to an earlier one",
        "Set the gradients to zero before each step.",
        _each(*GRADIENTS, make=lambda s, n, c: s.formula + s.formula),
    ),
    Mistake(
        "uphill",
        "the update adds the gradient",
        "To go downhill subtract: W - eta dW. If your delta is y - a, add.",
        _each("W_next", "b_next", make=_updates(lambda p, g: p + Scale(eta, g))),
    ),
    Mistake(
        "no-rate",
        "learning rate forgotten",
        "The step is the learning rate times the gradient.",
        _each("W_next", "b_next", make=_updates(lambda p, g: p - g)),
    ),
    Mistake(
        "not-updated", "not updated", "Weights and biases all move in a step.", _each("W_next", "b_next", make=_updates(lambda p, g: p))
    ),
)
BY_ID = {mistake.id: mistake for mistake in MISTAKES}


def wrong_formulas(step: Step, chain: Chain) -> Iterator[tuple[Mistake, Formula]]:
    """Yield every known mistake that can be made at a step, with its formula."""
    digits = re.search(r"\d+", step.name)
    layer = int(digits[0]) if digits else 0
    for mistake in MISTAKES:
        for formula in mistake.wrong(step, layer, chain):
            yield mistake, formula
