"""How much of a step is asked for: the levels of exercises."""

from __future__ import annotations

from ..marking.chain import Chain
from ..marking.mistakes.places import Place
from ..steps import name_of

LEVELS = {
    "forward": "the forward pass and the loss",
    "output": "the forward pass, and the gradients of the output layer",
    "step": "a whole step: forward, backward, and the update",
    "two-steps": "two whole steps, the second from the weights that the first gives",
}


def quantities_of(chain: Chain, level: str) -> tuple[str, ...]:
    """Return the quantities that a level asks for; the factors of the output's delta only where it
    doesn't simplify.
    """
    simple = chain.base(name_of("delta", chain.last)).simplified is not None

    def wanted(place: Place) -> bool:
        step = place.step
        at_output = step.layer == chain.last
        if at_output and step.equation in (4, 5) and (simple or place.couples):
            return False
        if step.equation <= 3 or level in ("step", "two-steps"):
            return True
        return level == "output" and at_output and step.equation <= 10

    return tuple(name for name, place in chain.places.items() if wanted(place))
