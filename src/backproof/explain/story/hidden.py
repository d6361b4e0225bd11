"""Back through the layers: the error signal of a hidden layer, by the chain rule."""

from __future__ import annotations

from ...arithmetic.entries import with_values
from ...formula import Formula
from ...typesetting.pieces import Arrow, Letter, Math, Row, Sign, Words
from ..working.shapes import why_transposed
from .teller import Teller


class HiddenError(Teller):
    """Tells the error signal of a hidden layer; of the last one, which comes first, with all its
    reasons.
    """

    def tell(self, layer: int) -> None:
        """Tell the chain rule, the error that reaches the layer, and its error signal."""
        first = layer == self.last - 1
        delta = f"delta{layer}"
        self.doc.heading(
            2, f"The error signal of layer {layer}, `{delta}`: the chain rule of backpropagation"
        )
        chain = self.product(f"dL_da{layer}", f"da{layer}_dz{layer}")
        self.doc.show(self.symbol(delta), [self.symbol(f"dL_dz{layer}"), chain], 8)
        if first:
            self._tell_why_not_directly(layer)
        self._tell_what_reaches(layer)
        self.tell_slope(layer)
        self.say("Therefore")
        self.doc.show(self.symbol(delta), [self.math(self._in_one(layer))])
        self.work.show(delta)
        if first:
            self._tell_why_two_products(layer)
        self.say(
            f"The gradient of `W{layer}` follows by the same logic as that of `W{layer + 1}`: what"
            " came in, times the error signal."
        )

    def _tell_why_not_directly(self, layer: int) -> None:
        a, last, following = f"a{layer}", self.last, layer + 1
        self.say(
            f"We can't calculate `dL_d{a}` directly. For `dL_da{last}` it was direct, because the"
            f" loss is defined **explicitly using** `a{last}`: it is a function of `a{last}` and"
            f" `y`. **The loss doesn't contain** `{a}`."
        )
        self._show_flow(layer)
        self.say(
            "So the chain rule takes these steps backwards, with the error of the **next** layer,"
            f" `delta{following}` (the one before it in the backward pass), and the connection,"
            f" `dz{following}_d{a}`, which is `W{following}`."
        )

    def _show_flow(self, layer: int) -> None:
        """The way from a hidden activation to the loss."""
        net = self.d.net
        pieces: list[Math] = [self.symbol(f"a{layer}")]
        for later in range(layer + 1, self.last + 1):
            activation = Words(net.layers[later - 1].activation)
            pieces += [Arrow(self._parameters(later)), self.symbol(f"z{later}")]
            pieces += [Arrow(activation), self.symbol(f"a{later}")]
        pieces += [Arrow(Words(net.loss)), Letter("L")]
        self.doc.show(Row(tuple(pieces)), [])

    def _parameters(self, layer: int) -> Math:
        """The symbols of the parameters of a layer, ``W2, b2``."""
        pieces = [self.symbol(f"W{layer}")]
        if self.d.net.structure.has_bias(layer):
            pieces += [Sign(","), self.symbol(f"b{layer}")]
        return Row(tuple(pieces))

    def _tell_what_reaches(self, layer: int) -> None:
        a, z, W = f"a{layer}", f"z{layer + 1}", f"W{layer + 1}"
        name, connection = f"dL_d{a}", f"d{z}_d{a}"
        chain = self.product(f"dL_d{z}", connection)
        self.doc.show(self.symbol(name), [chain, self.equation(name)])
        self.say(
            f"Recall `{z}` = ",
            self.equation(z),
            f"; its derivative with respect to `{a}` is `{W}`:",
        )
        self.doc.show(self.symbol(connection), [self.symbol(W)])
        self.work.show(name)
        self.say(*why_transposed(self.d, name))

    def _in_one(self, layer: int) -> Formula:
        """The error signal of a hidden layer in one formula: ``(delta2 · W2ᵀ) ⊙ da1_dz1``."""
        delta, reaches = self.d[f"delta{layer}"].step, self.d[f"dL_da{layer}"].step
        return with_values(delta.formula, {reaches.name: reaches.formula})

    def _tell_why_two_products(self, layer: int) -> None:
        self.say("Why a matrix product for the one and the element-wise product ⊙ for the other?")
        self.say(
            f"The **matrix product propagates between layers**: each unit of layer {layer} gathers"
            f" the errors of the units of layer {layer + 1} that it feeds, each times the weight of"
            " its connection.",
            bullet=True,
        )
        self.say(
            "The **element-wise product scales within a layer**: each unit's error is multiplied by"
            " that unit's own slope, the derivative of its activation.",
            bullet=True,
        )
