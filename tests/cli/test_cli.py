"""The commands as people and programs call them."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import backproof as bp
from backproof import cli

PNG = b"\x89PNG"


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Call the command line in an empty folder; return status, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments):
        monkeypatch.setattr(sys, "argv", ["backproof", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code or 0, *capsys.readouterr()

    return called


def test_train_without_a_word(call):
    status, out, err = call("train")
    assert (status, err) == (0, "")
    assert "solved: every example is classified correctly" in out
    folder = Path("backproof-run")
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["boundary.png", "loss.png", "run.json"]
    assert all((folder / name).read_bytes().startswith(PNG) for name in names[:2])
    run = bp.Run.load(folder)
    assert run.network_before.sizes == (2, 2, 1)
    assert run.solved
    assert run.epochs == 5000
    assert call("train", "--epochs", 10, "--max-starts", 1)[0] == 1
    assert (Path("backproof-run-2") / "run.json").is_file()


@pytest.mark.parametrize(
    ("again", "rate"),
    [
        ([], 0.7),
        (["--optimiser", "adam"], 0.01),
        (["--loss", "mse"], 0.1),
        (["--loss", "mse", "--learning-rate", 0.2], 0.2),
    ],
)
def test_a_run_that_goes_on_keeps_its_rate_while_it_suits(call, again, rate):
    call("train", "--learning-rate", 0.7, "--epochs", 2, "--max-starts", 1, "--out", "first")
    call("train", "first", *again, "--out", "second")
    assert bp.Run.load("second").settings.learning_rate == rate


@pytest.mark.parametrize("table", ["x1,x2,price\n1,2,3.5\n2,1,7.25\n0,1,1.5\n", "x1,k\n1,a\n2,b\n"])
@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam"])
def test_a_table_is_trained_at_the_rate_that_train_takes(call, table, optimiser):
    Path("table.csv").write_text(table)
    call("train", "table.csv", "--optimiser", optimiser, "--epochs", 2, "--max-starts", 1)
    run = bp.Run.load("backproof-run")
    again = bp.train(run.network_before, run.x, run.y, optimiser=optimiser, epochs=2)
    assert again.settings.learning_rate == run.settings.learning_rate


@pytest.mark.parametrize("rows", [5, 200])
def test_a_regression_that_answers_the_mean_is_not_passed_over(call, rows):
    rng = np.random.default_rng(rows)
    x = rng.integers(50, 250, (rows, 2))
    lines = [f"{a},{b},{500_000 + 900 * a - 40 * b}" for a, b in x]
    Path("houses.csv").write_text("\n".join(["x1,x2,price", *lines]))
    status, out, _ = call("train", "houses.csv", "--epochs", 300)
    assert status == 0
    said = " ".join(out.split())  # lines are folded where the loss's digits let them end
    assert "It is no better than always predicting the mean. Why: backproof diagnose" in said
    status, out, err = call("train", "houses.csv", "--epochs", 300, "--json", "--out", "again")
    assert status == 0
    remarks = json.loads(out)["remarks"]
    assert remarks == [
        "It is no better than always predicting the mean.",
        "Why: backproof diagnose again --try",
    ]
    said = " ".join(err.split())
    assert all(remark in said for remark in remarks)
    assert call("diagnose", "again")[1]


def test_a_good_regression_gets_no_remark(call):
    x = np.linspace(0, 1, 20)
    Path("line.csv").write_text("x,y\n" + "\n".join(f"{one},{1.5 * one + 0.2}" for one in x))
    status, out, _ = call("train", "line.csv", "--epochs", 300, "--json")
    assert status == 0
    document = json.loads(out)
    assert document["remarks"] == []
    assert "no better" not in document["verdict"]


def test_json_is_one_document_and_nothing_else(call):
    status, out, err = call("train", "--json", "--seed", 8)
    document = json.loads(out)
    assert status == 0
    assert "start 1 (seed 8) not solved" in err
    assert document["starts"] == 2
    assert document["seed"] == 9
    assert document["solved"] is True
    assert document["accuracy"] == 1
    assert document["epochs"] == 5000
    assert [set(row) for row in document["predictions"]] == [{"x", "y", "a"}] * 4
    assert document["network"]["format"] == "backproof-network"
    assert set(document["files"]) == {"run.json", "boundary.png", "loss.png"}
    assert all(Path(path).is_file() for path in document["files"].values())
    again = json.loads(call("train", "--json", "--quiet", "--seed", 8, "--out", "again")[1])
    assert again["loss"] == document["loss"]


def test_a_stuck_training_is_never_hidden(call):
    status, out, _ = call("train", "--seed", 8, "--max-starts", 1)
    assert status == 1
    assert "not solved" in out
    assert "(ln 2)/2" in out
    options = ("--hidden", 1, "--max-starts", 2, "--epochs", 500, "--out", "one")
    status, out, _ = call("train", *options)
    assert status == 1
    assert "none of 2 starts solved it" in out
    assert len(bp.Run.load("one").attempts) == 2


def test_equal_starts_are_tried_once(call):
    status, out, _ = call("train", "--init", "zeros", "--epochs", 20)
    assert status == 1
    assert "= ln 2" in out
    assert len(bp.Run.load("backproof-run").attempts) == 1


def test_a_folder_that_cannot_be_written(call, monkeypatch):
    """Whoever runs this may be root, who may write everywhere: the system's answer is given by
    hand.
    """
    monkeypatch.setattr("os.access", lambda path, mode: False)
    status, out, err = call("train", "--out", "run")
    assert (status, out) == (2, "")
    assert "no permission to write in" in err
    assert list(Path().iterdir()) == []


def test_all_pictures(call):
    status, out, err = call("train", "--pictures", "all", "--animate", "--epochs", 300)
    names = [
        "boundary.png",
        "loss.png",
        "hidden_space.png",
        "network.png",
        "flow.png",
        "loss_by_weight.png",
        "boundary.gif",
    ]
    assert (status, err) == (0, "")
    for name in names:
        assert name in out
        assert (Path("backproof-run") / name).stat().st_size > 2000
    assert (Path("backproof-run") / "boundary.gif").read_bytes().startswith(b"GIF")


def test_all_pictures_and_one_by_name(call):
    """Each is drawn once; one that was asked for by name and can't be is refused."""
    assert call("train", "--pictures", "all, network,network", "--epochs", 30, "-q")[0] in (0, 1)
    drawn = {path.name for path in Path("backproof-run").glob("*.png")}
    assert {"network.png", "flow.png", "hidden_space.png", "loss_by_weight.png"} <= drawn
    three_hidden = ("train", "--hidden", 3, "--epochs", 30, "-q", "--out", "wide", "--pictures")
    assert call(*three_hidden, "all")[0] in (0, 1)
    status, _, err = call(*three_hidden, "all,hidden_space", "--overwrite")
    assert status == 2
    assert "hidden" in err


