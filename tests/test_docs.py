"""The documentation: it builds, its code runs, it fetches nothing, and the map of the notes is
true.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import backproof as bp

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    out = tmp_path_factory.mktemp("docs")
    sphinx = [sys.executable, "-m", "sphinx", "-q", "-W"]
    command = [*sphinx, "-d", str(out / "doctrees"), str(DOCS), str(out / "html")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-3000:]
    return {path.stem: path.read_text(encoding="utf-8") for path in (out / "html").glob("*.html")}


def test_the_pages_run_and_fetch_nothing(pages):
    assert {"index", "derivation", "slips", "read", "prove", "notes"} <= set(pages)
    for name, text in pages.items():
        fetched = re.findall(r'<(?:script|img|link|iframe)[^>]*(?:src|href)="(https?:[^"]*)"', text)
        assert fetched == [], name
        assert "MathJax" not in text
    assert "how wrong" in pages["read"]
    assert "swirl: the derivative given is sin(z)" in pages["prove"]


def test_the_equations_have_the_numbers_that_the_program_cites(pages):
    text = pages["derivation"]
    assert re.findall(r'id="equation-eq-(\d+)"', text) == [str(number) for number in range(1, 12)]
    assert re.findall(r">\((\d+)\)</span>", text) == [str(number) for number in range(1, 12)]


def test_every_line_of_the_notes_stands_where_the_map_says(xor):
    lines = (DOCS / "notes.md").read_text(encoding="utf-8").splitlines()
    rows = [line.split(" | ") for line in lines if line.startswith("| ")][1:]
    text = " ".join(bp.derive(bp.Network.random((2, 2, 1)), *xor, problem="xor").to_text().split())
    found = 0
    for notes, place in rows:
        phrase = re.fullmatch(r"`(.*)` \|", place)
        if phrase is None:
            assert "picture `trained`" in place
            continue
        assert phrase[1] in text, notes
        found += 1
    assert found > 60
