"""Exercise sheets: friendly numbers that show the mistakes, in every format; and a class marked by
its keys.
"""

import csv
import io
import json
import re
import subprocess
import tomllib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import backproof as bp
from backproof.classroom.exercises import exercise, save_all
from backproof.classroom.gradebook import grades_csv
from backproof.classroom.grading import grade
from backproof.classroom.keys import read_keys
from backproof.classroom.levels import LEVELS
from backproof.classroom.sheets import SHEET_FORMATS
from backproof.cli import backproof
from backproof.marking.answers.files import read_answers
from learner import Work, work
from planting import slipping
from slips import SLIPS


def run(*arguments):
    return CliRunner().invoke(backproof, list(map(str, arguments)), standalone_mode=False)


def fill(answers, path, name, slips=None, decimals=4, leave=()):
    """Fill in an answers file as a learner does who works with so many decimals, and leaves some
    quantities out.
    """
    what = read_answers(answers, blank=True).objective()
    net, x, y = what.net, what.x, what.y
    text = answers.read_text(encoding="utf-8")
    worked = work(net, x, y, decimals, slips)
    head, _, blanks = text.replace('name = ""', f'name = "{name}"').partition("[answers]\n")
    lines = [head, "[answers]"]
    for quantity in tomllib.loads("[answers]\n" + blanks)["answers"]:
        if quantity in leave:
            continue
        text_of = np.vectorize(lambda v: f"{v:.{decimals}f}", otypes=[object])
        lines.append(f"{quantity} = {json.dumps(text_of(worked[quantity]).tolist())}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_sheet_says_whose_loss_the_error_signals_are_of():
    said = "derivatives of each example's own loss"
    write = SHEET_FORMATS["markdown"].write
    for level, there in (("output", True), ("forward", False)):
        assert (said in " ".join(write(exercise(3, level).sheet(), {}).split())) == there


def test_a_seed_gives_a_sheet_and_sixty_seeds_sixty():
    assert exercise(3).answers(filled=True) == exercise(3).answers(filled=True)
    networks = {exercise(seed).answers() for seed in range(60)}
    assert len(networks) == 60
    assert all(exercise(seed, level).hidden == () for seed in range(15) for level in LEVELS)


def places(e, right):
    """Yield each slip with every quantity of a sheet in which it can be made."""
    for slip, record in SLIPS.items():
        for name in set(record.where(Work(e.net, e.x, e.y), list(right))) & set(e.asked):
            yield slip, name


def visibly_other(wrong, right):
    return wrong.shape != right.shape or np.abs(wrong - right).max() >= 20e-4


@pytest.mark.parametrize(
    "settings",
    [{}, {"hidden": (3,), "examples": 4, "loss": "mse"}, {"activation": "tanh", "outputs": 2}],
)
def test_the_usual_mistakes_are_visible(settings):
    """Slips as people make them, in the numbers of random sheets: each is at least 20 units of the
    last digit away, and is named.
    """
    made = 0
    for seed in range(4):
        e = exercise(seed, **settings)
        net, x, y = e.net, e.x, e.y
        right = work(net, x, y)
        for slip, name in places(e, right):
            slips = {name: slipping(slip, name)}
            wrong = work(net, x, y, slips=slips)
            if name not in wrong:
                continue
            made += 1
            assert visibly_other(wrong[name], right[name]), (seed, slip, name)
            if made % 9 == 0:
                worked = work(net, x, y, 4, slips)
                given = {key: value for key, value in worked.items() if key in e.asked}
                mark = bp.check(given, net, x, y, 4, learning_rate=e.rate)[name]
                assert slip in (mark.mistake, *mark.also), (seed, slip, name, mark)
    assert made > 150


@pytest.mark.parametrize("level", LEVELS)
def test_the_key_is_right_and_the_blanks_can_be_filled(tmp_path, level):
    folder = exercise(5, level).save(tmp_path / "e")
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["answers.toml", "key.toml", "sheet.md", "working.md"]
    key = run("check", folder / "key.toml", "--json")
    assert key.return_value == 0
    asked = tomllib.loads((folder / "key.toml").read_text(encoding="utf-8"))["asked"]
    marks = json.loads(key.stdout)["marks"]
    assert {mark["name"] for mark in marks if mark["status"] == "right"} == set(asked)
    blank = run("check", folder / "answers.toml")
    assert "nothing is filled in" in str(blank.exception)
    sheet = (folder / "sheet.md").read_text(encoding="utf-8")
    assert len(re.findall(r"&= ", sheet)) == 6 + len(asked)  # x, y and four parameters are given
    truth = exercise(5, level).chain.exact["a2"][0, 0]
    assert f"{truth:.4f}" in (folder / "working.md").read_text(encoding="utf-8")
    assert f"{truth:.4f}" not in sheet


@pytest.mark.parametrize(
    "activation",
    ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "identity"],
)
@pytest.mark.parametrize(
    ("output", "loss"),
    [("sigmoid", "bce"), ("softmax", "cce"), ("identity", "half_mse"), ("tanh", "mse")],
)
def test_the_key_holds_what_backward_gives(activation, output, loss):
    for seed in range(4):
        e = exercise(seed, "two-steps", activation=activation, output=output, loss=loss, outputs=2)
        q = bp.backward(e.net, e.x, e.y)
        values = e.net.parameters()
        moved = {name: value - e.rate * q[f"d{name}"] for name, value in values.items()}
        after = bp.backward(e.net.with_parameters(moved), e.x, e.y)
        answers = e.to_dict()["answers"]
        for name in e.asked:
            own, _, second = name.partition("_step")
            if not own.endswith("_next"):
                expected = (after if second else q)[own]
                np.testing.assert_allclose(answers[name], expected, rtol=1e-12, atol=1e-14)
        key = tomllib.loads(e.answers(filled=True))["answers"]
        np.testing.assert_allclose(np.array(key["dW1"], dtype=float), q["dW1"], atol=0.5001e-4)


