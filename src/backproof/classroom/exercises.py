"""Exercise sheets: a step of backpropagation to work by hand, a file to fill in, and the key with
the working.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..activations import Array
from ..backprop import check_data
from ..checks import generator, is_flat, numbers, whole_number
from ..errors import InputError, choose
from ..network import checked_sizes
from ..settings import DECIMALS, TRAINING
from ..typesetting.document import Document
from ..typesetting.formats import Format
from ..typesetting.html import notebook
from ..writing import FolderKind, put, write_folder
from . import sheets
from .answers_file import answers_file
from .friendly import friendly_data, friendly_network, hidden_mistakes
from .levels import LEVELS
from .sheets import SHEET_FORMATS
from .task import SHEET_RATE, Task

SHEET, SHEETS = FolderKind("sheet", "key.toml"), FolderKind("set of sheets", "keys")
SHEET_DECIMALS = replace(DECIMALS, most=12)
MOST_EXAMPLES = 12
MOST_ASKED = 400  # numbers, on one sheet
TRIES = 60  # candidates among which one is looked for that hides no mistake


@dataclass(frozen=True, eq=False)
class Exercise(Task):
    """One sheet: a task, and what is written of it.

    Parameters
    ----------
    net, x, y, level, decimals, seed, rate : of the task
    hidden : (quantity, mistake) that these numbers would not show; usually none
    """

    hidden: tuple[tuple[str, str], ...] = ()

    def sheet(self) -> Document:
        """Return the sheet: what is given, and blanks."""
        return sheets.sheet(self)

    def working(self) -> Document:
        """Return the key with the working of every quantity."""
        return sheets.working(self)

    def answers(self, filled: bool = False) -> str:
        """Return the answers file, to fill in; or, `filled`, the teacher's key, which holds the
        right numbers too.
        """
        return answers_file(self, filled)

    def _repr_html_(self) -> str:
        return notebook(self.sheet(), {})

    def __repr__(self) -> str:
        return f"Exercise({self.id}: {self.net}, {len(self.x)} examples)"

    def to_dict(self) -> dict[str, Any]:
        """Return what the sheet is about, and the right numbers, as the JSON of ``backproof
        exercise --json``.
        """
        return {
            "sheet": self.id,
            "seed": self.seed,
            "level": self.level,
            "decimals": self.decimals,
            "network": self.net.document(),
            "x": self.x,
            "y": self.y,
            "learning_rate": self.rate,
            "asked": list(self.asked),
            "answers": {name: self.chain.exact[name] for name in self.asked},
            "hidden": [list(pair) for pair in self.hidden],
        }

    def save(self, folder: str | Path, form: str = "markdown", overwrite: bool = False) -> Path:
        """Write sheet, answers file, key and working to a folder; raise `InputError` if it can't be
        written.
        """
        kind = choose("format", form, SHEET_FORMATS)

        def fill(made: Path) -> None:
            _write(self, files_of_sheet(made, kind), kind)

        return write_folder(folder, fill, SHEET, overwrite)


@dataclass(frozen=True)
class Files:
    """Where an exercise is written: sheet and answers file to hand out, key and working to keep."""

    sheet: Path
    answers: Path
    key: Path
    working: Path

    def to_dict(self) -> dict[str, str]:
        """Return the files by what they are called in a folder of their own."""
        ending = self.sheet.suffix
        return {
            f"sheet{ending}": str(self.sheet),
            "answers.toml": str(self.answers),
            "key.toml": str(self.key),
            f"working{ending}": str(self.working),
        }


def files_of_sheet(folder: Path, kind: Format) -> Files:
    """Return the files of a sheet that has a folder of its own."""
    return Files(
        folder / f"sheet{kind.ending}",
        folder / "answers.toml",
        folder / "key.toml",
        folder / f"working{kind.ending}",
    )


def files_among_many(folder: Path, kind: Format, seed: int) -> Files:
    """Return the files of one of many sheets: ``sheets/SEED/`` to hand out, ``keys/SEED.toml`` with
    the working beside it to keep.
    """
    handout, keys = folder / "sheets" / str(seed), folder / "keys"
    return Files(
        handout / f"sheet{kind.ending}",
        handout / "answers.toml",
        keys / f"{seed}.toml",
        keys / f"{seed}-working{kind.ending}",
    )


def save_all(
    exercises: Sequence[Exercise],
    folder: str | Path,
    form: str = "markdown",
    overwrite: bool = False,
) -> Path:
    """Write many sheets to a folder, each to its `files_among_many`; raise `InputError` if it can't
    be written.
    """
    kind = choose("format", form, SHEET_FORMATS)

    def fill(made: Path) -> None:
        for one in exercises:
            _write(one, files_among_many(made, kind, one.seed), kind)

    return write_folder(folder, fill, SHEETS, overwrite)


def _write(one: Exercise, files: Files, kind: Format) -> None:
    files.sheet.parent.mkdir(parents=True, exist_ok=True)
    files.key.parent.mkdir(parents=True, exist_ok=True)
    put(files.sheet, kind.write(one.sheet(), {}))
    put(files.answers, one.answers())
    put(files.key, one.answers(filled=True))
    put(files.working, kind.write(one.working(), {}))


def exercise(
    seed: int = 0,
    level: str = "step",
    *,
    hidden: Sequence[int] = (2,),
    activation: str = "sigmoid",
    output: str = "sigmoid",
    loss: str | None = None,
    examples: int = 3,
    inputs: int = 2,
    outputs: int = 1,
    data: tuple[Any, Any] | None = None,
    decimals: int = 4,
    learning_rate: float = SHEET_RATE,
) -> Exercise:
    """Return an exercise whose numbers are friendly and show the usual mistakes.

    Parameters
    ----------
    seed : the same seed gives the same sheet, another one another
    level : `forward`, `output` (layer), `step`, `two-steps`
    hidden, activation, output, loss : the network
    examples, inputs, outputs : how many
    data : (x, y) instead of small whole numbers, XOR's say
    decimals : that each number is to be given to
    learning_rate : of the update

    Of up to 60 candidates the first is taken that hides none of the catalogue's mistakes, else the
    one that hides fewest. Raises `InputError` for what can't be used.
    """
    choose("level", level, LEVELS)
    decimals = SHEET_DECIMALS.check(decimals)
    examples = whole_number("examples", examples, 1, MOST_EXAMPLES)
    rate = TRAINING["learning_rate"].require(learning_rate)
    given = None
    if data is not None:
        given = x, y = _data(data)
        examples, inputs, outputs = len(x), x.shape[1], y.shape[1]
    sizes = checked_sizes((inputs, *_listed(hidden), outputs))
    # known before a network is made: its units, and the entries of every z
    _check_asked(max(sum(sizes), examples * sum(sizes[1:])))
    rng = generator(seed)

    def candidate() -> Exercise:
        net = friendly_network(rng, sizes, activation, output, loss)
        x, y = check_data(net, *(given or friendly_data(rng, net, examples)))
        return Exercise(net, x, y, level, decimals, seed, rate)

    return _clearest(candidate() for _ in range(TRIES))


def _listed(hidden: Any) -> list[Any]:
    """Return the sizes of hidden layers as a list; a single number isn't one."""
    return list(hidden) if isinstance(hidden, (list, tuple)) else [hidden]


