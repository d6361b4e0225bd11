"""The update: one step downhill, and what it does to the loss."""

from __future__ import annotations

from ...typesetting.figures import told_apart
from .teller import Teller


class Update(Teller):
    """Tells the step of gradient descent."""

    def tell(self) -> None:
        """Tell the new value of each parameter, and the loss before and after."""
        d = self.d
        self.doc.heading(2, "The update")
        self.say(
            "Each parameter takes one step downhill, against its gradient: it moves by the learning"
            f" rate `eta` = {d.options.learning_rate:g} times its gradient. All of them move at"
            " once, by gradients computed before any of them moved:"
        )
        for name in d.net.parameters():
            self.work.show(f"{name}_next")
        moved = d.net.with_parameters({name: d.ours[f"{name}_next"] for name in d.net.parameters()})
        before, after = d.ours["loss"], d.objective.of(moved).loss()
        shown = told_apart([before, after], max(d.options.decimals, 6))
        change = _change(before, after)
        self.say(f"The loss is {shown[0]} before this update and {shown[1]} after it: it {change}.")
        if after > before:
            self.say(
                "A rising loss doesn't mean that a gradient is wrong: the step was too large for"
                " the slope to hold that far. Try a smaller learning rate."
            )


def _change(before: float, after: float) -> str:
    if after < before:
        return "falls"
    return "rises" if after > before else "stays the same"
