"""What every part of the story is told with."""

from __future__ import annotations

from dataclasses import replace

from ...typesetting.document import Document
from ...typesetting.pieces import Math, Row, Sign
from ..worked import Worked
from ..working import Working


class Teller:
    """Tells a part of a derivation into a document; each part is a class of its own.

    Parameters
    ----------
    d : the derivation
    document : that the part is added to
    """

    def __init__(self, d: Worked, document: Document):
        self.d, self.doc, self.last = d, document, d.last
        self.work = Working(d, document)
        self.say, self.symbol, self.math = document.say, d.notation.symbol, d.notation.math

    def equation(self, name: str) -> Math:
        """Return the right side of the equation of a quantity."""
        return self.math(self.d[name].step.formula)

    def product(self, *factors: str, of_mean: bool = False) -> Math:
        """Return the chain rule's product of factors: ``dL_da2 ⊙ da2_dz2`` within a layer, where
        it is taken entry by entry; ``dL_dz2 · dz2_da1`` between layers. They are derivatives of
        each example's own loss, or `of_mean` of the mean loss.
        """
        symbol = self.symbol
        if of_mean:
            symbol = replace(self.d.notation, own_losses=False).symbol
        pieces: list[Math] = []
        for name in factors:
            if pieces:
                pieces.append(Sign("⊙" if self._scales_entries(name) else "·"))
            pieces.append(symbol(name))
        return Row(tuple(pieces))

    def _scales_entries(self, factor: str) -> bool:
        """Whether a factor is the slope of a layer whose units don't depend on each other."""
        layers = enumerate(self.d.net.layers, 1)
        return factor in {f"da{n}_dz{n}" for n, layer in layers if not layer.f.couples}

    def tell_slope(self, layer: int) -> None:
        """Tell the slope of the activation of a layer."""
        record = self.d.net.layers[layer - 1].f
        self.say(f"For `da{layer}_dz{layer}`: `a{layer}` is the {record.name} of `z{layer}`.")
        self.work.show(f"da{layer}_dz{layer}")
