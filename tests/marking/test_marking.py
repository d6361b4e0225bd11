"""Marking: several steps, the command and its files, the catalogue, what a mark says."""

import json
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import backproof as bp
from backproof.cli import backproof
from backproof.marking.mistakes.catalogue import MISTAKES
from learner import work

RATE = 0.5


def wrong(result):
    """What is wrong, with the mistake that is named."""
    return {mark.name: mark.mistake for mark in result.marks if mark.status == "wrong"}


def two_steps(net, x, y, decimals=None, slips=None):
    """Two steps of training one after the other; `slips` are made in the second."""
    first = work(net, x, y, decimals)
    moved = net.with_parameters({name: first[f"{name}_next"] for name in net.parameters()})
    second = work(moved, x, y, decimals, slips)
    return first | {f"{name}_step2": value for name, value in second.items()}, first


def test_two_steps_are_marked_as_one_piece_of_work():
    net, (x, y) = bp.Network.random((2, 3, 1), seed=5), bp.load("xor")
    given, first = two_steps(net, x, y, 4)
    result = bp.check(given, net, x, y, 4, learning_rate=RATE)
    assert result.ok
    assert len([mark for mark in result.marks if mark.status == "right"]) == 2 * len(first)


def test_a_slip_in_the_first_step_is_carried_into_the_second():
    net, (x, y) = bp.Network.random((2, 2, 1), seed=5), bp.load("xor")
    first = work(net, x, y, 6, {"dW2": lambda value, q: value * q["m"]})
    moved = net.with_parameters({name: first[f"{name}_next"] for name in net.parameters()})
    given = first | {f"{name}_step2": value for name, value in work(moved, x, y, 6).items()}
    result = bp.check(given, net, x, y, 6, learning_rate=RATE)
    assert wrong(result) == {"dW2": "no-mean"}
    for name in ("W2_next", "a2_step2", "W1_next_step2"):
        assert result[name].status == "follows"


def by_old_weights(before, first):
    return lambda value, q: q["x"] @ before["W1"] + before["b1"]


@pytest.mark.parametrize(
    ("mistake", "name", "slip"),
    [
        ("old-weights", "z1", by_old_weights),
        ("accumulated", "dW1", lambda before, first: lambda value, q: value + first["dW1"]),
        ("accumulated", "db2", lambda before, first: lambda value, q: value + first["db2"]),
        ("no-mean", "dW1", lambda before, first: lambda value, q: value * q["m"]),
    ],
)
def test_slips_of_a_second_step_are_named(mistake, name, slip):
    (x, y), named = bp.load("xor"), 0
    for seed in range(20):
        net = bp.Network.random((2, 2, 1), seed=seed)
        _, first = two_steps(net, x, y, 5)
        given, _ = two_steps(net, x, y, 5, {name: slip(net.parameters(), first)})
        result = bp.check(given, net, x, y, 5, learning_rate=RATE)
        assert list(wrong(result)) == [f"{name}_step2"]
        mark = result[f"{name}_step2"]
        named += mistake in (mark.mistake, *mark.also)
    assert named == 20


def test_a_second_step_needs_the_learning_rate():
    net, (x, y) = bp.Network.random((2, 2, 1), seed=5), bp.load("xor")
    message = "z1_step2: a second step needs the learning rate: give learning_rate"
    with pytest.raises(bp.InputError, match=message):
        bp.check({"z1_step2": x}, net, x, y)


def test_broadcast_is_named():
    x, y = bp.load("xor")
    net = bp.Network.random((2, 2, 1), seed=3)
    result = bp.check({"delta2": net.predict(x) - y[:, 0]}, net, x, y)
    assert (result["delta2"].status, result["delta2"].mistake) == ("wrong", "broadcast")