def _data(given: Any) -> tuple[Array, Array]:
    """Return a user's data as inputs and targets; raise `InputError` for what can't be."""
    try:
        x, y = given
    except (TypeError, ValueError):
        raise InputError("data must be a pair (x, y), as load returns it.") from None
    x = numbers("x", x, 2)
    if is_flat(y):
        return x, numbers("y", y, 1)[:, None]
    return x, numbers("y", y, 2)


def _check_asked(count: int) -> None:
    """Raise `InputError` if a sheet would ask for too many numbers."""
    if count > MOST_ASKED:
        raise InputError(
            f"such a sheet would ask for more than {MOST_ASKED} numbers: use a smaller network or"
            " fewer examples."
        )


def _clearest(candidates: Iterable[Exercise]) -> Exercise:
    """Return the first that hides no mistake; else the one that hides fewest, and of those the one
    in which fewest look alike.
    """
    found = []
    for one in candidates:
        # as many for each candidate; but the first has to be there to count them
        _check_asked(sum(one.chain.exact[name].size for name in one.asked))
        hides, alike = hidden_mistakes(one.chain, one.asked, one.decimals)
        if not hides:
            return one
        found.append((len(hides), alike, replace(one, hidden=tuple(hides))))
    *_, best = min(found, key=lambda seen: seen[:2])
    return best
