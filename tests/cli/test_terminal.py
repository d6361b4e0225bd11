"""What commands print where the console has another encoding, is narrow, or is a terminal."""

import fcntl
import io
import json
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

import backproof as bp
from backproof import cli
from backproof.cli import waiting
from backproof.cli.streams import SIGNS, in_ascii

ENCODINGS = ("cp1252", "cp437", "ascii")


@pytest.fixture
def spoken(tmp_path, monkeypatch):
    """Call the command line in an empty folder with streams of an encoding; return status, and the
    bytes of standard output and standard error.
    """
    monkeypatch.chdir(tmp_path)

    def called(encoding, *arguments, errors_to=io.BytesIO):
        streams = [io.BytesIO(), errors_to()]
        for name, stream in zip(("stdout", "stderr"), streams, strict=True):
            monkeypatch.setattr(sys, name, io.TextIOWrapper(stream, encoding, write_through=True))
        monkeypatch.setattr(sys, "argv", ["backproof", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code or 0, *(stream.getvalue() for stream in streams)

    return called


def prepared():
    """Leave in this folder what the commands below are about, with names that no code page has."""
    Path("gate.csv").write_text("α,β,größe λ\n0,0,č\n0,1,ő\n1,0,ő\n1,1,č\n", encoding="utf-8")
    net = bp.Network.random((2, 2, 1), seed=3)
    x, y = bp.load("xor")
    bp.train(net, x, y, epochs=20).save("run")
    net.to_json("net.json")
    answers = {"network": net.document(), "x": x.tolist(), "y": y.tolist()}
    answers |= {"learning_rate": 0.5, "decimals": 4, "answers": {"delta2": [[0.9]] * 4}}
    Path("paper.json").write_text(json.dumps(answers), encoding="utf-8")
    code = "def f(x, y, W1, b1, W2, b2):\n    return {'delta2': y * 0 + 1}\n"
    Path("mine.py").write_text(code, encoding="utf-8")


COMMANDS = [
    *([*command, "--help"] for command in [[], *([name] for name in cli.COMMANDS)]),
    ["train", "gate.csv", "--epochs", 5],
    ["train", "--max-starts", 1, "--epochs", 5, "--json", "--out", "a"],
    ["train", "gate.csv", "--epochs", 5, "--json", "--out", "b"],
    ["train", "—λ.csv"],
    ["train", "--hidden", "…"],
    ["train", "--nothing—"],
    ["—"],
    ["predict", "run"],
    ["predict", "run", "--csv"],
    ["predict", "—λ"],
    ["derive"],
    ["derive", "--problem", "gate.csv"],
    ["derive", "--weight", "W1[1,1]"],
    *(["derive", "--format", form] for form in ("markdown", "latex", "html", "json")),
    ["derive", "--out", "d.md"],
    ["derive", "--format", "…"],
    ["verify"],
    ["verify", "--json"],
    ["exercise"],
    ["exercise", "--json", "--out", "e"],
    ["check", "paper.json"],
    ["check", "paper.json", "--json"],
    ["check", "--mistakes"],
    ["check", "--mistakes", "--json"],
    ["check", "—λ.toml"],
    ["diagnose", "run", "--try"],
    ["diagnose", "run", "--json"],
    *(["completion", shell] for shell in ("bash", "zsh", "fish")),
]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_command_fails_where_a_character_is_missing(spoken, encoding):
    prepared()
    for arguments in COMMANDS:
        status, out, err = spoken(encoding, *arguments)
        assert status in (0, 1, 2), arguments
        assert b"Traceback" not in err, arguments
        shown = out.decode(encoding), err.decode(encoding)  # all of it is in the encoding
        assert shown[status == 2], arguments
        if "json" in str(arguments) and status != 2 and arguments[-1] != "paper.json":
            json.loads(shown[0])


def test_json_says_the_same_in_every_encoding(spoken):
    prepared()
    arguments = ("train", "gate.csv", "--epochs", 5, "--max-starts", 1, "--json", "--overwrite")
    whole = json.loads(spoken("utf-8", *arguments, "--out", "λ")[1])
    for encoding in ENCODINGS:
        assert json.loads(spoken(encoding, *arguments, "--out", "λ")[1]) == whole


@pytest.mark.parametrize("encoding", [*ENCODINGS, "utf-8"])
def test_a_page_says_that_it_is_utf_8_and_is(spoken, encoding):
    _, page, _ = spoken(encoding, "derive", "--format", "html")
    assert 'charset="utf-8"' in page.decode("utf-8")
    assert "∂" in re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), page.decode("utf-8"))
    _, paper, _ = spoken(encoding, "derive", "--format", "latex")
    paper.decode("utf-8")


