"""An activation of one's own that couples a row is marked by its own slopes: it is no softmax."""

import numpy as np
import pytest

import backproof as bp

RNG = np.random.default_rng(7)
X = RNG.normal(size=(3, 2))
EYE = np.eye(3)


def sharp(z):
    e = np.exp(2 * (z - z.max(axis=-1, keepdims=True)))
    return e / e.sum(axis=-1, keepdims=True)


def unit(z):
    return z / np.sqrt((z**2).sum(axis=-1, keepdims=True))


def unit_slope(z, a):
    length = np.sqrt((z**2).sum(axis=-1, keepdims=True))[..., None]
    return (np.eye(z.shape[-1]) - a[..., :, None] * a[..., None, :]) / length


def shared(z):
    part = np.maximum(z, 0) + 0.1
    return part / part.sum(axis=-1, keepdims=True)


def shared_slope(z, a):
    total = (np.maximum(z, 0) + 0.1).sum(axis=-1, keepdims=True)[..., None]
    rises = (z > 0)[..., None, :]
    return (np.eye(z.shape[-1]) - a[..., :, None]) * rises / total


def turned(z):
    return 1 / (1 + np.exp(-z[..., ::-1]))


# by name: function, slopes, their texts, range
KINDS = {
    "softmax of 2z": (
        sharp,
        lambda z, a: 2 * a[..., :, None] * (np.eye(a.shape[-1]) - a[..., None, :]),
        ("exp(2*z[j])/Sum(exp(2*z[k]), k)", "2*a[j]*(KroneckerDelta(j, k) - a[k])"),
        (0, 1),
    ),
    "length 1": (
        unit,
        unit_slope,
        (
            "z[j]/sqrt(Sum(z[k]**2, k))",
            "(KroneckerDelta(j, k) - a[j]*a[k])/sqrt(Sum(z[i]**2, i))",
        ),
        (-1, 1),
    ),
    "log softmax": (
        lambda z: z - np.log(np.exp(z).sum(axis=-1, keepdims=True)),
        lambda z, a: np.eye(z.shape[-1]) - np.exp(a)[..., None, :],
        ("z[j] - log(Sum(exp(z[k]), k))", "KroneckerDelta(j, k) - exp(a[k])"),
        (-np.inf, 0),
    ),
    "running sum": (
        lambda z: np.cumsum(z, axis=-1),
        lambda z, a: np.broadcast_to(np.tril(np.ones((z.shape[-1],) * 2)), (*z.shape, z.shape[-1])),
        ("", ""),
        (-np.inf, np.inf),
    ),
    "shares with a kink": (shared, shared_slope, ("", ""), (0, 1)),
    "units turned round": (
        turned,
        lambda z, a: (a * (1 - a))[..., :, None] * np.eye(z.shape[-1])[::-1],
        ("", ""),
        (0, 1),
    ),
}
LOSSES = {
    "half_mse": "half_mse",
    "mse": "mse",
    "cce": "cce",
    "own": bp.Loss("own", lambda a, y: (a - y) ** 4, lambda a, y: 4 * (a - y) ** 3),
    "own entropy": bp.Loss(
        "own entropy",
        lambda a, y: -y * np.log(a),
        lambda a, y: -y / a,
        output_range=(0, 1),
        target_range=(0, 1),
        distribution=True,
    ),
    "outputs apart": bp.Loss(
        "apart",
        lambda a, y: np.stack([(a[:, i] - y[:, i]) ** 2 * (i + 1) for i in range(3)], axis=1),
        lambda a, y: np.stack([2 * (a[:, i] - y[:, i]) * (i + 1) for i in range(3)], axis=1),
    ),
}


def networks():
    for kind, (f, slope, texts, ends) in KINDS.items():
        for texts_given in (True, False) if texts[0] else (False,):
            formula, derivative_formula = texts if texts_given else ("", "")
            record = bp.Activation(
                kind, f, slope, formula, derivative_formula, range=ends, couples=True
            )
            for loss in LOSSES:
                if ends == (0, 1) or ("entropy" not in loss and loss != "cce"):
                    yield pytest.param(record, LOSSES[loss], id=f"{kind}-{texts_given}-{loss}")


@pytest.mark.parametrize(("record", "loss"), list(networks()))
def test_right_is_right_and_wrong_is_wrong(record, loss):
    net = bp.Network.random((2, 3), output=record, loss=loss, seed=3, scale=1.5)
    q = dict(bp.backward(net, X, EYE))
    for decimals in (None, 3):
        given = q if decimals is None else {name: np.round(q[name], decimals) for name in q}
        result = bp.check(given, net, X, EYE, decimals)
        assert (result.ok, result.convention) == (True, "notes"), result
    for name in ("da1_dz1", "delta1"):
        result = bp.check(q | {name: q[name] * 1.05 + 0.01}, net, X, EYE)
        assert [mark.name for mark in result.marks if mark.status == "wrong"] == [name], result


def test_the_slopes_of_softmax_are_named_only_where_they_are_a_mistake():
    f, slope, texts, ends = KINDS["softmax of 2z"]
    record = bp.Activation("own", f, slope, *texts, range=ends, couples=True)
    net = bp.Network.random((2, 3), output=record, loss="cce", seed=3)
    q = dict(bp.backward(net, X, EYE))
    # a - y is softmax's under this loss, and not this one's
    mark = bp.check(q | {"delta1": q["a1"] - EYE}, net, X, EYE)["delta1"]
    assert (mark.status, mark.mistake) == ("wrong", None)
    diagonal = 2 * q["a1"] * (1 - q["a1"])
    mark = bp.check(q | {"delta1": q["dL_da1"] * diagonal}, net, X, EYE)["delta1"]
    assert (mark.status, mark.mistake) == ("wrong", "softmax-diagonal")
