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
    ast.If,
    ast.For,
    ast.While,
    ast.ExceptHandler,
    ast.With,
    ast.comprehension,
    ast.match_case,
    ast.BoolOp,
    ast.IfExp,
    ast.Assert,
)


def functions(tree):
    return [
        node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


def complexity(function):
    """One more than the branches of a function, each operand of `and` and `or` beyond the first
    counted.
    """
    count = 1
    for node in ast.walk(function):
        if isinstance(node, ast.BoolOp):
            count += len(node.values) - 1
        elif isinstance(node, BRANCHES) and not isinstance(node, ast.With):
            count += 1
    return count


def nested(tree):
    """Count the conditional expressions that stand within another."""
    inner = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.IfExp):
            inner |= {
                other
                for other in ast.walk(node)
                if isinstance(other, ast.IfExp) and other is not node
            }
    return len(inner)


def comments(text):
    return sum(line.lstrip().startswith("#") for line in text.splitlines())


def multiplied(tree):
    """Count the texts that are multiplied by a condition."""
    return sum(
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Mult)
        and any(
            isinstance(side, (ast.Constant, ast.JoinedStr))
            and isinstance(getattr(side, "value", ""), str)
            for side in (node.left, node.right)
        )
        and not any(
            isinstance(side, (ast.Constant)) and isinstance(side.value, (int, float))
            for side in (node.left, node.right)
        )
        for node in ast.walk(tree)
    )


def main():
    every = {name: path.read_text(encoding="utf-8") for name, path in files().items()}
    trees = {name: ast.parse(text) for name, text in every.items()}
    lines = [line for text in every.values() for line in text.splitlines()]
    found = [(name, one) for name, tree in trees.items() for one in functions(tree)]
    lengths = {f"{name}:{one.name}": one.end_lineno - one.lineno + 1 for name, one in found}
    complex_ = {f"{name}:{one.name}": complexity(one) for name, one in found}
    arrows = imports()
    conditional = sum(
        isinstance(node, ast.IfExp) for tree in trees.values() for node in ast.walk(tree)
    )
    longest, most = max(lengths, key=lengths.get), max(complex_, key=complex_.get)
    over = sum(len(line) > 100 for line in lines)
    rows = {
        "files": len(every),
        "lines": len(lines),
        "largest file": (
            max(f"{text.count(chr(10))} {name}".zfill(40) for name, text in every.items()).lstrip(
                "0"
            )
        ),
        "circles": f"{len(circles(arrows))} of {sum(map(len, circles(arrows)))} files",
        "floors": max(floors(arrows).values()) + 1,
        "functions": len(found),
        "median length": statistics.median(lengths.values()),
        "longest function": f"{lengths[longest]} {longest}",
        "mean complexity": round(statistics.mean(complex_.values()), 2),
        "most complex": f"{complex_[most]} {most}",
        "lines over 100": f"{over} ({100 * over / len(lines):.1f}%)",
        "conditional expressions": (
            f"{conditional} ({1000 * conditional / len(lines):.0f} in a thousand lines)"
        ),
        "nested ones": sum(map(nested, trees.values())),
        "texts multiplied by a condition": sum(map(multiplied, trees.values())),
        "comment lines": f"{100 * sum(map(comments, every.values())) / len(lines):.1f}%",
    }
    for name, value in rows.items():
        print(f"{name:<34} {value}")
    for circle in circles(arrows):
        print("circle:", ", ".join(circle))


if __name__ == "__main__":
    main()
