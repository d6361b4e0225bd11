"""Two folders change places."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # renameat2(2)
CANNOT = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)  # this kernel, this file system


def exchange(new: Path, place: Path) -> None:
    """Let two folders change places: at one stroke where the system can, else one after the other,
    so that for a moment nothing stands at `place`.
    """
    if at_one_stroke(new, place):
        return
    aside = new.with_name(f"{new.name}-aside")
    place.rename(aside)
    try:
        new.rename(place)
    except BaseException:
        aside.rename(place)
        raise
    aside.rename(new)


def at_one_stroke(new: Path, place: Path) -> bool:
    """Let two folders change places so that each name always has one; False if that can't be had
    here, and then nothing has happened.
    """
    if sys.platform != "linux":
        return False
    import ctypes  # only an overwriting needs it

    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    paths = os.fsencode(new), os.fsencode(place)
    if renameat2(AT_FDCWD, paths[0], AT_FDCWD, paths[1], RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(place))
