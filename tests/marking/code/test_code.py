"""A learner's own function: slips from the wild are caught, and whatever it does, it is one message
and nothing is harmed.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import backproof as bp
from backproof.cli import backproof
from backproof.marking.code.cases import call_of, cases
from learners import slips_of_others as others

FILE = Path(__file__).parents[2] / "learners" / "slips_of_others.py"
CASES = Path(__file__).parents[2] / "cases"


def wrong(result):
    return {mark.name: mark.mistake for mark in result.marks if mark.status == "wrong"}


def test_a_right_function_is_right():
    result = bp.check_code(others.right)
    assert result.ok
    assert result.case is None
    right = [mark.name for mark in result.marks if mark.status == "right"]
    assert right == ["a1", "a2", "delta2", "dW2", "db2", "delta1", "dW1", "db1"]
    assert "dZ2 was taken for delta2." in result.remarks


@pytest.mark.parametrize(
    ("function", "loss", "expected"),
    [
        ("updated_output_weights", "half_mse", {"delta1": "updated-weights"}),
        ("slope_of_the_activation", "bce", {"delta1": "slope-of-a"}),
        ("bias_moved_once_per_weight", "bce", {"b2_next": "bias-per-weight"}),
        ("missing_mean", "bce", {"dW1": "no-mean"}),
        ("broadcast", "bce", {"delta2": "broadcast"}),
        ("mean_of_squares_with_the_error_alone", "half_mse", {"delta2": "cancelled-slope"}),
        ("four_examples", "bce", {"dW2": "other-count"}),
        ("accumulates", "bce", {"dW2": "accumulated", "db2": "accumulated"}),
    ],
)
def test_slips_from_the_wild(function, loss, expected):
    result = bp.check_code(getattr(others, function), loss=loss)
    marks = [mark for mark in result.marks if mark.status == "wrong"]
    also = {mark.name: (mark.mistake, *mark.also) for mark in marks}
    assert wrong(result).keys() == expected.keys(), result
    assert all(mistake in also[name] for name, mistake in expected.items()), result
    assert result.case is not None
    assert result.case.title in " ".join(str(result).split())
    from_file = bp.check_code(f"{FILE}:{function}", loss=loss)
    assert from_file.marks == result.marks


def test_the_famous_training_numbers_are_caught():
    """Mazur's printed training comes from hidden errors that use the updated output weights."""
    doc = json.loads((CASES / "mazur-2015.json").read_text(encoding="utf-8"))
    net = bp.Network(
        [bp.Layer(layer["W"], layer["b"], layer["activation"], True) for layer in doc["layers"]],
        doc["loss"],
    )
    x, y, rate = np.array(doc["x"]), np.array(doc["y"]), doc["learning_rate"]
    W1, b1, W2, b2 = net.parameters().values()
    his = others.updated_output_weights(x, y, W1, b1, W2, b2, rate)
    after = net.with_parameters({"W1": his["W1_next"], "W2": his["W2_next"]})
    loss = bp.backward(after, x, y)["loss"]
    printed = doc["published_training"]["loss_after_1"]
    assert abs(loss - printed) <= 0.5e-9  # these are his numbers indeed
    result = bp.check(his, net, x, y, learning_rate=rate)
    assert wrong(result) == {"delta1": "updated-weights"}
    assert result["W1_next"].status == "follows"
    given = {name: np.round(his[name], 9) for name in ("a2", "W2_next", "W1_next")}
    result = bp.check(given, net, x, y, 9, learning_rate=rate)  # the printed weights alone
    assert wrong(result) == {"W1_next": "updated-weights"}
    assert "in delta1, which you did not give" in result["W1_next"].message


