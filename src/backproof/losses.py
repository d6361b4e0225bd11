"""The losses: one record each, with the value and its derivative by the output side by side.

Entries are per example and output, (m, nL); an example's own loss L_i is the sum of its row, and
the loss L is the mean over the examples (equation 3). A user's own loss is one more record.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from .activations import ACTIVATIONS, Activation, Array, log_softmax, plain_residual
from .errors import InputError, choose, listed


@dataclass(frozen=True)
class Pair:
    """A loss together with one output activation, from `z` where the loss's own form in `a`
    overflows or loses digits.

    Parameters
    ----------
    value, derivative : as in `Loss`, but of ``(z, a, y)``
    delta : ``delta(z, a, y)``, the product ``dL_da ⊙ da_dz`` in one piece where it simplifies
        (equation 6), else None
    simplifies : for which targets that piece *is* `a - y`
    """

    value: Callable[[Array, Array, Array], Array]
    derivative: Callable[[Array, Array, Array], Array]
    delta: Callable[[Array, Array, Array], Array] | None = None
    simplifies: Callable[[Array], bool] = lambda y: True


@dataclass(frozen=True)
class Loss:
    """A loss and its derivative.

    Parameters
    ----------
    name : the field's name for it; stands in network files
    value : ``value(a, y)``, the loss per example and output, (m, nL)
    derivative : ``derivative(a, y)``, its derivative by `a`, (m, nL) (equation 4)
    formula, derivative_formula : the same in `a` and `y`, in SymPy's syntax
    output_range : the outputs for which the loss is defined; an activation that can leave it is
        refused
    target_range : the targets for which it is defined
    distribution : each row of outputs must be a distribution (softmax)
    pairs : by the name of the output activation, a `Pair` that keeps every digit
    """

    name: str
    value: Callable[[Array, Array], Array]
    derivative: Callable[[Array, Array], Array]
    formula: str = ""
    derivative_formula: str = ""
    output_range: tuple[float, float] = (-math.inf, math.inf)
    target_range: tuple[float, float] = (-math.inf, math.inf)
    distribution: bool = False
    pairs: Mapping[str, Pair] = field(default_factory=dict, compare=False)

    def __repr__(self) -> str:
        return f"Loss({self.name!r})"

    def accepts(self, output: Activation) -> bool:
        """Say whether this loss makes sense on that output activation."""
        inside = self.output_range[0] <= output.range[0] and output.range[1] <= self.output_range[1]
        # softmax under binary cross entropy would count each class twice, once as "not the others"
        coupled = (
            output.couples
            if self.distribution
            else not (output.couples and math.isfinite(self.output_range[1]))
        )
        return inside and coupled

    def pair(self, output: Activation) -> Pair:
        """Return how this loss is computed on that output activation."""
        if output is ACTIVATIONS.get(output.name) and output.name in self.pairs:
            return self.pairs[output.name]
        return Pair(lambda z, a, y: self.value(a, y), lambda z, a, y: self.derivative(a, y))


def _masked(factor: Array, term: Callable[[], Array]) -> Array:
    """Return ``factor * term()``, 0 where the factor is 0 even if the term is infinite there."""
    with np.errstate(all="ignore"):
        return np.where(factor == 0, 0, factor * term())


# binary cross entropy


def _bce(a: Array, y: Array) -> Array:
    return -_masked(y, lambda: np.log(a)) - _masked(1 - y, lambda: np.log1p(-a))


def _bce_derivative(a: Array, y: Array) -> Array:
    return _masked(1 - y, lambda: 1 / (1 - a)) - _masked(y, lambda: 1 / a)  # (a - y) / (a (1 - a))


def _bce_sigmoid(z: Array, a: Array, y: Array) -> Array:
    loss = np.abs(z)
    np.negative(loss, out=loss)
    np.exp(loss, out=loss)
    np.log1p(loss, out=loss)
    loss += np.maximum(z, 0) - y * z  # first by themselves: for y = 1 they cancel exactly
    return loss


def _bce_sigmoid_derivative(z: Array, a: Array, y: Array) -> Array:
    return _masked(1 - y, lambda: 1 + np.exp(z)) - _masked(y, lambda: 1 + np.exp(-z))


# categorical cross entropy


def _cce(a: Array, y: Array) -> Array:
    return -_masked(y, lambda: np.log(a))


def _cce_derivative(a: Array, y: Array) -> Array:
    return -_masked(y, lambda: 1 / a)


def _cce_softmax(z: Array, a: Array, y: Array) -> Array:
    return -y * log_softmax(z)


def _cce_softmax_derivative(z: Array, a: Array, y: Array) -> Array:
    return -_masked(y, lambda: np.exp(-log_softmax(z)))


def _cce_softmax_delta(z: Array, a: Array, y: Array) -> Array:
    # a sum(y) - y, kept free of cancellation; a - y where the row of y sums to 1
    return a * (y.sum(axis=-1, keepdims=True) - y) + y * np.expm1(log_softmax(z))


def rows_sum_to_one(y: Array) -> bool:
    """Say whether each row of targets is a distribution (to rounding)."""
    return bool(np.all(np.abs(y.sum(axis=-1) - 1) <= 8 * np.finfo(y.dtype).eps * y.shape[-1]))


# squared error


def _mse(a: Array, y: Array) -> Array:
    return (a - y) ** 2


def _mse_derivative(a: Array, y: Array) -> Array:
    return 2 * (a - y)


def _half_mse(a: Array, y: Array) -> Array:
    return (a - y) ** 2 / 2


def _half_mse_derivative(a: Array, y: Array) -> Array:
    return a - y


def _squared_pairs(factor: float) -> dict[str, Pair]:
    """The pairs of ``factor * (a - y)²`` with every activation that has a residual of its own."""

    def pair(output: Activation) -> Pair:
        return Pair(
            lambda z, a, y: factor * output.residual(z, a, y) ** 2,
            lambda z, a, y: 2 * factor * output.residual(z, a, y),
        )

    return {
        name: pair(output)
        for name, output in ACTIVATIONS.items()
        if output.residual is not plain_residual
    }


LOSSES: dict[str, Loss] = {
    record.name: record
    for record in (
        Loss(
            "bce",
            _bce,
            _bce_derivative,
            formula="-(y*log(a) + (1 - y)*log(1 - a))",
            derivative_formula="(a - y)/(a*(1 - a))",
            output_range=(0, 1),
            target_range=(0, 1),
            pairs={
                "sigmoid": Pair(
                    _bce_sigmoid, _bce_sigmoid_derivative, ACTIVATIONS["sigmoid"].residual
                ),
            },
        ),
        Loss(
            "cce",
            _cce,
            _cce_derivative,
            formula="-y*log(a)",
            derivative_formula="-y/a",
            output_range=(0, 1),
            target_range=(0, 1),
            distribution=True,
            pairs={
                "softmax": Pair(
                    _cce_softmax, _cce_softmax_derivative, _cce_softmax_delta, rows_sum_to_one
                ),
            },
        ),
        Loss(
            "mse",
            _mse,
            _mse_derivative,
            formula="(a - y)**2",
            derivative_formula="2*(a - y)",
            pairs=_squared_pairs(1.0),
        ),
        Loss(
            "half_mse",
            _half_mse,
            _half_mse_derivative,
            formula="(a - y)**2/2",
            derivative_formula="a - y",
            pairs=_squared_pairs(0.5)
            | {
                "identity": Pair(
                    lambda z, a, y: _half_mse(a, y),
                    lambda z, a, y: _half_mse_derivative(a, y),
                    plain_residual,
                )
            },
        ),
    )
}


def default_loss(output: Activation) -> Loss:
    """Return the loss that goes with an output activation unless another is named."""
    return LOSSES[{"sigmoid": "bce", "softmax": "cce"}.get(output.name, "half_mse")]


def loss_for(output: Activation, given: str | Loss | None = None) -> Loss:
    """Return the record of a loss by name (or the record itself, or the default) for an output
    activation.

    Raises `InputError` for an unknown name and for a pair that makes no sense, naming the ones that
    do.
    """
    if given is None:
        return default_loss(output)
    if callable(given):
        raise InputError(
            f"a loss is a name or a Loss record (with its derivative), not {given!r}: use"
            " backproof.Loss(name, value, derivative)."
        )
    loss = given if isinstance(given, Loss) else choose("loss", given, LOSSES)
    if not loss.accepts(output):
        losses = [name for name, other in LOSSES.items() if other.accepts(output)]
        outputs = [name for name, other in ACTIVATIONS.items() if loss.accepts(other)]
        why = (
            "needs outputs that are a distribution over the classes"
            if loss.distribution
            else (
                f"needs each output in [{loss.output_range[0]:g}, {loss.output_range[1]:g}] and"
                " independent of the others"
            )
        )
        raise InputError(
            f"loss {loss.name!r} {why}, which a {output.name} output doesn't give. With"
            f" {loss.name!r} use the output {listed(outputs)}; with a {output.name} output use the"
            f" loss {listed(losses)}."
        )
    return loss
