"""The activations: one record each, with the function and its derivative side by side.

`z` is the pre-activation, `a = f(z)` the activation (equation 2), `da_dz = f'(z)` (equation 5). A
user's own activation is one more record: build an `Activation` and pass it where a name goes. Every
function here takes float arrays of any shape and stays silent and exact at the limits (z = ±1000).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np

from .errors import InputError, choose
from .records import Activation as Activation
from .records import Array as Array


def quiet(function: Callable[..., Array]) -> Callable[..., Array]:
    """Wrap `function` so that an overflow on the way to an exact limit doesn't warn.

    The unwrapped function stays at hand as ``.bare``: a loop that sets the error state once need
    not pay for it (about a microsecond) at every call.
    """

    @functools.wraps(function)
    def wrapped(*arrays: Array) -> Array:
        with np.errstate(over="ignore"):
            return function(*arrays)

    wrapped.bare = function  # type: ignore[attr-defined]
    return wrapped


def bare(function: Callable[..., Array]) -> Callable[..., Array]:
    """Return what `quiet` wrapped, or `function` itself."""
    return getattr(function, "bare", function)


# sigmoid: 1 - sigmoid(z) loses its digits as a nears 1, sigmoid(-z) keeps them all


# (in place, since the temporary arrays of the one-line form cost more than the exponential)


@quiet
def _sigmoid(z: Array) -> Array:
    a = np.negative(z)
    np.exp(a, out=a)
    a += 1
    return np.divide(1, a, out=a)  # 1 / (1 + exp(-z))


@quiet
def _sigmoid_derivative(z: Array, a: Array) -> Array:
    da_dz = np.exp(z)
    da_dz += 1
    return np.divide(a, da_dz, out=da_dz)  # a (1 - a)


@quiet
def _sigmoid_residual(z: Array, a: Array, y: Array) -> Array:
    below = np.exp(z)
    below += 1
    np.divide(y, below, out=below)
    return np.subtract((1 - y) * a, below, out=below)  # (1 - y) a - y (1 - a)


SIGMOID = Activation(
    "sigmoid",
    _sigmoid,
    _sigmoid_derivative,
    formula="1/(1 + exp(-z))",
    derivative_formula="a*(1 - a)",
    range=(0, 1),
    residual=_sigmoid_residual,
    symbol="σ",
    usual_loss="bce",
    turns=0,
    taken_for=True,
    onnx="Sigmoid",
    torch="Sigmoid",
    sklearn="logistic",
)


# tanh: 1 - a² = 1 / cosh², and 1 ± a = 2 sigmoid(±2z)


@quiet
def _tanh_derivative(z: Array, a: Array) -> Array:
    cosh = np.cosh(z)
    return 1 / (cosh * cosh)


@quiet
def _tanh_residual(z: Array, a: Array, y: Array) -> Array:
    return (1 - y) / (1 + np.exp(-2 * z)) - (1 + y) / (1 + np.exp(2 * z))


TANH = Activation(
    "tanh",
    np.tanh,
    _tanh_derivative,
    formula="tanh(z)",
    derivative_formula="1 - a**2",
    range=(-1, 1),
    residual=_tanh_residual,
    turns=0,
    taken_for=True,
    onnx="Tanh",
    torch="Tanh",
    sklearn="tanh",
)


# the piecewise ones; at the kink itself the derivative is that of the left side, as the frameworks
# have it


def _relu(z: Array) -> Array:
    return np.maximum(z, 0)


def _relu_derivative(z: Array, a: Array) -> Array:
    return (z > 0).astype(z.dtype)


RELU = Activation(
    "relu",
    _relu,
    _relu_derivative,
    formula="Piecewise((z, z > 0), (0, True))",
    derivative_formula="Piecewise((1, z > 0), (0, True))",
    range=(0, math.inf),
    kinks=(0.0,),
    symbol="ReLU",
    slope_from_a="Piecewise((1, a > 0), (0, True))",
    turns=0,
    taken_for=True,
    onnx="Relu",
    torch="ReLU",
    sklearn="relu",
)


LEAKY_SLOPE = 0.01


def _leaky_relu(z: Array) -> Array:
    return np.where(z > 0, z, LEAKY_SLOPE * z)


def _leaky_relu_derivative(z: Array, a: Array) -> Array:
    return np.where(z > 0, 1, LEAKY_SLOPE).astype(z.dtype)


LEAKY_RELU = Activation(
    "leaky_relu",
    _leaky_relu,
    _leaky_relu_derivative,
    formula="Piecewise((z, z > 0), (z/100, True))",
    derivative_formula="Piecewise((1, z > 0), (Rational(1, 100), True))",
    kinks=(0.0,),
    symbol="LeakyReLU",
    slope_from_a="Piecewise((1, a > 0), (Rational(1, 100), True))",
    turns=0,
    onnx="LeakyRelu",
    torch="LeakyReLU",
)


def _elu(z: Array) -> Array:
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def _elu_derivative(z: Array, a: Array) -> Array:
    return np.exp(np.minimum(z, 0))


ELU = Activation(
    "elu",
    _elu,
    _elu_derivative,
    formula="Piecewise((z, z > 0), (exp(z) - 1, True))",
    derivative_formula="Piecewise((1, z > 0), (a + 1, True))",
    range=(-1, math.inf),
    kinks=(0.0,),
    symbol="ELU",
    slope_from_a="Piecewise((1, a > 0), (a + 1, True))",
    turns=0,
    onnx="Elu",
    torch="ELU",
)


# the smooth relatives


def softplus(z: Array) -> Array:
    """Return ``log(1 + exp(z))``, with every digit at both ends."""
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def _softplus_derivative(z: Array, a: Array) -> Array:
    return _sigmoid(z)


SOFTPLUS = Activation(
    "softplus",
    softplus,
    _softplus_derivative,
    formula="log(1 + exp(z))",
    derivative_formula="1/(1 + exp(-z))",
    range=(0, math.inf),
    slope_from_a="1 - exp(-a)",
    turns=0,
    onnx="Softplus",
    torch="Softplus",
)


def _silu(z: Array) -> Array:
    return z * _sigmoid(z)


def _silu_derivative(z: Array, a: Array) -> Array:
    return _sigmoid(z) * (1 + z * _sigmoid(-z))


SILU = Activation(
    "silu",
    _silu,
    _silu_derivative,
    formula="z/(1 + exp(-z))",
    derivative_formula="(1 + z - a)/(1 + exp(-z))",
    range=(-0.2784645427610738, math.inf),
    symbol="SiLU",
    turns=1,
    torch="SiLU",
)


def _normal_cdf(z: Array) -> Array:
    # only gelu needs it, and it is slow to import
    from scipy.special import erfc  # type: ignore[import-untyped]

    found: Array = erfc(z * -math.sqrt(0.5)) / 2
    return found


def _gelu(z: Array) -> Array:
    return z * _normal_cdf(z)


@quiet
def _gelu_derivative(z: Array, a: Array) -> Array:
    return _normal_cdf(z) + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)


GELU = Activation(
    "gelu",
    _gelu,
    _gelu_derivative,
    formula="z*(1 + erf(z/sqrt(2)))/2",
    derivative_formula="(1 + erf(z/sqrt(2)))/2 + z*exp(-z**2/2)/sqrt(2*pi)",
    range=(-0.16997120747990369, math.inf),
    symbol="GELU",
    turns=1,
    torch="GELU",
)


def _identity(z: Array) -> Array:
    return z.copy()


def _identity_derivative(z: Array, a: Array) -> Array:
    return np.ones_like(z)


IDENTITY = Activation(
    "identity",
    _identity,
    _identity_derivative,
    formula="z",
    derivative_formula="1",
    turns=0,
    taken_for=True,
    onnx="Identity",
    torch="Identity",
    sklearn="identity",
)


# softmax, row by row


def log_softmax(z: Array) -> Array:
    """Return the logarithm of softmax of each row, exact also for the largest entry (whose log
    nears 0).
    """
    top = np.argmax(z, axis=-1)[..., None]
    shifted = z - np.take_along_axis(z, top, axis=-1)
    others = np.exp(shifted)
    np.put_along_axis(others, top, 0, axis=-1)
    return shifted - np.log1p(others.sum(axis=-1, keepdims=True))


def _softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _softmax_derivative(z: Array, a: Array) -> Array:
    complement = -np.expm1(log_softmax(z))  # 1 - a
    jacobian = -a[..., :, None] * a[..., None, :]
    diagonal = np.arange(a.shape[-1])
    jacobian[..., diagonal, diagonal] = a * complement
    return jacobian


def _softmax_residual(z: Array, a: Array, y: Array) -> Array:
    return (1 - y) * a + y * np.expm1(log_softmax(z))


SOFTMAX = Activation(
    "softmax",
    _softmax,
    _softmax_derivative,
    formula="exp(z[j])/Sum(exp(z[k]), k)",
    derivative_formula="a[j]*(KroneckerDelta(j, k) - a[k])",
    range=(0, 1),
    residual=_softmax_residual,
    couples=True,
    usual_loss="cce",
    onnx="Softmax",
    torch="Softmax",
    sklearn="softmax",
)


ACTIVATIONS: dict[str, Activation] = {
    record.name: record
    for record in (
        SIGMOID,
        TANH,
        RELU,
        LEAKY_RELU,
        ELU,
        SOFTPLUS,
        SILU,
        GELU,
        IDENTITY,
        SOFTMAX,
    )
}


def activation_for(given: str | Activation) -> Activation:
    """Return the record of a name, or the record itself; raise `InputError` for an unknown name."""
    if isinstance(given, Activation):
        return given
    if callable(given):
        raise InputError(
            f"an activation is a name or an Activation record (with its derivative), not {given!r}:"
            " use backproof.Activation(name, f, derivative)."
        )
    return choose("activation", given, ACTIVATIONS)
