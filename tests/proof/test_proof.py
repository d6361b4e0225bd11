"""The proof: what is right is proved, and what is wrong is caught and named."""

from dataclasses import replace

import flint
import numpy as np
import pytest
from hypothesis import given, settings

import backproof as bp
from backproof.activations import ACTIVATIONS
from backproof.arithmetic.forms import forms
from backproof.backprop import Objective, Quantities, objective
from backproof.formula import OverM, Transpose
from backproof.losses import LOSSES
from backproof.proof.enclosure import enclosures, farthest
from backproof.proof.identity import identities
from backproof.proof.lemmas import lemma
from backproof.proof.verify import BOUND, CLOSE
from backproof.rewriting import with_parts
from backproof.steps import steps
from networks import far_from_kinks, networks_with_data

SOFTSIGN = bp.Activation(
    "softsign",
    f=lambda z: z / (1 + abs(z)),
    derivative=lambda z, a: 1 / (1 + abs(z)) ** 2,
    range=(-1, 1),
)


@pytest.mark.parametrize(
    "record", [*ACTIVATIONS.values(), *LOSSES.values()], ids=lambda record: record.name
)
def test_every_record_is_proved(record):
    assert lemma(record).holds is True


def test_the_notes_network(net, xor):
    proof = bp.verify(net, *xor)
    assert proof.ok
    assert list(proof.quantities) == list(bp.backward(net, *xor))
    for name in ("dL_da2", "delta2", "dW2", "db2", "dL_da1", "delta1", "dW1", "db1"):
        one = proof.quantities[name]
        assert (one.identity, one.how, one.ok) == (True, "written out", True)
        assert 0 <= one.enclosure < 1e-15
        assert 0 <= one.difference < 1e-8
    assert all(one.identity and one.difference is not None for one in proof)
    assert proof.quantities["z1"].how == "entry by entry"
    document = proof.to_dict()
    assert document["ok"] is True
    keys = set(document["quantities"]["dW1"])
    assert keys == {"identity", "how", "enclosure", "difference", "ok", "words"}


@given(networks_with_data(layers=(1, 3), widths=(1, 4), examples=(1, 5)))
@settings(max_examples=25, deadline=None)
def test_random_networks_are_proved(case):
    net, x, y = case
    proof = bp.verify(net, x, y, identity=False)
    if far_from_kinks(net, x):
        assert proof.ok, proof.failures


@pytest.mark.parametrize(
    ("sizes", "options"),
    [
        ((2, 1), {}),
        ((2, 3, 1), {"activation": "tanh", "loss": "mse"}),
        ((2, 2, 2, 1), {"activation": ["relu", "gelu"], "output": "identity"}),
        ((2, 2, 3), {"activation": "softplus", "output": "softmax"}),
        ((2, 2, 2), {"activation": "elu", "output": "softmax", "loss": "half_mse"}),
        ((1, 2, 1), {"activation": SOFTSIGN, "output": "tanh", "bias": False}),
    ],
)
@pytest.mark.parametrize(
    "flags", [{}, {"weighted": True, "penalised": True}], ids=["plain", "weights and penalty"]
)
def test_identity_written_out(sizes, options, flags):
    net = bp.Network.random(sizes, **options)
    every = steps(net, **flags)
    found = identities(net.structure.with_flags(**flags), net.sizes, every)
    assert all(found.values()), found
    assert set(found) == {step.name for step in every if step.equation in (4, 6, 7, 8, 9, 10)}


def test_softmax_needs_targets_that_sum_to_one_for_nothing_here():
    net = bp.Network.random((2, 3), output="softmax")
    of = net.structure.with_flags(y_sums_to_one=False)
    assert all(identities(of, net.sizes, steps(of)).values())


def without_mean(part):
    return part.of if isinstance(part, OverM) else with_parts(part, without_mean)


def without_transpose(part):
    return part.of if isinstance(part, Transpose) else with_parts(part, without_transpose)


def changed_steps(net, name, change):
    """The steps of a network, the formula of one of them changed."""
    changed = {step.name: step for step in steps(net)}
    step = changed[name]
    changed[name] = replace(step, formula=change(step.formula), simplified=None)
    return list(changed.values())


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("dW2", without_mean),
        ("db1", without_mean),
        ("dW1", without_mean),
        ("delta1", lambda formula: formula.left),
    ],
)
def test_a_wrong_chain_rule_is_caught(name, change):
    net = bp.Network.random((2, 2, 1))
    found = identities(net, net.sizes, changed_steps(net, name, change))
    assert found[name] is False
    assert all(holds for other, holds in found.items() if other not in (name, "dW1", "db1"))


def test_a_change_that_makes_no_difference_is_not_blamed():
    net = bp.Network.random((2, 1, 1))  # the transpose of W2 is W2
    wrong = changed_steps(net, "dL_da1", without_transpose)
    assert all(identities(net, net.sizes, wrong).values())


def test_a_large_network_says_what_was_not_written_out():
    rng = np.random.default_rng(0)
    net = bp.Network.random((12, 9, 3), output="softmax", activation="tanh")
    proof = bp.verify(net, rng.normal(size=(6, 12)), np.eye(3)[rng.integers(0, 3, 6)])
    assert proof.ok
    assert proof.quantities["dW1"].how == "layer by layer"
    assert any("too many to write the loss out" in remark for remark in proof.remarks)


