"""The error signal of the output: how wrong the prediction is."""

from __future__ import annotations

from ...arithmetic.entries import with_values
from ...formula import Formula, Name, Number
from ...parsing import parse
from ...rewriting import over_m
from ...steps import Step
from ...typesetting.pieces import Math, Words, row
from ..simplify import Product, product_of
from ..working.in_numbers import in_numbers, number_lines
from ..working.matrices import value_matrix
from ..working.shapes import shape_words
from .teller import Teller


class OutputError(Teller):
    """Tells the error signal of the output, by its two factors and what their product simplifies
    to.
    """

    def tell(self) -> None:
        """Tell the chain rule, each factor, and the product."""
        last = self.last
        self.doc.heading(2, f"Weight gradients: the error signal of the output, `delta{last}`")
        self.say(
            "The structure of the gradient is the same whatever the loss and the activation: it is"
            " **always the upstream error scaled by the derivative of the activation function**."
        )
        chain = self.product(f"dL_da{last}", f"da{last}_dz{last}")
        self.doc.show(self.symbol(f"delta{last}"), [self.symbol(f"dL_dz{last}"), chain], 6)
        self._tell_whose_loss()
        self._tell_loss_slope()
        self.tell_slope(last)
        self._tell_error_signal()

    def _tell_whose_loss(self) -> None:
        """Tell of which loss these are derivatives, and which product is which."""
        of = "These are derivatives of each example's own loss `L_i`, so there is no 1/m in them"
        if self.d.mean_in_delta:
            of = "These are derivatives of the mean loss `L`, so its 1/m is in them"
        self.say(f"{of}. The sign ⊙ multiplies entry by entry, · is the matrix product.")

    def _tell_loss_slope(self) -> None:
        last = self.last
        self.say(
            f"For `dL_da{last}`: the loss is {self.d.net.loss_record.spoken}, a function of"
            f" `a{last}`, so it can be differentiated directly."
        )
        self.work.show(f"dL_da{last}")

    def _tell_error_signal(self) -> None:
        d = self.d
        step = d[f"delta{self.last}"].step
        product = self._product()
        lines = self._product_lines(step, product)
        if step.simplified:
            simplest = self.math(step.simplified)
            if lines[-1] != simplest:
                lines.append(simplest)
            lines += number_lines(d, step.name)
        elif not d.objective.structure.output.couples:
            lines.append(in_numbers(d, step.formula, step.name))
        lines.append(value_matrix(d, step.name))
        self.doc.show(self.symbol(step.name), lines, 6)
        self.say(self._what_is_left(step, product), step.words, *shape_words(d, step.name))

    def _product(self) -> Product | None:
        """What SymPy makes of the product; None where it isn't asked, or can't say."""
        # with example weights the factors are not the records' own derivatives
        if not self.d.options.symbols or self.d.objective.s is not None:
            return None
        return product_of(self.d.net.loss_record, self.d.net.layers[-1].f)

    def _product_lines(self, step: Step, product: Product | None) -> list[Math]:
        """The lines from the two factors to what their product simplifies to."""
        last = self.last
        if self.d.objective.structure.output.couples:
            lines = [self.math(self.d.full_formula(step.name))]
            if step.simplified:
                lines += self._softmax_product()
            return lines
        lines = [self.product(f"dL_da{last}", f"da{last}_dz{last}")]
        if product is not None:
            lines += [self._per_example(_at_layer(piece, last)) for piece in product.lines]
        return lines

    def _per_example(self, formula: Formula) -> Math:
        """A derivative of each example's loss, with the 1/m if this reader has it there."""
        return self.math(over_m(formula, 1 if self.d.mean_in_delta else 0))

    def _softmax_product(self) -> list[Math]:
        """The product of equation 6 for softmax and categorical cross entropy, entry k of example
        i; without example weights.
        """
        d = self.d
        if d.objective.s is not None:
            return []
        a_k = f"a{self.last}[{d.index('i', 'k')}]"
        y_k, y_j = f"y[{d.index('i', 'k')}]", f"y[{d.index('i', 'j')}]"
        texts = (
            f"Sum(-{y_j} * (KroneckerDelta(j, k) - {a_k}), j)",
            f"-{y_k} + {a_k} * Sum({y_j}, j)",
            f"{a_k} - {y_k}",
        )
        outputs = {"n": Number(float(d.net.sizes[-1]))}
        *lines, left = (self._per_example(with_values(parse(text), outputs)) for text in texts)
        return [*lines, row(left, Words(", since the targets of an example sum to 1, "))]

    def _what_is_left(self, step: Step, product: Product | None) -> str:
        if step.simplified:
            return "The product simplifies: what is left is the output minus the target. "
        if product is not None and product.simpler:
            return f"The product simplifies, but not to `a{self.last} - y`. "
        return f"This product does not simplify to `a{self.last} - y`: it stays a product. "


def _at_layer(formula: Formula, layer: int) -> Formula:
    """Return a formula of a record, in `a` and `z`, for a layer."""
    return with_values(formula, {"a": Name(f"a{layer}"), "z": Name(f"z{layer}")})
