"""Marking: right answers are never marked wrong, planted mistakes are found and named, bad input changes nothing."""

import json
from decimal import Decimal

import numpy as np
import pytest
from click.testing import CliRunner

import backproof as bp
from backproof.cli import backproof
from backproof.marking.answers import answers_of
from backproof.marking.spelling import quantity
from backproof.marking.ways import ways

KINDS = (("sigmoid", "sigmoid", "bce"), ("tanh", "sigmoid", "bce"), ("relu", "identity", "half_mse"), ("sigmoid", "sigmoid", "mse"))
RATE = 0.5


def subject(seed):
    """A random network and data, of the textbook kinds."""
    rng = np.random.default_rng(seed)
    activation, output, loss = KINDS[seed % len(KINDS)]
    sizes = [int(rng.integers(2, 4)), *(int(n) for n in rng.integers(2, 4, int(rng.integers(1, 3)))), int(rng.integers(1, 3))]
    m = int(rng.integers(2, 6))
    net = bp.Network.random(sizes, seed=seed, activation=activation, output=output, loss=loss)
    y = rng.integers(0, 2, (m, sizes[-1])).astype(float) if loss == "bce" else rng.normal(size=(m, sizes[-1]))
    return net, rng.normal(size=(m, sizes[0])), y


F = {
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
    "tanh": (np.tanh, lambda a: 1 - a * a),
    "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0) * 1.0),
    "identity": (lambda z: z, lambda a: a * 0 + 1),
}


def by_hand(net, x, y, decimals=15, slips=None):
    """A learner's step: plain NumPy, every quantity rounded to `decimals` and carried on; `slips` changes some of them."""
    q = {"m": len(x)}

    def put(name, value):
        value = (slips or {}).get(name, lambda value, q: value)(value, q)
        q[name] = np.round(value, decimals)
        return q[name]

    last, a = len(net.layers), x
    for n, layer in enumerate(net.layers, 1):
        z = put(f"z{n}", a @ layer.W + layer.b)
        a = put(f"a{n}", F[layer.activation][0](z))
    with np.errstate(all="ignore"):
        if net.loss == "bce":
            entries = -(y * np.log(a) + (1 - y) * np.log(1 - a))
            dL = (a - y) / (a * (1 - a))
        else:
            c = 1 if net.loss == "mse" else 0.5
            entries, dL = c * (a - y) ** 2, 2 * c * (a - y)
        put("loss", entries.sum() / len(x))
        put(f"dL_da{last}", dL)
        for n in range(last, 0, -1):
            if n < last:
                put(f"dL_da{n}", q[f"delta{n + 1}"] @ net.layers[n].W.T)
            slope = put(f"da{n}_dz{n}", F[net.layers[n - 1].activation][1](q[f"a{n}"]))
            product = a - y if n == last and net.loss == "bce" else q[f"dL_da{n}"] * slope
            put(f"delta{n}", product)
            before = q[f"a{n - 1}"] if n > 1 else x
            put(f"dW{n}", before.T @ q[f"delta{n}"] / len(x))
            put(f"db{n}", q[f"delta{n}"].sum(axis=0) / len(x))
    for n, layer in enumerate(net.layers, 1):
        put(f"W{n}_next", layer.W - RATE * q[f"dW{n}"])
        put(f"b{n}_next", layer.b - RATE * q[f"db{n}"])
    del q["m"]
    return {name: value for name, value in q.items() if np.isfinite(value).all()}


def fair(seed, decimals):
    net, x, y = subject(seed)
    given = by_hand(net, x, y, decimals)
    written = {name: np.vectorize(lambda v: Decimal(f"{v:.{decimals}f}"), otypes=[object])(value).tolist() for name, value in given.items()}
    if seed % 3 == 0:  # only some of the quantities
        keep = np.random.default_rng(seed).random(len(written)) < 0.5
        written = {name: value for (name, value), k in zip(written.items(), keep, strict=True) if k} or written
    result = bp.check(written, net, x, y, learning_rate=RATE)
    assert (result.ok, result.convention) == (True, "notes"), f"seed {seed}, {decimals} decimals\n{result}"


@pytest.mark.parametrize("decimals", [2, 3, 4, 5, 6])
def test_who_rounds_every_step_is_never_marked_wrong(decimals):
    for seed in range(40):
        fair(seed, decimals)


@pytest.mark.proof
@pytest.mark.parametrize("decimals", [2, 3, 4, 5, 6])
def test_fair_in_full(decimals):
    for seed in range(10_000):
        fair(seed, decimals)


