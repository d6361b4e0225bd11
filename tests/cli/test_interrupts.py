"""Commands that are interrupted, ended or killed, or that write the same: what is left."""

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import backproof as bp
from backproof import cli
from interrupting import heed, launch

TRAIN = ("train", "--epochs", "20", "--max-starts", "1", "--out", "run")


def interrupt(*_, **__):
    signal.raise_signal(signal.SIGINT)


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Call the command line in an empty folder; return status, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments):
        monkeypatch.setattr(sys, "argv", ["backproof", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code or 0, *capsys.readouterr()

    return called


def before(monkeypatch, owner, name, act, at=0):
    """Do something before a function's call, counted from 0."""
    function, count = getattr(owner, name), itertools.count()

    def hit(*arguments, **options):
        if next(count) == at:
            act()
        return function(*arguments, **options)

    monkeypatch.setattr(owner, name, hit)


# in the pictures, in the files: the training is done, and is kept


def drawing():
    """Yield functions that draw or write, and at which call they are interrupted."""
    from matplotlib.animation import PillowWriter
    from matplotlib.figure import Figure

    import backproof.training.run
    from backproof import files, plots, writing
    from backproof.cli import pictures, train
    from backproof.plots import movie

    yield from [
        (train, "solve", 0),
        (train.Run, "save", 0),
        (files.json, "dumps", 0),
        (backproof.training.run, "put", 0),
        (writing, "workshop", 0),
        (pictures.Album, "_draw", 0),
        (Figure, "add_subplot", 0),
        (plots, "boundary", 0),
        (Figure, "savefig", 0),
        (Figure, "savefig", 1),
        (plots, "loss", 0),
        (plots, "animation", 0),
        (bp.Run, "replay", 0),
        (movie, "colours", 3),
        (PillowWriter, "grab_frame", 0),
        (PillowWriter, "grab_frame", 5),
        (writing, "_place", 0),
    ]


@pytest.mark.parametrize("place", range(17))
def test_ctrl_c_in_the_drawing_keeps_the_run(call, monkeypatch, place):
    owner, name, at = list(drawing())[place]

    def act():
        interrupt()
        if place % 2:
            interrupt()  # and once more

    before(monkeypatch, owner, name, act, at)
    status, out, err = call(*TRAIN, "--animate")
    assert (status, err) == (130, "backproof: interrupted.\n")
    assert [path.name for path in Path().iterdir()] == ["run"]
    run = bp.Run.load("run")
    assert run.epochs == (0 if name == "solve" else 20)
    assert run.interrupted is (name == "solve")
    drawn = {path.name for path in Path("run").glob("*.*")} - {"run.json"}
    for file in ("boundary.png", "loss.png", "boundary.gif"):
        assert (f"no {file}: interrupted." in out) is (file not in drawn)


def test_a_picture_that_raises_an_interrupt_is_left_out(call, monkeypatch):
    from matplotlib.figure import Figure

    def half(self, path, **options):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(Figure, "savefig", half)
    status, _, err = call(*TRAIN)
    assert (status, err) == (130, "backproof: interrupted.\n")
    assert [path.name for path in Path("run").iterdir()] == ["run.json"]


def test_an_interrupt_in_the_training_is_in_the_json(call, monkeypatch):
    from backproof.training import loop

    before(monkeypatch, loop._Loop, "move", interrupt, at=5)
    status, out, _ = call(*TRAIN, "--json", "--quiet")
    document = json.loads(out)
    assert status == 130
    assert document["stopped"] == "interrupted"
    assert set(document["files"]) == {path.name for path in Path("run").iterdir()} == {"run.json"}
    assert bp.Run.load("run").epochs == 6


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (("derive", "--out", "d.md"), "backproof.cli.derive.subject"),
        (("derive", "--out", "d.md"), "backproof.explain.derivation.write_files"),
        (("exercise",), "backproof.classroom.exercises.generator"),
        (("exercise",), "backproof.classroom.exercises.put"),
        (("verify",), "backproof.cli.verify.subject"),
    ],
)
def test_other_commands_end_with_one_line(call, monkeypatch, arguments, place):
    monkeypatch.setattr(place, interrupt)
    assert call(*arguments) == (130, "", "backproof: interrupted.\n")
    assert list(Path().iterdir()) == []


