"""Activations and losses: against their own formulas in SymPy, with fifty digits, and at the
limits.
"""

import mpmath
import numpy as np
import pytest
import sympy

import backproof as bp
from backproof.activations import ACTIVATIONS
from backproof.losses import LOSSES

Z = np.array([-30.0, -5.5, -2.0, -0.3, -1e-9, 1e-9, 0.4, 1.7, 6.0, 33.0])
SMOOTH = [name for name, record in ACTIVATIONS.items() if not record.couples]


@pytest.mark.parametrize("name", SMOOTH)
def test_activation_and_derivative_keep_their_digits(name):
    record = ACTIVATIONS[name]
    a = record.f(Z)
    slope = record.derivative(Z, a)
    symbol = sympy.Symbol("z", real=True)
    f = sympy.sympify(record.formula, locals={"z": symbol})
    by_sympy = sympy.diff(f, symbol)
    for z, found, found_slope in zip(Z, a, slope, strict=True):
        at = {symbol: sympy.Float(z, 300)}
        expected, expected_slope = (float(one.subs(at).evalf(300)) for one in (f, by_sympy))
        assert found == pytest.approx(expected, rel=1e-13, abs=1e-300)
        assert found_slope == pytest.approx(expected_slope, rel=1e-13, abs=1e-300)


@pytest.mark.parametrize("name", SMOOTH)
def test_the_stated_derivative_is_the_derivative(name):
    record = ACTIVATIONS[name]
    z = sympy.Symbol("z", real=True)
    f = sympy.sympify(record.formula, locals={"z": z})
    stated = sympy.sympify(record.derivative_formula, locals={"z": z, "a": f})
    for value in (-2.25, -0.5, 0.75, 3.0):
        at = {z: sympy.Rational(value)}
        assert abs((sympy.diff(f, z) - stated).subs(at).evalf(30)) < 1e-25


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("sigmoid", 0, 1),
        ("tanh", -1, 1),
        ("relu", 0, 1000),
        ("leaky_relu", -10, 1000),
        ("elu", -1, 1000),
        ("softplus", 0, 1000),
        ("silu", 0, 1000),
        ("gelu", 0, 1000),
        ("identity", -1000, 1000),
    ],
)
def test_limits(name, low, high):
    record = ACTIVATIONS[name]
    z = np.array([-1000.0, 1000.0])
    np.testing.assert_array_equal(record.f(z), [low, high])
    assert np.isfinite(record.derivative(z, record.f(z))).all()


@pytest.mark.parametrize(
    ("z", "y", "loss", "delta"),
    [(1000, 1, 0, 0), (1000, 0, 1000, 1), (-1000, 1, 1000, -1), (-1000, 0, 0, 0)],
)
def test_bce_at_the_limits(z, y, loss, delta):
    net = bp.Network([bp.Layer([[1.0]], None, "sigmoid")])
    q = bp.backward(net, [[z]], [[y]])
    assert (q["loss"], q["delta1"][0, 0], q["dW1"][0, 0]) == (loss, delta, delta * z)


def test_cce_at_the_limits():
    net = bp.Network([bp.Layer(np.eye(3), None, "softmax")])
    q = bp.backward(net, [[1000.0, -1000.0, 0.0]], [[0.0, 1.0, 0.0]])
    assert q["loss"] == 2000
    np.testing.assert_array_equal(q["delta1"], [[1, -1, 0]])


@pytest.mark.parametrize("z", [-40.0, -12.0, 0.1, 12.0, 40.0, 300.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_bce_keeps_its_digits(z, y):
    q = bp.backward(bp.Network([bp.Layer([[1.0]], None, "sigmoid")]), [[z]], [[y]])
    with mpmath.workdps(400):
        a = 1 / (1 + mpmath.exp(-mpmath.mpf(z)))
        loss = float(-(y * mpmath.log(a) + (1 - y) * mpmath.log(1 - a)))
        assert q["loss"] == pytest.approx(loss, rel=1e-14)
        assert q["delta1"][0, 0] == pytest.approx(float(a - y), rel=1e-14)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_against_their_formulas(name):
    record = LOSSES[name]
    a, y = sympy.symbols("a y")
    value = sympy.sympify(record.formula)
    stated = sympy.sympify(record.derivative_formula)
    assert sympy.simplify(sympy.diff(value, a) - stated) == 0
    for at_a in (0.05, 0.4, 0.93):
        for at_y in (0.0, 0.3, 1.0):
            at = {a: at_a, y: at_y}
            arrays = np.array([[at_a]]), np.array([[at_y]])
            for function, formula in ((record.value, value), (record.derivative, stated)):
                expected = float(formula.subs(at))
                assert function(*arrays)[0, 0] == pytest.approx(expected, rel=1e-13)


BCE_WITH_TANH = "With 'bce' use the output sigmoid; with a tanh output use the loss mse, half_mse"


@pytest.mark.parametrize(
    ("output", "loss", "use"),
    [
        ("tanh", "bce", BCE_WITH_TANH),
        ("identity", "bce", "use the output sigmoid"),
        ("softmax", "bce", "with a softmax output use the loss cce, mse, half_mse"),
        ("sigmoid", "cce", "With 'cce' use the output softmax"),
        ("sigmoid", "bcee", "Did you mean 'bce'?"),
        ("sigmiod", None, "Did you mean 'sigmoid'?"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_does(output, loss, use):
    with pytest.raises(bp.InputError) as error:
        bp.Network.random((2, 2, 2), output=output, loss=loss)
    assert use in str(error.value)


def test_softmax_stands_on_the_output_only():
    with pytest.raises(bp.InputError, match="output layer only"):
        bp.Network.random((2, 2, 1), activation="softmax", output="sigmoid")
    with pytest.raises(bp.InputError, match="use sigmoid"):
        bp.Network.random((2, 2, 1), output="softmax")


def test_records_of_ones_own():
    cube = bp.Activation("cube", f=lambda z: z**3, derivative=lambda z, a: 3 * z**2)
    huber = bp.Loss(
        "log_cosh",
        value=lambda a, y: np.log(np.cosh(a - y)),
        derivative=lambda a, y: np.tanh(a - y),
    )
    net = bp.Network.random((2, 3, 2), seed=4, activation=cube, output="identity", loss=huber)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    q, step = bp.backward(net, x, y), 1e-6
    for name, value in net.parameters().items():
        for index in np.ndindex(value.shape):
            up, down = value.copy(), value.copy()
            up[index] += step
            down[index] -= step
            moved = [net.with_parameters({name: value}) for value in (up, down)]
            higher, lower = (bp.backward(one, x, y)["loss"] for one in moved)
            expected = (higher - lower) / 2 / step
            assert q[f"d{name}"][index] == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_a_bare_function_is_no_activation():
    with pytest.raises(bp.InputError, match="with its derivative"):
        bp.Layer([[1.0]], None, np.tanh)
