"""What the document of a file must hold, as a value; and the faults of a document by their places.

A document is walked once. Who asked for its faults decides what is lost by one: of a run the whole,
of a learner's answers that entry.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Any, Protocol

from .errors import InputError, unknown
from .prose import comma_list, number_of, shown

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """What is wrong at one place of a document.

    Parameters
    ----------
    place : the keys and numbers, from 0, that lead there
    says : what is wrong, as it follows on the name of the place: ``must be a number, got 'a'``
    """

    place: Place
    says: str

    def __str__(self) -> str:
        return f"{path(self.place) or 'it'} {self.says}."


def path(place: Place) -> str:
    """Return a place as text, counted from 1: ``layers[1].W[1,3]``."""
    text = ""
    for numbered, steps in groupby(place, lambda step: isinstance(step, int)):
        if numbered:
            text += f"[{','.join(str(int(step) + 1) for step in steps)}]"
        else:
            text += "." * bool(text) + ".".join(map(str, steps))
    return text


class Kind(Protocol):
    """A kind of value that may stand in a document."""

    @property
    def words(self) -> str:
        """What it is: ``a number``."""

    def faults(self, value: Any, place: Place = ()) -> Iterator[Fault]:
        """Yield what is wrong with a value that stands at a place."""


def check(kind: Kind, value: Any, where: str) -> None:
    """Raise `InputError` for the first fault of a value, after `where` it comes from."""
    for fault in kind.faults(value):
        raise InputError(f"{where}: {fault}")


def _wrong(kind: Kind, value: Any, place: Place) -> Fault:
    return Fault(place, f"must be {kind.words}, got {shown(value)}")


@dataclass(frozen=True)
class Single:
    """A single value, which `fits` or not."""

    words: str
    fits: Callable[[Any], bool]

    def faults(self, value: Any, place: Place = ()) -> Iterator[Fault]:
        """Yield a fault for a value that doesn't fit."""
        if not self.fits(value):
            yield _wrong(self, value, place)


TEXT = Single("a text", lambda value: isinstance(value, str) and "\0" not in value)
SWITCH = Single("true or false", lambda value: isinstance(value, bool))
NOTHING = Single("null", lambda value: value is None)


def number(low: float = -math.inf, finite: bool = True) -> Single:
    """Return the kind of a number from `low` up; unless it must be `finite`, it may be one of the
    texts inf, -inf and nan.
    """

    def fits(value: Any) -> bool:
        if not finite and isinstance(value, str) and value in ("inf", "-inf", "nan"):
            return True
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
            return False
        try:
            found = float(value)
        except OverflowError:
            return False
        return not found < low and (math.isfinite(found) or not finite)

    words = "a finite number" if finite else "a number"
    return Single(words if low == -math.inf else f"{words} from {low:g} up", fits)


def whole(low: int = 0, high: int | None = None) -> Single:
    """Return the kind of a whole number from `low` up, to `high` if there is one."""

    def fits(value: Any) -> bool:
        if not isinstance(value, int) or isinstance(value, bool):
            return False
        return value >= low and (high is None or value <= high)

    end = " up" if high is None else f" to {high:,}"
    return Single(f"a whole number from {low}{end}", fits)


@dataclass(frozen=True)
class OneOf:
    """One of some names, which are of a `kind`."""

    kind: str
    names: Collection[str]

    @property
    def words(self) -> str:
        """What it is."""
        return f"one of {comma_list(self.names)}"

    def faults(self, value: Any, place: Place = ()) -> Iterator[Fault]:
        """Yield a fault for anything else, with the nearest name."""
        if not isinstance(value, str) or value not in self.names:
            yield Fault(place, f"is an {str(unknown(self.kind, value, self.names)).rstrip('.')}")


@dataclass(frozen=True)
class Either:
    """A value of one of several kinds."""

    kinds: tuple[Kind, ...]

    @property
    def words(self) -> str:
        """What it is."""
        return " or ".join(kind.words for kind in self.kinds)

    def faults(self, value: Any, place: Place = ()) -> Iterator[Fault]:
        """Yield the faults by the kind that comes nearest: whose first fault lies deepest."""
        found = [list(kind.faults(value, place)) for kind in self.kinds]
        if not all(found):
            return
        nearest = max(found, key=lambda faults: len(faults[0].place))
        if len(nearest[0].place) > len(place):
            yield from nearest
        else:
            yield _wrong(self, value, place)


def maybe(kind: Kind) -> Either:
    """Return the kind of a value that may be null."""
    return Either((kind, NOTHING))


