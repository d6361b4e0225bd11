"""No text of a user is run: not by Python, a browser, LaTeX, a spreadsheet or a terminal."""

import csv
import html.parser
import io
import re
import sys
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

import backproof as bp
from backproof.activations import ACTIVATIONS
from backproof.classroom.gradebook import _harmless
from backproof.cli import main
from backproof.losses import LOSSES
from backproof.prose import printable
from backproof.typesetting.document import Document, Heading, Paragraph, Picture, Strong, Table
from backproof.typesetting.html import notebook, page
from backproof.typesetting.latex import latex
from backproof.typesetting.markdown import markdown
from backproof.typesetting.paper import paper
from backproof.typesetting.pieces import Letter, Words

TOKEN = "run_by_accident"
CALL = f"__import__('os').system('{TOKEN}')"
TAG = f"<script>{TOKEN}()</script>"
COMMAND = rf"\input{{{TOKEN}}}\write18{{{TOKEN}}}$\def\{TOKEN}$"
ESCAPE = f"\x1b[31m{TOKEN}\x1b]0;{TOKEN}\x07\x9b2J\u202e"
CODES = (
    CALL, f"z + {CALL}", f"z[{CALL}]", f"z*(lambda: {CALL})()", f"{TOKEN}(z)", f"z.{TOKEN}",
    f"[{CALL} for z in (1,)]", f"f'{{{CALL}}}'", f"exp(z, {TOKEN}={CALL})", f"(z := {CALL})",
    f"Sum(z, {TOKEN})", f"Piecewise(({CALL}, True))", f"z if {CALL} else z", f"z\n{CALL}",
)  # fmt: skip


class Watch:
    """What Python compiled, ran or started while it watched, as far as `TOKEN` stands in it."""

    def __init__(self):
        self.on, self.seen = False, []
        sys.addaudithook(self.hear)

    def hear(self, event, arguments):
        if not self.on:
            return
        if event == "compile" and arguments[1] != "<unknown>":  # by that name text is only parsed
            self.keep(event, arguments[0])
        elif event == "exec":
            code = arguments[0]
            self.keep(event, (code.co_names, code.co_consts))
        elif event in ("os.system", "subprocess.Popen", "import"):
            self.keep(event, arguments[0])

    def keep(self, event, what):
        if TOKEN in str(what):
            self.seen.append((event, str(what)))


WATCH = Watch()


@pytest.fixture
def watched():
    """What Python ran of `TOKEN` in the test."""
    WATCH.seen.clear()
    WATCH.on = True
    yield WATCH.seen
    WATCH.on = False


def test_the_watch_sees_what_is_run(watched):
    exec(f"{TOKEN} = 1", {})
    assert {event for event, _ in watched} == {"compile", "exec"}


def everything(net, x, y):
    """Call what computes with a network's functions; what can't be used is refused."""
    for call in (
        lambda: bp.train(net, x, y, epochs=1),
        lambda: bp.derive(net, x, y).to_text(),
        lambda: bp.verify(net, x, y),
    ):
        with suppress(bp.InputError):
            call()


@pytest.mark.parametrize("text", CODES[:8])
def test_formulas_are_not_run(watched, xor, text):
    tanh = replace(ACTIVATIONS["tanh"], name="own")
    loss = replace(LOSSES["mse"], name="own")
    for changed in (
        {"activation": replace(tanh, formula=text)},
        {"activation": replace(tanh, derivative_formula=text)},
        {"activation": replace(tanh, formula=text, couples=True)},
        {"loss": replace(loss, formula=text)},
        {"loss": replace(loss, derivative_formula=text)},
    ):
        with suppress(bp.InputError):
            everything(bp.Network.random((2, 1, 1), seed=1, **changed), *xor)
    assert watched == []


