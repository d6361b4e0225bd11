"""The gradients of a layer's weights and biases."""

from __future__ import annotations

from ...steps import a
from ...typesetting.pieces import Words
from ..working.shapes import shape_text, why_transposed
from .reasons import Reasons
from .teller import Teller


class Gradients(Teller):
    """Tells the gradients of a layer; of the output, which comes first, with their reasons."""

    def tell(self, layer: int) -> None:
        """Tell the gradient of the weights, then of the biases if the layer has them."""
        first = layer == self.last
        level = 3 if first else 4  # of the headings
        self.doc.heading(level, f"The gradient of `W{layer}`")
        if first:
            self._say_average()
        self._tell_weights(layer)
        if first:
            Reasons(self.d, self.doc).tell()
        if f"db{layer}" in self.d.derived:
            self.doc.heading(level, f"The gradient of `b{layer}`")
            self._tell_biases(layer)

    def _say_average(self) -> None:
        self.say(
            f"First `dW{self.last}`, the **average gradient** across all {self.d.m} training"
            " examples; `x` has shape ",
            Words(shape_text(self.d.shapes["x"])),
            ".",
        )

    def _tell_weights(self, layer: int) -> None:
        name, before, factor = f"dW{layer}", str(a(layer - 1)), f"dz{layer}_dW{layer}"
        lines = [
            self.symbol(f"dL_dW{layer}"),
            self.product(f"dL_dz{layer}", factor, of_mean=True),
            self.product(f"dL_da{layer}", f"da{layer}_dz{layer}", factor, of_mean=True),
        ]
        if layer < self.last:
            lines.append(self.product(*self._path(layer), factor, of_mean=True))
        self.doc.show(self.symbol(name), lines)
        if layer == self.last and not self.d.mean_in_delta:
            self.say(
                "Here `L` is the mean loss, and its derivatives have its 1/m. With"
                f" `delta{layer}`, which has none, it stands in front."
            )
        self.say(
            f"For `{factor}`: recall `z{layer}` = ",
            self.equation(f"z{layer}"),
            f". Its derivative with respect to `W{layer}` is `{before}`:",
        )
        self.doc.show(self.symbol(factor), [self.symbol(before)])
        self.work.show(name)
        self.say(*why_transposed(self.d, name))

    def _path(self, layer: int) -> list[str]:
        """The factors from the loss back to z of a layer."""
        found = [f"dL_da{self.last}", f"da{self.last}_dz{self.last}"]
        for later in range(self.last, layer, -1):
            found += [f"dz{later}_da{later - 1}", f"da{later - 1}_dz{later - 1}"]
        return found

    def _tell_biases(self, layer: int) -> None:
        name, factor = f"db{layer}", f"dz{layer}_db{layer}"
        chain = self.product(f"dL_da{layer}", f"da{layer}_dz{layer}", factor, of_mean=True)
        self.doc.show(self.symbol(name), [self.symbol(f"dL_db{layer}"), chain])
        left = f"`delta{layer}`, and as it spans all {self.d.m} inputs, the mean is taken:"
        if self.d.mean_in_delta:
            left = f"the sum of `delta{layer}`, which already contains the 1/m:"
        self.say(
            f"`{factor} = 1` by the rules of differentiation, since the bias is simply added in"
            f" `z{layer}` = ",
            self.equation(f"z{layer}"),
            f". What is left is {left}",
        )
        self.work.show(name)