@pytest.mark.parametrize("loss", ["bce", "mse", "half_mse"])
def test_a_convention_is_not_a_mistake(loss):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(5, 2)), rng.integers(0, 2, (5, 2)).astype(float)
    net = bp.Network.random((2, 3, 2), seed=4, output="sigmoid", loss=loss)
    q = bp.backward(net, x, y)
    for way in ways(loss):
        given = {name: np.asarray(value) * way.factor(name, 5, 2) for name, value in q.items()}
        given = {name: value.T if way.columns and value.ndim == 2 else value for name, value in given.items()}
        result = bp.check(given, net, x, y)
        assert result.ok, f"{way.name}\n{result}"
        assert result.convention == way.name


PLANTED = {
    "no-mean": ("dW1", lambda v, q: v * q["m"]),
    "mean-twice": ("dW2", lambda v, q: v / q["m"]),
    "two-over-m": ("dW1", lambda v, q: v * 2),
    "mean-early": ("delta1", lambda v, q: v / q["m"]),
    "extra-slope": ("delta2", lambda v, q: v * q["da2_dz2"]),
    "missing-slope": ("delta1", lambda v, q: q["dL_da1"]),
    "slope-twice": ("delta1", lambda v, q: v * q["da1_dz1"]),
    "slope-of-a": ("da1_dz1", lambda v, q: F["sigmoid"][1](F["sigmoid"][0](q["a1"]))),
    "slope-of-z": ("da1_dz1", lambda v, q: q["z1"] * (1 - q["z1"])),
    "slope-of-error": ("delta1", lambda v, q: F["sigmoid"][1](F["sigmoid"][0](q["dL_da1"]))),
    "sign": ("dW2", lambda v, q: -v),
    "no-activation": ("a1", lambda v, q: q["z1"]),
    "log-base": ("loss", lambda v, q: v / np.log(2)),
    "transposed-gradient": ("dW1", lambda v, q: v.T),
    "bias-left-out": ("db1", lambda v, q: v * 0),
    "bias-per-weight": ("db1", lambda v, q: v * 2),
    "bias-wrong-product": ("db1", lambda v, q: q["dL_da1"].mean(axis=0)),
    "one-example": ("dW1", lambda v, q: q["x"][-1:].T @ q["delta1"][-1:]),
    "accumulated": ("dW2", lambda v, q: v * 2),
}


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_found_and_named(mistake):
    x, y = bp.load("xor")
    x = x + np.array([[0.1, 0.2], [0.05, -0.1], [0.2, 0.15], [-0.1, 0.3]])  # the corners alone hide some
    name, change = PLANTED[mistake]
    for seed in range(25):
        net = bp.Network.random((2, 2, 1), seed=seed)
        given = by_hand(net, x, y, 4, {name: lambda v, q: change(v, {**q, "x": x})})
        result = bp.check(given, net, x, y, decimals=4, learning_rate=RATE)
        assert result[name].status == "wrong", f"seed {seed}\n{result}"
        assert mistake in (result[name].mistake, *result[name].also), f"seed {seed}\n{result}"
        assert [mark.name for mark in result.marks if mark.status == "wrong"] == [name], f"seed {seed}\n{result}"


def test_two_mistakes_are_both_found():
    x, y = bp.load("xor")
    net = bp.Network.random((2, 2, 1), seed=0)
    slips = {"delta2": PLANTED["extra-slope"][1], "dW1": PLANTED["no-mean"][1]}
    result = bp.check(by_hand(net, x, y, 4, slips), net, x, y, decimals=4, learning_rate=RATE)
    assert {mark.name: mark.mistake for mark in result.marks if mark.status == "wrong"} == {"delta2": "extra-slope", "dW1": "no-mean"}
    assert result["dW2"].status == "follows"


def test_weights_moved_too_early():
    """The published training numbers of a 2-2-2 network whose hidden deltas use the updated weights."""
    x, y = bp.load("xor")
    net = bp.Network.random((2, 2, 1), seed=3)
    q = bp.backward(net, x, y)
    given = dict(q) | {"dL_da1": q["delta2"] @ (net.layers[1].W - RATE * q["dW2"]).T}
    result = bp.check(given, net, x, y, learning_rate=RATE)
    assert result["dL_da1"].mistake == "updated-weights"


def test_broadcast_is_named():
    x, y = bp.load("xor")
    net = bp.Network.random((2, 2, 1), seed=3)
    result = bp.check({"delta2": net.predict(x) - y[:, 0]}, net, x, y)
    assert (result["delta2"].status, result["delta2"].mistake) == ("wrong", "broadcast")


