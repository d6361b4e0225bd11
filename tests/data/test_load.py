"""Data by a name or from a file: one list of endings for every place that reads them."""

import numpy as np
import pytest

import backproof as bp
from backproof.cli.plan import plan
from backproof.data.load import TABLE_ENDINGS, data_of, is_table

TEXT = "x1,x2,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"


@pytest.mark.parametrize("ending", TABLE_ENDINGS)
def test_every_ending_is_read_wherever_data_are(ending, tmp_path):
    path = tmp_path / f"gate{ending.upper()}"
    path.write_text(TEXT.replace(",", "\t") if ending == ".tsv" else TEXT)
    assert is_table(path)
    x, y = bp.load("xor")
    for found in (bp.load(path), bp.load(str(path)), (data_of(path).x, data_of(path).y)):
        np.testing.assert_array_equal(found[0], x)
        np.testing.assert_array_equal(found[1], y)
    answers = tmp_path / "answers.toml"
    bp.Network.random((2, 2, 1)).to_json(tmp_path / "net.json")
    answers.write_text(f'network = "net.json"\nproblem = "{path.name}"\n[answers]\nloss = "0.7"\n')
    from backproof.marking.answers.files import read_answers

    np.testing.assert_array_equal(read_answers(answers).objective().x, x)


@pytest.mark.parametrize("option", [{"n": 5}, {"noise": 0.0}, {"seed": 0}])
def test_what_does_nothing_to_a_table_is_refused(option, tmp_path):
    (tmp_path / "gate.csv").write_text(TEXT)
    with pytest.raises(bp.InputError, match=r"n, noise, seed belong to moons.*gate\.csv"):
        bp.load(tmp_path / "gate.csv", **option)


@pytest.mark.parametrize("option", [{"target": "y"}, {"task": "classes"}, {"weights": "w"}])
def test_what_does_nothing_to_a_problem_is_refused(option):
    with pytest.raises(
        bp.InputError, match="target, task, weights belong to a table, not to 'moons'"
    ):
        data_of("moons", **option)


def test_a_table_of_another_ending_is_answered_alike(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gate.data").write_text(TEXT)
    for read in (bp.load, lambda name: plan(name, {})):
        with pytest.raises(bp.InputError, match=r"gate\.data: a table's name must end in \.csv"):
            read("gate.data")


def test_a_problem_is_one_even_where_a_file_is_called_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xor").write_text(TEXT)
    assert bp.load("xor")[0].shape == plan("xor", {}).problem.x.shape == (4, 2)


def test_train_and_load_read_a_table_alike(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text("w\tk\tx\n1\ta\t0\n2\tb\t1\n3\tc\t2\n")
    given = {"target": "k", "weights": "w", "task": "classes"}
    read, planned = data_of(path, **given), plan(str(path), given).problem
    assert read.inputs == planned.inputs == ("x",)
    assert read.classes == planned.classes == ("a", "b", "c")
    np.testing.assert_array_equal(read.weights, planned.weights)


def test_a_name_is_a_problem():
    assert not is_table("xor")
    assert data_of("parity-3").x.shape == (8, 3)
    with pytest.raises(bp.InputError, match="unknown problem 'xorr'"):
        bp.load("xorr")


def test_what_is_no_name_is_said_so():
    with pytest.raises(bp.InputError, match="unknown problem 5\\."):
        bp.load(5)
