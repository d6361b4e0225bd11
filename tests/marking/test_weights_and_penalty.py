"""Marks where the loss has a penalty, and its examples weights: right is right, a slip is named, in
Python, in files, by a teacher's key.
"""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import backproof as bp
from backproof.cli import backproof

RATE = 0.5
WEIGHTS = np.array([0.5, 2.0, 1.0, 3.0])
OPTIONS = [{"l2": 0.1}, {"example_weights": WEIGHTS}, {"l2": 0.1, "example_weights": WEIGHTS}]
PAIRS = [("sigmoid", "bce", 1), ("softmax", "cce", 3), ("identity", "half_mse", 2)]


def subject(output, loss, n):
    rng = np.random.default_rng(n)
    net = bp.Network.random((2, 3, n), output=output, loss=loss, seed=n)
    y = np.eye(3)[[0, 1, 2, 1]] if n == 3 else rng.integers(0, 2, (4, n)).astype(float)
    return net, rng.normal(size=(4, 2)), y


def whole_step(net, x, y, options):
    """Every quantity, and the parameters after the step."""
    q = bp.backward(net, x, y, **options)
    moved = {
        f"{name}_next": value - RATE * q[f"d{name}"] for name, value in net.parameters().items()
    }
    return dict(q) | moved


def check(given, net, x, y, options, **more):
    return bp.check(given, net, x, y, learning_rate=RATE, **options, **more)


def wrong(result):
    return {mark.name: mark.mistake for mark in result.marks if mark.status == "wrong"}


@pytest.fixture(params=OPTIONS, ids=lambda one: "+".join(one))
def options(request):
    return request.param


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[1])
@pytest.mark.parametrize("decimals", [None, 4])
def test_right_numbers_are_right_and_those_without_are_wrong(pair, options, decimals):
    net, x, y = subject(*pair)
    q = whole_step(net, x, y, options)
    if decimals:
        q = {name: np.round(value, decimals) for name, value in q.items()}
    result = check(q, net, x, y, options, decimals=decimals)
    assert (result.ok, result.convention) == (True, "notes"), result
    assert all(mark.status == "right" for mark in result.marks)
    assert not check({"dW1": q["dW1"]}, net, x, y, {}, decimals=decimals).ok


def test_a_wrong_number_is_found_and_what_follows_from_it(options):
    net, x, y = subject("identity", "half_mse", 2)
    q = whole_step(net, x, y, options)
    for name in ("loss", "dL_da2", "delta2", "dW2", "db1", "W1_next"):
        result = check(q | {name: q[name] * 1.1 + 0.1}, net, x, y, options)
        assert list(wrong(result)) == [name], result
    twice = check(q | {"dW1": 2 * q["dW1"]}, net, x, y, options)
    follows = net.layers[0].W - RATE * 2 * q["dW1"]
    carried = check(q | {"dW1": 2 * q["dW1"], "W1_next": follows}, net, x, y, options)
    assert carried["W1_next"].status == "follows"
    assert f"expected {q['dW1'][0, 0]:.6g}" in twice["dW1"].message


def of_mean(net, q, name, options, change):
    """A gradient or the loss with a change of its mean; the penalty stays."""
    l2 = options.get("l2", 0.0)
    penalty = 0.0
    if name.startswith("dW"):
        penalty = l2 * net.parameters()[name[1:]]
    elif name == "loss":
        weights = [layer.W for layer in net.layers]
        penalty = l2 / 2 * sum((W**2).sum() for W in weights)
    return change(q[name] - penalty) + penalty


def test_slips_in_the_mean_are_named(options):
    net, x, y = subject("sigmoid", "bce", 1)
    q = whole_step(net, x, y, options)
    slips = {
        "no-mean": lambda value: value * 4,
        "mean-twice": lambda value: value / 4,
        "two-over-m": lambda value: 2 * value,
        "other-count": lambda value: value * 4 / 3,
        "sign": lambda value: -value,
    }
    for mistake, change in slips.items():
        mark = check(q | {"dW1": of_mean(net, q, "dW1", options, change)}, net, x, y, options)[
            "dW1"
        ]
        assert mistake in (mark.mistake, *mark.also), (mistake, mark)
    bits = of_mean(net, q, "loss", options, lambda value: value / np.log(2))
    assert wrong(check(q | {"loss": bits}, net, x, y, options)) == {"loss": "log-base"}


