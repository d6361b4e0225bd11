"""The start of the story: what the network is for, what is given, how the indices are read."""

from __future__ import annotations

from ...data.builtin import GATES
from ...prose import number_of
from ...typesetting.pieces import Math
from ..working.matrices import name_matrix, value_matrix
from .teller import Teller

HIDDEN_LAYERS = {0: "no hidden layer", 1: "one hidden layer"}  # in words, by their number


class Introduction(Teller):
    """Tells what is given."""

    def tell(self) -> None:
        """Tell the goal, the inputs, targets and parameters, and the notation."""
        sizes = "-".join(map(str, self.d.net.sizes))
        self.doc.heading(1, f"Backpropagation of a {sizes} network, derived")
        for remark in self.d.options.remarks:
            self.say(remark)
        self._tell_goal()
        self._tell_inputs()
        self._tell_notation()
        self.doc.picture("boundary", "The examples and the network's current predictions")
        self.doc.picture(
            "trained",
            "What to expect of training: the same network after it, and the regions that it"
            " separates",
        )

    def _tell_goal(self) -> None:
        count = self.last - 1
        hidden = HIDDEN_LAYERS.get(count, f"{count} hidden layers")
        problem = self.d.options.problem
        matches = "outputs that match the targets"
        if problem in GATES:
            matches = f"a decision boundary that matches the {problem.upper()} gate"
        self.say(
            f"Goal: train a neural network with {hidden} to have {matches}. Its loss is"
            f" {self.d.net.loss_record.spoken}."
        )

    def _tell_inputs(self) -> None:
        d = self.d
        line = "column" if d.convention.columns else "row"
        parameters = "weights and `b` the biases" if self._biases() else "weights"
        self.say(
            f"`x` holds the inputs and `y` the targets of {number_of(d.m, 'example')}, one per"
            f" {line}; `W` are the {parameters} of each layer:"
        )
        for name in d.given:
            matrices: list[Math] = [value_matrix(d, name)]
            if d.options.symbols and name.startswith(("W", "b")):
                matrices.insert(0, name_matrix(d, name))
            self.doc.show(self.symbol(name), matrices)

    def _tell_notation(self) -> None:
        if self.d.net.sizes[0] > 1:
            self._tell_indices()
        text = "`z` is the value of a unit before its activation function, `a` the value after it."
        if biases := self._biases():
            line = "column" if self.d.convention.columns else "row"
            text += f" `{biases[0]}` is a {line} with one bias per unit, added to every {line}."
        self.say(text)
        if self.d.mean_in_delta:
            self.say(
                "The 1/m of the mean loss is part of `delta` here, so it does not appear in the"
                " gradients `dW` and `db`."
            )

    def _biases(self) -> list[str]:
        return [name for name in self.d.given if name.startswith("b")]

    def _tell_indices(self) -> None:
        weight, into, out = "W1[2,1]", "first", "second"
        if self.d.convention.columns:
            weight, into, out = "W1[1,2]", "second", "first"
        self.say(
            f"Reading the indices: in `{weight}`, the weight of layer 1 from input 2 to unit 1,"
            f" the {into} index counts where it comes from and the {out} the unit that it"
            " feeds. Indices count from 1."
        )
