"""Conventions: every step rewritten is the book's own number; and what books will bring next is a
value, not new code.
"""

import numpy as np
import pytest
from hypothesis import given, settings

import backproof as bp
from backproof import conventions as home
from backproof.arithmetic.floats import functions
from backproof.backprop import objective
from backproof.conventions import Convention, Habit, conventions
from backproof.explain.derivation import Derivation
from backproof.explain.worked import Options
from backproof.losses import LOSSES
from backproof.program import evaluate
from backproof.rewriting import Factor
from networks import networks_with_data

RATE = 0.3
THRESHOLDS = Habit(
    "thresholds",
    "a threshold is subtracted, where the notes add a bias",
    {kind: Factor(-1.0) for kind in ("b", "db", "b_next")},
)
STEPS = Habit(
    "steps",
    "dW and db are the steps that are added to the weights",
    {kind: Factor(-1.0, eta=1) for kind in ("dW", "db")},
)
BIAS_ROWS = [Habit("bias-row", "the biases are a row of W", bias_row=end) for end in home.BIAS_ROWS]
ONE_BY_ONE = Habit("one-by-one", "the weights move after each example", one_by_one=True)
NEW = [Convention((habit,)) for habit in (THRESHOLDS, STEPS)]
EVERY = {one.name: one for loss in LOSSES.values() for one in conventions(loss)}


def read_by(steps, convention, worked):
    """Return every quantity computed from the rewritten formulas alone, as a reader of the book
    would.
    """
    values = {"m": float(worked.m), "eta": RATE, **functions(worked.objective), **worked.given}
    for step in steps:
        values[step.name] = evaluate(step.formula, values)
    return values


@pytest.mark.parametrize("convention", [*EVERY.values(), *NEW], ids=lambda one: one.name)
@given(case=networks_with_data(layers=(1, 3), widths=(1, 3), examples=(1, 4)))
@settings(max_examples=8, deadline=None)
def test_the_rewritten_steps_give_the_books_own_numbers(convention, case):
    net, x, y = case
    worked = Derivation(objective(net, x, y), Options(RATE, convention))
    values = read_by(worked.steps, convention, worked)
    for one in worked:
        found = np.asarray(values[one.name], dtype=float)
        if found.ndim == 3:  # the matrices of softmax stay, one for each example
            continue
        size = max(1.0, np.abs(one.value).max())
        np.testing.assert_allclose(
            found, one.value, rtol=1e-11, atol=1e-12 * size, err_msg=one.name
        )


def test_what_each_habit_does_to_a_step():
    net = bp.Network.random((2, 2, 1), loss="mse")
    plain = net.structure

    def written(*habits):
        from backproof.steps import steps

        return list(map(str, Convention(habits).steps(steps(plain, update=True))))

    assert "b1_next = b1 - eta * db1    # eq. 11" in written(THRESHOLDS)
    assert "z1 = x @ W1 - b1    # eq. 1" in written(THRESHOLDS)
    assert "W1_next = W1 + dW1    # eq. 11" in written(STEPS)
    assert "W1_next = W1 + eta * dW1    # eq. 11" in written(home.HABITS["ascent"])
    assert "delta1 = dL_da1 * da1_dz1    # eq. 8" in written(home.HABITS["delta"])
    assert "dW1 = x.T @ delta1    # eq. 9" in written(home.HABITS["delta"])
    kept = written(home.HABITS["hidden-layers"])
    assert "delta2 = dL_da2 * da2_dz2    # eq. 6" in kept
    assert "dL_da1 = delta2 @ W2.T / m    # eq. 7" in kept
    assert "dW1 = x.T @ delta1    # eq. 9" in kept
    assert "z1 = W1 @ x + b1    # eq. 1" in written(home.HABITS["columns"])


@pytest.fixture
def offered(request, monkeypatch):
    """Offer one habit more."""
    monkeypatch.setitem(home.RESPECTS, "new", (request.param,))
    return request.param


SUBJECT = (
    bp.Network.random((2, 3, 2), seed=1, loss="half_mse", activation="tanh"),
    np.random.default_rng(0).normal(size=(4, 2)),
    np.random.default_rng(1).random((4, 2)),
)


def answers(convention=home.NOTES):
    net, x, y = SUBJECT
    worked = Derivation(objective(net, x, y), Options(RATE, convention))
    return {one.name: one.value for one in worked}


def marks(given):
    net, x, y = SUBJECT
    return bp.check(given, net, x, y, learning_rate=RATE)


@pytest.mark.parametrize("offered", [THRESHOLDS, STEPS], indirect=True, ids=lambda one: one.id)
def test_a_new_habit_is_read_and_told(offered):
    given = answers(Convention((offered,)))
    assert not marks(answers() | {"db1": -answers()["db1"]}).ok
    result = marks(given)
    assert (result.ok, result.convention) == (True, offered.id)
    wrong = marks(given | {"dW1": 2 * given["dW1"]})
    assert [mark.name for mark in wrong.marks if mark.status == "wrong"] == ["dW1"]


@pytest.mark.parametrize("columns", [False, True])
@pytest.mark.parametrize("offered", BIAS_ROWS, indirect=True, ids=lambda one: one.bias_row)
def test_biases_may_be_a_row_of_the_weights(offered, columns):
    ours = answers()
    given = {name: value for name, value in ours.items() if not name.startswith(("b", "db"))}
    for weights, biases in (("dW1", "db1"), ("dW2", "db2"), ("W1_next", "b1_next")):
        rows = [ours[biases][None], ours[weights]]
        given[weights] = np.vstack(rows if offered.bias_row == "first" else rows[::-1])
    given["dW2"][0 if offered.bias_row == "first" else -1, 1] *= 1.5
    if columns:
        given = {name: np.asarray(value).T for name, value in given.items()}
    result = marks(given)
    assert result.convention == ("columns+bias-row" if columns else "bias-row")
    wrong = [mark for mark in result.marks if mark.status == "wrong"]
    assert [(mark.name, mark.cells) for mark in wrong] == [("db2", ((0, 1),))]


@pytest.mark.parametrize("offered", [ONE_BY_ONE], indirect=True, ids=lambda one: one.id)
def test_the_weights_may_move_after_each_example(offered):
    net, x, y = SUBJECT
    given = {}
    for i in range(3):
        worked = Derivation(objective(net, x[i : i + 1], y[i : i + 1]), Options(RATE))
        q = {one.name: one.value for one in worked}
        given |= q if i == 0 else {f"{name}_step{i + 1}": value for name, value in q.items()}
        net = net.with_parameters({name: q[f"{name}_next"] for name in net.parameters()})
    assert (marks(given).ok, marks(given).convention) == (True, "one-by-one")
    wrong = marks(given | {"delta1_step2": given["delta1_step2"] * 1.1})
    assert [mark.name for mark in wrong.marks if mark.status == "wrong"] == ["delta1_step2"]
    assert wrong.convention == "one-by-one"


def test_an_unknown_place_of_the_mean():
    with pytest.raises(bp.InputError, match="unknown place of the 1/m 'here'"):
        Convention.of(mean_in="here")
