"""Files and folders, written whole or not at all: whatever happens meanwhile, and whoever else
writes there.
"""

import os
import signal
import socket
import stat
import subprocess
import sys
import threading

import pytest

import backproof as bp
from backproof import exchange, workshop, writing
from backproof.training.run import RUN
from interrupting import OTHER_ERROR, Watch, calls, in_fork

FILES = ("writing", "workshop", "exchange", "interrupts")
ENDS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.fixture(scope="module")
def run():
    return bp.train(bp.Network.random((2, 2, 1)), *bp.load("xor"), epochs=20)


@pytest.fixture(autouse=True)
def _start_anew(monkeypatch):
    """Let every test sweep as a process of its own does."""
    monkeypatch.setattr(workshop, "_swept", set())


def pictures(text):
    return {name: lambda path: path.write_text(text) for name in ("a.png", "b.png")}


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# a folder


def saving(run, folder):
    """The writings that are hit: a new folder, in a new one, and one in an older one's place."""

    def act():
        run.save(folder / "up" / "new", pictures=pictures("new"))
        run.save(folder / "run", overwrite=True, pictures=pictures("new"))

    run.save(folder / "run", pictures=pictures("old"))
    return act


def is_whole(run, folder):
    """Whether each run there is the old one or the new one, and nothing else is there."""
    run_json = (folder / "run" / "run.json").read_text()
    whole = [{"run.json": run_json, "a.png": text, "b.png": text} for text in ("old", "new")]
    assert contents(folder / "run") in whole
    if (folder / "up").exists():
        assert contents(folder / "up" / "new") == whole[1]
    assert {path.name for path in folder.iterdir()} <= {"run", "up"}
    return True


@pytest.fixture(scope="module")
def functions(run, tmp_path_factory):
    """The functions that a writing calls."""
    return calls(saving(run, tmp_path_factory.mktemp("calls")), FILES)


def test_every_function_is_hit(functions):
    assert len(functions) > 15
    assert {"writing.py:_place", "exchange.py:exchange", "workshop.py:sweep"} <= set(functions)


@pytest.mark.parametrize("number", ENDS)
def test_a_signal_at_any_call_leaves_whole_folders(run, functions, tmp_path, number):
    for place, name in enumerate(functions):
        folder = tmp_path / str(place)
        act = saving(run, folder)

        def hit(act=act, name=name):
            with Watch(FILES, name, lambda: signal.raise_signal(number)):
                act()

        status, said = in_fork(hit, tmp_path / f"{place}.err")
        assert status == ENDS[number], (name, said)
        assert said == ("backproof: interrupted.\n" if number == signal.SIGINT else "")
        assert is_whole(run, folder), name


def test_an_interrupt_in_a_program_of_ones_own_leaves_whole_folders(run, functions, tmp_path):
    for place, name in enumerate(functions):
        folder = tmp_path / str(place)
        act = saving(run, folder)
        interrupt = Watch(FILES, name, lambda: signal.raise_signal(signal.SIGINT))
        with pytest.raises(KeyboardInterrupt), interrupt:
            act()
        assert is_whole(run, folder), name


def test_what_stands_there_meanwhile_is_kept(run, tmp_path):
    def somebody(path):
        folder = tmp_path / "run"
        folder.mkdir()
        (folder / "letter.txt").write_text("dear")

    with pytest.raises(bp.InputError, match="exists and is not empty"):
        run.save(tmp_path / "run", pictures={"a.png": somebody})
    assert contents(tmp_path) == {"run/letter.txt": "dear"}


def test_what_stands_there_at_the_last_moment_is_kept(run, tmp_path, monkeypatch):
    check = writing.check_folder

    def late(folder, kind, overwrite):
        check(folder, kind, overwrite)
        if list(folder.parent.iterdir()):  # the hidden folder: this is the second look
            folder.mkdir()
            (folder / "letter.txt").write_text("dear")

    monkeypatch.setattr(writing, "check_folder", late)
    with pytest.raises(bp.InputError, match="can't write the run"):
        run.save(tmp_path / "run")
    assert contents(tmp_path) == {"run/letter.txt": "dear"}


