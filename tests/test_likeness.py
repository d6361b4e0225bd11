"""A copy of a built-in activation or loss keeps every digit as that does, however it is written."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

import backproof as bp
from backproof.likeness import known_activation, known_loss


def silent(function):
    def called(*arguments):
        with np.errstate(all="ignore"):
            return function(*arguments)

    return called


def activation(name, f, slope, **more):
    return bp.Activation(name, silent(f), silent(slope), **more)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def by_rows(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def slope_by_rows(z, a):
    return a[..., None] * (np.eye(a.shape[-1]) - a[..., None, :])


def by_a(z, a):
    return a * (1 - a)


BETWEEN = {"range": (0, 1)}
SIGMOIDS = {
    "formula": activation("own", sigmoid, by_a, **BETWEEN),
    "scipy": activation("own", expit, lambda z, a: expit(z) * expit(-z), **BETWEEN),
    "tanh": activation("own", lambda z: (1 + np.tanh(z / 2)) / 2, by_a, **BETWEEN),
    "two sides": activation(
        "own",
        lambda z: np.where(z > 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z))),
        by_a,
        **BETWEEN,
    ),
    "text": bp.Activation(
        "own", silent(sigmoid), by_a, "1/(1 + exp(-z))", "a*(1 - a)", range=(0, 1)
    ),
}
SOFTMAX = activation("own", by_rows, slope_by_rows, couples=True, **BETWEEN)
TANH = activation("own", lambda z: np.tanh(z), lambda z, a: 1 - a * a, range=(-1, 1))
OTHERS = {
    "cut off": activation("own", lambda z: sigmoid(np.clip(z, -500, 500)), by_a, **BETWEEN),
    "cut off near": activation("own", lambda z: np.clip(sigmoid(z), 1e-9, 1 - 1e-9), by_a),
    "wrong slope": activation("own", sigmoid, lambda z, a: 1.001 * a * (1 - a), **BETWEEN),
    "steeper": activation("own", lambda z: sigmoid(1.001 * z), by_a, **BETWEEN),
    "no number": activation("own", lambda z: np.full_like(z, np.nan), by_a),
    "another shape": activation("own", lambda z: z.sum(), by_a),
    "fails": activation("own", lambda z: z @ np.ones((7, 7)), by_a),
    "says it couples": activation("own", sigmoid, by_a, couples=True, **BETWEEN),
}


@pytest.mark.parametrize("record", SIGMOIDS.values(), ids=SIGMOIDS)
def test_a_sigmoid_is_one(record):
    assert known_activation(record).name == "sigmoid"


def test_softmax_and_tanh_too():
    assert known_activation(SOFTMAX).name == "softmax"
    assert known_activation(TANH).name == "tanh"


@pytest.mark.parametrize("record", OTHERS.values(), ids=OTHERS)
def test_another_function_is_none(record):
    assert known_activation(record) is record


def test_each_built_in_one_is_itself_alone():
    for record in (*bp.activations.ACTIVATIONS.values(), *bp.losses.LOSSES.values()):
        known = known_loss if isinstance(record, bp.Loss) else known_activation
        assert known(record) is record


def assert_same(own, builtin, x, y, **options):
    found, expected = (bp.backward(net, x, y, **options) for net in (own, builtin))
    for name, value in expected.items():
        finite = np.isfinite(value)
        size = np.abs(value[finite]).max(initial=1.0) if np.ndim(value) else max(1.0, abs(value))
        np.testing.assert_allclose(
            np.asarray(found[name])[finite],
            np.asarray(value)[finite],
            rtol=1e-12,
            atol=1e-12 * min(size, 1.0),
            err_msg=name,
        )


Z = st.floats(-900, 900)


@pytest.mark.parametrize("record", SIGMOIDS.values(), ids=SIGMOIDS)
@given(z=st.lists(Z, min_size=3, max_size=3), loss=st.sampled_from(["bce", "half_mse", "mse"]))
@settings(max_examples=40, deadline=None)
def test_a_saturated_copy_of_the_sigmoid(record, z, loss):
    x, y = np.array(z)[:, None], np.array([[0.0], [1.0], [0.25]])
    own, builtin = (
        bp.Network([bp.Layer([[1.0]], [0.0], f)], loss=loss) for f in (record, "sigmoid")
    )
    assert_same(own, builtin, x, y)
    assert_same(own, builtin, x, y, example_weights=[0, 1, 2])


@given(z=st.lists(Z, min_size=6, max_size=6))
@settings(max_examples=40, deadline=None)
def test_saturated_copies_of_softmax_and_tanh(z):
    x = np.reshape(z, (2, 3))
    for record, name, y in (
        (SOFTMAX, "softmax", np.eye(3)[[0, 2]]),
        (TANH, "tanh", np.array([[1.0, -1, 0.5]] * 2)),
    ):
        own, builtin = (bp.Network([bp.Layer(np.eye(3), None, f)]) for f in (record, name))
        loss = builtin.loss
        assert_same(own.with_loss(loss), builtin, x, y)


@pytest.mark.parametrize("z", [36.0, 37.0, 40.0, 800.0, -800.0])
def test_from_where_1_minus_a_is_0(z):
    """At z = 37 the output is 1 to the last digit, and a loss by the output would be infinite."""
    net = bp.Network([bp.Layer([[z]], [0.0], SIGMOIDS["formula"])], loss="bce")
    q = bp.backward(net, [[1.0]], [[0.0 if z > 0 else 1.0]])
    assert q["loss"] == pytest.approx(abs(z), rel=1e-12)
    assert q["delta1"].item() == q["dW1"].item() == pytest.approx(np.sign(z), rel=1e-12)


# losses

ENTROPY = (
    lambda a, y: -(y * np.log(a) + (1 - y) * np.log(1 - a)),
    lambda a, y: (a - y) / (a * (1 - a)),
)
DIVERGENCE = (
    lambda a, y: y * np.log(y / a) + (1 - y) * np.log((1 - y) / (1 - a)),
    ENTROPY[1],
)


def loss_of(functions, **more):
    return bp.Loss("own", *map(silent, functions), **more)


@pytest.mark.parametrize("more", [{}, {"output_range": (0, 1), "target_range": (0, 1)}])
@given(z=st.lists(Z, min_size=3, max_size=3))
@settings(max_examples=30, deadline=None)
def test_a_copy_of_the_cross_entropy(more, z):
    own = loss_of(ENTROPY, **more)
    assert known_loss(own).name == "bce"
    x, y = np.array(z)[:, None], np.array([[0.0], [1.0], [0.25]])
    one, other = (bp.Network([bp.Layer([[1.0]], [0.0])], loss=loss) for loss in (own, "bce"))
    assert_same(one, other, x, y)


def test_another_loss_is_none():
    for functions in (
        (ENTROPY[0], lambda a, y: 1.001 * ENTROPY[1](a, y)),
        (lambda a, y: ENTROPY[0](a, y) / 2, lambda a, y: ENTROPY[1](a, y) / 2),
        DIVERGENCE,
    ):
        own = loss_of(functions)
        assert known_loss(own) is own


@pytest.mark.parametrize(
    ("functions", "formula", "output"),
    [
        (DIVERGENCE, "", "sigmoid"),
        (DIVERGENCE, "y*log(y/a) + (1 - y)*log((1 - y)/(1 - a))", "sigmoid"),
        ((lambda a, y: y * np.log(y / a), lambda a, y: -y / a), "", "softmax"),
        ((lambda a, y: np.log(y / a) * y, lambda a, y: -y / a), "", "softmax"),
        ((lambda a, y: y * (np.log(y) - np.log(a)), lambda a, y: -y / a), "", "softmax"),
    ],
)
def test_a_target_of_0_has_no_part_in_y_log_y(functions, formula, output):
    """0·log 0 = 0: the divergence of targets that are 0 or 1 is their cross entropy."""
    ends = {"output_range": (0, 1), "target_range": (0, 1), "distribution": output == "softmax"}
    own = loss_of(functions, formula=formula, **ends)
    x, y = np.random.default_rng(3).normal(size=(4, 2)), np.eye(2)[[0, 1, 1, 0]]
    net = bp.Network.random((2, 3, 2), seed=1, output=output)
    found, expected = bp.backward(net, x, y, loss=own), bp.backward(net, x, y)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-11, atol=1e-13, err_msg=name)
    run = bp.train(net.with_loss(own), x, y, learning_rate=0.5, epochs=20)
    assert np.isfinite(run.losses).all()
    assert bp.check(dict(expected), net.with_loss(own), x, y).ok


def test_targets_between_are_as_they_were():
    own = loss_of(DIVERGENCE, output_range=(0, 1), target_range=(0, 1))
    net, x = bp.Network.random((2, 2, 1), loss=own), bp.load("xor")[0]
    y = np.array([[0.0], [0.2], [0.7], [1.0]])
    a = bp.backward(net, x, y)["a2"]
    with np.errstate(all="ignore"):
        right = np.nansum(DIVERGENCE[0](a[1:3], y[1:3])) - np.log(1 - a[0]) - np.log(a[3])
    assert bp.backward(net, x, y)["loss"] == pytest.approx(right.item() / 4, rel=1e-13)


def test_what_has_no_number_elsewhere_keeps_none():
    """0/0 of the outputs is nobody's 0."""
    own = loss_of((lambda a, y: (a - y) * (a / a), lambda a, y: a / a))
    q = bp.backward(bp.Network([bp.Layer([[0.0]], None, "identity")], loss=own), [[1]], [[1]])
    assert np.isnan(q["loss"])


def test_an_example_of_no_weight_has_no_part():
    """0 · ∞ = 0: the derivative of its loss by a saturated output is infinite."""
    net = bp.Network([bp.Layer([[1.0]], [0.0])])
    x, y = np.array([[-800.0], [0.5], [800.0]]), np.array([[1.0], [1.0], [0.0]])
    q = bp.backward(net, x, y, example_weights=[0, 1, 0])
    alone = bp.backward(net, x[1:2], y[1:2])
    assert np.isinf(bp.backward(net, x, y)["dL_da1"]).tolist() == [[True], [False], [True]]
    assert q["dL_da1"][[0, 2]].tolist() == [[0.0], [0.0]]
    for name in ("loss", "dW1", "db1"):
        np.testing.assert_allclose(q[name], alone[name], rtol=1e-14)
    for name in ("dL_da1", "delta1"):
        np.testing.assert_allclose(q[name][1], 3 * alone[name][0], rtol=1e-14)
    assert bp.check(dict(q), net, x, y, example_weights=[0, 1, 0]).ok
    for engine in ("numpy", "reference"):
        run = bp.train(net, x, y, example_weights=[0, 1, 0], epochs=5, engine=engine)
        assert run.stopped == "epochs"
