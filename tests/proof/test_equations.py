"""A fault in any equation is found by symbols and by differences, whatever the network's size, and
the first quantity that it hits is named.
"""

import re
from dataclasses import replace

import numpy as np
import pytest

import backproof as bp
from backproof import backprop, program, steps
from backproof.backprop import objective
from backproof.formula import (
    Call,
    Formula,
    Minus,
    Name,
    Negative,
    OverM,
    Plus,
    Scale,
    SumExamples,
    Times,
    Transpose,
)
from backproof.proof.equations import faults
from backproof.proof.found import CLOSE
from backproof.rewriting import with_names, with_parts
from backproof.steps import name_of


def subject(shape):
    """A network and data, as arguments of `verify`."""
    rng = np.random.default_rng(0)
    if shape == "2-2-1":
        return (bp.Network.random((2, 2, 1), seed=3), *bp.load("xor")), {}
    x = rng.normal(size=(5, 6))
    options = {"seed": 1, "activation": "tanh"}
    given = {}
    if shape == "softmax":
        return (bp.Network.random((6, 6, 6), output="softmax", **options), x, np.eye(6)[:5]), {}
    if shape == "weights":
        given = {"example_weights": [1, 2, 3, 4, 5], "l2": 0.3}
    bias = {"no biases": False, "frozen": "frozen"}.get(shape, True)
    net = bp.Network.random((6, 6, 6), bias=bias, **options)
    return (net, x, rng.random((5, 6))), given


@pytest.fixture
def plant(monkeypatch):
    """Plant a change into one step of every network; the caches forget what they know."""

    def planted(name, change, form=None):
        right = steps._steps.__wrapped__

        def _steps(of, update):
            return tuple(
                changed(step, change, form) if step.name == name else step
                for step in right(of, update)
            )

        forget()
        monkeypatch.setattr(steps, "_steps", _steps)

    yield planted
    monkeypatch.undo()
    forget()


def forget():
    steps._steps.cache_clear()
    program._code.cache_clear()
    backprop._program.cache_clear()


def changed(step, change, form):
    forms = ("formula", "computed", "simplified") if form is None else (form,)
    new = {name: change(getattr(step, name)) for name in forms if getattr(step, name) is not None}
    assert any(new[name] != getattr(step, name) for name in new), "nothing was planted"
    return replace(step, **new)


# what can be done to a formula


def without(kind):
    """The formula without what this kind of part does."""

    def change(part):
        return change(part.of) if isinstance(part, kind) else with_parts(part, change)

    return change


def minus_for_plus(part):
    new = with_parts(part, minus_for_plus)
    return Minus(new.left, new.right) if isinstance(new, Plus) else new


def plus_for_minus(part):
    new = with_parts(part, plus_for_minus)
    return Plus(new.left, new.right) if isinstance(new, Minus) else new


def left_alone(kind):
    """The formula without the right side of this kind of part."""

    def change(part):
        return part.left if isinstance(part, kind) else with_parts(part, change)

    return change


def another(old, new):
    return lambda formula: with_names(formula, lambda name: Name(new) if name.name == old else name)


def function(old, new):
    def change(part):
        if isinstance(part, Call) and part.function == old:
            return replace(part, function=new)
        return with_parts(part, change)

    return change


def turned(part):
    """The formula with the arguments of its functions turned round."""
    new = with_parts(part, turned)
    return replace(new, arguments=new.arguments[::-1]) if isinstance(new, Call) else new


def twice(formula: Formula) -> Formula:
    return formula + formula


def across(part):
    if isinstance(part, SumExamples):
        return replace(part, axis=1 - part.axis)
    return with_parts(part, across)


def without_examples(part):
    if isinstance(part, Times) and part.left == Name("s"):
        return part.right
    return with_parts(part, without_examples)