def test_who_fills_one_blank_of_a_matrix(tmp_path):
    folder = exercise(5).save(tmp_path / "e")
    text = (folder / "answers.toml").read_text(encoding="utf-8")
    value = exercise(5).chain.exact["z1"][0, 0]
    text = text.replace('["", ""]', f'["{value:.4f}", ""]', 1)
    (folder / "answers.toml").write_text(text, encoding="utf-8")
    document = json.loads(run("check", folder / "answers.toml", "--json").stdout)
    mark = document["marks"][0]
    assert (mark["status"], mark["cells"]) == ("wrong", [[0, 1], [1, 0], [1, 1], [2, 0], [2, 1]])
    assert mark["message"] == "z1[1,2] is left blank (wrong too: [2,1], [2,2], [3,1], [3,2])."


@pytest.mark.parametrize("form", ["html", "latex", "markdown"])
def test_every_format(tmp_path, form):
    folder = exercise(2, "two-steps", hidden=(3,), activation="tanh").save(tmp_path / "e", form)
    for name in ("sheet", "working"):
        (path,) = folder.glob(f"{name}.*")
        text = path.read_text(encoding="utf-8")
        assert "Second step" in text
        assert ("blank" in text or r"\underline" in text) == (name == "sheet" or form == "html")
        if form == "latex":
            command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name]
            done = subprocess.run(command, cwd=folder, capture_output=True)
            assert done.returncode == 0, done.stdout[-2000:]


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run("exercise", "--seed", 7, "--level", "output", "--json")
    document = json.loads(result.stdout)
    assert (result.return_value, document["sheet"]) == (0, "output-7")
    assert document["asked"] == ["z1", "a1", "z2", "a2", "loss", "delta2", "dW2", "db2"]
    assert all(Path(path).is_file() for path in document["files"].values())
    assert "is not empty" in str(run("exercise", "--seed", 7).exception)
    assert run("exercise", "--seed", 7, "--overwrite").return_value == 0
    assert run("exercise", "--problem", "xor", "--loss", "mse", "--out", "of-xor").return_value == 0
    what = read_answers("of-xor/key.toml").objective()
    net, x, y = what.net, what.x, what.y
    assert net.loss == "mse"
    for found, expected in zip((x, y), bp.load("xor"), strict=True):
        assert found.tolist() == expected.tolist()
    for arguments, message in {
        ("--problem", "xor", "--examples", "3"): "--examples: --problem says how many",
        ("--problem", "moons"): "more than 400 numbers",
        ("--level", "all"): "unknown level 'all'",
        ("--learning-rate", "0"): "learning_rate must be a finite number above 0",
        ("--loss", "cce"): "loss 'cce' needs",
    }.items():
        assert message in str(run("exercise", "--out", "bad", *arguments).exception), arguments
        assert not Path("bad").exists()


