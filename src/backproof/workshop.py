"""A hidden folder beside the place of what is being written, and what a process that was killed has
left of it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from .errors import InputError
from .interrupts import ending_with, held

try:
    import fcntl
except ImportError:  # Windows: no locks of this kind
    fcntl = None  # type: ignore[assignment]

NAME = re.compile(r"\.backproof\.(?P<host>.*)\.(?P<pid>\d+)\.[0-9a-f]{8}")
WAITS, PAUSE = 20, 0.005  # of a reader for a folder that is being replaced; seconds
T = TypeVar("T")

_own: set[str] = set()  # those of this process
_swept: set[Path] = set()  # folders that this process has looked through


def _host() -> str:
    return os.uname().nodename[:64] if hasattr(os, "uname") else ""


@contextmanager
def workshop(parent: Path) -> Iterator[Path]:
    """Yield a new hidden folder in a folder; at the end it is gone with all that is in it, also
    where a signal ends this process.
    """
    import shutil  # slow to import, and most programs write nothing

    sweep(parent)
    name = f".backproof.{_host()}.{os.getpid()}.{os.urandom(4).hex()}"
    made = parent.absolute() / name
    with ExitStack() as stack:
        with held():
            _own.add(name)
            stack.callback(_own.discard, name)
            made.mkdir(mode=0o700)
            stack.enter_context(ending_with(lambda: shutil.rmtree(made, ignore_errors=True)))
            lock(made, stack)
        yield made


def lock(folder: Path, stack: ExitStack) -> bool:
    """Lock a folder until the end of a stack, or of this process; False where there are no locks.

    Raises `BlockingIOError` if another has locked it, or put one in its place.
    """
    if fcntl is None:
        return False
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    stack.callback(os.close, handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return False  # some network file systems have none
    if not os.path.samestat(os.fstat(handle), os.stat(folder)):
        raise BlockingIOError
    return True


def sweep(parent: Path) -> None:
    """Remove the hidden folders that processes of this user, on this machine, have left when they
    were killed: those whose process is gone and whose lock is free.
    """
    parent = parent.absolute()
    if parent in _swept or fcntl is None:
        return
    _swept.add(parent)
    with suppress(OSError):
        for entry in list(os.scandir(parent)):
            if _is_abandoned(entry):
                _remove(Path(entry))


def _is_abandoned(entry: os.DirEntry[str]) -> bool:
    found = NAME.fullmatch(entry.name)
    if found is None or found["host"] != _host() or entry.name in _own:
        return False
    if not entry.is_dir(follow_symlinks=False):
        return False
    if entry.stat(follow_symlinks=False).st_uid != os.getuid():
        return False
    pid = int(found["pid"])
    # an earlier process may have had our own number, in a container say
    return pid == os.getpid() or not _lives(pid)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _remove(abandoned: Path) -> None:
    import shutil

    with ExitStack() as stack, suppress(OSError):
        if lock(abandoned, stack):  # a process that we can't see, in another container, holds it
            shutil.rmtree(abandoned, ignore_errors=True)


def read_patiently(folder: Path, read: Callable[[], T]) -> T:
    """Return what `read` reads of a folder; while one beside it is being written, a failure is
    tried again, for a moment: where two folders can't change places at one stroke, this one may
    just be being replaced.
    """
    for _ in range(WAITS):
        try:
            return read()
        except InputError:
            if not _at_work(folder.parent):
                break
        time.sleep(PAUSE)
    return read()


def _at_work(parent: Path) -> bool:
    try:
        return any(map(NAME.fullmatch, os.listdir(parent)))
    except OSError:
        return False
