"""The decision boundary: which output the network gives where, with the data over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backprop import check_data
from ..checks import is_flat
from ..errors import InputError
from ..network import Network
from ..prose import shown
from ..records import Array
from ..training import verdict
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CELLS = 160  # to a side
MOST_AT_ONCE = 2**20  # numbers of a layer that are worked out together
MARGIN = 0.25  # of the data's width, around them


@dataclass(frozen=True)
class OutputGrid:
    """The outputs of a network over a plane of two of its inputs.

    `across` and `up` are the coordinates; `outputs` has shape (up, across, nL).
    """

    across: Array
    up: Array
    outputs: Array

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top, half a cell beyond the outermost coordinates."""
        half = [(axis[1] - axis[0]) / 2 for axis in (self.across, self.up)]
        return (
            self.across[0] - half[0],
            self.across[-1] + half[0],
            self.up[0] - half[1],
            self.up[-1] + half[1],
        )


def span(values: Array, cells: int = CELLS) -> Array:
    """Return coordinates that cover the values with a margin."""
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * (high - low) if high > low else 1.0
    return np.linspace(low - margin, high + margin, cells)


def two_inputs(net: Network, inputs: Sequence[int] | None) -> tuple[int, int]:
    """Return the two inputs that span the picture, from 0.

    Raises `InputError` if `inputs` aren't two different ones, or are needed and aren't given.
    """
    n = net.sizes[0]
    if inputs is None:
        if n != 2:
            raise InputError(
                f"a boundary is drawn over two inputs, this network has {n}: choose two, such as"
                " inputs=(0, 1); the others are then held at their mean."
            )
        return 0, 1
    if not are_two_of(n, inputs):
        raise InputError(
            f"inputs must be two different columns of x, from 0 to {n - 1}, got {shown(inputs)}."
        )
    return int(inputs[0]), int(inputs[1])


def are_two_of(n: int, places: Sequence[int]) -> bool:
    """Whether these are two different places among n, from 0."""
    pair = list(places) if isinstance(places, Sequence) or is_flat(places) else []
    whole = all(isinstance(j, (int, np.integer)) and 0 <= j < n for j in pair)
    return len(pair) == 2 and whole and pair[0] != pair[1]


def grid(
    net: Network, x: Array, inputs: Sequence[int] | None = None, cells: int = CELLS
) -> OutputGrid:
    """Return the outputs over the plane of two inputs around the data; other inputs are held at
    their mean.
    """
    j, k = two_inputs(net, inputs)
    x = style.within(x)
    points = np.tile(x.mean(axis=0), (cells * cells, 1))
    across, up = span(x[:, j], cells), span(x[:, k], cells)
    points[:, j], points[:, k] = (axis.ravel() for axis in np.meshgrid(across, up))
    return OutputGrid(across, up, _outputs(net, points).reshape(cells, cells, -1))