def test_going_on_from_a_run_or_a_network(call):
    call("train", "--epochs", 100, "--max-starts", 1, "--out", "first")
    assert call("train", "first", "--epochs", 200, "--out", "second", "-q")[0] in (0, 1)
    whole = bp.train(bp.Network.random((2, 2, 1), seed=0), *bp.load("xor"), epochs=300)
    found = bp.Run.load("second").network
    np.testing.assert_array_equal(found.layers[0].W, whole.network.layers[0].W)
    bp.Run.load("first").network.to_json("net.json")
    options = ("--start", "net.json", "--epochs", 200, "--out", "third", "-q")
    assert call("train", "xor", *options)[0] in (0, 1)
    assert bp.Run.load("third").loss == bp.Run.load("second").loss


def test_a_problems_name_before_a_folders(call):
    Path("xor").mkdir()
    assert call("train", "xor", "--epochs", 5000, "-q")[0] == 0


def test_a_table_of_ones_own(call):
    Path("gate.csv").write_text("a,b,gate\n0,0,off\n0,1,on\n1,0,on\n1,1,off\n")
    status, out, _ = call("train", "gate.csv", "--out", "gate")
    assert status == 0
    assert "off" in out
    Path("new.csv").write_text("b,a\n0,1\n1,1\n")
    status, out, _ = call("predict", "gate", "new.csv", "--json")
    assert status == 0
    document = json.loads(out)
    assert [row["class"] for row in document["predictions"]] == ["on", "off"]
    assert document["predictions"][0]["x"] == [1.0, 0.0]  # by its name, not its place


def test_a_regression_has_nothing_to_solve(call):
    rows = "\n".join(f"{x / 10},{np.sin(x / 3):.4f}" for x in range(20))
    Path("curve.csv").write_text(f"x,y\n{rows}\n")
    status, out, _ = call("train", "curve.csv", "--json", "--epochs", 300)
    assert status == 0
    assert json.loads(out)["solved"] is None


def test_three_inputs(call):
    status, out, _ = call("train", "parity-3", "-q")
    assert (status, out) == (0, "")
    assert not (Path("backproof-run") / "boundary.png").exists()
    assert call("train", "parity-3", "--plane", "1,3", "--out", "plane", "-q")[0] == 0
    assert (Path("plane") / "boundary.png").exists()


