"""A dense network: its layers, its starting weights, its file.

Column j of `Wl` feeds unit j; `bl` is added to every row (equation 1). A network holds its own
copies, and nothing in backproof changes a network that it was given: training returns a new one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .activations import Activation, Array, activation_for
from .errors import InputError, choose
from .losses import Loss, loss_for

FLOATS = ("float64", "float32")


def numbers(what: str, given: Any, ndim: int) -> Array:
    """Return `given` as a float array of `ndim` dimensions, float32 if it is one, else float64.

    Raises `InputError` if it is ragged, not numeric, not finite or of another dimension; `what`
    names it there.
    """
    try:
        found = np.array(given)
        if found.dtype.kind in "cSU":
            raise ValueError("text or complex numbers")
        array = found if found.dtype == np.float32 else found.astype(np.float64)
    except (ValueError, TypeError):
        raise InputError(
            f"{what} must be numbers in rows of one length, got {_short(given)}."
        ) from None
    if array.ndim != ndim:
        raise InputError(
            f"{what} must have {ndim} dimension{'s' * (ndim > 1)}, got shape {array.shape}."
        )
    if not np.isfinite(array).all():
        where = tuple(int(i) + 1 for i in np.argwhere(~np.isfinite(array))[0])
        value = float(array[tuple(i - 1 for i in where)])
        raise InputError(
            f"{what}[{','.join(map(str, where))}] is {value}: only finite numbers can be used."
        )
    return array


def _short(value: Any, limit: int = 60) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


@dataclass(frozen=True, eq=False)
class Layer:
    """One dense layer: ``z = a @ W + b``, ``a = f(z)``.

    Parameters
    ----------
    W : (n_in, n_out) weights
    b : (n_out,) biases, or None for a layer without
    f : the activation, by name or as a record
    frozen_bias : the biases are there, but training leaves them as they are
    """

    W: Array
    b: Array | None
    f: Activation
    frozen_bias: bool = False

    def __init__(
        self, W: Any, b: Any, activation: str | Activation = "sigmoid", frozen_bias: bool = False
    ):
        W = numbers("W", W, 2)
        if 0 in W.shape:
            raise InputError(f"W must have at least one row and one column, got shape {W.shape}.")
        if b is not None:
            b = numbers("b", b, 1).astype(W.dtype, copy=False)
            if b.shape != (W.shape[1],):
                raise InputError(
                    f"W has {W.shape[1]} columns, but b has {b.size} entries: one bias feeds each"
                    " unit."
                )
        f = activation_for(activation)
        if f.couples and W.shape[1] == 1:
            raise InputError(f"{f.name} over one output is always 1: use sigmoid, or two outputs.")
        for name, value in (("W", W), ("b", b), ("f", f), ("frozen_bias", bool(frozen_bias))):
            object.__setattr__(self, name, value)

    @property
    def activation(self) -> str:
        """The activation's name."""
        return self.f.name


