"""Files and folders, written whole or not at all: beside their place first, then moved there."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import InputError
from .exchange import exchange
from .files import as_path, dumps
from .interrupts import ending_with, held
from .workshop import lock, sweep, workshop


def cannot(what: str, error: OSError) -> InputError:
    """Return the error for what the system doesn't let us write."""
    return InputError(f"can't write {what}: {error.strerror or error}.")


# files


def write_text(path: str | Path, text: str) -> None:
    """Write a file whole or not at all; into a device or a pipe, straight."""
    path = as_path(path)
    try:
        if b"\0" in os.fsencode(path):
            raise ValueError
        if path.exists() and not path.is_file() and not path.is_dir():
            _pour(path, text)
            return
    except OSError as error:
        raise cannot(str(path), error) from None
    except ValueError:  # a NUL, or half a character
        raise InputError(f"a file can't be called {str(path)!r}.") from None
    write_files({path: lambda new: put(new, text)})


def write_json(path: str | Path, document: Any) -> None:
    """Write a document as JSON, whole or not at all."""
    write_text(path, dumps(document))


def put(path: Path, text: str) -> None:
    """Write a text into a file that nobody reads yet."""
    path.write_text(text, encoding="utf-8", errors="replace")


def _pour(path: Path, text: str) -> None:
    # a pipe that nobody reads is an error instead of a wait without end
    pipe = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
    os.set_blocking(pipe, True)
    with os.fdopen(pipe, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)


def write_files(files: Mapping[Path, Callable[[Path], None]]) -> None:
    """Write files that belong together, all into one folder: all of them, or none.

    Parameters
    ----------
    files : by place, what writes the file to the path that it is given

    Raises `InputError` where one can't be written; then nothing has changed.
    """
    places = list(files)
    try:
        _refuse_folders(places)
        with workshop(places[0].parent) as made:
            new = made / "new"
            new.mkdir()
            for place, write in files.items():
                write(new / place.name)
            with held():
                _place_all(new, places)
    except OSError as error:
        raise cannot(str(_blamed(places, error)), error) from None


def _refuse_folders(places: list[Path]) -> None:
    for place in places:
        if place.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(place))


def _blamed(places: list[Path], error: OSError) -> Path:
    """Return the file that an error is about."""
    names = [Path(os.fsdecode(name)).name for name in (error.filename, error.filename2) if name]
    return next((place for place in places if place.name in names), places[0])


def _place_all(new: Path, places: list[Path]) -> None:
    """Move finished files to their places; if one can't be, those that stood there are back."""
    _refuse_folders(places)
    old = new.with_name("old")
    old.mkdir()
    for place in places:
        if len(places) > 1 and place.exists():
            _keep(place, old / place.name)
    moved: list[Path] = []
    try:
        for place in places:
            os.replace(new / place.name, place)
            moved.append(place)
    except BaseException:
        for place in moved:
            if (old / place.name).exists():
                os.replace(old / place.name, place)
            else:
                place.unlink()
        raise


def _keep(place: Path, old: Path) -> None:
    """Keep what stands in a file's place under another name too."""
    import shutil  # slow to import, and most programs write nothing

    try:
        os.link(place, old)
    except OSError:  # not every file system has links
        shutil.copy2(place, old)


# folders


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
        raise cannot(f"the {kind.name} {folder}", error) from None


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

    It must not exist, or be empty, unless `overwrite`; an older one is there until the new one is.
    Raises `InputError` if it can't be used, or if something has come to stand there meanwhile; then
    nothing has changed.
    """
    folder = as_path(folder)
    check_folder(folder, kind, overwrite)
    try:
        with new_parents(folder), workshop(folder.parent) as made:
            new = made / "new"
            new.mkdir()
            fill(new)
            with held():
                _place(new, folder, kind, overwrite)
    except OSError as error:
        raise cannot(f"the {kind.name} {folder}", error) from None
    return folder


def _place(new: Path, folder: Path, kind: FolderKind, overwrite: bool) -> None:
    """Put a finished folder in its place; an older one is then where the new one was."""
    check_folder(folder, kind, overwrite)
    if overwrite and folder.is_dir() and any(folder.iterdir()):
        exchange(new, folder)
        return
    if os.name == "nt" and folder.is_dir():
        folder.rmdir()  # it is empty; elsewhere it is replaced
    new.rename(folder)  # refused where one that is not empty has come to stand this very moment


@contextmanager
def new_parents(folder: Path) -> Iterator[None]:
    """Make the folders above; at the end those that are still empty are gone again."""
    missing = [above for above in folder.absolute().parents if not above.exists()]

    def remove() -> None:
        for above in missing:  # from the innermost
            _remove_if_empty(above)

    with ending_with(remove):
        folder.parent.mkdir(parents=True, exist_ok=True)
        yield


@contextmanager
def reserved(folders: Iterable[Path]) -> Iterator[Path]:
    """Hold the first of some folders that can be had, for one that takes long to fill, and yield
    it. It is there from now on; at the end it is gone again if it is still empty.

    Raises `InputError` if none can be had: something has come to stand there, or another process
    holds it.
    """
    with ExitStack() as stack:
        for folder in folders:
            try:
                if _take(folder, stack):
                    break
            except OSError as error:
                raise cannot(str(folder), error) from None
        else:
            raise InputError(
                f"{folder} was taken by another process meanwhile: name another folder."
            )
        yield folder


def _take(folder: Path, stack: ExitStack) -> bool:
    """Make a folder ours, new or empty, until the end of a stack; False if it can't be."""
    sweep(folder.parent)
    with held(), ExitStack() as taken:
        taken.enter_context(new_parents(folder))
        new = _is_made(folder)
        try:
            locked = lock(folder, taken)
        except (BlockingIOError, NotADirectoryError):
            return False
        # without locks, one that is there already may be another's
        if not (new or locked) or any(folder.iterdir()):
            return False
        if new:
            taken.enter_context(ending_with(lambda: _remove_if_empty(folder)))
        stack.enter_context(taken.pop_all())
    return True


def _is_made(folder: Path) -> bool:
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
