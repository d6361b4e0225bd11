"""Steps as a program: the formulas written out as straight-line NumPy, which is then run.

``print(source(steps(net), ["dW2"], ["x", "y", "m"]))`` shows the program: it is what one would
write by hand. So the loop that trains and the record that explains are the same equations, and
training pays for none of the quantities that it doesn't need. Programs are remembered by the
structure that their steps belong to.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import Any

from .formula import Formula
from .rewriting import names
from .steps import Step, steps
from .structure import Structure, Structured

Names = Sequence[str]


def steps_for(given: Sequence[Step], wanted: Names) -> list[Step]:
    """Return the steps that `wanted` depend on, in their order."""
    wanting = set(wanted)
    kept = []
    for step in reversed(given):
        if step.name in wanting:
            wanting |= set(names(step.numerical))
            kept.append(step)
    return kept[::-1]


def source(given: Sequence[Step], wanted: Names, arguments: Names) -> str:
    """Return the text of a function `program` of `arguments` that returns what is `wanted`."""
    lines = [f"    {line}" for line in _lines(given, wanted)]
    top = f"def program({', '.join(arguments)}):"
    return "\n".join([top, *lines, f"    return {', '.join(wanted)},", ""])


def repeated_source(given: Sequence[Step], wanted: Names, arguments: Names) -> str:
    """Return the text of a generator `program` that is sent `arguments` and yields `wanted`, again
    and again.

    Its variables live on from one time to the next, so their memory is at hand for the next arrays:
    with arrays of a megabyte that halves the time, which else goes to asking the system for fresh
    memory.
    """
    lines = [f"        {line}" for line in _lines(given, wanted)]
    received = f"        {', '.join(arguments)}, = yield result"
    top = ["def program():", "    result = None", "    while True:", received]
    return "\n".join([*top, *lines, f"        result = {', '.join(wanted)},", ""])


def _lines(given: Sequence[Step], wanted: Names) -> list[str]:
    return [f"{step.name} = {step.numerical}" for step in steps_for(given, wanted)]


@functools.lru_cache(maxsize=512)
def _code(
    structure: Structure, wanted: tuple[str, ...], arguments: tuple[str, ...], repeated: bool
) -> CodeType:
    text = (repeated_source if repeated else source)(steps(structure), wanted, arguments)
    return compile(text, "<the steps of backproof>", "exec")


def program(
    of: Structured, wanted: Names, arguments: Names, known: Mapping[str, Any]
) -> Callable[..., tuple[Any, ...]]:
    """Return the function of `source`, for the steps of a structure.

    `known` gives the functions that it calls and the arrays that don't change.
    """
    return _defined(_code(of.structure, tuple(wanted), tuple(arguments), False), known)


def repeated_program(
    of: Structured, wanted: Names, arguments: Names, known: Mapping[str, Any]
) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Return a function of one tuple of `arguments` that runs `repeated_source`, for loops."""
    generator = _defined(_code(of.structure, tuple(wanted), tuple(arguments), True), known)()
    next(generator)
    made: Callable[[tuple[Any, ...]], tuple[Any, ...]] = generator.send
    return made


def _defined(code: CodeType, known: Mapping[str, Any]) -> Any:
    namespace = dict(known)
    exec(code, namespace)
    return namespace["program"]


@functools.lru_cache(maxsize=1024)
def _expression(text: str) -> CodeType:
    return compile(text, "<a step of backproof>", "eval")


def evaluate(formula: Formula, values: Mapping[str, Any]) -> Any:
    """Return the value of one formula; `values` holds what it names, functions too."""
    # with Python's own builtins, since NumPy imports parts of itself when they are first used
    return eval(_expression(formula.text), dict(values))
