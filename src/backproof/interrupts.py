"""Ctrl-C, and being ended from outside: as a wish, held back, or the end of this process.

Python raises `KeyboardInterrupt` wherever it is, in the midst of a library too, which may lose it
or crash. So a training takes Ctrl-C for a wish that it asks for between its steps (`requested`);
while files are put in their place it waits (`held`); and else a command ends at once, after it has
cleaned up (`take_over`, `ending_with`), until it is done (`ignore`). Elsewhere than in the main
thread nothing changes.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

Handler = Any  # a function of number and frame, or one of the signal module's own constants

ENDS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
MESSAGE, STATUS = "interrupted.", 128 + signal.SIGINT  # what Ctrl-C is answered with

_cleanups: list[Callable[[], None]] = []


def take_over() -> None:
    """Let this process, a command, end at once at Ctrl-C (with one line and status 130) and when
    it is told to (143, 129), with what `ending_with` names done before.
    """
    for number in ENDS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _leave)  # what is ignored (nohup, &) stays ignored


def give_back() -> None:
    """Let the signals do what they do by default: for a child of this process."""
    for number in ENDS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def ignore() -> None:
    """Let nothing change how this process ends: a command is done, and Python only tidies up."""
    for number in ENDS:
        signal.signal(number, signal.SIG_IGN)


def _leave(number: int, frame: FrameType | None) -> None:
    """End the process. Nothing is raised: it may be in a library that would not let it through."""
    ignore()
    for cleanup in reversed(_cleanups):
        with suppress(Exception):
            cleanup()
    if number == signal.SIGINT:
        with suppress(OSError):
            os.write(2, f"backproof: {MESSAGE}\n".encode())
    os._exit(128 + number)


@contextmanager
def ending_with(cleanup: Callable[[], None]) -> Iterator[None]:
    """Do something at the end of a block, however it ends; by a signal too, where this process is
    a command.
    """
    _cleanups.append(cleanup)
    try:
        yield
    finally:
        with held():
            cleanup()
            _cleanups.remove(cleanup)


@contextmanager
def held() -> Iterator[None]:
    """Hold signals back until the end of a block, which must be short."""
    came: list[int] = []
    before: dict[int, Handler] = {}
    if threading.current_thread() is threading.main_thread():
        for number in ENDS:
            handler = signal.getsignal(number)
            if handler not in (signal.SIG_IGN, None):  # None: not Python's
                before[number] = handler
                signal.signal(number, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        for number in reversed(before):  # Ctrl-C last: it may be an exception from then on
            signal.signal(number, before[number])
        for number in dict.fromkeys(came):
            signal.raise_signal(number)


class _Request:
    """Whether Ctrl-C was pressed.

    Parameters
    ----------
    again : whether a second one interrupts as usual
    """

    def __init__(self, again: bool):
        self.again, self.hit = again, False

    def handler(self, number: int, frame: FrameType | None) -> None:
        """Take Ctrl-C."""
        if self.hit and self.again:
            raise KeyboardInterrupt
        self.hit = True

    def __call__(self) -> bool:
        return self.hit


def _never() -> bool:
    return False


@contextmanager
def requested(again: bool = True) -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C within a block into a wish; yield what tells whether it was made.

    Parameters
    ----------
    again : whether a second Ctrl-C interrupts as usual, wherever it finds us

    A block within such a block has the same wish. Where the program has a handler of its own,
    nothing changes.
    """
    main = threading.current_thread() is threading.main_thread()
    current: Handler = signal.getsignal(signal.SIGINT) if main else None
    outer = getattr(current, "__self__", None)
    if isinstance(outer, _Request):
        yield outer
    elif current in (signal.default_int_handler, _leave):
        request = _Request(again)
        signal.signal(signal.SIGINT, request.handler)
        try:
            yield request
        finally:
            signal.signal(signal.SIGINT, current)
    else:
        yield _never
