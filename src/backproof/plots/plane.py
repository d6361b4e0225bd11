"""The hidden plane: where the hidden layer puts the examples, and the line that separates them
there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backprop import check_data, forward
from ..errors import InputError
from ..network import Layer, Network, check_network
from ..prose import comma_list
from ..records import Array
from ..training import verdict
from . import style
from .decision import are_two_of, class_names, kinds_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABELS = 16  # with more distinct examples than this, their inputs aren't written beside them


@dataclass(frozen=True)
class Plane:
    """The activations `points` (m, 2) of two hidden units of layer `layer`.

    The separating line is ``line[0] * a_j + line[1] * a_k + line[2] = 0``; None where two units
    alone don't decide.
    """

    layer: int
    units: tuple[int, int]
    points: Array
    line: tuple[float, float, float] | None


def plane(net: Network, x: Any, units: Sequence[int] | None = None) -> Plane:
    """Return where the last hidden layer puts the examples.

    Raises `InputError` where there is no hidden layer, or it hasn't two units and `units` doesn't
    choose two.
    """
    check_network(net)
    layer = len(net.layers) - 1
    if layer == 0:
        raise InputError(
            "this network has no hidden layer, so there is no hidden plane: draw its boundary."
        )
    j, k = _two_units(net.sizes[layer], units)
    points = forward(net, x)[f"a{layer}"][:, [j, k]]
    line = None
    if net.sizes[layer] == 2 and net.sizes[-1] == 1:
        line = _separating_line(net.layers[-1], j, k)
    return Plane(layer, (j, k), points, line)


def _two_units(n: int, units: Sequence[int] | None) -> tuple[int, int]:
    """Return the two units of n that span the plane, from 0."""
    if units is None:
        if n != 2:
            more = ": choose two, such as units=(0, 1)" if n > 2 else ""
            raise InputError(
                "the hidden plane needs two units in the last hidden layer, this network has"
                f" {n}{more}."
            )
        return 0, 1
    if not are_two_of(n, units):
        raise InputError(
            f"units must be two different hidden units, from 0 to {n - 1}, got {tuple(units)}."
        )
    return int(units[0]), int(units[1])


def _separating_line(output: Layer, j: int, k: int) -> tuple[float, float, float] | None:
    """Return the line on which the one output is 1/2; None where its activation is 1/2 nowhere, or
    more than once.
    """
    half = output.f.inverse(verdict.LEVEL)
    if half is None:
        return None
    bias = 0.0 if output.b is None else float(output.b[0])
    return float(output.W[j, 0]), float(output.W[k, 0]), bias - half


def hidden_space(
    net: Network,
    x: Any,
    y: Any,
    ax: Axes | None = None,
    *,
    units: Sequence[int] | None = None,
    classes: Sequence[str] = (),
) -> Axes:
    """Draw where the last hidden layer puts the examples, and the line on which the output is 1/2.

    The output layer can only draw a straight line: the hidden layer has to move the examples so
    that one suffices. Examples are labelled with their inputs while there are few. With `units`
    (two, from 0) of a wider layer the examples are drawn without the line, which depends on the
    other units too.
    """
    x, y = check_data(net, x, y)
    found = plane(net, x, units)
    ax = style.axes(ax)
    points = style.within(found.points)
    low, high = _limits(net.layers[found.layer - 1].f.range, points)
    if found.line is not None:
        _draw_line(ax, found.line, low, high)
    kinds = kinds_of(y)
    if kinds is None:
        across, up = points.T
        ax.scatter(across, up, c=y[:, 0], cmap="cividis", edgecolors="white", zorder=3)
    else:
        style.scatter_classes(ax, points, kinds, class_names(y, classes))
    if len(x) <= LABELS:
        _label(ax, points, x, (high - low) / 40)
    ax.set_xlim(low, high)
    ax.set_ylim(low, high)
    ax.set_aspect("equal")
    j, k = found.units
    title = "hidden plane"
    if found.line is None:
        title += ", two units of it"
    return style.label_axes(
        ax, title, f"a{found.layer}, unit {j + 1}", f"a{found.layer}, unit {k + 1}"
    )


def _limits(range_: tuple[float, float], points: Array) -> tuple[float, float]:
    low, high = range_
    if not np.isfinite(low):
        low = float(points.min())
    if not np.isfinite(high):
        high = float(points.max())
    margin = 0.08 * (high - low) or 1.0
    return low - margin, high + margin


def _draw_line(ax: Axes, line: tuple[float, float, float], low: float, high: float) -> None:
    across, up = np.meshgrid(np.linspace(low, high, 80), np.linspace(low, high, 80))
    size = max(map(abs, line)) or 1.0  # the line stays where it is, and no product overflows
    side = line[0] / size * across + line[1] / size * up + line[2] / size
    sides = np.where(side[:, :, None] > 0, style.tint(1, 0.28), style.tint(0, 0.28))
    ax.imshow(sides, origin="lower", extent=(low, high, low, high), zorder=0)
    if side.min() < 0 < side.max():
        ax.contour(across, up, side, levels=[0], colors=style.INK, linewidths=1.4, zorder=2)


def _label(ax: Axes, points: Array, x: Array, near: float) -> None:
    """Write each example's inputs beside its point, to the side where there is more room; examples
    nearer than `near` share a label.
    """
    across, up = points.mean(axis=0)
    if ax.get_images():  # with the line drawn, the Axes are as wide as the plane already
        across = np.mean(ax.get_xlim())
    for group in _groups(points, near):
        right, upper = points[group[0]] > (across, up)
        dx, ha = (-8, "right") if right else (8, "left")
        dy, va = (-6, "top") if upper else (6, "bottom")
        ax.annotate(
            "\n".join(_inputs_text(x[i]) for i in group),
            points[group[0]],
            xytext=(dx, dy),
            textcoords="offset points",
            ha=ha,
            va=va,
            fontsize="small",
            color=style.INK,
            zorder=4,
        )


def _groups(points: Array, near: float) -> list[list[int]]:
    """Return the examples in groups: each first one with those nearer to it than `near`."""
    left = list(range(len(points)))
    groups = []
    while left:
        first, *others = left
        close = [i for i in others if np.abs(points[i] - points[first]).max() < near]
        groups.append([first, *close])
        left = [i for i in others if i not in close]
    return groups


def _inputs_text(x: Array) -> str:
    return f"[{comma_list(f'{value:g}' for value in x)}]"
