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
from ..network import Network
from ..records import Array
from ..training import verdict
from . import style
from .decision import kinds_of

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
    layer = len(net.layers) - 1
    if layer == 0:
        raise InputError(
            "this network has no hidden layer, so there is no hidden plane: draw its boundary."
        )
    n = net.sizes[layer]
    if units is None:
        if n != 2:
            more = ": choose two, such as units=(0, 1)" if n > 2 else ""
            raise InputError(
                "the hidden plane needs two units in the last hidden layer, this network has"
                f" {n}{more}."
            )
        units = (0, 1)
    if len(units) != 2 or units[0] == units[1] or not all(0 <= j < n for j in units):
        raise InputError(
            f"units must be two different hidden units, from 0 to {n - 1}, got {tuple(units)}."
        )
    j, k = int(units[0]), int(units[1])
    points = forward(net, x)[f"a{layer}"][:, [j, k]]
    output = net.layers[-1]
    line = None
    half = output.f.inverse(verdict.LEVEL)
    if n == 2 and net.sizes[-1] == 1 and half is not None:
        bias = 0.0 if output.b is None else float(output.b[0])
        line = (float(output.W[j, 0]), float(output.W[k, 0]), bias - half)
    return Plane(layer, (j, k), points, line)


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
    kinds = kinds_of(y)
    classes = tuple(classes) or tuple(
        f"y = {k}" if y.shape[1] == 1 else str(k) for k in range(max(2, y.shape[1]))
    )
    low, high = _limits(net.layers[found.layer - 1].f.range, found.points)
    if found.line is not None:
        _draw_line(ax, found.line, low, high)
    if kinds is None:
        ax.scatter(
            found.points[:, 0],
            found.points[:, 1],
            c=y[:, 0],
            cmap="cividis",
            edgecolors="white",
            zorder=3,
        )
    else:
        style.scatter_classes(ax, found.points, kinds, classes)
    if len(x) <= LABELS:
        _label(ax, found.points, x, (high - low) / 40)
    ax.set_xlim(low, high)
    ax.set_ylim(low, high)
    ax.set_aspect("equal")
    j, k = found.units
    title = "hidden plane" + ("" if found.line is not None else ", two units of it")
    return style.tidy(ax, title, f"a{found.layer}, unit {j + 1}", f"a{found.layer}, unit {k + 1}")


def _limits(range_: tuple[float, float], points: Array) -> tuple[float, float]:
    low = range_[0] if np.isfinite(range_[0]) else float(points.min())
    high = range_[1] if np.isfinite(range_[1]) else float(points.max())
    margin = 0.08 * (high - low) or 1.0
    return low - margin, high + margin


def _draw_line(ax: Axes, line: tuple[float, float, float], low: float, high: float) -> None:
    across, up = np.meshgrid(np.linspace(low, high, 80), np.linspace(low, high, 80))
    side = line[0] * across + line[1] * up + line[2]
    sides = np.where(side[:, :, None] > 0, style.tint(1, 0.28), style.tint(0, 0.28))
    ax.imshow(sides, origin="lower", extent=(low, high, low, high), zorder=0)
    if side.min() < 0 < side.max():
        ax.contour(across, up, side, levels=[0], colors=style.INK, linewidths=1.4, zorder=2)


def _label(ax: Axes, points: Array, x: Array, near: float) -> None:
    """Write each example's inputs beside its point; examples that lie on one another share a label."""
    done: list[int] = []
    for i in range(len(points)):
        if i in done:
            continue
        here = [
            k
            for k in range(len(points))
            if np.abs(points[k] - points[i]).max() < near and k not in done
        ]
        done += here
        text = "\n".join(f"[{', '.join(f'{value:g}' for value in x[k])}]" for k in here)
        right = (
            points[i, 0] > np.mean(ax.get_xlim())
            if ax.get_images()
            else points[i, 0] > points[:, 0].mean()
        )
        upper = points[i, 1] > points[:, 1].mean()
        ax.annotate(
            text,
            points[i],
            xytext=(-8 if right else 8, -6 if upper else 6),
            textcoords="offset points",
            ha="right" if right else "left",
            va="top" if upper else "bottom",
            fontsize="small",
            color=style.INK,
            zorder=4,
        )
