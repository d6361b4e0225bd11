"""The derivation as it is told: the forward pass, the loss, the error signal, the gradients and their reasons, the update.

It goes in the order of the notes that the program comes from; docs/notes.md says where each of their lines stands.
"""

from __future__ import annotations

import numpy as np

from ..activations import Array
from ..backprop import backward
from ..formula import Call, Formula, Name
from ..losses import LOSSES
from ..network import Layer, Network
from .derivation import Derivation
from .document import Document
from .entries import loss_entry, named_entries
from .expressions import parse, with_values
from .figures import kept, texts
from .layout import Arrow, Big, Brace, Digits, Either, Fraction, Letter, Math, Row, Script, Sign, Words, row
from .simplify import product_of
from .weights import Weight, contribution_table, slice_table
from .working import Working, shape_text

GATES = ("xor", "and", "or", "nand", "nor", "xnor")
NAMES = {"bce": "binary cross entropy", "cce": "categorical cross entropy", "mse": "squared error", "half_mse": "half the squared error"}
SHOWN_EXAMPLES = 8


def loss_name(name: str) -> str:
    """Return a loss as one says it."""
    return NAMES.get(name, name)


def story(d: Derivation) -> Document:
    """Return the whole derivation as a document."""
    document = Document(d.notation)
    teller = _Teller(d, document)
    teller.given()
    teller.forward()
    teller.loss()
    teller.output()
    for layer in range(d.last - 1, 0, -1):
        teller.hidden(layer)
    teller.update()
    return document