def test_an_overwritten_folder_that_became_another_is_kept(run, tmp_path):
    run.save(tmp_path / "run")

    def somebody(path):
        (tmp_path / "run" / "run.json").unlink()
        (tmp_path / "run" / "letter.txt").write_text("dear")

    with pytest.raises(bp.InputError, match="is not a run"):
        run.save(tmp_path / "run", overwrite=True, pictures={"a.png": somebody})
    assert contents(tmp_path) == {"run/letter.txt": "dear"}


@pytest.mark.parametrize("can", [True, False])
def test_two_folders_change_places(tmp_path, monkeypatch, can):
    if not can:
        monkeypatch.setattr(exchange, "at_one_stroke", lambda new, place: False)
    for name in ("new", "place"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "text").write_text(name)
    exchange.exchange(tmp_path / "new", tmp_path / "place")
    assert contents(tmp_path) == {"new/text": "place", "place/text": "new"}
    with pytest.raises(OSError, match="No such file"):
        exchange.exchange(tmp_path / "none", tmp_path / "place")
    assert contents(tmp_path) == {"new/text": "place", "place/text": "new"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere they move one after the other")
def test_folders_change_places_at_one_stroke(tmp_path):
    for name in ("new", "place"):
        (tmp_path / name).mkdir()
    assert exchange.at_one_stroke(tmp_path / "new", tmp_path / "place")


@pytest.mark.parametrize("can", [True, False])
def test_a_reader_meets_a_whole_run_during_overwriting(run, tmp_path, monkeypatch, can):
    if not can:
        monkeypatch.setattr(exchange, "at_one_stroke", lambda new, place: False)
    folder = run.save(tmp_path / "run")
    done = threading.Event()

    def write():
        for _ in range(100):
            run.save(folder, overwrite=True)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    reads = 0
    while not done.is_set():
        assert bp.Run.load(folder).epochs == 20
        reads += 1
    writer.join()
    assert reads > 10


# held while it is being made


def test_a_reserved_folder_is_refused_to_another(tmp_path):
    names = [tmp_path / "run", tmp_path / "run-2"]
    with writing.reserved(names[:1]) as first:
        assert first.is_dir()
        with pytest.raises(bp.InputError, match="taken by another"), writing.reserved(names[:1]):
            pass
        with writing.reserved(names) as second:
            assert second == names[1]
    assert list(tmp_path.iterdir()) == []


def test_a_reservation_takes_the_run(run, tmp_path):
    with writing.reserved([tmp_path / "up" / "run"]) as folder:
        run.save(folder)
    assert bp.Run.load(tmp_path / "up" / "run").epochs == 20
    with pytest.raises(bp.InputError, match="taken by another"), writing.reserved([folder]):
        pass


def test_a_reservation_that_comes_to_nothing_leaves_nothing(tmp_path):
    (tmp_path / "mine").mkdir()
    for name in ("mine", "up/run"):
        with pytest.raises(RuntimeError), writing.reserved([tmp_path / name]):
            raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_what_was_left_of_a_reservation_is_taken_again(tmp_path):
    (tmp_path / "run").mkdir()  # by a process that was killed
    with writing.reserved([tmp_path / "run", tmp_path / "run-2"]) as folder:
        assert folder.name == "run"


def test_without_locks_only_what_is_new_is_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(workshop, "fcntl", None)
    names = [tmp_path / "run", tmp_path / "run-2"]
    with writing.reserved(names) as first, writing.reserved(names) as second:
        assert [first, second] == names


# what was left by those that were killed

KILLED = """
import os, signal, sys
from pathlib import Path
from backproof.workshop import workshop
with workshop(Path(sys.argv[1])) as made:
    (made / "half").write_text("half")
    print(made.name, flush=True)
    if len(sys.argv) > 2:
        os.kill(os.getpid(), signal.SIGKILL)
    sys.stdin.read()
"""


def writer(folder, *more):
    command = [sys.executable, "-c", KILLED, str(folder), *more]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return child, child.stdout.readline().strip()


def close(child):
    child.communicate("", timeout=60)


def test_what_a_killed_process_left_is_swept_and_nothing_else(run, tmp_path):
    dead, left = writer(tmp_path, "kill")
    dead.wait(60)
    dead.stdin.close()
    dead.stdout.close()
    assert (tmp_path / left / "half").exists()
    alive, working = writer(tmp_path)
    gone = dead.pid
    others = [
        f".backproof.another-machine.{gone}.01234567",
        ".run.abcdef12",
        ".backproof",
        f".backproof.{os.uname().nodename}.{alive.pid}.01234567",  # not yet locked
    ]
    for name in others:
        (tmp_path / name).mkdir()
    (tmp_path / f".backproof.{os.uname().nodename}.{gone}.89abcdef").write_text("a file")
    run.save(tmp_path / "run")
    names = {path.name for path in tmp_path.iterdir()}
    assert left not in names
    assert {working, *others, "run"} <= names
    assert len(names) == len(others) + 3
    assert (tmp_path / working / "half").read_text() == "half"
    close(alive)
    assert not (tmp_path / working).exists()


def test_a_lock_protects_what_no_process_of_ours_has(run, tmp_path):
    """In another container that shares the folder a process has a number of its own there."""
    alive, working = writer(tmp_path)
    host, gone = os.uname().nodename, 2**22 + 7  # above Linux's largest process number
    (tmp_path / working).rename(tmp_path / f".backproof.{host}.{gone}.01234567")
    run.save(tmp_path / "run")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"run", f".backproof.{host}.{gone}.01234567"}
    alive.kill()
    close(alive)
    workshop._swept.clear()
    run.save(tmp_path / "run", overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


# files


def test_files_that_belong_together_are_written_all_or_none(tmp_path, monkeypatch):
    places = [tmp_path / name for name in ("d.md", "d-boundary.png", "d-trained.png")]
    (tmp_path / "d.md").write_text("old")
    (tmp_path / "d-trained.png").write_text("old")
    before = contents(tmp_path)
    replace = os.replace
    for error in (OSError("no"), KeyboardInterrupt):
        for wrong in range(3):
            calls = iter(range(100))

            def fail(old, new, calls=calls, wrong=wrong, error=error):
                if next(calls) == wrong:
                    raise error
                replace(old, new)

            monkeypatch.setattr("os.replace", fail)
            with pytest.raises((bp.InputError, KeyboardInterrupt)):
                writing.write_files(
                    {place: lambda path: path.write_text("new") for place in places}
                )
            assert contents(tmp_path) == before
    monkeypatch.setattr("os.replace", replace)
    writing.write_files({place: lambda path: path.write_text("new") for place in places})
    assert contents(tmp_path) == dict.fromkeys(sorted(place.name for place in places), "new")


class Ink:
    """A figure that is quickly drawn, or that fails."""

    def __init__(self, text, error=None, at=0):
        self.text, self.error, self.left = text, error, at

    def __call__(self, draw):
        return self

    def savefig(self, path, **options):
        path.write_text(self.text[:1])
        if self.error and not self.left:
            raise self.error
        self.left -= 1
        path.write_text(self.text)


@pytest.mark.parametrize("ending", [".md", ".tex"])
def test_a_derivation_whose_pictures_fail_leaves_the_old_one(tmp_path, monkeypatch, ending):
    from backproof.explain import derivation

    names = ("start", "trained", "loss_by_W2[1,1]")
    monkeypatch.setattr(derivation, "drawings", lambda d, document: dict.fromkeys(names))
    old, new = (
        bp.derive(bp.Network.random((2, 2, 1), seed=seed), *bp.load("xor")) for seed in (0, 1)
    )

    def save(d, ink):
        monkeypatch.setattr(derivation, "figure", ink)
        return d.save(tmp_path / f"d{ending}")

    files = save(old, Ink("old"))
    assert len(files) == 4
    before = contents(tmp_path)
    for error in (KeyboardInterrupt, RuntimeError, bp.InputError):
        for at in range(3):
            with pytest.raises(error):
                save(new, Ink("new", error, at))
            assert contents(tmp_path) == before
    assert save(new, Ink("new")) == files
    after = contents(tmp_path)
    assert after.keys() == before.keys()
    assert all(after[name] != before[name] for name in before)


def test_a_folder_in_a_pictures_place_is_refused_before_anything_changes(tmp_path):
    (tmp_path / "d-boundary.png").mkdir()
    with pytest.raises(bp.InputError, match=r"can't write .*d-boundary.png: Is a directory"):
        bp.derive(bp.Network.random((2, 2, 1)), *bp.load("xor")).save(tmp_path / "d.md")
    assert [path.name for path in tmp_path.iterdir()] == ["d-boundary.png"]


def test_an_interrupted_training_for_a_picture_is_no_picture_left_out(tmp_path, monkeypatch):
    from backproof.explain import illustrations

    monkeypatch.setattr(
        illustrations,
        "train",
        lambda *data, **options: bp.train(*data, callback=interrupt, **options),
    )

    def interrupt(now):
        raise KeyboardInterrupt

    d = bp.derive(bp.Network.random((2, 2, 1)), *bp.load("xor"))
    with pytest.raises(KeyboardInterrupt):
        d.save(tmp_path / "d.html")
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_has_the_usual_permissions(tmp_path):
    umask = os.umask(0o027)
    try:
        writing.write_text(tmp_path / "a.txt", "a")
        writing.write_folder(tmp_path / "run", lambda made: (made / "b").touch(), RUN)
    finally:
        os.umask(umask)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in sorted(tmp_path.rglob("*"))}
    assert list(modes.values()) == [0o640, 0o750, 0o640]


