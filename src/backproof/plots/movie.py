"""The boundary during training, as an animation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..network import Network
from ..records import Array
from ..training.run import Run
from . import style
from .decision import boundary, colours, draw_borders, grid, kinds_of, two_inputs

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation
    from matplotlib.axes import Axes

FRAMES = 48
MOVIE_CELLS = 90  # to a side, coarser than a still picture


def frames(epochs: int, count: int = FRAMES) -> list[int]:
    """Return which epochs to show: close together at first, where most happens, and the last."""
    if count < 2:
        raise InputError(f"an animation needs at least 2 frames, got {count}.")
    spaced = np.geomspace(1, epochs + 1, min(count, epochs + 1)) - 1
    return sorted({0, epochs, *(round(epoch) for epoch in spaced)})


def check(net: Network, y: Array) -> None:
    """Raise `InputError` where there is no boundary of two inputs with classes to draw."""
    two_inputs(net, None)
    if kinds_of(y) is None:
        raise InputError(
            "an animation shows classes, and this is a regression: draw the boundary of"
            " run.at(epoch) instead."
        )


def animation(
    run: Run, ax: Axes | None = None, *, count: int = FRAMES, classes: tuple[str, ...] = ()
) -> FuncAnimation:
    """Return the decision boundary during a training as a matplotlib animation of about `count`
    frames.

    ``animation(run).save("boundary.gif", writer="pillow")`` writes it. The training is replayed for
    it. Raises `InputError` where there is no boundary of two inputs with classes to draw.
    """
    from matplotlib.animation import FuncAnimation

    if not isinstance(run, Run):
        raise InputError(f"an animation is of a run, got {type(run).__name__}.")
    check(run.network, run.y)
    shown = frames(run.epochs, count)
    networks = run.replay(shown)
    names = tuple(run.problem.get("inputs", ()))
    ax = boundary(networks[0], run.x, run.y, style.axes(ax), names=names, classes=classes)
    image = ax.get_images()[0]
    figure: Any = ax.figure
    # matplotlib names what has no name of its own with _, such as the lines of the boundary
    points = [drawn for drawn in ax.collections if not str(drawn.get_label()).startswith("_")]

    def draw(frame: int) -> list[Any]:
        epoch = shown[frame]
        found = grid(networks[frame], run.x, cells=MOVIE_CELLS)
        image.set_data(colours(found))
        image.set_extent(found.extent)
        for drawn in list(ax.collections):
            if drawn not in points:
                drawn.remove()
        draw_borders(ax, found)
        title = f"epoch {epoch:,}   loss {run.losses[epoch]:.4f}"
        ax.set_title(title, loc="left", fontsize="medium")
        return [image]

    return FuncAnimation(figure, draw, frames=len(shown), interval=90)
