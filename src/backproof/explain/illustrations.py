"""The pictures of a derivation."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..plots import decision
from ..plots.curves import draw_slice
from ..training.train import train
from ..typesetting.document import Document, Picture
from .weights import Weight
from .worked import Worked

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_POINTS = 2000  # of data in a picture of the boundary
TRAINED_EPOCHS = 5000


def drawings(d: Worked, document: Document) -> dict[str, Callable[[Axes], Any]]:
    """Return how to draw the pictures of the document, by name; those that this network can't have
    are left out.
    """
    found: dict[str, Callable[[Axes], Any]] = {}
    for block in document.blocks:
        if isinstance(block, Picture) and (draw := _drawing(d, block.name)):
            found[block.name] = draw
    return found


def _drawing(d: Worked, name: str) -> Callable[[Axes], Any] | None:
    if name.startswith("loss_by_"):
        weight = Weight(d, name.removeprefix("loss_by_"))
        return lambda ax: draw_slice(weight.slice, ax)
    net: Any = d.net
    if d.net.sizes[0] != 2 or len(d.x) > MOST_POINTS:
        return None
    try:
        decision.check(d.net, d.y, None)
    except InputError:
        return None
    if name == "trained":
        net = _trained_network(d)
    return None if net is None else lambda ax: decision.boundary(net, d.x, d.y, ax)


def _trained_network(d: Worked) -> Any:
    """Return the network after training, if it solves a small problem."""
    if len(d.x) > 16 or d.net.sizes[-1] > 1:
        return None
    try:
        run = train(d.net, d.x, d.y, learning_rate=d.options.learning_rate, epochs=TRAINED_EPOCHS)
    except InputError:
        return None
    return run.network if run.solved else None


def svg(d: Worked, document: Document) -> dict[str, str]:
    """Return the pictures as SVG, to stand within a page."""
    import matplotlib as mpl

    found = {}
    for number, (name, draw) in enumerate(drawings(d, document).items()):
        text = io.StringIO()
        with mpl.rc_context({"svg.hashsalt": f"backproof{number}", "svg.fonttype": "path"}):
            figure(draw).savefig(text, format="svg", metadata={"Date": None})
        drawn = text.getvalue()
        drawn = drawn[drawn.index("<svg") :].strip()
        # several pictures share a page: their inner names must differ
        drawn = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>p{number}-", drawn)
        found[name] = re.sub(r"<metadata>.*?</metadata>\s*", "", drawn, flags=re.DOTALL)
    return found


def figure(draw: Callable[[Axes], Any]) -> Any:
    """Return a figure with a picture in it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.4, 4.0), layout="constrained")
    draw(figure.add_subplot())
    return figure
