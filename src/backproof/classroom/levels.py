"""How much of a step is asked for: the levels of exercises."""

from __future__ import annotations

from ..marking.chain import Chain
from ..marking.mistakes.places import Place
from ..steps import name_of

LEVELS = {
    "forward": "the forward pass and the loss",
    "output": "the forward pass, and the gradients of the output layer",
    "step": "a full step: forward, backward, and the update",
    "two-steps": "two full steps, the second from the weights that the first gives",
}


def stages_of(level: str) -> int:
    """Return how many steps of training a level is about, one after the other."""
    return 2 if level == "two-steps" else 1


def has_update(level: str) -> bool:
    """Whether a level asks for the parameters after the step."""
    return level in ("step", "two-steps")


def quantities_of(chain: Chain, level: str) -> tuple[str, ...]:
    """Return the quantities that a level asks for; the factors of the output's delta only where it
    doesn't simplify.
    """
    simple = chain.base(name_of("delta", chain.last)).simplified is not None

    def wanted(place: Place) -> bool:
        step = place.step
        at_output = step.layer == chain.last
        is_factor = step.equation in (4, 5)  # dL_da, da_dz
        if at_output and is_factor and (simple or place.couples):
            return False
        if step.equation <= 3 or has_update(level):  # up to the loss
            return True
        return level == "output" and at_output and step.equation <= 10  # up to db

    return tuple(name for name, place in chain.places.items() if wanted(place))
