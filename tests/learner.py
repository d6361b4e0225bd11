"""A learner who works a step by hand: plain NumPy, each quantity rounded and carried on; and the
slips that are made.

Nothing here comes from the package but the network's numbers: the slips are written as people make
them, not as the catalogue does.
"""

import numpy as np
from scipy.special import erf

import backproof as bp

RATE = 0.5


def logistic(z):
    return 1 / (1 + np.exp(-z))


def normal(z):
    """The normal distribution's cumulative probability."""
    return (1 + erf(z / np.sqrt(2))) / 2


# activation: value from z, slope from z, slope from a (None where one can't)
ACTIVATION = {
    "sigmoid": (
        lambda z: 1 / (1 + np.exp(-z)),
        lambda z: 1 / (2 + np.exp(z) + np.exp(-z)),
        lambda a: a * (1 - a),
    ),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2, lambda a: 1 - a * a),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0, lambda a: (a > 0) * 1.0),
    "leaky_relu": (
        lambda z: np.where(z > 0, z, z / 100),
        lambda z: np.where(z > 0, 1, 0.01),
        lambda a: np.where(a > 0, 1, 0.01),
    ),
    "softplus": (
        lambda z: np.log(1 + np.exp(z)),
        lambda z: 1 / (1 + np.exp(-z)),
        lambda a: 1 - np.exp(-a),
    ),
    "elu": (
        lambda z: np.where(z > 0, z, np.exp(z) - 1),
        lambda z: np.where(z > 0, 1, np.exp(z)),
        lambda a: np.where(a > 0, 1, a + 1),
    ),
    "silu": (lambda z: z * logistic(z), lambda z: logistic(z) * (1 + z * (1 - logistic(z))), None),
    "gelu": (
        lambda z: z * normal(z),
        lambda z: normal(z) + z * np.exp(-z * z / 2) / np.sqrt(2 * np.pi),
        None,
    ),
    "identity": (lambda z: z * 1.0, lambda z: z * 0 + 1, lambda a: a * 0 + 1),
}


def softmax(z):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def softmax_slope(a):
    return np.array([np.diag(row) - np.outer(row, row) for row in a])


KINDS = (
    ("sigmoid", "sigmoid", "bce"),
    ("tanh", "sigmoid", "bce"),
    ("relu", "identity", "half_mse"),
    ("sigmoid", "sigmoid", "mse"),
    ("tanh", "softmax", "cce"),
    ("leaky_relu", "tanh", "half_mse"),
    ("softplus", "sigmoid", "half_mse"),
    ("sigmoid", "softmax", "mse"),
    ("elu", "sigmoid", "bce"),
    ("silu", "identity", "mse"),
    ("gelu", "tanh", "half_mse"),
)


def subject(seed, kinds=KINDS):
    """A random network and data of the textbook kinds; of every five one has no biases, one frozen
    ones, one a single example.
    """
    rng = np.random.default_rng(seed)
    activation, output, loss = kinds[seed % len(kinds)]
    sizes = [
        int(rng.integers(2, 4)),
        *(int(n) for n in rng.integers(2, 4, int(rng.integers(1, 3)))),
        int(rng.integers(1, 3)),
    ]
    if output == "softmax":
        sizes[-1] += 1
    m = int(rng.integers(2, 6))
    odd = rng.integers(0, 5) if len(kinds) > 1 else 4
    m = 1 if odd == 2 else m
    bias = {0: False, 1: "frozen"}.get(int(odd), True)
    net = bp.Network.random(
        sizes, seed=seed, activation=activation, output=output, loss=loss, bias=bias
    )
    if loss == "cce":
        y = np.eye(sizes[-1])[rng.integers(0, sizes[-1], m)]
    elif loss == "bce" and seed % 2:
        y = rng.integers(0, 2, (m, sizes[-1])).astype(float)
    elif loss == "bce":
        y = np.round(rng.random((m, sizes[-1])), 2)
    else:
        y = rng.normal(size=(m, sizes[-1]))
    return net, rng.normal(size=(m, sizes[0])), y


