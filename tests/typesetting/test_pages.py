"""The pages as their readers open them: LaTeX is compiled, HTML opened in Chromium and printed."""

import shutil
import subprocess

import numpy as np
import pytest

import backproof as bp
from backproof.typesetting.document import Document
from backproof.typesetting.notation import Notation
from backproof.typesetting.paper import paper
from backproof.typesetting.pieces import Brace, Letter, Words

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
KINDS = ("2-2-1", "three layers", "softmax", "mse", "64-64-10")


@pytest.fixture(params=KINDS, ids=lambda name: name.replace(" ", "-"))
def derived(request, xor):
    x, y = xor
    rng = np.random.default_rng(0)
    points, kinds = rng.normal(size=(5, 2)).round(2), np.eye(3)[[0, 1, 2, 1, 0]]
    digits = rng.random((20, 64)), np.eye(10)[rng.integers(0, 10, 20)]
    random = bp.Network.random
    three = random((2, 2, 2, 1), activation=["tanh", "relu"], seed=1)
    soft = random((2, 3, 3), activation="gelu", output="softmax", seed=1)
    squares = random((2, 2, 1), activation="leaky_relu", loss="mse", seed=1)
    wide = random((64, 64, 10), output="softmax", init="glorot")
    net, x, y = {
        "2-2-1": (random((2, 2, 1)), x, y),
        "three layers": (three, x, y),
        "softmax": (soft, points, kinds),
        "mse": (squares, x, y),
        "64-64-10": (wide, *digits),
    }[request.param]
    return bp.derive(net, x, y, columns=request.param == "mse", problem="100% A&B_c#{}~^\\")


needs_latex = pytest.mark.skipif(
    shutil.which("pdflatex") is None,
    reason="needs LaTeX: Debian's texlive-latex-recommended and lmodern",
)


@needs_latex
def test_latex_compiles_as_it_is(derived, tmp_path):
    for each in (derived, bp.derive(derived.net, derived.x, derived.y, weight="W1[1,1]")):
        each.save(tmp_path / "page.tex")
        compiled(tmp_path)
        assert (tmp_path / "page.pdf").stat().st_size > 20_000


@needs_latex
def test_latex_compiles_with_any_character(tmp_path):
    strange = [chr(code) for code in (*range(0xA1, 0x180), *range(0x370, 0x400))]
    strange += ["e\u0301", "\u0301", "中", "😀", "∇", "∞", "ᵢ", "₁", "\\", "^", "~", "_", "{"]
    document = Document(Notation())
    document.heading(1, "".join(strange))
    document.say("".join(strange))
    for text in strange:
        shown = [Letter(text + text), Words(text), Brace(Letter("a"), text)]
        document.show(Letter(text), shown)
    (tmp_path / "page.tex").write_text(paper(document, {}), encoding="utf-8")
    log = compiled(tmp_path)
    assert "Missing character" not in log


def test_greek_and_accents_stay_and_what_no_font_has_is_marked():
    document = Document(Notation())
    document.heading(1, "title")
    document.say("λ ő 中")
    document.show(Letter("μ"), [Letter("λx")])
    text = paper(document, {})
    assert r"\ensuremath{\lambda} \text{ő} ?" in text
    assert r"\ensuremath{\mu}" in text
    assert r"\mathrm{\ensuremath{\lambda}x}" in text


def compiled(folder):
    """Compile page.tex in a folder; return the log."""
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "page.tex"]
    options = {"capture_output": True, "stdin": subprocess.DEVNULL, "timeout": 120}
    done = subprocess.run(command, cwd=folder, **options)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    return done.stdout.decode(errors="replace")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield found
        found.close()


MIDDLES_OF_LABELLED_ROWS = """
[...document.querySelectorAll('mtable.grid mtr')].filter(row => row.querySelector('.label'))
    .map(row => [...row.children].map(cell => {
        const box = cell.firstElementChild.getBoundingClientRect();
        return (box.top + box.bottom) / 2;
    }))
"""
RIGHT_END_OF_THE_EQUATIONS = """
Math.max(...[...document.querySelectorAll('.equation math')]
    .map(math => math.getBoundingClientRect().right))
"""
WIDTHS_OF_LABELS = """
[...document.querySelectorAll('mtd.label')].map(cell => cell.getBoundingClientRect().width)
"""


@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")
@pytest.mark.parametrize("notebook", [False, True])
def test_html_on_a_phone(xor, tmp_path, browser, notebook):
    """Labels of rows are whole, the page doesn't scroll sideways, pictures have their right end."""
    derived = bp.derive(bp.Network.random((2, 2, 1)), *xor)
    html = derived.to_html()
    if notebook:
        viewport = '<meta name="viewport" content="width=device-width">'
        html = f"<!DOCTYPE html><meta charset=utf-8>{viewport}{derived._repr_html_()}"
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto((tmp_path / "page.html").as_uri())
    widths = page.evaluate(WIDTHS_OF_LABELS)
    assert len(widths) > 20
    assert max(widths) - min(widths) < 1  # a label that is cut is narrower: all have as many signs
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")
def test_html_in_the_browser(derived, tmp_path, browser):
    derived.save(tmp_path / "page.html")
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto((tmp_path / "page.html").as_uri())
    assert asked == [(tmp_path / "page.html").as_uri()]
    assert complaints == []
    assert page.evaluate("document.querySelectorAll('math').length") > 50
    assert page.evaluate("document.querySelectorAll('merror').length") == 0
    # the page itself never scrolls sideways; a wide equation does within its own box
    assert page.evaluate("document.documentElement.scrollWidth") <= 1000
    # numbers of a labelled matrix stand at the right, level with their labels
    rows = page.evaluate(MIDDLES_OF_LABELLED_ROWS)
    assert rows or derived.options.convention.columns  # there rows are units, and have no labels
    assert max((max(row) - min(row) for row in rows), default=0) < 8
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(set(ids)) == len(ids)
    page.pdf(path=tmp_path / "page.pdf", format="A4", prefer_css_page_size=True)
    assert (tmp_path / "page.pdf").stat().st_size > 20_000
    page.emulate_media(media="print")
    # the width of A4 within its margins, 178 mm
    page.set_viewport_size({"width": 673, "height": 900})
    widest = page.evaluate(RIGHT_END_OF_THE_EQUATIONS)
    assert widest <= 673 + 20
    page.close()
