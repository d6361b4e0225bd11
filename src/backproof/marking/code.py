"""Check a learner's own function: the same marks, on networks chosen so that no slip hides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..activations import ACTIVATIONS
from ..errors import InputError, choose
from ..losses import loss_for
from ..prose import folded
from .answers import LOCALS, Answer
from .cases import RATE, Call, Case, cases, several_outputs
from .child import forked, from_file
from .judging import FOLLOWS, MISSING, RIGHT, WRONG, Chain, Judgement, Worked
from .marks import Mark, Marked, wrong_mark
from .messages import FOLLOWED
from .naming import Fit, decided, fits
from .preparing import candidates, prepared

SECONDS = 10.0
LONGEST = 86_400
OUTPUTS = {"bce": ("sigmoid",), "cce": ("softmax",)}


@dataclass(frozen=True)
class MarkedCode(Marked):
    """The marks of a function.

    Parameters
    ----------
    tried : the cases, the smallest first
    case : the smallest that shows the first slip, None if there is none
    output : the activation of the output that was taken
    """

    tried: tuple[Case, ...] = ()
    case: Case | None = None
    output: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the document of `--json`."""
        case = self.case and {"title": self.case.title} | {
            name: value.tolist() for name, value in self.case.arrays.items()
        }
        return super().to_dict() | {
            "output": self.output,
            "tried": [case.title for case in self.tried],
            "case": case,
        }

    def __str__(self) -> str:
        count = f"{len(self.tried)} networks" if len(self.tried) > 1 else "one network"
        tried = (
            f"tried on {count}, output {self.output}:"
            f" {'; '.join(case.title for case in self.tried)}."
        )
        shown = (
            [f"the smallest case that shows the first slip, {self.case.title}:", self.case.python]
            if self.case
            else []
        )
        return "\n".join([super().__str__(), folded(tried), *shown])

    __repr__ = __str__


def check_code(
    function: Callable[..., Any] | str | Path,
    activation: str = "sigmoid",
    loss: str = "bce",
    *,
    output: str | None = None,
    convention: str | None = None,
    seconds: float = SECONDS,
) -> MarkedCode:
    """Mark a function of one's own that computes a step of backpropagation, on several networks at
    once.

    Parameters
    ----------
    function : ``f(x, y, W1, b1, W2, b2, …)``, with examples as rows; it returns a dict with any of
        the quantities. Without biases, ``f(x, y, W1, W2)``; with a parameter `learning_rate` it can
        be asked for `W1_next` too. A string ``"file.py:name"`` works as well
    activation, loss : of the network that it computes
    output : the output's activation; by default sigmoid for `bce`, softmax for `cce`, else what
        fits, of `activation` and identity
    convention : as in `check`
    seconds : how long it may take in all

    It runs in a process of its own, so that an endless loop or a crash harms nothing; this is for
    one's own code and no sandbox. Raises `InputError` if it raises, doesn't end, or returns
    something else than a dict of numbers.
    """
    choose("activation", activation, ACTIVATIONS)
    tries = [output] if output else list(OUTPUTS.get(loss, dict.fromkeys((activation, "identity"))))
    for name in tries:
        loss_for(choose("activation", name, ACTIVATIONS), loss)
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, (int, float))
        or not 0 < seconds <= LONGEST
    ):
        raise InputError(
            f"seconds must be a number above 0 and at most {LONGEST:,}, got {seconds!r}."
        )
    found = [
        _marked(
            _called(function, _options(activation, name, loss), seconds),
            _options(activation, name, loss),
            convention,
        )
        for name in tries
    ]
    return min(found, key=lambda marked: sum(mark.status == WRONG for mark in marked.marks))


def _options(activation: str, output: str, loss: str) -> dict[str, str]:
    return {"activation": activation, "output": output, "loss": loss}


def _called(
    function: Callable[..., Any] | str | Path, options: Mapping[str, str], seconds: float
) -> dict[str, Any]:
    if isinstance(function, (str, Path)):
        path, colon, name = str(function).rpartition(":")
        if not colon or not name:
            raise InputError(f"{function} names no function: write FILE.py:FUNCTION.")
        return from_file(Path(path), name, options, seconds)
    return forked(function, options, seconds)


def _marked(
    document: Mapping[str, Any], options: Mapping[str, str], convention: str | None
) -> MarkedCode:
    call = Call(tuple(document["call"]["order"]), document["call"]["rate"])
    extra, results = several_outputs(call, **options), document["results"]
    tried = cases(call, **options)[: len(results)]
    workings = [_working(call, case, result) for case, result in zip(tried, results, strict=False)]
    judgements = decided(workings, candidates(options["loss"], convention))
    marks, shown = [], set()
    for name in workings[0][0].by_name:
        mark, at = _mark(name, workings, judgements, tried)
        marks.append(mark)
        shown |= {at} if at is not None else set()
    way = judgements[0].way
    taken = {
        answer.written: name for name, answer in workings[0][1].items() if answer.written != name
    }
    remarks = (
        *(f"{written} was taken for {name}." for written, name in taken.items()),
        *_remarks(document, workings[0][1]),
    )
    if (
        len(results) > len(tried)
        and options["loss"] != "cce"
        and not any(mark.status == WRONG for mark in marks)
    ):
        remarks += _beyond(call, extra, results[len(tried)], way.name, options["loss"])
    return MarkedCode(
        tuple(marks),
        way.name,
        way.words,
        taken,
        remarks,
        tuple(tried),
        tried[min(shown)] if shown else None,
        options["output"],
    )


