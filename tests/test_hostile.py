"""Bad input of every kind: one message that says what was got, nothing written, no traceback."""

import copy
import dataclasses
import functools
import json
import os
import random
import subprocess
import sys
import threading

import numpy as np
import pytest

import backproof as bp
from backproof.checks import check_memory, memory
from backproof.classroom.keys import read_keys
from backproof.cli import main
from backproof.cli.predictions import classes_answered
from backproof.files import dumps
from backproof.marking.answers.files import read_answers
from backproof.network import network_of
from backproof.reading import is_folder, read_text
from backproof.training.run import Attempt, run_of

LONG = 10**400


def in_a_process(*arguments, cwd, **options):
    """Run the command line in a process of its own and return what came of it."""
    command = [sys.executable, "-m", "backproof", *map(str, arguments)]
    options = {"capture_output": True, "text": True} | options
    return subprocess.run(command, cwd=cwd, timeout=60, check=False, **options)


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """What asserts that a command refuses its input with one message, and writes nothing."""

    def run(*arguments):
        before = sorted(tmp_path.rglob("*"))
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("MPLBACKEND", "agg")
        monkeypatch.setattr("sys.argv", ["backproof", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        written, said = capsys.readouterr()
        assert end.value.code == 2, said
        assert written == ""
        assert said.startswith("backproof: ")
        assert len(said) < 1000
        assert sorted(tmp_path.rglob("*")) == before
        return said

    return run


# files that are none


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes that have a name")
@pytest.mark.parametrize(
    "arguments", [["derive", "p.json"], ["check", "p.toml"], ["train", "p.csv"], ["verify", "p"]]
)
def test_a_pipe_without_a_writer_is_not_waited_for(tmp_path, refused, arguments):
    os.mkfifo(tmp_path / arguments[1])
    assert "this pipe delivers nothing" in refused(*arguments)


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="needs pipes that have a name")
def test_a_pipe_with_a_writer_is_read(tmp_path, net):
    net.to_json(tmp_path / "net.json")
    reader, writer = os.pipe()
    threading.Timer(0.1, lambda: os.write(writer, (tmp_path / "net.json").read_bytes())).start()
    threading.Timer(0.2, lambda: os.close(writer)).start()
    assert bp.Network.from_json(f"/dev/fd/{reader}") == net
    os.close(reader)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs devices that have a name")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom", "/dev/null"])
def test_a_device_is_not_read(device):
    with pytest.raises(bp.InputError, match="it is a device, not a file"):
        read_text(device)


