"""An output of one's own that is rounded to its end has its loss and delta all the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import backproof as bp


def silent(function):
    def called(*arguments):
        with np.errstate(all="ignore"):
            return function(*arguments)

    return called


def own(f, slope, *texts):
    return bp.Activation("own", silent(f), silent(slope), *texts, range=(0, 1))


# each is the sigmoid of 2z; none is a copy of a built-in record
STEEP = {
    "formula": own(lambda z: 1 / (1 + np.exp(-2 * z)), lambda z, a: 2 * a * (1 - a)),
    "text": own(
        lambda z: 1 / (1 + np.exp(-2 * z)),
        lambda z, a: 2 * a * (1 - a),
        "1/(1 + exp(-2*z))",
        "2*a*(1 - a)",
    ),
    "tanh": own(lambda z: 0.5 * (1 + np.tanh(z)), lambda z, a: 2 * a * (1 - a)),
    "cut off": own(
        lambda z: 1 / (1 + np.exp(-2 * np.clip(z, -500, 500))), lambda z, a: 2 * a * (1 - a)
    ),
}
TARGETS = np.array([[0.0], [1.0], [0.25]])


def single(record, W):
    return bp.Network([bp.Layer([[W]], [0.0], record)], loss="bce")


def assert_near(found, expected, rtol=1e-12):
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-300)


# from 2^-14 to the end half the digits of 1 - a are there, and the loss is as good as they are
Z = st.one_of(st.floats(-4, 4), st.floats(10, 450), st.floats(-450, -10))


@pytest.mark.parametrize("record", STEEP.values(), ids=STEEP)
@given(z=st.lists(Z, min_size=3, max_size=3), weights=st.sampled_from([None, [0, 1, 2]]))
@settings(max_examples=40, deadline=None)
def test_it_is_what_a_sigmoid_of_2z_has(record, z, weights):
    x = np.array(z)[:, None]
    q = bp.backward(single(record, 1.0), x, TARGETS, example_weights=weights)
    true = bp.backward(single("sigmoid", 2.0), x, TARGETS, example_weights=weights)
    assert_near(q["loss"], true["loss"])
    finite = np.isfinite(true["dL_da1"])
    assert_near(q["dL_da1"][finite], true["dL_da1"][finite])
    assert_near(q["delta1"], 2 * true["delta1"])


def test_a_loss_of_ones_own_too():
    loss = bp.Loss(
        "two",
        silent(lambda a, y: -2 * y * np.log(a) - 2 * (1 - y) * np.log(1 - a)),
        silent(lambda a, y: 2 * (a - y) / (a * (1 - a))),
        output_range=(0, 1),
    )
    q = bp.backward(single("sigmoid", 1.0), [[40.0], [-300.0]], [[0.0], [1.0]], loss=loss)
    assert_near(q["loss"], 2 * (40 + 300) / 2)
    assert_near(q["delta1"], [[2.0], [-2.0]])


def test_proved_and_marked():
    net, x, y = single(STEEP["formula"], 1.0), [[25.0], [0.3], [-0.4]], [[0.0], [1.0], [1.0]]
    q = bp.backward(net, x, y)
    assert np.isfinite([q["loss"], q["dW1"].item()]).all()
    assert bp.verify(net, x, y).ok
    assert bp.check(dict(q), net, x, y).ok
    wrong = dict(q, delta1=q["delta1"] * [[0.99], [1.0], [1.0]])
    assert not bp.check(wrong, net, x, y).ok


@pytest.mark.parametrize("engine", ["numpy", "reference"])
def test_trained_from_a_saturated_start(engine):
    """As the built-in sigmoid of twice the weights, at four times the rate, half of its steps."""
    x, y = [[1.0], [2.0]], [[0.0], [0.0]]
    ours = bp.train(single(STEEP["tanh"], 40.0), x, y, learning_rate=1.0, epochs=30, engine=engine)
    true = bp.train(single("sigmoid", 80.0), x, y, learning_rate=4.0, epochs=30, engine=engine)
    assert ours.stopped == "epochs"
    assert_near(ours.losses, true.losses, 1e-10)


def test_in_float32():
    net = bp.Network.random((1, 1), seed=0, output=STEEP["formula"], loss="bce").astype("float32")
    net = net.with_parameters({"W1": np.ones((1, 1), np.float32), "b1": np.zeros(1, np.float32)})
    q = bp.backward(net, [[10.0], [30.0]], [[0.0], [0.0]])
    assert_near(q["delta1"], [[2.0], [2.0]], 1e-6)
    assert_near(q["loss"], 40.0, 1e-6)


def test_what_has_no_value_gets_none():
    """Where the output is 1 in truth, the loss of a target of 0 is infinite."""
    hard = own(
        lambda z: np.clip(0.5 + z / 5, 0, 1), lambda z, a: np.where(np.abs(z) < 2.5, 0.2, 0.0)
    )
    q = bp.backward(single(hard, 1.0), [[3.0], [3.0]], [[0.0], [1.0]])
    assert np.isinf(q["loss"])
    assert q["delta1"][1] == 0


def test_a_function_without_a_formula_stays_as_it_is():
    unread = own(
        lambda z: np.array(1 / (1 + np.exp(-2 * np.asarray(z).tolist()[0][0]))) + 0 * z,
        lambda z, a: 2 * a * (1 - a),
    )
    assert np.isinf(bp.backward(single(unread, 1.0), [[40.0]], [[0.0]])["loss"])
