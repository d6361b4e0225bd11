"""Random networks with data that fit them: the ground of the property tests."""

import numpy as np
from hypothesis import strategies as st

import backproof as bp
from backproof.activations import ACTIVATIONS
from backproof.losses import LOSSES

HIDDEN = [name for name, record in ACTIVATIONS.items() if not record.couples]
PAIRS = [
    (output, loss)
    for output in ACTIVATIONS
    for loss in LOSSES
    if LOSSES[loss].accepts(ACTIVATIONS[output])
]


@st.composite
def networks_with_data(draw, layers=(1, 4), widths=(1, 9), examples=(1, 20), pairs=PAIRS):
    """A network of 1 to 4 layers, widths 1 to 9, with 1 to 20 examples, any activations and losses
    that go together.
    """
    output, loss = draw(st.sampled_from(pairs))
    depth = draw(st.integers(*layers))
    sizes = [draw(st.integers(*widths)) for _ in range(depth + 1)]
    if output == "softmax":
        sizes[-1] = max(2, sizes[-1])
    hidden = [draw(st.sampled_from(HIDDEN)) for _ in range(depth - 1)]
    biases = [draw(st.sampled_from([True, True, True, False, "frozen"])) for _ in range(depth)]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    m = draw(st.integers(*examples))
    layers = []
    for n_in, n_out, activation, bias in zip(
        sizes, sizes[1:], [*hidden, output], biases, strict=False
    ):
        W = rng.normal(0, draw(st.sampled_from([0.3, 1.0])), (n_in, n_out))
        b = rng.normal(0, 1, n_out) if bias else None
        layers.append(bp.Layer(W, b, activation, bias == "frozen"))
    net = bp.Network(layers, loss)
    x = rng.normal(0, 1, (m, sizes[0]))
    y = targets(rng, m, sizes[-1], loss, soft=draw(st.booleans()))
    return net, x, y


def targets(rng, m, n, loss, soft):
    """Targets in the range of the loss: 0 and 1 (one of them per row under cce), or anything
    between.
    """
    if loss == "cce":
        rows = rng.random((m, n)) if soft else np.eye(n)[rng.integers(0, n, m)]
        return rows / rows.sum(axis=1, keepdims=True)
    if loss == "bce":
        return rng.random((m, n)) if soft else rng.integers(0, 2, (m, n)).astype(float)
    return rng.normal(0, 1, (m, n))


def far_from_kinks(net, x, distance=0.01):
    """Whether no pre-activation lies near a point where its activation isn't smooth."""
    z = bp.forward(net, x)
    return all(
        np.abs(z[f"z{k}"] - kink).min() > distance
        for k, layer in enumerate(net.layers, 1)
        for kink in layer.f.kinks
    )
