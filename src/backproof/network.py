"""A dense network: its layers, its outputs, its file.

Column j of `Wl` feeds unit j; `bl` is added to every row (equation 1). A network holds its own
copies, and nothing in backproof changes a network that it was given: training returns a new one.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from .activations import ACTIVATIONS, Activation, Array, activation_for
from .arithmetic.floats import functions
from .checks import PRECISIONS, check_memory, generator, is_flat, numbers
from .errors import InputError, choose
from .losses import LOSSES, Loss, loss_for
from .probing import check_activation, check_loss
from .program import program
from .prose import number_of, shown
from .reading import read_json
from .schema import SWITCH, TEXT, Form, ListOf, Numbers, Table, maybe
from .settings import NETWORK
from .starts import STARTS
from .structure import FROZEN, NONE, TRAINED, Structure
from .writing import write_json

LAYER = Table(
    {"W": Numbers(2), "b": maybe(Numbers(1)), "activation": TEXT},
    {"frozen_bias": SWITCH},
    remark=' (a layer without biases has "b": null)',
)
NETWORK_FORM = Form(
    "backproof-network",
    1,
    "network file",
    Table({"layers": ListOf(LAYER, 1, "layer")}, {"loss": maybe(TEXT)}),
)


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

    @property
    def bias(self) -> str:
        """What its biases are: a name of `structure`."""
        if self.b is None:
            return NONE
        return FROZEN if self.frozen_bias else TRAINED


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
        self.layers = tuple(layers) if isinstance(layers, (Sequence, Iterator)) else ()
        for layer in self.layers:
            if not isinstance(layer, Layer):
                raise InputError(f"a network is made of Layers, got {shown(layer)}.")
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
                    f"{layer.activation} is for the output layer only, not for layer {number}."
                )
        for layer in self.layers:
            check_activation(layer.f, layer.W.shape[1])
        self.loss_record = loss_for(self.layers[-1].f, loss)
        check_loss(self.loss_record, self.layers[-1].W.shape[1])

    @property
    def loss(self) -> str:
        """The loss's name."""
        return self.loss_record.name

    @functools.cached_property
    def structure(self) -> Structure:
        """What its steps depend on."""
        return Structure(
            tuple(layer.f for layer in self.layers),
            tuple(layer.bias for layer in self.layers),
            self.loss_record,
        )

    @functools.cached_property
    def sizes(self) -> tuple[int, ...]:
        """The number of inputs, then of units in each layer: (2, 2, 1)."""
        return (self.layers[0].W.shape[0], *(layer.W.shape[1] for layer in self.layers))

    @functools.cached_property
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
        return self.structure.trainable

    def with_parameters(self, values: Mapping[str, Any]) -> Network:
        """Return the same network with some arrays replaced, by name."""
        known = self.parameters()
        if not isinstance(values, Mapping):
            raise InputError(f"parameters must be a dict of arrays by name, got {shown(values)}.")
        for name in values:
            choose("parameter", name, known)
        values = {**known, **values}
        layers = []
        for number, layer in enumerate(self.layers, 1):
            W = numbers(f"W{number}", values[f"W{number}"], 2)
            if W.shape != layer.W.shape:
                raise InputError(f"W{number} must keep its shape {layer.W.shape}, got {W.shape}.")
            layers.append(Layer(W, values.get(f"b{number}"), layer.f, layer.frozen_bias))
        moved = Network(layers, self.loss_record)
        if moved.parameters().keys() == known.keys():  # None takes biases away
            moved.structure = self.structure
        return moved

    def with_loss(self, loss: str | Loss | None) -> Network:
        """Return the same network with another loss (None keeps it)."""
        return self if loss is None else Network(self.layers, loss)

    def astype(self, dtype: str) -> Network:
        """Return the network in `float64` or `float32`."""
        choose("dtype", dtype, dict.fromkeys(PRECISIONS))
        return self.with_parameters(
            {name: value.astype(dtype) for name, value in self.parameters().items()}
        )

    def check_inputs(self, x: Any) -> Array:
        """Return the inputs as (m, n0) in the network's dtype; raise `InputError` if they don't
        fit.
        """
        x = numbers("x", x, 2)
        n = self.sizes[0]
        if x.shape[1] != n:
            columns, rows = number_of(x.shape[1], "column"), number_of(n, "row")
            cut = f"pass x[:, :{n}], or " if x.shape[1] > n else ""
            raise InputError(
                f"x has {columns}, but W1 has {rows}: {cut}build the network with"
                f" {number_of(x.shape[1], 'input')}."
            )
        if len(x) == 0:
            raise InputError("x has no rows: at least one example is needed.")
        return x.astype(self.dtype, copy=False)

    def predict(self, x: Any) -> Array:
        """Return the outputs (m, nL) for the inputs (m, n0)."""
        given = {"x": self.check_inputs(x), **self.parameters()}
        run = program(
            self.structure, [f"a{len(self.layers)}"], list(given), functions(self.structure)
        )
        with np.errstate(over="ignore"):
            return np.asarray(run(**given)[0])

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
        """Return a network with random initial weights.

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
        sizes = checked_sizes(sizes)
        hidden = len(sizes) - 2
        if isinstance(activation, str) or not isinstance(activation, Sequence):
            activation = [activation] * hidden
        each = list(activation)
        if len(each) != hidden:
            raise InputError(
                f"activation must list one for each hidden layer ({hidden}), got {len(each)}."
            )
        if not isinstance(bias, bool):
            choose("bias", bias, {FROZEN: None, "True": None, "False": None})
        start = choose("start", init, STARTS)
        scale = start.scale if scale is None else NETWORK["scale"].check(scale)
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
        return network_of(read_json(path), str(path), activations, losses)

    def to_json(self, path: str | Path) -> None:
        """Write a network file, whole or not at all; its numbers read back to the same float64."""
        write_json(path, self.document())

    def document(self) -> dict[str, Any]:
        """Return the network as the document of its file."""
        layers = []
        for layer in self.layers:
            document: dict[str, Any] = {
                "W": layer.W.tolist(),
                "b": None if layer.b is None else layer.b.tolist(),
                "activation": layer.activation,
            }
            if layer.frozen_bias:
                document["frozen_bias"] = True
            layers.append(document)
        return {
            "format": NETWORK_FORM.format,
            "version": NETWORK_FORM.version,
            "loss": self.loss,
            "layers": layers,
        }


def checked_sizes(given: Any) -> tuple[int, ...]:
    """Return the sizes of a network; raise `InputError` if they are none, or too large."""

    def is_size(n: object) -> bool:
        return isinstance(n, (int, np.integer)) and not isinstance(n, bool) and bool(n >= 1)

    sizes = tuple(given) if isinstance(given, Sequence) or is_flat(given) else ()
    if len(sizes) < 2 or not all(map(is_size, sizes)):
        raise InputError(
            "sizes must be two or more whole numbers from 1 up, such as (2, 2, 1), got"
            f" {shown(given)}."
        )
    sizes = tuple(map(int, sizes))
    count = sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))
    check_memory(f"a network of {shown(sizes)}", 2 * count)  # drawn, and kept in a copy
    return sizes


def check_network(net: Any) -> None:
    """Raise `InputError` for what is no network."""
    if not isinstance(net, Network):
        hint = ": pass run.network" if hasattr(net, "network_before") else ""
        raise InputError(f"net must be a Network, got {type(net).__name__}{hint}.")


def network_of(
    document: Any, where: str, activations: Sequence[Activation] = (), losses: Sequence[Loss] = ()
) -> Network:
    """Return the network of a document; `where` names the source in errors."""

    NETWORK_FORM.check(document, where)
    known = ACTIVATIONS | {record.name: record for record in activations}
    built = []
    for number, layer in enumerate(document["layers"], 1):
        try:
            record = choose("activation", layer["activation"], known)
            built.append(Layer(layer["W"], layer["b"], record, layer.get("frozen_bias", False)))
        except InputError as error:
            raise InputError(f"{where}: layer {number}: {error}") from None
    try:
        loss = document.get("loss")
        if loss is not None:
            loss = choose("loss", loss, LOSSES | {record.name: record for record in losses})
        return Network(built, loss)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
