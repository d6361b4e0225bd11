"""The differences: what is right is not rejected, however large, saturated or at a kink; what is
wrong is found there too, and what nothing proves is not ok.
"""

import warnings
from dataclasses import replace

import numpy as np
import pytest

import backproof as bp
from backproof.activations import ACTIVATIONS
from backproof.losses import LOSSES
from networks import HIDDEN, PAIRS, targets

ENTRIES = np.vectorize  # by which a function can't be followed


def opaque(f):
    return lambda *arrays: ENTRIES(f, otypes=[float])(*arrays)


def relu_squared(sign):
    return bp.Activation(
        "relu²",
        opaque(lambda z: max(z, 0.0) ** 2),
        opaque(lambda z, a: sign * 2 * max(z, 0.0)),
        range=(0, np.inf),
        kinks=(0,),
    )


@pytest.mark.parametrize(("sign", "right"), [(1, True), (-1, False)])
def test_at_a_kink_only_what_stands_there_is_left_out(sign, right, xor):
    """Without biases every hidden unit is 0 for the input (0, 0)."""
    net = bp.Network.random((2, 3, 1), activation=relu_squared(sign), bias=False, seed=1)
    proof = bp.verify(net, *xor)
    assert proof.ok is right, proof.failures
    left_out = "Of the 12 entries of delta1 that were moved, the differences leave out 3 at a kink."
    assert left_out in proof.remarks
    assert all(one.difference is not None for one in proof)
    if not right:
        assert next(one.name for one in proof if not one.ok) == "da1_dz1"


def test_what_nothing_proves_is_not_ok():
    """A jump at every example, and no formula: differences see nothing of it, nor does algebra."""
    relu = bp.Activation(
        "own", opaque(lambda z: max(z, 0.0)), opaque(lambda z, a: float(z > 0)), kinks=(0,)
    )
    net = bp.Network([bp.Layer([[1.0]], None, relu), bp.Layer([[1.0]], [0.0], "identity")])
    proof = bp.verify(net, [[0.0]], [[1.0]], identity=False)
    assert not proof.ok
    assert proof.failures == ["nothing proves delta1 here"]
    assert bp.verify(net, [[0.0]], [[1.0]]).ok  # the chain rule holds for any functions


def prices():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 2))
    net = bp.Network(
        [
            bp.Layer(rng.normal(size=(2, 3)), rng.normal(size=3), "tanh"),
            bp.Layer(1e5 * rng.normal(size=(3, 1)), [3e5], "identity"),
        ]
    )
    return net, x, 3e5 + 1e5 * x[:, :1]


def one_unit(weight, activation="sigmoid", x=1.0, y=0.0):
    return bp.Network([bp.Layer([[weight]], [0.0], activation)]), [[x]], [[y]]


@pytest.mark.parametrize(
    "case",
    [
        prices(),
        *(one_unit(weight, y=y) for weight in (-800, -740, 709.7, 710, 745) for y in (0, 1, 0.5)),
        one_unit(0.001, "tanh", 300, 0.3),
        one_unit(1e-9, "identity", 1e9, 2),
        one_unit(1e5, "softplus", 1, 7),
        (bp.Network.random((2, 3, 1), scale=300, seed=1), *bp.load("xor")),
        (bp.Network.random((2, 3, 1), init="zeros", activation="relu"), *bp.load("xor")),
    ],
    ids=lambda case: str(case[0]) + str(case[0].layers[-1].W[0, 0]),
)
@pytest.mark.parametrize("identity", [True, False])
def test_large_and_saturated_networks_are_not_rejected(case, identity):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        proof = bp.verify(*case, identity=identity)
    assert proof.ok, proof.failures


def test_a_wrong_slope_is_found_where_numbers_are_large():
    net, x, y = prices()
    wrong = bp.Activation("own", opaque(lambda z: z), opaque(lambda z, a: 1.00001))
    layers = [net.layers[0], replace_activation(net.layers[1], wrong)]
    proof = bp.verify(bp.Network(layers), x, y)
    assert next(one.name for one in proof if not one.ok) == "da2_dz2"


def replace_activation(layer, record):
    return bp.Layer(layer.W, layer.b, record)


