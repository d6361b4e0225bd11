"""The spine: the list of quantities, and its rewriting in other conventions."""

import numpy as np
import pytest
from hypothesis import given, settings

import backproof as bp
from backproof.arithmetic.floats import functions
from backproof.conventions import Convention
from backproof.program import evaluate, source
from backproof.steps import columns, steps, with_step_names
from networks import networks_with_data


def values_of(given_steps, net, x, y, **more):
    """Evaluate a list of steps, one after the other, from formulas alone."""
    values = {"x": x, "y": y, "m": float(len(x)), **functions(net), **net.parameters(), **more}
    for step in given_steps:
        values[step.name] = evaluate(step.formula, values)
    return values


def test_the_steps_of_the_notes():
    net = bp.Network.random((2, 2, 1))
    written = [str(step) for step in steps(net, update=True)]
    assert written[:2] == ["z1 = x @ W1 + b1    # eq. 1", "a1 = f1(z1)    # eq. 2"]
    assert "delta2 = a2 - y    # eq. 6" in written
    assert "dW2 = a1.T @ delta2 / m    # eq. 9" in written
    assert "db2 = delta2.sum(axis=0) / m    # eq. 10" in written
    assert "dL_da1 = delta2 @ W2.T    # eq. 7" in written
    assert "delta1 = dL_da1 * da1_dz1    # eq. 8" in written
    assert written[-4:] == [
        f"{name}_next = {name} - eta * d{name}    # eq. 11" for name in ("W1", "b1", "W2", "b2")
    ]


@pytest.mark.parametrize(
    ("output", "loss"), [("sigmoid", "mse"), ("tanh", "half_mse"), ("softmax", "mse")]
)
def test_what_does_not_simplify_stays_a_product(output, loss):
    net = bp.Network.random((2, 2, 2), output=output, loss=loss)
    assert next(step for step in steps(net) if step.name == "delta2").simplified is None


def test_every_formula_names_earlier_quantities_only():
    net = bp.Network.random((2, 3, 4, 1))
    known = {"x", "y", "m", "eta", *net.parameters()}
    for step in steps(net, update=True):
        assert set(step.from_names) <= known, step.name
        known.add(step.name)


@given(networks_with_data(layers=(1, 3)))
@settings(max_examples=50, deadline=None)
def test_formulas_are_what_backward_computes(case):
    net, x, y = case
    q = bp.backward(net, x, y)
    values = values_of(steps(net), net, x, y)
    for name in q:
        size = max(1.0, float(np.abs(q[name]).max()))
        np.testing.assert_allclose(values[name], q[name], rtol=1e-9, atol=1e-9 * size, err_msg=name)


@given(networks_with_data(layers=(1, 3)))
@settings(max_examples=50, deadline=None)
def test_a_whole_step_in_column_convention_is_the_transpose(case):
    net, x, y = case
    rows = values_of(steps(net, update=True), net, x, y, eta=0.3)
    turned = {
        name: value.T if value.ndim == 2 else value[:, None]
        for name, value in net.parameters().items()
    }
    values = {"x": x.T, "y": y.T, "m": float(len(x)), "eta": 0.3, **functions(net), **turned}
    for step in columns(steps(net, update=True)):
        values[step.name] = evaluate(step.formula, values)
        ours, theirs = np.asarray(rows[step.name]), np.asarray(values[step.name])
        if ours.ndim == 3:  # softmax: a matrix for each example
            continue
        expected = ours[:, None] if ours.ndim == 1 else ours.T
        np.testing.assert_allclose(theirs, expected, rtol=1e-12, atol=1e-14, err_msg=step.name)


@given(networks_with_data(layers=(1, 3)))
@settings(max_examples=50, deadline=None)
def test_with_the_mean_in_delta(case):
    net, x, y = case
    ours = values_of(steps(net), net, x, y)
    theirs = values_of(Convention.of(mean_in="delta").steps(steps(net)), net, x, y)
    for step in steps(net):
        share = len(x) if step.name.startswith(("dL_da", "delta")) else 1
        found, expected = np.asarray(theirs[step.name]) * share, ours[step.name]
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13, err_msg=step.name)


def test_other_names():
    net = bp.Network.random((2, 2, 1))
    other = with_step_names(steps(net), {"delta2": "dz2", "dW2": "grad_W2"})
    assert "grad_W2 = a1.T @ dz2 / m    # eq. 9" in map(str, other)


def test_columns_as_books_write_them():
    net = bp.Network.random((2, 2, 1))
    written = [str(step) for step in columns(steps(net))]
    assert written[0] == "z1 = W1 @ x + b1    # eq. 1"
    assert "dW2 = delta2 @ a1.T / m    # eq. 9" in written
    assert "dL_da1 = W2.T @ delta2    # eq. 7" in written
    assert "db2 = delta2.sum(axis=1, keepdims=True) / m    # eq. 10" in written


def test_the_training_program_leaves_out_what_only_explains():
    net = bp.Network.random((2, 2, 1))
    text = source(steps(net), ["loss", "dW1", "db1", "dW2", "db2"], ["x", "y", "m"])
    assert "dL_da2" not in text
    assert "delta2 = delta_z(z2, a2, y)" in text
