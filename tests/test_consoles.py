"""What README and docs show of the program is what it prints."""

import pytest

import consoles
from consoles import PAGES, ROOT, Console, blocks, commands, faults, fits, rewritten

# what can't be a console block: no output is shown with it
INSTALLING = {"README.md": 2}


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_shows_what_is_printed(path, tmp_path, request):
    found, text = faults(path, tmp_path)
    if request.config.getoption("--rewrite-docs"):
        path.write_text(text, encoding="utf-8")
        found = [
            one for one in found if one.endswith("is not shown")
        ]  # a status: a person must look at it
    assert not found, "\n".join([*found, f"(anew: pytest {__file__} --rewrite-docs)"])


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_shows_commands_in_blocks_that_are_run(path):
    """No other block is a way around the test: a command to type is in a console block."""
    found = blocks(path.read_text(encoding="utf-8"))
    shell = [block for block in found if block.language in ("sh", "bash", "shell", "")]
    assert len(shell) == INSTALLING.get(name(path), 0)
    for block in found:
        if block.language == "text":
            assert not any("backproof " in line for line in block.lines), block.start


PAGE = """Save this as `mine.txt`:

```text
one
```

Then

```console
$ cat mine.txt
one
$ echo no >&2; exit 2
no
$ echo $?
2
```
"""


def page(monkeypatch, tmp_path, text):
    monkeypatch.setattr(consoles, "ROOT", tmp_path)
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    folder = tmp_path / "folder"
    folder.mkdir(exist_ok=True)
    return faults(path, folder)


def test_a_right_page_stays_as_it_is(monkeypatch, tmp_path):
    assert page(monkeypatch, tmp_path, PAGE) == ([], PAGE)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("one\n$", "two\n$"),
        ("one\n$", "$"),
        ("one\n$", "one\n\n$"),
        ("2\nno\n", "2\nyes\n"),
        ("$ echo $?\n2", "$ echo $?\n1"),
    ],
)
def test_a_stale_page_is_found_and_rewritten(monkeypatch, tmp_path, right, wrong):
    stale = PAGE.replace(right, wrong)
    assert stale != PAGE
    found, text = page(monkeypatch, tmp_path, stale)
    assert len(found) == 1
    assert "page.md:" in found[0]
    assert text == PAGE


def test_a_status_that_is_not_shown_is_found(monkeypatch, tmp_path):
    found, _ = page(monkeypatch, tmp_path, PAGE.replace("$ echo $?\n2\n", ""))
    assert found == ["page.md:9: at its end, status 2 is not shown"]
    found, _ = page(monkeypatch, tmp_path, PAGE.replace("$ echo $?\n2\n", "$ cat mine.txt\none\n"))
    assert found == ["page.md:14: before it, status 2 is not shown"]


def test_lines_are_left_out_only_of_a_long_text():
    long = [f"line {number}" for number in range(30)]
    assert fits(["line 0", "…", "line 29"], long)
    assert fits(["…", "line 14", "line 15", "…"], long)
    assert fits(["line 0", "…"], long)
    assert not fits(["line 1", "…", "line 29"], long)
    assert not fits(["line 0", "…", "line 28"], long)
    assert not fits(["line 0", "…", "line 5", "…"], long)
    assert not fits(["line 0", "…", "line 7", "line 9", "…"], long)
    assert not fits(["line 0", "…", "line 4"], long[:5])


def test_lines_left_out_are_left_out_of_the_page_rewritten():
    before = [f"line {number}: 0.{number}" for number in range(30)]
    now = [f"line {number}: 0.{number}1" for number in range(30)]
    shown = [*before[:2], "…", *before[12:14], "…", *before[28:]]
    assert fits(shown, before)
    assert rewritten(shown, now) == [*now[:2], "…", *now[12:14], "…", *now[28:]]
    assert rewritten(["…", before[29]], now) == ["…", now[29]]
    assert rewritten([before[0], "…"], now) == [now[0], "…"]


def test_a_command_may_go_on_in_the_next_line():
    text = "```console\n$ cat a \\\n    b\nc\n```\n"
    (command,) = commands(blocks(text)[0], "page")
    assert (command.text, command.shown) == ("cat a b", ["c"])
    assert command.prompt == ["$ cat a \\", "    b"]


def test_what_goes_to_the_shell_is_run_by_it(tmp_path):
    console = Console(tmp_path)
    assert console.printed("echo a > b; cat b") == ["a"]
    assert console.printed("backproof --version | cut -d ' ' -f 1") == ["backproof"]
    assert console.printed("false") == []
    assert console.printed("echo $?") == ["1"]


def test_errors_of_rounding_may_be_others_and_nothing_else():
    assert fits(["dW1  7.9e-17  0.0e+00  ok"], ["dW1  8.2e-17  1.1e-16  ok"])
    assert not fits(["dW1  7.9e-17  ok"], ["dW1  8.2e-07  ok"])
    assert not fits(["dW1  7.9e-07  ok"], ["dW1  8.2e-07  ok"])
    assert not fits(["dW1  7.9e-17  ok"], ["dW2  7.9e-17  ok"])
