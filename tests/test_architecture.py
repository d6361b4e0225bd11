"""The house: imports run downward, facts about a function stand on its record, names are loaded
when used.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import backproof as bp
from backproof.activations import ACTIVATIONS
from backproof.losses import LOSSES
from house import SOURCE, circles, files, imports, names_of

NAMES = {*ACTIVATIONS, *LOSSES}
PAGE = Path(__file__).parent.parent / "docs" / "design.md"


def order():
    """Return the files from the ground up, as the page of the house lists them."""
    block = re.search(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    return re.findall(r"^  (\S+\.py)", block, re.MULTILINE)


def test_every_file_has_its_floor():
    listed = order()
    assert len(set(listed)) == len(listed)
    assert set(listed) == set(files())


@pytest.mark.parametrize("name", sorted(files()))
def test_imports_run_downward(name):
    floor = {file: place for place, file in enumerate(order())}
    for other in imports()[name]:
        assert floor[other] < floor[name], f"{name} imports {other}"


def test_there_are_no_circles():
    assert circles(imports()) == []


@pytest.mark.parametrize(
    "text",
    [
        "from .run import Run",
        "from ..training.run import Run",
        "from ..training import run",
        "from backproof.training.run import Run",
        "from backproof.training import run",
        "import backproof.training.run",
        "def load():\n    from ..training.run import Run",
        "if TYPE_CHECKING:\n    from ..training.run import Run",
        "class A:\n    def b(self):\n        import backproof.training.run as r",
        "import_module('backproof.training.run')",
        "importlib.import_module('.run', __name__)",
        "import_module(f'.{name}', __name__)",
    ],
)
def test_an_import_is_seen_wherever_it_stands(text):
    found = {"/".join(parts) for parts in names_of(text, "training/other.py")}
    assert "training/run" in found


def test_a_name_that_cant_be_read_is_refused():
    with pytest.raises(AssertionError, match="whose name its text doesn't say"):
        list(names_of("import_module(name)", "training/other.py"))
    with pytest.raises(AssertionError, match="whose name its text doesn't say"):
        list(names_of("import_module(f'..{name}', __name__)", "training/other.py"))


def test_circles_are_found():
    assert circles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}) == [["a", "b", "c"]]


# words that are the name of a record, and mean something else where they stand
HOMONYMS = {
    ("arithmetic/elementary.py", "tanh"),  # the elementary function
    ("typesetting/latex.py", "tanh"),  # its command in LaTeX
    ("proof/found.py", "identity"),  # the chain rule's identity, a key of the JSON
}


def asked_by_name(text):
    """Yield the names of activations and losses that stand in a text of Python as strings, default
    values of arguments apart.
    """
    tree = ast.parse(text)
    defaults = {
        id(default)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for default in (*node.args.defaults, *node.args.kw_defaults)
    }
    for node in ast.walk(tree):
        value = getattr(node, "value", None)
        if isinstance(node, ast.Constant) and id(node) not in defaults and value in NAMES:
            yield value


def test_nobody_else_asks_for_a_function_by_its_name():
    found = {
        (name, asked)
        for name, path in files().items()
        if name not in ("activations.py", "losses.py")
        for asked in asked_by_name(path.read_text(encoding="utf-8"))
    }
    assert found == HOMONYMS


def test_asking_by_name_is_found():
    assert list(asked_by_name("def f(loss='bce'):\n    return loss == 'mse'")) == ["mse"]


def loaded_by(code):
    text = f"import sys\n{code}\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


HEAVY = {"sympy", "flint", "matplotlib", "scipy", "sklearn"}
TRAINED = """
import backproof as bp
x, y = bp.load('xor')
bp.train(bp.Network.random((2, 2, 1)), x, y, epochs=3)
"""
DERIVED = """
import backproof as bp
d = bp.derive(bp.Network.random((2, 2, 1)), *bp.load('xor'), symbols=False)
d.to_text(), d.to_dict()
"""


def test_what_is_heavy_is_loaded_where_it_is_used():
    assert not loaded_by("import backproof") & (HEAVY | {"numpy"})
    assert not loaded_by("from backproof.cli import backproof") & (HEAVY | {"numpy"})
    assert not loaded_by(TRAINED) & HEAVY
    assert not loaded_by(DERIVED) & HEAVY


def test_the_public_names():
    for name in bp.__all__:
        assert getattr(bp, name).__doc__
    assert set(bp.__all__) <= set(dir(bp))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = bp.nothing


def test_the_public_names_are_typed_as_they_are_loaded():
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    typed = next(node for node in ast.walk(tree) if isinstance(node, ast.If))
    assert {alias.name for node in typed.body for alias in node.names} == set(bp.__all__)


def test_no_module_takes_the_place_of_a_public_function():
    modules = {Path(name).parts[0].removesuffix(".py") for name in files()} - {"plots"}
    assert not modules & set(bp.__all__)


FIRST = """
import numpy as np, backproof as bp
net = bp.Network([bp.Layer([[1.0, 2.0], [3.0, 4.0]], [0.5, 0.6]), bp.Layer([[1.0], [2.0]], [0.0])])
x, y = np.array([[0.0, 0.0], [0.0, 1.0]]), np.array([[0.0], [1.0]])
"""


@pytest.mark.parametrize(
    "call",
    [
        "bp.check({'delta2': [[0.9], [-0.1]]}, net, x, y)",
        "bp.verify(net, x, y)",
        "bp.derive(net, x, y).to_text()",
        "bp.backward(net, x, y)",
        "bp.diagnose(bp.train(net, x, y, epochs=2))",
        "bp.check_code(lambda x, y, W1, b1, W2, b2: {'z1': x @ W1 + b1})",
    ],
)
def test_every_function_may_be_the_first(call):
    subprocess.run([sys.executable, "-c", FIRST + call], check=True)