ALL = ("2-2-1", "6-6-6", "softmax", "weights", "no biases", "frozen")
BIASED = ("2-2-1", "6-6-6", "softmax", "weights", "frozen")
PENALISED = WEIGHTED = ("weights",)
PLAIN = ("2-2-1", "6-6-6", "weights")

SLIPS = [
    (1, "z1", minus_for_plus, BIASED),
    (1, "z2", left_alone(Plus), BIASED),
    (1, "z1", Negative, ALL),
    (1, "z2", another("a1", "z1"), ALL),
    (1, "z1", another("b1", "b2"), ("6-6-6", "softmax")),
    (2, "a1", Negative, ALL),
    (2, "a2", another("z2", "z1"), ("6-6-6",)),
    (2, "a1", twice, ALL),
    (3, "loss", Negative, ALL),
    (3, "loss", without(OverM), ALL),
    (3, "loss", twice, ALL),
    (3, "loss", without_examples, WEIGHTED),
    (3, "loss", without(Scale), PENALISED),
    (3, "loss", left_alone(Plus), PENALISED),
    (3, "loss", another("W1", "W2"), PENALISED),
    (4, "dL_da2", Negative, ALL),
    (4, "dL_da2", twice, ALL),
    (4, "dL_da2", without_examples, WEIGHTED),
    (4, "dL_da2", lambda formula: OverM(formula), ALL),
    (5, "da2_dz2", Negative, ALL),
    (5, "da1_dz1", twice, ALL),
    (5, "da1_dz1", turned, ALL),
    (5, "da2_dz2", function("df2", "df1"), ("6-6-6",)),
    (6, "delta2", Negative, ALL),
    (6, "delta2", twice, ALL),
    (6, "delta2", lambda formula: Name("dL_da2"), ("2-2-1", "6-6-6", "softmax")),
    (6, "delta2", lambda formula: Minus(Name("y"), Name("a2")), PLAIN),
    (7, "dL_da1", without(Transpose), ALL),
    (7, "dL_da1", Negative, ALL),
    (7, "dL_da1", another("W2", "W1"), ("6-6-6", "weights")),
    (7, "dL_da1", another("delta2", "dL_da2"), ALL),
    (8, "delta1", left_alone(Times), ALL),
    (8, "delta1", another("da1_dz1", "da2_dz2"), ("6-6-6",)),
    (8, "delta1", another("da1_dz1", "a1"), ALL),
    (8, "delta1", lambda formula: formula * Name("da1_dz1"), ALL),
    (9, "dW2", without(OverM), ALL),
    (9, "dW1", without(OverM), ALL),
    (9, "dW2", Negative, ALL),
    (9, "dW2", without(Transpose), ALL),
    (9, "dW2", Transpose, ("6-6-6", "2-2-1")),
    (9, "dW2", another("a1", "z1"), ALL),
    (9, "dW1", another("delta1", "dL_da1"), ALL),
    (9, "dW2", left_alone(Plus), PENALISED),
    (9, "dW1", minus_for_plus, PENALISED),
    (9, "dW1", another("W1", "W2"), PENALISED),
    (10, "db2", without(OverM), BIASED),
    (10, "db1", across, BIASED),
    (10, "db1", without(SumExamples), BIASED),
    (10, "db2", Negative, BIASED),
    (10, "db1", another("delta1", "dL_da1"), BIASED),
]
EVERY_DAY = ("2-2-1", "6-6-6")  # the others where a slip can be made in no other, or at full size


def case(k, shape):
    number, name, change, shapes = SLIPS[k]
    marks = () if shape in EVERY_DAY or shape == shapes[0] else pytest.mark.proof
    return pytest.param(name, change, shape, id=f"eq{number}-{name}-{k}-{shape}", marks=marks)


CASES = [case(k, shape) for k, (*_, shapes) in enumerate(SLIPS) for shape in shapes]