MESSAGES = {
    "for_ever": r"your function did not return within 1 seconds: is there an endless loop\?",
    "raises": (
        r"your function raised ValueError: matmul.*line \d+: return \{\"z2\": W2 @ hidden\}\),"
        r" called with x \(3, 2\), y \(3, 1\)"
    ),
    "returns_a_tuple": r"your function returned tuple: return a dict such as \{'delta2': delta2",
    "returns_words": r"your function returned str for delta2: expected numbers of shape \(1, 1\)",
    "exits": r"your function raised SystemExit: 3",
    "dies": r"your code ended its process, or crashed it, before it returned",
    "takes_something_else": (
        r"takes_something_else\(net, data, epochs\) can't be called as"
        r" takes_something_else\(x, y, W1, b1, W2, b2\)"
    ),
}


@pytest.mark.parametrize("function", MESSAGES)
@pytest.mark.parametrize("way", ["function", "file"])
def test_what_goes_wrong_is_one_message(function, way):
    given = getattr(others, function) if way == "function" else f"{FILE}:{function}"
    with pytest.raises(bp.InputError, match=MESSAGES[function]):
        bp.check_code(given, seconds=1)


def test_remarks():
    for function, said in (
        (others.prints, "your function printed: one line"),
        (others.changes_its_arguments, "your function changes W1"),
        (others.accumulates, "other numbers the second time"),
    ):
        assert any(said in remark for remark in bp.check_code(function).remarks)
    shape = bp.check_code(others.returns_another_shape)["z1"]
    assert (shape.status, "z1 has shape (2,), expected (3, 2)" in shape.message) == ("wrong", True)


@pytest.mark.parametrize(
    "function", ["without_biases", "weights_first", "any_number", "in_single_precision"]
)
def test_other_ways_to_write_it(function):
    result = bp.check_code(getattr(others, function))
    assert result.ok
    assert result["delta2"].status == "right"


def test_the_networks_hide_nothing():
    tried = cases(call_of(others.right), activation="sigmoid", output="sigmoid", loss="bce")
    assert len(tried[0].x) == 1
    assert all(len(case.x) != 4 for case in tried)
    square_nowhere = [len({*case.net.sizes}) == len(case.net.sizes) for case in tried]
    assert any(square_nowhere)
    hidden = [bp.forward(case.net, case.x)["a1"] for case in tried]
    assert any(np.abs(a1 - 0.5).max() > 0.499 for a1 in hidden)  # saturated
    for case in tried:
        assert len(np.unique(case.net.layers[0].W)) == case.net.layers[0].W.size


@pytest.mark.parametrize(
    ("activation", "loss"),
    [("tanh", "mse"), ("relu", "cce"), ("gelu", "bce"), ("softplus", "half_mse")],
)
def test_any_activation_and_loss(activation, loss):
    """The package's own `backward` as the learner."""

    def mine(x, y, W1, b1, W2, b2, W3, b3):
        output = {"cce": "softmax", "bce": "sigmoid"}.get(loss, "identity")
        hidden = [bp.Layer(W1, b1, activation), bp.Layer(W2, b2, activation)]
        return bp.backward(bp.Network([*hidden, bp.Layer(W3, b3, output)], loss), x, y)

    result = bp.check_code(mine, activation, loss)
    assert result.ok, result
    assert not [mark.name for mark in result.marks if mark.status != "right"]


def run(*arguments):
    return CliRunner().invoke(backproof, ["check", *arguments], standalone_mode=False)


def test_the_command():
    assert run("--code", f"{FILE}:right").return_value == 0
    result = run("--code", f"{FILE}:missing_mean", "--json")
    document = json.loads(result.stdout)
    assert result.return_value == 1
    assert document["convention"] == "notes"
    assert {"name", "status", "mistake", "also", "cells", "message"} == set(document["marks"][0])
    first = next(mark for mark in document["marks"] if mark["status"] == "wrong")
    assert first["mistake"] == "no-mean"
    assert document["case"]["title"] == "2-2-1 and 3 examples"
    assert np.shape(document["case"]["W1"]) == (2, 2)
    for arguments, message in {
        ("--code", f"{FILE}:nothing"): "unknown function 'nothing'",
        ("--code", f"{FILE}"): "FILE.py:FUNCTION",
        ("--code", "nowhere.py:f"): "there is no file nowhere.py",
        ("a.toml", "--code", "f.py:f"): "pass answers files, or --code",
        ("--code", f"{FILE}:right", "--decimals", "3"): "--decimals: goes with answers files",
    }.items():
        assert message in str(run(*arguments).exception)