class Work(dict):
    """The quantities so far, with the parameters, `x`, `y`, `m`, `eta`; `a0` is `x`."""

    def __init__(self, net, x, y):
        super().__init__(net.parameters(), x=x, a0=x, y=y, m=len(x), eta=RATE)
        self.net, self.last = net, len(net.layers)
        self.written = {}

    def f(self, layer):
        """The three functions of a layer's activation."""
        return ACTIVATION[self.net.layers[layer - 1].activation]


def work(net, x, y, decimals=None, slips=None, rng=None, rounded=None):
    """Work a step; return every quantity as it was written, each one rounded to `decimals`, or by
    `rounded`, and carried on.

    `slips` changes quantities: by name a function of (value, everything so far). `rng` chooses
    among the ways in which one can compute a quantity. A slip that changes the shape is written
    down, but can't be carried on with.
    """
    q = Work(net, x, y)

    def to_decimals(value):
        return np.asarray(value, dtype=float) if decimals is None else np.round(value, decimals)

    rounded = rounded or to_decimals

    def put(name, value):
        q.written[name] = rounded(slips[name](value, q) if slips and name in slips else value)
        q[name] = q.written[name] if np.shape(value) == q.written[name].shape else rounded(value)
        return q[name]

    with np.errstate(all="ignore"):
        _forward(q, put)
        _loss(q, put)
        for n in range(q.last, 0, -1):
            _layer_back(q, n, put, rng)
        for n in range(1, q.last + 1):
            put(f"W{n}_next", q[f"W{n}"] - q["eta"] * q[f"dW{n}"])
            if f"b{n}" in q.net.trainable():
                put(f"b{n}_next", q[f"b{n}"] - q["eta"] * q[f"db{n}"])
            elif f"b{n}" in q:
                put(f"b{n}_next", q[f"b{n}"])
    return {name: value for name, value in q.written.items() if np.isfinite(value).all()}


def _forward(q, put):
    for n, layer in enumerate(q.net.layers, 1):
        put(f"z{n}", q[f"a{n - 1}"] @ q[f"W{n}"] + q.get(f"b{n}", 0))
        f = softmax if layer.activation == "softmax" else q.f(n)[0]
        put(f"a{n}", f(q[f"z{n}"]))


def _loss(q, put):
    a, y, kind = q[f"a{q.last}"], q["y"], q.net.loss
    if kind == "bce":
        entries, slope = -(y * np.log(a) + (1 - y) * np.log(1 - a)), (a - y) / (a * (1 - a))
        # 0 · log 0 is 0 by hand
        entries = np.where(y == 1, -np.log(a), np.where(y == 0, -np.log(1 - a), entries))
    elif kind == "cce":
        entries, slope = np.where(y == 0, 0, -y * np.log(a)), np.where(y == 0, 0, -y / a)
    else:
        c = 1 if kind == "mse" else 0.5
        entries, slope = c * (a - y) ** 2, 2 * c * (a - y)
    put("loss", entries.sum() / q["m"])
    put(f"dL_da{q.last}", slope)


def _layer_back(q, n, put, rng):
    def either():
        return rng is not None and rng.random() < 0.5

    output, kind = q.net.layers[n - 1].activation, q.net.loss
    if n < q.last:
        put(f"dL_da{n}", q[f"delta{n + 1}"] @ q[f"W{n + 1}"].T)
    if output == "softmax":
        slope = put(f"da{n}_dz{n}", softmax_slope(q[f"a{n}"]))
        product = np.einsum("ij,ijk->ik", q[f"dL_da{n}"], slope)
    else:
        _, from_z, from_a = q.f(n)
        by_z = from_a is None or either()
        slope = put(f"da{n}_dz{n}", from_z(q[f"z{n}"]) if by_z else from_a(q[f"a{n}"]))
        product = q[f"dL_da{n}"] * slope
    simplifies = n == q.last and (output, kind) in (("sigmoid", "bce"), ("softmax", "cce"))
    short = simplifies and (not np.isfinite(product).all() or not either())
    put(f"delta{n}", q[f"a{n}"] - q["y"] if short else product)
    put(f"dW{n}", q[f"a{n - 1}"].T @ q[f"delta{n}"] / q["m"])
    if f"b{n}" in q:
        put(f"db{n}", q[f"delta{n}"].sum(axis=0) / q["m"])