@pytest.mark.parametrize("text", [CALL, "import", f"x; {TOKEN}", f"#{TOKEN}", f"{TOKEN}'"])
def test_names_of_functions_are_not_run(watched, xor, text):
    tanh = replace(ACTIVATIONS["tanh"], name=text, symbol=text)
    loss = replace(LOSSES["mse"], name=text, title=text)
    everything(bp.Network.random((2, 1, 1), seed=1, activation=tanh, loss=loss), *xor)
    assert watched == []


@pytest.mark.filterwarnings("ignore")
def test_answers_and_names_of_quantities_are_not_run(watched, net, xor):
    for text in CODES:
        for answers in ({text: 1.0}, {"delta2": text}, {"delta2": [[text]] * 4}):
            with suppress(bp.InputError):
                bp.check(answers, net, *xor)
        for option in ("convention", "learning_rate", "decimals"):
            with suppress(bp.InputError):
                bp.check({"loss": 1.0}, net, *xor, **{option: text})
        with suppress(bp.InputError):
            bp.derive(net, *xor, weight=text)
    assert watched == []


@pytest.mark.parametrize("option", ["--activation", "--loss", "--engine", "--optimiser", "--init"])
@pytest.mark.parametrize("text", [CALL, f".{TOKEN}", f"os.{TOKEN}", f"../{TOKEN}"])
def test_options_are_not_run(watched, tmp_path, monkeypatch, capsys, option, text):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["backproof", "train", option, text])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert watched == []
    assert capsys.readouterr().out == ""


