"""Every option of every command, and every part of answers files and keys, with hostile text: one
message or an answer, never a traceback, and what is refused leaves nothing behind.
"""

import json
import random

import click
import pytest

import backproof as bp
from backproof.cli import COMMANDS, backproof, main
from backproof.files import dumps

# as a system hands them over: a byte that is no UTF-8 as half a character, and never a NUL
TEXTS = (
    "", " ", "x" * 5000, "-1", "0", "1e400", "-1e400", "nan", "inf", "−1", "2,5", "9" * 400,
    "[" * 3000, "{}", "null", "../..", ".", "/", "/dev/null", "/dev/zero", "missing/x.md", "folder",
    "net.json", "answers.toml", "broken.json", "\x1b[31m", "\udcff", "名", "$x_{", "%s{0}", "--",
    "-h-", "1,,2", "1,2,3,4,5,6", "1" + ",1" * 300, "True", "W1[9,9]", "W1[1,1]", "=1+1", "<b>",
    "x.py:f", "1e-320", "0.5", "3",
)  # fmt: skip
FIRST = {  # what a command needs beside the option
    "train": ["--epochs", "2", "--max-starts", "1", "--out", "r"], "predict": ["net.json"],
    "derive": [], "verify": [], "exercise": ["--out", "r"], "check": ["answers.toml"],
    "diagnose": ["run"], "completion": [],
}  # fmt: skip


@pytest.fixture
def place(tmp_path, monkeypatch, net, xor):
    """A folder with a network, a run, answers, and what is broken."""
    monkeypatch.chdir(tmp_path)
    net.to_json("net.json")
    bp.train(net, *xor, epochs=2).save("run")
    found = bp.backward(net, *xor)
    answers = {
        "network": "net.json",
        "problem": "xor",
        "answers": {"z1": found["z1"], "delta2": found["delta2"]},
    }
    (tmp_path / "answers.json").write_text(dumps(answers))
    (tmp_path / "answers.toml").write_text(
        f'network = "net.json"\nproblem = "xor"\n[answers]\ndelta2 = {found["delta2"].tolist()}\n'
    )
    (tmp_path / "answers.csv").write_text("network;net.json\nproblem;xor\nloss;0,7\n")
    (tmp_path / "key.toml").write_text(
        'network = "net.json"\nproblem = "xor"\nasked = ["z1", "loss"]\ndecimals = 4\n'
        "learning_rate = 0.5\n[points]\nz1 = 2\n"
    )
    (tmp_path / "broken.json").write_text('{"format": [')
    (tmp_path / "folder").mkdir()
    return tmp_path


def files(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture
def called(place, monkeypatch, capsys):
    """What calls the command line, asserts that it ends as it should, and returns the status."""

    def run(arguments):
        before = files(place)
        monkeypatch.setattr("sys.argv", ["backproof", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr().err
        assert end.value.code in (0, 1, 2), arguments
        if end.value.code == 2:
            assert said.startswith("backproof: "), arguments
            assert said.count("backproof: ") == 1, arguments
            assert len(said) < 1500, arguments
            assert files(place) == before, arguments
        remove(place, before)
        return end.value.code

    return run


def remove(folder, kept):
    """Take away what has come to stand in a folder."""
    for path in sorted(set(folder.rglob("*")) - set(kept), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def options():
    """Return every option of every command that takes a value, and every argument."""
    found = []
    for name in COMMANDS:
        command = backproof.get_command(None, name)
        for one in command.params:
            if isinstance(one, click.Argument):
                found.append((name, None))
            elif not one.is_flag:
                found.append((name, one.opts[0]))
    return found


def lines(seed, count):
    """Return so many command lines, drawn at random; all of them for None."""
    every = [(name, option, text) for name, option in options() for text in TEXTS]
    drawn = every if count is None else random.Random(seed).sample(every, count)
    for name, option, text in drawn:
        if option is None:
            yield [name, *(w for w in FIRST[name] if w.startswith("--") or name == "train"), text]
        else:
            yield [name, *FIRST[name], f"{option}={text}"]


def test_options_with_hostile_text(called):
    found = [called(arguments) for arguments in lines(0, 60)]
    assert found.count(2) > 30


@pytest.mark.proof
def test_every_option_with_every_hostile_text(called):
    found = [called(arguments) for arguments in lines(0, None)]
    assert len(found) > 1200
    assert found.count(2) > 1000


CELLS = (
    "", "abc", "1e400", "nan", "−1", "2,5", "9" * 400, "\x1b", "名", "=1+1", "[[", "[1, 2]", "1/0",
    "[" * 3000 + "]" * 3000, '"', "'x'", "true", "{a = 1}", "{}", "null", "\\", "net.json", "run",
    "answers.csv", "/dev/zero", "folder", "-1", "0", "1e308",
)  # fmt: skip
ENDINGS = ("answers.json", "answers.toml", "answers.csv", "key.toml")


def mutated(text, draw):
    """Return a file's text with one of its words or characters changed, doubled or lost."""
    spots = [k for k, c in enumerate(text) if c in ' ="[],;\n.0123456789'] or [0]
    start = draw.choice(spots)
    end = draw.choice([start, start + 1, start + 5, text.find("\n", start), len(text)])
    return text[:start] + draw.choice(["", *CELLS]) + text[max(start, end) :]


def valued(text, name, draw):
    """Return a file's text with the value of one of its entries replaced."""
    if name.endswith(".json"):
        document = json.loads(text)
        key = draw.choice([*document, "asked", "decimals", "x", "layers", "convention"])
        return dumps({}) if not key else json.dumps(document | {key: draw.choice(PLAIN)})
    sign = ";" if name.endswith(".csv") else " = "
    rows = text.splitlines()
    k = draw.randrange(len(rows))
    rows[k] = rows[k].partition(sign)[0] + sign + draw.choice(CELLS)
    return "\n".join([*rows, ""])


PLAIN = (
    None, True, "", "abc", [], {}, [[]], [[[1]]], -1, 0, 1e308, 10**400, [None], {"a": {}}, ["z1"],
    "nan", "−1", "2,5", "run", "/dev/zero", "folder", 1.5,
)  # fmt: skip


def check_files(place, called, seed, count):
    """Mark so many files that were changed at random; return the statuses."""
    draw, found = random.Random(seed), []
    whole = {name: (place / name).read_text() for name in ENDINGS}
    for _ in range(count):
        name = draw.choice(ENDINGS)
        text = (
            mutated(whole[name], draw) if draw.random() < 0.5 else valued(whole[name], name, draw)
        )
        (place / name).write_text(text, encoding="utf-8", errors="surrogatepass")
        arguments = (
            ["check", "answers.toml", "--key", name] if name == "key.toml" else ["check", name]
        )
        found.append(called(arguments))
        (place / name).write_text(whole[name])
    return found


def test_answers_and_keys_changed_at_random(place, called):
    found = check_files(place, called, 0, 60)
    assert {1, 2} <= set(found)


@pytest.mark.proof
def test_many_answers_and_keys_changed_at_random(place, called):
    assert check_files(place, called, 1, 1500).count(2) > 300