@pytest.fixture
def handed_in(tmp_path):
    """A key, and a folder of what a class handed in."""
    e = exercise(7).save(tmp_path / "e")
    folder = tmp_path / "class"
    folder.mkdir()
    blank = e / "answers.toml"
    fill(blank, folder / "anna.toml", "Anna")
    fill(blank, folder / "ben.toml", "Ben", {"delta2": slipping("extra-slope", "delta2")})
    no_mean = {"dW1": slipping("no-mean", "dW1")}
    fill(blank, folder / "dan.toml", "", no_mean, 2, ("W1_next", "loss"))
    for name, text in {
        "half.toml": 'name = "Eve"\n[answers]\nz1 = [[1, 2],\n',
        "words.toml": 'name = "=Fay"\n[answers]\nz1 = "about two"\n',
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "gus").mkdir()
    fill(blank, folder / "gus" / "answers.toml", "", {"dW2": lambda value, q: value * 1.1})
    return e / "key.toml", folder


def rows_of(table):
    return list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))))


def test_a_class_is_marked_by_the_key(handed_in, tmp_path):
    key, folder = handed_in
    result = run("check", folder, "--key", key, "--csv", tmp_path / "marks.csv")
    assert result.return_value == 1
    assert "Ben: delta2: an extra σ′ under cross entropy" in result.output
    assert "2 × " not in result.output
    assert "1 × dW1: 1/m missing" in result.output
    rows = rows_of(tmp_path / "marks.csv")
    assert [(row["who"], row["points"], row["out of"], row["percent"]) for row in rows] == [
        ("Anna", "17", "17", "100.0"),
        ("Ben", "16", "17", "94.1"),
        ("dan", "9.5", "17", "55.9"),
        ("gus", "16", "17", "94.1"),
        ("Eve", "0", "17", "0.0"),
        ("'=Fay", "0", "17", "0.0"),  # or a spreadsheet would compute it
    ]
    assert (rows[1]["delta2"], rows[1]["dW2"]) == ("extra-slope", "follows")
    assert rows[2]["loss"] == "missing"
    assert rows[3]["dW2"] == "wrong"
    assert rows[5]["feedback"].startswith("z1: 'about' is not a number; missing: a1")
    assert "not TOML" in rows[4]["feedback"]
    assert rows[2]["feedback"].startswith("dW1: 1/m missing; too few decimals: ")


def test_the_entries_of_a_class(handed_in):
    key, folder = handed_in
    result = run("check", folder, "--key", key, "--json")
    entries = {entry["who"]: entry for entry in json.loads(result.stdout)}
    assert len(entries) == 6
    ben = entries["Ben"]
    assert (ben["points"], ben["out_of"], ben["sheet"]) == (16, 17, "step-7")
    keys = {"name", "status", "mistake", "also", "cells", "message"}
    assert keys == set(ben["marks"][0]) == set(entries["=Fay"]["marks"][0])
    assert "is not a number" in entries["=Fay"]["marks"][0]["message"]
    assert "not TOML" in entries["Eve"]["error"]


def test_nobody_is_marked_against_a_network_of_their_own(handed_in):
    key, folder = handed_in
    path = folder / "anna.toml"
    text = path.read_text(encoding="utf-8")
    other = re.sub(r"(b = \[-?)", r"\g<1>9", text)
    path.write_text(other, encoding="utf-8")
    assert run("check", path).return_value == 1
    assert grade(path, read_keys(key)).points == 17
    other = re.sub(r'(delta2 = \[\[")[^"]*', r"\g<1>0.7777", text)
    path.write_text(f"decimals = 0\n{other}", encoding="utf-8")
    assert grade(path, read_keys(key)).marked["delta2"].status == "wrong"


def test_each_sheet_finds_its_key(tmp_path):
    folder = save_all([exercise(seed, "forward") for seed in range(3)], tmp_path / "all")
    keys = read_keys(folder / "keys")
    assert [key.sheet for key in keys] == ["forward-0", "forward-1", "forward-2"]
    for seed in range(3):
        blank, who = folder / "sheets" / str(seed) / "answers.toml", f"learner {seed}"
        graded = grade(fill(blank, tmp_path / f"{seed}.toml", who), keys)
        assert (graded.who, graded.points, graded.key.sheet) == (who, 5, f"forward-{seed}")
    other = tmp_path / "other.toml"
    other.write_text('sheet = "forward-9"\n[answers]\nloss = 1\n', encoding="utf-8")
    graded = grade(other, keys)
    of = "the keys are for forward-0, forward-1, forward-2"
    assert f"it is for sheet 'forward-9', but {of}" in graded.error
    assert "'=" not in grades_csv([graded])


