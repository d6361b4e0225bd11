"""Files and folders: text and JSON, written whole or not at all."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .errors import InputError


def plain(value: Any) -> Any:
    """Return `value` as JSON can hold it: arrays as lists, and numbers that aren't finite as "inf",
    "-inf", "nan".
    """
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # inf, -inf, nan
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def dumps(document: Any) -> str:
    """Return a document as JSON text: floats as the shortest decimals that read back to the same
    float64, a row of numbers to a line.
    """
    return _lines(plain(document), "") + "\n"


def _lines(value: Any, indent: str) -> str:
    inner = indent + " "
    if isinstance(value, dict) and value:
        items = (
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {_lines(item, inner)}"
            for key, item in value.items()
        )
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, (list, dict)) for item in value):
        return "[\n" + ",\n".join(inner + _lines(item, inner) for item in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _open_up(path: str | Path, mode: int) -> None:
    """Give a temporary file or folder, which is private, the permissions that a new one has."""
    umask = os.umask(0)  # it can only be read by setting it
    os.umask(umask)
    os.chmod(path, mode & ~umask)


def write_text(path: str | Path, text: str) -> None:
    """Write a file whole or not at all: beside its place first, then moved there."""
    import tempfile  # slow to import, and most programs write nothing

    path = Path(path)
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
            _open_up(temporary, 0o666)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise InputError(f"can't write {path}: {error.strerror or error}.") from None
    except ValueError as error:  # a NUL in the name
        raise InputError(f"can't write {str(path)!r}: {error}.") from None


def write_json(path: str | Path, document: Any) -> None:
    """Write a document as JSON, whole or not at all."""
    write_text(path, dumps(document))


@dataclass(frozen=True)
class FolderKind:
    """A kind of folder that backproof writes: what it is called, and the file by which one knows it
    again.
    """

    name: str
    mark: str


def check_folder(folder: str | Path, kind: FolderKind, overwrite: bool) -> None:
    """Raise `InputError` if a folder of this kind can't be written there without a loss."""
    if "\0" in str(folder):
        raise InputError(f"a folder can't be called {str(folder)!r}.")
    try:
        _check_folder(Path(folder), kind, overwrite)
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise InputError(
            f"can't write the {kind.name} {folder}: {error.strerror or error}."
        ) from None


def _check_folder(folder: Path, kind: FolderKind, overwrite: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: name a folder for the {kind.name}.")
    if folder.is_dir() and any(folder.iterdir()):
        if not overwrite:
            raise InputError(
                f"{folder} exists and is not empty: name another folder, or overwrite it"
                " (--overwrite)."
            )
        if not (folder / kind.mark).exists():
            raise InputError(
                f"{folder} holds no {kind.mark}, so it is not a {kind.name}: name another folder."
            )
    parent = next((above for above in folder.absolute().parents if above.exists()), Path("/"))
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise InputError(
            f"can't write the {kind.name} {folder}: no permission to write in {parent}."
        )


def write_folder(
    folder: str | Path, fill: Callable[[Path], None], kind: FolderKind, overwrite: bool = False
) -> Path:
    """Write a folder whole or not at all and return its path; `fill` writes its files into the
    folder that it is given.

    It must not exist, or be empty, unless `overwrite`. Raises `InputError` if it can't be used;
    then nothing has changed.
    """
    import shutil  # slow to import, and most programs write nothing
    import tempfile

    folder = Path(folder)
    check_folder(folder, kind, overwrite)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as error:
        raise InputError(
            f"can't write the {kind.name} {folder}: {error.strerror or error}."
        ) from None
    try:
        _open_up(made, 0o777)
        fill(made)
        _move(made, folder)
    except OSError as error:
        raise InputError(
            f"can't write the {kind.name} {folder}: {error.strerror or error}."
        ) from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _move(made: Path, folder: Path) -> None:
    """Put the finished folder in its place, and an older one there away only when it stands."""
    import shutil
    import tempfile

    if not folder.exists():
        made.rename(folder)
        return
    old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    folder.rename(old / "old")
    try:
        made.rename(folder)
    except BaseException:  # Ctrl-C between the two would lose the older one
        (old / "old").rename(folder)
        raise
    finally:
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
