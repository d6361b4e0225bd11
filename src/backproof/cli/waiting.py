"""What is shown while a command works: for longer than a second, what it does and for how long."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..prose import shortened, terminal_width
from .common import Voice

FIRST, EVERY = 1.0, 0.2  # seconds until a line is shown, and between two
SPINNING = "|/-\\"
CLEAR = "\r\x1b[K"  # to the start of the line, and what stands there away

Doing = Callable[[str], None]


@contextmanager
def waiting(voice: Voice, what: str) -> Iterator[Doing]:
    """Show on standard error, where that is a terminal, what is being done and for how long; the
    function that is given says what is done next.
    """
    if not voice.animated:
        yield lambda what: None
        return
    line = _Line(what)
    line.start()
    try:
        yield line.say
    finally:
        line.stop()


class _Line(threading.Thread):
    """A line that a thread of its own keeps up to date."""

    def __init__(self, what: str):
        super().__init__(daemon=True)  # an interrupted command doesn't wait for it
        self.what = what
        self.ended = threading.Event()
        self.began = time.monotonic()
        self.shown = 0  # how often

    def say(self, what: str) -> None:
        self.what = what

    def run(self) -> None:
        pause = FIRST
        while not self.ended.wait(pause):
            self.draw()
            pause = EVERY

    def draw(self) -> None:
        seconds = time.monotonic() - self.began
        sign = SPINNING[self.shown % len(SPINNING)]
        text = shortened(f"{sign} {self.what}, {seconds:.0f} s", terminal_width() - 1)
        sys.stderr.write(f"{CLEAR}{text}")
        sys.stderr.flush()
        self.shown += 1

    def stop(self) -> None:
        self.ended.set()
        self.join()
        if self.shown:
            sys.stderr.write(CLEAR)
            sys.stderr.flush()
