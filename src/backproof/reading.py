"""Text and JSON as they are read: whole, from files up to a size, or not at all."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

from .errors import InputError
from .files import as_path

MOST_BYTES = 2**30  # of a file that is read
HALF_A_CHARACTER = r"\\u[dD][89a-fA-F]"  # in JSON: alone it is no text that could be written


def is_folder(path: str | Path) -> bool:
    """Whether a folder stands there, as far as one may look."""
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def is_there(path: str | Path) -> bool:
    """Whether a file or a folder stands there, as far as one may look."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def is_file(path: str | Path) -> bool:
    """Whether a file stands there, as far as one may look."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def read_text(path: str | Path, remedy: str = "", most: int = MOST_BYTES) -> str:
    """Return a text file without the mark that spreadsheets put before it.

    Raises `InputError` if there is none, if it has more than `most` bytes, or if it isn't text in
    UTF-8, with the `remedy` for that.
    """
    data = _bytes(path, most)
    hint = f": {remedy}" if remedy else ""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not a text file in UTF-8{hint}.") from None
    if "\0" in text:
        raise InputError(f"{path} is not a text file in UTF-8, it holds NUL characters{hint}.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bytes(path: str | Path, most: int) -> bytes:
    """Return the bytes of a file or a pipe; raise `InputError` if they can't be had."""
    path = as_path(path)
    try:
        # a pipe without a writer would else be waited for without end
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
        with os.fdopen(handle, "rb") as file:
            kind = os.fstat(handle).st_mode
            _check_kind(path, kind)
            if stat.S_ISFIFO(kind):
                os.set_blocking(handle, True)  # it ends at once where nobody writes
            data = file.read(most + 1)
    except OSError as error:
        raise InputError(f"can't read {path}: {error.strerror or error}.") from None
    except InputError:
        raise
    except ValueError as error:  # a NUL in the name
        raise InputError(f"can't read {str(path)!r}: {error}.") from None
    if stat.S_ISFIFO(kind) and not data:
        raise InputError(f"can't read {path}: this pipe delivers nothing.")
    if len(data) > most:
        size = f"{most / 2**20:,.0f} MB"
        raise InputError(f"can't read {path}: it is larger than {size}, the limit.")
    return data


_BINARY = getattr(os, "O_BINARY", 0)


def _check_kind(path: str | Path, kind: int) -> None:
    """Raise `InputError` for what is no file and no pipe."""
    if stat.S_ISDIR(kind):
        raise InputError(f"can't read {path}: Is a directory.")
    if not (stat.S_ISREG(kind) or stat.S_ISFIFO(kind)):
        raise InputError(f"can't read {path}: it is a device, not a file.")


def read_json(path: str | Path) -> Any:
    """Return the document of a JSON file; raise `InputError` naming the file and the line if there
    is none or it is broken.
    """
    return json_of(read_text(path), path)


def json_of(text: str, path: str | Path, **numbers: Any) -> Any:
    """Return the document of a text in JSON; `path` names it in errors, and `numbers` are as
    `json.loads` takes them.

    Raises `InputError` where it isn't JSON, and for a name that stands twice in one object.
    """
    try:
        document = json.loads(text, object_pairs_hook=_each_once, **numbers)
        if re.search(HALF_A_CHARACTER, text):
            json.dumps(document, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}, line {error.lineno}: not JSON ({error.msg}); is the file cut off?"
        ) from None
    except UnicodeEncodeError:
        raise InputError(f"{path}: a string in it holds half a character (\\ud800 …).") from None
    except (ValueError, ArithmeticError) as error:  # an integer with too many digits; a name twice
        raise InputError(f"{path}: can't be read ({error}).") from None
    except RecursionError:
        raise InputError(f"{path}: not a backproof file (nested too deeply).") from None
    return document


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; raise `ValueError` for a name that appears twice, of which
    Python would take the last.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise ValueError(f"{twice} appears twice")
    return found
