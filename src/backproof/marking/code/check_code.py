"""Check a learner's own function: the same marks, on networks chosen so that no slip hides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...activations import ACTIVATIONS, IDENTITY
from ...backprop import Objective
from ...errors import InputError, choose
from ...losses import LOSSES, loss_for
from ...prose import comma_list, paragraph, shown
from ..answers.answers import LOCALS, Answer
from ..chain import Chain
from ..judging import FOLLOWS, MISSING, RIGHT, WRONG, Judged, Judgement
from ..marks import Mark, Marked, mark
from ..naming import Fit, fits, likeliest_judgements
from ..work import Work, candidates, other_spellings, submission, taken_remarks
from .cases import TRIED_RATE, Case, Signature, cases, several_outputs
from .process import results_in_fork, results_of_file

SECONDS = 10.0
MOST_SHOWN = 200  # characters of what it printed
LONGEST = 86_400  # seconds, a day
SUCH_AS = slice(5, 9)  # quantities that are named as examples: of two layers, those of the output


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
        titles = [case.title for case in self.tried]
        shown: dict[str, Any] | None = None
        if self.case:
            arrays = {name: value.tolist() for name, value in self.case.arrays.items()}
            shown = {"title": self.case.title, **arrays}
        return super().to_dict() | {"output": self.output, "tried": titles, "case": shown}

    def __str__(self) -> str:
        titles = "; ".join(case.title for case in self.tried)
        count = f"{len(self.tried)} networks" if len(self.tried) > 1 else "one network"
        tried = paragraph(f"tried on {count}, output {self.output}: {titles}.")
        lines = [super().__str__(), tried]
        if self.case:
            lines.append(f"the smallest case that shows the first slip, {self.case.title}:")
            lines.append(self.case.python)
        return "\n".join(lines)

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
    choose("loss", loss, LOSSES)
    tries = [output] if output is not None else _outputs(activation, loss)
    for name in tries:
        loss_for(choose("activation", name, ACTIVATIONS), loss)
    _check_seconds(seconds)
    found = []
    for name in tries:
        options = {"activation": activation, "output": name, "loss": loss}
        document = _results(function, options, seconds)
        found.append(_code_marks(document, options, convention))
    return min(found, key=lambda marked: marked.wrong)


def _outputs(activation: str, loss: str) -> list[str]:
    """Return the activations that the output may have under a loss, if nobody says which."""
    record = LOSSES[loss]
    if not record.of_probabilities:
        return list(dict.fromkeys((activation, IDENTITY.name)))
    return [name for name, output in ACTIVATIONS.items() if record.accepts(output)]


def _check_seconds(seconds: Any) -> None:
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if not is_number or not 0 < seconds <= LONGEST:
        raise InputError(
            f"seconds must be a number above 0 and at most {LONGEST:,}, got {shown(seconds)}."
        )


def _results(
    function: Callable[..., Any] | str | Path, options: Mapping[str, str], seconds: float
) -> dict[str, Any]:
    """Return the document of `results`, of a function or of one in a file."""
    if isinstance(function, (str, Path)):
        path, colon, name = str(function).rpartition(":")
        if not colon or not name:
            raise InputError(f"{function} names no function: write FILE.py:FUNCTION.")
        return results_of_file(Path(path), name, options, seconds)
    return results_in_fork(function, options, seconds)


def _code_marks(
    document: Mapping[str, Any], options: Mapping[str, str], convention: str | None
) -> MarkedCode:
    """Return the marks of what a function gave on every case."""
    call = Signature(tuple(document["call"]["order"]), document["call"]["rate_name"])
    results, loss = document["results"], LOSSES[options["loss"]]
    tried = cases(call, **options)[: len(results)]
    # the last result may be of a case that isn't one of these: with several outputs
    works = [_work(call, case, result) for case, result in zip(tried, results, strict=False)]
    judgements = likeliest_judgements(works, candidates(loss, convention))
    marks, shown = [], []
    for name in works[0].chain.by_name:
        found, first = _mark(name, judgements, tried)
        marks.append(found)
        if first is not None:
            shown.append(first)
    chosen = judgements[0].work.convention
    answers = works[0].answers
    taken = other_spellings(answers)
    remarks = [*taken_remarks(taken), *_remarks(document, answers)]
    if len(results) > len(tried) and not shown and not loss.distribution:
        remarks += _beyond(call, several_outputs(call, **options), results[-1], chosen.name)
    return MarkedCode(
        tuple(marks),
        chosen.name,
        chosen.words,
        taken,
        tuple(remarks),
        tuple(tried),
        tried[min(shown)] if shown else None,
        options["output"],
    )


def _work(call: Signature, case: Case, result: Mapping[str, Any]) -> Work:
    """Return what the function gave for a case; raise `InputError` if it gave nothing to mark."""
    values = _values(case, result)
    rate = TRIED_RATE if call.rate_name else None
    objective = Objective(case.net, case.x, case.y)
    shapes = Chain(objective, rate).shapes
    for name, value in values.items():
        if "type" in value and name in shapes:
            raise InputError(
                f"your function returned {value['type']} for {name}: expected numbers of shape"
                f" {shapes[name]}."
            )
    given = {
        name: np.array(value["data"], dtype=value["dtype"])
        for name, value in values.items()
        if "data" in value
    }
    if not given:
        raise InputError(
            "your function returned no quantity: return a dict with names such as"
            f" {comma_list(list(shapes)[SUCH_AS])}."
        )
    return submission(given, objective, rate=rate, mode=LOCALS).work


def _values(case: Case, result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values that the function returned; raise `InputError` if it did something else."""
    if "raised" in result:
        called = comma_list(f"{name} {value.shape}" for name, value in case.arrays.items())
        raise InputError(
            f"your function raised {result['raised']}, called with {called}: examples are rows."
        )
    if "returned" in result:
        raise InputError(
            f"your function returned {result['returned']}: return a dict such as"
            " {'delta2': delta2, 'dW2': dW2}."
        )
    values: Mapping[str, Any] = result["values"]
    return values


