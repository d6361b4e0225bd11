"""The derivation as it is told: the forward pass, the loss, the error signal, the gradients and
their reasons, the update.

It goes in the order of the notes that the program comes from; docs/notes.md says where each of
their lines stands.
"""

from __future__ import annotations

import numpy as np

from ..arithmetic.entries import with_values
from ..arithmetic.forms import forms
from ..arithmetic.formulas import loss_entry
from ..data.builtin import GATES
from ..formula import Call, Formula, Name, Number
from ..parsing import parse
from ..rewriting import over_m
from ..typesetting.document import Document
from ..typesetting.figures import texts
from ..typesetting.pieces import (
    Arrow,
    Big,
    Digits,
    Either,
    Fraction,
    Letter,
    Math,
    Row,
    Script,
    Sign,
    Words,
    row,
)
from .reasons import SHOWN_EXAMPLES, Reasons
from .simplify import product_of
from .worked import Worked
from .working import Working, shape_text


def story(d: Worked) -> Document:
    """Return the whole derivation as a document."""
    document = Document(d.notation)
    teller = _Teller(d, document)
    teller.introduction()
    teller.forward()
    teller.loss()
    teller.output()
    for layer in range(d.last - 1, 0, -1):
        teller.hidden(layer)
    teller.update()
    return document