def test_a_name_that_is_no_text_is_shown_somehow(spoken):
    status, out, err = spoken("utf-8", "train", os.fsdecode(b"data\xff.csv"))
    assert (status, out) == (2, b"")
    assert "can't read data?.csv" in err.decode("utf-8")


def test_signs_in_ascii():
    assert in_ascii("δ2 = a2 − y · W2ᵀ ⊙ é") == "delta2 = a2 - y * W2^T (*) e"
    assert in_ascii("日") == "?"
    assert all(shown.isascii() and shown for shown in SIGNS.values())


def test_the_process_itself(tmp_path):
    for encoding in ENCODINGS:
        command = [sys.executable, "-m", "backproof", "derive"]
        settings = os.environ | {"PYTHONIOENCODING": encoding}
        ended = subprocess.run(
            command, cwd=tmp_path, capture_output=True, env=settings, check=False
        )
        assert (ended.returncode, ended.stderr) == (0, b"")
        assert "dW1" in ended.stdout.decode(encoding)


# the width


@pytest.fixture
def narrow(spoken, monkeypatch):
    """Call a command on a terminal of some columns; return the lines of standard output."""

    def called(columns, *arguments):
        monkeypatch.setenv("COLUMNS", str(columns))
        _, out, _ = spoken("utf-8", *arguments)
        return out.decode("utf-8").splitlines()

    return called


def too_long(lines, columns):
    """Return the lines that are too long; commands to type can't be broken, nor can file names."""
    return [line for line in lines if len(line) > columns and " backproof " not in f" {line}"]


@pytest.mark.parametrize("columns", [60, 80])
def test_every_command_keeps_to_the_width(narrow, columns):
    prepared()
    for arguments in COMMANDS:
        as_data = {"--json", "--csv", "--mistakes", "--format", "completion", "--out"}
        if not as_data & set(map(str, arguments)):
            lines = narrow(columns, *arguments)
            assert too_long(lines, columns) == [], arguments


def test_without_a_terminal_a_line_has_80_characters(spoken, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(sys, "__stdout__", None)  # pytest may run on a terminal
    prepared()
    for arguments in (["verify"], ["derive"], ["check", "paper.json"]):
        lines = spoken("utf-8", *arguments)[1].decode("utf-8").splitlines()
        assert too_long(lines, 80) == []
        assert max(map(len, lines)) > 60, arguments


def test_a_wide_table_leaves_out_its_middle_or_goes_on_below(narrow):
    header = ",".join(f"c{k}" for k in range(12))
    rows = "\n".join(",".join(str(k * row % 7) for k in range(12)) for row in range(6))
    Path("wide.csv").write_text(f"{header},y\n{rows.replace(chr(10), ',0' + chr(10))},1\n")
    lines = narrow(40, "train", "wide.csv", "--epochs", 3, "--max-starts", 1)
    assert too_long(lines, 40) == []
    head = next(line for line in lines if " y " in line).split()
    assert head[0] == "c0"
    assert "…" in head
    lines = narrow(40, "verify")
    assert sum(line.strip().startswith("quantity") for line in lines) > 1
    assert sum(line.strip().startswith("delta2") for line in lines) > 1


# a terminal


@pytest.fixture
def at_terminal(tmp_path):
    """Call a command at a terminal of 24 lines and 70 columns; return status and what it shows,
    with `moving` also what is gone again.
    """

    def called(*arguments, keys="", pager="", moving=False, **settings):
        screen, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 70, 0, 0))
        hidden = {"COLUMNS", "LINES", "PAGER", "LESS"}
        env = {name: value for name, value in os.environ.items() if name not in hidden}
        env |= {"TERM": "xterm", "PYTHONIOENCODING": "utf-8"} | settings
        if pager:
            env["PAGER"] = pager
        program = ["-c", HASTY] if moving else ["-m", "backproof"]
        command = [sys.executable, *program, *map(str, arguments)]
        child = subprocess.Popen(
            command, cwd=tmp_path, env=env, stdin=terminal, stdout=terminal, stderr=terminal
        )
        os.close(terminal)
        os.write(screen, keys.encode())
        shown = _read_to_the_end(screen)
        if not moving:
            shown = re.sub(r"\r\x1b\[K([^\r\n]*(?=\r\x1b\[K))?", "", shown)
        return child.wait(timeout=60), shown.replace("\r\n", "\n")

    return called


# the command line, for which a second takes no time
HASTY = """
import sys
from backproof.cli import main, waiting
waiting.FIRST = waiting.EVERY = 0.001
sys.argv[0] = "backproof"
main()
"""


def _read_to_the_end(screen):
    found = b""
    with os.fdopen(screen, "rb", buffering=0) as file:
        while True:
            try:
                piece = file.read(65536)
            except OSError:  # the other side is closed
                break
            if not piece:
                break
            found += piece
    return found.decode("utf-8")