class _Teller:
    def __init__(self, d: Derivation, document: Document):
        self.d, self.doc, self.last = d, document, d.last
        self.work = Working(d, document)
        self.say, self.symbol = document.say, self.work.symbol

    # what is given

    def given(self) -> None:
        d, net = self.d, self.d.net
        self.doc.heading(1, f"Backpropagation of a {'-'.join(map(str, net.sizes))} network, derived")
        for remark in d.options.remarks:
            self.say(remark)
        hidden = {0: "no hidden layer", 1: "one hidden layer"}.get(self.last - 1, f"{self.last - 1} hidden layers")
        matches = (
            f"a decision boundary that matches the {d.options.problem.upper()} gate"
            if d.options.problem in GATES
            else "outputs that match the targets"
        )
        self.say(f"Goal: train a neural network with {hidden} to have {matches}. Its loss is the {loss_name(net.loss)}.")
        self.say(
            f"`x` holds the inputs and `y` the targets of {d.m} example{'s' * (d.m != 1)}, one in each "
            f"{'column' if d.options.convention.columns else 'row'}; `W` are weights and `b` biases, one pair for each layer:"
        )
        for name in d.given:
            symbols = [self.work.named(name)] if name[0] in "Wb" and d.options.symbols else []
            self.doc.show(self.symbol(name), [*symbols, self.work.value(name)])
        self.notation_notes()
        self.doc.picture("boundary", "The examples, and the two sides that the network gives them now")
        self.doc.picture("trained", "What to expect of training: the same network after it, and the regions that it separates")

    def notation_notes(self) -> None:
        columns = self.d.options.convention.columns
        into, out = ("second", "first") if columns else ("first", "second")
        pair = "W1[1,2]" if columns else "W1[2,1]"
        if self.d.net.sizes[0] > 1:
            self.say(
                f"Reading the indices: in `{pair}`, the weight of layer 1 from input 2 to unit 1, the {into} index counts where it comes from "
                f"and the {out} the unit that it feeds. Indices count from 1."
            )
        self.say(
            "`z` is a unit before its activation, `a` after it. "
            + ("`b1` is a column, added to every column." if columns else "`b1` is a row of one bias for each unit, added to every row.")
        )
        if self.d.options.convention.mean_in == "delta":
            self.say("The 1/m of the mean loss stands in `delta` here, and so in none of the gradients `dW` and `db`.")

    # forward

    def forward(self) -> None:
        self.doc.heading(2, "Forward pass")
        for layer in range(1, self.last + 1):
            for letter in "za":
                step = self.d[f"{letter}{layer}"].step
                self.doc.show(self.symbol(step.name), [self.d.notation.math(self.d.formula(step.name))], 0)
        for layer in range(1, self.last + 1):
            self.doc.heading(3, f"Layer {layer}")
            self.work.show(f"z{layer}")
            self.activation(layer)
            self.work.show(f"a{layer}")

    def activation(self, layer: int) -> None:
        record = self.d.net.layers[layer - 1].f
        seen = [earlier.f for earlier in self.d.net.layers[: layer - 1]]
        if record.formula and record not in seen and record.name != "identity":
            name = self.d.notation.math(Call(record.name, (Name("z"),)))
            formula = self.d.notation.math(parse(record.formula))
            left = Script(name, Letter("j")) if record.couples else name
            self.doc.show(left, [formula])

    def loss(self) -> None:
        d = self.d
        a, y = Name(f"a{self.last}"), Name("y")
        self.doc.heading(2, "Loss")
        own = d.notation.math(loss_entry(d.net.loss_record, a, y))
        self.doc.show(Script(Letter("L"), Letter("i")), [own])
        self.say("for each example" + (", summed over its outputs." if d.net.sizes[-1] > 1 else "."))
        share = Either(Letter("1/m "), Fraction(Digits("1"), Letter("m")))
        total = row(share, self.sum_of_losses())
        lines: list[Math] = [total]
        if d.options.l2:
            lines = [row(total, Sign("+"), Words("penalty "), d.notation.math(parse("l2 / 2")), Words(" · sum of all squared weights"))]
        entries = d.as_read("loss") if d.options.symbols and not d.options.l2 else None
        if entries is not None and d.m * d.net.sizes[-1] <= SHOWN_EXAMPLES:
            lines += [self.work.entry_grid(entries) if entries.ndim else d.notation.math(entries.item())]
            lines += self.work.with_numbers("loss")
        self.doc.show(self.symbol("loss"), [*lines, self.work.value("loss")], 3)
        self.say(d["loss"].step.words)

    def sum_of_losses(self) -> Math:
        weight = row(Script(Letter("s"), Letter("i")), Sign("·")) if self.d.options.example_weights is not None else Row(())
        return Big(row(Letter("i"), Sign("="), Digits("1")), Letter("m"), row(weight, Script(Letter("L"), Letter("i"))))

    # the output layer

    def output(self) -> None:
        last, d = self.last, self.d
        self.doc.heading(2, f"Weight gradients: the error signal of the output, `delta{last}`")
        self.say(
            "The structure of the gradient is the same whatever the loss and the activation: it is "
            "**always the upstream error scaled by the derivative of the activation function**."
        )
        chain = [f"dL_da{last}", f"da{last}_dz{last}"]
        self.doc.show(self.symbol(f"delta{last}"), [self.symbol(f"dL_dz{last}"), self.work.product(chain)], 6)
        self.loss_slope()
        self.slope(last)
        self.error_signal()
        self.weights_of(last, first=True)
        self.biases_of(last, first=True)

    def loss_slope(self) -> None:
        last = self.last
        self.say(
            f"For `dL_da{last}`: the loss is the {loss_name(self.d.net.loss)}, in which `a{last}` stands, so it is differentiated directly."
        )
        self.work.show(f"dL_da{last}")

    def slope(self, layer: int) -> None:
        record = self.d.net.layers[layer - 1].f
        self.say(f"For `da{layer}_dz{layer}`: `a{layer}` is the {record.name} of `z{layer}`.")
        self.work.show(f"da{layer}_dz{layer}")

    def error_signal(self) -> None:
        last, d = self.last, self.d
        name = f"delta{last}"
        step = d[name].step
        record, loss = d.net.layers[-1].f, d.net.loss_record
        lines: list[Math | tuple[str, Math]] = [self.work.product([f"dL_da{last}", f"da{last}_dz{last}"])]
        found = product_of(loss, record) if d.options.symbols and d.options.example_weights is None else None
        if record.couples:
            lines = [d.notation.math(d.formula(name))] if not step.simplified else self.softmax_product()
        elif found is not None:
            lines += [d.notation.math(at_layer(piece, last)) for piece in found.lines]
        if step.simplified:
            simple = d.notation.math(step.simplified)
            if lines[-1] != simple:
                lines.append(simple)
        if (d[name].value.ndim <= 2 and not record.couples) or step.simplified:
            lines += self.work.with_numbers(name) if step.simplified else [self.d.notation.math(step.formula, self.work.number_leaf)]
        self.doc.show(self.symbol(name), [*lines, self.work.value(name)], 6)
        if step.simplified:
            first = "The product simplifies: what is left is the output minus the target. "
        elif found is not None and found.simpler:
            first = f"The product simplifies, but not to `a{last} - y`. "
        else:
            first = f"This product does not simplify to `a{last} - y`: it stays a product. "
        self.say(first, step.words, *self.work.shape_words(name))

    def softmax_product(self) -> list[Math | tuple[str, Math]]:
        """The product of equation 6 for softmax and categorical cross entropy, entry k of example i."""
        last = self.last
        a_k, y_k = f"a{last}[i,k]", "y[i,k]"
        return [
            self.d.notation.math(self.d.formula_of(f"delta{last}")),
            self.d.notation.math(parse(f"Sum(-y[i,j] * (KroneckerDelta(j, k) - {a_k}), j)"), self.sizes_leaf),
            self.d.notation.math(parse(f"-{y_k} + {a_k} * Sum(y[i,j], j)"), self.sizes_leaf),
            row(self.d.notation.math(parse(f"{a_k} - {y_k}")), Words(", since each row of y sums to 1, ")),
        ]

    def sizes_leaf(self, part: object) -> Math | None:
        return self.d.notation.math(parse(str(self.d.net.sizes[-1]))) if part == Name("n") else None

    # the gradient of a layer's weights and biases

    def weights_of(self, layer: int, first: bool = False) -> None:
        d, last = self.d, self.last
        name, before = f"dW{layer}", f"a{layer - 1}" if layer > 1 else "x"
        factor = f"dz{layer}_dW{layer}"
        self.doc.heading(3 if first else 4, f"The gradient of `W{layer}`")
        if first:
            self.say(
                f"First `dW{layer}`, the **average gradient** across all {d.m} training examples; `x` has shape ",
                Words(shape_text(d.shapes["x"])),
                ".",
            )
        lines: list[Math | tuple[str, Math]] = [self.symbol(f"dL_dW{layer}"), self.work.product([f"dL_dz{layer}", factor])]
        lines.append(self.work.product([f"dL_da{layer}", f"da{layer}_dz{layer}", factor]))
        if layer < last:
            lines.append(self.work.product([*self.path(layer), factor]))
        self.doc.show(self.symbol(name), lines)
        self.say(
            f"For `{factor}`: recall `z{layer}` = ",
            d.notation.math(d[f"z{layer}"].step.formula),
            f". Differentiated by `W{layer}`, that is `{before}`:",
        )
        self.doc.show(self.symbol(factor), [self.symbol(before)])
        self.work.show(name)
        self.say(*self.work.transposed(name))
        if first:
            self.contribution(layer, before)
            self.meaning_of_delta()
            self.how_wrong(layer, before)

    def path(self, layer: int) -> list[str]:
        """The factors from the loss back to z of a layer."""
        found = [f"dL_da{self.last}", f"da{self.last}_dz{self.last}"]
        for later in range(self.last, layer, -1):
            found += [f"dz{later}_da{later - 1}", f"da{later - 1}_dz{later - 1}"]
        return found

    def contribution(self, layer: int, before: str) -> None:
        """The logic behind a, or dz/dW."""
        d = self.d
        w = "W" + str(layer) + "[1,1]"
        self.doc.heading(3, f"The logic behind `{before}`: how much it contributed")
        if d.options.symbols and d.readable(before) and before != "x":
            self.doc.show(self.symbol(before), [self.work.entry_grid(named_entries(before, d.shapes[before])), self.work.value(before)])
        self.say(
            f"`dz{layer}_dW{layer}` measures how much a change of a weight of `W{layer}` changes `z{layer}`. In `z{layer}` = ",
            d.notation.math(d[f"z{layer}"].step.formula),
            f" **the only factor that scales** `W{layer}` **is** `{before}`. If it is small or near 0 for an example, the unit barely fired "
            "there: it contributed very little to the output, and a change of its weight has almost no effect. "
            "**Low activation = low impact of the weight = low contribution to the output.**",
        )
        self.say(*Weight(d, w).thought_experiment())

    def meaning_of_delta(self) -> None:
        """The logic behind delta: an error signal, its sign, its size."""
        d, last = self.d, self.last
        delta, a = f"delta{last}", f"a{last}"
        self.doc.heading(3, f"The logic behind `{delta}`: how wrong the prediction is")
        self.say(
            f"`{delta}` or `dL_dz{last}` is the **error signal**: it measures how wrong the prediction is, by the **magnitude and direction** "
            f"of the slope of the loss at `z{last}`."
        )
        self.other_losses()
        self.say(
            f"The sign says whether the network over-estimated or under-estimated. Where `{delta}` is positive it **over-estimated**, and `z{last}` must come "
            f"down; where it is negative it under-estimated, and `z{last}` must go up. What can be changed for that are the weights and biases alone: "
            f"`W{last}`, which feeds into `z{last}`, has to be decreased where what comes in is positive (as it always is from a sigmoid; from tanh, or from "
            "inputs below 0, it may be negative, and then the weight has to be increased)."
        )
        self.table_of_errors(a, delta)
        self.say(
            "Think of a simple graph with a weight along one axis and the loss along the other. Where the gradient is positive the loss goes up with the weight, "
            "so the weight must be reduced to come nearer to the value that minimises the loss: if the ideal weight is 0 and it is at 1, it has to go from 1 "
            "towards 0. For the first weight that looks like this:"
        )
        slice_table(self.d, self.doc, Weight(d, f"W{last}[1,1]"))
        self.say("The goal of backpropagation is to find out how much to change the weights to reduce the loss.")
        self.mistakes(delta)

    def other_losses(self) -> None:
        d, last = self.d, self.last
        record = d.net.layers[-1].f
        names = [name for name, loss in LOSSES.items() if loss.accepts(record)]
        columns = [
            (name, d.options.convention.value(f"delta{last}", backward(d.net, d.x, d.y, name)[f"delta{last}"], d.m)) for name in names
        ]
        if d.net.loss_record not in LOSSES.values():
            columns.insert(0, (d.net.loss, d[f"delta{last}"].value))
        self.say(
            f"It is a **gradient, not the literal error**. With some losses and activations it simplifies to `a{last} - y`; with others it does not. "
            f"The same outputs under other losses have another `delta{last}`:"
        )
        errors = d.options.convention.turned(d.ours[f"a{last}"] - d.y)
        self.example_table([("output − target", errors), *columns])

    def example_table(self, columns: list[tuple[str, Array]]) -> None:
        """A row for each example (of its first output), numbers lined up by column."""
        d = self.d
        rows = kept(d.m, SHOWN_EXAMPLES)
        cells = []
        for _, value in columns:
            flat = value[0] if d.options.convention.columns else value[:, 0]
            cells.append(texts(flat, d.options.decimals))
        found = [["…"] * (len(columns) + 1) if i is None else [d.labels[i], *(column[i] for column in cells)] for i in rows]
        first = " (output 1)" if d.net.sizes[-1] > 1 else ""
        self.doc.table([f"example{first}", *(name for name, _ in columns)], found)

    def table_of_errors(self, a: str, delta: str) -> None:
        d = self.d
        signal = d[delta].shown[0] if d.options.convention.columns else d[delta].shown[:, 0]
        says = {1: "over-estimated", -1: "under-estimated", 0: "exactly right"}
        outputs, targets, signals = (
            texts(value[0] if d.options.convention.columns else value[:, 0], d.options.decimals)
            for value in (d.value(a), d.given["y"], d[delta].shown)
        )
        rows = [
            ["…"] * 5 if i is None else [d.labels[i], outputs[i], targets[i], signals[i], says[int(np.sign(signal[i]))]]
            for i in kept(d.m, SHOWN_EXAMPLES)
        ]
        self.doc.table(["example", f"`{a}`", "`y`", f"`{delta}`", "the network"], rows)

    def mistakes(self, delta: str) -> None:
        """The notes' mistakes A and B, under this network's loss and output."""
        d, last = self.d, self.last
        record = d.net.layers[-1].f
        self.say(f"The absolute value of `{delta}` tells the network how big the mistake is.")
        if record.name == "sigmoid":
            for name, output in (("A", 0.9), ("B", 0.6)):
                net = Network([Layer([[1.0]], None, record)], d.net.loss_record)
                value = float(backward(net, [[np.log(output / (1 - output))]], [[1.0]])["delta1"].item())
                found = texts(np.array([value]), min(d.options.decimals, 4))[0].rstrip("0")
                self.say(f"Mistake {name}: `a{last} = {output}` when the target is `y = 1.0`, then `{delta} = {found}`.", bullet=True)
            self.say(f"Propagated backwards, mistake B changes the weights `W{last}` by a larger amount than mistake A.")
        flat = np.abs(d[delta].value)
        axis = 0 if d.options.convention.columns else 1
        sizes = flat.max(axis=axis)
        worst, best = int(sizes.argmax()), int(sizes.argmin())
        if d.m > 1 and sizes[worst] > sizes[best]:
            numbers = texts(np.array([sizes[worst], sizes[best]]), d.options.decimals)
            self.say(
                f"Here the biggest mistake is {d.labels[worst]} (size {numbers[0]}) and the smallest {d.labels[best]} (size {numbers[1]})."
            )

    def how_wrong(self, layer: int, before: str) -> None:
        """The logic behind the final weight gradient."""
        self.doc.heading(3, "The logic behind the final weight gradient")
        wrong = Brace(Script(Letter("δ")), "how wrong the prediction is")
        much = Brace(Script(Letter("a")), "how much the weight contributed")
        self.doc.show(Words("final weight gradient"), [("∝", row(wrong, Sign("×"), much))])
        self.say(
            f"`dL_dW{layer}` says **how much the weights should be changed**. The matrix product of `{before}` with the error signal sums, over the examples, "
            "**how wrong the prediction is × how much the weight contributed to the output**. For one weight:"
        )
        contribution_table(self.d, self.doc, Weight(self.d, f"W{layer}[1,1]"))

    def biases_of(self, layer: int, first: bool = False) -> None:
        name = f"db{layer}"
        if name not in self.d.derived:
            return
        self.doc.heading(3 if first else 4, f"The gradient of `b{layer}`")
        factor = f"dz{layer}_db{layer}"
        self.doc.show(
            self.symbol(name),
            [self.symbol(f"dL_db{layer}"), self.work.product([f"dL_da{layer}", f"da{layer}_dz{layer}", factor])],
        )
        self.say(
            f"`{factor} = 1` by the rules of differentiation, since in `z{layer}` = ",
            self.d.notation.math(self.d[f"z{layer}"].step.formula),
            f" the bias stands alone. What is left is `delta{layer}`, and as it spans all {self.d.m} inputs, the mean is taken:"
            if self.d.options.convention.mean_in == "dW"
            else f" the bias stands alone. What is left is the sum of `delta{layer}`, in which the 1/m stands already:",
        )
        self.work.show(name)

    # hidden layers

    def hidden(self, layer: int) -> None:
        d, following = self.d, layer + 1
        full = layer == self.last - 1
        a, delta, after = f"a{layer}", f"delta{layer}", f"delta{following}"
        self.doc.heading(2, f"The error signal of layer {layer}, `delta{layer}`: the chain rule of backpropagation")
        self.doc.show(self.symbol(delta), [self.symbol(f"dL_dz{layer}"), self.work.product([f"dL_da{layer}", f"da{layer}_dz{layer}"])], 8)
        if full:
            self.say(
                f"We can't calculate `dL_d{a}` directly. For `dL_da{self.last}` it was direct, because the loss is defined **explicitly using** "
                f"`a{self.last}`: it is a function of `a{self.last}` and `y`. **The loss doesn't contain** `{a}`."
            )
            self.flow(layer)
            self.say(
                f"So the chain rule takes these steps backwards, with the error of the *next* layer, `{after}` (the one before it in the backward pass), "
                f"and the connection, `dz{following}_d{a}`, which is `W{following}`."
            )
        self.doc.show(
            self.symbol(f"dL_d{a}"),
            [self.work.product([f"dL_dz{following}", f"dz{following}_d{a}"]), d.notation.math(d[f"dL_d{a}"].step.formula)],
        )
        self.say(
            f"Recall `z{following}` = ",
            d.notation.math(d[f"z{following}"].step.formula),
            f"; differentiated by `{a}` that is `W{following}`:",
        )
        self.doc.show(self.symbol(f"dz{following}_d{a}"), [self.symbol(f"W{following}")])
        self.work.show(f"dL_d{a}")
        self.say(*self.work.transposed(f"dL_d{a}"))
        self.slope(layer)
        self.say("Therefore")
        self.doc.show(self.symbol(delta), [d.notation.math(self.together(layer))])
        self.work.show(delta)
        if full:
            self.say("Why a matrix product for the one and the element-wise product ⊙ for the other?")
            self.say(
                f"The **matrix product propagates between layers**: each unit of layer {layer} gathers the errors of the units of layer {following} that it feeds, "
                "by the weights of its connections.",
                bullet=True,
            )
            self.say(
                "The **element-wise product scales within a layer**: each unit's error is multiplied by that unit's own slope, the derivative of its activation.",
                bullet=True,
            )
        self.say(f"The gradient of `W{layer}` follows by the same logic as that of `W{following}`: what came in, times the error signal.")
        self.weights_of(layer)
        self.biases_of(layer)

    def together(self, layer: int) -> Formula:
        """The error signal of a hidden layer in one formula: ``(delta2 · W2ᵀ) ⊙ da1_dz1``."""
        return with_values(self.d[f"delta{layer}"].step.formula, {f"dL_da{layer}": self.d[f"dL_da{layer}"].step.formula})

    def flow(self, layer: int) -> None:
        """The way from a hidden activation to the loss."""
        net = self.d.net
        pieces: list[Math] = [self.symbol(f"a{layer}")]
        for later in range(layer + 1, self.last + 1):
            parameters = [f"W{later}"] + [f"b{later}"] * (net.layers[later - 1].b is not None)
            pieces += [Arrow(self.listed(parameters)), self.symbol(f"z{later}")]
            pieces += [Arrow(Words(net.layers[later - 1].activation)), self.symbol(f"a{later}")]
        pieces += [Arrow(Words(net.loss)), Letter("L")]
        self.doc.show(Row(tuple(pieces)), [])

    def listed(self, names: list[str]) -> Math:
        first, *rest = map(self.symbol, names)
        return row(first, *(piece for other in rest for piece in (Sign(","), other)))

    # the update

    def update(self) -> None:
        d = self.d
        self.doc.heading(2, "The update")
        self.say(
            f"Each parameter takes one step downhill, against its gradient, as far as the learning rate `eta` = {d.options.learning_rate:g} says; all at once, "
            "from gradients taken before any of them moved:"
        )
        for name in d.net.parameters():
            self.work.show(f"{name}_next")
        before, after = d.ours["loss"], backward(
            d.net.with_parameters({name: d.ours[f"{name}_next"] for name in d.net.parameters()}), d.x, d.y, example_weights=d.options.example_weights, l2=d.options.l2
        )["loss"]  # fmt: skip
        shown = texts(np.array([before, after]), max(d.options.decimals, 6))
        change = "falls" if after < before else "rises" if after > before else "stays"
        self.say(f"The loss before this update is {shown[0]}, after it {shown[1]}: it {change}.")
        if after > before:
            self.say(
                "That the loss rises doesn't mean that a gradient is wrong: the step was too long for the slope to hold that far. Try a smaller learning rate."
            )


def at_layer(formula: Formula, layer: int) -> Formula:
    """Return a formula of a record, in `a` and `z`, for a layer."""
    return with_values(formula, {"a": Name(f"a{layer}"), "z": Name(f"z{layer}")})
