"""How much of a step is asked for: the levels of exercises."""

from __future__ import annotations

from .judging import Chain

LEVELS = {
    "forward": "the forward pass and the loss",
    "output": "the forward pass, and the gradients of the output layer",
    "step": "a whole step: forward, backward, and the update",
    "two-steps": "two whole steps, the second from the weights that the first gives",
}


def asked(chain: Chain, level: str) -> tuple[str, ...]:
    """Return the quantities that a level asks for; the factors of the output's delta only where it
    doesn't simplify.
    """
    found = []
    for name, place in chain.places.items():
        own, step = place.step.name, place.step
        forward = step.equation <= 3
        factor = own in (f"dL_da{chain.last}", f"da{chain.last}_dz{chain.last}")
        simple = chain.places[f"delta{chain.last}"].step.simplified is not None
        output = own in (f"delta{chain.last}", f"dW{chain.last}", f"db{chain.last}") or factor
        if (forward or level in ("step", "two-steps") or (level == "output" and output)) and not (
            factor and (simple or place.couples)
        ):
            found.append(name)
    return tuple(found)
