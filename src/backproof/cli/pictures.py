"""The pictures that `backproof train` leaves."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.problem import Problem
from ..errors import InputError, choose
from ..network import Network
from ..training.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DPI, DPI_OF_ANIMATION = 120, 80
SIZE = (5.2, 4.6)
# of the usual pictures, boundary and loss; to measure them costs 0.1 s
MARGINS = {"left": 0.14, "right": 0.96, "bottom": 0.12, "top": 0.91}
PICTURES = ("hidden_space", "network", "flow", "loss_by_weight")  # besides boundary and loss


@dataclass
class Album:
    """Which pictures to draw of a run.

    Parameters
    ----------
    problem : the data, with their names
    extra : names of further pictures, separated by commas, or ``all``
    animate : also the boundary during training
    plane : the two inputs, from 1, to draw the boundary over
    remarks : after `check`, why a picture of the usual ones isn't there
    wanted : after `check`, the names of the pictures to draw
    drawn : the files that are drawn
    stopped : whether Ctrl-C ended the drawing
    """

    problem: Problem
    extra: str
    animate: bool
    plane: list[int] | None
    remarks: list[str] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)
    stopped: bool = False

    def check(self, net: Network) -> None:
        """Decide what can be drawn; raise `InputError` for a picture that was asked for and can't
        be, before anything is trained.
        """
        asked = [name.strip() for name in self.extra.split(",") if name.strip()]
        for name in asked:
            choose("picture", name, dict.fromkeys((*PICTURES, "all")))
        spared: set[str] = set()  # nobody asked for these by name, so they may be left out
        if "all" in asked:
            spared.update(set(PICTURES) - set(asked))
            asked = list(PICTURES)
        if self.plane is None:
            spared.add("boundary")
        wanted = list(dict.fromkeys(["boundary", "loss", *asked]))
        if self.animate:
            wanted.append("animation")
        for name in wanted:
            try:
                self._check_one(name, net)
                self.wanted.append(name)
            except InputError as error:
                if name not in spared:
                    raise
                hint = " (--plane 1,2)" if name == "boundary" else ""
                self.remarks.append(f"no {name}.png: {error}{hint}")

    def _check_one(self, name: str, net: Network) -> None:
        """Raise `InputError` if a picture can't be drawn; those not named here always can."""
        from ..plots import decision, diagrams, movie, plane

        match name:
            case "boundary":
                decision.check(net, self.problem.y, self.inputs(net))
            case "hidden_space":
                plane.plane(net, self.problem.x)
            case "network":
                diagrams.check(net)
            case "animation":
                movie.check(net, self.problem.y)

    def inputs(self, net: Network) -> list[int] | None:
        """The two inputs of the boundary, from 0."""
        if self.plane is None:
            return None
        if len(self.plane) != 2 or max(self.plane) > net.sizes[0] or self.plane[0] == self.plane[1]:
            shown = ",".join(map(str, self.plane))
            raise InputError(
                f"--plane takes two different inputs from 1 to {net.sizes[0]}, such as 1,2; got"
                f" {shown}."
            )
        return [j - 1 for j in self.plane]

    def files(
        self, run: Run, interrupted: Callable[[], bool] = bool
    ) -> Mapping[str, Callable[[Path], None]]:
        """Return, by file name, what draws each picture. When `interrupted` says so, nothing more
        is drawn: the run is kept without the rest.
        """
        drawings = (self._drawing(run, name, interrupted) for name in self.wanted)
        return {
            file: functools.partial(self._unless_interrupted, draw, interrupted)
            for file, draw in drawings
        }

    def _drawing(
        self, run: Run, name: str, interrupted: Callable[[], bool]
    ) -> tuple[str, Callable[[Path], None]]:
        """Return the file of a picture, and what draws it."""
        if name == "animation":
            return "boundary.gif", functools.partial(self._animate, run, interrupted)
        return f"{name}.png", functools.partial(self._draw, run, name)

    def _unless_interrupted(
        self, draw: Callable[[Path], None], interrupted: Callable[[], bool], path: Path
    ) -> None:
        try:
            if not self.stopped:
                _raise_if(interrupted)
                draw(path)
                self.drawn.append(path.name)
                return
        except KeyboardInterrupt:
            self.stopped = True
            path.unlink(missing_ok=True)
        self.remarks.append(f"no {path.name}: interrupted.")

    def _draw(self, run: Run, name: str, path: Path) -> None:
        from matplotlib.figure import Figure

        from ..plots import style

        figure = Figure(figsize=_size(name, run.network))
        ax = figure.add_subplot()
        if name in ("boundary", "loss") and self.problem.classes and run.diverged_at is None:
            figure.subplots_adjust(**MARGINS)
        else:
            figure.set_layout_engine("constrained")
        self._painters(run, ax)[name]()
        if style.is_crowded(ax, ax.get_title(loc="left")):
            figure.set_layout_engine("constrained")
        figure.savefig(path, dpi=DPI, format="png")

    def _painters(self, run: Run, ax: Axes) -> dict[str, Callable[[], Any]]:
        """Return what draws each picture into a system of axes."""
        from .. import plots

        net, x, y, classes = run.network, run.x, run.y, self.classes()

        def boundary() -> None:
            names = self.problem.inputs
            plots.boundary(net, x, y, ax, inputs=self.inputs(net), names=names, classes=classes)

        weight = f"W{len(net.layers)}[1,1]"
        return {
            "boundary": boundary,
            "loss": lambda: plots.loss(run, ax),
            "hidden_space": lambda: plots.hidden_space(net, x, y, ax, classes=classes),
            "network": lambda: plots.network(net, ax),
            "flow": lambda: plots.flow(net, ax, layer=0),
            "loss_by_weight": lambda: plots.loss_by_weight(net, x, y, weight, ax),
        }

    def _animate(self, run: Run, interrupted: Callable[[], bool], path: Path) -> None:
        from matplotlib.figure import Figure

        from .. import plots

        figure = Figure(figsize=SIZE)
        figure.subplots_adjust(**MARGINS)
        ax = figure.add_subplot()
        movie = plots.animation(run, ax, classes=self.classes())
        movie.save(
            path,
            writer="pillow",
            dpi=DPI_OF_ANIMATION,
            progress_callback=lambda frame, frames: _raise_if(interrupted),
        )

    def classes(self) -> tuple[str, ...]:
        """The names for the legend."""
        names = self.problem.classes
        if len(names) == 2:  # 0 and 1 alone would not say of what
            return tuple(f"{self.problem.target} = {name}" for name in names)
        return names


def _raise_if(interrupted: Callable[[], bool]) -> None:
    """Stop here, where it is safe, after Ctrl-C."""
    if interrupted():
        raise KeyboardInterrupt


def _size(name: str, net: Network) -> tuple[float, float]:
    """Return width and height of a picture in inches."""
    if name == "network":
        return 2.2 * len(net.sizes), 3.6
    if name == "flow":
        return 1.7 * (2 * len(net.layers) + 1), 1.9
    return SIZE