def _working(call: Call, case: Case, result: Mapping[str, Any]) -> Worked:
    """Return the steps of a case and what the function gave for them; raise `InputError` if it gave
    nothing to mark.
    """
    shapes = ", ".join(f"{name} {value.shape}" for name, value in case.arrays.items())
    if "raised" in result:
        raise InputError(
            f"your function raised {result['raised']}, called with {shapes}: examples are rows."
        )
    if "returned" in result:
        raise InputError(
            f"your function returned {result['returned']}: return a dict such as {{'delta2':"
            " delta2, 'dW2': dW2}."
        )
    values = result["values"]
    shapes_of = Chain(case.net, case.x, case.y, RATE if call.rate else None).shapes
    for name, value in values.items():
        if "type" in value and name in shapes_of:
            raise InputError(
                f"your function returned {value['type']} for {name}: expected numbers of shape"
                f" {shapes_of[name]}."
            )
    given = {
        name: np.array(value["data"], dtype=value["dtype"])
        for name, value in values.items()
        if "data" in value
    }
    if not given:
        raise InputError(
            "your function returned no quantity: return a dict with names such as"
            f" {', '.join(list(shapes_of)[5:9])}."
        )
    found = prepared(
        given, case.net, case.x, case.y, None, RATE if call.rate else None, mode=LOCALS
    )
    return found.chain, found.answers


def _mark(
    name: str, workings: Sequence[Worked], judgements: Sequence[Judgement], tried: Sequence[Case]
) -> tuple[Mark, int | None]:
    """Return the mark of a quantity over all cases, and the first in which it is wrong."""
    statuses = [judgement.marks[name].status for judgement in judgements]
    wrong = [i for i, status in enumerate(statuses) if status == WRONG]
    if not wrong:
        status = next((status for status in (FOLLOWS, RIGHT) if status in statuses), MISSING)
        return Mark(name, status, message=FOLLOWED if status == FOLLOWS else ""), None
    named = [fits(workings[i][0], judgements[i], name, workings[i][1][name]) for i in wrong]
    first = wrong[0]
    chain, answers = workings[first]
    mark = wrong_mark(
        chain, judgements[first], judgements[first].marks[name], answers[name], _common(named)
    )
    where = f"{len(wrong)} of {len(tried)} networks: " if len(wrong) < len(tried) else ""
    return replace(mark, message=f"{where}with {tried[first].title}, {mark.message}"), first


def _common(named: Sequence[Sequence[Fit]]) -> list[Fit]:
    """Return the mistakes that fit in every case."""
    ids = set.intersection(*({fit.mistake.id for fit in found} for found in named))
    return [fit for fit in named[0] if fit.mistake.id in ids]


def _remarks(document: Mapping[str, Any], answers: Mapping[str, Answer]) -> list[str]:
    known = {answer.written for answer in answers.values()}
    results = [result for result in document["results"] if "values" in result]
    passed = [name for name in results[0]["values"] if name not in known]
    changed = list(dict.fromkeys(name for result in results for name in result["changed"]))
    found = [f"passed over, as no quantity has this name: {', '.join(passed)}."] if passed else []
    if changed:
        found.append(
            f"your function changes {', '.join(changed)}, which it was given: whoever calls it"
            " finds them changed. Work on copies."
        )
    if document["remembers"]:
        found.append(
            "called twice with the same arguments, your function gives other numbers the second"
            " time, which are marked here: it keeps something from one call to the next, or draws"
            " at random."
        )
    if document["printed"]:
        found.append(f"your function printed: {document['printed'].strip()[:200]}")
    return found


def _beyond(
    call: Call, case: Case, result: Mapping[str, Any], convention: str, loss: str
) -> tuple[str, ...]:
    """Say where a function that is right for one output goes wrong for two; this is no mistake if
    it has one.
    """
    try:
        working = _working(call, case, result)
    except InputError:
        return (
            (
                "with two outputs it does not work; for networks with one output, as tried, it is"
                " right."
            ),
        )
    [judgement] = decided([working], candidates(loss, convention))
    wrong = [name for name, judged in judgement.marks.items() if judged.status == WRONG]
    return (
        (
            (
                f"with two outputs it would be wrong in {', '.join(wrong)}; with one output, as"
                " tried, it is right."
            ),
        )
        if wrong
        else ()
    )