def _mark(
    name: str, judgements: Sequence[Judgement], tried: Sequence[Case]
) -> tuple[Mark, int | None]:
    """Return the mark of a quantity over all cases, and the first in which it is wrong."""
    statuses = [judgement.marks[name].status for judgement in judgements]
    wrong = [i for i, status in enumerate(statuses) if status == WRONG]
    if not wrong:
        status = next((status for status in (FOLLOWS, RIGHT) if status in statuses), MISSING)
        return mark(judgements[0], Judged(name, status), []), None
    named = [fits(judgements[i], name) for i in wrong]
    first = wrong[0]
    found = mark(judgements[first], judgements[first].marks[name], _common(named))
    message = f"with {tried[first].title}, {found.message}"
    if len(wrong) < len(tried):
        message = f"{len(wrong)} of {len(tried)} networks: {message}"
    return replace(found, message=message), first


def _common(named: Sequence[Sequence[Fit]]) -> list[Fit]:
    """Return the mistakes that fit in every case."""
    ids = set.intersection(*({fit.mistake.id for fit in found} for found in named))
    return [fit for fit in named[0] if fit.mistake.id in ids]


def _remarks(document: Mapping[str, Any], answers: Mapping[str, Answer]) -> list[str]:
    """Say what was passed over, and what the function did besides returning numbers."""
    results = [result for result in document["results"] if "values" in result]
    known = {answer.written for answer in answers.values()}
    passed = [name for name in results[0]["values"] if name not in known]
    changed = dict.fromkeys(name for result in results for name in result["changed"])
    found = []
    if passed:
        found.append(f"ignored, as no quantity has this name: {comma_list(passed)}.")
    if changed:
        found.append(
            f"your function changes {comma_list(changed)}, which it was given: the caller's"
            " arrays are modified. Work on copies."
        )
    if document["remembers"]:
        found.append(
            "called twice with the same arguments, your function gives other numbers the second"
            " time, which are marked here: it keeps state between calls, or uses random"
            " numbers."
        )
    if document["printed"]:
        found.append(f"your function printed: {document['printed'].strip()[:MOST_SHOWN]}")
    return found


def _beyond(call: Signature, case: Case, result: Mapping[str, Any], convention: str) -> list[str]:
    """Say where a function that is right for one output goes wrong for two; this is no mistake if
    it has one.
    """
    try:
        work = _work(call, case, result)
    except InputError:
        return [
            "with two outputs it does not work; for networks with one output, as tried, it is"
            " right."
        ]
    [judgement] = likeliest_judgements([work], candidates(case.net.loss_record, convention))
    if not judgement.wrong:
        return []
    return [
        f"with two outputs it would be wrong in {comma_list(judgement.wrong)}; with one output, as"
        " tried, it is right."
    ]
