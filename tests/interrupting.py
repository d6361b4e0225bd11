"""Something done in a fork of this process and hit at a chosen call of one of the package's
functions; and a command in a process of its own.
"""

import os
import signal
import subprocess
import sys
import traceback
import warnings
from pathlib import Path

import backproof
from backproof.interrupts import take_over

SOURCE = str(Path(backproof.__file__).parent) + os.sep
OTHER_ERROR = 70  # exit status of a fork that ended with a traceback


class Watch:
    """Sees the first call of each of the package's functions in some files; at one of them it does
    something.
    """

    def __init__(self, files, at=None, do=None):
        self.files, self.at, self.do = tuple(files), at, do
        self.seen = []

    def __call__(self, frame, event, argument):
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(SOURCE):
            return
        file = code.co_filename.removeprefix(SOURCE)
        name = f"{file}:{code.co_qualname}"
        if file.startswith(self.files) and name not in self.seen:
            self.seen.append(name)
            if name == self.at:
                self.do()

    def __enter__(self):
        sys.setprofile(self)
        return self

    def __exit__(self, *error):
        sys.setprofile(None)


def calls(act, files):
    """Return the names of the functions in some files that something calls."""
    with Watch(files) as watch:
        act()
    return watch.seen


def in_fork(act, said):
    """Do something in a process that signals end as they end a command; return its exit status,
    and what it wrote to standard error, by way of a file.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # forking beside threads
        pid = os.fork()
    if pid == 0:
        _child(act, said)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status, said.read_text(encoding="utf-8")


def _child(act, said):
    status = 0
    try:
        os.dup2(os.open(said, os.O_CREAT | os.O_WRONLY | os.O_TRUNC), 2)
        sys.stderr = os.fdopen(os.dup(2), "w")
        take_over()
        act()
    except BaseException:
        status = OTHER_ERROR
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def heed():
    """Undo that a process which a shell started in the background ignores Ctrl-C, and so would
    what it starts.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


def launch(folder, *arguments):
    """Start a command in a folder, as from a terminal."""
    command = [sys.executable, "-m", "backproof", *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=folder, **pipes, preexec_fn=heed)
