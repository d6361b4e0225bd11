"""From what a learner hands in to what is marked: the steps of the network, and the answers to
them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..backprop import check_data
from ..errors import InputError, unknown
from ..network import Network
from .answers import LOCALS, STRICT, Answer, answers_of
from .judging import Chain
from .spelling import stage_of
from .ways import Way, ways

RATES = ("learning_rate", "eta", "lr", "alpha")
OF_SCRIPTS = (
    "x",
    "y",
    "X",
    "Y",
    "W1",
    "b1",
    "net",
    "np",
    "__name__",
)  # names that only a script's locals have


@dataclass(frozen=True)
class Prepared:
    """What is to be marked.

    Parameters
    ----------
    chain : the steps
    answers : by quantity
    unreadable : by quantity, why its numbers can't be read
    taken : what each other spelling was taken for
    remarks : what was taken for what, what was passed over
    """

    chain: Chain
    answers: dict[str, Answer]
    unreadable: dict[str, str]
    taken: dict[str, str]
    remarks: tuple[str, ...]


def prepared(
    given: Any,
    net: Any,
    x: Any,
    y: Any,
    decimals: int | None = None,
    rate: float | None = None,
    places: Mapping[str, str] | None = None,
    mode: str | None = None,
) -> Prepared:
    """Return the steps of `net` on (x, y) and the answers to them.

    `mode` is one of `answers`, found out if None: a script's locals hold x, y, W1 or a learning
    rate. Raises `InputError` for what can't be used.
    """
    if not isinstance(given, Mapping):
        raise InputError(
            "answers must be a dict from names to numbers, such as locals(), got"
            f" {type(given).__name__}."
        )
    if not isinstance(net, Network):
        raise InputError(f"net must be a Network, got {type(net).__name__}.")
    x, y = check_data(net, x, y)
    named = next((name for name in RATES if _is_number(given.get(name))), None)
    if mode is None:
        mode = (
            LOCALS
            if places is None and (named or any(name in given for name in OF_SCRIPTS))
            else STRICT
        )
    rate = float(given[named]) if rate is None and named else rate
    if rate is not None and not (_is_number(rate) and 0 < rate < math.inf):
        raise InputError(f"learning_rate must be a finite number above 0, got {rate!r}.")
    if mode == STRICT and named:
        given = {name: value for name, value in given.items() if name != named}
    stages = max(map(stage_of, given), default=1)
    if stages > 1 and rate is None:
        name = next(name for name in given if stage_of(name) > 1)
        raise InputError(
            f"{(places or {}).get(name, '')}{name}: a second step needs the learning rate: give"
            " learning_rate."
        )
    chain = Chain(net, x, y, rate, stages)
    read = answers_of(
        given,
        [*chain.by_name, *(f"{name}_next" for name in net.parameters() if rate is None)],
        decimals,
        mode,
        places,
    )
    if mode == LOCALS:
        read.passed += _not_meant(chain, read.found)
    late = [name for name in read.found if name not in chain.by_name]
    if late and mode != LOCALS:
        raise InputError(
            f"{read.found[late[0]].where}{late[0]} needs the learning rate: give learning_rate."
        )
    passed = [
        *read.passed,
        *(f"{name} was passed over: it needs the learning rate." for name in late),
    ]
    answers = {name: answer for name, answer in read.found.items() if name in chain.by_name}
    unreadable = {name: why for name, why in read.unreadable.items() if name in chain.by_name}
    taken = {answer.written: name for name, answer in answers.items() if answer.written != name}
    told = (f"{written} was taken for {name}." for written, name in taken.items())
    return Prepared(chain, answers, unreadable, taken, (*told, *passed))


def _not_meant(chain: Chain, found: dict[str, Answer]) -> list[str]:
    """Take out what a script calls by another spelling of a quantity that has more than one number:
    ``d2 = 3``; say so.
    """
    passed = []
    for name, answer in list(found.items()):
        if (
            answer.written != name
            and answer.value.size == 1
            and math.prod(chain.shapes.get(name, ())) > 1
        ):
            passed.append(
                f"{answer.written} was passed over: {name} has shape {chain.shapes[name]}."
            )
            del found[name]
    return passed


def _is_number(value: Any) -> bool:
    scalar = isinstance(value, (int, float, np.number)) or (
        isinstance(value, np.ndarray) and value.ndim == 0
    )
    return scalar and not isinstance(value, bool) and np.isrealobj(value)


def candidates(loss: str, convention: str | None) -> list[Way]:
    """Return the conventions to try: the one that is named, its parts in any order, or all for this
    loss.
    """
    offered = list(ways(loss))
    if convention is None:
        return offered
    parts = sorted(str(convention).replace(" ", "").split("+"))
    for way in offered:
        if sorted(way.name.split("+")) == parts:
            return [way]
    singles = [way.name for way in offered if "+" not in way.name]
    error = unknown("convention", convention, singles)
    raise InputError(f"{error} They combine: {singles[-1]}+{singles[1]}.")