def test_the_mean_may_be_kept_from_any_error_on():
    """From dL_da of the output on, from its delta on, or from dL_da of a hidden layer on."""
    net, (x, y) = bp.Network.random((2, 3, 2, 1), seed=5, loss="half_mse"), bp.load("xor")
    q = dict(bp.backward(net, x, y))
    ways = {
        "delta": ("dL_da", "delta"),
        "hidden-delta": ("dL_da1", "dL_da2", "delta"),
        "hidden-layers": ("dL_da1", "dL_da2", "delta1", "delta2"),
    }
    for convention, start in ways.items():
        given = {name: q[name] / 4 if name.startswith(start) else q[name] for name in q}
        result = bp.check(given, net, x, y)
        assert (result.ok, result.convention) == (True, convention), result
        assert "the 1/m stands inside" in result.convention_words
    once = bp.check(q | {"dL_da1": q["dL_da1"] / 4}, net, x, y)
    assert wrong(once) == {"dL_da1": "mean-early"}


@pytest.mark.parametrize("loss", ["bce", "half_mse"])
def test_a_wrong_delta_of_many_examples_takes_memory_by_their_number(loss):
    m, rng = 2_000, np.random.default_rng(0)
    net = bp.Network.random((2, 2, 1), seed=1, loss=loss)
    x, y = rng.normal(size=(m, 2)), rng.integers(0, 2, (m, 1)).astype(float)
    q = dict(bp.backward(net, x, y))
    tracemalloc.start()
    result = bp.check({"delta2": q["delta2"] + 0.1}, net, x, y, convention="notes")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert wrong(result) == {"delta2": None}
    assert peak < 8 * m * m / 2  # not half of one array m × m


def test_a_loss_of_every_output_with_every_target_is_named_up_to_a_size_that_is_told():
    rng = np.random.default_rng(0)
    net = bp.Network.random((2, 2, 1), seed=1, loss="half_mse")
    for m, classes, named in ((300, False, True), (1_100, True, True), (1_100, False, False)):
        x, y = rng.normal(size=(m, 2)), rng.normal(size=(m, 1))
        if classes:
            y = np.sign(y)
        loss = ((net.predict(x) - y[:, 0]) ** 2 / 2).mean()
        result = bp.check({"loss": loss}, net, x, y)
        assert wrong(result) == {"loss": "broadcast" if named else None}
        said = any("1,100 examples it was not looked for" in one for one in result.remarks)
        assert said == (not named)


HEAD = """problem = "xor"
[[layers]]
W = [[0.1, 0.2], [0.3, 0.4]]
b = [0.1, 0.2]
[[layers]]
W = [[0.5], [0.6]]
b = [0.0]
[answers]
"""


Z1 = "z1 = [[0.1, 0.2], [0.4, 0.6], [0.2, 0.4], [0.5, 0.8]]\n"
DELTA2 = "delta2 = [[0.644], [-0.335], [-0.347], [0.674]]\n"


def check(*arguments):
    return CliRunner().invoke(backproof, ["check", *map(str, arguments)], standalone_mode=False)


def run(tmp_path, text, *options, name="answers.toml"):
    path = tmp_path / name
    path.write_text(text)
    return check(path, *options)


def marked(result, status):
    """The marks of a status in the JSON that a call has printed."""
    return [mark for mark in json.loads(result.stdout)["marks"] if mark["status"] == status]


def test_the_command(tmp_path):
    text = f"{HEAD}{Z1}{DELTA2}"
    result = run(tmp_path, text, "--json")
    assert result.return_value == 0
    assert [mark["name"] for mark in marked(result, "right")] == ["z1", "delta2"]
    assert "a1" in {mark["name"] for mark in marked(result, "missing")}
    result = run(tmp_path, text.replace("0.644", "0.148"), "--json")
    first = marked(result, "wrong")[0]
    assert (result.return_value, first["name"], first["cells"]) == (1, "delta2", [[0, 0]])
    assert set(first) == {"name", "status", "mistake", "also", "cells", "message"}


BAD = {
    "z9 = [[1]]": "line 9: unknown quantity 'z9'",
    "z1 = [[1, 2, 3]]": "line 9: z1 has shape (1, 3), expected (4, 2).",
    'loss = "about half"': "line 9: loss: 'about' is not a number",
    "z1 = [[1, 2], [3]]": "line 9: z1: its rows are not all of one length",
    "z1 = [[1, 2],": "not TOML",
    "W1_next = [[1, 2], [3, 4]]": "line 9: W1_next needs the learning rate",
}


