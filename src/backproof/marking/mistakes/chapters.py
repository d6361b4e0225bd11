"""The catalogue of mistakes as a page: for each its id, its name, the wrong formula beside the
right one, and what it teaches.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...activations import SIGMOID, SOFTMAX
from ...losses import BCE, HALF_MSE, MSE
from ...network import Network
from ...steps import steps
from .catalogue import MISTAKES, Mistake
from .places import OF_XOR, Place, readable

INTRODUCTION = """# Known mistakes

Each is a formula that goes wrong in one known way; `backproof check` computes it exactly \
on your numbers and compares. Where several
quantities can go wrong in the same way, one of each kind stands here. \
`sigmoid′(z)` is the slope at z, `L` and `dL` the loss of each
example and output and its derivative, `a1[3:4]` the fourth row, \
`before_W1` what W1 was in the step before. `backproof check --mistakes`
prints this page.
"""


def page() -> str:
    """Return the catalogue in Markdown, with an anchor for each id."""
    return "\n".join([INTRODUCTION, *(entry(mistake) for mistake in MISTAKES)])


def entries() -> list[dict[str, Any]]:
    """Return the catalogue as the JSON of ``backproof check --mistakes --json``."""
    rows = ("quantity", "right", "wrong")
    return [
        {
            "id": one.id,
            "name": one.name,
            "teaches": one.teaches,
            "formulas": [dict(zip(rows, cells, strict=True)) for cells in formulas(one)],
        }
        for one in MISTAKES
    ]


def entry(mistake: Mistake) -> str:
    """Return one mistake: what it is, the formulas, one sentence."""
    lines = [f"| `{name}` | `{right}` | `{wrong}` |" for name, right, wrong in formulas(mistake)]
    table = "\n".join(["| quantity | right | wrong |", "|---|---|---|", *lines])
    return f"({mistake.id})=\n## {mistake.name}\n\n`{mistake.id}`. {mistake.teaches}\n\n{table}\n"


def formulas(mistake: Mistake) -> Iterator[tuple[str, str, str]]:
    """Yield (quantity, right, wrong) for each kind of quantity in which it is made, on the notes'
    network where that can be.
    """
    seen: set[str] = set()
    for place in _places():
        wrong = next(mistake.wrong(place), None)
        if wrong is None or place.kind in seen:
            continue
        seen.add(place.kind)
        right = readable(place.step.shortest, place.net)
        yield place.step.name, right, readable(wrong, place.net)


def _places() -> Iterator[Place]:
    """Yield the places of steps in which every mistake can be made: with one output, several,
    squared error, softmax, in a second step.
    """
    # loss, output, how many of it, step of training; the notes' network comes first
    plans = [
        (BCE, SIGMOID, 1, 1),
        (HALF_MSE, SIGMOID, 1, 1),
        (MSE, SIGMOID, 1, 1),
        (BCE, SIGMOID, 2, 1),
        (BCE, SIGMOID, 1, 2),
        (MSE, SOFTMAX, 2, 1),
    ]
    for loss, output, outputs, stage in plans:
        net = Network.random((2, 2, outputs), loss=loss, output=output)
        for step in steps(net, update=True):
            yield Place(step, net, OF_XOR, True, stage)
