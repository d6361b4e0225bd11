"""The forward pass, layer by layer, and the loss."""

from __future__ import annotations

from ...arithmetic.forms import forms
from ...arithmetic.formulas import loss_entry
from ...formula import Call, Name
from ...parsing import parse
from ...steps import name_of
from ...typesetting.pieces import (
    Big,
    Digits,
    Either,
    Fraction,
    Letter,
    Math,
    Script,
    Sign,
    Words,
    row,
)
from ..working.in_numbers import number_lines
from ..working.matrices import entry_matrix, value_matrix
from .teller import Teller

MOST_TERMS = 8  # of the loss: with more entries, its sum is not written out


class ForwardPass(Teller):
    """Tells how the outputs and the loss come about."""

    def tell(self) -> None:
        """Tell the equations of all layers, the working of each, and the loss."""
        layers = range(1, self.last + 1)
        self.doc.heading(2, "Forward pass")
        for layer in layers:
            for kind in ("z", "a"):
                name = name_of(kind, layer)
                self.doc.show(self.symbol(name), [self.math(self.d.shortest_formula(name))])
        for layer in layers:
            self.doc.heading(3, f"Layer {layer}")
            self.work.show(f"z{layer}")
            self._tell_activation(layer)
            self.work.show(f"a{layer}")
        self._tell_loss()

    def _tell_activation(self, layer: int) -> None:
        """Tell what the activation of a layer is, where a layer before hasn't told it."""
        record = self.d.net.layers[layer - 1].f
        seen = [earlier.f for earlier in self.d.net.layers[: layer - 1]]
        value, applied = forms(record).value, Call(record.name, (Name("z"),))
        if value is None or record in seen or value in (Name("z"), applied):
            return
        name = self.math(applied)
        left = Script(name, Letter("j")) if record.couples else name
        self.doc.show(left, [self.math(value)])

    def _tell_loss(self) -> None:
        d = self.d
        a, y = Name(f"a{self.last}"), Name("y")
        self.doc.heading(2, "Loss")
        own = self.math(loss_entry(d.net.loss_record, a, y))
        self.doc.show(Script(Letter("L"), Letter("i")), [own])
        if d.net.sizes[-1] > 1:
            self.say("for each example, summed over its outputs.")
        else:
            self.say("for each example.")
        lines = [self._whole_loss(), *self._loss_in_entries(), value_matrix(d, "loss")]
        self.doc.show(self.symbol("loss"), lines, 3)
        self.say(d["loss"].step.words)

    def _whole_loss(self) -> Math:
        """The mean of the examples' own losses, with the penalty if there is one."""
        share = Either(Letter("1/m "), Fraction(Digits("1"), Letter("m")))
        mean = row(share, self._sum_of_losses())
        if not self.d.objective.l2:
            return mean
        squares = Words(" · sum of all squared weights")
        return row(mean, Sign("+"), Words("penalty "), self.math(parse("l2 / 2")), squares)

    def _sum_of_losses(self) -> Math:
        weight = row()
        if self.d.objective.s is not None:
            weight = row(Script(Letter("s"), Letter("i")), Sign("·"))
        term = row(weight, Script(Letter("L"), Letter("i")))
        return Big(row(Letter("i"), Sign("="), Digits("1")), Letter("m"), term)

    def _loss_in_entries(self) -> list[Math]:
        """The loss as the sum of all its terms, in symbols and in numbers, where it is short."""
        d = self.d
        terms = d.m * d.net.sizes[-1]
        if not d.options.symbols or d.objective.l2 or terms > MOST_TERMS:
            return []
        entries = d.as_read("loss")
        if entries is None:
            return []
        return [entry_matrix(d, entries), *number_lines(d, "loss")]
