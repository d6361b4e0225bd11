"""What is true of an activation or a loss, found from its functions: against what is known of it,
and against functions that look alike up to a point.
"""

import math

import numpy as np
import pytest
from sklearn.neural_network import _base as sklearn_networks

import backproof as bp
from backproof.activations import ACTIVATIONS, IDENTITY, RELU, SIGMOID, SOFTMAX, TANH
from backproof.losses import BCE, CCE, HALF_MSE, LOSSES, MSE
from backproof.records import plain_residual

Z = np.random.default_rng(0).normal(scale=3, size=(200, 3))


def own(f, derivative=None, **facts):
    return bp.Activation("own", f, derivative or (lambda z, a: np.ones_like(z)), **facts)


def own_loss(value, derivative=None, **facts):
    return bp.Loss("own", value, derivative or (lambda a, y: a - y), **facts)


@pytest.mark.parametrize("name", [name for name, one in ACTIVATIONS.items() if not one.couples])
def test_facts_about_an_activation_are_true(name):
    record = ACTIVATIONS[name]
    a = record.f(Z)
    slopes = record.derivative(Z, a)
    low, high = record.range
    assert low <= a.min()
    assert a.max() <= high
    assert record.monotone == (name not in ("silu", "gelu"))
    assert record.linear == (name == "identity")
    assert record.bounded == (name in ("sigmoid", "tanh"))
    assert record.is_probability == (name == "sigmoid")
    assert np.abs(slopes).max() <= record.steepest * (1 + 1e-3)
    assert record.slope_is_0_or_1 == np.isin(slopes, (0, 1)).all()
    for value in (0.3, -0.2):
        z = record.inverse(value)
        assert z is None or float(record.f(np.array([[z]])).item()) == pytest.approx(
            value, abs=1e-9
        )


@pytest.mark.parametrize(
    ("record", "steepest"), [(SIGMOID, 0.25), (TANH, 1.0), (RELU, 1.0), (SOFTMAX, 1.0)]
)
def test_the_steepest_slope(record, steepest):
    assert record.steepest == steepest


def test_the_levels_of_a_slope():
    assert RELU.slope_levels == (0.0, 0.5, 1.0)
    assert ACTIVATIONS["leaky_relu"].slope_levels == pytest.approx((0.01, 0.505, 1.0))
    assert SIGMOID.slope_levels == IDENTITY.slope_levels == ()


def test_a_function_that_is_the_identity_up_to_a_point_is_not_linear():
    for bound in (1.0, 6.0, 40.0, 1e4):
        clipped = own(
            lambda z, bound=bound: np.clip(z, -bound, bound),
            lambda z, a, bound=bound: (np.abs(z) < bound) * 1.0,
        )
        assert not clipped.linear
        assert clipped.monotone
    assert own(lambda z: z.copy()).linear


def test_a_function_that_turns_far_out_is_not_monotone():
    turns = own(lambda z: np.where(z < 30, z, 60 - z), lambda z, a: np.where(z < 30, 1.0, -1.0))
    assert not turns.monotone
    assert own(lambda z: -z, lambda z, a: -np.ones_like(z)).monotone


def test_facts_about_a_loss():
    assert (MSE.squared, HALF_MSE.squared, BCE.squared, CCE.squared) == (1.0, 0.5, 0.0, 0.0)
    assert (BCE.entropy, CCE.entropy, MSE.entropy) == ("binary", "categorical", "")
    assert (BCE.sure, MSE.sure, HALF_MSE.sure) == (math.log(2), 0.25, 0.125)
    assert BCE.of_probabilities
    assert not MSE.of_probabilities
    y = np.array([0.0, 1.0, 1.0])
    for loss in (BCE, MSE, HALF_MSE):
        shared = np.linspace(1e-3, 1 - 1e-3, 999)[:, None]
        totals = loss.value(np.repeat(shared, 3, axis=1), y).sum(axis=1)
        assert loss.least(y) == pytest.approx(totals.min(), rel=1e-5)


@pytest.mark.parametrize("delta", [1.0, 5.0, 1e3])
def test_a_loss_that_is_squared_up_to_a_point_is_not_the_squared_error(delta):
    def value(a, y):
        d = np.abs(a - y)
        return np.where(d <= delta, d**2 / 2, delta * (d - delta / 2))

    huber = own_loss(value, lambda a, y: np.clip(a - y, -delta, delta))
    assert huber.squared == 0.0
    # so it is trained as it is, and not as the squared error
    net = bp.Network([bp.Layer([[1.0]], [0.0], "identity")], huber)
    q = bp.backward(net, [[5e3]], [[0.0]])
    assert q["dL_da1"] == delta
    assert bp.verify(net, [[5e3]], [[0.0]]).ok