@dataclass(frozen=True)
class ListOf:
    """A list of values of one kind, at least so many; `noun` is what they are called."""

    kind: Kind
    least: int = 0
    noun: str = "value"

    @property
    def words(self) -> str:
        """What it is."""
        return f"a list of at least {number_of(self.least, self.noun)}" if self.least else "a list"

    def faults(self, value: Any, place: Place = ()) -> Iterator[Fault]:
        """Yield a fault for anything else, and those of what is in it."""
        if not isinstance(value, list) or len(value) < self.least:
            yield _wrong(self, value, place)
            return
        for i, item in enumerate(value):
            yield from self.kind.faults(item, (*place, i))


@dataclass(frozen=True)
class Numbers:
    """Numbers in a list, or in rows of one length where there are two dimensions."""

    dimensions: int
    number: Kind = field(default_factory=number)

    @property
    def words(self) -> str:
        """What it is."""
        return "a list of numbers" if self.dimensions == 1 else "numbers in rows of one length"

    def faults(self, value: Any, place: Place = ()) -> Iterator[Fault]:
        """Yield a fault for anything else, and those of its numbers."""
        if not isinstance(value, list) or not value:
            yield _wrong(self, value, place)
        elif self.dimensions == 1:
            if not _plainly_finite(value):
                yield from self._each(value, place)
        elif not all(isinstance(row, list) and len(row) == len(value[0]) for row in value):
            yield _wrong(self, value, place)
        else:
            row_kind = Numbers(1, self.number)
            for i, row in enumerate(value):
                yield from row_kind.faults(row, (*place, i))

    def _each(self, value: Iterable[Any], place: Place) -> Iterator[Fault]:
        for i, item in enumerate(value):
            yield from self.number.faults(item, (*place, i))


def _plainly_finite(value: list[Any]) -> bool:
    """Whether these are nothing but finite floats, as most are; this takes no time."""
    return set(map(type, value)) == {float} and all(map(math.isfinite, value))


@dataclass(frozen=True)
class Table:
    """An object with entries of their own kinds.

    Parameters
    ----------
    required, optional : kinds by the name of the entry
    closed : no other entries may stand in it
    remark : what to say where one is missing
    """

    required: Mapping[str, Kind]
    optional: Mapping[str, Kind] = field(default_factory=dict)
    closed: bool = False
    remark: str = ""

    @property
    def words(self) -> str:
        """What it is."""
        with_what = f" with {comma_list(self.required)}" if self.required else ""
        return f"a table{with_what}"

    def faults(self, value: Any, place: Place = ()) -> Iterator[Fault]:
        """Yield a fault for anything else, and those of its entries."""
        if not isinstance(value, dict):
            yield _wrong(self, value, place)
            return
        for name in self.required:
            if name not in value:
                yield Fault(place, f'lacks "{name}"{self.remark}')
        for name, item in value.items():
            kind = self.required.get(name) or self.optional.get(name)
            if kind is not None:
                yield from kind.faults(item, (*place, name))
            elif self.closed:
                known = comma_list((*self.required, *self.optional))
                yield Fault(place, f"has an unknown entry {shown(name)}. Known: {known}")


@dataclass(frozen=True)
class TableOf:
    """An object with any names, whose entries are of one kind."""

    kind: Kind

    @property
    def words(self) -> str:
        """What it is."""
        return "a table"

    def faults(self, value: Any, place: Place = ()) -> Iterator[Fault]:
        """Yield a fault for anything else, and those of its entries."""
        if not isinstance(value, dict):
            yield _wrong(self, value, place)
            return
        for name, item in value.items():
            yield from self.kind.faults(item, (*place, name))


@dataclass(frozen=True)
class Checked:
    """A value that a function checks, which raises `InputError` and says what it must be."""

    check: Callable[[Any], Any]
    words: str = "a value that can be used"

    def faults(self, value: Any, place: Place = ()) -> Iterator[Fault]:
        """Yield what the function says."""
        try:
            self.check(value)
        except InputError as error:
            yield Fault(place, f"can't be used: {str(error).rstrip('.')}")


@dataclass(frozen=True)
class Form:
    """A document of backproof's own, which says what it is and in which version.

    Parameters
    ----------
    format, version : what it says of itself
    noun : what it is called
    table : what it holds
    """

    format: str
    version: int
    noun: str
    table: Table

    def check(self, document: Any, where: str) -> None:
        """Raise `InputError` for a document of another format or version, and for its first
        fault.
        """
        if not isinstance(document, dict) or document.get("format") != self.format:
            raise InputError(
                f'{where}: not a {self.noun}: it should be a JSON object with "format":'
                f' "{self.format}".'
            )
        version = document.get("version")
        if version != self.version or isinstance(version, bool):
            raise InputError(
                f"{where}: {self.noun} of version {shown(version)}; this backproof reads version"
                f" {self.version}."
            )
        check(self.table, document, where)
