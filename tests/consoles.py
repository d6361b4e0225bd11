"""The console blocks of README and docs: the commands in them are run again, and what the page
shows is compared with what they print.

- A fenced block of ``console`` holds lines ``$ command``, each followed by what it prints. A line
  that ends with a backslash goes on in the next.
- A line of ``…`` alone stands for lines left out, at least `FEWEST_LEFT_OUT` of them.
- A command that ends with another status than 0 is followed by ``$ echo $?`` and the status.
- A block whose text before it ends with "as `name`:" is that file: it is written before the
  commands that come later.
- A number of two digits below 1e-9, such as 7.9e-17, may be another such number: it is an error of
  rounding, and other processors round in another order.
- The blocks of a page run in their order, in one folder that is empty at first.

`pytest tests/test_consoles.py --rewrite-docs` writes into the pages what the commands print now.
Where lines are left out it keeps those that are most like the ones shown before: read the
difference before you commit it.
"""

import contextlib
import difflib
import io
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from backproof import cli

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LEFT_OUT = "…"
FEWEST_LEFT_OUT = 8  # a shorter text is shown whole
STATUS = "echo $?"
WIDTH = "80"  # of a terminal as it is opened
ROUNDING = r"(?:\d\.\de-[1-9]\d|0\.0e\+00)"


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the line that it starts at (from 0), the lines in it."""

    language: str
    start: int
    lines: list[str]
    indent: str
    file: str | None  # the file that it is said to be


@dataclass(frozen=True)
class Command:
    """A command of a page with what the page shows after it."""

    place: str
    prompt: list[str]  # as it stands in the page
    text: str
    shown: list[str]


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page, in their order."""
    found, lines, before = [], text.splitlines(), ""
    at = 0
    while at < len(lines):
        fence = re.fullmatch(r"( *)(`{3,})(.*)", lines[at])
        if fence is None:
            before = lines[at].strip() or before
            at += 1
            continue
        end = lines.index(fence[1] + fence[2], at + 1)
        inside = [line.removeprefix(fence[1]) for line in lines[at + 1 : end]]
        file = re.search(r"\bas `([\w./-]+)`:$", before)
        found.append(Block(fence[3], at + 1, inside, fence[1], file and file[1]))
        at, before = end + 1, ""
    return found


def commands(block: Block, page: str) -> list[Command]:
    """Return the commands of a console block."""
    found: list[Command] = []
    going_on = False
    for number, line in enumerate(block.lines, block.start + 1):
        if going_on:
            found[-1].prompt.append(line)
        elif line.startswith("$ "):
            found.append(Command(f"{page}:{number}", [line], "", []))
        else:
            found[-1].shown.append(line)
            continue
        going_on = line.endswith("\\")
    return [Command(one.place, one.prompt, _joined(one.prompt), one.shown) for one in found]


def _joined(prompt: list[str]) -> str:
    words = (line.rstrip("\\").strip() for line in prompt)
    return " ".join(words).removeprefix("$ ")


class Console:
    """Runs one command after the other in a folder, as a person would type them."""

    def __init__(self, folder: Path):
        self.folder, self.status = folder, 0

    def printed(self, command: str) -> list[str]:
        """Return the lines that a command prints, to standard output or standard error."""
        if command == STATUS:
            text, self.status = f"{self.status}\n", 0
        elif re.match(r"backproof\b[^|<>;&$`]*$", command):
            text = self._within(shlex.split(command, comments=True)[1:])
        else:
            text = self._by_the_shell(command)
        return [line.rstrip() for line in text.splitlines()]

    def _within(self, arguments: list[str]) -> str:
        """Call the command line in this process: its imports are made once for all."""
        printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        before = sys.argv, Path.cwd(), os.environ.get("COLUMNS")
        sys.argv, os.environ["COLUMNS"] = ["backproof", *arguments], WIDTH
        os.chdir(self.folder)
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                cli.main()
        except SystemExit as ended:
            self.status = int(ended.code or 0)
        finally:
            sys.argv = before[0]
            os.chdir(before[1])
            os.environ.pop("COLUMNS")
            if before[2] is not None:
                os.environ["COLUMNS"] = before[2]
        printed.flush()
        return printed.buffer.getvalue().decode("utf-8")

    def _by_the_shell(self, command: str) -> str:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=os.environ | {"PATH": path, "COLUMNS": WIDTH, "LC_ALL": "C.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=100,
        )
        self.status = done.returncode
        return done.stdout


def fits(shown: list[str], printed: list[str]) -> bool:
    """Whether what a page shows is what was printed, but for the lines that it leaves out."""
    anything = rf"(?:.*\n){{{FEWEST_LEFT_OUT},}}"
    wanted = (anything if line == LEFT_OUT else f"{_pattern(line)}\n" for line in shown)
    return re.fullmatch("".join(wanted), "".join(f"{line}\n" for line in printed)) is not None


def _pattern(line: str) -> str:
    parts = re.split(f"({ROUNDING})", line)
    return "".join(ROUNDING if i % 2 else re.escape(part) for i, part in enumerate(parts))


def rewritten(shown: list[str], printed: list[str]) -> list[str]:
    """Return what a page is to show of what was printed: all of it, or the lines that are most like
    those that it showed before.
    """
    if LEFT_OUT not in shown:
        return printed
    kept: list[str] = []
    at = 0
    for index, line in enumerate(shown):
        if line == LEFT_OUT:
            kept.append(line)
            continue
        likeness = [difflib.SequenceMatcher(None, line, one).ratio() for one in printed[at:]]
        left_out_before = index > 0 and shown[index - 1] == LEFT_OUT
        step = likeness.index(max(likeness)) if left_out_before and likeness else 0
        kept.extend(printed[at + step : at + step + 1])
        at += step + 1
    return kept if shown[-1] == LEFT_OUT or at >= len(printed) else [*kept, *printed[at:]]


def faults(path: Path, folder: Path) -> tuple[list[str], str]:
    """Run a page's commands in a folder. Return what is wrong with the page, and its text as it
    should be.
    """
    text = path.read_text(encoding="utf-8")
    lines, page = text.splitlines(), str(path.relative_to(ROOT))
    console, found, moved = Console(folder), [], 0
    for block in blocks(text):
        if block.file is not None:
            target = folder / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("\n".join([*block.lines, ""]), encoding="utf-8")
        if block.language != "console":
            continue
        right: list[str] = []
        for one in commands(block, page):
            if console.status and one.text != STATUS:
                found.append(f"{one.place}: before it, status {console.status} is not shown")
            printed = console.printed(one.text)
            if not fits(one.shown, printed):
                shown = "\n".join(difflib.unified_diff(one.shown, printed, "page", "now", n=1))
                found.append(f"{one.place}: $ {one.text}\n{shown}")
            right += [*one.prompt, *rewritten(one.shown, printed)]
        start = block.start + moved
        indented = [f"{block.indent}{line}".rstrip() for line in right]
        lines[start : start + len(block.lines)] = indented
        moved += len(indented) - len(block.lines)
        if console.status:
            found.append(f"{page}:{block.start}: at its end, status {console.status} is not shown")
            console.status = 0
    return found, "\n".join([*lines, ""])
