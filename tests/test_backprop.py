"""The objective: checked once, taken inside by all that minimise or explain; steps and programs are
remembered by structure.
"""

import numpy as np
import pytest

import backproof as bp
from backproof.backprop import Objective, _program, objective
from backproof.losses import CCE, MSE
from backproof.steps import steps

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(5, 2)), RNG.random((5, 1))
WEIGHTS = [1.0, 2.0, 0.0, 1.0, 3.0]


@pytest.fixture
def todo(net):
    return objective(net, X, Y, example_weights=WEIGHTS, l2=0.1)


def test_the_steps_are_remembered_by_structure(net):
    other = bp.Network.random((7, 2, 3), seed=9)  # other sizes, the same structure
    assert steps(net) is steps(other)
    assert steps(net) is not steps(net, penalised=True)
    assert steps(net) is not steps(bp.Network.random((2, 2, 1), loss="mse"))
    assert net.structure == other.structure
    assert hash(net.structure) == hash(other.structure)


@pytest.mark.parametrize("bias", [True, "frozen"])
def test_a_network_whose_biases_are_taken_away_has_another_structure(bias):
    net = bp.Network.random((2, 3, 1), seed=1, bias=bias)
    without = net.with_parameters({"b1": None})
    assert without.trainable() == (("W1", "W2", "b2") if bias is True else ("W1", "W2"))
    zeros = net.with_parameters({"b1": np.zeros(3)})
    expected = bp.backward(zeros, X, Y[:, :1])
    found = bp.backward(without, X, Y[:, :1])
    assert set(expected) - set(found) == {"db1"}
    for name, value in found.items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-12)


def test_the_program_is_remembered_by_structure(net):
    bp.backward(net, X, Y)
    before = _program.cache_info().hits
    bp.backward(bp.Network.random((2, 5, 1), seed=9), X, Y)
    assert _program.cache_info().hits == before + 1


def test_each_step_knows_its_kind_and_layer(net):
    for step in steps(net, update=True):
        assert step.name.replace(str(step.layer), "") == step.kind.replace(str(step.layer), "")
        assert step.layer == 0 if step.kind == "loss" else step.layer in (1, 2)
    found = {step.name: (step.kind, step.layer) for step in steps(net, update=True)}
    assert found["da2_dz2"] == ("da_dz", 2)
    assert found["dL_da1"] == ("dL_da", 1)
    assert found["W1_next"] == ("W_next", 1)


def test_an_objective_is_what_backward_computes(net, todo):
    q = bp.backward(net, X, Y, example_weights=WEIGHTS, l2=0.1)
    assert list(q) == list(todo.quantities())
    for name, value in todo.quantities().items():
        np.testing.assert_array_equal(value, q[name])
    assert todo.loss() == q["loss"]
    assert (todo.m, todo.l2) == (5, 0.1)
    assert todo.s.mean() == pytest.approx(1, rel=1e-15)
    assert todo.structure.weighted
    assert todo.structure.penalised


def test_the_same_for_other_parameters_and_another_loss(net, todo):
    other = bp.Network.random((2, 2, 1), seed=8)
    assert (
        todo.of(other).loss() == bp.backward(other, X, Y, example_weights=WEIGHTS, l2=0.1)["loss"]
    )
    changed = todo.under(MSE)
    assert changed.loss() == bp.backward(net, X, Y, "mse", example_weights=WEIGHTS, l2=0.1)["loss"]
    assert (changed.s is todo.s, changed.l2) == (True, 0.1)
    with pytest.raises(bp.InputError, match="loss 'cce' needs outputs that are a distribution"):
        todo.under(CCE)


def test_what_it_refuses(net):
    for given, message in (
        ({"example_weights": [1.0, 2.0]}, "x has 5 rows, but example_weights has 2 entries"),
        ({"example_weights": [-1.0] * 5}, "example_weights must be 0 or more, and not all 0"),
        ({"l2": -1}, "l2 must be a finite number from 0 up, got -1"),
        ({"l2": np.inf}, "l2 must be a finite number from 0 up, got inf"),
        ({"l2": True}, "l2 must be a finite number from 0 up, got True"),
        ({"loss": "half"}, "unknown loss 'half'"),
    ):
        with pytest.raises(bp.InputError, match=message):
            objective(net, X, Y, **given)
    with pytest.raises(bp.InputError, match="x has 5 rows, but y has 4"):
        objective(net, X, Y[:4])


def test_the_table_of_other_losses_has_the_weights_of_the_examples(net):
    """Without them a derivation with weights would contradict itself."""
    d = bp.derive(net, X, Y, example_weights=WEIGHTS)
    text = d.to_text()
    table = text[text.index("have another delta2") :]
    weighted = Objective(net.with_loss("mse"), X, Y, d.objective.s).quantities()["delta2"]
    plain = Objective(net.with_loss("mse"), X, Y).quantities()["delta2"]
    for value, without in zip(weighted[[0, 1, 4], 0], plain[[0, 1, 4], 0], strict=True):
        assert f"{value:.4f}".replace("-", "−") in table[:900]
        assert f"{without:.4f}".replace("-", "−") not in table[:900]


def test_a_copy_of_sigmoid_keeps_every_digit_where_it_saturates():
    """From z = 37 on, a float64 near 1 knows nothing of its distance from it: the loss is computed
    from z, by the two functions of the activation, whatever its name.
    """
    sigmoid = bp.Network.random((1, 1)).layers[0].f
    mine = bp.Activation(
        "mine", sigmoid.f, sigmoid.derivative, formula=sigmoid.formula, range=(0, 1)
    )
    for z in (30.0, 37.0, 40.0, 700.0):
        q = {
            name: bp.backward(bp.Network([bp.Layer([[z]], [0.0], f)], "bce"), [[1.0]], [[0.0]])
            for name, f in (("sigmoid", "sigmoid"), ("mine", mine))
        }
        for name in ("loss", "dL_da1", "delta1", "dW1"):
            np.testing.assert_array_equal(q["mine"][name], q["sigmoid"][name])
            assert np.isfinite(q["mine"]["loss"])


@pytest.mark.parametrize("name", ["dz3_da2", "dz1_da0", "dz2_da2", "dz2_db2", "dz1_db2", "dz3_dW3"])
def test_a_factor_that_is_none_is_missed_by_its_own_name(name):
    """A layer without biases has no derivative by them, a layer that isn't there none at all."""
    without = bp.Network.random((2, 3, 1), seed=0, bias=False)
    q = bp.backward(without, X, Y)
    with pytest.raises(KeyError, match=f"^'{name}'$"):
        q[name]
    assert q["dz2_dW2"] is q["a1"]