def marked_pager(folder, status=0):
    """Write a pager that says that it was called; return its command."""
    text = f"import sys\nprint('<<' + sys.stdin.read() + '>>')\nsys.exit({status})\n"
    (folder / "pager.py").write_text(text, encoding="utf-8")
    return f"'{sys.executable}' '{folder / 'pager.py'}'"


def test_a_long_derivation_comes_in_the_pager(at_terminal, tmp_path):
    pager = marked_pager(tmp_path)
    status, shown = at_terminal("derive", pager=pager)
    assert status == 0
    assert shown.startswith("<<\x1b[1mBackpropagation of a 2-2-1 network")
    assert shown.rstrip().endswith(">>")
    assert "Next, to prove this gradient:\n  backproof verify\n" in shown
    plain = re.sub(r"\x1b\[\d*m", "", shown)
    assert too_long(plain.splitlines(), 70) == []
    assert "<<" not in at_terminal("derive", "--no-pager", pager=pager)[1]
    assert "<<" not in at_terminal("derive", "--format", "markdown", pager=pager)[1]
    assert "<<" not in at_terminal("derive", "--out", "d.txt", pager=pager)[1]


@pytest.mark.parametrize("pager", ["cat", "no-such-pager --at-all", "'", "false", " "])
def test_any_pager_shows_the_text(at_terminal, pager):
    status, shown = at_terminal("derive", pager=pager)
    assert status == 0
    assert shown.count("Backpropagation of a 2-2-1 network") == 1
    assert "Next, to prove this gradient:" in shown


def test_the_next_steps_can_be_taken(call_text):
    out = call_text("derive", "--hidden", "3,2", "--problem", "parity-3", "--seed", 2)
    steps = [line.strip() for line in out[out.index("Next, ") :].splitlines() if "  " in line[:3]]
    assert steps == [
        "backproof verify --problem parity-3 --hidden 3,2 --seed 2",
        "backproof derive --problem parity-3 --hidden 3,2 --seed 2 --weight 'W1[1,1]'",
    ]
    for step in steps:
        assert call_text(*shlex.split(step)[1:])


@pytest.fixture
def call_text(spoken):
    def called(*arguments):
        status, out, err = spoken("utf-8", *arguments)
        assert (status, err) == (0, b"")
        return out.decode("utf-8")

    return called


def test_the_bar_begins_without_a_loss(at_terminal):
    _, shown = at_terminal("train", "--epochs", 3000)
    assert "start 1" in shown
    assert "loss 0." in shown
    assert "None" not in shown
    assert all(
        len(line) <= 70
        for line in re.split(r"[\r\n]", re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]", "", shown))
    )


# what is shown while a command works


class Terminal(io.BytesIO):
    """A stream that says that it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def watched(spoken, monkeypatch):
    """Call a command whose standard error is a terminal, and for which a second takes no time;
    return standard output and standard error.
    """
    monkeypatch.setattr(waiting, "FIRST", 0)
    monkeypatch.setattr(waiting, "EVERY", 0.001)

    def called(*arguments):
        status, out, err = spoken("utf-8", *arguments, errors_to=Terminal)
        assert status in (0, 1), err
        return out.decode("utf-8"), err.decode("utf-8")

    return called


@pytest.mark.parametrize(
    ("doing", "arguments"),
    [
        ("deriving", ["derive"]),
        ("writing", ["derive", "--format", "html"]),
        ("writing d.md", ["derive", "--out", "d.md"]),
        ("proving", ["verify", "--json"]),
        ("marking", ["check", "paper.json", "--json"]),
        ("running the function", ["check", "--code", "mine.py:f"]),
        ("trying the advice", ["diagnose", "run", "--try"]),
        ("drawing", ["train", "--epochs", 5, "--max-starts", 1, "--json"]),
        ("making the exercise", ["exercise", "--json"]),
    ],
)
def test_what_takes_a_while_says_what_it_does(watched, doing, arguments):
    prepared()
    out, err = watched(*arguments)
    assert re.search(rf"[|/\\-] {doing}.*, \d+ s", err)
    # nothing of it is left standing
    assert not re.search(rf"{doing}[^\r]*$", err)
    assert waiting.CLEAR not in out
    if "--json" in arguments:
        json.loads(out)


def test_at_a_terminal_a_line_moves_and_goes(at_terminal):
    status, shown = at_terminal("verify", moving=True)
    assert status == 0
    steps = re.findall(r"proving: ([^,\x1b]+)", shown)
    assert len(set(steps)) > 2
    assert shown.rindex("proved.") > shown.rindex(waiting.CLEAR)
    status, shown = at_terminal("verify", "--quiet", moving=True)
    assert (status, shown) == (0, "")
