"""What all pictures share: colours that colour-blind people can tell apart, a mark for each class,
the Axes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..records import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

# Okabe and Ito 2008; the first two are for class 0 and 1, and for negative and positive
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#F0E442",
    "#999999",
    "#7B3294",
    "#444444",
)
MARKS = "osD^vP*X<>"
INK, FAINT = "#222222", "#8A8A8A"
EDGE = 0.9  # line width around marks


def axes(ax: Axes | None, width: float = 5.2, height: float = 4.6) -> Axes:
    """Return `ax`, or the Axes of a new pyplot figure of that size in inches."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(width, height), layout="constrained")
    made: Axes = figure.add_subplot()
    return made


def colour(kind: int) -> str:
    """The colour of a class."""
    return COLOURS[kind % len(COLOURS)]


def mark(kind: int) -> str:
    """The mark of a class."""
    return MARKS[kind % len(MARKS)]


def two_sided_colours() -> Colormap:
    """A colour map from class 0 through white (undecided) to class 1."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(
        "backproof", [(0, "#4C9CC9"), (0.5, "#FFFFFF"), (1, "#E8915A")]
    )


def tint(kind: int, strength: float = 0.4) -> Array:
    """The colour of a class, mixed with white, as red, green and blue."""
    from matplotlib.colors import to_rgb

    return 1 - strength * (1 - np.array(to_rgb(colour(kind))))


def scatter_classes(
    ax: Axes, points: Array, kinds: Array, names: tuple[str, ...], **options: Any
) -> None:
    """Draw points (m, 2), each class in its colour and with its mark, and name the classes in a
    legend.
    """
    size = _mark_size(len(points))
    for kind, name in enumerate(names):
        of = kinds == kind
        if of.any():
            ax.scatter(
                points[of, 0],
                points[of, 1],
                s=size,
                c=colour(kind),
                marker=mark(kind),
                edgecolors="white",
                linewidths=EDGE,
                label=name,
                zorder=3,
                **options,
            )
    legend(ax)


def _mark_size(n: int) -> int:
    """Return the area of a mark among n points, in square points as `Axes.scatter` takes it."""
    if n <= 20:
        return 70
    if n <= 400:
        return 28
    return 10


def legend(ax: Axes) -> None:
    """Put the legend where it hides nothing: above the axes, at the right."""
    ax.legend(
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=5,
        frameon=False,
        fontsize="small",
        handletextpad=0.2,
        columnspacing=1,
    )


def label_axes(ax: Axes, title: str = "", x: str = "", y: str = "") -> Axes:
    """Label the axes and leave out what carries nothing; return the Axes."""
    ax.set_title(title, loc="left", fontsize="medium", color=INK)
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