def _outputs(net: Network, points: Array) -> Array:
    """Return what the network answers at each point, of a wide one in blocks of points."""
    blocks = -(-len(points) * max(net.sizes) // MOST_AT_ONCE)
    return np.concatenate([net.predict(block) for block in np.array_split(points, blocks)])


def kinds_of(y: Array) -> Array | None:
    """Return the class of each row of targets (0 or 1 for one output, else which), or None for a
    regression or several labels.
    """
    if verdict.right(y, y) is None:
        return None
    if y.shape[1] == 1:
        return y[:, 0].astype(int)
    if (y.sum(axis=1) != 1).any():
        return None
    return y.argmax(axis=1)


def class_names(y: Array, names: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names of the classes of these targets: those given, or else their values."""
    if len(names) > 0:
        return tuple(names)
    if y.shape[1] == 1:
        return "y = 0", "y = 1"
    return tuple(map(str, range(y.shape[1])))


def check(net: Network, y: Array, inputs: Sequence[int] | None = None) -> None:
    """Raise `InputError` if no boundary of this network and these targets can be drawn."""
    if y.shape[1] > 1 and kinds_of(y) is None:
        raise InputError(
            f"a boundary needs one output or classes, this network has {y.shape[1]} outputs whose"
            " targets are not one class each: draw the outputs one at a time."
        )
    if net.sizes[0] != 1:
        two_inputs(net, inputs)


def boundary(
    net: Network,
    x: Any,
    y: Any,
    ax: Axes | None = None,
    *,
    inputs: Sequence[int] | None = None,
    names: Sequence[str] = (),
    classes: Sequence[str] = (),
) -> Axes:
    """Draw what the network answers over the plane of two inputs, with the data.

    Two classes: the output as colour, and the line where it is 1/2. Three or more: the class with
    the largest output. A regression: the output as colour, the targets in the same colours. One
    input: the outputs as curves.

    Parameters
    ----------
    net, x, y : the network and its data
    inputs : for more than two inputs, the two columns to span the picture, from 0; the others are
        held at their mean
    names, classes : names of all inputs, and of the classes

    Raises `InputError` for more than two inputs without `inputs`, and for several outputs that
    aren't classes.
    """
    x, y = check_data(net, x, y)
    names = list(names) or [f"x{j + 1}" for j in range(x.shape[1])]
    if x.shape[1] == 1:
        return _curve(net, x, y, style.axes(ax), names[0])
    check(net, y, inputs)
    j, k = two_inputs(net, inputs)
    found = grid(net, x, inputs)
    ax = style.axes(ax)
    points = style.within(x[:, [j, k]])
    kinds = kinds_of(y)
    if kinds is None:
        title = "output"
        _fill_values(ax, found, points, y[:, 0])
    else:
        title = "decision boundary"
        _fill_classes(ax, found)
        style.scatter_classes(ax, points, kinds, class_names(y, classes))
    ax.set_xlim(found.extent[:2])
    ax.set_ylim(found.extent[2:])
    if x.shape[1] > 2:
        title += " (other inputs at their mean)"
    return style.label_axes(ax, title, names[j], names[k])


def colours(found: OutputGrid) -> Array:
    """Return the colour of each cell for classes, (up, across, 3): the output for one, the largest
    output's class for more.
    """
    n = found.outputs.shape[2]
    if n == 1:
        share = np.clip(found.outputs[:, :, 0], 0, 1)
        return np.asarray(style.two_sided_colours()(share)[:, :, :3])
    tints = np.array([style.tint(kind) for kind in range(n)])
    return tints[found.outputs.argmax(axis=2)]


def _fill_classes(ax: Axes, found: OutputGrid) -> None:
    ax.imshow(
        colours(found),
        origin="lower",
        extent=found.extent,
        aspect="auto",
        interpolation="nearest",
        zorder=0,
    )
    draw_borders(ax, found)


def draw_borders(ax: Axes, found: OutputGrid) -> None:
    """Draw the boundary itself, where it passes through the picture."""
    for lead in _leads(found):
        if lead.min() < 0 < lead.max():
            ax.contour(
                found.across, found.up, lead, levels=[0], colors=style.INK, linewidths=1.4, zorder=2
            )


def _leads(found: OutputGrid) -> list[Array]:
    """Return arrays (up, across) that are 0 on the boundary: the output less 1/2, or by how much
    the output of each class is above the largest of the others.
    """
    n = found.outputs.shape[2]
    if n == 1:
        return [found.outputs[:, :, 0] - verdict.LEVEL]
    others = [np.delete(found.outputs, kind, axis=2).max(axis=2) for kind in range(n)]
    return [found.outputs[:, :, kind] - others[kind] for kind in range(n)]


def _fill_values(ax: Axes, found: OutputGrid, points: Array, targets: Array) -> None:
    values, targets = style.within(found.outputs[:, :, 0]), style.within(targets)
    low, high = min(values.min(), targets.min()), max(values.max(), targets.max())
    options = {"cmap": "cividis", "vmin": low, "vmax": high}
    image = ax.imshow(
        values,
        origin="lower",
        extent=found.extent,
        aspect="auto",
        interpolation="bilinear",
        **options,
    )
    ax.scatter(
        points[:, 0],
        points[:, 1],
        c=targets,
        edgecolors="white",
        linewidths=style.EDGE,
        s=36,
        zorder=3,
        **options,
    )
    assert ax.figure is not None  # only Axes that were removed have none
    ax.figure.colorbar(image, ax=ax, label="output; points: target")


def _curve(net: Network, x: Array, y: Array, ax: Axes, name: str) -> Axes:
    x, y = style.within(x), style.within(y)
    across = span(x[:, 0], 400)
    outputs = style.within(net.predict(across[:, None]))
    for k in range(y.shape[1]):
        label = "output" if y.shape[1] == 1 else f"output {k + 1}"
        ax.plot(across, outputs[:, k], color=style.colour(k), label=label)
        ax.scatter(
            x[:, 0],
            y[:, k],
            color=style.colour(k),
            marker=style.mark(k),
            edgecolors="white",
            zorder=3,
            label="target",
        )
    if kinds_of(y) is not None:
        ax.axhline(verdict.LEVEL, color=style.FAINT, linestyle=":", linewidth=1)
    style.legend(ax)
    return style.label_axes(ax, "output by input", name, "output")
