"""A process of its own for a learner's function: with a time limit, without standard streams, ended
with all that it has started.

This keeps a slip in one's own code from harming the session; it is no sandbox: the code may do
whatever its user may.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

from ...errors import InputError, unknown
from ...interrupts import ending_with, give_back, held
from ...reading import is_file
from .cases import call_of
from .trial import FirstPrints, error_text, results

END = "\n"  # JSON on one line has none
LEARNER = "learner"  # what the module of a learner's file is called
AT_ONCE = 1 << 16  # bytes read from a pipe


# A function of this process, in a fork of it


def results_in_fork(
    function: Callable[..., Any], options: Mapping[str, str], seconds: float
) -> dict[str, Any]:
    """Call a function in a fork of this process and return what `results` gives; where there is no
    fork, in this one, without a time limit.

    Raises `InputError` for a function of another form, and if it gives no answer.
    """
    code = getattr(function, "__code__", None)
    source = code.co_filename if code else "?"
    call_of(function)
    if not hasattr(os, "fork"):
        return _results_here(function, source, options)
    reading, writing = os.pipe()
    with ExitStack() as stack:
        with held(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # forking beside threads: the child only computes
            pid = os.fork()
            if pid == 0:
                _answer_from_fork(writing, lambda: results(function, source, options))
            stack.enter_context(ending_with(lambda: _end_fork(pid)))
        os.close(writing)
        stack.callback(os.close, reading)
        return _document(_pipe_content(reading, seconds), seconds)


def _answer_from_fork(pipe: int, compute: Callable[[], dict[str, Any]]) -> NoReturn:
    """Send what is computed from this process, a fork, and end."""
    try:
        _detach()
        _send(pipe, compute)
    finally:
        os._exit(0)


def _end_fork(pid: int) -> None:
    _kill(pid)
    os.waitpid(pid, 0)


def _results_here(
    function: Callable[..., Any], source: str, options: Mapping[str, str]
) -> dict[str, Any]:
    streams = sys.stdout, sys.stderr
    try:
        return results(function, source, options)
    finally:
        sys.stdout, sys.stderr = streams


def _detach() -> None:
    """Take this process, a child, out of its parent's session and away from its terminal."""
    os.setsid()  # so that what it starts can be ended with it
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    give_back()


# A function in a file, in a new process


def results_of_file(
    path: Path, name: str, options: Mapping[str, str], seconds: float
) -> dict[str, Any]:
    """Call a function of a file in a new process and return what `results` gives.

    Raises `InputError` if there is no such file or function, and if it gives no answer.
    """
    if not is_file(path):
        raise InputError(f"there is no file {path}.")
    # -P: the files beside the learner's are not the library's
    command = [sys.executable, "-P", "-m", __name__, str(path), name, json.dumps(dict(options))]
    environment = os.environ | {
        "MPLBACKEND": "agg",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    with ExitStack() as stack:
        with held():
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,  # so that what it starts can be ended with it
            )
            stack.enter_context(ending_with(lambda: _end_child(child)))
        return _document(_output(child, seconds), seconds)


def _end_child(child: subprocess.Popen[bytes]) -> None:
    if child.stdout is not None:
        child.stdout.close()
    _kill(child.pid)
    child.wait()


def _output(child: subprocess.Popen[bytes], seconds: float) -> bytes | None:
    """Return what a process writes, None when the time is over."""
    if hasattr(os, "fork"):
        assert child.stdout is not None
        return _pipe_content(child.stdout.fileno(), seconds)
    try:
        return child.communicate(timeout=seconds)[0]  # pipes can't be selected where forks are not
    except subprocess.TimeoutExpired:
        return None


def _answer_from_file(path: str, name: str, options: Mapping[str, str]) -> None:
    """Send what a function of a file gives through this process's standard output, and end."""
    pipe = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.stdout = sys.stderr = FirstPrints()
    _send(pipe, lambda: results(_function_of_file(path, name), path, options))
    os._exit(0)  # threads or handlers of the learner's can't hold the answer back


def _function_of_file(path: str, name: str) -> Callable[..., Any]:
    """Return a function of a file; raise `InputError` in its author's terms."""
    import runpy

    # last, so that a random.py of the learner's does not hide Python's
    sys.path.append(str(Path(path).resolve().parent))
    sys.argv = [path]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = runpy.run_path(path, run_name=LEARNER)
    except (Exception, SystemExit) as error:
        raise InputError(f"{path} can't be loaded: it raised {error_text(error, path)}.") from None
    found: Callable[..., Any] | None = module.get(name)
    if callable(found):
        return found
    functions = [key for key, value in module.items() if _is_own_function(value)]
    if not functions:
        raise InputError(f"{path} has no function.")
    raise InputError(f"{path}: {unknown('function', name, functions)}")


def _is_own_function(value: Any) -> bool:
    """Whether something in a learner's file is a function that is written there."""
    return callable(value) and getattr(value, "__module__", "") == LEARNER


# Between the two processes


def _send(pipe: int, compute: Callable[[], dict[str, Any]]) -> None:
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
        part = os.read(pipe, AT_ONCE)
        if not part:
            break
        found += part
    return found


def _document(data: bytes | None, seconds: float) -> dict[str, Any]:
    """Return the document that was sent; raise `InputError` if there is none, or an error is."""
    if data is None:
        raise InputError(
            f"your function did not return within {seconds:g} seconds: is there an endless loop?"
            " If it is only slow, allow it more with --seconds."
        )
    try:
        document: dict[str, Any] = json.loads(data)
    except ValueError:
        raise InputError(
            "your code ended its process, or crashed it, before it returned."
        ) from None
    if "error" in document:
        raise InputError(document["error"])
    return document


def _kill(pid: int) -> None:
    """End a process and all that it has started."""
    hardest = signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM
    for kill in (getattr(os, "killpg", os.kill), os.kill):
        try:
            kill(pid, hardest)
        except (ProcessLookupError, PermissionError):
            continue


if __name__ == "__main__":
    _answer_from_file(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
