"""The house: imports run downward, names are loaded when used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import backproof as bp

SOURCE = Path(bp.__file__).parent
FLOORS = [
    {"errors", "prose"},
    {"activations"},
    {"losses"},
    {"network"},
    {"files", "formula", "optimisers"},
    {"steps", "settings"},
    {"conventions", "program"},
    {"backprop"},
    {"engine", "verdict"},
    {"run"},
    {"problems", "training"},
    {"tables"},
    {"plots"},
    {"explain"},
    {"diagnosing", "marking"},
    {"cli"},
]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
MODULES = sorted(SOURCE.rglob("*.py"))


def imports(path):
    """The modules of the package that a file imports at its top, as names of the first level."""
    depth = len(path.relative_to(SOURCE).parts) - 1
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level == depth + 1:
            yield from (
                [node.module.split(".")[0]] if node.module else [alias.name for alias in node.names]
            )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_run_downward(path):
    own = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    if own in ("__init__", "__main__"):
        return
    for other in imports(path):
        if other in FLOOR:
            assert FLOOR[other] < FLOOR[own], f"{own} imports {other}"


def test_every_module_has_its_floor():
    assert {path.relative_to(SOURCE).parts[0].removesuffix(".py") for path in MODULES} - {
        "__init__",
        "__main__",
    } == set(FLOOR)


def loaded_by(code):
    text = f"import sys\n{code}\nprint(' '.join(sys.modules))"
    return set(
        subprocess.run(
            [sys.executable, "-c", text], capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_what_is_heavy_is_loaded_where_it_is_used():
    heavy = {"sympy", "flint", "matplotlib", "scipy", "sklearn"}
    assert not loaded_by("import backproof") & (heavy | {"numpy"})
    assert (
        not loaded_by(
            "import backproof as bp\nx, y = bp.load('xor')\nbp.train(bp.Network.random((2, 2, 1)),"
            " x, y, epochs=3)"
        )
        & heavy
    )
    assert not loaded_by("from backproof.cli import backproof") & (heavy | {"numpy"})
    derived = (
        "import backproof as bp\nd = bp.derive(bp.Network.random((2, 2, 1)), *bp.load('xor'),"
        " symbols=False)\nd.to_text(), d.to_dict()"
    )
    assert not loaded_by(derived) & heavy


def test_the_public_names():
    for name in bp.__all__:
        assert getattr(bp, name).__doc__
    assert set(bp.__all__) <= set(dir(bp))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = bp.nothing
    typed = next(
        node
        for node in ast.walk(ast.parse((SOURCE / "__init__.py").read_text()))
        if isinstance(node, ast.If)
    )
    assert {alias.name for node in typed.body for alias in node.names} | {"plots"} == set(
        bp.__all__
    )