def test_a_wrong_name_in_a_file_is_told_with_a_learning_rate_too(tmp_path):
    result = run(tmp_path, f"learning_rate = 0.5\n{HEAD}{Z1}z9 = [[1]]")
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
        lines = [";".join(f"{v:.4f}" for v in row) for row in np.atleast_2d(q[name])]
        rows += [name, *(line.replace(".", ",") for line in lines), ""]
    result = run(tmp_path, "\n".join(rows), "--json", name="answers.csv")
    assert len(marked(result, "right")) == 4
    assert len(marked(result, "missing")) == len(q) - 4


def test_a_file_holds_two_steps(tmp_path):
    exact = re.sub(r"(\d\.\d)", r"\g<1>0000", Z1)
    head = f"learning_rate = 50\n{HEAD}{exact}[answers.step2]\n"
    result = run(tmp_path, f"{head}{exact}", "--json")
    found = [(mark["name"], mark["mistake"]) for mark in marked(result, "wrong")]
    assert found == [("z1_step2", "old-weights")]
    result = run(tmp_path, f"{head}z2 = [[0.1]]\nz1 = [[0.1, 0.2, 0.3]]\n")
    message = "answers.toml, line 13: z1_step2 has shape (1, 3), expected (4, 2)."
    assert message in str(result.exception)
    document = {"network": "net.json", "problem": "xor", "learning_rate": 0.5}
    document["answers"] = {"step2": {"loss": 0.12345}}
    bp.Network.random((2, 2, 1)).to_json(tmp_path / "net.json")
    result = run(tmp_path, json.dumps(document), "--json", name="answers.json")
    assert [mark["name"] for mark in marked(result, "wrong")] == ["loss_step2"]


def test_the_catalogue_stands_in_the_documentation():
    page = (Path(__file__).parents[2] / "docs" / "mistakes.md").read_text(encoding="utf-8")
    # else: backproof check --mistakes > docs/mistakes.md
    assert check("--mistakes").output == page
    table = "| quantity | right | wrong |\n|---|---|---|\n| `"
    for mistake in MISTAKES:
        head = f"({mistake.id})=\n## {mistake.name}\n"
        assert f"{head}\n`{mistake.id}`. {mistake.teaches}\n\n{table}" in page


def test_who_writes_columns_or_other_signs_reads_their_own():
    net, (x, y) = bp.Network.random((2, 3, 1), seed=5), bp.load("xor")
    q = work(net, x, y, slips={"delta2": lambda value, q: value * q["da2_dz2"]})
    columns = bp.check({name: value.T for name, value in q.items()}, net, x, y, learning_rate=RATE)
    assert columns.convention == "columns"
    assert "delta2 = a2 - y, yours is (a2 - y) * da2_dz2" in columns["delta2"].message
    q = work(net, x, y, slips={"dL_da1": lambda value, q: value * 0 + q["delta2"]})
    columns = bp.check({name: value.T for name, value in q.items()}, net, x, y, learning_rate=RATE)
    message = columns["dL_da1"].message
    assert "dL_da1 = W2.T @ delta2, yours is ones_like(W2).T @ delta2" in message
    turned = {name: -q[name] for name in q if name.startswith(("delta", "dL", "dW", "db"))}
    forward = {name: q[name] for name in q if name not in turned and "next" not in name}
    ascent = bp.check(forward | turned, net, x, y)
    assert (ascent.convention, ascent["dL_da1"].mistake) == ("ascent", "no-weights")
    assert "in the notes' convention dL_da1 = delta2 @ W2.T" in ascent["dL_da1"].message


def test_one_slip_is_likelier_than_two():
    net, (x, y) = bp.Network.random((2, 2, 1), seed=5), bp.load("xor")
    q = bp.backward(net, x, y)
    result = bp.check(dict(q) | {"dW1": 2 * q["dW1"], "db1": 2 * q["db1"]}, net, x, y)
    assert result["dW1"].mistake == result["db1"].mistake == "two-over-m"
    twice = bp.check(dict(q) | {"db1": 2 * q["db1"]}, net, x, y)["db1"]
    assert {"two-over-m", "bias-per-weight", "accumulated"} <= {twice.mistake, *twice.also}
    updated = {f"{p}_next": value - q[f"d{p}"] for p, value in net.parameters().items()}
    result = bp.check(dict(q) | updated, net, x, y, learning_rate=RATE)
    assert {result[name].mistake for name in updated} == {"no-rate"}