# in a process of its own

AT_IMPORT = """
import signal, sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            signal.raise_signal(signal.{number})
sys.meta_path.insert(0, Watch())
sys.argv = ["backproof", "train", "--epochs", "20"]
from backproof.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "name", ["backproof.cli", "click", "numpy._core._multiarray_umath", "matplotlib.figure"]
)
@pytest.mark.parametrize(("number", "status"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_while_modules_are_loaded(tmp_path, name, number, status):
    command = [sys.executable, "-c", AT_IMPORT.format(name=name, number=number)]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == status, ended.stderr
    assert ended.stderr == ("backproof: interrupted.\n" if number == "SIGINT" else "")
    # by the time pictures are drawn there is a run
    kept = name == "matplotlib.figure" and number == "SIGINT"
    assert [path.name for path in tmp_path.iterdir()] == ["backproof-run"] * kept


AT_END = """
import atexit, signal, sys
atexit.register(signal.raise_signal, signal.{number})
sys.argv = ["backproof", *{arguments}]
from backproof.__main__ import main
main()
"""


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize(("arguments", "status"), [(["--version"], 0), (["trian"], 2)])
def test_a_signal_after_a_command_is_done_changes_nothing(tmp_path, arguments, status, number):
    command = [sys.executable, "-c", AT_END.format(number=number, arguments=arguments)]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == status
    assert "interrupted" not in ended.stderr


def start(folder, *arguments):
    """Start a command as from a terminal; wait until it says something."""
    process = launch(folder, *arguments)
    process.stdout.readline()
    return process


def ended(process, number=None):
    """Send a signal; return exit status and standard error."""
    if number is not None:
        process.send_signal(number)
    _, err = process.communicate(timeout=120)
    return process.returncode, err


def test_a_command_that_is_told_to_end_leaves_nothing(tmp_path):
    process = start(tmp_path, "train", "--epochs", 10**8, "--out", "up/run")
    assert (tmp_path / "up" / "run").is_dir()
    assert ended(process, signal.SIGTERM) == (143, "")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_command_left_is_gone_at_the_next_start(tmp_path, call, monkeypatch):
    killed = start(tmp_path, "train", "--epochs", 10**8)
    assert ended(killed, signal.SIGKILL)[0] == -signal.SIGKILL
    left = f".backproof.{os.uname().nodename}.{killed.pid}.01234567"
    (tmp_path / left).mkdir()
    assert call(*TRAIN[:-2])[0] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["backproof-run"]


def test_a_second_command_is_refused_the_same_folder_before_it_trains(tmp_path, call):
    first = start(tmp_path, "train", "--epochs", 10**8, "--out", "run")
    status, out, err = call(*TRAIN)
    assert (status, out) == (2, "")
    assert err == ("backproof: run was taken by another process meanwhile: name another folder.\n")
    assert ended(first, signal.SIGINT)[0] == 130
    assert bp.Run.load(tmp_path / "run").interrupted


def test_a_second_command_without_a_folder_takes_the_next(tmp_path, call):
    first = start(tmp_path, "train", "--epochs", 10**8)
    assert call(*TRAIN[:-2])[0] == 1
    assert ended(first, signal.SIGINT)[0] == 130
    assert bp.Run.load(tmp_path / "backproof-run").interrupted
    assert bp.Run.load(tmp_path / "backproof-run-2").epochs == 20


LOOPING = """
import os, time
def mine(x, y, W1, b1, W2, b2):
    open("started", "w").write(str(os.getpid()))
    time.sleep(1000)
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_learners_function_ends_with_the_command(tmp_path, number, status):
    (tmp_path / "mine.py").write_text(LOOPING)
    command = [sys.executable, "-m", "backproof", "check", "--code", "mine.py:mine"]
    command += ["--seconds", "500"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL, preexec_fn=heed)
    started = tmp_path / "started"
    while not (started.exists() and started.read_text()):
        assert process.poll() is None
    process.send_signal(number)
    assert process.wait(60) == status
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)