class Network:
    """A dense network with its loss.

    Parameters
    ----------
    layers : from input to output; each must have as many inputs as the one before has units
    loss : a name or a `Loss`; by default `bce` for a sigmoid output, `cce` for softmax, else
        `half_mse`

    Raises `InputError` where the sizes don't fit, softmax stands on a hidden layer, or the loss
    makes no sense on the output.
    """

    def __init__(self, layers: Sequence[Layer], loss: str | Loss | None = None):
        self.layers = tuple(layers)
        if not self.layers:
            raise InputError("a network needs at least one layer, got none.")
        for number, (layer, following) in enumerate(
            zip(self.layers, self.layers[1:], strict=False), 1
        ):
            if layer.W.shape[1] != following.W.shape[0]:
                raise InputError(
                    f"W{number} has {layer.W.shape[1]} columns, but W{number + 1} has"
                    f" {following.W.shape[0]} rows: each unit of a layer is one input of the next."
                )
            if layer.f.couples:
                raise InputError(
                    f"{layer.activation} stands on the output layer only, not on layer {number}."
                )
        self.loss_record = loss_for(self.layers[-1].f, loss)

    @property
    def loss(self) -> str:
        """The loss's name."""
        return self.loss_record.name

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of inputs, then of units in each layer: (2, 2, 1)."""
        return (self.layers[0].W.shape[0], *(layer.W.shape[1] for layer in self.layers))

    @property
    def dtype(self) -> np.dtype[Any]:
        """float64, or float32 if every weight is."""
        return np.result_type(*(layer.W for layer in self.layers))

    def parameters(self) -> dict[str, Array]:
        """Return the arrays by name, `W1 b1 W2 b2 …`; a bias that is absent is left out."""
        return dict(self._parameters())

    def _parameters(self) -> Iterator[tuple[str, Array]]:
        for number, layer in enumerate(self.layers, 1):
            yield f"W{number}", layer.W
            if layer.b is not None:
                yield f"b{number}", layer.b

    def trainable(self) -> tuple[str, ...]:
        """Return the names of the parameters that training moves: all but frozen biases."""
        return tuple(
            name
            for name in self.parameters()
            if name[0] == "W" or not self.layers[int(name[1:]) - 1].frozen_bias
        )

    def with_parameters(self, values: Mapping[str, Any]) -> Network:
        """Return the same network with some arrays replaced, by name."""
        known = self.parameters()
        for name in values:
            choose("parameter", name, known)
        values = {**known, **values}
        layers = []
        for number, layer in enumerate(self.layers, 1):
            W = numbers(f"W{number}", values[f"W{number}"], 2)
            if W.shape != layer.W.shape:
                raise InputError(f"W{number} must keep its shape {layer.W.shape}, got {W.shape}.")
            layers.append(Layer(W, values.get(f"b{number}"), layer.f, layer.frozen_bias))
        return Network(layers, self.loss_record)

    def with_loss(self, loss: str | Loss | None) -> Network:
        """Return the same network with another loss (None keeps it)."""
        return self if loss is None else Network(self.layers, loss)

    def astype(self, dtype: str) -> Network:
        """Return the network in `float64` or `float32`."""
        choose("dtype", dtype, dict.fromkeys(FLOATS))
        return self.with_parameters(
            {name: value.astype(dtype) for name, value in self.parameters().items()}
        )

    def predict(self, x: Any) -> Array:
        """Return the outputs (m, nL) for the inputs (m, n0)."""
        from .backprop import forward

        return forward(self, x)[f"a{len(self.layers)}"]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Network):
            return NotImplemented
        mine, theirs = self.parameters(), other.parameters()
        return (
            mine.keys() == theirs.keys()
            and all(np.array_equal(mine[name], theirs[name]) for name in mine)
            and [(layer.f, layer.frozen_bias) for layer in self.layers]
            == [(layer.f, layer.frozen_bias) for layer in other.layers]
            and self.loss_record == other.loss_record
        )

    __hash__ = None  # type: ignore[assignment]  # its arrays can be written to

    def __repr__(self) -> str:
        return f"Network({self})"

    def __str__(self) -> str:
        return (
            f"{'-'.join(map(str, self.sizes))}"
            f" {'-'.join(layer.activation for layer in self.layers)}, {self.loss}"
        )

    @classmethod
    def random(
        cls,
        sizes: Sequence[int],
        seed: int = 0,
        activation: str | Activation | Sequence[str | Activation] = "sigmoid",
        output: str | Activation = "sigmoid",
        loss: str | Loss | None = None,
        init: str = "normal",
        scale: float | None = None,
        bias: bool | str = True,
    ) -> Network:
        """Return a network with random starting weights.

        Parameters
        ----------
        sizes : number of inputs, of units in each hidden layer, of outputs: ``(2, 2, 1)``
        seed : the same seed gives the same network
        activation : of the hidden layers, one for all or one each
        output : activation of the output layer
        init : one of `STARTS`
        scale : what the start multiplies by; see `STARTS` for the default of each
        bias : True, False for layers without, or ``"frozen"`` for biases that training leaves alone
        """
        sizes = tuple(sizes)
        if len(sizes) < 2 or any(not isinstance(n, (int, np.integer)) or n < 1 for n in sizes):
            raise InputError(
                "sizes must be two or more whole numbers from 1 up, such as (2, 2, 1), got"
                f" {sizes}."
            )
        hidden = len(sizes) - 2
        each = (
            [activation] * hidden if isinstance(activation, (str, Activation)) else list(activation)
        )
        if len(each) != hidden:
            raise InputError(f"{hidden} hidden layers need as many activations, got {len(each)}.")
        choose("bias", str(bias), {"True": None, "False": None, "frozen": None})
        start = choose("start", init, STARTS)
        scale = start.scale if scale is None else scale
        if not (isinstance(scale, (int, float)) and math.isfinite(scale) and scale >= 0):
            raise InputError(f"scale must be a finite number from 0 up, got {scale!r}.")
        rng = generator(seed)
        layers = []
        for n_in, n_out, f in zip(sizes, sizes[1:], [*each, output], strict=False):
            W = start.weights(rng, n_in, n_out, scale)
            b = start.biases(rng, n_out, scale) if bias else None
            layers.append(Layer(W, b, f, bias == "frozen"))
        return cls(layers, loss)

    @classmethod
    def from_json(
        cls, path: str | Path, activations: Sequence[Activation] = (), losses: Sequence[Loss] = ()
    ) -> Network:
        """Read a network file; `activations` and `losses` are the records of one's own that it
        names.
        """
        from .files import read_network

        return read_network(path, activations, losses)

    def to_json(self, path: str | Path) -> None:
        """Write a network file, whole or not at all; its numbers read back to the same float64."""
        from .files import network_document, write_json

        write_json(path, network_document(self))


def generator(seed: int) -> np.random.Generator:
    """Return the random numbers of a seed; raise `InputError` for anything but a whole number from
    0 up.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise InputError(f"seed must be a whole number from 0 up, got {seed!r}.")
    return np.random.default_rng(seed)


