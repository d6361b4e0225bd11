"""Steps as a program: the formulas written out as straight-line NumPy, which is then run.

``print(source(steps(net), ["dW2"], ["x", "y", "m"]))`` shows the program: it is what one would
write by hand. So the loop that trains and the record that explains are the same equations, and
training pays for none of the quantities that it doesn't need.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import Any

from .formula import Formula, names, numpy_text
from .steps import Step


def needed(given: Sequence[Step], wanted: Sequence[str]) -> list[Step]:
    """Return the steps that `wanted` depend on, in their order."""
    wanting = set(wanted)
    kept = []
    for step in reversed(given):
        if step.name in wanting:
            wanting |= set(names(step.numerical))
            kept.append(step)
    return kept[::-1]


def source(given: Sequence[Step], wanted: Sequence[str], arguments: Sequence[str]) -> str:
    """Return the text of a function `program` of `arguments` that returns the `wanted` quantities
    as a tuple.
    """
    lines = [f"    {line}" for line in _lines(given, wanted)]
    return "\n".join(
        [f"def program({', '.join(arguments)}):", *lines, f"    return {', '.join(wanted)},", ""]
    )


def repeated_source(given: Sequence[Step], wanted: Sequence[str], arguments: Sequence[str]) -> str:
    """Return the text of a generator `program` that is sent a tuple of `arguments`, again and
    again, and yields `wanted` each time.

    Its variables live on from one time to the next, so their memory is at hand for the next arrays:
    with arrays of a megabyte that halves the time, which else goes to asking the system for fresh
    memory.
    """
    lines = [f"        {line}" for line in _lines(given, wanted)]
    top = [
        "def program():",
        "    result = None",
        "    while True:",
        f"        {', '.join(arguments)}, = yield result",
    ]
    return "\n".join([*top, *lines, f"        result = {', '.join(wanted)},", ""])


def _lines(given: Sequence[Step], wanted: Sequence[str]) -> list[str]:
    return [f"{step.name} = {numpy_text(step.numerical)}" for step in needed(given, wanted)]


@functools.lru_cache(maxsize=256)
def _compiled(text: str, mode: str) -> CodeType:
    return compile(text, "<the steps of backproof>", mode)


def program(
    given: Sequence[Step], wanted: Sequence[str], arguments: Sequence[str], known: Mapping[str, Any]
) -> Callable[..., tuple[Any, ...]]:
    """Return the function of `source`; `known` gives the functions that it calls and the arrays
    that don't change.
    """
    made: Callable[..., tuple[Any, ...]] = _defined(source(given, wanted, arguments), known)
    return made


def repeated_program(
    given: Sequence[Step], wanted: Sequence[str], arguments: Sequence[str], known: Mapping[str, Any]
) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Return a function of one tuple of `arguments` that runs `repeated_source`, for loops."""
    generator = _defined(repeated_source(given, wanted, arguments), known)()
    next(generator)
    made: Callable[[tuple[Any, ...]], tuple[Any, ...]] = generator.send
    return made


def _defined(text: str, known: Mapping[str, Any]) -> Any:
    namespace = dict(known)
    exec(_compiled(text, "exec"), namespace)
    return namespace["program"]


def evaluate(formula: Formula, values: Mapping[str, Any]) -> Any:
    """Return the value of one formula; `values` holds the quantities and the functions that it
    names.
    """
    return eval(_compiled(numpy_text(formula), "eval"), {}, dict(values))