def test_a_key_may_be_no_more_than_network_and_data(tmp_path):
    net = bp.Network.random((2, 2, 1), seed=1)
    net.to_json(tmp_path / "net.json")
    text = 'network = "net.json"\nproblem = "xor"\n[points]\ndelta2 = 3\n'
    (tmp_path / "key.toml").write_text(text, encoding="utf-8")
    (key,) = read_keys(tmp_path / "key.toml")
    asked = "z1 a1 z2 a2 loss delta2 dW2 db2 dL_da1 da1_dz1 delta1 dW1 db1"
    assert key.asked == tuple(asked.split())
    assert key.most == 15
    for text, message in {
        'problem = "xor"': "it names no network",
        'network = "net.json"\nproblem = "xor"\nasked = ["z9"]': "unknown quantity 'z9'",
        'network = "net.json"\nproblem = "xor"\n[points]\nz1 = -1': "points.z1 must be",
        'network = "net.json"\nproblem = "parity-3"': "x has 3 columns, but W1 has 2 rows",
    }.items():
        (tmp_path / "key.toml").write_text(text, encoding="utf-8")
        with pytest.raises(bp.InputError, match=message) as error:
            read_keys(tmp_path / "key.toml")
        assert "key.toml" in str(error.value)


def test_a_paper_loses_one_answer_and_not_all(handed_in):
    key, folder = handed_in
    path = folder / "anna.toml"
    text = path.read_text(encoding="utf-8")
    for old, new, lost in (
        ('loss = "1', "loss = 'much' # \"1", "loss"),
        ("z1 = ", 'z1 = [["1", "2"]] #', "z1"),
        ('loss = "1', 'loss = 1e400 # "1', "loss"),
        ("[answers]", "[answers]\nfoo = 3", None),
        ('name = "Anna"', 'name = "Anna"\nconvention = "bogus"', None),
    ):
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        graded = grade(path, read_keys(key))
        assert graded.points == (16 if lost else 17), (old, graded.feedback())
        assert not lost or graded.marked[lost].status == "wrong"
    path.write_text(text.replace("[answers]", "[answers]\nfoo = 3"), encoding="utf-8")
    assert "foo was ignored" in grade(path, read_keys(key)).feedback()


def test_one_paper_that_cannot_be_read_is_an_error(tmp_path, handed_in):
    key, folder = handed_in
    result = run("check", folder / "half.toml", "--key", key, "--json")
    assert "not TOML" in str(result.exception)
    assert result.stdout == ""


def test_nothing_is_overwritten_that_was_handed_in(handed_in, tmp_path):
    key, folder = handed_in
    before = (folder / "anna.toml").read_text(encoding="utf-8")
    for target in (folder / "anna.toml", key):
        result = run("check", folder, "--key", key, "--csv", target)
        assert "would overwrite" in str(result.exception)
    assert (folder / "anna.toml").read_text(encoding="utf-8") == before
    (folder / "notes.xlsx").write_bytes(b"PK")
    for _ in range(2):  # the table of the first time is no paper of the second
        result = run("check", folder, "--key", key, "--csv", folder / "marks.csv")
    assert "ignored, as they are not .toml, .json or .csv" in result.output
    assert len(rows_of(folder / "marks.csv")) == 6


def test_keys_that_contradict_each_other(handed_in, tmp_path):
    key, _ = handed_in
    text = key.read_text(encoding="utf-8")
    (tmp_path / "keys").mkdir()
    for name in ("a.toml", "b.toml"):
        (tmp_path / "keys" / name).write_text(text, encoding="utf-8")
    with pytest.raises(bp.InputError, match="2 keys for sheet 'step-7'"):
        read_keys(tmp_path / "keys")
    key.write_text(re.sub(r'(loss = ")[\d.]+"', r'\g<1>9.9999"', text), encoding="utf-8")
    with pytest.raises(bp.InputError, match=r"the key's own numbers are wrong: loss is 9\.9999"):
        read_keys(key)


def test_sheets_are_made_anew_only_when_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("exercise", "--count", 2, "--out", "all").return_value == 0
    assert "is not empty" in str(run("exercise", "--count", 2, "--out", "all").exception)
    assert run("exercise", "--count", 3, "--out", "all", "--overwrite").return_value == 0
    assert len(list(Path("all/keys").glob("*.toml"))) == 3


def test_options_that_do_not_go_together(handed_in):
    key, folder = handed_in
    for arguments, message in {
        (folder, "--key", key, "--decimals", 2): "--decimals: the key says it",
        (folder / "anna.toml", "--csv", "x.csv"): "--csv: goes with --key",
        (folder / "anna.toml", "--activation", "tanh"): "--activation: goes with --code",
        ("--code", "f.py:f", "--key", key): "--key: goes with answers files",
        (folder / "nobody.toml", "--key", key): "there is no such file or folder",
    }.items():
        assert message in str(run("check", *arguments).exception)