def test_answers_in_files_are_not_run(watched, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for k, text in enumerate(CODES):
        (tmp_path / f"{k}.csv").write_text(f"problem;xor\nloss;{text}\n{text};1\n")
        (tmp_path / f"{k}.toml").write_text(f'problem = "xor"\nloss = """{text}"""\n')
    for path in sorted(tmp_path.iterdir()):
        monkeypatch.setattr("sys.argv", ["backproof", "check", path.name])
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code in (1, 2)
    assert "Traceback" not in capsys.readouterr().err
    assert watched == []


# pages


def document(text):
    """Return a document that has a text in every place that a text may have."""
    words = (text, Strong(text), Letter(text), Words(text), Letter(text[:1] or "x"))
    return Document(
        None,
        [
            Heading(1, (text,)),
            Heading(2, words),
            Paragraph(words),
            Paragraph(words, bullet=True),
            Table(((text,), words), ((words, (text,)),)),
            Picture("boundary", text),
        ],
    )


class Elements(html.parser.HTMLParser):
    """The elements of a page and their attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}


TEXTS = (
    TAG, f'"><img src=x onerror={TOKEN}()>', f"</title>{TAG}", f"</style>{TAG}", f"--><b>{TAG}",
    f"&lt;{TAG}", f"' onload='{TOKEN}", f"]]>{TAG}", f"\\{TAG}", f"$<{TAG}",
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_nothing_becomes_an_element_of_a_page(text):
    for paint in (page, notebook):
        plain = Elements(paint(document("words"), {"boundary": "<svg></svg>"}))
        found = Elements(paint(document(text), {"boundary": "<svg></svg>"}))
        assert found.tags == plain.tags
        assert found.attributes == plain.attributes


@pytest.mark.parametrize("text", [*TEXTS, f"[a](javascript:{TOKEN})", f"`{TAG}`", f"[{TOKEN}]: x"])
def test_nothing_becomes_an_element_in_markdown(text):
    written = markdown(document(text), {"boundary": "d.png"})
    unescaped = re.sub(r"\\[\\*_<`$&]", "", written)
    assert re.search(r"<[a-zA-Z/!]", unescaped) is None
    assert "](javascript" not in unescaped
    assert "`" not in re.sub(r"\$.*?\$", "", unescaped)
    assert "&lt;" not in re.sub(r"\$.*?\$", "", unescaped)


def test_the_path_of_a_picture_stays_a_path_in_markdown():
    written = markdown(document("words"), {"boundary": "my plot (1).png"})
    assert "![words](my%20plot%20%281%29.png)" in written


@pytest.mark.parametrize("text", [COMMAND, "%", "#1", "a}b{c", r"\\", "^^5c", "~", "a&b"])
def test_nothing_becomes_a_command_of_latex(text):
    plain = set(re.findall(r"\\[a-zA-Z]+", paper(document("words"), {"boundary": "d.pdf"})))
    written = paper(document(text), {"boundary": "d.pdf"})
    ours = {r"\textbackslash", r"\textasciitilde", r"\textasciicircum", r"\text"}
    assert set(re.findall(r"\\[a-zA-Z]+", written)) <= plain | ours
    assert re.search(r"(?<!\\)[%#]", written.partition(r"\begin{document}")[2]) is None
    assert "^^" not in written


def test_a_name_in_mathematics_is_no_command():
    assert latex(Letter(r"\input{x}")) == r"\mathrm{\text{\textbackslash}input\{x\}}"
    assert latex(Letter("%")) == r"\%"
    assert latex(Words(r"\x")) == r"\text{\text{\textbackslash}x}"
    assert latex(Letter("<b>")) == r"\mathrm{{<}b>}"


def test_a_derivation_of_data_with_such_names(net, xor):
    found = Elements(page(bp.derive(net, *xor, problem=" ".join(TEXTS)).document, {}))
    assert "script" not in found.tags
    assert not {"onerror", "onload"} & found.attributes


# spreadsheets, terminals, pictures


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_name_becomes_a_formula_of_a_spreadsheet(sign):
    text = f"{sign}HYPERLINK({TOKEN})"
    assert _harmless(text) == f"'{text}"
    assert next(csv.reader(io.StringIO(f'"{_harmless("a")}"'))) == ["a"]


def test_what_steers_a_terminal_is_shown_as_no_character():
    assert printable("a\x1b[31m\r\x07b\tc\nd\x7f") == "a�[31m��b\tc\nd�"
    assert printable(ESCAPE).replace("\n", "").isprintable()
    assert printable("é Σ 名 −") == "é Σ 名 −"


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "--epochs", 2, "--out", "r"],
        ["derive", "--no-pager", "--problem"],
        ["predict", "n.json"],
    ],
)
def test_names_from_files_do_not_steer_a_terminal(tmp_path, monkeypatch, capsys, net, arguments):
    name = f"t{ESCAPE}.csv"
    rows = [f"0.{k},0.{9 - k},{'a' if k % 2 else 'b'}{ESCAPE}" for k in range(1, 9)]
    table = "\n".join([f"{ESCAPE}x,y,z{ESCAPE}", *rows, ""])
    (tmp_path / name).write_text(table, encoding="utf-8")
    net.to_json(tmp_path / "n.json")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["backproof", *map(str, [*arguments, name])])
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *a, **o: False)
    with pytest.raises(SystemExit):
        main()
    for said in capsys.readouterr():
        assert not set(said) & set("\x1b\x07\x9b\u202e")


@pytest.mark.parametrize("field", ["name", "symbol"])
@pytest.mark.parametrize("text", ["a\nb", ESCAPE, 5, None, "\0"])
def test_the_name_of_a_function_is_a_text_on_one_line(field, text):
    with pytest.raises(bp.InputError, match="the name of an activation must be a text on one line"):
        replace(ACTIVATIONS["tanh"], **{field: text})
    with pytest.raises(bp.InputError, match="the name of a loss must be a text on one line"):
        replace(LOSSES["mse"], name=text)


@pytest.mark.parametrize("text", [r"$\frac{1}{", "$x_{$", r"\$", "$$", ESCAPE, "_x", TAG])
def test_names_in_pictures_are_no_formulas(text):
    from matplotlib.figure import Figure

    names, y = (text, f"b{text}"), np.array([[0.0], [1], [1], [0]])
    figure = Figure()
    net, x = bp.Network.random((2, 2, 1), seed=1), bp.load("xor")[0]
    bp.plots.boundary(net, x, y, figure.add_subplot(), names=names, classes=names)
    written = io.StringIO()
    figure.savefig(written, format="svg")
    assert "script" not in Elements(written.getvalue()).tags
