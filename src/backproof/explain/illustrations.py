"""The pictures of a derivation."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..network import Network
from ..plots import decision
from ..plots.curves import draw_slice
from ..training.train import train
from ..typesetting.document import Document, Picture
from .weight import Weight
from .worked import Worked

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_POINTS = 2000  # of data in a picture of the boundary
# what is trained for the picture of the network after training
MOST_TRAINED_ON, TRAINED_EPOCHS = 16, 5000


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
    if not _has_boundary(d):
        return None
    net = _trained_network(d) if name == "trained" else d.net
    if net is None:
        return None
    return lambda ax: decision.boundary(net, d.x, d.y, ax)


def _has_boundary(d: Worked) -> bool:
    """Say whether a decision boundary can be drawn: two inputs, and one output or classes."""
    if d.net.sizes[0] != 2 or len(d.x) > MOST_POINTS:
        return False
    try:
        decision.check(d.net, d.y, None)
    except InputError:
        return False
    return True


def _trained_network(d: Worked) -> Network | None:
    """Return the network after training, if it solves a small problem."""
    if len(d.x) > MOST_TRAINED_ON or d.net.sizes[-1] > 1:
        return None
    try:
        run = train(d.net, d.x, d.y, learning_rate=d.options.learning_rate, epochs=TRAINED_EPOCHS)
    except InputError:
        return None
    return run.network if run.uninterrupted().solved else None


def svg(d: Worked, document: Document) -> dict[str, str]:
    """Return the pictures as SVG, to stand within a page."""
    import matplotlib as mpl

    found = {}
    for number, (name, draw) in enumerate(drawings(d, document).items()):
        text = io.StringIO()
        # the salt makes the inner names the same each time, so that a page can be compared
        with mpl.rc_context({"svg.hashsalt": f"backproof{number}", "svg.fonttype": "path"}):
            figure(draw).savefig(text, format="svg", metadata={"Date": None})
        found[name] = _within_page(text.getvalue(), number)
    return found


def _within_page(drawn: str, number: int) -> str:
    """Return an SVG file in the form it has within a page, without what only a file needs."""
    picture = drawn[drawn.index("<svg") :].strip()
    # several pictures share a page: their inner names must differ
    picture = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>p{number}-", picture)
    return re.sub(r"<metadata>.*?</metadata>\s*", "", picture, flags=re.DOTALL)


def figure(draw: Callable[[Axes], Any]) -> Any:
    """Return a figure with a picture in it."""
    from matplotlib.figure import Figure

    found = Figure(figsize=(5.4, 4.0), layout="constrained")
    draw(found.add_subplot())
    return found
