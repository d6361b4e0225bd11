"""Diagrams: the network with its weights, and the flow from an activation to the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..network import Network, check_network
from ..prose import shown
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_UNITS = 40  # in one layer, that can be told apart
LABELLED = 30  # weights at most, for each to carry its number
LONG = 1e4  # a weight from which on is written as a power of ten
Place = tuple[float, float]  # across and up


def check(net: Network) -> None:
    """Raise `InputError` if the network is too wide to draw."""
    check_network(net)
    if max(net.sizes) > MAX_UNITS:
        raise InputError(
            f"a layer of {max(net.sizes)} units can't be drawn so that one sees something: at most"
            f" {MAX_UNITS}."
        )


def network(net: Network, ax: Axes | None = None) -> Axes:
    """Draw the units and their weights: width is size, a solid line is positive, a dashed one
    negative.

    Weights and biases carry their numbers while there are few. Raises `InputError` for layers too
    wide to draw.
    """
    check(net)
    tallest = max(net.sizes)
    ax = style.axes(ax, 2.2 * len(net.sizes), max(3.2, 0.45 * tallest))
    labelled = tallest <= 6 and sum(layer.W.size for layer in net.layers) <= LABELLED
    # a tall network is drawn closer, not off the picture
    gap = min(1.0, 6 / tallest)
    places = [_column(column, n, gap) for column, n in enumerate(net.sizes)]
    _draw_weights(ax, net, places, labelled)
    _draw_units(ax, places, labelled)
    if labelled:
        _write_biases(ax, net, places, 0.24 * gap)
    top = gap * (tallest - 1) / 2
    for column, layer in enumerate(net.layers, 1):
        _write(ax, (column, top + 0.42), layer.activation, color=style.FAINT, va="baseline")
    ax.set_xlim(-0.35, len(net.sizes) - 0.65)
    ax.set_ylim(-top - 0.55, top + 0.6)
    biases = any(layer.b is not None for layer in net.layers)
    below = ", biases below the units" if labelled and biases else ""
    return _bare(ax, f"weights (solid: positive, dashed: negative){below}")


def _column(column: int, n: int, gap: float) -> list[Place]:
    """Return the places of the n units of a layer, from above, around the middle."""
    return [(float(column), gap * ((n - 1) / 2 - row)) for row in range(n)]


def _draw_weights(ax: Axes, net: Network, places: list[list[Place]], labelled: bool) -> None:
    largest = max(float(np.abs(layer.W).max()) for layer in net.layers) or 1.0
    for column, layer in enumerate(net.layers):
        for (j, k), weight in np.ndenumerate(layer.W):
            start, end = places[column][j], places[column + 1][k]
            _draw_weight(ax, start, end, float(weight), largest)
            if labelled:
                _write_weight(ax, start, end, float(weight), _share(*layer.W.shape))


def _share(n_in: int, n_out: int) -> float:
    """Return the share of the way at which the weights between two layers are written: near the
    larger layer, where lines from the same place are closest and those of different places apart,
    so that all stand at equal distances, one below the other.
    """
    near = 1 / (min(n_in, n_out) + 1)
    return near if n_in >= n_out else 1 - near


def _draw_weight(ax: Axes, start: Place, end: Place, weight: float, largest: float) -> None:
    ax.plot(
        [start[0], end[0]],
        [start[1], end[1]],
        color=style.colour(int(weight > 0)),
        linestyle="-" if weight > 0 else (0, (3, 1.5)),
        linewidth=0.3 + 4 * abs(weight) / largest,
        solid_capstyle="round",
        zorder=1,
    )


def _write_weight(ax: Axes, start: Place, end: Place, weight: float, share: float) -> None:
    """Write a weight on its line, at a share of the way."""
    across = start[0] + share * (end[0] - start[0])
    up = start[1] + share * (end[1] - start[1])
    _write(
        ax,
        (across, up),
        _number(weight),
        color=style.colour(int(weight > 0)),
        bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.9},
        zorder=2,
    )


def _number(value: float, sign: str = "-") -> str:
    """Return a weight or bias in a few characters; a `sign` of + stands before one above 0 too."""
    return f"{value:{sign}.2f}" if abs(value) < LONG else f"{value:{sign}.1e}"


def _draw_units(ax: Axes, places: list[list[Place]], labelled: bool) -> None:
    for column, units in enumerate(places):
        for row, place in enumerate(units, 1):
            text = _unit_name(column, row, labelled)
            pad = 0.45 if text else 0.2
            circle = {"boxstyle": f"circle,pad={pad}", "fc": "white", "ec": style.INK}
            # matplotlib draws no circle around an empty text
            _write(ax, place, text or " ", bbox=circle, zorder=4)


def _unit_name(column: int, row: int, labelled: bool) -> str:
    """Return what stands in a unit; nothing in one whose layer can be counted only."""
    if column == 0:
        return f"x{row}"
    if labelled:
        return f"a{column},{row}"
    return ""


def _write_biases(ax: Axes, net: Network, places: list[list[Place]], below: float) -> None:
    """Write each bias so far below its unit."""
    for layer, units in zip(net.layers, places[1:], strict=True):
        if layer.b is not None:
            for bias, (across, up) in zip(layer.b, units, strict=True):
                place = (across, up - below)
                _write(ax, place, _number(bias, "+"), color=style.INK, va="top", zorder=5)


def _write(ax: Axes, place: Place, text: str, **options: Any) -> None:
    """Write a text centred at a place, unless the options say otherwise."""
    usual: dict[str, Any] = {
        "ha": "center",
        "va": "center",
        "fontsize": "small",
        "parse_math": False,
    }
    ax.text(*place, text, **usual | options)


def _bare(ax: Axes, title: str) -> Axes:
    """Leave out the axes, which mean nothing here, and write the title; return the Axes."""
    ax.set_axis_off()
    ax.set_title(title, loc="left", fontsize="small")
    return ax


def flow(net: Network, ax: Axes | None = None, *, layer: int | None = None) -> Axes:
    """Draw the flow from the activations of a layer to the loss, and the factors of the chain rule
    on the way back.

    Parameters
    ----------
    layer : where the flow starts: 0 is x, and by default the last hidden layer: the notes' ``a1 →
        z2 → a2 → L``
    """
    check_network(net)
    last = len(net.layers)
    if layer is None:
        layer = last - 1
    whole = isinstance(layer, (int, np.integer)) and not isinstance(layer, bool)
    if not whole or not 0 <= layer <= last:
        raise InputError(f"layer must be from 0 (the inputs) to {last}, got {shown(layer)}.")
    quantities, forward, back = _chain(net, layer)
    ax = style.axes(ax, 1.7 * len(quantities), 1.8)
    box = {"boxstyle": "round,pad=0.45", "fc": "white", "ec": style.INK}
    for place, text in enumerate(quantities):
        _write(ax, (place, 0), text, fontsize="large", bbox=box, zorder=2)
    for place, (above, below) in enumerate(zip(forward, back, strict=True)):
        _draw_arrow(ax, (place, 0.1), above, style.colour(0), arrowstyle="->", linestyle="-")
        _draw_arrow(ax, (place, -0.1), below, style.colour(1), arrowstyle="<-", linestyle="--")
    ax.set_xlim(-0.4, len(quantities) - 0.6)
    ax.set_ylim(-0.7, 0.7)
    return _bare(ax, "forward (solid) and the factors on the way back (dashed)")


def _chain(net: Network, layer: int) -> tuple[list[str], list[str], list[str]]:
    """Return the quantities from a layer to the loss; what leads from each to the next; and the
    derivative of the next by it.
    """
    quantities, forward, back = [_activation(layer)], [], []
    for number, own in enumerate(net.layers[layer:], layer + 1):
        quantities += [f"z{number}", f"a{number}"]
        parameters = f"W{number}" if own.b is None else f"W{number}, b{number}"
        forward += [parameters, own.activation]
        back += [f"∂z{number}/∂{_activation(number - 1)} = W{number}", f"∂a{number}/∂z{number}"]
    quantities.append("L")
    forward.append(net.loss)
    back.append(f"∂L/∂a{len(net.layers)}")
    return quantities, forward, back


def _activation(layer: int) -> str:
    return f"a{layer}" if layer else "x"


def _draw_arrow(ax: Axes, place: Place, text: str, colour: str, **arrow: str) -> None:
    """Draw the arrow to the right of a place, above or below the boxes' middle, and its text."""
    across, up = place
    ends = (across + 0.78, up), (across + 0.22, up)
    ax.annotate("", *ends, arrowprops={"color": colour, **arrow})
    _write(ax, (across + 0.5, up * 3.4), text, color=colour)
