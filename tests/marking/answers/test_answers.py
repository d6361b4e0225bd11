"""What a learner hands in: numbers as people write them, how many digits count, the names in a
script.
"""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import backproof as bp
from backproof.marking.answers.answers import answers_of
from backproof.marking.answers.spelling import quantity


def test_spellings():
    for written, name in {
        "dZ2": "delta2",
        "dw2": "dW2",
        "d2": "delta2",
        "grad_W2": "dW2",
        "W2_new": "W2_next",
        "Loss": "loss",
        "dZ2_step2": "delta2_step2",
        "W1_new step2": "W1_next_step2",
        "z1_step1": "z1",
    }.items():
        assert quantity(written) == name
    assert quantity("W1") is quantity("x") is quantity("hello") is None


def test_digits_count():
    names = ["z1", "a1", "loss", "z2", "a2"]
    written = {
        "z1": "[[0.1 0.2345]\n [-1 0]]",
        "loss": "0.69",
        "z2": [["12.3"], ["0.453"]],
        "a1": [["12", "1.23"]],
    }
    given = answers_of(written, names).found
    # a point shows where digits end
    units = np.array([[0.05, 0.5e-4], [0.5e-3, 0.5e-4]])
    assert given["z1"].unit == pytest.approx(units, rel=1e-6)
    assert given["a1"].unit[0] == pytest.approx([0.05, 0.005], rel=1e-6)  # three figures
    assert given["loss"].unit == pytest.approx(0.005, rel=1e-6)
    assert given["z2"].unit[:, 0] == pytest.approx([0.05, 0.0005], rel=1e-6)
    given = answers_of({"z1": [["-0.42", "0.07"], ["1.24", "3.80"]], "a2": [[0], [1]]}, names).found
    # whole numbers: as the others
    assert given["a2"].unit[:, 0] == pytest.approx([0.005, 0.005], rel=1e-6)


def test_locals_of_a_script():
    x, y = bp.load("xor")
    net = bp.Network.random((2, 2, 1), seed=0)
    W1, b1, W2, b2 = net.parameters().values()

    def script():
        z1 = x @ W1 + b1
        A1 = 1 / (1 + np.exp(-z1))
        a2 = 1 / (1 + np.exp(-(A1 @ W2 + b2)))
        dZ2 = a2 - y
        dW2, lr = A1.T @ dZ2 / len(x), 0.5
        W2_new = W2 - lr * dW2
        return dict(locals()) | {"x": x, "y": y, "W1": W1, "np": np}

    result = bp.check(script(), net, x, y)
    assert result.ok
    right = [mark.name for mark in result.marks if mark.status == "right"]
    assert right == ["z1", "a1", "a2", "delta2", "dW2", "W2_next"]
    assert result.taken == {"A1": "a1", "dZ2": "delta2", "W2_new": "W2_next"}