class _Teller:
    def __init__(self, d: Worked, document: Document):
        self.d, self.doc, self.last = d, document, d.last
        self.work = Working(d, document)
        self.say, self.symbol = document.say, self.work.symbol

    # what is given

    def introduction(self) -> None:
        d, net = self.d, self.d.net
        self.doc.heading(
            1, f"Backpropagation of a {'-'.join(map(str, net.sizes))} network, derived"
        )
        for remark in d.options.remarks:
            self.say(remark)
        hidden = {0: "no hidden layer", 1: "one hidden layer"}.get(
            self.last - 1, f"{self.last - 1} hidden layers"
        )
        matches = (
            f"a decision boundary that matches the {d.options.problem.upper()} gate"
            if d.options.problem in GATES
            else "outputs that match the targets"
        )
        self.say(
            f"Goal: train a neural network with {hidden} to have {matches}. Its loss is"
            f" {net.loss_record.spoken}."
        )
        self.say(
            f"`x` holds the inputs and `y` the targets of {d.m} example{'s' * (d.m != 1)}, one in"
            f" each {'column' if d.convention.columns else 'row'}; `W` are weights and `b`"
            " biases, one pair for each layer:"
        )
        for name in d.given:
            symbols = [self.work.name_matrix(name)] if name[0] in "Wb" and d.options.symbols else []
            self.doc.show(self.symbol(name), [*symbols, self.work.value(name)])
        self.notation_notes()
        self.doc.picture(
            "boundary", "The examples, and the two sides that the network gives them now"
        )
        self.doc.picture(
            "trained",
            "What to expect of training: the same network after it, and the regions that it"
            " separates",
        )

    def notation_notes(self) -> None:
        columns = self.d.convention.columns
        into, out = ("second", "first") if columns else ("first", "second")
        pair = "W1[1,2]" if columns else "W1[2,1]"
        if self.d.net.sizes[0] > 1:
            self.say(
                f"Reading the indices: in `{pair}`, the weight of layer 1 from input 2 to unit 1,"
                f" the {into} index counts where it comes from and the {out} the unit that it"
                " feeds. Indices count from 1."
            )
        self.say(
            "`z` is a unit before its activation, `a` after it. "
            + (
                "`b1` is a column, added to every column."
                if columns
                else "`b1` is a row of one bias for each unit, added to every row."
            )
        )
        if self.d.convention.mean_in == "delta":
            self.say(
                "The 1/m of the mean loss stands in `delta` here, and so in none of the gradients"
                " `dW` and `db`."
            )

    # forward

    def forward(self) -> None:
        self.doc.heading(2, "Forward pass")
        for layer in range(1, self.last + 1):
            for letter in "za":
                step = self.d[f"{letter}{layer}"].step
                self.doc.show(
                    self.symbol(step.name), [self.d.notation.math(self.d.formula(step.name))], 0
                )
        for layer in range(1, self.last + 1):
            self.doc.heading(3, f"Layer {layer}")
            self.work.show(f"z{layer}")
            self.activation(layer)
            self.work.show(f"a{layer}")

    def activation(self, layer: int) -> None:
        record = self.d.net.layers[layer - 1].f
        seen = [earlier.f for earlier in self.d.net.layers[: layer - 1]]
        value, applied = forms(record).value, Call(record.name, (Name("z"),))
        if value is None or record in seen or value in (Name("z"), applied):
            return
        name = self.d.notation.math(applied)
        left = Script(name, Letter("j")) if record.couples else name
        self.doc.show(left, [self.d.notation.math(value)])

    def loss(self) -> None:
        d = self.d
        a, y = Name(f"a{self.last}"), Name("y")
        self.doc.heading(2, "Loss")
        own = d.notation.math(loss_entry(d.net.loss_record, a, y))
        self.doc.show(Script(Letter("L"), Letter("i")), [own])
        self.say(
            "for each example" + (", summed over its outputs." if d.net.sizes[-1] > 1 else ".")
        )
        share = Either(Letter("1/m "), Fraction(Digits("1"), Letter("m")))
        total = row(share, self.sum_of_losses())
        lines: list[Math | tuple[str, Math]] = [total]
        if d.objective.l2:
            lines = [
                row(
                    total,
                    Sign("+"),
                    Words("penalty "),
                    d.notation.math(parse("l2 / 2")),
                    Words(" · sum of all squared weights"),
                )
            ]
        entries = d.as_read("loss") if d.options.symbols and not d.objective.l2 else None
        if entries is not None and d.m * d.net.sizes[-1] <= SHOWN_EXAMPLES:
            lines += [
                self.work.entry_grid(entries) if entries.ndim else d.notation.math(entries.item())
            ]
            lines += self.work.with_numbers("loss")
        self.doc.show(self.symbol("loss"), [*lines, self.work.value("loss")], 3)
        self.say(d["loss"].step.words)

    def sum_of_losses(self) -> Math:
        weight = Row(())
        if self.d.objective.s is not None:
            weight = row(Script(Letter("s"), Letter("i")), Sign("·"))
        return Big(
            row(Letter("i"), Sign("="), Digits("1")),
            Letter("m"),
            row(weight, Script(Letter("L"), Letter("i"))),
        )

    # the output layer

    def output(self) -> None:
        last = self.last
        self.doc.heading(2, f"Weight gradients: the error signal of the output, `delta{last}`")
        self.say(
            "The structure of the gradient is the same whatever the loss and the activation: it is"
            " **always the upstream error scaled by the derivative of the activation function**."
        )
        chain = [f"dL_da{last}", f"da{last}_dz{last}"]
        self.doc.show(
            self.symbol(f"delta{last}"), [self.symbol(f"dL_dz{last}"), self.work.product(chain)], 6
        )
        self.loss_slope()
        self.slope(last)
        self.error_signal()
        self.weights_of(last, first=True)
        self.biases_of(last, first=True)

    def loss_slope(self) -> None:
        last = self.last
        self.say(
            f"For `dL_da{last}`: the loss is {self.d.net.loss_record.spoken}, in which `a{last}`"
            " stands, so it is differentiated directly."
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
        lines: list[Math | tuple[str, Math]] = [
            self.work.product([f"dL_da{last}", f"da{last}_dz{last}"])
        ]
        plain = d.objective.s is None
        found = product_of(loss, record) if d.options.symbols and plain else None
        if record.couples:
            lines = [
                d.notation.math(d.formula_of(name)),
                *(self.softmax_product() if step.simplified else []),
            ]
        elif found is not None:
            lines += [self.per_example(at_layer(piece, last)) for piece in found.lines]
        if step.simplified:
            simple = d.notation.math(step.simplified)
            if lines[-1] != simple:
                lines.append(simple)
        if (d[name].value.ndim <= 2 and not record.couples) or step.simplified:
            lines += (
                self.work.with_numbers(name)
                if step.simplified
                else [self.d.notation.math(step.formula, self.work.number_leaf)]
            )
        self.doc.show(self.symbol(name), [*lines, self.work.value(name)], 6)
        if step.simplified:
            first = "The product simplifies: what is left is the output minus the target. "
        elif found is not None and found.simpler:
            first = f"The product simplifies, but not to `a{last} - y`. "
        else:
            first = f"This product does not simplify to `a{last} - y`: it stays a product. "
        self.say(first, step.words, *self.work.shape_words(name))

    def per_example(self, formula: Formula) -> Math:
        """A derivative of each example's own loss, with the 1/m where this reader has it there."""
        return self.d.notation.math(over_m(formula, int(self.d.convention.mean_in == "delta")))

    def softmax_product(self) -> list[Math]:
        """The product of equation 6 for softmax and categorical cross entropy, entry k of example
        i; without example weights.
        """
        if self.d.objective.s is not None:
            return []
        columns = self.d.convention.columns
        a_k, y_k, y_j = (
            f"{name}[{j},i]" if columns else f"{name}[i,{j}]"
            for name, j in ((f"a{self.last}", "k"), ("y", "k"), ("y", "j"))
        )
        n = {"n": Number(float(self.d.net.sizes[-1]))}
        texts = (
            f"Sum(-{y_j} * (KroneckerDelta(j, k) - {a_k}), j)",
            f"-{y_k} + {a_k} * Sum({y_j}, j)",
            f"{a_k} - {y_k}",
        )
        *lines, left = (self.per_example(with_values(parse(text), n)) for text in texts)
        return [*lines, row(left, Words(", since the targets of an example sum to 1, "))]

    # the gradient of a layer's weights and biases

    def weights_of(self, layer: int, first: bool = False) -> None:
        d, last = self.d, self.last
        name, before = f"dW{layer}", f"a{layer - 1}" if layer > 1 else "x"
        factor = f"dz{layer}_dW{layer}"
        self.doc.heading(3 if first else 4, f"The gradient of `W{layer}`")
        if first:
            self.say(
                f"First `dW{layer}`, the **average gradient** across all {d.m} training examples;"
                " `x` has shape ",
                Words(shape_text(d.shapes["x"])),
                ".",
            )
        lines: list[Math | tuple[str, Math]] = [
            self.symbol(f"dL_dW{layer}"),
            self.work.product([f"dL_dz{layer}", factor]),
        ]
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
        self.say(*self.work.why_transposed(name))
        if first:
            reasons = Reasons(d, self.doc)
            reasons.contribution(layer, before)
            reasons.meaning_of_delta()
            reasons.how_wrong(layer, before)

    def path(self, layer: int) -> list[str]:
        """The factors from the loss back to z of a layer."""
        found = [f"dL_da{self.last}", f"da{self.last}_dz{self.last}"]
        for later in range(self.last, layer, -1):
            found += [f"dz{later}_da{later - 1}", f"da{later - 1}_dz{later - 1}"]
        return found

    def biases_of(self, layer: int, first: bool = False) -> None:
        name = f"db{layer}"
        if name not in self.d.derived:
            return
        self.doc.heading(3 if first else 4, f"The gradient of `b{layer}`")
        factor = f"dz{layer}_db{layer}"
        self.doc.show(
            self.symbol(name),
            [
                self.symbol(f"dL_db{layer}"),
                self.work.product([f"dL_da{layer}", f"da{layer}_dz{layer}", factor]),
            ],
        )
        self.say(
            f"`{factor} = 1` by the rules of differentiation, since in `z{layer}` = ",
            self.d.notation.math(self.d[f"z{layer}"].step.formula),
            (
                f" the bias stands alone. What is left is `delta{layer}`, and as it spans all"
                f" {self.d.m} inputs, the mean is taken:"
                if self.d.convention.mean_in == "dW"
                else (
                    f" the bias stands alone. What is left is the sum of `delta{layer}`, in which"
                    " the 1/m stands already:"
                )
            ),
        )
        self.work.show(name)

    # hidden layers

    def hidden(self, layer: int) -> None:
        d, following = self.d, layer + 1
        full = layer == self.last - 1
        a, delta, after = f"a{layer}", f"delta{layer}", f"delta{following}"
        self.doc.heading(
            2,
            f"The error signal of layer {layer}, `delta{layer}`: the chain rule of backpropagation",
        )
        self.doc.show(
            self.symbol(delta),
            [
                self.symbol(f"dL_dz{layer}"),
                self.work.product([f"dL_da{layer}", f"da{layer}_dz{layer}"]),
            ],
            8,
        )
        if full:
            self.say(
                f"We can't calculate `dL_d{a}` directly. For `dL_da{self.last}` it was direct,"
                f" because the loss is defined **explicitly using** `a{self.last}`: it is a"
                f" function of `a{self.last}` and `y`. **The loss doesn't contain** `{a}`."
            )
            self.flow(layer)
            self.say(
                "So the chain rule takes these steps backwards, with the error of the **next**"
                f" layer, `{after}` (the one before it in the backward pass), and the connection,"
                f" `dz{following}_d{a}`, which is `W{following}`."
            )
        self.doc.show(
            self.symbol(f"dL_d{a}"),
            [
                self.work.product([f"dL_dz{following}", f"dz{following}_d{a}"]),
                d.notation.math(d[f"dL_d{a}"].step.formula),
            ],
        )
        self.say(
            f"Recall `z{following}` = ",
            d.notation.math(d[f"z{following}"].step.formula),
            f"; differentiated by `{a}` that is `W{following}`:",
        )
        self.doc.show(self.symbol(f"dz{following}_d{a}"), [self.symbol(f"W{following}")])
        self.work.show(f"dL_d{a}")
        self.say(*self.work.why_transposed(f"dL_d{a}"))
        self.slope(layer)
        self.say("Therefore")
        self.doc.show(self.symbol(delta), [d.notation.math(self.together(layer))])
        self.work.show(delta)
        if full:
            self.say(
                "Why a matrix product for the one and the element-wise product ⊙ for the other?"
            )
            self.say(
                f"The **matrix product propagates between layers**: each unit of layer {layer}"
                f" gathers the errors of the units of layer {following} that it feeds, by the"
                " weights of its connections.",
                bullet=True,
            )
            self.say(
                "The **element-wise product scales within a layer**: each unit's error is"
                " multiplied by that unit's own slope, the derivative of its activation.",
                bullet=True,
            )
        self.say(
            f"The gradient of `W{layer}` follows by the same logic as that of `W{following}`: what"
            " came in, times the error signal."
        )
        self.weights_of(layer)
        self.biases_of(layer)

    def together(self, layer: int) -> Formula:
        """The error signal of a hidden layer in one formula: ``(delta2 · W2ᵀ) ⊙ da1_dz1``."""
        return with_values(
            self.d[f"delta{layer}"].step.formula,
            {f"dL_da{layer}": self.d[f"dL_da{layer}"].step.formula},
        )

    def flow(self, layer: int) -> None:
        """The way from a hidden activation to the loss."""
        net = self.d.net
        pieces: list[Math] = [self.symbol(f"a{layer}")]
        for later in range(layer + 1, self.last + 1):
            parameters = [f"W{later}"] + [f"b{later}"] * (net.layers[later - 1].b is not None)
            pieces += [Arrow(self.symbol_list(parameters)), self.symbol(f"z{later}")]
            pieces += [Arrow(Words(net.layers[later - 1].activation)), self.symbol(f"a{later}")]
        pieces += [Arrow(Words(net.loss)), Letter("L")]
        self.doc.show(Row(tuple(pieces)), [])

    def symbol_list(self, names: list[str]) -> Math:
        first, *rest = map(self.symbol, names)
        return row(first, *(piece for other in rest for piece in (Sign(","), other)))

    # the update

    def update(self) -> None:
        d = self.d
        self.doc.heading(2, "The update")
        self.say(
            "Each parameter takes one step downhill, against its gradient, as far as the learning"
            f" rate `eta` = {d.options.learning_rate:g} says; all at once, from gradients taken"
            " before any of them moved:"
        )
        for name in d.net.parameters():
            self.work.show(f"{name}_next")
        moved = d.net.with_parameters({name: d.ours[f"{name}_next"] for name in d.net.parameters()})
        before = d.ours["loss"]
        after = d.objective.of(moved).loss()
        shown = texts(np.array([before, after]), max(d.options.decimals, 6))
        change = "falls" if after < before else "rises" if after > before else "stays"
        self.say(f"The loss before this update is {shown[0]}, after it {shown[1]}: it {change}.")
        if after > before:
            self.say(
                "That the loss rises doesn't mean that a gradient is wrong: the step was too long"
                " for the slope to hold that far. Try a smaller learning rate."
            )


def at_layer(formula: Formula, layer: int) -> Formula:
    """Return a formula of a record, in `a` and `z`, for a layer."""
    return with_values(formula, {"a": Name(f"a{layer}"), "z": Name(f"z{layer}")})
