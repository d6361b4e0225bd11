"""The names of quantities as people spell them: ``dZ2``, ``grad_W2``, ``W2_new`` …; and of the
learning rate.
"""

from __future__ import annotations

import re
import unicodedata

RATES = ("learning_rate", "eta", "lr", "alpha")

# what is left of a spelling after lower case, and without "_ . / ' and the sign ∂", by the form of
# the contract's name
_FORMS = (
    (r"z(\d+)", "z{}"),
    (r"[ah](\d+)", "a{}"),
    (r"(?:loss|cost|bce|cce|mse|[ljec])", "loss"),
    (r"(?:d[ljec]d|grad|d|delta)[ah](\d+)|[ah](\d+)grad", "dL_da{}"),
    (r"d[ah](\d+)dz\1|slope(\d+)|sigmaprimez?(\d+)", "da{}_dz{}"),
    (r"delta(\d+)|d(\d+)|(?:d[ljec]d|grad|d|delta)z(\d+)|z(\d+)grad|error(\d+)", "delta{}"),
    (r"(?:d[ljec]d|grad|d|delta|nabla)w(\d+)|w(\d+)grad", "dW{}"),
    (r"(?:d[ljec]d|grad|d|delta|nabla)b(\d+)|b(\d+)grad", "db{}"),
    (r"w(\d+)(?:next|new|updated)|(?:next|new|updated)w(\d+)", "W{}_next"),
    (r"b(\d+)(?:next|new|updated)|(?:next|new|updated)b(\d+)", "b{}_next"),
)
_SIGNS = (("δ", "delta"), ("Δ", "delta"), ("∂", "d"), ("∇", "nabla"))
_STAGE = r"(.+?)[_ ]?step[_ ]?([1-9])"


def stage_of(spelling: object) -> int:
    """Return the step of training that a quantity belongs to, by its name: 2 for ``z1_step2``; 1
    for what is no quantity.
    """
    if not isinstance(spelling, str):
        return 1
    match = re.fullmatch(_STAGE, spelling.strip(), re.IGNORECASE)
    if match and quantity(match[1]):
        return int(match[2])
    return 1


def quantity(spelling: str) -> str | None:
    """Return the contract's name of a quantity from a usual spelling of it, None if it is none."""
    text = spelling.strip()
    if match := re.fullmatch(_STAGE, text, re.IGNORECASE):
        name, stage = quantity(match[1]), int(match[2])
        if name is None or stage == 1:
            return name
        return f"{name}_step{stage}"
    text = unicodedata.normalize("NFKC", text)  # subscripts and superscripts become digits
    for sign, word in _SIGNS:
        text = text.replace(sign, word)
    bare = re.sub(r"[\s_./'\[\](){}^:=]", "", text).lower()
    for pattern, form in _FORMS:
        if match := re.fullmatch(pattern, bare):
            layer = next((group for group in match.groups() if group), "")
            return form.replace("{}", layer)
    return None