@pytest.mark.parametrize("at_zero", [0.0, 1.0, -1.0, 3.0])
def test_at_the_kink_of_a_loss_a_slope_lies_between_its_sides(at_zero):
    mae = bp.Loss(
        "own",
        lambda a, y: np.abs(a - y),
        lambda a, y: np.where(a == y, at_zero, np.sign(a - y)),
    )
    net = bp.Network([bp.Layer([[1.0], [0.0]], [0.0], "identity")], mae)
    x = np.array([[0.0, 1], [1, 2], [0.5, 0]])
    assert bp.verify(net, x, x[:, :1]).ok is (abs(at_zero) <= 1)


def test_large_arrays_say_what_was_left_out():
    rng = np.random.default_rng(0)
    net = bp.Network.random((10, 60, 60, 3), output="softmax", scale=0.1)
    told = []
    proof = bp.verify(
        net, rng.normal(size=(40, 10)), np.eye(3)[rng.integers(0, 3, 40)], progress=told.append
    )
    assert proof.ok, proof.failures
    said = " ".join(proof.remarks)
    assert "300 of dW2" in said
    assert "The true values are enclosed for" in said
    assert "dW2 by differences" in told
    assert "the true values in balls" in told


# planted faults and right networks


def random_case(seed):
    """A network of any size of numbers: small, large, saturated, at kinks; and its data."""
    rng = np.random.default_rng(seed)
    output, loss = PAIRS[rng.integers(len(PAIRS))]
    sizes = [int(n) for n in rng.integers(1, 5, rng.integers(2, 5))]
    sizes[-1] = max(2, sizes[-1])
    net = bp.Network.random(
        sizes,
        seed=seed,
        activation=[HIDDEN[rng.integers(len(HIDDEN))] for _ in sizes[2:]],
        output=output,
        loss=loss,
        scale=rng.choice([1e-3, 0.3, 1, 3, 10, 100, 700, 1e4]),
        bias=bool(rng.integers(4)),
    )
    m = int(rng.integers(1, 8))
    x = rng.normal(size=(m, sizes[0])) * rng.choice([1e-3, 1, 1, 300])
    if not rng.integers(3):
        x = np.round(x / np.abs(x).max())  # units of 0 stand at the kink of their activation
    return net, x, targets(rng, m, sizes[-1], loss, soft=bool(rng.integers(2)))


def planted_case(seed):
    """A network with one derivative wrong, of an activation or of the loss, and its data."""
    rng = np.random.default_rng(seed)
    factor = rng.choice([0, -1, 0.5, 2, 0.999, 1.001, 1.00001])
    output, loss = PAIRS[rng.integers(len(PAIRS))]
    sizes = [3, 4, 3]
    options = {"activation": HIDDEN[rng.integers(len(HIDDEN))], "output": output, "loss": loss}
    role = ("activation", "output", "loss")[seed % 3]
    record = (LOSSES if role == "loss" else ACTIVATIONS)[options[role]]

    def derivative(*arrays):
        return factor * record.derivative(*arrays)

    wrong = replace(record, name="wrong", derivative=derivative, formula="", derivative_formula="")
    if role == "loss":
        wrong = replace(wrong, pairs={})
    net = bp.Network.random(sizes, seed=seed, **options | {role: wrong})
    x = rng.normal(size=(5, 3))
    return net, x, targets(rng, 5, 3, loss, soft=True)


def check_right(seeds):
    for seed in seeds:
        net, x, y = random_case(seed)
        proof = bp.verify(net, x, y, identity=False)
        assert proof.ok, (seed, str(net), proof.failures)


def check_planted(seeds):
    for seed in seeds:
        net, x, y = planted_case(seed)
        by_differences = [
            one.name
            for one in bp.verify(net, x, y, identity=False)
            if one.difference is not None and not one.difference <= 1e-6
        ]
        assert by_differences, (seed, str(net))
        expected = ("da1_dz1", "da2_dz2", "dL_da2")[seed % 3]
        assert by_differences[0] == expected, (seed, str(net), by_differences)


def test_right_networks_are_not_rejected():
    check_right(range(60))


def test_planted_derivatives_are_found():
    check_planted(range(15))


@pytest.mark.proof
def test_a_thousand_right_networks_of_every_kind():
    check_right(range(1000))


@pytest.mark.proof
def test_two_hundred_planted_derivatives():
    check_planted(range(200))
