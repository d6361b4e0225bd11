"""An activation of one's own that couples a row is proved as what it is, not as softmax."""

import numpy as np
import pytest

import backproof as bp


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_slope(z, a):
    return a[..., :, None] * (np.eye(a.shape[-1]) - a[..., None, :])


def normalised_slope(z, a):
    total = (z**2 + 1).sum(axis=-1)[..., None, None]
    return np.eye(z.shape[-1]) / total - 2 * z[..., :, None] * z[..., None, :] / total**2


def length_slope(z, a):
    length = np.sqrt((z**2).sum(axis=-1))[..., None, None]
    return (np.eye(z.shape[-1]) - a[..., :, None] * a[..., None, :]) / length


DELTA = "KroneckerDelta(j, k)"
KINDS = {
    "softmax": (
        softmax,
        softmax_slope,
        "exp(z[j])/Sum(exp(z[k]), k)",
        f"a[j]*({DELTA} - a[k])",
        (0, 1),
    ),
    "temperature": (
        lambda z: softmax(z / 0.5),
        lambda z, a: softmax_slope(z, a) / 0.5,
        "exp(2*z[j])/Sum(exp(2*z[k]), k)",
        f"2*a[j]*({DELTA} - a[k])",
        (0, 1),
    ),
    "normalised": (
        lambda z: z / (z**2 + 1).sum(axis=-1, keepdims=True),
        normalised_slope,
        "z[j]/Sum(z[k]**2 + 1, k)",
        f"{DELTA}/Sum(z[i]**2 + 1, i) - 2*z[j]*z[k]/Sum(z[i]**2 + 1, i)**2",
        (-1, 1),
    ),
    "length 1": (
        lambda z: z / np.sqrt((z**2).sum(axis=-1, keepdims=True)),
        length_slope,
        "z[j]/sqrt(Sum(z[k]**2, k))",
        f"({DELTA} - a[j]*a[k])/sqrt(Sum(z[i]**2, i))",
        (-1, 1),
    ),
}
QUARTIC = bp.Loss("quartic", lambda a, y: (a - y) ** 4, lambda a, y: 4 * (a - y) ** 3)
X = np.random.default_rng(0).normal(size=(4, 2))
Y = np.eye(3)[[0, 1, 2, 1]]


def network(kind, formulas, factor, loss):
    f, slope, text, slope_text, reach = KINDS[kind]
    record = bp.Activation(
        f"own {kind}",
        f,
        lambda z, a: factor * slope(z, a),
        text if formulas else "",
        slope_text if formulas else "",
        range=reach,
        couples=True,
    )
    return bp.Network.random((2, 3), output=record, loss=loss, seed=2)


@pytest.mark.parametrize("formulas", [True, False], ids=["formulas", "functions alone"])
@pytest.mark.parametrize(
    ("kind", "loss"),
    [(kind, loss) for kind in KINDS for loss in ("mse", QUARTIC)]
    + [("softmax", "cce"), ("temperature", "cce")],
    ids=str,
)
def test_it_is_proved_and_a_wrong_slope_is_found(kind, loss, formulas):
    net = network(kind, formulas, 1.0, loss)
    proof = bp.verify(net, X, Y)
    assert proof.ok, proof.failures
    assert bp.check(dict(bp.backward(net, X, Y)), net, X, Y).ok
    wrong = bp.verify(network(kind, formulas, 1.001, loss), X, Y)
    assert next(one.name for one in wrong if not one.ok) == "da1_dz1"
