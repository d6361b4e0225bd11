"""Every command that a command prints, as a next step or as an example, is one that runs."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from backproof import cli
from consoles import Console

NAMES = "|".join(cli.COMMANDS)
QUOTED = rf"[`“](backproof (?:{NAMES}|-)[^`”]*)[`”]"
AT_THE_END = rf"(?m)(?:^|: )\s*(backproof (?:{NAMES})\b.*)$"

BARE = {f"backproof {name}" for name in cli.COMMANDS}
ON_A_SHEET = "backproof check answers.toml"

PRICES = "area,price\n50,410000\n70,540000\n90,580000\n60,700000\n80,300000\n"
BLANK = """problem = "xor"
[[layers]]
W = [[0.1, 0.2], [0.3, 0.4]]
b = [0.1, 0.2]
[[layers]]
W = [[0.5], [0.6]]
b = [0.0]
[answers]
"""


def next_steps(text):
    """Return the commands of a text, each once."""
    found = re.findall(QUOTED, text) + re.findall(AT_THE_END, re.sub(QUOTED, "", text))
    plain = (" ".join(one.split()) for one in found)
    return list(dict.fromkeys(plain))


def run_of(step):
    """Return what to run for a step: a command's bare name in a sentence is but its name."""
    return f"{step} --help" if step in BARE else step


def fill_in(folder):
    """Fill in the answers files of exercises with the numbers of their keys."""
    for answers in folder.rglob("answers.toml"):
        keys = [answers.parent / "key.toml"]
        keys.append(answers.parents[2] / "keys" / f"{answers.parent.name}.toml")
        key = next(one for one in keys if one.is_file())
        shutil.copy(key, answers)


def place_of(step, folder):
    """Return where a step is taken: what a sheet says, in the folder that has been handed out."""
    return next(folder.rglob("answers.toml")).parent if step == ON_A_SHEET else folder


@pytest.fixture
def console(tmp_path):
    (tmp_path / "prices.csv").write_text(PRICES, encoding="utf-8")
    (tmp_path / "blank.toml").write_text(f'{BLANK}z1 = ""\n', encoding="utf-8")
    (tmp_path / "mine.toml").write_text(f"{BLANK}loss = 0.9\n", encoding="utf-8")
    return Console(tmp_path)


@pytest.mark.parametrize(
    ("commands", "steps"),
    [
        (["train --hidden 1 --max-starts 1 --epochs 90"], 1),
        (["train --hidden 1 --max-starts 1 --epochs 90 --out 'my run'"], 1),
        (["train --hidden 1 --max-starts 2 --epochs 90 --out=-one-", "diagnose ./-one-"], 1),
        (["train prices.csv --epochs 90"], 0),
        (["derive --weight b1[1]"], 0),
        (["derive --hidden 1"], 0),
        (["verify"], 0),
        (["exercise --seed 3"], 2),
        (["exercise --seed 3 --level forward --format html --out 'by hand'"], 2),
        (["exercise --count 2 --level forward --out class-4b"], 1),
        (["exercise --count 2 --level forward --out 'class 4b'"], 1),
        (["check mine.toml"], 0),
        (["check blank.toml"], 0),
        (["check"], 1),
        (["check --mistakes"], 2),
        (["trian"], 1),
        (["train --hiden 2"], 1),
        (["train nowhere.csv"], 0),
        (["predict"], 1),
        (["diagnose nothing"], 0),
        (["completion"], 1),
        ([""], 0),
    ],
    ids=lambda value: "; ".join(value) if isinstance(value, list) else None,
)
def test_what_is_printed_as_a_next_step_runs(console, commands, steps):
    printed = "\n".join(
        line for command in commands for line in console.printed(f"backproof {command}")
    )
    folder = console.folder
    fill_in(folder)
    found = next_steps(printed)
    assert len(found) >= steps, printed
    for one in found:
        console = Console(place_of(one, folder))
        said = console.printed(run_of(one))
        assert console.status != 2, (one, said)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_an_example_of_the_help_has_options_that_there_are(console, name, monkeypatch):
    printed = "\n".join(console.printed(f"backproof {name} --help"))
    found = re.findall(r"(?m)^ +(?:eval \"\$\()?(backproof .*?)(?:\)\")?$", printed)
    assert found, printed
    monkeypatch.chdir(console.folder)
    for file in ("anna.toml", "ben.csv", "key.toml", "net.json", "data.csv", "mine.py"):
        Path(file).touch()
    for one in found:
        _, called, *arguments = shlex.split(one)
        command = cli.backproof.get_command(None, called)
        command.make_context(called, arguments)  # raises where an option isn't one
