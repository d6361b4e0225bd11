"""Full-size counts: real commands, hit by real signals at random moments of their whole life, and
real processes that write the same. Run with `-s` to see what came about how often.
"""

import itertools
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

import backproof as bp
from backproof import workshop
from interrupting import launch

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(sys.platform != "linux", reason="what a process catches is read in /proc"),
]

TRAIN = ("train", "--epochs", 100, "--pictures", "all", "--out", "run", "--overwrite")
DERIVE = ("derive", "--seed", 1, "--out", "d.md")
INTERRUPTED = "backproof: interrupted.\n"
# by signal: how a command may end; done (0, or 1: not solved) where the signal came too late
STATUSES = {signal.SIGKILL: -9, signal.SIGINT: 130, signal.SIGTERM: 143}
DONE = (0, 1)


@pytest.fixture(scope="module")
def run():
    return bp.train(bp.Network.random((2, 2, 1)), *bp.load("xor"), epochs=7)


def is_ready(process):
    """Whether a command has taken over the signals: SIGHUP, the last, is among those it catches."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) & 1 << signal.SIGHUP - 1)


def await_ready(process):
    while not is_ready(process):
        if process.poll() is not None:
            return


def hit(folder, command, number, wait, ready=True):
    """Send a signal so many seconds after a command is ready, or after it is started; return its
    exit status, its standard error, and whether it was ready by then.
    """
    process = launch(folder, *command)
    if ready:
        await_ready(process)
    time.sleep(wait)
    ready = ready or is_ready(process)
    process.send_signal(number)
    _, err = process.communicate(timeout=120)
    return process.returncode, err, ready


def durations(folder, command):
    """Return how many seconds a command takes until it is ready, and from then to its end."""
    begin = time.monotonic()
    process = launch(folder, *command)
    await_ready(process)
    ready = time.monotonic()
    process.communicate(timeout=120)
    return ready - begin, time.monotonic() - ready


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def hidden(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def next_writer(run, folder):
    """Write as the next process does, after what was killed."""
    workshop._swept.clear()
    run.save(folder / "run", overwrite=True)
    assert hidden(folder) == []


def is_ended(status, err, number):
    """Whether a command ended as is documented: status, and no more than one line."""
    if number == signal.SIGINT and status == STATUSES[number]:
        return err == INTERRUPTED
    return status in (*DONE, STATUSES[number]) and err == ""


def which_run(folder, old):
    """Return which run stands in a folder, the old one or a new one; fails if it isn't whole."""
    found = contents(folder)
    if found == old:
        return "old"
    read = bp.Run.load(folder)
    for name in found.keys() - {"run.json"}:
        with Image.open(folder / name) as picture:
            picture.load()
    return "interrupted" if read.interrupted else f"new with {len(found) - 1} pictures"


def count_trainings(run, folder, number, count, whole_life=True):
    """Hit that many trainings; return how often they ended how, and what stood there then."""
    draw = random.Random(int(number))
    run.save(folder / "run")
    old = contents(folder / "run")
    starting, working = durations(folder, TRAIN)
    longest = working if whole_life else 2 * starting
    seen = Counter()
    for _ in range(count):
        next_writer(run, folder)
        wait = draw.uniform(0, longest)
        status, err, ready = hit(folder, TRAIN, number, wait, ready=whole_life)
        found = which_run(folder / "run", old)
        if not ready:
            assert found == "old"
            seen["before it was ready", status] += 1
            continue
        assert is_ended(status, err, number), (wait, status, err)
        assert number == signal.SIGKILL or hidden(folder) == [], wait
        seen[status, found, f"{len(hidden(folder))} hidden"] += 1
    next_writer(run, folder)
    print(f"\n{number.name}: {dict(seen)}")
    return seen


@pytest.mark.parametrize(
    ("number", "count"), [(signal.SIGKILL, 100), (signal.SIGINT, 100), (signal.SIGTERM, 50)]
)
def test_a_training_hit_at_any_moment_leaves_a_whole_run(run, tmp_path, number, count):
    seen = count_trainings(run, tmp_path, number, count)
    assert seen.total() == count
    assert sum(seen[key] for key in seen if key[0] == STATUSES[number]) > count / 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_training_hit_while_python_starts_leaves_the_old_run(run, tmp_path, number):
    """What Python itself says before a line of ours is reached isn't in our hands: it is counted
    apart; the folder is whole even so.
    """
    count_trainings(run, tmp_path, number, 50, whole_life=False)