def test_a_file_that_cannot_be_loaded(tmp_path):
    path = tmp_path / "mine.py"
    for text, message in {
        "def f(x, y, W1, b1, W2, b2)\n    pass": "it raised SyntaxError: expected ':'",
        "import nothing": "ModuleNotFoundError: No module named 'nothing'",
        "1 / 0": "line 1: 1 / 0",
        "x = 3": "has no function",
    }.items():
        path.write_text(text)
        with pytest.raises(bp.InputError, match=message.replace("(", r"\(")):
            bp.check_code(f"{path}:f")


def test_settings_that_make_no_sense():
    for options, message in (
        ({"seconds": float("inf")}, "seconds must be a number above 0"),
        ({"seconds": "a"}, "seconds must be a number above 0"),
        ({"activation": "foo"}, "unknown activation 'foo'"),
        ({"loss": "foo"}, "unknown loss 'foo'"),
        ({"output": "foo"}, "unknown activation 'foo'"),
        ({"output": "relu"}, "needs each output in"),
    ):
        with pytest.raises(bp.InputError, match=message):
            bp.check_code(others.right, **options)


def test_softmax_under_squared_error():
    def mine(x, y, W1, b1, W2, b2):
        return bp.backward(bp.Network([bp.Layer(W1, b1), bp.Layer(W2, b2, "softmax")], "mse"), x, y)

    result = bp.check_code(mine, output="softmax", loss="mse")
    assert result.ok, result


STEP = """
import random
from helper import right as step

def backward(x, y, W1, b1, W2, b2):
    return step(x, y, W1, b1, W2, b2)
"""


def test_a_file_of_their_own_does_not_hide_pythons(tmp_path):
    (tmp_path / "random.py").write_text("raise RuntimeError('not this one')")
    (tmp_path / "helper.py").write_text(FILE.read_text(encoding="utf-8"))
    (tmp_path / "mine.py").write_text(STEP)
    assert bp.check_code(f"{tmp_path / 'mine.py'}:backward").ok


@pytest.mark.parametrize("way", ["function", "file"])
def test_what_it_starts_is_ended_with_it(tmp_path, way):
    note = tmp_path / "pid"
    text = f"""
import os, time
import numpy as np

def backward(x, y, W1, b1, W2, b2):
    if not os.path.exists({str(note)!r}):
        pid = os.fork()
        if pid == 0:
            time.sleep(60)
            os._exit(0)
        open({str(note)!r}, "w").write(str(pid))
    return {{"z1": x @ W1 + b1}}
"""
    (tmp_path / "mine.py").write_text(text)
    space = {}
    exec(compile(text, "mine.py", "exec"), space)
    given = space["backward"] if way == "function" else f"{tmp_path / 'mine.py'}:backward"
    result = bp.check_code(given, seconds=20)
    assert result["z1"].status == "right"
    for _ in range(50):
        try:
            os.kill(int(note.read_text()), 0)
        except ProcessLookupError:
            return
        if "Z" in Path(f"/proc/{note.read_text()}/stat").read_text().split()[2:3]:
            return  # ended, and waiting to be collected
        time.sleep(0.1)
    pytest.fail("a process that the function started is still there")


def test_unusual_numbers_and_streams():
    def mine(x, y, W1, b1, W2, b2):
        assert not sys.stdout.isatty()
        return {"z1": (x @ W1 + b1).astype(np.longdouble)}

    assert bp.check_code(mine)["z1"].status == "right"

    def words(x, y, W1, b1, W2, b2):
        return {"grads": {"dW1": W1}}

    with pytest.raises(bp.InputError, match="your function returned no quantity"):
        bp.check_code(words)
