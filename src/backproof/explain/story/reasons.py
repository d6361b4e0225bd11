"""The reasons behind a gradient: how much it contributed, how wrong the prediction is, and their
product (the notes' "logic behind").
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...arithmetic.formulas import named_entries
from ...backprop import backward
from ...formula import Number
from ...losses import LOSSES
from ...network import Layer, Network
from ...records import Activation, Array
from ...typesetting.figures import texts, told_apart
from ...typesetting.pieces import Brace, Letter, Math, Script, Sign, Words, row
from ..tables import example_rows, number_shown
from ..weight import SILENT, Weight
from ..weight_tables import show_contributions, show_slice
from ..working.matrices import entry_matrix, value_matrix
from .teller import Teller

REASON_ROWS = 8  # rows of a table
VERDICTS = {1: "over-estimated", -1: "under-estimated", 0: "exactly right"}  # by the sign of delta
NOTES_MISTAKES = {"A": 0.9, "B": 0.6}  # the notes' outputs where the target is 1


class Reasons(Teller):
    """Tells the reasons of the gradient of the output layer's weights."""

    def tell(self) -> None:
        """Tell how much the weights contributed, how wrong the prediction is, and both together."""
        weight = Weight(self.d, f"W{self.last}[1,1]")
        self._tell_contribution(weight)
        self._tell_meaning_of_delta(weight)
        self._tell_how_wrong_times_how_much(weight)

    def _tell_contribution(self, weight: Weight) -> None:
        """The logic behind a, or dz/dW."""
        d, layer, before = self.d, weight.layer, weight.before
        in_symbols = d.options.symbols and before != "x" and d.readable(before)
        self.doc.heading(3, f"The logic behind `{before}`: how much it contributed")
        if in_symbols:
            names = entry_matrix(d, named_entries(before, d.shapes[before]))
            self.doc.show(self.symbol(before), [names, value_matrix(d, before)])
        self.say(
            f"`dz{layer}_dW{layer}` measures how much a change of a weight of `W{layer}` changes"
            f" `z{layer}`. In `z{layer}` = ",
            self.equation(f"z{layer}"),
            f" **the only factor that scales** `W{layer}` **is** `{before}`. If it is small or near"
            " 0 for an example, the unit barely fired there: it contributed very little to the"
            " output, and a change of its weight has almost no effect. **Low activation = low"
            " impact of the weight = low contribution to the output.**",
        )
        if in_symbols:
            self.say(
                f"Think of `{before}` with a small value in one place, so that unit 1 barely fired"
                f" at {d.labels[-1]}:"
            )
            self.doc.show(self.symbol(before), [self._barely_fired(before)])
        self.say(weight.thought_experiment())

    def _barely_fired(self, before: str) -> Math:
        """The notes' matrix of activations, with 0.001 for unit 1 at the last example."""
        entries = named_entries(before, self.d.shapes[before])
        entries[(0, -1) if self.d.convention.columns else (-1, 0)] = Number(SILENT)
        return entry_matrix(self.d, entries)

    def _tell_meaning_of_delta(self, weight: Weight) -> None:
        """The logic behind delta: an error signal, its sign, its size."""
        last, delta = self.last, f"delta{self.last}"
        self.doc.heading(3, f"The logic behind `{delta}`: how wrong the prediction is")
        self.say(
            f"`{delta}` or `dL_dz{last}` is the **error signal**: it measures how wrong the"
            " prediction is, by the **magnitude and direction** of the slope of the loss at"
            f" `z{last}`."
        )
        self._show_other_losses()
        self.say(
            f"The sign says whether the network over-estimated or under-estimated. Where `{delta}`"
            f" is positive it **over-estimated**, and `z{last}` must come down; where it is"
            f" negative it under-estimated, and `z{last}` must go up. What can be changed for that"
            f" are the weights and biases alone: `W{last}`, which feeds into `z{last}`, has to be"
            " decreased where what comes in is positive (as it always is after a sigmoid; after"
            " tanh, or with inputs below 0, it may be negative, and then the weight has to be"
            " increased)."
        )
        self._show_errors()
        self._tell_downhill(weight)
        self._tell_mistakes()

    def _show_other_losses(self) -> None:
        """Add delta under every loss that suits the output, at the same numbers."""
        d, name = self.d, f"delta{self.last}"
        self.say(
            "It is a **gradient, not the literal error**. With some losses and activations it"
            f" simplifies to `a{self.last} - y`; with others it does not. With another loss, the"
            f" same outputs have another `{name}`:"
        )
        titles = ["output − target"]
        values = [d.convention.as_laid(d.ours[f"a{self.last}"] - d.y)]
        if d.net.loss_record not in LOSSES.values():  # a loss of one's own
            titles.append(d.net.loss)
            values.append(d[name].value)
        own_step = next(step for step in d.own_steps if step.name == name)
        for loss in d.losses():
            titles.append(loss)
            values.append(d.as_reader(own_step, d.objective.under(loss).quantities()[name]))
        example = "example (output 1)" if d.net.sizes[-1] > 1 else "example"
        columns = [self._of_first_unit(value) for value in values]
        self.doc.table([example, *titles], example_rows(d.labels, columns, REASON_ROWS))

    def _of_first_unit(self, value: Array) -> list[str]:
        """The number of the first unit at each example, in line."""
        return texts(self.d.of_first_unit(value), self.d.options.decimals)

    def _show_errors(self) -> None:
        """Add for each example output, target, delta and what its sign says."""
        d, output, delta = self.d, f"a{self.last}", f"delta{self.last}"
        columns = [self._of_first_unit(d.value(name)) for name in (output, "y", delta)]
        signs = np.sign(d.of_first_unit(d[delta].shown))
        columns.append([VERDICTS[int(sign)] for sign in signs])
        header = ["example", f"`{output}`", "`y`", f"`{delta}`", "the network"]
        self.doc.table(header, example_rows(d.labels, columns, REASON_ROWS))

    def _tell_downhill(self, weight: Weight) -> None:
        self.say(
            "Think of a simple graph with a weight along one axis and the loss along the other."
            " Where the gradient is positive the loss goes up with the weight, so the weight must"
            " be reduced to come nearer to the value that minimises the loss: if the ideal weight"
            " is 0 and it is at 1, it has to go from 1 towards 0. For the first weight it looks"
            " like this:"
        )
        show_slice(self.doc, weight)
        self.say(
            "The goal of backpropagation is to find out how much to change the weights to reduce"
            " the loss."
        )

    def _tell_mistakes(self) -> None:
        """The notes' mistakes A and B, under this network's loss and output, and this network's
        own biggest and smallest.
        """
        delta = f"delta{self.last}"
        self.say(f"The absolute value of `{delta}` tells the network how big the mistake is.")
        record = self.d.net.layers[-1].f
        inputs = {name: record.inverse(output) for name, output in NOTES_MISTAKES.items()}
        if record.is_probability and None not in inputs.values():
            self._tell_mistakes_of_the_notes(record, inputs)
        self._tell_biggest_mistake()

    def _tell_mistakes_of_the_notes(
        self, record: Activation, inputs: Mapping[str, float | None]
    ) -> None:
        last = self.last
        decimals = min(self.d.options.decimals, 4)
        # one unit whose input is its pre-activation, so that it can be given its output
        net = Network([Layer([[1.0]], None, record)], self.d.net.loss_record)
        for name, output in NOTES_MISTAKES.items():
            q = backward(net, [[inputs[name]]], [[1.0]])
            delta = number_shown(q["delta1"].item(), decimals).rstrip("0")
            self.say(
                f"Mistake {name}: `a{last} = {output}` when the target is `y = 1.0`, then"
                f" `delta{last} = {delta}`.",
                bullet=True,
            )
        self.say(
            f"Propagated backwards, mistake B changes the weights `W{last}` by a larger amount"
            " than mistake A."
        )

    def _tell_biggest_mistake(self) -> None:
        """Say which example is the most wrong, and which the least, if they differ."""
        d = self.d
        sizes = np.abs(d[f"delta{self.last}"].value).max(axis=0 if d.convention.columns else 1)
        worst, best = int(sizes.argmax()), int(sizes.argmin())
        if sizes[worst] > sizes[best]:
            biggest, smallest = told_apart([sizes[worst], sizes[best]], d.options.decimals)
            self.say(
                f"Here the biggest mistake is at {d.labels[worst]} (size {biggest}) and the"
                f" smallest at {d.labels[best]} (size {smallest})."
            )

    def _tell_how_wrong_times_how_much(self, weight: Weight) -> None:
        """The logic behind the final weight gradient."""
        self.doc.heading(3, "The logic behind the final weight gradient")
        wrong = Brace(Script(Letter("δ")), "how wrong the prediction is")
        much = Brace(Script(Letter("a")), "how much the weight contributed")
        self.doc.show(Words("final weight gradient"), [("∝", row(wrong, Sign("×"), much))])
        self.say(
            f"`dL_dW{weight.layer}` says **how much the weights should be changed**. The matrix"
            f" product of `{weight.before}` with the error signal sums, over the examples, **how"
            " wrong the prediction is × how much the weight contributed to the output**. For one"
            " weight:"
        )
        show_contributions(self.doc, weight)