def test_the_parts_of_a_convention_stand_in_any_order():
    net, (x, y) = bp.Network.random((2, 3, 1), seed=2), bp.load("xor")
    q = bp.backward(net, x, y)
    summed = dict(q) | {name: 4 * q[name] for name in ("loss", "dW1", "dW2")}
    given = {name: np.asarray(summed[name]).T for name in q if not name.startswith("db")}
    assert bp.check(given, net, x, y, convention="columns+sum").convention == "sum+columns"


TABS = "network\tnet.json\nproblem\txor\n\tz1:\n{z1\t}\nloss =\t{loss.}\n"
OWN_DATA = "x\n0,0\n0,1\n1,0\n1,1\ny\n0\n1\n1\n0\n"
SHEETS = {
    "semicolons and decimal commas": "network;net.json\nproblem;xor\nz1\n{z1;}\nloss;{loss,}\n",
    "tabs, a block further right, a colon": TABS,
    "data of its own": f"network,net.json\n{OWN_DATA}z1\n{{z1,}}\nloss,{{loss.}},,,\n",
}


@pytest.mark.parametrize("sheet", SHEETS)
def test_spreadsheets(tmp_path, sheet):
    net = bp.Network.random((2, 2, 1), seed=0)
    net.to_json(tmp_path / "net.json")
    q = bp.backward(net, *bp.load("xor"))
    text = SHEETS[sheet]
    for mark, start, point in ((";", "", ","), ("\t", "\t", "."), (",", "", ".")):
        rows = [start + mark.join(f"{v:.4f}".replace(".", point) for v in row) for row in q["z1"]]
        text = text.replace(f"{{z1{mark}}}", "\n".join(rows))
    loss = f"{q['loss']:.4f}"
    text = text.replace("{loss,}", loss.replace(".", ",")).replace("{loss.}", loss)
    result = run(tmp_path, "\ufeff" + text.replace("\n", "\r\n"), "--json", name="answers.csv")
    assert [mark["name"] for mark in marked(result, "right")] == ["z1", "loss"]


def test_spreadsheets_that_cannot_be_read(tmp_path):
    for text, message in {
        "problem,xor\nz1\n1,2": "it names no network: add a row network,net.json",
        "z1\n#DIV/0!,2": "line 2: '#DIV/0!' is neither a number nor the name of a quantity",
        "1,2\nz1": "line 1: numbers before the name of a quantity",
        "z1\n1,x": "line 2: 'x' is not a number",
    }.items():
        assert message in str(run(tmp_path, text, name="answers.csv").exception)
    (tmp_path / "old.csv").write_bytes("z1\n1,2\n# größer".encode("cp1252"))
    message = str(check(tmp_path / "old.csv").exception)
    assert "save it as such (in a spreadsheet: CSV UTF-8)" in message


def test_layers_in_a_file(tmp_path):
    frozen = HEAD.replace("b = [0.1, 0.2]", "b = [0.1, 0.2]\nfrozen_bias = true")
    result = run(tmp_path, "learning_rate = 0.5\n" + frozen + "b1_next = [0.1, 0.2]", "--json")
    assert result.return_value == 0
    misspelt = HEAD.replace("b = [0.0]", 'b = [0.0]\nactivaton = "tanh"')
    result = run(tmp_path, f"{misspelt}loss = 0.7")
    assert "[[layers]] has an unknown entry 'activaton'" in str(result.exception)
    result = run(tmp_path, HEAD.replace('problem = "xor"', "x = [[0, 0]]\ny = 1") + "loss = 0.7")
    assert "y must" in str(result.exception)
    assert "is a folder" in str(check(tmp_path).exception)


def test_the_catalogue_as_json():
    entries = json.loads(check("--mistakes", "--json").stdout)
    assert [entry["id"] for entry in entries] == [mistake.id for mistake in MISTAKES]