def test_spellings():
    for written, name in {"dZ2": "delta2", "dw2": "dW2", "d2": "delta2", "grad_W2": "dW2", "W2_new": "W2_next", "Loss": "loss"}.items():
        assert quantity(written) == name
    assert quantity("W1") is quantity("x") is quantity("hello") is None


def test_digits_count():
    given = answers_of({"z1": "[[0.1 0.2345]\n [0.4 0.6]]", "loss": "0.69", "z2": [["12.3"], ["0.453"]]}, ["z1", "loss", "z2"])
    assert given["z1"].unit == pytest.approx(np.full((2, 2), 0.5e-4), rel=1e-6)
    assert given["loss"].unit == pytest.approx(0.005, rel=1e-6)
    assert given["z2"].unit[:, 0] == pytest.approx([0.05, 0.0005], rel=1e-6)


HEAD = """problem = "xor"
[[layers]]
W = [[0.1, 0.2], [0.3, 0.4]]
b = [0.1, 0.2]
[[layers]]
W = [[0.5], [0.6]]
b = [0.0]
[answers]
"""


def run(tmp_path, text, *options, name="answers.toml"):
    path = tmp_path / name
    path.write_text(text)
    return CliRunner().invoke(backproof, ["check", str(path), *options], standalone_mode=False)


def test_the_command(tmp_path):
    text = HEAD + "z1 = [[0.1, 0.2], [0.4, 0.6], [0.2, 0.4], [0.5, 0.8]]\ndelta2 = [[0.644], [-0.335], [-0.347], [0.674]]\n"
    result = run(tmp_path, text, "--json")
    document = json.loads(result.stdout)
    status = {mark["name"]: mark["status"] for mark in document["marks"]}
    assert (result.return_value, status["z1"], status["delta2"], status["a1"]) == (0, "right", "right", "missing")
    result = run(tmp_path, text.replace("0.644", "0.148"), "--json")
    wrong = next(mark for mark in json.loads(result.stdout)["marks"] if mark["status"] == "wrong")
    assert (result.return_value, wrong["name"], wrong["cells"], set(wrong)) == (
        1, "delta2", [[0, 0]], {"name", "status", "mistake", "also", "cells", "message"},
    )  # fmt: skip


BAD = {
    "z9 = [[1]]": "line 9: unknown quantity 'z9'",
    "z1 = [[1, 2, 3]]": "line 9: z1 has shape (1, 3), expected (4, 2) for z1",
    'loss = "about half"': "line 9: loss: 'about' is not a number",
    "z1 = [[1, 2], [3]]": "line 9: z1: its rows are not all of one length",
    "z1 = [[1, 2],": "not TOML",
    "W1_next = [[1, 2], [3, 4]]": "line 9: W1_next needs the learning rate",
}


def test_a_wrong_name_in_a_file_is_told_with_a_learning_rate_too(tmp_path):
    result = run(tmp_path, "learning_rate = 0.5\n" + HEAD + "z1 = [[0, 0], [0, 0], [0, 0], [0, 0]]\nz9 = [[1]]")
    assert "line 11: unknown quantity 'z9'" in str(result.exception)


@pytest.mark.parametrize("line", BAD)
def test_bad_answers_are_one_message_with_the_line(tmp_path, line):
    result = run(tmp_path, HEAD + line)
    assert isinstance(result.exception, bp.InputError)
    assert BAD[line] in str(result.exception)


def test_a_spreadsheet(tmp_path):
    x, y = bp.load("xor")
    net = bp.Network.random((2, 2, 1), seed=0)
    net.to_json(tmp_path / "net.json")
    q = bp.backward(net, x, y)
    rows = ["network;net.json", "problem;xor"]
    for name in ("z1", "a1", "delta2", "loss"):
        rows += [name, *(";".join(f"{v:.4f}".replace(".", ",") for v in row) for row in np.atleast_2d(q[name])), ""]
    result = run(tmp_path, "\n".join(rows), "--json", name="answers.csv")
    assert [mark["status"] for mark in json.loads(result.stdout)["marks"] if mark["status"] != "missing"] == ["right"] * 4


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
    assert [mark.name for mark in result.marks if mark.status == "right"] == ["z1", "a1", "a2", "delta2", "dW2", "W2_next"]
    assert result.taken == {"A1": "a1", "dZ2": "delta2", "W2_new": "W2_next"}


def test_the_documentation_holds_the_catalogue():
    from pathlib import Path

    from backproof.marking.mistakes import MISTAKES

    page = (Path(__file__).parents[1] / "docs" / "mistakes.md").read_text(encoding="utf-8")
    for mistake in MISTAKES:
        assert f"({mistake.id})=\n## {mistake.name}" in page
        assert mistake.teaches in page
