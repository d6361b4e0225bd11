"""The documents of an exercise: the sheet with its blanks, and the key with the working."""

from __future__ import annotations

import numpy as np

from ..activations import Array
from ..explain.working import Working
from ..prose import comma_list, number_of
from ..steps import GRADIENTS, SIGNALS
from ..typesetting.document import Document
from ..typesetting.figures import number_matrix
from ..typesetting.formats import FORMATS
from ..typesetting.pieces import Blank, Either, Grid, Math, Words, row
from .levels import LEVELS, has_update
from .task import Task

# a sheet is printed or opened, and nothing for a terminal
SHEET_FORMATS = {name: form for name, form in FORMATS.items() if name != "terminal"}


def sheet(task: Task) -> Document:
    """Return the sheet: what is given, and blanks."""
    return _Writer(task).sheet()


def working(task: Task) -> Document:
    """Return the key with the working of every quantity."""
    return _Writer(task).working()


class _Writer:
    """Writes one of the documents of a task."""

    def __init__(self, task: Task):
        self.task = task
        self.doc = Document(task.derivations[0].notation)
        self.works = [Working(derivation, self.doc) for derivation in task.derivations]

    def sheet(self) -> Document:
        task = self.task
        self._introduction("Backpropagation by hand")
        self.doc.say(
            f"**Calculate {LEVELS[task.level]}.** Give every number to {task.decimals} decimals."
            " You may round at each step and go on with what you wrote, or keep all digits: both"
            " are right. Fill in answers.toml too, and “backproof check answers.toml” marks it."
        )
        for stage, names in task.stages.items():
            self._heading(stage)
            for name in names:
                own = task.chain.base(name).name
                # the name is the one in answers.toml; as text the symbol is the name already
                label = Either(Words(""), Words(f"{own}:  "))
                self.doc.show(row(label, self.works[0].symbol(own)), [self._blanks(name)])
        return self.doc

    def working(self) -> Document:
        self._introduction("Backpropagation by hand: the key")
        for stage, names in self.task.stages.items():
            self._heading(stage)
            for name in names:
                self.works[stage - 1].show(self.task.chain.base(name).name)
        return self.doc

    def _introduction(self, title: str) -> None:
        task, net = self.task, self.task.net
        self.doc.heading(1, f"{title} (sheet {task.id})")
        sizes = "-".join(map(str, net.sizes))
        layers = comma_list(f"{one.activation} in layer {n}" for n, one in enumerate(net.layers, 1))
        about = (
            f"A {sizes} network: {layers}. Its loss is {net.loss_record.spoken}, the mean over the"
            f" {number_of(len(task.x), 'example')}."
        )
        if has_update(task.level):
            about += f" The learning rate is `eta` = {task.rate:g}."
        self.doc.say(about)
        self.doc.say(
            "`x` holds the inputs and `y` the targets, one example in each row. Column j of `W`"
            " feeds unit j; the biases `b` are a row, added to every row."
        )
        self._explain_signals()
        for name in ("x", "y", *net.parameters()):
            value = task.derivations[0].value(name)
            self.doc.show(self.works[0].symbol(name), [number_matrix(value, _decimals(value))])

    def _explain_signals(self) -> None:
        """Say of which loss the error signals are derivatives, where these are asked for."""
        kinds = {self.task.chain.base(name).kind for name in self.task.asked}
        if not kinds & {*SIGNALS, *GRADIENTS}:
            return
        self.doc.say(
            "`dL_da` and `delta` hold the derivatives of each example's own loss `L_i`, a row for"
            " each example; `dW` and `db` are the gradients of the mean loss `L`, and the 1/m comes"
            " in there. (If you have it in `dL_da` or `delta` already, go on so throughout: that is"
            " right, too.) The sign · is the matrix product, ⊙ multiplies entry by entry."
        )

    def _heading(self, stage: int) -> None:
        if len(self.task.stages) == 1:
            return
        words = "First step"
        if stage > 1:
            words = "Second step, from the new weights and biases"
        self.doc.heading(2, words)

    def _blanks(self, name: str) -> Math:
        shape = self.task.chain.shapes[name]
        if not shape:
            return Blank()
        rows, columns = shape if len(shape) == 2 else (1, shape[0])
        return Grid(((Blank(),) * columns,) * rows)


def _decimals(value: Array) -> int:
    """Return how many decimals show given numbers as they are: one for halves; at most 6."""
    for count in range(1, 6):
        if np.array_equal(np.round(value, count), value):
            return count
    return 6