def test_only_so_much_of_a_file_is_read(tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("a" * 100)
    assert read_text(path, most=100) == "a" * 100
    with pytest.raises(bp.InputError, match=r"larger than .* MB, the limit"):
        read_text(path, most=99)


def test_text_in_another_encoding(tmp_path):
    path = tmp_path / "answers.csv"
    for data, message in (
        ("z1;1".encode("utf-16"), "not a text file in UTF-8"),
        ("z1;1".encode("utf-16-le"), "holds NUL characters: save it as such"),
        (b"z1;1\0", "holds NUL characters"),
        ("é;1".encode("latin-1"), "not a text file in UTF-8"),
    ):
        path.write_bytes(data)
        with pytest.raises(bp.InputError, match=message):
            read_text(path, "save it as such")


def test_names_that_no_file_can_have():
    for name in ("a\0b", "\ud800", "a" * 400):
        with pytest.raises(bp.InputError, match="can't read"):
            read_text(name)
        assert not is_folder(name)


def test_half_a_character_in_json_is_refused(tmp_path):
    path = tmp_path / "net.json"
    path.write_text('{"format": "\\ud800"}')
    with pytest.raises(bp.InputError, match="half a character"):
        bp.Network.from_json(path)
    path.write_text('{"format": "\\ud83d\\ude00"}')
    with pytest.raises(bp.InputError, match="not a network file"):
        bp.Network.from_json(path)


def test_a_name_that_stands_twice_in_json_is_refused(tmp_path):
    path = tmp_path / "net.json"
    path.write_text('{"format": "backproof-network", "format": "backproof-network"}')
    with pytest.raises(bp.InputError, match="format appears twice"):
        bp.Network.from_json(path)


def test_a_folder_that_may_not_be_entered(tmp_path, monkeypatch, net):
    """As another user: whoever runs the tests may be allowed everything."""
    denied = PermissionError(13, "Permission denied")

    def deny(*arguments, **options):
        raise denied

    run = bp.train(net, *bp.load("xor"), epochs=1)
    monkeypatch.setattr("os.open", deny)
    monkeypatch.setattr("pathlib.Path.stat", deny)
    monkeypatch.setattr("tempfile.mkdtemp", deny)
    for read in (bp.Network.from_json, bp.Run.load):
        with pytest.raises(bp.InputError, match=r"can't read locked/x\.json: Permission denied"):
            read("locked/x.json")
    for write in (run.save, bp.exercise().save):
        with pytest.raises(bp.InputError, match=r"can't write .*: Permission denied"):
            write(tmp_path / "locked" / "x")


# places that can't be written to


@pytest.mark.parametrize("command", ["train", "derive", "exercise"])
def test_a_name_that_is_empty_or_too_long(refused, command):
    assert "the name is empty" in refused(command, "--out=")
    ending = ".md" if command == "derive" else ""
    assert "File name too long" in refused(command, "--out", "a" * 300 + ending)


def test_a_folder_in_the_place_of_a_derivation(tmp_path, net, xor):
    (tmp_path / "d.md").mkdir()
    with pytest.raises(bp.InputError, match="it is a folder"):
        bp.derive(net, *xor).save(tmp_path / "d.md")
    assert [path.name for path in tmp_path.iterdir()] == ["d.md"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
@pytest.mark.parametrize("arguments", [["train", "--epochs", 1, "--json"], ["completion", "bash"]])
def test_standard_output_that_is_full(tmp_path, arguments):
    with open("/dev/full", "w") as full:
        options = {"capture_output": False, "stdout": full, "stderr": subprocess.PIPE}
        found = in_a_process(*arguments, cwd=tmp_path, **options)
    assert found.returncode == 2
    assert "can't use standard output: No space left" in found.stderr
    assert "Traceback" not in found.stderr


def test_standard_output_that_is_closed(tmp_path):
    command = f"exec {sys.executable} -m backproof completion bash >&-"
    found = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, stderr=subprocess.PIPE, check=False, timeout=60
    )
    assert found.returncode == 0
    assert found.stderr == b""


def test_a_backend_of_matplotlib_that_is_none(tmp_path):
    environment = os.environ | {"MPLBACKEND": "nonsense"}
    found = in_a_process("train", "--seed", 1, "--epochs", 1, cwd=tmp_path, env=environment)
    assert "Traceback" not in found.stderr
    assert (tmp_path / "backproof-run" / "loss.png").exists()


# sizes that can't be had


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "--hidden", 100_000_000_000],
        ["train", "--hidden", LONG],
        ["train", "moons", "--points", 10**12],
        ["train", "moons", "--points", LONG],
        ["train", "moons", "--points", 10**5, "--hidden", 10**6],
        ["verify", "--hidden", 10**11],
    ],
)
def test_memory_that_is_not_there_is_not_asked_for(refused, arguments):
    said = refused(*arguments)
    assert "of memory" in said
    assert "TB" in said


