"""What all pictures share: colours that colour-blind people can tell apart, a mark for each class,
the Axes.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..prose import printable, shortened
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
HIGHEST = 1e100  # beyond it matplotlib's own margins and ticks would overflow
EDGE = 0.9  # line width around marks
# characters that stand side by side above the axes, of a name at most, of its mark with the gap
ROOM, LONGEST_NAME, BESIDE_NAME = 52, 24, 5
ROW = 16  # points, of a line of the legend


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
                label=legend_text(name),
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


def within(values: Array) -> Array:
    """Return numbers as far as a picture can show them: what is larger than `HIGHEST` stands
    there.
    """
    return np.clip(np.asarray(values, dtype=float), -HIGHEST, HIGHEST)


def plain(text: str) -> str:
    """Return a name as matplotlib shows it as it stands: what is between dollar signs is no
    formula, and what no font has is a box.
    """
    return "".join(map(_drawable, printable(text))).replace("$", r"\$")


def _drawable(character: str) -> str:
    return character if character.isascii() or _has(character) else "□"


@functools.cache
def _has(character: str) -> bool:
    """Whether one of the fonts that matplotlib takes has a character."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    fonts = (FontProperties(family=[family]) for family in FontProperties().get_family())
    return any(get_font(findfont(font)).get_char_index(ord(character)) for font in fonts)


def legend_text(name: str) -> str:
    """Return a name as it stands in a legend, which leaves out what begins with ``_``."""
    text = plain(shortened(name, LONGEST_NAME))
    return f" {text}" if text.startswith("_") else text


def legend(ax: Axes) -> None:
    """Put the legend where it hides nothing: above the axes, at the right."""
    names = ax.get_legend_handles_labels()[1]
    longest = max(map(len, names), default=0) + BESIDE_NAME
    ax.legend(
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=max(1, min(5, ROOM // longest)),
        frameon=False,
        fontsize="small",
        handletextpad=0.2,
        columnspacing=1,
    )


def label_axes(ax: Axes, title: str = "", x: str = "", y: str = "") -> Axes:
    """Label the axes and leave out what carries nothing; return the Axes.

    The title stands beside the legend, or above it where both are long.
    """
    pad = ROW * _legend_rows(ax) + 8 if is_crowded(ax, title) else None
    ax.set_title(plain(title), loc="left", fontsize="medium", color=INK, pad=pad)
    ax.set_xlabel(plain(x))
    ax.set_ylabel(plain(y))
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def is_crowded(ax: Axes, title: str) -> bool:
    """Whether title and legend have no room side by side."""
    found = ax.get_legend()
    if found is None:
        return False
    names = sum(len(text.get_text()) + BESIDE_NAME for text in found.get_texts())
    return _legend_rows(ax) > 1 or len(title) + names > ROOM


def _legend_rows(ax: Axes) -> int:
    found: Any = ax.get_legend()
    return math.ceil(len(found.get_texts()) / found._ncols)