def test_slips_that_name_the_targets_keep_the_weights(options):
    net, x, y = subject("sigmoid", "bce", 1)
    s = options.get("example_weights", np.ones(4)) / np.mean(options.get("example_weights", 1))
    q = whole_step(net, x, y, options)
    swapped = check(q | {"delta2": s[:, None] * (q["a2"] - 1 + y)}, net, x, y, options)
    assert wrong(swapped) == {"delta2": "targets-swapped"}
    half = net.with_loss("half_mse")
    q = whole_step(half, x, y, options)
    short = check(q | {"delta2": s[:, None] * (q["a2"] - y)}, half, x, y, options)
    assert short["delta2"].mistake == "cancelled-slope"
    alone = of_mean(half, q, "dW2", options, lambda _: np.outer(q["a1"][-1], q["delta2"][-1]))
    assert check(q | {"dW2": alone}, half, x, y, options)["dW2"].mistake == "one-example"


def test_a_summed_loss_has_the_penalty_once(options):
    """Who sums adds the same penalty to a larger loss: it isn't multiplied by m."""
    net, x, y = subject("sigmoid", "bce", 1)
    q = whole_step(net, x, y, options)
    summed = {
        name: of_mean(net, q, name, options, lambda value: 4 * value)
        for name in ("loss", "dW1", "db1", "dW2", "db2")
    }
    moved = {
        f"{name}_next": value - RATE * summed[f"d{name}"]
        for name, value in net.parameters().items()
    }
    result = check(q | summed | moved, net, x, y, options)
    assert (result.ok, result.convention) == (True, "sum"), result


FILE = """problem = "xor"
learning_rate = 0.5
l2 = 0.1
example_weights = [1, 2, 3, 2]
[[layers]]
W = [[0.1, 0.2], [0.3, 0.4]]
b = [0.1, 0.2]
[[layers]]
W = [[0.5], [0.6]]
b = [0.0]
"""


def numbers(options):
    layers = [
        bp.Layer([[0.1, 0.2], [0.3, 0.4]], [0.1, 0.2]),
        bp.Layer([[0.5], [0.6]], [0.0]),
    ]
    q = whole_step(bp.Network(layers), *bp.load("xor"), options)
    lines = [f"{name} = {np.round(q[name], 5).tolist()}" for name in ("loss", "delta2", "dW2")]
    return "\n".join(["[answers]", *lines, ""])


IN_FILE = {"l2": 0.1, "example_weights": [1, 2, 3, 2]}


def marked(*arguments):
    return CliRunner().invoke(backproof, ["check", *map(str, arguments)], standalone_mode=False)


def test_a_file_says_both(tmp_path):
    path = tmp_path / "answers.toml"
    path.write_text(FILE + numbers(IN_FILE))
    assert marked(path).return_value == 0
    path.write_text(FILE + numbers({}))
    assert marked(path).return_value == 1
    for line, message in {
        "l2 = -1": "l2 must",
        'l2 = "much"': "l2 must",
        "example_weights = [1, 2]": "example_weights has 2 entries",
        'example_weights = "all"': "example_weights",
    }.items():
        key = line.partition(" ")[0]
        kept = "".join(one for one in FILE.splitlines(True) if not one.startswith(key))
        path.write_text(f"{line}\n{kept}{numbers(IN_FILE)}")
        error = marked(path).exception
        assert isinstance(error, bp.InputError)
        assert message in str(error)


def test_a_spreadsheet_says_both(tmp_path):
    layers = [bp.Layer([[0.1, 0.2], [0.3, 0.4]], [0.1, 0.2]), bp.Layer([[0.5], [0.6]], [0.0])]
    net = bp.Network(layers)
    net.to_json(tmp_path / "net.json")
    q = bp.backward(net, *bp.load("xor"), **IN_FILE)
    rows = ["network,net.json", "problem,xor", "l2,0.1", "example_weights", "1,2,3,2", "dW2"]
    rows += [f"{value:.6f}" for value in q["dW2"].ravel()]
    path = tmp_path / "answers.csv"
    path.write_text("\n".join(rows))
    assert marked(path).return_value == 0
    path.write_text("\n".join(rows).replace("l2,0.1", "l2,0.2"))
    assert marked(path).return_value == 1


def test_a_key_says_both(tmp_path):
    key, paper = tmp_path / "key.toml", tmp_path / "anna.toml"
    key.write_text(f'asked = ["loss", "delta2", "dW2"]\n{FILE}')
    paper.write_text(numbers(IN_FILE))
    right = json.loads(marked(paper, "--key", key, "--json").stdout)
    assert (right["points"], right["out_of"]) == (3, 3)
    paper.write_text(numbers({}))
    without = json.loads(marked(paper, "--key", key, "--json").stdout)
    assert without["points"] == 0
