"""The published worked examples."""

import json
from pathlib import Path

import numpy as np
import pytest

import backproof as bp

CASES = Path(__file__).parent / "cases"


def case(name, frozen=False, bias=True):
    """Return a case's document, network and data."""
    doc = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    layers = [
        bp.Layer(layer["W"], layer["b"] if bias else None, layer["activation"], frozen)
        for layer in doc["layers"]
    ]
    return doc, bp.Network(layers, doc["loss"]), doc["x"], doc["y"]


def half_unit(value):
    """Half a unit of the last printed digit."""
    text = np.format_float_positional(value, trim="-")
    return 0.5000001 * 10.0 ** -len(text.partition(".")[2])


def assert_printed(found, printed):
    for have, want in zip(np.ravel(found), np.ravel(printed), strict=True):
        assert abs(have - want) <= half_unit(want)


@pytest.mark.parametrize("bias", [True, False])
def test_linear(bias):
    doc, net, x, y = case("linear-2-2-1", frozen=bias, bias=bias)
    q = bp.backward(net, x, y)
    for name in ("a1", "a2"):
        np.testing.assert_allclose(q[name], doc["forward"][name], rtol=1e-12)
    assert_printed(q["loss"], doc["forward"]["loss"])
    run = bp.train(net, x, y, learning_rate=doc["learning_rate"], epochs=1)
    assert_printed(run.network.predict(x), doc["after_one_step_output"])


def test_logistic_chain():
    doc, net, x, y = case("logistic-chain")
    q = bp.backward(net, x, y)
    assert_printed(q["a2"], doc["forward"]["a2"])
    assert_printed(q["loss"], doc["forward"]["loss"])
    for name in ("dW2", "db2", "db1"):
        assert_printed(q[name], doc[name])


def test_negnevitsky():
    doc, net, x, y = case("negnevitsky-xor")
    q = bp.backward(net, x, y)
    for name, value in {**doc["forward"], "delta2": doc["delta2"], "delta1": doc["delta1"]}.items():
        np.testing.assert_allclose(q[name], value, rtol=1e-12, err_msg=name)
    after = bp.train(net, x, y, learning_rate=doc["learning_rate"], epochs=1).network.parameters()
    for name, value in doc["after_one_step"].items():
        np.testing.assert_allclose(after[name], value, rtol=1e-12, err_msg=name)


def test_mazur_one_step():
    doc, net, x, y = case("mazur-2015", frozen=True)
    q = bp.backward(net, x, y)
    for name in ("a1", "a2", "loss"):
        assert_printed(q[name], doc["forward"][name])
    assert_printed(q["dW2"][0, 0], doc["gradient"]["dW2[0][0]"])
    assert_printed(q["dW1"][0, 0], doc["gradient"]["dW1[0][0]"])
    run = bp.train(net, x, y, learning_rate=doc["learning_rate"], epochs=1)
    for name in ("W1", "W2"):
        assert_printed(run.network.parameters()[name], doc["after_one_step_weights"][name])


@pytest.mark.parametrize("frozen", [True, False])
def test_mazur_by_the_stated_rule(frozen):
    doc, net, x, y = case("mazur-2015", frozen=frozen)
    expected = doc["stated_rule_biases_frozen" if frozen else "stated_rule_biases_trained"]
    run = bp.train(net, x, y, learning_rate=doc["learning_rate"], epochs=10_000)
    first, last = expected["loss_after_1"], expected["loss_after_10000"]
    assert run.losses[1] == pytest.approx(first, rel=1e-12)
    assert run.losses[10_000] == pytest.approx(last, rel=1e-9)  # rounding of 10,000 steps
    if frozen:
        outputs = run.network.predict(x)[0]
        np.testing.assert_allclose(outputs, expected["outputs_after_10000"], rtol=1e-11)
        for before, after in zip(net.layers, run.network.layers, strict=True):
            assert np.array_equal(before.b, after.b)
    else:
        one = run.at(1).parameters()
        np.testing.assert_allclose([one["b1"], one["b2"]], expected["biases_after_1"], rtol=1e-12)


def test_mazur_by_the_famous_slip():
    """His numbers come from hidden deltas that already use the updated output weights."""
    doc, net, x, y = case("mazur-2015", frozen=True)
    printed, rate = doc["published_training"], doc["learning_rate"]
    losses = []
    for _ in range(10_000):
        q = bp.backward(net, x, y)
        losses.append(q["loss"])
        moved = net.with_parameters({"W2": net.layers[1].W - rate * q["dW2"]})
        delta1 = (q["delta2"] @ moved.layers[1].W.T) * q["da1_dz1"]
        net = moved.with_parameters({"W1": net.layers[0].W - rate * q["x"].T @ delta1})
    assert_printed(losses[1], printed["loss_after_1"])
    q = bp.backward(net, x, y)
    assert_printed(q["loss"], printed["loss_after_10000"])
    assert_printed(q["a2"][0], printed["outputs_after_10000"])


OPTIMISERS = json.loads((CASES / "optimisers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", OPTIMISERS["optimisers"])
def test_the_optimisers_of_another_framework(name):
    start, expected = OPTIMISERS["start"], OPTIMISERS["optimisers"][name]
    net = bp.Network([bp.Layer(start["W1"], start["b1"]), bp.Layer(start["W2"], start["b2"])])
    rate = expected["learning_rate"]
    run = bp.train(net, *bp.load("xor"), optimiser=name, learning_rate=rate, epochs=50)
    for epoch, loss in expected["losses"].items():
        assert run.losses[int(epoch)] == pytest.approx(loss, rel=1e-12)
    found = run.network.parameters()
    for parameter, value in expected["after_50"].items():
        np.testing.assert_allclose(found[parameter], value, rtol=1e-10, err_msg=parameter)