WRITTEN = {
    "1,4031": (1.4031, 0.5e-4),
    "−0.25": (-0.25, 0.5e-2),
    "– 3.0": (-3.0, 0.05),
    "np.float64(0.7005)": (0.7005, 0.5e-4),
    "1.2e-3": (1.2e-3, 0.5e-4),
    "0e9": (0.0, 0.0),
    "7": (7.0, 0.0),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_numbers_as_people_write_them(text):
    value, unit = WRITTEN[text]
    answer = answers_of({"loss": text}, ["loss"]).found["loss"]
    assert answer.value.item() == pytest.approx(value, rel=1e-12)
    assert answer.unit.item() == pytest.approx(unit, rel=1e-6, abs=1e-11)


TENSOR = """tensor([[0.1000, 0.2000],
        [0.3000, 0.4000]], dtype=torch.float64, grad_fn=<AddBackward0>)"""


@pytest.mark.parametrize(
    "text",
    [
        "array([[0.1, 0.2],\n       [0.3, 0.4]])",
        "np.array([[0.1, 0.2], [0.3, 0.4]], dtype=float32)",
        TENSOR,
        "[[0.1 0.2]\n [0.3 0.4]]",
        "0.1 0.2\n0.3 0.4",
    ],
)
def test_arrays_as_they_are_printed(text):
    found = answers_of({"z1": text}, ["z1"]).found["z1"].value
    np.testing.assert_array_equal(found, [[0.1, 0.2], [0.3, 0.4]])


BAD_NUMBERS = {
    "1e400": "1e400 is too large to calculate with",
    "1e-400": "1e-400 is too small to calculate with",
    "sNaN": "'sNaN' is not a number",
    "1_000": "'1_000' is not a number",
    "[[0.1 ... 0.2]]": "numbers are left out (...)",
    "[[0.1, 0.2]": "can't be read as an array",
    "0.1]": "a bracket closes that was never opened",
}


@pytest.mark.parametrize("text", BAD_NUMBERS)
def test_numbers_that_cannot_be_read(text):
    with pytest.raises(bp.InputError) as error:
        answers_of({"loss": text}, ["loss"])
    assert BAD_NUMBERS[text] in str(error.value)


def test_arguments_that_make_no_sense():
    net, (x, y) = bp.Network.random((2, 2, 1)), bp.load("xor")
    q = bp.backward(net, x, y)
    above_0 = "learning_rate must be a finite number above 0"
    for arguments, options, message in (
        (("answers.toml", net, x, y), {}, "answers must be a dict"),
        ((None, net, x, y), {}, "answers must be a dict"),
        ((q, None, x, y), {}, "net must be a Network"),
        ((q, net, x, y), {"learning_rate": "a"}, above_0),
        ((q, net, x, y), {"learning_rate": float("nan")}, above_0),
        ((q, net, x, y), {"learning_rate": -1}, above_0),
        ((q, net, x, y), {"decimals": -1}, "decimals must be a whole number"),
        (({}, net, x, y), {}, "there are no answers"),
        (({"z1": np.zeros((0, 2))}, net, x, y), {}, "it contains no numbers"),
        (({"z1": [[1, 2], [3]]}, net, x, y), {}, "not all of one length"),
        ((q, net, x, y), {"convention": "rows"}, "They combine"),
    ):
        with pytest.raises(bp.InputError, match=re.escape(message)):
            bp.check(*arguments, **options)
    assert bp.check({"z1": np.ma.array(q["z1"])}, net, x, y)["z1"].status == "right"
    rate = np.float32(0.5)
    moved = dict(q) | {"W1_next": net.layers[0].W - rate * q["dW1"]}
    assert bp.check(moved, net, x, y, learning_rate=rate).ok


def test_what_else_stands_in_a_script():
    net, (x, y) = bp.Network.random((2, 2, 1)), bp.load("xor")
    q = bp.backward(net, x, y)
    script = {
        "x": x,
        "loss": [0.7, 0.6],
        "z2": None,
        "e": 2.718,
        "l": 1,
        "h1": 2,
        "time_step5": 1,
        "np": np,
        "a1": q["a1"],
    }
    result = bp.check(script, net, x, y)
    assert [mark.name for mark in result.marks if mark.status != "missing"] == ["a1"]
    assert "loss was ignored: it has 2 numbers, one for each epoch perhaps." in result.remarks
    assert "z2 was ignored: NoneType is no array of numbers." in result.remarks
    W1_new = net.layers[0].W - 0.5 * q["dW1"]
    with_rate = bp.check({"x": x, "lr": np.array(0.5), "W1_new": W1_new}, net, x, y)
    assert with_rate["W1_next"].status == "right"
    without = bp.check({"x": x, "a1": q["a1"], "W1_next": net.layers[0].W}, net, x, y)
    assert "W1_next was ignored: it needs the learning rate." in without.remarks


def test_floats_that_look_rounded():
    net, (x, y) = bp.Network.random((2, 2, 1)), bp.load("xor")
    rounded = {name: np.round(value, 3) for name, value in bp.backward(net, x, y).items()}
    advice = "pass decimals=3, and only these digits count."
    remarks = bp.check(rounded, net, x, y).remarks
    assert f"your numbers look rounded to 3 decimals: {advice}" in remarks
    assert bp.check(rounded, net, x, y, 3).ok


def test_too_coarse_to_tell():
    net, (x, y) = bp.Network.random((2, 2, 1)), bp.load("xor")
    result = bp.check({"db1": ["0.1", "0.1"]}, net, x, y)
    assert any("too few digits to tell right from wrong" in remark for remark in result.remarks)


def test_published_numbers_are_right_to_the_digits_that_were_printed():
    """Mazur's page prints eight or nine decimals, as they came."""
    text = (Path(__file__).parents[2] / "cases" / "mazur-2015.json").read_text(encoding="utf-8")
    doc = json.loads(text, parse_float=str)
    layers = []
    for layer in doc["layers"]:
        W, b = (np.array(layer[name], dtype=float) for name in ("W", "b"))
        layers.append(bp.Layer(W, b, layer["activation"], True))
    net = bp.Network(layers, doc["loss"])
    x, y = np.array(doc["x"], dtype=float), np.array(doc["y"], dtype=float)
    after = {f"{name}_next": value for name, value in doc["after_one_step_weights"].items()}
    rate = float(doc["learning_rate"])
    result = bp.check(doc["forward"] | after, net, x, y, learning_rate=rate)
    assert result.ok, result
    assert sum(mark.status == "right" for mark in result.marks) == 5


def test_a_script_that_calls_something_else_by_a_name():
    net, (x, y) = bp.Network.random((2, 2, 1), seed=0), bp.load("xor")
    q = bp.backward(net, x, y)
    result = bp.check({"x": x, "d2": 3, "a1": q["a1"]}, net, x, y)
    assert result.ok
    assert "d2 was ignored: delta2 has shape (4, 1)." in result.remarks
    assert bp.check({"W1": net.parameters()["W1"], "i": 4, "a1": q["a1"]}, net, x, y).ok