def test_predict_of_its_own_data(call):
    call("train", "--quiet")
    status, out, err = call("predict", "backproof-run")
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == 5


BAD = [
    (["train", "xr"], "Did you mean 'xor'?"),
    (["trian"], "Did you mean 'train'?"),
    (["train", "--optimiser", "adm"], "Did you mean 'adam'?"),
    (["train", "--activation", "sigmod"], "Did you mean 'sigmoid'?"),
    (["train", "--learning-rate", "0"], "above 0, got 0"),
    (["train", "--learning-rate=-1"], "above 0, got -1"),
    (["train", "--learning-rate", "nan"], "got nan"),
    (["train", "--learning-rate", "fast"], "fast"),
    (["train", "--epochs", "-3"], "epochs"),
    (["train", "--hidden", "2,x"], "whole numbers from 1 up"),
    (["train", "--hidden", "0"], "whole numbers from 1 up"),
    (["train", "--output", "tanh", "--loss", "bce"], "use the output sigmoid"),
    (["train", "--batch-size", "9"], "there are 4 examples"),
    (["train", "--nothing"], "No such option"),
    (["train", "hole.csv"], "line 2, column 'b' is empty"),
    (["train", "gone.csv"], "can't read gone.csv"),
    (["train", "--target", "y"], "only for a CSV"),
    (["train", "--points", "9"], "xor"),
    (["train", "--start", "gone.json"], "can't read gone.json"),
    (["train", "--start", "cut.json"], "cut off"),
    (["train", "--start", "big.json"], "3"),
    (["train", "--out", "full"], "not empty"),
    (["train", "--out", "full", "--overwrite"], "not a run"),
    (["train", "--out", "hole.csv"], "is a file"),
    (["train", "--plane", "1,3"], "--plane"),
    (["train", "--pictures", "flows"], "Did you mean 'flow'?"),
    (["train", "parity-3", "--animate"], "two"),
    (["predict"], "Missing argument"),
    (["predict", "gone"], "can't read gone"),
    (["predict", "big.json"], "CSV"),
    (["predict", "big.json", "hole.csv"], "empty"),
]


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("arguments", "message"), BAD, ids=[" ".join(arguments) for arguments, _ in BAD]
)
@pytest.mark.parametrize("as_json", [False, True])
def test_bad_input_gets_one_message_and_changes_nothing(
    call, tmp_path, arguments, message, as_json
):
    Path("hole.csv").write_text("a,b,y\n0,,0\n1,1,1\n")
    Path("cut.json").write_text('{"format": "backproof-net')
    Path("full").mkdir()
    Path("full", "letter.txt").write_text("dear")
    bp.Network.random((3, 2, 1)).to_json("big.json")
    before = contents(tmp_path)
    if as_json and arguments[0] in ("train", "predict"):
        arguments = [*arguments, "--json"]
    status, out, err = call(*arguments)
    assert status == 2
    assert out == ""
    assert message in err
    assert err.startswith("backproof: ")
    assert err.count("\n") == 1
    assert contents(tmp_path) == before


def test_divergence_says_so(call):
    options = ("--activation", "relu", "--output", "identity", "--learning-rate", 50)
    status, out, _ = call("train", *options)
    assert status == 1
    assert "diverged at epoch" in out
    assert np.isfinite(bp.Run.load("backproof-run").losses).all()


@pytest.mark.parametrize(
    "arguments", [["--help"], ["train", "--help"], ["predict", "--help"], ["completion", "--help"]]
)
def test_help_has_an_example(call, arguments):
    status, out, _ = call(*arguments)
    assert status == 0
    assert "Example" in out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(call, shell):
    status, out, _ = call("completion", shell)
    assert status == 0
    assert "_BACKPROOF_COMPLETE" in out


def test_completion_knows_commands_problems_and_names(monkeypatch):
    from click.shell_completion import ShellComplete

    complete = ShellComplete(cli.backproof, {}, "backproof", "_BACKPROOF_COMPLETE")

    def completed(words, incomplete):
        return [item.value for item in complete.get_completions(words, incomplete)]

    assert completed([], "tr") == ["train"]
    assert completed(["train"], "moo") == ["moons"]
    assert completed(["train", "--optimiser"], "ad") == ["adam"]


