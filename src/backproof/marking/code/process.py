"""A learner's function, called in a process of its own: with a time limit, its prints caught, its
arguments compared afterwards.

This keeps a slip in one's own code from harming the session; it is no sandbox: the code may do
whatever its user may.
"""

from __future__ import annotations

import io
import json
import linecache
import os
import signal
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError, unknown
from .cases import TRIED_RATE, Call, Case, call_of, cases, several_outputs

PRINTED = 2_000  # characters kept of what it prints
TOLD = 500  # of the text of an exception
END = "\n"  # JSON on one line has none
MOST_ENTRIES = 10_000  # entries of an array that are sent back


class _Caught(io.TextIOBase):
    """A text stream that keeps the beginning of what is written to it."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text[: PRINTED - len(self.text)]
        return len(text)


def results(
    function: Callable[..., Any], source: str, options: Mapping[str, str]
) -> dict[str, Any]:
    """Call `function` on every case and return a document with what it gave; `source` is the file
    in whose lines errors are shown.
    """
    call = call_of(function)
    tried = [*cases(call, **options), several_outputs(call, **options)]
    caught = sys.stdout = sys.stderr = _Caught()
    results = [_one(function, source, call, tried[0])]
    again = _one(function, source, call, tried[0])
    same = json.dumps(again) == json.dumps(results[0])  # as text NaN equals NaN
    if not same:  # it remembers something, and what follows would only show that again
        return {"call": vars(call), "results": [again], "printed": caught.text, "remembers": True}
    for case in tried[1:]:
        if "raised" in results[-1]:  # what follows is larger; the smallest case tells most
            break
        results.append(_one(function, source, call, case))
    return {"call": vars(call), "results": results, "printed": caught.text, "remembers": False}


def _one(function: Callable[..., Any], source: str, call: Call, case: Case) -> dict[str, Any]:
    given = {name: np.array(value) for name, value in case.arrays.items()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = function(*given.values(), **({call.rate: TRIED_RATE} if call.rate else {}))
    except BaseException as error:  # whatever it is, it is his
        return {"raised": error_text(error, source)}
    changed = [name for name, value in case.arrays.items() if not _same(given[name], value)]
    if not isinstance(found, Mapping):
        return {"returned": type(found).__name__, "changed": changed}
    return {
        "values": {str(name): _plain(value) for name, value in found.items()},
        "changed": changed,
    }


def _same(now: Any, before: Any) -> bool:
    return now.shape == np.shape(before) and np.array_equal(now, before, equal_nan=True)


def _plain(value: Any) -> dict[str, Any]:
    """Return a value as JSON can carry it: float64 survives exactly."""
    try:
        array = np.asarray(value)
    except Exception:
        return {"type": type(value).__name__}
    if array.dtype.kind not in "fiub" or array.size > MOST_ENTRIES:
        return {
            "type": (
                f"{type(value).__name__} of shape {array.shape}"
                if array.shape
                else type(value).__name__
            )
        }
    kind = "float64" if array.dtype.itemsize > 8 else array.dtype.name  # JSON has no longdouble
    return {"dtype": kind, "data": array.astype(kind).tolist()}


def error_text(error: BaseException, source: str) -> str:
    """Return an exception as its author reads it: what, and the line of his that it came from."""
    what = f"{type(error).__name__}: {str(error)[:TOLD]}" if str(error) else type(error).__name__
    if isinstance(error, SyntaxError) and error.filename == source:
        return (
            f"{type(error).__name__}: {error.msg} ({source}, line {error.lineno}:"
            f" {(error.text or '').strip()})"
        )
    lines = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == source
    ]
    if not lines:
        return what
    frame = lines[-1]
    text = (frame.line or linecache.getline(source, frame.lineno or 0)).strip()
    return f"{what} ({source}, line {frame.lineno}{': ' if text else ''}{text})"


# A function of this process, in a fork of it


def results_in_fork(
    function: Callable[..., Any], options: Mapping[str, str], seconds: float
) -> dict[str, Any]:
    """Call a function in a fork of this process; where there is no fork, in this one, without a
    time limit.
    """
    code = getattr(function, "__code__", None)
    source = code.co_filename if code else "?"
    call_of(function)
    if not hasattr(os, "fork"):
        return _here(function, source, options)
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # forking beside threads: the child only computes and ends
        pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            os.setsid()  # so that what it starts can be ended with it
            silence = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(silence, stream)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            _answer(writing, lambda: results(function, source, options))
        finally:
            os._exit(0)
    os.close(writing)
    try:
        return _document(_pipe_content(reading, seconds), seconds)
    finally:
        os.close(reading)
        _end(pid)
        os.waitpid(pid, 0)


def _here(function: Callable[..., Any], source: str, options: Mapping[str, str]) -> dict[str, Any]:
    streams = sys.stdout, sys.stderr
    try:
        return results(function, source, options)
    finally:
        sys.stdout, sys.stderr = streams


def _answer(pipe: int, compute: Callable[[], dict[str, Any]]) -> None:
    """Write a document, or the error instead of it, and an end mark: what the function has started
    may hold the pipe open.
    """
    try:
        document = compute()
    except InputError as error:
        document = {"error": str(error)}
    with os.fdopen(pipe, "w") as file:
        file.write(json.dumps(document) + END)


def _pipe_content(pipe: int, seconds: float) -> bytes | None:
    """Return what comes through a pipe until its end mark or until it is closed, None when the time
    is over.
    """
    import select

    end, found = time.monotonic() + seconds, b""
    while not found.endswith(END.encode()):
        ready, _, _ = select.select([pipe], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            return None
        part = os.read(pipe, 1 << 16)
        if not part:
            break
        found += part
    return found


def _output_of(child: subprocess.Popen[bytes], seconds: float) -> bytes | None:
    """Return what a process has written when it ends, None when the time is over: where pipes can't
    be selected.
    """
    try:
        return child.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        return None


def _end(pid: int) -> None:
    """End a process and all that it has started."""
    for end in (getattr(os, "killpg", os.kill), os.kill):
        try:
            end(pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        except (ProcessLookupError, PermissionError):
            continue


# A function in a file, in a new process


def results_of_file(
    path: Path, name: str, options: Mapping[str, str], seconds: float
) -> dict[str, Any]:
    """Call a function of a file in a new process."""
    if not path.is_file():
        raise InputError(f"there is no file {path}.")
    command = [
        sys.executable,
        "-P",
        "-m",
        __name__,
        str(path),
        name,
        json.dumps(dict(options)),
    ]  # -P: his files are not the library's
    environment = os.environ | {
        "MPLBACKEND": "agg",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
                             start_new_session=True)  # fmt: skip
    assert child.stdout is not None
    try:
        return _document(
            (
                _pipe_content(child.stdout.fileno(), seconds)
                if hasattr(os, "fork")
                else _output_of(child, seconds)
            ),
            seconds,
        )
    finally:
        child.stdout.close()
        _end(child.pid)
        child.wait()


def _document(data: bytes | None, seconds: float) -> dict[str, Any]:
    if data is None:
        raise InputError(
            f"your function gave no answer within {seconds:g} seconds: does a loop in it never end?"
            " If it only takes long, --seconds gives it longer."
        )
    try:
        document: dict[str, Any] = json.loads(data)
    except ValueError:
        raise InputError(
            "your code ended its process, or crashed it, before it gave an answer."
        ) from None
    if "error" in document:
        raise InputError(document["error"])
    return document


def _function_of_file(path: str, name: str) -> Callable[..., Any]:
    """Return a function of a file; raise `InputError` in its author's terms."""
    import runpy

    sys.path.append(
        str(Path(path).resolve().parent)
    )  # last, so that a random.py of his does not hide Python's
    sys.argv = [path]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = runpy.run_path(path, run_name="learner")
    except (Exception, SystemExit) as error:
        raise InputError(f"{path} can't be loaded: it raised {error_text(error, path)}.") from None
    functions = [
        key
        for key, value in module.items()
        if callable(value) and getattr(value, "__module__", "") == "learner"
    ]
    if not callable(module.get(name)):
        raise InputError(
            f"{path}: {unknown('function', name, functions)}"
            if functions
            else f"{path} has no function."
        )
    found: Callable[..., Any] = module[name]
    return found


def _main(path: str, name: str, options: Mapping[str, str]) -> None:
    pipe = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.stdout = sys.stderr = _Caught()
    _answer(pipe, lambda: results(_function_of_file(path, name), path, options))
    os._exit(0)  # threads or handlers of his can't hold the answer back


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