def test_the_memory_that_is_wanted():
    check_memory("a little", 1000)
    with pytest.raises(bp.InputError, match=r"that needs .* of memory, and .*B are there: use"):
        check_memory("all of it", memory() // 8)
    with pytest.raises(bp.InputError, match="needs more than a million million TB"):
        check_memory("more", LONG)


@pytest.mark.parametrize("option", ["--epochs", "--max-starts", "--patience", "--batch-size"])
def test_a_count_without_end(refused, option):
    said = refused("train", option, LONG)
    assert any(words in said for words in ("from 1 to", "from 0 to", "4 or fewer", "x<=1000000"))


# in Python


def nested(levels):
    """Return lists in lists, so many levels deep."""
    found = []
    for _ in range(levels):
        found = [found]
    return found


MASKED = np.ma.masked_array(np.ones((4, 2)), mask=[[0, 1]] * 4)
STRANGE = (
    None, "x", b"x", "\0", 1.5, float("nan"), LONG, 10**5000, -1, [], [[]], {"a": 1}, nested(3000),
    [LONG], [[LONG]], [["a"]], [[None]], object, MASKED, list(MASKED), np.array("2020", dtype="M8"),
    np.zeros((2, 2, 2)), np.array([["a"]]), range(3), {1}, print,
)  # fmt: skip


def calls(net, x, y, run, found):
    """Return calls with one argument that may be anything, by what the argument is."""
    q = dict(bp.backward(net, x, y))
    return {
        "net": lambda v: bp.backward(v, x, y),
        "net of forward": lambda v: bp.forward(v, x),
        "net of train": lambda v: bp.train(v, x, y),
        "net of verify": lambda v: bp.verify(v, x, y),
        "net of check": lambda v: bp.check(q, v, x, y),
        "net of a boundary": lambda v: bp.plots.boundary(v, x, y, 0),
        "net of a plane": lambda v: bp.plots.hidden_space(v, x, y, 0),
        "net of a diagram": lambda v: bp.plots.network(v, 0),
        "net of a flow": lambda v: bp.plots.flow(v, 0),
        "run of an animation": lambda v: bp.plots.animation(v, 0),
        "run": bp.diagnose,
        "epoch": run.at,
        "quantity": lambda v: found[v],
        "x": lambda v: bp.backward(net, v, y),
        "y": lambda v: bp.backward(net, x, v),
        "W": lambda v: bp.Layer(v, [0.0]),
        "layers": bp.Network,
        "parameters": net.with_parameters,
        "sizes": lambda v: bp.Network.random(v) if not isinstance(v, range) else refuse(),
        "activation": lambda v: bp.Network.random((2, 2, 1), activation=v),
        "loss": lambda v: bp.Network.random((2, 1), loss=[v]),
        "dtype": net.astype,
        "problem": bp.load,
        "answers": lambda v: bp.check(v, net, x, y),
        "answer": lambda v: bp.check({"delta2": v}, net, x, y),
        "convention": lambda v: bp.check(q, net, x, y, convention=[v]),
        "weight": lambda v: bp.derive(net, x, y, weight=[v]),
        "columns": lambda v: bp.derive(net, x, y, columns=v),
        "hidden": lambda v: bp.exercise(hidden=v) if not isinstance(v, list) or v else refuse(),
        "examples": lambda v: bp.exercise(examples=v),
        "outputs": lambda v: bp.exercise(outputs=v),
        "epochs": lambda v: bp.train(net, x, y, epochs=v),
        "callback": lambda v: bp.train(net, x, y, callback=[v]),
        "optimiser": lambda v: bp.train(net, x, y, optimiser=v),
        "seconds": lambda v: bp.check_code(refuse, seconds=[v]),
    }  # fmt: skip


def refuse():
    raise bp.InputError("this one may be")


def check_strange(net, xor, share):
    """Assert that every call refuses strange values, that share of them, drawn at random."""
    run = bp.train(net, *xor, epochs=1)
    found = bp.derive(net, *xor)
    draw = random.Random(0)
    for what, call in calls(net, *xor, run, found).items():
        for value in draw.sample(STRANGE, round(share * len(STRANGE))):
            with pytest.raises(bp.InputError) as error:
                call(value)
            assert len(str(error.value)) < 1000, what


@pytest.mark.filterwarnings("ignore")
def test_strange_values_in_python_are_refused_with_a_message(net, xor):
    check_strange(net, xor, 0.3)


@pytest.mark.proof
@pytest.mark.filterwarnings("ignore")
def test_every_strange_value_in_python_is_refused_with_a_message(net, xor):
    check_strange(net, xor, 1)


@pytest.mark.parametrize("path", [3.5, None, 5, [], b"x", np.ones(2), range(2)])
def test_a_path_that_is_none(net, xor, path):
    run, found, sheet = bp.train(net, *xor, epochs=1), bp.derive(net, *xor), bp.exercise()
    for call in (
        bp.Network.from_json, net.to_json, bp.Run.load, run.save, found.save, sheet.save,
    ):  # fmt: skip
        with pytest.raises(bp.InputError, match="a path must be a string or a Path, got"):
            call(path)


def test_a_name_that_no_system_can_write(net):
    for name in ("a\0b", "\ud800"):
        with pytest.raises(bp.InputError, match="a file can't be called"):
            net.to_json(name)


@pytest.mark.parametrize("callback", [lambda: None, lambda now, other: None, lambda *, now: None])
def test_a_callback_of_other_arguments(net, xor, callback):
    message = "callback must be a function of one argument, an Epoch"
    with pytest.raises(bp.InputError, match=message):
        bp.train(net, *xor, epochs=1, callback=callback)
    with pytest.raises(bp.InputError, match=message):
        bp.train(net, *xor, epochs=1).replay([0], callback)


@pytest.mark.parametrize("callback", [lambda now: None, lambda *now: None, [].append, bool])
def test_a_callback_of_one_argument(net, xor, callback):
    assert bp.train(net, *xor, epochs=1, callback=callback).losses.size


def test_a_mask_is_not_lost(net, xor):
    x, y = xor
    with pytest.raises(bp.InputError, match="x is masked in places, and the mask would be lost"):
        bp.backward(net, MASKED, y)
    with pytest.raises(bp.InputError, match="masked in places"):
        bp.check({"delta2": MASKED[:, 1:]}, net, x, y)
    bp.backward(net, np.ma.array(x), y)  # nothing is masked


# a run and a network that were edited by hand


GONE = object()  # the entry is taken away
VALUES = (
    GONE, None, True, False, "", "abc", "\0", "inf", "nan", [], {}, [[]], [1], [[1]], {"a": 1}, 0,
    1, -1, 1e308, float("nan"), float("inf"), 10**30, LONG, 1.5, nested(500), "$x_{", [None],
    [["a"]], ["a"], "9" * 50, [[1, 2], [3]], 4, 100,
)  # fmt: skip


def places(document, before=()):
    """Yield where something stands in a document: the keys and numbers that lead there."""
    items = {}
    if isinstance(document, dict):
        items = document
    elif isinstance(document, list):
        items = dict(enumerate(document))
    for key, item in items.items():
        yield (*before, key)
        yield from places(item, (*before, key))


def edited(document, place, value):
    """Return a document with another value at a place."""
    document = copy.deepcopy(document)
    inner = functools.reduce(lambda part, key: part[key], place[:-1], document)
    if value is GONE:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return document


def a_run():
    """Return a run that has everything that a run's file may hold."""
    net, (x, y) = bp.Network.random((2, 2, 1), seed=3), bp.load("xor")
    run = bp.train(net, x, y, epochs=5, batch_size=2, example_weights=[1, 2, 1, 1])
    names = {"name": "xor", "inputs": ["x1", "x2"], "target": "y", "classes": ["0", "1"]}
    attempt = Attempt(0, 5, run.loss, run.solved, run.verdict)
    return dataclasses.replace(run, seed=0, attempts=(attempt,), problem=names)


def use_run(document):
    """Read a run and do with it what the commands do."""
    run = run_of(document, "run.json")
    run.document(), run.at(0), run.at(run.epochs), bp.diagnose(run)
    assert str(run)
    classes_answered(run.network.predict(run.x), tuple(run.problem.get("classes", ())))


def use_network(document):
    """Read a network and compute with it."""
    net = network_of(document, "net.json")
    assert bp.backward(net, np.ones((1, net.sizes[0])), np.ones((1, net.sizes[-1])))


def edits(document, seed, count):
    """Return so many edits of a document, (place, value), drawn at random; all of them for None."""
    everything = [(place, value) for place in places(document) for value in VALUES]
    return everything if count is None else random.Random(seed).sample(everything, count)


def refusal(use, document):
    """Return the message by which a document is refused, nothing if it can be used."""
    try:
        use(document)
    except bp.InputError as error:
        return str(error)
    return ""


def check_edits(document, use, name, seed=0, count=None):
    """Assert that every edit of a document is either used or refused in one short message that
    names the file; return how many were refused.
    """
    refusals = 0
    for place, value in edits(document, seed, count):
        said = refusal(use, edited(document, place, value))
        refusals += bool(said)
        assert len(said) < 600, (place, value)
        # what only computing finds is said in the words of what is computed
        assert said.startswith(name if said else "") or place[0] in ("settings", "layers"), said
    return refusals


def documents():
    """Return what may be edited: a document, what uses it, what its errors begin with."""
    run = json.loads(dumps(a_run().document()))
    return [(run, use_run, "run.json"), (run["network"], use_network, "net.json")]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("document", "use", "name"), documents())
