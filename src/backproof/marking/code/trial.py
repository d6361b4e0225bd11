"""A learner's function, called on every case: what it gave, changed and printed, or the error that
it raised.
"""

from __future__ import annotations

import io
import json
import linecache
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...records import Array
from ..answers.digits import NUMERIC_KINDS
from .cases import TRIED_RATE, Case, Signature, call_of, cases, several_outputs

MOST_PRINTED = 2_000  # characters kept of what it prints
MOST_SAID = 500  # of the text of an exception
MOST_ENTRIES = 10_000  # entries of an array that are sent back


class FirstPrints(io.TextIOBase):
    """A text stream that keeps the beginning of what is written to it."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        """Keep a text, as far as there is room for it."""
        self.text += text[: MOST_PRINTED - len(self.text)]
        return len(text)


def results(
    function: Callable[..., Any], source: str, options: Mapping[str, str]
) -> dict[str, Any]:
    """Call `function` on every case and return a document with what it gave; `source` is the file
    in whose lines errors are shown.

    What it prints goes into the document: the standard streams are replaced.
    """
    call = call_of(function)
    tried = [*cases(call, **options), several_outputs(call, **options)]
    prints = sys.stdout = sys.stderr = FirstPrints()
    found = [_result(function, source, call, tried[0])]
    again = _result(function, source, call, tried[0])
    remembers = json.dumps(again) != json.dumps(found[0])  # as text NaN equals NaN
    if remembers:  # what follows would only show that again
        found, tried = [again], tried[:1]
    for case in tried[1:]:
        if "raised" in found[-1]:  # what follows is larger; the smallest case tells most
            break
        found.append(_result(function, source, call, case))
    return {
        "call": vars(call),
        "results": found,
        "printed": prints.text,
        "remembers": remembers,
    }


def _result(
    function: Callable[..., Any], source: str, call: Signature, case: Case
) -> dict[str, Any]:
    """Call a function on copies of a case's arrays; return its values, or what it did instead, and
    which of the copies it changed.
    """
    given = {name: np.array(value) for name, value in case.arrays.items()}
    rate = {call.rate_name: TRIED_RATE} if call.rate_name else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            returned = function(*given.values(), **rate)
    except BaseException as error:  # whatever it is, SystemExit too, it is the function's
        return {"raised": error_text(error, source)}
    changed = [name for name, value in case.arrays.items() if _differ(given[name], value)]
    if not isinstance(returned, Mapping):
        return {"returned": type(returned).__name__, "changed": changed}
    values = {str(name): _as_json(value) for name, value in returned.items()}
    return {"values": values, "changed": changed}


def _differ(now: Array, before: Array) -> bool:
    """Whether an array has other numbers or another shape; NaN equals NaN."""
    return now.shape != np.shape(before) or not np.array_equal(now, before, equal_nan=True)


def _as_json(value: Any) -> dict[str, Any]:
    """Return a value as JSON can carry it: float64 survives exactly."""
    kind = type(value).__name__
    try:
        array = np.asarray(value)
    except Exception:
        return {"type": kind}
    if array.dtype.kind not in NUMERIC_KINDS or array.size > MOST_ENTRIES:
        return {"type": f"{kind} of shape {array.shape}" if array.shape else kind}
    dtype = "float64" if array.dtype.itemsize > 8 else array.dtype.name  # JSON has no longdouble
    return {"dtype": dtype, "data": array.astype(dtype).tolist()}


def error_text(error: BaseException, source: str) -> str:
    """Return an exception as its author reads it: what, and their line of `source` that it came
    from.
    """
    name = type(error).__name__
    if isinstance(error, SyntaxError) and error.filename == source:
        line = (error.text or "").strip()
        return f"{name}: {error.msg} ({source}, line {error.lineno}: {line})"
    what = f"{name}: {str(error)[:MOST_SAID]}" if str(error) else name
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == source]
    if not own:
        return what
    last = own[-1]
    line = (last.line or linecache.getline(source, last.lineno or 0)).strip()
    colon = ": " if line else ""
    return f"{what} ({source}, line {last.lineno}{colon}{line})"