@dataclass(frozen=True)
class Start:
    """A rule for starting weights: how `scale` enters, its default, and what it does with the
    biases.
    """

    scale: float
    weights: Callable[[np.random.Generator, int, int, float], Array]
    biases: Callable[[np.random.Generator, int, float], Array]
    help: str


def _zeros(rng: np.random.Generator, n: int, scale: float) -> Array:
    return np.zeros(n)


STARTS: dict[str, Start] = {
    "normal": Start(
        1.0,
        lambda rng, n_in, n_out, scale: rng.normal(0, scale, (n_in, n_out)),
        lambda rng, n, scale: rng.normal(0, scale, n),
        "weights and biases from a normal distribution with standard deviation `scale`",
    ),
    "uniform": Start(
        1.0,
        lambda rng, n_in, n_out, scale: rng.uniform(-scale, scale, (n_in, n_out)),
        lambda rng, n, scale: rng.uniform(-scale, scale, n),
        "weights and biases uniform between -`scale` and `scale`",
    ),
    "glorot": Start(  # Glorot and Bengio 2010, equation 16
        1.0,
        lambda rng, n_in, n_out, scale: (
            scale * rng.uniform(-1, 1, (n_in, n_out)) * math.sqrt(6 / (n_in + n_out))
        ),
        _zeros,
        "uniform up to `scale` * sqrt(6 / (n_in + n_out)), biases 0: for sigmoid and tanh",
    ),
    "he": Start(  # He, Zhang, Ren and Sun 2015, equation 10
        1.0,
        lambda rng, n_in, n_out, scale: rng.normal(0, scale * math.sqrt(2 / n_in), (n_in, n_out)),
        _zeros,
        "normal with standard deviation `scale` * sqrt(2 / n_in), biases 0: for relu and its"
        " relatives",
    ),
    "constant": Start(
        0.5,
        lambda rng, n_in, n_out, scale: np.full((n_in, n_out), scale),
        lambda rng, n, scale: np.full(n, scale),
        "every weight and bias is `scale`: the hidden units stay alike for ever",
    ),
    "zeros": Start(
        0.0,
        lambda rng, n_in, n_out, scale: np.zeros((n_in, n_out)),
        _zeros,
        "every weight and bias is 0",
    ),
}
