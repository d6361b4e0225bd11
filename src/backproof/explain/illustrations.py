"""The pictures of a derivation, and its files."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError, choose
from ..files import dumps, write_text
from .derivation import Derivation
from .document import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_POINTS = 2000  # of data in a picture of the boundary
TRAINED_EPOCHS = 5000


def drawings(d: Derivation) -> dict[str, Callable[[Axes], Any]]:
    """Return how to draw the pictures of the document, by name; those that this network can't have
    are left out.
    """
    found: dict[str, Callable[[Axes], Any]] = {}
    for block in d.document.blocks:
        if isinstance(block, Picture) and (draw := _drawing(d, block.name)):
            found[block.name] = draw
    return found


def _drawing(d: Derivation, name: str) -> Callable[[Axes], Any] | None:
    from ..plots import decision
    from ..plots.curves import draw_slice

    if name.startswith("loss_by_"):
        from .weights import Weight

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
        net = _trained(d)
    return None if net is None else lambda ax: decision.boundary(net, d.x, d.y, ax)


def _trained(d: Derivation) -> Any:
    """Return the network after training, if it solves a small problem."""
    from ..training import train

    if len(d.x) > 16 or d.net.sizes[-1] > 1:
        return None
    try:
        run = train(d.net, d.x, d.y, learning_rate=d.options.learning_rate, epochs=TRAINED_EPOCHS)
    except InputError:
        return None
    return run.network if run.solved else None


def svg(d: Derivation) -> dict[str, str]:
    """Return the pictures as SVG, to stand within a page."""
    import matplotlib as mpl

    found = {}
    for number, (name, draw) in enumerate(drawings(d).items()):
        text = io.StringIO()
        with mpl.rc_context({"svg.hashsalt": f"backproof{number}", "svg.fonttype": "path"}):
            _figure(draw).savefig(text, format="svg", metadata={"Date": None})
        drawn = text.getvalue()
        drawn = drawn[drawn.index("<svg") :].strip()
        # several pictures share a page: their inner names must differ
        drawn = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>p{number}-", drawn)
        found[name] = re.sub(r"<metadata>.*?</metadata>\s*", "", drawn, flags=re.DOTALL)
    return found


def _figure(draw: Callable[[Axes], Any]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.4, 4.0), layout="constrained")
    draw(figure.add_subplot())
    return figure


WRITERS: dict[str, Callable[[Derivation, dict[str, str]], str]] = {
    ".md": lambda d, pictures: d.to_markdown(pictures),
    ".tex": lambda d, pictures: d.to_latex(pictures),
    ".html": lambda d, pictures: d.to_html(),
    ".json": lambda d, pictures: dumps(d.to_dict()),
    ".txt": lambda d, pictures: d.to_text(),
}
BESIDE = {".md": "png", ".tex": "pdf"}


def save(d: Derivation, path: Path) -> list[Path]:
    """Write a derivation and, for Markdown and LaTeX, its pictures beside it; return the files
    written.
    """
    write = choose("ending of the file", path.suffix.lower(), WRITERS)
    names: dict[str, str] = {}
    files: list[Path] = []
    if path.suffix.lower() in BESIDE:
        kind = BESIDE[path.suffix.lower()]
        for name, draw in drawings(d).items():
            file = path.with_name(
                f"{path.stem}-{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')}.{kind}"
            )
            try:
                _figure(draw).savefig(file, format=kind, dpi=120)
            except OSError as error:
                raise InputError(f"can't write {file}: {error.strerror or error}.") from None
            names[name] = file.name
            files.append(file)
    write_text(path, write(d, names))
    return [path, *files]
