"""Slips as people make them, in plain NumPy: by the id of the catalogue, where each can be made and
what then stands there.
"""

import re

import numpy as np

HIDDEN_SIMILAR = {"sigmoid": np.tanh, "tanh": lambda z: 1 / (1 + np.exp(-z)), "relu": np.tanh}
OTHER_SLOPE = {"sigmoid": lambda a: 1 - a * a, "tanh": lambda a: a * (1 - a)}


def layer(name):
    digits = re.search(r"\d+", name)
    return int(digits[0]) if digits else 0


def each(q, *kinds):
    """The quantities of a net of these kinds, ``dW`` for every ``dW1`` …"""
    return [name for name in q if re.sub(r"\d+", "", name) in kinds]


GRADIENTS, SIGNALS, UPDATES = ("dW", "db"), ("dL_da", "delta"), ("W_next", "b_next")


class Slip:
    """Where a slip can be made in a finished piece of work, and the wrong value, from the right one
    and all before it.
    """

    def __init__(self, where, make):
        self.where, self.make = where, make


def at(*kinds, when=lambda q, n: True):
    return lambda q, names: [name for name in each(names, *kinds) if when(q, layer(name))]


def activation(q, n):
    return q.net.layers[n - 1].activation


def plain(q, n):
    return activation(q, n) != "softmax"


def sloped(q, n):
    return activation(q, n) != "identity"


def bent(q, n):
    """Whether its slope is not its own square."""
    return activation(q, n) not in ("identity", "relu")


def hidden(q, n):
    return n < q.last


def simple(q, n):
    """Whether the output's delta is a - y."""
    pair = (activation(q, q.last), q.net.loss)
    return n == q.last and pair in (("sigmoid", "bce"), ("softmax", "cce"))


def squared(q):
    return q.net.loss in ("mse", "half_mse")


def of_classes(q):
    return np.isin(q["y"], (0, 1)).all()


def square(q, n):
    return q[f"W{n}"].shape[0] == q[f"W{n}"].shape[1]


def width(q, n):
    return q[f"W{n}"].shape[1]


def slope_at(q, n, value):
    """The textbook's σ′(·), which squashes first."""
    f, _, from_a = q.f(n)
    return from_a(f(value))


def raw(q, n, value):
    """The form in a, with anything put into it."""
    return value * (1 - value) if activation(q, n) == "sigmoid" else 1 - value**2


def curved(q, n):
    return activation(q, n) in ("sigmoid", "tanh")


def times_slope(name, q, slope):
    return slope if name.startswith("da") else q[f"dL_da{layer(name)}"] * slope


def handed_on(error):
    """A wrong error from above, `error(q, n)`, as it is handed on, or in the delta of who does both
    steps at once.
    """

    def made(name, v, q):
        n = layer(name)
        found = error(q, n)
        return found if name.startswith("dL") else found * q[f"da{n}_dz{n}"]

    return made


def by_updated_weights(q, n):
    updated = q[f"W{n + 1}"] - q["eta"] * q[f"dW{n + 1}"]
    return q[f"delta{n + 1}"] @ updated.T


def by_no_weights(q, n):
    total = q[f"delta{n + 1}"].sum(axis=1, keepdims=True)
    return np.repeat(total, width(q, n), axis=1)


def by_weights_as_they_are(q, n):
    return q[f"delta{n + 1}"] @ q[f"W{n + 1}"]


def from_squares(q):
    """What delta is beside a - y, under squared error."""
    return (2 if q.net.loss == "mse" else 1) * q[f"da{q.last}_dz{q.last}"]


def by_flat_targets(q):
    """The output's delta, by targets (m,) under outputs (m, 1)."""
    difference = q[f"a{q.last}"] - q["y"][:, 0]
    return difference if simple(q, q.last) else difference * from_squares(q)


def previous(q, n):
    return q[f"a{n - 1}"]


def by_swapped_weights(q, n):
    return previous(q, n) @ q[f"W{n}"].T + q.get(f"b{n}", 0)


def moves(q, n):
    return f"b{n}" in q.net.trainable()


def at_trained(q, names):
    """The updates of what is trained: not of frozen biases."""
    return [name for name in each(names, *UPDATES) if name[:2] in q.net.trainable()]


