"""An activation or a loss of one's own gets what a built-in one gets: each built-in record under
another name, with and without its formulas, through every public function.
"""

import re
from dataclasses import replace

import numpy as np
import pytest

import backproof as bp
from backproof.activations import ACTIVATIONS
from backproof.backprop import objective
from backproof.explain.derivation import Derivation
from backproof.files import dumps
from backproof.losses import LOSSES
from backproof.parameter import parameter
from backproof.plots.curves import loss_slice
from backproof.plots.decision import grid

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 2)).round(2)
CLASSES = np.eye(2)[[0, 1, 1, 0]]
SLIPS = ("delta2", "dW1", "a1")
WRITTEN = (Derivation.to_text, Derivation.to_markdown, Derivation.to_latex, Derivation.to_html)


def own(record, formulas):
    """Return a copy of a record under another name, with or without its formulas."""
    copy = replace(record, name=other_name(record.name))
    return copy if formulas else replace(copy, formula="", derivative_formula="")


def other_name(name):
    """Return a name that is as long, and stands nowhere else."""
    return re.sub("[a-z]", "q", name)


def networks(kind, name, formulas):
    """Return a network with the built-in record, the same with a copy, and its targets."""
    loss, other = None, "tanh" if name == "sigmoid" else "sigmoid"
    if kind == "hidden":
        activation, output, copied = name, other, {"activation": own(ACTIVATIONS[name], formulas)}
    elif kind == "output":
        activation, output, copied = other, name, {"output": own(ACTIVATIONS[name], formulas)}
    else:
        activation, loss = "tanh", name
        output = {"bce": "sigmoid", "cce": "softmax"}.get(name, "identity")
        copied = {"loss": own(LOSSES[name], formulas)}
    options = {"activation": activation, "output": output, "loss": loss}
    sizes, y = (2, 2, 2), CLASSES
    builtin = bp.Network.random(sizes, seed=4, **options)
    return builtin, bp.Network.random(sizes, seed=4, **options | copied), y, name


def case(*arguments):
    return pytest.param(*arguments, id="-".join(map(str, arguments)))


EVERY = [
    *(case("hidden", name) for name, record in ACTIVATIONS.items() if not record.couples),
    *(case("output", name) for name in ACTIVATIONS),
    *(case("loss", name) for name in LOSSES),
]
both = pytest.mark.parametrize("formulas", [True, False], ids=["formulas", "functions alone"])
every = pytest.mark.parametrize(("kind", "name"), EVERY)


def renamed(document, name):
    """Return a document as text, with the copy called as the record that it was made from."""
    return dumps(document).replace(other_name(name), name)


def with_slip(q, name):
    given = {key: value for key, value in q.items() if key != "loss"}
    given[name] = np.asarray(q[name]) * 1.5 + 0.1
    return given


@every
@both
def test_the_numbers_are_the_same(kind, name, formulas):
    builtin, copy, y, _ = networks(kind, name, formulas)
    ours, theirs = bp.backward(builtin, X, y), bp.backward(copy, X, y)
    assert list(ours) == list(theirs)
    for key, value in ours.items():
        np.testing.assert_array_equal(theirs[key], value, err_msg=key)
    np.testing.assert_array_equal(copy.predict(X), builtin.predict(X))
    assert list(bp.forward(copy, X)) == list(bp.forward(builtin, X))


@every
@both
def test_the_training_and_its_diagnosis_are_the_same(kind, name, formulas):
    builtin, copy, y, _ = networks(kind, name, formulas)
    one, other = (bp.train(net, X, y, learning_rate=0.1, epochs=40) for net in (builtin, copy))
    np.testing.assert_array_equal(one.losses, other.losses)
    assert one.verdict == other.verdict
    ours, theirs = bp.diagnose(one), bp.diagnose(other)
    assert renamed(theirs.to_dict(), name) == dumps(ours.to_dict())


@every
@both
def test_the_marks_are_the_same(kind, name, formulas):
    builtin, copy, y, _ = networks(kind, name, formulas)
    q = bp.backward(builtin, X, y)
    for slip in (None, *SLIPS):
        given = dict(q) if slip is None else with_slip(q, slip)
        ours, theirs = (bp.check(given, net, X, y) for net in (builtin, copy))
        assert [(mark.name, mark.status) for mark in theirs.marks] == [
            (mark.name, mark.status) for mark in ours.marks
        ]
        if formulas:  # without, a slope may be written otherwise in a message
            assert renamed(theirs.to_dict(), name) == dumps(ours.to_dict())


