"""The house as its files tell: who imports whom, wherever the import stands, and the figures of how
it reads.
"""

import ast
import functools
from pathlib import Path

import backproof

SOURCE = Path(backproof.__file__).parent
PACKAGE = SOURCE.name
DYNAMIC = ("import_module", "__import__", "run_module")


def files():
    """Return every file of the package by its name, ``training/run.py``."""
    return {str(path.relative_to(SOURCE)): path for path in sorted(SOURCE.rglob("*.py"))}


def file_of(parts):
    """Return the file of a module by the parts of its name within the package, None if there is
    none.
    """
    whole = "/".join(parts).removesuffix("/__init__")
    for name in (f"{whole}.py" if parts else "__init__.py", f"{whole}/__init__.py"):
        if (SOURCE / name).is_file():
            return name
    return None


def names_of(text, name):
    """Yield the modules that a file's text names: in import statements anywhere in it, and in texts
    given to `import_module`.

    Each is a tuple of parts within the package. A name taken from a package may be a module of it.
    """
    here = Path(name).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = tuple(alias.name.split("."))
                if whole[0] == PACKAGE:
                    yield whole[1:]
        elif isinstance(node, ast.ImportFrom):
            start = _start(node, here)
            if start is not None:
                yield from _taken(start, node)
        elif isinstance(node, ast.Call) and _called(node) in DYNAMIC:
            yield from _dynamic(node, here)


def _start(node, here):
    """Return the parts of the module that an import takes from, None where that is another
    package's.
    """
    module = tuple(node.module.split(".")) if node.module else ()
    if node.level:
        return (*here[: len(here) - node.level + 1], *module)
    return module[1:] if module[:1] == (PACKAGE,) else None


def _taken(start, node):
    inside = [alias.name for alias in node.names if file_of((*start, alias.name))]
    yield from ((*start, name) for name in inside)
    if len(inside) < len(node.names):
        yield start


def _called(node):
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _dynamic(node, here):
    """Yield what a call of `import_module` may load: the module of a whole name; of a name put
    together, as ``f".{name}"``, any module in the package of the file.
    """
    first = node.args[0]
    if isinstance(first, ast.Constant):
        parts = tuple(part for part in first.value.split(".") if part)
        if first.value.startswith("."):
            yield (*here, *parts)
        elif parts[0] == PACKAGE:
            yield parts[1:]
    elif _is_within(node):
        for other in sorted(SOURCE.joinpath(*here).rglob("*.py")):
            yield other.relative_to(SOURCE).with_suffix("").parts
    else:
        place = "/".join(here)
        raise AssertionError(f"a file in {place} loads a module whose name its text doesn't say")


def _is_within(node):
    """Whether a call is ``import_module(f".…", __name__)``: of a module in the same package."""
    first, *rest = node.args
    start = first.values[0] if isinstance(first, ast.JoinedStr) else None
    dotted = isinstance(start, ast.Constant) and start.value.startswith(".")
    here = rest and isinstance(rest[0], ast.Name) and rest[0].id == "__name__"
    return dotted and not start.value.startswith("..") and bool(here)


@functools.lru_cache(maxsize=1)
def imports():
    """Return for each file the files that it imports."""
    found = {}
    for name, path in files().items():
        text = path.read_text(encoding="utf-8")
        others = {file_of(parts) for parts in names_of(text, name)}
        found[name] = sorted(other for other in others if other and other != name)
    return found


def circles(arrows):
    """Return the groups of files that import each other, each sorted: strongly connected parts of
    the graph (Tarjan 1972).
    """
    index, low, stack, found = {}, {}, [], []

    def visit(name):
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in arrows[name]:
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in arrows:
        if name not in index:
            visit(name)
    return found


def floors(arrows):
    """Return the floor of each file, 0 for one that imports none: one above the highest that it
    imports (circles count once).
    """
    groups = {name: tuple(group) for group in circles(arrows) for name in group}
    known = {}

    def floor(key):
        if key not in known:
            known[key] = 0
            members = key if isinstance(key, tuple) else (key,)
            below = {groups.get(other, other) for name in members for other in arrows[name]} - {key}
            known[key] = 1 + max(map(floor, below), default=-1)
        return known[key]

    return {name: floor(groups.get(name, name)) for name in arrows}
