"""The losses: one record each, with the value and its derivative by the output side by side.

Entries are per example and output, (m, nL); an example's own loss L_i is the sum of its row, and
the loss L is the mean over the examples (equation 3). A user's own loss is one more record.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .activations import ACTIVATIONS, SIGMOID, SOFTMAX, log_softmax
from .errors import InputError, choose
from .prose import comma_list
from .records import Activation, Array, Pair
from .records import Loss as Loss


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


BCE = Loss(
    "bce",
    _bce,
    _bce_derivative,
    formula="-(y*log(a) + (1 - y)*log(1 - a))",
    derivative_formula="(a - y)/(a*(1 - a))",
    output_range=(0, 1),
    target_range=(0, 1),
    pairs={
        SIGMOID.functions: Pair(_bce_sigmoid, _bce_sigmoid_derivative, SIGMOID.residual),
    },
    title="the binary cross entropy",
    initials="BCE",
    torch="BCELoss",
    sklearn="binary_log_loss",
)


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


CCE = Loss(
    "cce",
    _cce,
    _cce_derivative,
    formula="-y*log(a)",
    derivative_formula="-y/a",
    output_range=(0, 1),
    target_range=(0, 1),
    distribution=True,
    pairs={
        SOFTMAX.functions: Pair(_cce_softmax, _cce_softmax_derivative, _cce_softmax_delta),
    },
    title="the categorical cross entropy",
    initials="CCE",
    sklearn="log_loss",
)


def rows_sum_to_one(y: Array) -> bool:
    """Say whether each row of targets is a distribution (to rounding)."""
    return bool(np.all(np.abs(y.sum(axis=-1) - 1) <= 8 * np.finfo(y.dtype).eps * y.shape[-1]))


# squared error


def _mse(a: Array, y: Array) -> Array:
    return (a - y) ** 2


def _mse_derivative(a: Array, y: Array) -> Array:
    return 2 * (a - y)


MSE = Loss(
    "mse",
    _mse,
    _mse_derivative,
    formula="(a - y)**2",
    derivative_formula="2*(a - y)",
    title="the squared error",
    initials="MSE",
    torch="MSELoss",
)


def _half_mse(a: Array, y: Array) -> Array:
    return (a - y) ** 2 / 2


def _half_mse_derivative(a: Array, y: Array) -> Array:
    return a - y


HALF_MSE = Loss(
    "half_mse",
    _half_mse,
    _half_mse_derivative,
    formula="(a - y)**2/2",
    derivative_formula="a - y",
    title="half the squared error",
    initials="half MSE",
    sklearn="squared_error",
)


LOSSES: dict[str, Loss] = {record.name: record for record in (BCE, CCE, MSE, HALF_MSE)}


def loss_for(output: Activation, given: str | Loss | None = None) -> Loss:
    """Return the record of a loss by name (or the record itself, or the default) for an output
    activation.

    Raises `InputError` for an unknown name and for a pair that makes no sense, naming the ones that
    do.
    """
    if given is None:
        return LOSSES[output.usual_loss or HALF_MSE.name]
    if callable(given):
        raise InputError(
            f"a loss is a name or a Loss record (with its derivative), not {given!r}: use"
            " backproof.Loss(name, value, derivative)."
        )
    loss = given if isinstance(given, Loss) else choose("loss", given, LOSSES)
    if not loss.accepts(output):
        raise InputError(_refused(loss, output))
    return loss


def _refused(loss: Loss, output: Activation) -> str:
    """Say why a loss makes no sense on an output, and what does."""
    losses = [name for name, other in LOSSES.items() if other.accepts(output)]
    outputs = [name for name, other in ACTIVATIONS.items() if loss.accepts(other)]
    low, high = loss.output_range
    why = f"needs each output in [{low:g}, {high:g}] and independent of the others"
    if loss.distribution:
        why = "needs outputs that are a distribution over the classes"
    return (
        f"loss {loss.name!r} {why}, which a {output.name} output doesn't give."
        f" With {loss.name!r} use the output {comma_list(outputs)};"
        f" with a {output.name} output use the loss {comma_list(losses)}."
    )
