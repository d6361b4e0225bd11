"""Long texts, page by page."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys

import click

LESS = "FRX"  # as git has it: leaves what fits one screen, shows bold, and what was read stays


def show(text: str) -> None:
    """Print a text; where people read it at a terminal and it is longer than that, in their pager
    (PAGER, else less).
    """
    if not _wants_pager(text) or not _shown_in_pager(text):
        click.echo(text, nl=False)


def _wants_pager(text: str) -> bool:
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty()):
        return False
    return text.count("\n") >= shutil.get_terminal_size().lines


def _shown_in_pager(text: str) -> bool:
    """Show a text in the pager; whether there is one, and it worked."""
    pager = os.environ.get("PAGER") or "less"
    encoding, errors = sys.stdout.encoding, sys.stdout.errors or "strict"
    try:
        child = subprocess.Popen(
            shlex.split(pager), stdin=subprocess.PIPE, env={"LESS": LESS, **os.environ}
        )
    except (OSError, ValueError, IndexError):  # not there, no program, quotation marks left open
        return False
    _feed(child, text.encode(encoding, errors))
    return child.returncode == 0


def _feed(child: subprocess.Popen[bytes], text: bytes) -> None:
    """Give the pager its text, and wait for it: Ctrl-C is the pager's, not ours."""
    left: bytes | None = text
    while child.returncode is None:
        try:
            child.communicate(left)
        except KeyboardInterrupt:
            left = None  # what it was given it goes on to read