def test_cells_are_rows_and_columns():
    net, (x, y) = bp.Network.random((2, 3, 1)), bp.load("xor")
    q = dict(bp.backward(net, x, y))
    q["db1"] = q["db1"] + [0, 0.5, 0]
    q["loss"] += 0.1
    q["dW1"] = q["dW1"] + [[0, 0, 0], [0.5, 0, 0]]
    result = bp.check(q, net, x, y)
    for name, cell in {"db1": (0, 1), "loss": (0, 0), "dW1": (1, 0)}.items():
        assert result[name].cells == (cell,)
    columns = bp.check({name: np.asarray(value).T for name, value in q.items()}, net, x, y)
    assert (columns["db1"].cells, columns["dW1"].cells) == (((0, 1),), ((0, 1),))
    assert "dW1[1,2] is" in columns["dW1"].message


def test_a_wrong_slope_of_softmax():
    net = bp.Network([bp.Layer([[0.5, -0.5, 0.2], [0.25, 1, 0.1]], [0, 0, 0], "softmax")], "cce")
    x, y = [[1, 0], [0, 1]], [[1, 0, 0], [0, 1, 0]]
    q = bp.backward(net, x, y)
    slope = q["a1"] * (1 - q["a1"])
    three = np.array([np.diag(row) for row in slope])
    for wrong in (slope, three):
        mark = bp.check({"da1_dz1": wrong}, net, x, y)["da1_dz1"]
        assert (mark.status, mark.mistake) == ("wrong", "softmax-diagonal")
    assert all(len(cell) == 3 for cell in mark.cells)
    assert "da1_dz1[1,1,2] is 0, expected -0.0827326" in mark.message
    follows = bp.check({"da1_dz1": slope, "delta1": q["dL_da1"] * slope}, net, x, y)
    assert follows["delta1"].status == "follows"
    alone = bp.check({"delta1": q["dL_da1"] * slope}, net, x, y)
    assert alone["delta1"].mistake == "softmax-diagonal"
    other = q["da1_dz1"].copy()
    other[1, 2, 0] += 0.1
    mark = bp.check({"da1_dz1": other}, net, x, y, convention="columns")["da1_dz1"]
    assert (mark.cells, mark.mistake) == (((1, 2, 0),), None)


def test_a_mistake_in_an_activation_is_that_one_and_not_any_between_two_slopes():
    hidden = bp.Layer([[0.15, 0.25], [0.2, 0.3]], [0.35, 0.35])
    output = bp.Layer([[0.4, 0.5], [0.45, 0.55]], [0.6, 0.6])
    net = bp.Network([hidden, output], "half_mse")
    x, y = [[0.05, 0.1]], [[0.01, 0.99]]

    def mistake(delta1):
        return bp.check({"delta1": delta1.round(9)}, net, x, y, 9)["delta1"].mistake

    right = bp.backward(net, x, y)["delta1"]
    for factor in (0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98):
        assert mistake(factor * right) is None
    W1, b1, W2, b2 = net.parameters().values()
    a1 = x @ W1 + b1  # forgotten
    a2 = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
    delta1 = ((a2 - y) * a2 * (1 - a2)) @ W2.T
    for slope in (a1 * (1 - a1), np.exp(-a1) / (1 + np.exp(-a1)) ** 2):
        assert mistake(delta1 * slope) == "no-activation"


def test_shapes_that_lead_from_one_odd_one_to_another_are_marked():
    net, (x, y) = bp.Network.random((2, 2, 1), seed=0), bp.load("xor")
    q = dict(bp.backward(net, x, y))
    q["db2"] = q["delta2"]
    q["b2_next"] = net.parameters()["b2"] + 0.5 * q["db2"]
    result = bp.check(q, net, x, y, learning_rate=0.5)
    first = next(iter(wrong(result).items()))
    assert first == ("db2", "bias-not-summed")
    assert result["b2_next"].status == "wrong"


def test_what_stands_twice_in_json(tmp_path):
    result = run(tmp_path, '{"problem": "xor", "answers": {"z1": 1, "z1": 2}}', name="answers.json")
    assert "z1 appears twice" in str(result.exception)
