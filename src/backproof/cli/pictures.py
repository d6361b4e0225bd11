"""The pictures that `backproof train` leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..data.problem import Problem
from ..errors import InputError, choose
from ..network import Network
from ..training.run import Run

DPI = 120
SIZE = (5.2, 4.6)
MARGINS = {
    "left": 0.14,
    "right": 0.96,
    "bottom": 0.12,
    "top": 0.91,
}  # fits the usual pictures; to measure them costs 0.1 s
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
    """

    problem: Problem
    extra: str
    animate: bool
    plane: list[int] | None
    remarks: list[str] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)

    def check(self, net: Network) -> None:
        """Decide what can be drawn; raise `InputError` for a picture that was asked for and can't
        be, before anything is trained.
        """
        from ..plots import decision, diagrams, movie, plane

        names = [name.strip() for name in self.extra.split(",") if name.strip()]
        asked = list(PICTURES) if names == ["all"] else names
        for name in asked:
            choose("picture", name, dict.fromkeys((*PICTURES, "all")))
        inputs = self.inputs(net)
        checks: dict[str, Callable[[], Any]] = {
            "boundary": lambda: decision.check(net, self.problem.y, inputs),
            "hidden_space": lambda: plane.plane(net, self.problem.x),
            "network": lambda: diagrams.check(net),
            "animation": lambda: movie.check(net, self.problem.y),
        }
        for name in ["boundary", "loss", *asked, *(["animation"] if self.animate else [])]:
            try:
                checks.get(name, lambda: None)()
                self.wanted.append(name)
            except InputError as error:
                if (name == "boundary" and self.plane is None) or (
                    names == ["all"] and name in asked
                ):
                    self.remarks.append(
                        f"no {name}.png: {error}{' (--plane 1,2)' if name == 'boundary' else ''}"
                    )
                else:
                    raise

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

    def files(self, run: Run) -> Mapping[str, Callable[[Path], None]]:
        """Return, by file name, what draws each picture."""
        made: dict[str, Callable[[Path], None]] = {}
        for name in self.wanted:
            if name == "animation":
                made["boundary.gif"] = lambda path: self._animate(run, path)
            else:
                made[f"{name}.png"] = lambda path, name=name: self._draw(run, name, path)  # type: ignore[misc]
        return made

    def _draw(self, run: Run, name: str, path: Path) -> None:
        from matplotlib.figure import Figure

        from .. import plots

        net, x, y, classes = run.network, run.x, run.y, self.classes()
        sizes = {
            "network": (2.2 * len(net.sizes), 3.6),
            "flow": (1.7 * (2 * len(net.layers) + 1), 1.9),
        }
        figure = Figure(figsize=sizes.get(name, SIZE))
        ax = figure.add_subplot()
        if name in ("boundary", "loss") and self.problem.classes and run.diverged_at is None:
            figure.subplots_adjust(**MARGINS)
        else:
            figure.set_layout_engine("constrained")
        draw: dict[str, Callable[[], Any]] = {
            "boundary": lambda: plots.boundary(
                net, x, y, ax, inputs=self.inputs(net), names=self.problem.inputs, classes=classes
            ),
            "loss": lambda: plots.loss(run, ax),
            "hidden_space": lambda: plots.hidden_space(net, x, y, ax, classes=classes),
            "network": lambda: plots.network(net, ax),
            "flow": lambda: plots.flow(net, ax, layer=0),
            "loss_by_weight": lambda: plots.loss_by_weight(
                net, x, y, f"W{len(net.layers)}[1,1]", ax
            ),
        }
        draw[name]()
        figure.savefig(path, dpi=DPI, format="png")

    def _animate(self, run: Run, path: Path) -> None:
        from matplotlib.figure import Figure

        from .. import plots

        figure = Figure(figsize=SIZE)
        figure.subplots_adjust(**MARGINS)
        ax = figure.add_subplot()
        plots.animation(run, ax, classes=self.classes()).save(path, writer="pillow", dpi=80)

    def classes(self) -> tuple[str, ...]:
        """The names for the legend."""
        names = self.problem.classes
        return (
            tuple(f"{self.problem.target} = {name}" for name in names) if len(names) == 2 else names
        )