@pytest.mark.parametrize(("name", "change", "shape"), CASES)
def test_a_fault_in_an_equation_is_found_twice_and_named(name, change, shape, plant):
    arguments, options = subject(shape)
    plant(name, change)
    proof = bp.verify(*arguments, **options)
    assert not proof.ok
    by_symbols = [one.name for one in proof if one.identity is False]
    by_differences = [
        one.name for one in proof if one.difference is not None and not one.difference <= CLOSE
    ]
    assert by_symbols[0] == name
    assert by_differences[0] == name
    assert re.search(rf"\b{name}\b", proof.failures[0])
    without_symbols = bp.verify(*arguments, **options, identity=False)
    assert not without_symbols.ok


@pytest.mark.parametrize("shape", ALL)
def test_what_is_right_is_proved(shape):
    arguments, options = subject(shape)
    proof = bp.verify(*arguments, **options)
    assert proof.ok, proof.failures
    assert all(one.identity and one.difference < CLOSE / 100 for one in proof)


@pytest.mark.parametrize("form", ["formula", "computed", "simplified"])
@pytest.mark.parametrize("shape", ["2-2-1", "6-6-6", "softmax", "weights"])
@pytest.mark.parametrize("name", ["loss", "dL_da2", "delta2"])
def test_every_form_of_an_equation_is_looked_at(name, form, shape, plant):
    arguments, options = subject(shape)
    step = next(one for one in objective(*arguments, **options).steps() if one.name == name)
    if getattr(step, form) is None:
        return
    plus = Plus(Name("a2"), Name("y"))
    plant(name, (lambda formula: plus) if form == "simplified" else Negative, form)
    proof = bp.verify(*arguments, **options)
    first = next(one for one in proof if not one.ok)
    assert first.name == name
    assert first.identity is False
    assert not first.difference <= CLOSE


@pytest.mark.parametrize("shape", ALL)
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("W1_next", plus_for_minus),
        ("W2_next", another("dW2", "W2")),
        ("b1_next", plus_for_minus),
        ("b2_next", lambda formula: Minus(Name("b2"), Name("db2"))),
        ("W1_next", lambda formula: Minus(formula.left, Scale(Name("l2"), formula.right.of))),
    ],
)
@pytest.mark.parametrize("identity", [True, False])
def test_the_update_has_a_check_of_its_own(name, change, shape, identity, plant):
    arguments, options = subject(shape)
    names = {one.name for one in steps.steps(objective(*arguments, **options), update=True)}
    if name not in names or (shape == "frozen" and change is plus_for_minus and name[0] == "b"):
        return
    plant(name, change)
    proof = bp.verify(*arguments, **options, identity=identity)
    assert not proof.ok
    assert [lemma.of for lemma in proof.lemmas if lemma.holds is False] == ["the update"]
    assert f"{name} is not what equation 11 says" in proof.failures[0]


def test_a_frozen_bias_that_moves_is_found(plant):
    arguments, options = subject("frozen")
    plant("b1_next", lambda formula: Minus(formula, Scale(Name("eta"), Name("db1"))))
    proof = bp.verify(*arguments, **options)
    assert "b1_next is not what equation 11 says" in proof.failures[0]


def test_a_quantity_that_is_missing_is_found():
    net = bp.Network.random((2, 2, 1))
    kept = [step for step in steps.steps(net, update=True) if step.name != "db1"]
    found = {name: words for name, words in faults(net, kept).items() if words}
    assert found == {"db1": "db1 is missing"}


@pytest.mark.parametrize("depth", range(1, 5))
def test_any_depth_is_proved(depth):
    net = bp.Network.random([2] * depth + [3], output="softmax", activation="elu")
    for flags in ({}, {"weighted": True, "penalised": True}, {"y_sums_to_one": False}):
        of = net.structure.with_flags(**flags)
        every = steps.steps(of, update=True)
        found = faults(of, every)
        assert set(found) == {step.name for step in every}
        assert not any(found.values()), found
        assert name_of("da_dz", depth) in found