@pytest.mark.parametrize("number", STATUSES)
def test_a_derivation_hit_at_any_moment_is_the_old_or_the_new_one(run, tmp_path, number):
    draw = random.Random(int(number))
    _, longest = durations(tmp_path, DERIVE)
    new = contents(tmp_path)
    bp.derive(bp.Network.random((2, 2, 1), seed=5), *bp.load("xor")).save(tmp_path / "d.md")
    old = contents(tmp_path)
    assert len(old) > 1
    assert old.keys() == new.keys()
    seen = Counter()
    for _ in range(30):
        status, err, _ = hit(tmp_path, DERIVE, number, draw.uniform(0, longest))
        assert is_ended(status, err, number), (status, err)
        found = contents(tmp_path)
        assert found in (old, new)
        assert number == signal.SIGKILL or hidden(tmp_path) == []
        seen[status, "new" if found == new else "old"] += 1
        for name, text in old.items():
            (tmp_path / name).write_bytes(text)
        next_writer(run, tmp_path)
    print(f"\n{number.name}: {dict(seen)}")


def pairs(tmp_path, *more):
    """Yield, of 20 pairs of trainings in one folder: the folder, and by seed how each ended."""
    draw = random.Random(0)
    for place in range(20):
        folder = tmp_path / str(place)
        folder.mkdir()
        command = ("train", "or", "--epochs", 500, "--max-starts", 1, *more, "--seed")
        writers = [launch(folder, *command, 1)]
        time.sleep(draw.uniform(0, 0.2) * (place % 2))  # at once, or one a little later
        writers.append(launch(folder, *command, 2))
        said = [writer.communicate(timeout=120)[1] for writer in writers]
        ended = [writer.returncode for writer in writers]
        yield folder, dict(zip((1, 2), zip(ended, said, strict=True), strict=True))


def seeds(folder):
    """Return by folder which seed its run is from."""
    return {path.name: bp.Run.load(path).seed for path in folder.iterdir()}


def test_two_trainings_into_one_folder_lose_none(tmp_path):
    firsts = Counter()
    for folder, ended in pairs(tmp_path, "--out", "run"):
        assert sorted(status for status, _ in ended.values()) == [0, 2], ended
        (kept,) = (seed for seed, (status, _) in ended.items() if status == 0)
        assert seeds(folder) == {"run": kept}
        assert ended[3 - kept][1].startswith("backproof: run ")
        assert ended[3 - kept][1].count("\n") == 1
        firsts[kept] += 1
    print(f"\nkept, by seed: {dict(firsts)}")


def test_two_trainings_without_a_folder_have_one_each(tmp_path):
    for folder, ended in pairs(tmp_path):
        assert list(ended.values()) == [(0, ""), (0, "")]
        found = seeds(folder)
        assert found.keys() == {"backproof-run", "backproof-run-2"}
        assert set(found.values()) == {1, 2}


OVERWRITING = """
import sys, backproof as bp
from backproof import exchange
if sys.argv[2] == "False":
    exchange.at_one_stroke = lambda new, place: False
run, count = bp.Run.load(sys.argv[1]), 0
print("ready", flush=True)
while True:
    run.save(sys.argv[1], overwrite=True)
    count += 1
    print(count, flush=True)
"""


@pytest.mark.parametrize("at_one_stroke", [True, False])
def test_thirty_thousand_reads_during_overwriting_meet_a_whole_run(run, tmp_path, at_one_stroke):
    folder = run.save(tmp_path / "run")
    writings = tmp_path / "writings"
    command = [sys.executable, "-c", OVERWRITING, str(folder), str(at_one_stroke)]
    with writings.open("w") as out, subprocess.Popen(command, stdout=out) as writer:
        while not writings.read_text():
            assert writer.poll() is None
        for _ in itertools.repeat(None, 30_000):
            assert bp.Run.load(folder).epochs == 7
        assert writer.poll() is None
        writer.kill()
    count = len(writings.read_text().splitlines()) - 1
    print(f"\n30000 reads during {count} overwritings")
    assert count > 1000
