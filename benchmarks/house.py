"""How the house stands and reads: files, lines, circles, floors, the longest and the most complex
function.

    python benchmarks/house.py

PYTHONPATH chooses another package to be measured.
"""

import ast
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from house import circles, files, floors, imports

BRANCHES = (
    ast.If, ast.For, ast.While, ast.ExceptHandler, ast.comprehension, ast.match_case, ast.IfExp,
    ast.Assert,
)  # fmt: skip


def functions(tree):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def complexity(function):
    """One more than the branches of a function, each operand of `and` and `or` beyond the first
    counted.
    """
    count = 1
    for node in ast.walk(function):
        if isinstance(node, ast.BoolOp):
            count += len(node.values) - 1
        elif isinstance(node, BRANCHES):
            count += 1
    return count


def conditionals(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.IfExp)]


def nested(tree):
    """Count the conditional expressions that stand within another."""
    return len({inner for outer in conditionals(tree) for inner in conditionals(outer)[1:]})


def comments(text):
    return sum(line.lstrip().startswith("#") for line in text.splitlines())


def multiplied(tree):
    """Count the texts that are multiplied, but for those that are so by a number."""
    products = [
        (node.left, node.right)
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
    ]
    return sum(any(map(is_text, sides)) and not any(map(is_number, sides)) for sides in products)


def is_text(node):
    constant = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return constant or isinstance(node, ast.JoinedStr)


def is_number(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def of_files(every):
    """Return the figures of the files: how many, how large, how they stand on each other."""
    arrows = imports()
    groups = circles(arrows)
    largest, name = max((len(text.splitlines()), name) for name, text in every.items())
    return {
        "files": len(every),
        "lines": sum(len(text.splitlines()) for text in every.values()),
        "largest file": f"{largest} {name}",
        "circles": f"{len(groups)} of {sum(map(len, groups))} files",
        "floors": max(floors(arrows).values()) + 1,
    }


def of_functions(trees):
    """Return the figures of the functions: how long, how complex."""
    found = [(f"{name}:{one.name}", one) for name, tree in trees.items() for one in functions(tree)]
    lengths = {name: one.end_lineno - one.lineno + 1 for name, one in found}
    complexities = {name: complexity(one) for name, one in found}
    longest, most = max(lengths, key=lengths.get), max(complexities, key=complexities.get)
    return {
        "functions": len(found),
        "median length": statistics.median(lengths.values()),
        "longest function": f"{lengths[longest]} {longest}",
        "mean complexity": round(statistics.mean(complexities.values()), 2),
        "most complex": f"{complexities[most]} {most}",
    }


def of_lines(every, trees):
    """Return the figures of how the lines read."""
    lines = [line for text in every.values() for line in text.splitlines()]
    over = sum(len(line) > 100 for line in lines)
    count = sum(len(conditionals(tree)) for tree in trees.values())
    remarks = sum(map(comments, every.values()))
    return {
        "lines over 100": f"{over} ({100 * over / len(lines):.1f}%)",
        "conditional expressions": f"{count} ({1000 * count / len(lines):.0f} in a thousand lines)",
        "nested ones": sum(map(nested, trees.values())),
        "texts multiplied by a condition": sum(map(multiplied, trees.values())),
        "comment lines": f"{100 * remarks / len(lines):.1f}%",
    }


def main():
    every = {name: path.read_text(encoding="utf-8") for name, path in files().items()}
    trees = {name: ast.parse(text) for name, text in every.items()}
    rows = of_files(every) | of_functions(trees) | of_lines(every, trees)
    for name, value in rows.items():
        print(f"{name:<34} {value}")
    for circle in circles(imports()):
        print("circle:", ", ".join(circle))


if __name__ == "__main__":
    main()
