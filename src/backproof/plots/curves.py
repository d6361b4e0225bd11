"""Curves of the loss: by epoch, and by one weight with its tangent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backprop import Objective, objective
from ..errors import InputError
from ..network import Network
from ..parameter import Parameter, parameter
from ..prose import shown
from ..records import Array
from ..training.run import Run
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOG_SCALE = 30  # largest over smallest loss, from which on the axis is logarithmic


def loss(run: Run | Any, ax: Axes | None = None) -> Axes:
    """Draw the loss by epoch, of a run or of a sequence of losses."""
    try:
        losses = np.asarray(run.losses if isinstance(run, Run) else run, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            f"a loss curve needs a run, or a row of losses, got {shown(run)}."
        ) from None
    if losses.ndim != 1 or len(losses) == 0:
        raise InputError(f"a loss curve needs a run, or a row of losses, got shape {losses.shape}.")
    visible = np.where(losses <= style.HIGHEST, losses, np.nan)
    ax = style.axes(ax)
    ax.plot(
        np.arange(len(losses)),
        visible,
        color=style.colour(0),
        linewidth=1.6,
        marker="o" if len(losses) == 1 else "",  # a line through one point isn't seen
    )
    positive = visible[visible > 0]
    _scale(ax, positive)
    last = losses[-1] if losses[-1] <= style.HIGHEST else positive.max(initial=1.0)
    falling = visible[len(visible) * 4 // 5] > last  # then the curve leaves room below its end
    ax.annotate(
        f"{losses[-1]:.3g}",
        (len(losses) - 1, last),
        xytext=(0, -5 if falling else 7),
        textcoords="offset points",
        ha="right",
        va="top" if falling else "baseline",
        color=style.INK,
    )
    ax.margins(y=0.1)
    ax.set_xlim(left=0)
    cut = (
        "" if (losses <= style.HIGHEST).all() else f" (what exceeds {style.HIGHEST:g} is not shown)"
    )
    return style.label_axes(ax, f"loss by epoch{cut}", "epoch", "loss")


def _scale(ax: Axes, positive: Array) -> None:
    """Make the axis of the loss logarithmic where its values are far apart, else begin it at 0."""
    if len(positive) == 0 or positive.max() <= LOG_SCALE * positive.min():
        ax.set_ylim(bottom=0)
        return
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(lambda value, position: f"{value:g}")
    ax.yaxis.set_minor_formatter(lambda value, position: "")


@dataclass(frozen=True)
class Slice:
    """The loss as one parameter moves and the others stay.

    `values` and `losses` are the curve; `value`, `loss` and `gradient` belong to the network as it
    is.
    """

    name: str
    values: Array
    losses: Array
    value: float
    loss: float
    gradient: float


def loss_slice(
    objective: Objective, parameter: Parameter, width: float | None = None, points: int = 201
) -> Slice:
    """Return the loss as one weight moves by up to `width` (default 2, or its size if that is more)
    to either side.
    """
    with np.errstate(all="ignore"):
        here = objective.quantities()
    value = parameter.value(objective.net)
    if width is None:
        width = max(2.0, abs(value))
    if not (np.isfinite(width) and width > 0):
        raise InputError(f"width must be a finite number above 0, got {width!r}.")
    largest = float(np.finfo(float).max)
    width = min(width, largest / 4, largest - abs(value))  # neither end, nor their distance, is inf
    values = np.linspace(value - width, value + width, points)
    with np.errstate(all="ignore"):
        losses = [objective.of(parameter.at_value(objective.net, moved)).loss() for moved in values]
    gradient = float(here[f"d{parameter.name}"][parameter.index])
    return Slice(parameter.text, values, np.array(losses), value, here["loss"], gradient)


def loss_by_weight(
    net: Network,
    x: Any,
    y: Any,
    weight: str = "W1[1,1]",
    ax: Axes | None = None,
    *,
    width: float | None = None,
) -> Axes:
    """Draw the loss as one weight alone moves, with the tangent whose slope is its gradient (the
    notes' simple graph).

    Parameters
    ----------
    weight : ``W2[1,1]`` or ``b1[2]``, counted from 1
    width : how far to either side
    """
    return draw_slice(loss_slice(objective(net, x, y), parameter(net, weight), width), ax)


def draw_slice(found: Slice, ax: Axes | None = None) -> Axes:
    """Draw the loss as one weight moves, from `loss_slice`."""
    ax = style.axes(ax)
    visible = np.where(found.losses <= style.HIGHEST, found.losses, np.nan)
    ax.plot(style.within(found.values), visible, color=style.colour(0), linewidth=1.8, label="loss")
    value, loss = style.within(np.array([found.value, np.nan_to_num(found.loss)]))
    reach = (style.within(found.values)[-1] - style.within(found.values)[0]) / 5
    ends = np.array([-reach, reach])
    ax.plot(
        style.within(value + ends),
        style.within(loss + np.nan_to_num(found.gradient * ends)),
        color=style.colour(1),
        linestyle="--",
        linewidth=1.6,
        label=f"tangent, slope {found.gradient:.3g}",
    )
    now = (value, loss)
    ax.scatter(*now, color=style.INK, zorder=3, s=36, label=f"now: {found.value:.3g}")
    if found.gradient:  # which way the descent goes
        tip = style.within(value - np.sign(found.gradient) * reach * 0.9)
        ax.annotate(
            "",
            (tip, loss),
            now,
            arrowprops={"arrowstyle": "->", "color": style.INK, "shrinkA": 5},
        )
    style.legend(ax)
    return style.label_axes(ax, f"loss by {found.name}", found.name, "loss")