def test_as_a_module(tmp_path):
    command = [sys.executable, "-m", "backproof", "train", "--json"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["solved"] is True
    assert "\r" not in ended.stderr  # no progress bar where there is no terminal
    command = [sys.executable, "-m", "backproof", "--version"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert shown.stdout == f"backproof {bp.__version__}\n"


# derive and verify


def test_derive_the_notes_network(call):
    status, out, err = call("derive")
    assert (status, err) == (0, "")
    assert out.startswith("Backpropagation of a 2-2-1 network, derived\n")
    assert "A newly initialised network (seed 0) on xor." in out
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80
    assert call("derive", "--no-symbols")[1].count("W1[1,1]") < 5


def test_derive_every_format(call):
    for shape, start in {
        "markdown": "# Back",
        "latex": r"\documentclass",
        "html": "<!DOCTYPE html>",
        "json": "{",
        "terminal": "Back",
    }.items():
        status, out, err = call("derive", "--format", shape, "--hidden", 3)
        assert (status, err) == (0, "")
        assert out.startswith(start)
    document = json.loads(call("derive", "--json", "--weight", "W2[1,1]")[1])
    assert document["steps"][0]["name"] == "z1"
    assert document["weight"]["name"] == "W2[1,1]"


def test_derive_a_run_at_an_epoch(call):
    options = ("--seed", 3, "--l2", 0.01, "--learning-rate", 0.5)
    call("train", "--epochs", 50, "--max-starts", 1, *options)
    run = bp.Run.load("backproof-run")
    document = json.loads(call("derive", "backproof-run", "--epoch", 20, "--json")[1])
    q = bp.backward(run.at(20), run.x, run.y, l2=0.01)
    steps = {step["name"]: step for step in document["steps"]}
    assert steps["dW1"]["value"] == q["dW1"].tolist()
    assert steps["W1_next"]["value"] == run.at(21).layers[0].W.tolist()
    assert "after 20 of its 50 epochs, on xor" in call("derive", "backproof-run", "--epoch", 20)[1]
    assert call("verify", "backproof-run", "--epoch", 20)[0] == 0


def test_derive_a_network_file_and_a_csv(call):
    bp.Network.random((3, 2, 1), seed=1).to_json("net.json")
    Path("data.csv").write_text("a,b,c,y\n1,2,3,0\n0.5,1,0,1\n", encoding="utf-8")
    assert "on data.csv" in call("derive", "net.json", "--problem", "data.csv")[1]
    of_parity = ("derive", "net.json", "--problem", "parity-3")
    assert "on parity-3" in call(*of_parity, "--columns", "--mean-in", "delta")[1]
    status, out, _ = call(*of_parity, "--out", "page.md")
    assert status == 0
    assert out.startswith("wrote page.md")
    assert Path("page.md").is_file()


def test_verify(call):
    status, out, err = call("verify", "--hidden", "3", "--activation", "tanh")
    assert (status, err) == (0, "")
    assert out.rstrip().endswith("proved.")
    assert "written out" in out
    document = json.loads(call("verify", "--json")[1])
    assert document["ok"] is True
    assert document["quantities"]["dW1"]["enclosure"] < 1e-14


def test_verify_says_no_with_status_1(call, monkeypatch):
    from backproof.proof import verify as proof

    monkeypatch.setattr(proof, "BOUND", 1e-30)
    status, out, _ = call("verify")
    assert status == 1
    assert "FAILED" in out
    assert out.rstrip().endswith("not proved.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["derive", "nothing.json"], "can't read nothing.json"),
        (["derive", "--epoch", 3], "--epoch is for a run"),
        (["derive", "net.json", "--epoch", 3], "--epoch is for a run, but net.json is a network"),
        (["derive", "net.json", "--hidden", 3], "--hidden: only for a new network"),
        (["derive", "net.json"], "is a network with 3 inputs and no data"),
        (["derive", "--weight", "W9[1,1]"], "is not a weight of this network"),
        (["derive", "--json", "--format", "html"], "can't both go to standard output"),
        (["derive", "--out", "page.docx"], "unknown ending of the file"),
        (["derive", "--out", "page.md", "--format", "html"], "writes a file that ends in .html"),
        (["derive", "--out", "no/such/page.html"], "can't write"),
        (["derive", "--format", "pdf"], "unknown format 'pdf'"),
        (["derive", "--decimals", "99"], "99"),
        (["derive", "--problem", "xorr"], "Did you mean 'xor'"),
        (["verify", "--problem", "net.csv"], "can't read net.csv"),
    ],
)
def test_derive_and_verify_bad_input(call, arguments, message):
    bp.Network.random((3, 2, 1), seed=1).to_json("net.json")
    status, out, err = call(*arguments)
    assert status == 2
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert [path.name for path in Path().iterdir()] == ["net.json"]