@pytest.mark.parametrize(
    ("share", "value", "derivative"),
    [
        (1.0, lambda a, y: np.square(a - y), lambda a, y: 2 * a - 2 * y),
        (0.5, lambda a, y: 0.5 * (y - a) ** 2, lambda a, y: -(y - a)),
        (0.0, lambda a, y: 3 * (a - y) ** 2, lambda a, y: 6 * (a - y)),
        (0.0, lambda a, y: (a - y) ** 2, lambda a, y: a - y),  # not its derivative
        (0.0, lambda a, y: (a - y) ** 2 / a.shape[1], lambda a, y: 2 * (a - y) / a.shape[1]),
        (0.0, lambda a, y: np.abs(a - y), lambda a, y: np.sign(a - y)),
        (0.0, lambda a, y: (a - y) ** 4, lambda a, y: 4 * (a - y) ** 3),
        (0.0, lambda a, y: np.log(np.cosh(a - y)), lambda a, y: np.tanh(a - y)),
    ],
)
def test_how_much_of_the_squared_error_a_loss_is(share, value, derivative):
    assert own_loss(value, derivative).squared == share


@pytest.mark.parametrize("outputs", [1, 2, 3])
@pytest.mark.parametrize("output", ["identity", "sigmoid", "softmax"])
@pytest.mark.parametrize(
    "of_row",
    [
        lambda a: 1 / a.shape[1],  # the mean over the outputs
        lambda a: np.array([1.0, 3.0, 0.5])[: a.shape[-1]],  # a weight for each output
        lambda a: 1 / 3000,
        lambda a: 1 / 7e9,
    ],
    ids=["mean", "weights", "3000", "7e9"],
)
def test_a_squared_error_of_ones_own_scale_stays_what_it_is(of_row, output, outputs):
    if outputs == 1 and output == "softmax":
        output = "tanh"
    loss = own_loss(lambda a, y: (a - y) ** 2 * of_row(a), lambda a, y: 2 * (a - y) * of_row(a))
    rng = np.random.default_rng(outputs)
    x, y = rng.normal(size=(4, 2)), rng.uniform(size=(4, outputs))
    net = bp.Network.random((2, 2, outputs), output=output, loss=loss, seed=1)
    q = bp.backward(net, x, y)
    name = f"a{len(net.layers)}"
    assert q["loss"] == pytest.approx(loss.value(q[name], y).sum(axis=1).mean(), rel=1e-15)
    np.testing.assert_array_equal(q["dL_da2"], loss.derivative(q[name], y))
    assert bp.check(dict(q), net, x, y).ok


def test_a_loss_that_is_squared_between_probabilities_up_to_a_point_is_not_the_squared_error():
    def value(a, y):
        d = np.abs(a - y)
        return np.where(d <= 0.92, d**2 / 2, 0.92 * (d - 0.46))

    huber = own_loss(value, lambda a, y: np.clip(a - y, -0.92, 0.92), output_range=(0, 1))
    assert huber.squared == 0.0


def test_a_function_that_writes_into_what_it_is_given_spoils_nothing_for_others():
    def relu(z):
        return np.maximum(z, 0, out=z)

    writing = own(relu, lambda z, a: (a > 0) * 1.0, kinks=(0,))
    assert not writing.linear
    assert writing.monotone
    assert writing.slope_levels == (0.0, 0.5, 1.0)
    absolute = own(np.abs, lambda z, a: np.sign(z))
    assert not absolute.linear
    assert not absolute.monotone


def test_the_names_in_scikit_learn_mean_the_same():
    theirs = sklearn_networks.ACTIVATIONS
    named = [record for record in ACTIVATIONS.values() if record.sklearn]
    assert {record.sklearn for record in named} <= set(theirs)
    assert len(named) == 5
    for record in named:
        found = Z.copy()
        theirs[record.sklearn](found)  # in place
        np.testing.assert_allclose(found, record.f(Z), rtol=1e-12, atol=1e-14)


def test_the_names_of_losses_in_scikit_learn_mean_the_same():
    theirs = sklearn_networks.LOSS_FUNCTIONS
    rng = np.random.default_rng(1)
    one, targets = rng.uniform(0.05, 0.95, (20, 1)), rng.integers(0, 2, (20, 1)).astype(float)
    several = rng.dirichlet(np.ones(3), 20)
    for loss, a, y in (
        (BCE, one, targets),
        (CCE, several, np.eye(3)[rng.integers(0, 3, 20)]),
        (HALF_MSE, one * 5, targets * 3),
    ):
        found = theirs[loss.sklearn](y, a)
        assert found == pytest.approx(loss.value(a, y).sum() / len(a), rel=1e-12)
    assert {loss.sklearn for loss in LOSSES.values()} <= {"", *theirs}


def test_every_name_elsewhere_is_one_of_its_own():
    for where in ("onnx", "torch", "sklearn"):
        for records in (ACTIVATIONS, LOSSES):
            names = [getattr(one, where, "") for one in records.values()]
            given = [name for name in names if name]
            assert len(set(given)) == len(given)


def test_the_usual_loss_of_an_output():
    net = bp.Network([bp.Layer([[1.0]], [0.0], own(np.sin, lambda z, a: np.cos(z)))])
    assert net.loss == "half_mse"
    for record in ACTIVATIONS.values():
        assert record.usual_loss in ("", *LOSSES)
        assert record.residual is not None
    assert IDENTITY.residual is plain_residual
