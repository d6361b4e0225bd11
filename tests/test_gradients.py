"""Every gradient of random networks, against a foreign autograd and against four-point central
differences.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import backproof as bp
import foreign
from networks import HIDDEN, PAIRS, far_from_kinks, networks_with_data

H = 3e-4  # the error of the differences falls with H to the fourth, their noise grows with 1/H


def assert_near(found, expected, relative, name):
    error, size = np.linalg.norm(np.ravel(found - expected)), np.linalg.norm(np.ravel(expected))
    assert error <= relative * size + 1e-300, f"{name}: {error / size:.1e} relative in norm"


def check_against_a_foreign_autograd(case, weighted, l2):
    net, x, y = case
    assume(far_from_kinks(net, x, 1e-9))
    weights = np.random.default_rng(len(x)).random(len(x)) + 0.1 if weighted else None
    found = bp.backward(net, x, y, example_weights=weights, l2=l2)
    # the naive cross entropy of the foreign side loses digits where an output saturates; ours
    # doesn't
    a = found[f"a{len(net.layers)}"]
    assume(net.loss not in ("bce", "cce") or (a.min() > 1e-3 and a.max() < 1 - 1e-3))
    for name, value in foreign.quantities(net, x, y, weights, l2).items():
        assert_near(found[name], value, 1e-12, name)


CASES = (networks_with_data(), st.booleans(), st.sampled_from([0.0, 0.0, 0.1]))
UNHURRIED = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.filter_too_much, HealthCheck.too_slow],
}


@given(*CASES)
@settings(max_examples=300, **UNHURRIED)
def test_against_a_foreign_autograd(case, weighted, l2):
    check_against_a_foreign_autograd(case, weighted, l2)


@pytest.mark.proof
@given(*CASES)
@settings(max_examples=10_000, derandomize=False, **UNHURRIED)
def test_many_against_a_foreign_autograd(case, weighted, l2):
    check_against_a_foreign_autograd(case, weighted, l2)


def differences(net, x, y, name, l2):
    """The derivative of the loss by each entry of a parameter: four points, so that the error falls
    with H to the fourth.
    """
    value = net.parameters()[name]
    result = np.empty_like(value)
    for index in np.ndindex(value.shape):

        def loss(step, index=index):
            moved = value.copy()
            moved[index] += step
            return bp.backward(net.with_parameters({name: moved}), x, y, l2=l2)["loss"]

        result[index] = (8 * (loss(H) - loss(-H)) - (loss(2 * H) - loss(-2 * H))) / (12 * H)
    return result


@given(networks_with_data(widths=(1, 5), examples=(1, 8)), st.sampled_from([0.0, 0.0, 0.1]))
@settings(max_examples=60, **UNHURRIED)
def test_against_central_differences(case, l2):
    net, x, y = case
    assume(far_from_kinks(net, x, 0.05))
    q = bp.backward(net, x, y, l2=l2)
    # what the differences themselves can't resolve
    noise = 4 * np.finfo(float).eps * max(1.0, abs(q["loss"])) / H
    for name in net.parameters():
        bound = 1e-9 * np.abs(q[f"d{name}"]).max()
        if bound > noise:
            found, expected = q[f"d{name}"], differences(net, x, y, name, l2)
            np.testing.assert_allclose(found, expected, rtol=0, atol=bound, err_msg=name)


@pytest.mark.parametrize(("output", "loss"), PAIRS)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_every_combination_once(output, loss, hidden):
    """So that no activation or loss is left to chance."""
    rng = np.random.default_rng(1)
    net = bp.Network.random((3, 4, 2), seed=2, activation=hidden, output=output, loss=loss)
    x, y = rng.normal(size=(5, 3)), np.eye(2)[rng.integers(0, 2, 5)]
    q = bp.backward(net, x, y)
    for name, expected in foreign.quantities(net, x, y).items():
        assert_near(q[name], expected, 1e-12, name)
    for name in net.parameters():
        found, expected = q[f"d{name}"], differences(net, x, y, name, 0.0)
        bound = 1e-9 * np.abs(found).max()
        np.testing.assert_allclose(found, expected, rtol=0, atol=bound, err_msg=name)


def test_softmax_with_targets_that_are_no_distribution():
    """Then delta is no a - y, and the product of the factors is what holds."""
    rng = np.random.default_rng(0)
    net = bp.Network.random((2, 3, 4), output="softmax")
    x, y = rng.normal(size=(6, 2)), rng.random((6, 4))
    q = bp.backward(net, x, y)
    for name, expected in foreign.quantities(net, x, y).items():
        assert_near(q[name], expected, 1e-12, name)
    assert not np.allclose(q["delta2"], q["a2"] - y)
    assert_near(np.einsum("ij,ijk->ik", q["dL_da2"], q["da2_dz2"]), q["delta2"], 1e-12, "product")


@given(networks_with_data())
@settings(max_examples=100, deadline=None)
def test_the_product_of_the_factors_is_delta(case):
    net, x, y = case
    q = bp.backward(net, x, y)
    assume(q[f"a{len(net.layers)}"].min() > 1e-6)
    for k, layer in enumerate(net.layers, 1):
        upstream, slope = q[f"dL_da{k}"], q[f"da{k}_dz{k}"]
        product = np.einsum("ij,ijk->ik", upstream, slope) if layer.f.couples else upstream * slope
        scale = np.abs(upstream).max() * np.abs(slope).max()
        np.testing.assert_allclose(product, q[f"delta{k}"], rtol=1e-9, atol=1e-12 * scale)


def test_example_weights_count_like_repeated_examples():
    net = bp.Network.random((2, 3, 1), seed=1)
    x, y = bp.load("xor")
    counts = [1, 3, 0, 2]
    weighted = bp.backward(net, x, y, example_weights=counts)
    repeated = bp.backward(net, np.repeat(x, counts, axis=0), np.repeat(y, counts, axis=0))
    for name in ("loss", "dW1", "db1", "dW2", "db2"):
        np.testing.assert_allclose(weighted[name], repeated[name], rtol=1e-12)


def test_another_loss_for_once():
    net = bp.Network.random((2, 2, 1))
    x, y = bp.load("xor")
    q = bp.backward(net, x, y, loss="half_mse")
    np.testing.assert_allclose(q["delta2"], (q["a2"] - y) * q["a2"] * (1 - q["a2"]), rtol=1e-12)
    assert net.loss == "bce"
