"""The network of the notes, written out by hand as the notes have it, against the package."""

import numpy as np
import pytest

import backproof as bp


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def by_hand(net, x, y):
    """Every quantity of the notes, in their order, with the 1/m where the mean loss has it."""
    (first, second), m = net.layers, len(x)
    z1 = x @ first.W + first.b
    a1 = sigmoid(z1)
    z2 = a1 @ second.W + second.b
    a2 = sigmoid(z2)
    loss = np.mean(-(y * np.log(a2) + (1 - y) * np.log(1 - a2)))
    dL_da2 = (a2 - y) / (a2 * (1 - a2))
    da2_dz2 = a2 * (1 - a2)
    delta2 = a2 - y
    dW2 = a1.T @ delta2 / m
    db2 = delta2.sum(axis=0) / m
    dL_da1 = delta2 @ second.W.T
    da1_dz1 = a1 * (1 - a1)
    delta1 = dL_da1 * da1_dz1
    dW1 = x.T @ delta1 / m
    db1 = delta1.sum(axis=0) / m
    names = "z1 a1 z2 a2 loss dL_da2 da2_dz2 delta2 dW2 db2 dL_da1 da1_dz1 delta1 dW1 db1"
    here = locals()
    return {name: here[name] for name in names.split()}


def test_every_quantity_in_the_order_of_computation(net, xor):
    expected, found = by_hand(net, *xor), bp.backward(net, *xor)
    assert list(found) == list(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-12, err_msg=name)
        assert np.shape(found[name]) == np.shape(value)
    assert isinstance(found["loss"], float)


def test_the_remaining_factors_are_other_quantities(net, xor):
    q = bp.backward(net, *xor)
    assert q["dz2_dW2"] is q["a1"]
    assert q["dz1_dW1"] is q["x"]
    assert q["dz2_da1"] is q["W2"]
    assert q["dz2_db2"] == 1
    for name in ("dz1_dx", "dz3_dW3", "dz2_dW1", "dz1_da0", "nothing"):
        with pytest.raises(KeyError):
            q[name]


@pytest.mark.parametrize(("a2", "delta2"), [(0.9, -0.1), (0.6, -0.4)])
def test_mistakes_a_and_b(a2, delta2):
    z2 = np.log(a2 / (1 - a2))
    net = bp.Network([bp.Layer([[1.0]], None, "identity"), bp.Layer([[1.0]], None, "sigmoid")])
    q = bp.backward(net, [[z2]], [[1.0]])
    assert q["a2"] == pytest.approx(a2, rel=1e-12)
    assert q["delta2"] == pytest.approx(delta2, rel=1e-12)


def test_training_is_the_notes_loop(net, xor):
    x, y = xor
    run = bp.train(net, x, y, learning_rate=0.5, epochs=50)
    W1, b1, W2, b2 = (value.copy() for value in net.parameters().values())
    for epoch in range(51):
        now = bp.Network([bp.Layer(W1, b1, "sigmoid"), bp.Layer(W2, b2, "sigmoid")])
        q = by_hand(now, x, y)
        assert run.losses[epoch] == pytest.approx(q["loss"], rel=1e-12)
        if epoch < 50:
            W1, b1, W2, b2 = (
                p - 0.5 * q[f"d{name}"]
                for p, name in zip((W1, b1, W2, b2), ("W1", "b1", "W2", "b2"), strict=True)
            )
    for found, expected in zip(run.network.parameters().values(), (W1, b1, W2, b2), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_decision_boundary_matches_the_gate(xor):
    x, y = xor
    run = bp.train(bp.Network.random((2, 2, 1), seed=0), x, y)
    assert run.solved is True
    assert ((run.network.predict(x) > 0.5) == (y == 1)).all()