SWIRL = bp.Activation("swirl", f=np.sin, derivative=lambda z, a: np.sin(z), range=(-1, 1))
WRONG_FUNCTION = replace(SWIRL, formula="sin(z)", derivative_formula="cos(z)")
ANOTHER = replace(WRONG_FUNCTION, f=np.cos, derivative=lambda z, a: np.cos(z))
GIVEN = "swirl: the derivative given is"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (SWIRL, f"{GIVEN} sin(z), but the derivative of its formula by z is cos(z)."),
        (replace(WRONG_FUNCTION, derivative_formula="-cos(z)"), f"{GIVEN} -cos(z)"),
        (WRONG_FUNCTION, "da1_dz1 is"),
        (ANOTHER, "a1 is"),
    ],
    ids=["no formulas", "wrong formula", "wrong function", "another function"],
)
def test_a_wrong_activation_is_caught_and_named(record, said, xor):
    proof = bp.verify(bp.Network.random((2, 2, 1), activation=record), *xor)
    assert not proof.ok
    assert any(failure.startswith(said) for failure in proof.failures), proof.failures


def test_a_wrong_loss_is_caught_and_named(xor):
    formulas = {"formula": "(a - y)**4", "derivative_formula": "3*(a - y)**3"}
    loss = bp.Loss("quartic", lambda a, y: (a - y) ** 4, lambda a, y: 3 * (a - y) ** 3, **formulas)
    proof = bp.verify(bp.Network.random((2, 2, 1), loss=loss), *xor)
    assert not proof.ok
    assert proof.failures[0].startswith("quartic: the derivative given is 3*(a - y)**3")
    right = replace(loss, derivative=lambda a, y: 4 * (a - y) ** 3)
    right = replace(right, derivative_formula="4*(a - y)**3")
    assert bp.verify(bp.Network.random((2, 2, 1), loss=right), *xor).ok


def test_a_function_that_cannot_be_followed_is_said_so(xor):
    opaque = bp.Activation(
        "opaque",
        lambda z: np.interp(z, [-100, 0, 100], [-10, 0, 100]),
        lambda z, a: np.array([[1.0 if cell > 0 else 0.1 for cell in row] for row in z]),
        kinks=(0.0,),
    )
    proof = bp.verify(bp.Network.random((2, 2, 1), activation=opaque, seed=1), *xor)
    assert proof.ok
    advice = "give formula= to have it proved."
    assert f"opaque has no formula and its function can't be followed: {advice}" in proof.remarks
    assert proof.quantities["dW1"].enclosure is None
    assert proof.quantities["dW1"].difference < CLOSE


def test_a_function_is_followed():
    found = forms(SOFTSIGN)
    assert str(found.value) == "z / (1 + Abs(z))"
    assert str(found.slope) == "1 / (1 + Abs(z))**2"


def test_saturated_outputs(xor):
    net = bp.Network.random((2, 2, 1), scale=300, seed=1)
    proof = bp.verify(net, *xor)
    assert proof.ok, proof.failures
    assert any("saturated" in remark for remark in proof.remarks)


def test_at_a_kink_differences_are_left_out():
    net = bp.Network([bp.Layer([[1.0]], [0.0], "relu"), bp.Layer([[1.0]], [0.0], "identity")])
    proof = bp.verify(net, [[0.0], [1.0]], [[1.0], [0.0]])
    assert proof.ok
    assert any("kink" in remark for remark in proof.remarks)


def test_the_balls_hold_the_value_that_mpmath_finds(net, xor):
    import mpmath

    def unit(inputs, weights, bias):
        z = sum(a * mpmath.mpf(w) for a, w in zip(inputs, weights, strict=True)) + bias
        return 1 / (1 + mpmath.exp(-z))

    x, y = xor
    balls = enclosures(objective(net, x, y), steps(net))
    with mpmath.workdps(50):
        (first, second), loss = net.layers, mpmath.mpf(0)
        for i in range(4):
            inputs = [mpmath.mpf(value) for value in x[i]]
            hidden = [unit(inputs, first.W[:, j], first.b[j]) for j in range(2)]
            a = unit(hidden, second.W[:, 0], second.b[0])
            loss -= mpmath.log(a) if y[i, 0] else mpmath.log(1 - a)
        text = mpmath.nstr(loss / 4, 45)
    with flint.ctx.workprec(512):
        assert abs(balls["loss"].item() - flint.arb(text)) < flint.arb("1e-30")


def test_the_enclosure_sees_one_wrong_digit(net, xor):
    q = bp.backward(net, *xor)
    balls = enclosures(objective(net, *xor), steps(net))
    assert farthest(balls["dW1"], q["dW1"]) < 1e-16
    wrong = q["dW1"] + np.array([[0, 0], [0, 1e-11]])
    assert farthest(balls["dW1"], wrong) == pytest.approx(1e-11, rel=1e-5)


def test_differences_see_a_wrong_gradient(net, xor, monkeypatch):
    real = Objective.quantities

    def slipped(self):
        q = real(self)
        return Quantities({**q, "dW1": q["dW1"] * 1.001}, q.given)

    monkeypatch.setattr(Objective, "quantities", slipped)
    proof = bp.verify(net, *xor, identity=False)
    assert not proof.ok
    assert "dW1 is" in proof.failures[0]
    assert "differs from central differences" in proof.failures[0]
    assert f"{BOUND:g}" in proof.failures[0]


@pytest.mark.proof
def test_a_thousand_networks():
    @given(networks_with_data(layers=(1, 4), widths=(1, 9), examples=(1, 20)))
    @settings(max_examples=1000, deadline=None)
    def each(case):
        net, x, y = case
        if far_from_kinks(net, x):
            proof = bp.verify(net, x, y, identity=False)
            assert proof.ok, proof.failures

    each()