def test_a_device_and_a_pipe_are_written_to(tmp_path):
    before = os.stat(os.devnull)
    writing.write_text(os.devnull, "text")
    after = os.stat(os.devnull)
    assert stat.S_ISCHR(after.st_mode)
    assert before.st_ino == after.st_ino
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(bp.InputError, match="can't write"):
        writing.write_text(pipe, "text")  # nobody reads it
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    writing.write_text(pipe, "text")
    assert os.read(reading, 100) == b"text"
    os.close(reading)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_socket_is_refused(tmp_path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        with pytest.raises(bp.InputError, match="can't write"):
            writing.write_text(tmp_path / "s", "text")


# signals


def test_signals_are_held_back_until_the_files_stand():
    from backproof.interrupts import held

    done = []

    def act():
        with held():
            signal.raise_signal(signal.SIGINT)
            done.append("held")

    with pytest.raises(KeyboardInterrupt):
        act()
    assert done == ["held"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_elsewhere_than_in_the_main_thread_signals_are_left_alone(run, tmp_path):
    worker = threading.Thread(target=run.save, args=[tmp_path / "run"])
    worker.start()
    worker.join()
    assert bp.Run.load(tmp_path / "run").epochs == 20


def test_a_handler_of_ones_own_stays():
    from backproof.interrupts import requested

    seen = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        with requested() as interrupted:
            signal.raise_signal(signal.SIGINT)
        assert seen == [signal.SIGINT]
        assert not interrupted()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_wish_within_a_wish_is_the_same():
    from backproof.interrupts import requested

    with requested(again=False) as outer:
        with requested() as inner:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            assert inner()
        assert outer()
    with requested():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_traceback_of_a_fork_is_seen(tmp_path):
    """So that the tests above can fail."""

    def fail():
        raise RuntimeError("seen")

    status, said = in_fork(fail, tmp_path / "err")
    assert status == OTHER_ERROR
    assert "RuntimeError: seen" in said