SLOPE_FROM_A = {"sigmoid": lambda a: a * (1 - a), "tanh": lambda a: 1 - a * a}


@pytest.mark.parametrize("name", SLOPE_FROM_A)
@both
def test_a_slope_worked_from_a_wrong_a_follows(name, formulas):
    """Also where the derivative's function works it out from z."""
    builtin, copy, y, _ = networks("hidden", name, formulas)
    q = bp.backward(builtin, X, y)
    a1 = q["a1"] * 0.9 + 0.01
    from_a, from_z = SLOPE_FROM_A[name](a1), SLOPE_FROM_A[name](q["z1"])
    for slope, status, mistake in ((from_a, "follows", None), (from_z, "wrong", "slope-of-z")):
        given = {"z1": q["z1"], "a1": a1, "da1_dz1": slope}
        for net in (builtin, copy):
            mark = bp.check(given, net, X, y)["da1_dz1"]
            assert (mark.status, mark.mistake) == (status, mistake)


@every
@both
def test_the_proof_is_the_same(kind, name, formulas):
    builtin, copy, y, _ = networks(kind, name, formulas)
    ours, theirs = bp.verify(builtin, X, y), bp.verify(copy, X, y)
    assert ours.ok
    if formulas:
        documents = [proof.to_dict() for proof in (ours, theirs)]
        # a copy beside the built-in one has a lemma of its own
        lemmas = [{lemma["words"] for lemma in one.pop("lemmas")} for one in documents]
        assert {words.replace(other_name(name), name) for words in lemmas[1]} == lemmas[0]
        assert renamed(documents[1], name) == dumps(documents[0])
        return
    assert theirs.ok
    traced = name not in UNTRACEABLE
    for key, one in theirs.quantities.items():
        assert (one.enclosure is not None) == traced
        assert one.difference == ours.quantities[key].difference
    assert traced == all(lemma.holds for lemma in theirs.lemmas)


# their functions keep digits in a way that NumPy can say, and symbols can't follow
UNTRACEABLE = {"softmax"}


@every
def test_the_derivation_is_the_same(kind, name):
    builtin, copy, y, _ = networks(kind, name, True)
    ours, theirs = bp.derive(builtin, X, y), bp.derive(copy, X, y)
    if name == "tanh":  # what another name stands for has to be said
        assert "tanh(z)" in theirs.to_text()
        return
    assert renamed(theirs.to_dict(), name) == dumps(ours.to_dict())
    texts = [[written(d) for written in WRITTEN] for d in (ours, theirs)]
    texts += [[bp.derive(net, X, y, weight="W1[1,1]").to_text()] for net in (builtin, copy)]
    for one, other in (*zip(*texts[:2], strict=True), *zip(*texts[2:], strict=True)):
        if kind == "loss":  # the built-in one stands in the table of other losses
            assert len(other) >= len(one)
        else:
            other = other.replace("\\_", "_").replace(other_name(name), name)
            assert other == one.replace("\\_", "_")


@every
def test_without_formulas_the_derivation_has_the_same_numbers(kind, name):
    builtin, copy, y, _ = networks(kind, name, False)
    ours, theirs = bp.derive(builtin, X, y), bp.derive(copy, X, y)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(other.value, one.value, err_msg=one.name)
    assert len(theirs.to_text()) > 1000
    assert len(theirs.to_html()) > 1000


@every
@both
def test_the_pictures_show_the_same(kind, name, formulas):
    builtin, copy, y, _ = networks(kind, name, formulas)
    one, other = (grid(net, X) for net in (builtin, copy))
    np.testing.assert_array_equal(one.outputs, other.outputs)
    slices = [
        loss_slice(objective(net, X, y), parameter(net, "W1[1,1]")) for net in (builtin, copy)
    ]
    np.testing.assert_array_equal(slices[0].losses, slices[1].losses)


@every
def test_a_file_comes_back(kind, name, tmp_path):
    copy = networks(kind, name, True)[1]
    copy.to_json(tmp_path / "net.json")
    activations = [layer.f for layer in copy.layers if layer.activation == other_name(name)]
    losses = [copy.loss_record] if copy.loss == other_name(name) else []
    assert bp.Network.from_json(tmp_path / "net.json", activations, losses) == copy