SLIPS = {
    "no-bias": Slip(
        at("z", when=lambda q, n: f"b{n}" in q),
        lambda name, v, q: previous(q, layer(name)) @ q[f"W{layer(name)}"],
    ),
    "swapped-weights": Slip(
        at("z", when=square),
        lambda name, v, q: by_swapped_weights(q, layer(name)),
    ),
    "no-activation": Slip(
        at("a", when=sloped),
        lambda name, v, q: q[f"z{layer(name)}"],
    ),
    "other-activation": Slip(
        at("a", when=lambda q, n: activation(q, n) in HIDDEN_SIMILAR),
        lambda name, v, q: HIDDEN_SIMILAR[activation(q, layer(name))](q[f"z{layer(name)}"]),
    ),
    "log-base": Slip(
        at("loss", when=lambda q, n: q.net.loss in ("bce", "cce")), lambda name, v, q: v / np.log(2)
    ),
    "half-entropy": Slip(
        at("loss", when=lambda q, n: q.net.loss == "bce"),
        lambda name, v, q: -(q["y"] * np.log(q[f"a{q.last}"])).sum() / q["m"],
    ),
    "targets-swapped": Slip(
        at("delta", when=lambda q, n: simple(q, n) and q.net.loss == "bce"),
        lambda name, v, q: q[f"a{q.last}"] - (1 - q["y"]),
    ),
    "no-mean": Slip(at("loss", *GRADIENTS), lambda name, v, q: v * q["m"]),
    "mean-twice": Slip(at("loss", *GRADIENTS), lambda name, v, q: v / q["m"]),
    "mean-early": Slip(at(*SIGNALS), lambda name, v, q: v / q["m"]),
    "two-over-m": Slip(at("loss", *GRADIENTS), lambda name, v, q: 2 * v),
    "other-count": Slip(at(*GRADIENTS), lambda name, v, q: v * q["m"] / (2 * q["m"])),
    "mean-over-outputs": Slip(
        at("loss", "delta", *GRADIENTS, when=lambda q, n: width(q, q.last) > 1),
        lambda name, v, q: v / width(q, q.last),
    ),
    "half-of-square": Slip(
        at("loss", *SIGNALS, when=lambda q, n: squared(q) and n in (0, q.last)),
        lambda name, v, q: v / 2 if q.net.loss == "mse" else 2 * v,
    ),
    "extra-slope": Slip(
        at("delta", when=lambda q, n: simple(q, n) and plain(q, n)),
        lambda name, v, q: (q[f"a{q.last}"] - q["y"]) * raw(q, q.last, q[f"a{q.last}"]),
    ),
    "cancelled-slope": Slip(
        at("delta", when=lambda q, n: n == q.last and squared(q) and sloped(q, n)),
        lambda name, v, q: q[f"a{q.last}"] - q["y"],
    ),
    "missing-slope": Slip(
        at("delta", when=lambda q, n: sloped(q, n) and not simple(q, n)),
        lambda name, v, q: q[f"dL_da{layer(name)}"],
    ),
    "slope-twice": Slip(
        at("delta", when=lambda q, n: plain(q, n) and not simple(q, n) and bent(q, n)),
        lambda name, v, q: q[f"dL_da{layer(name)}"] * q[f"da{layer(name)}_dz{layer(name)}"] ** 2,
    ),
    "slope-of-a": Slip(
        at("da_dz", "delta", when=curved),
        lambda name, v, q: times_slope(name, q, slope_at(q, layer(name), q[f"a{layer(name)}"])),
    ),
    "slope-of-z": Slip(
        at("da_dz", "delta", when=curved),
        lambda name, v, q: times_slope(name, q, raw(q, layer(name), q[f"z{layer(name)}"])),
    ),
    "other-slope": Slip(
        at("da_dz", when=curved),
        lambda name, v, q: OTHER_SLOPE[activation(q, layer(name))](q[f"a{layer(name)}"]),
    ),
    "softmax-diagonal": Slip(
        at("da_dz", when=lambda q, n: not plain(q, n)),
        lambda name, v, q: q[f"a{layer(name)}"] * (1 - q[f"a{layer(name)}"]),
    ),
    "slope-of-error": Slip(
        at("delta", when=lambda q, n: hidden(q, n) and curved(q, n)),
        lambda name, v, q: slope_at(q, layer(name), q[f"dL_da{layer(name)}"]),
    ),
    "updated-weights": Slip(at(*SIGNALS, when=hidden), handed_on(by_updated_weights)),
    "no-weights": Slip(at(*SIGNALS, when=hidden), handed_on(by_no_weights)),
    "weights-not-transposed": Slip(
        at(*SIGNALS, when=lambda q, n: hidden(q, n) and square(q, n + 1)),
        handed_on(by_weights_as_they_are),
    ),
    "broadcast": Slip(
        at("delta", when=lambda q, n: n == q.last and width(q, n) == 1 and q["m"] > 1),
        lambda name, v, q: by_flat_targets(q),
    ),
    "sign-of-class": Slip(
        at("delta", when=lambda q, n: simple(q, n) and plain(q, n) and of_classes(q)),
        lambda name, v, q: np.where(q["y"] == 0, -v, v),
    ),
    "sign": Slip(at("delta", *GRADIENTS), lambda name, v, q: -v),
    "transposed-gradient": Slip(at("dW"), lambda name, v, q: v.T),
    "other-input": Slip(
        at("dW", when=lambda q, n: n > 1),
        lambda name, v, q: q[f"z{layer(name) - 1}"].T @ q[f"delta{layer(name)}"] / q["m"],
    ),
    "bias-not-summed": Slip(
        at("db"),
        lambda name, v, q: q[f"delta{layer(name)}"] / (1 if layer(name) == q.last else q["m"]),
    ),
    "bias-wrong-product": Slip(at("db"), lambda name, v, q: q[f"dL_da{layer(name)}"].mean(axis=0)),
    "bias-per-weight": Slip(
        at("db", when=moves), lambda name, v, q: v * q[f"W{layer(name)}"].shape[0]
    ),
    "bias-left-out": Slip(at("db", when=moves), lambda name, v, q: v * 0),
    "one-example": Slip(
        at("dW"),
        lambda name, v, q: np.outer(previous(q, layer(name))[-1], q[f"delta{layer(name)}"][-1]),
    ),
    "accumulated": Slip(at(*GRADIENTS), lambda name, v, q: v + v),
    "uphill": Slip(at_trained, lambda name, v, q: q[name[:2]] + q["eta"] * q[f"d{name[:2]}"]),
    "no-rate": Slip(at_trained, lambda name, v, q: q[name[:2]] - q[f"d{name[:2]}"]),
    "not-updated": Slip(at_trained, lambda name, v, q: q[name[:2]]),
}
