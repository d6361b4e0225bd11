"""The reasons behind a gradient: how much it contributed, how wrong the prediction is, and their
product (the notes' "logic behind").
"""

from __future__ import annotations

import numpy as np

from ..activations import Array
from ..arithmetic.formulas import named_entries
from ..backprop import backward
from ..formula import Number
from ..losses import LOSSES
from ..network import Layer, Network
from ..typesetting.document import Document
from ..typesetting.figures import lines_shown, texts
from ..typesetting.pieces import Brace, Letter, Math, Script, Sign, Words, row
from .weight_story import contribution_table, slice_table
from .weights import SILENT, Weight
from .worked import Worked
from .working import Working

SHOWN_EXAMPLES = 8


class Reasons:
    """Tells the reasons of the gradient of one layer's weights."""

    def __init__(self, d: Worked, document: Document):
        self.d, self.doc, self.last = d, document, d.last
        self.work = Working(d, document)
        self.say, self.symbol = document.say, self.work.symbol

    def contribution(self, layer: int, before: str) -> None:
        """The logic behind a, or dz/dW."""
        d = self.d
        w = "W" + str(layer) + "[1,1]"
        self.doc.heading(3, f"The logic behind `{before}`: how much it contributed")
        if d.options.symbols and d.readable(before) and before != "x":
            self.doc.show(
                self.symbol(before),
                [
                    self.work.entry_grid(named_entries(before, d.shapes[before])),
                    self.work.value(before),
                ],
            )
        self.say(
            f"`dz{layer}_dW{layer}` measures how much a change of a weight of `W{layer}` changes"
            f" `z{layer}`. In `z{layer}` = ",
            d.notation.math(d[f"z{layer}"].step.formula),
            f" **the only factor that scales** `W{layer}` **is** `{before}`. If it is small or near"
            " 0 for an example, the unit barely fired there: it contributed very little to the"
            " output, and a change of its weight has almost no effect. **Low activation = low"
            " impact of the weight = low contribution to the output.**",
        )
        if d.options.symbols and d.readable(before) and before != "x":
            self.say(
                f"Think of `{before}` with a small value in one place, so that unit 1 barely fired"
                f" at {d.labels[-1]}:"
            )
            self.doc.show(self.symbol(before), [self.barely_fired(before)])
        self.say(*Weight(d, w).thought_experiment())

    def barely_fired(self, before: str) -> Math:
        """The notes' matrix of activations, with 0.001 for unit 1 at the last example."""
        entries = named_entries(before, self.d.shapes[before])
        entries[(0, -1) if self.d.convention.columns else (-1, 0)] = Number(SILENT)
        return self.work.entry_grid(entries)

    def meaning_of_delta(self) -> None:
        """The logic behind delta: an error signal, its sign, its size."""
        d, last = self.d, self.last
        delta, a = f"delta{last}", f"a{last}"
        self.doc.heading(3, f"The logic behind `{delta}`: how wrong the prediction is")
        self.say(
            f"`{delta}` or `dL_dz{last}` is the **error signal**: it measures how wrong the"
            " prediction is, by the **magnitude and direction** of the slope of the loss at"
            f" `z{last}`."
        )
        self.other_losses()
        self.say(
            f"The sign says whether the network over-estimated or under-estimated. Where `{delta}`"
            f" is positive it **over-estimated**, and `z{last}` must come down; where it is"
            f" negative it under-estimated, and `z{last}` must go up. What can be changed for that"
            f" are the weights and biases alone: `W{last}`, which feeds into `z{last}`, has to be"
            " decreased where what comes in is positive (as it always is from a sigmoid; from"
            " tanh, or from inputs below 0, it may be negative, and then the weight has to be"
            " increased)."
        )
        self.table_of_errors(a, delta)
        self.say(
            "Think of a simple graph with a weight along one axis and the loss along the other."
            " Where the gradient is positive the loss goes up with the weight, so the weight must"
            " be reduced to come nearer to the value that minimises the loss: if the ideal weight"
            " is 0 and it is at 1, it has to go from 1 towards 0. For the first weight that looks"
            " like this:"
        )
        slice_table(self.d, self.doc, Weight(d, f"W{last}[1,1]"))
        self.say(
            "The goal of backpropagation is to find out how much to change the weights to reduce"
            " the loss."
        )
        self.mistakes(delta)

    def other_losses(self) -> None:
        """Add delta under every loss that suits the output, at the same numbers."""
        d, last = self.d, self.last
        names = d.losses()
        delta = d.own_steps[[step.name for step in d.own_steps].index(f"delta{last}")]
        columns = [
            (name, d.as_reader(delta, d.objective.under(name).quantities()[delta.name]))
            for name in names
        ]
        if d.net.loss_record not in LOSSES.values():
            columns.insert(0, (d.net.loss, d[f"delta{last}"].value))
        self.say(
            "It is a **gradient, not the literal error**. With some losses and activations it"
            f" simplifies to `a{last} - y`; with others it does not. The same outputs under other"
            f" losses have another `delta{last}`:"
        )
        errors = d.convention.as_laid(d.ours[f"a{last}"] - d.y)
        self.example_table([("output − target", errors), *columns])

    def example_table(self, columns: list[tuple[str, Array]]) -> None:
        """A row for each example (of its first output), numbers lined up by column."""
        d = self.d
        rows = lines_shown(d.m, SHOWN_EXAMPLES)
        cells = []
        for _, value in columns:
            flat = value[0] if d.convention.columns else value[:, 0]
            cells.append(texts(flat, d.options.decimals))
        found = [
            (
                ["…"] * (len(columns) + 1)
                if i is None
                else [d.labels[i], *(column[i] for column in cells)]
            )
            for i in rows
        ]
        first = " (output 1)" if d.net.sizes[-1] > 1 else ""
        self.doc.table([f"example{first}", *(name for name, _ in columns)], found)

    def table_of_errors(self, a: str, delta: str) -> None:
        """Add for each example output, target, delta and what its sign says."""
        d = self.d
        signal = d[delta].shown[0] if d.convention.columns else d[delta].shown[:, 0]
        says = {1: "over-estimated", -1: "under-estimated", 0: "exactly right"}
        outputs, targets, signals = (
            texts(value[0] if d.convention.columns else value[:, 0], d.options.decimals)
            for value in (d.value(a), d.given["y"], d[delta].shown)
        )
        rows = [
            (
                ["…"] * 5
                if i is None
                else [
                    d.labels[i],
                    outputs[i],
                    targets[i],
                    signals[i],
                    says[int(np.sign(signal[i]))],
                ]
            )
            for i in lines_shown(d.m, SHOWN_EXAMPLES)
        ]
        self.doc.table(["example", f"`{a}`", "`y`", f"`{delta}`", "the network"], rows)

    def mistakes(self, delta: str) -> None:
        """The notes' mistakes A and B, under this network's loss and output."""
        d, last = self.d, self.last
        record = d.net.layers[-1].f
        self.say(f"The absolute value of `{delta}` tells the network how big the mistake is.")
        if record.is_probability:
            for name, output in (("A", 0.9), ("B", 0.6)):
                net = Network([Layer([[1.0]], None, record)], d.net.loss_record)
                value = float(backward(net, [[record.inverse(output)]], [[1.0]])["delta1"].item())
                found = texts(np.array([value]), min(d.options.decimals, 4))[0].rstrip("0")
                self.say(
                    f"Mistake {name}: `a{last} = {output}` when the target is `y = 1.0`, then"
                    f" `{delta} = {found}`.",
                    bullet=True,
                )
            self.say(
                f"Propagated backwards, mistake B changes the weights `W{last}` by a larger amount"
                " than mistake A."
            )
        flat = np.abs(d[delta].value)
        axis = 0 if d.convention.columns else 1
        sizes = flat.max(axis=axis)
        worst, best = int(sizes.argmax()), int(sizes.argmin())
        if d.m > 1 and sizes[worst] > sizes[best]:
            numbers = texts(np.array([sizes[worst], sizes[best]]), d.options.decimals)
            self.say(
                f"Here the biggest mistake is {d.labels[worst]} (size {numbers[0]}) and the"
                f" smallest {d.labels[best]} (size {numbers[1]})."
            )

    def how_wrong(self, layer: int, before: str) -> None:
        """The logic behind the final weight gradient."""
        self.doc.heading(3, "The logic behind the final weight gradient")
        wrong = Brace(Script(Letter("δ")), "how wrong the prediction is")
        much = Brace(Script(Letter("a")), "how much the weight contributed")
        self.doc.show(Words("final weight gradient"), [("∝", row(wrong, Sign("×"), much))])
        self.say(
            f"`dL_dW{layer}` says **how much the weights should be changed**. The matrix product of"
            f" `{before}` with the error signal sums, over the examples, **how wrong the prediction"
            " is × how much the weight contributed to the output**. For one weight:"
        )
        contribution_table(self.d, self.doc, Weight(self.d, f"W{layer}[1,1]"))
