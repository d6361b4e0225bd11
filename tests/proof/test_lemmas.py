"""Lemmas about functions with kinks, with signs and over rows: what is proved, what is refuted,
what is left open.
"""

from dataclasses import replace

import numpy as np
import pytest

import backproof as bp

X = np.random.default_rng(0).normal(size=(4, 2)).round(2)
Y = np.eye(2)[[0, 1, 1, 0]]


def of_two_kinks(slope):
    return bp.Activation(
        "hard_tanh",
        lambda z: np.clip(z, -1, 1),
        lambda z, a: np.where(np.abs(z) < 1, slope, 0.0),
        kinks=(-1, 1),
        range=(-1, 1),
    )


@pytest.mark.parametrize(("slope", "holds"), [(1.0, True), (2.0, False)])
def test_between_two_kinks_the_lemma_looks_too(slope, holds, xor):
    x = np.array([[1.0, 1], [-1, -1], [1, 0], [-1, 0]])  # no unit stands between them
    net = bp.Network(
        [bp.Layer([[5.0], [5.0]], [0.0], of_two_kinks(slope)), bp.Layer([[1.0]], [0.0])]
    )
    proof = bp.verify(net, x, xor[1])
    assert proof.lemmas[0].holds is holds
    assert proof.ok is holds


@pytest.mark.parametrize(
    "record",
    [
        bp.Activation("abs", np.abs, lambda z, a: np.sign(z), kinks=(0,)),
        bp.Activation("relu", lambda z: np.maximum(z, 0), lambda z, a: (z >= 0) * 1.0, kinks=(0,)),
    ],
)
def test_at_the_kink_a_derivative_is_what_its_function_says(record, xor):
    net = bp.Network([bp.Layer([[1.0], [1.0]], None, record), bp.Layer([[1.0]], [0.0])])
    proof = bp.verify(net, *xor)
    assert proof.ok, proof.failures
    assert proof.quantities["da1_dz1"].enclosure is not None


def test_functions_with_a_sign_in_them_are_proved(xor):
    symlog = bp.Activation(
        "symlog",
        lambda z: np.sign(z) * np.log1p(np.abs(z)),
        lambda z, a: 1 / (1 + np.abs(z)),
        kinks=(0,),
    )
    proof = bp.verify(bp.Network.random((2, 2, 1), activation=symlog, seed=1), *xor)
    assert proof.ok, proof.failures
    assert proof.lemmas[0].holds


def test_a_function_that_looks_at_the_shape_is_not_followed(xor):
    scaled = bp.Activation(
        "scaled",
        lambda z: np.tanh(z) / np.sqrt(z.shape[-1]),
        lambda z, a: (1 - np.tanh(z) ** 2) / np.sqrt(z.shape[-1]),
    )
    net = bp.Network.random((2, 2, 1), activation=scaled, seed=1)
    proof = bp.verify(net, *xor)
    assert proof.ok, proof.failures
    assert proof.lemmas[0].holds is None


def test_what_algebra_can_not_show_of_a_row_is_no_fault():
    def value(z):
        return (np.maximum(z, 0) ** 2 / 2).sum(axis=-1, keepdims=True) - z

    def slope(z, a):
        n = z.shape[-1]
        return np.maximum(z, 0)[..., None, :] * np.ones((n, 1)) - np.eye(n)

    record = bp.Activation(
        "odd",
        value,
        slope,
        formula="Sum(Max(z[k], 0)**2/2, k) - z[j]",
        derivative_formula="Max(z[k], 0) - KroneckerDelta(j, k)",
        couples=True,
    )
    for seed in range(5):
        net = bp.Network.random((2, 2, 2), output=record, seed=seed)
        q = {name: np.round(value, 3) for name, value in bp.backward(net, X, Y).items()}
        assert bp.check(q, net, X, Y, decimals=3).ok
    proof = bp.verify(net, X, Y)
    assert proof.ok, proof.failures
    assert proof.lemmas[1].holds is None
    wrong = replace(record, derivative_formula="Max(z[k], 0) - 2*KroneckerDelta(j, k)")
    assert not bp.verify(bp.Network.random((2, 2, 2), output=wrong, seed=1), X, Y).ok


@pytest.mark.parametrize(
    ("value", "slope", "right"),
    [
        (lambda z: np.maximum(z, 0), lambda z, a: np.where(z == 0, 0.5, (z > 0) * 1.0), True),
        (lambda z: np.maximum(z, 0), lambda z, a: np.where(z == 0, 5.0, (z > 0) * 1.0), False),
        (np.tanh, lambda z, a: np.where(z == 0, 5.0, 1 - a * a), False),
    ],
    ids=["between", "beyond", "no jump"],
)
def test_at_a_kink_a_slope_lies_between_those_of_its_sides(value, slope, right, xor):
    record = bp.Activation("own", value, slope, kinks=(0,))
    net = bp.Network([bp.Layer([[1.0], [1.0]], None, record), bp.Layer([[1.0]], [0.0])])
    assert bp.verify(net, *xor).ok is right


def test_branches_that_do_not_hold_between_two_kinks_are_not_computed(xor):
    """Some of them have no value there: 1/z at 0, the root of a negative number."""
    inverse = bp.Activation(
        "inverse",
        lambda z: np.where(np.abs(z) > 1, 1 / np.where(z == 0, 1, z), z),
        lambda z, a: np.where(np.abs(z) > 1, -1 / np.where(z == 0, 1, z) ** 2, 1.0),
        formula="Piecewise((1/z, Abs(z) > 1), (z, True))",
        derivative_formula="Piecewise((-1/z**2, Abs(z) > 1), (1, True))",
        kinks=(-1, 1),
    )
    root = bp.Activation(
        "root",
        lambda z: np.where(np.abs(z) < 1, z, np.sign(z) * np.sqrt(np.abs(z))),
        lambda z, a: np.where(np.abs(z) < 1, 1.0, 0.5 / np.sqrt(np.maximum(np.abs(z), 1))),
        formula="Piecewise((-(-z)**0.5, z < -1), (z, z < 1), (z**0.5, True))",
        derivative_formula=(
            "Piecewise((0.5*(-z)**(-0.5), z < -1), (1, z < 1), (0.5*z**(-0.5), True))"
        ),
        kinks=(-1, 1),
    )
    for record in (inverse, root):
        proof = bp.verify(bp.Network.random((2, 2, 1), activation=record, seed=1), *xor)
        assert proof.ok, proof.failures
        assert proof.lemmas[0].holds


def test_a_strip_between_two_kinks_that_nobody_told_of_is_not_proved(xor):
    record = bp.Activation(
        "strip",
        lambda z: np.clip(z, -1, 1),
        lambda z, a: np.where(np.abs(z) < 1, np.where((z > 0.55) & (z < 0.8), 2.0, 1.0), 0.0),
        formula="Max(-1, Min(1, z))",
        derivative_formula=(
            "Piecewise((0, z < -1), (1, z < 0.55), (2, z < 0.8), (1, z < 1), (0, True))"
        ),
        kinks=(-1, 1),
    )
    proof = bp.verify(bp.Network.random((2, 2, 1), activation=record, seed=1), *xor)
    assert proof.lemmas[0].holds is None