def test_what_was_edited_by_hand(document, use, name):
    use(document)
    assert check_edits(document, use, name, count=250) > 150


@pytest.mark.proof
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("document", "use", "name"), documents())
def test_everything_that_can_be_edited_by_hand(document, use, name):
    assert check_edits(document, use, name) > 400


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("losses", 2), "much", r"losses\[3\] must be a number, got 'much'"),
        (("losses",), [0.5], "losses has 1 entries, but epochs is 5"),
        (("epochs",), 4, "losses has 6 entries, but epochs is 4"),
        (("settings", "epochs"), 3, "losses has more entries than settings.epochs asks for"),
        (("settings", "momentum"), [1], "settings.momentum can't be used: momentum must be"),
        (("settings", "batch_size"), 5, "batch_size is 5, but there are 4 examples"),
        (("settings", "l2"), 1e308, "the file was changed"),
        (
            ("network", "layers", 0, "W", 1, 0),
            True,
            r"layers\[1\].W\[2,1\] must be a",
        ),
        (("network", "layers", 0, "activation"), "relu", "training doesn't change that"),
        (("network_before", "version"), True, "network file of version True"),
        (("x", 3), [1], "x must be numbers in rows of one length"),
        (("y", 3, 0), LONG, r"y\[4,1\] must be a finite number, got 1000.*…"),
        (("problem", "inputs"), ["x1"], "problem.inputs has 1 name, but there are 2 inputs"),
        (("problem", "classes"), ["a", 5], r"problem.classes\[2\] must be a text, got 5"),
        (("attempts", 0, "verdict"), None, r"attempts\[1\].verdict must be a text, got None"),
        (("attempts", 0, "loss"), GONE, r'attempts\[1\] lacks "loss"'),
        (("stopped",), "epoch", "unknown reason to stop 'epoch'. Did you mean 'epochs'"),
        (("seed",), -1, "seed must be a whole number from 0 up or null, got -1"),
        (("example_weights",), "all", "example_weights must be a list of numbers or null"),
        (("versions",), {"numpy": 2}, "versions.numpy must be a text, got 2"),
    ],
)
def test_an_entry_of_a_run_that_is_wrong_is_named(place, value, message):
    with pytest.raises(bp.InputError, match=message):
        use_run(edited(documents()[0][0], place, value))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("asked = 5", "asked must be a list, got 5"),
        ("asked = [5]", r"asked\[1\] must be a text, got 5"),
        ('points = "many"', "points must be a table, got 'many'"),
        ("convention = 3", "convention must be a text, got 3"),
        ("layers = []", "layers must be a list of at least 1 layer"),
        ("sheet = [1]", "sheet must be a text or a whole number"),
        (
            f"example_weights = [{'[' * 300}{']' * 300}]",
            "example_weights.* must be a",
        ),
        ('asked = ["z1_step2"]', "z1_step2: a second step needs the learning rate"),
    ],
)
def test_an_entry_of_a_key_that_is_wrong_is_named(tmp_path, net, line, message):
    net.to_json(tmp_path / "net.json")
    path = tmp_path / "key.toml"
    path.write_text(f'network = "net.json"\nproblem = "xor"\n{line}\n')
    with pytest.raises(bp.InputError, match=message):
        read_keys(path)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("decimals;inf", "decimals is 'inf', which is not a whole number"),
        ("decimals;2,5", "decimals is '2,5', which is not a whole number"),
        ("learning_rate;−1", "learning_rate must be a finite number above 0, got -1.0"),
    ],
)
def test_settings_of_a_spreadsheet(tmp_path, row, message):
    path = tmp_path / "answers.csv"
    path.write_text(f"problem;xor\n{row}\nz1;1\n", encoding="utf-8")
    with pytest.raises(bp.InputError, match=message):
        _ = read_answers(path).learning_rate
