"""Diagrams: the network with its weights, and the flow from an activation to the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..network import Network
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_UNITS = 40  # in one layer, that can be told apart
LABELLED = 30  # weights at most, for each to carry its number


def check(net: Network) -> None:
    """Raise `InputError` if the network is too wide to draw."""
    if max(net.sizes) > MAX_UNITS:
        raise InputError(
            f"a layer of {max(net.sizes)} units can't be drawn so that one sees something: at most"
            f" {MAX_UNITS}."
        )


def network(net: Network, ax: Axes | None = None) -> Axes:
    """Draw the units and their weights: width is size, a full line is positive, a dashed one
    negative.

    Weights and biases carry their numbers while there are few. Raises `InputError` for layers too
    wide to draw.
    """
    check(net)
    ax = style.axes(ax, 2.2 * len(net.sizes), max(3.2, 0.45 * max(net.sizes)))
    largest = max(float(np.abs(layer.W).max()) for layer in net.layers) or 1.0
    height = max(net.sizes)
    labelled = height <= 6 and sum(layer.W.size for layer in net.layers) <= LABELLED
    gap = min(1.0, 6 / height)  # between units; a tall network is drawn closer, not off the picture
    places = [
        [(float(column), gap * ((n - 1) / 2 - row)) for row in range(n)]
        for column, n in enumerate(net.sizes)
    ]
    for column, layer in enumerate(net.layers):
        for (j, k), weight in np.ndenumerate(layer.W):
            _edge(
                ax,
                places[column][j],
                places[column + 1][k],
                float(weight),
                largest,
                labelled,
                lift=0.35 if j % 2 else 0.62,
            )
    for column, units in enumerate(places):
        for row, (across, up) in enumerate(units):
            text = f"x{row + 1}" if column == 0 else f"a{column},{row + 1}" if labelled else ""
            ax.text(
                across,
                up,
                text or " ",
                ha="center",
                va="center",
                fontsize="small",
                bbox={
                    "boxstyle": "circle,pad=0.45" if text else "circle,pad=0.2",
                    "fc": "white",
                    "ec": style.INK,
                },
                zorder=4,
            )
            if column and labelled and (b := net.layers[column - 1].b) is not None:
                ax.text(
                    across,
                    up - 0.24 * gap,
                    f"{b[row]:+.2f}",
                    ha="center",
                    va="top",
                    fontsize="small",
                    color=style.INK,
                    zorder=5,
                )
    for column, layer in enumerate(net.layers, 1):
        ax.text(
            column,
            gap * (height - 1) / 2 + 0.42,
            layer.activation,
            ha="center",
            fontsize="small",
            color=style.FAINT,
        )
    ax.set_xlim(-0.35, len(net.sizes) - 0.65)
    ax.set_ylim(-gap * (height - 1) / 2 - 0.55, gap * (height - 1) / 2 + 0.6)
    ax.set_axis_off()
    ax.set_title(
        "weights (full: positive, dashed: negative), biases below the units",
        loc="left",
        fontsize="small",
    )
    return ax


def _edge(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    weight: float,
    largest: float,
    labelled: bool,
    lift: float,
) -> None:
    """One weight as a line; its number stands at the share `lift` of the way, so that crossing
    lines don't cover it.
    """
    colour = style.colour(int(weight > 0))
    ax.plot(
        [start[0], end[0]],
        [start[1], end[1]],
        color=colour,
        linestyle="-" if weight > 0 else (0, (3, 1.5)),
        linewidth=0.3 + 4 * abs(weight) / largest,
        solid_capstyle="round",
        zorder=1,
    )
    if labelled:
        ax.text(
            start[0] + lift * (end[0] - start[0]),
            start[1] + lift * (end[1] - start[1]),
            f"{weight:.2f}",
            ha="center",
            va="center",
            fontsize="small",
            color=colour,
            bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.9},
            zorder=2,
        )


def flow(net: Network, ax: Axes | None = None, *, layer: int | None = None) -> Axes:
    """Draw the flow from the activations of a layer to the loss, and the factors of the chain rule
    on the way back.

    Parameters
    ----------
    layer : where the flow starts: 0 is x, and by default the last hidden layer: the notes' ``a1 →
        z2 → a2 → L``
    """
    last = len(net.layers)
    layer = last - 1 if layer is None else layer
    if (
        isinstance(layer, bool)
        or not isinstance(layer, (int, np.integer))
        or not 0 <= layer <= last
    ):
        raise InputError(f"layer must be from 0 (the inputs) to {last}, got {layer!r}.")
    boxes = [f"a{layer}" if layer else "x"]
    forward, back = [], []
    for number in range(layer + 1, last + 1):
        record = net.layers[number - 1]
        boxes += [f"z{number}", f"a{number}"]
        forward += [
            f"W{number}, b{number}" if record.b is not None else f"W{number}",
            record.activation,
        ]
        source = f"a{number - 1}" if number > 1 else "x"
        back += [f"∂z{number}/∂{source} = W{number}", f"∂a{number}/∂z{number}"]
    boxes.append("L")
    forward.append(net.loss)
    back.append(f"∂L/∂a{last}")
    ax = style.axes(ax, 1.7 * len(boxes), 1.8)
    for place, text in enumerate(boxes):
        ax.text(
            place,
            0,
            text,
            ha="center",
            va="center",
            fontsize="large",
            bbox={"boxstyle": "round,pad=0.45", "fc": "white", "ec": style.INK},
            zorder=2,
        )
    for place, (above, below) in enumerate(zip(forward, back, strict=True)):
        for up, text, colour, tips in (
            (0.1, above, style.colour(0), "->"),
            (-0.1, below, style.colour(1), "<-"),
        ):
            ax.annotate(
                "",
                (place + 0.78, up),
                (place + 0.22, up),
                arrowprops={
                    "arrowstyle": tips,
                    "color": colour,
                    "linestyle": "-" if up > 0 else "--",
                },
            )
            ax.text(
                place + 0.5,
                up * 3.4,
                text,
                ha="center",
                va="center",
                fontsize="small",
                color=colour,
            )
    ax.set_xlim(-0.4, len(boxes) - 0.6)
    ax.set_ylim(-0.7, 0.7)
    ax.set_axis_off()
    ax.set_title(
        "forward (full) and the factors on the way back (dashed)", loc="left", fontsize="small"
    )
    return ax
