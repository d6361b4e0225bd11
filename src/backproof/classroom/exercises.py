"""Exercise sheets: a step of backpropagation to work by hand, a file to fill in, and the key with
the working.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import settings
from ..activations import Array
from ..backprop import Objective, check_data
from ..checks import generator
from ..checks import numbers as numbers_
from ..errors import InputError, choose
from ..explain.derivation import Derivation, derive
from ..explain.working import Working, shape_text
from ..files import FolderKind, write_folder, write_text
from ..marking.chain import Chain
from ..network import Network
from ..settings import TRAINING
from ..typesetting.document import Document
from ..typesetting.figures import numbers
from ..typesetting.html import notebook, page
from ..typesetting.markdown import markdown
from ..typesetting.paper import paper
from ..typesetting.pieces import Blank, Either, Grid, Math, Words, row
from .friendly import TRIES, friendly_data, friendly_network, hidden_mistakes
from .levels import LEVELS, quantities_of

SHEET_FORMATS = {"markdown": ".md", "html": ".html", "latex": ".tex"}
SHEET, SHEETS = FolderKind("sheet", "key.toml"), FolderKind("set of sheets", "keys")
SHEET_RATE = 0.5
SHEET_DECIMALS = replace(settings.DECIMALS, most=12)
MOST_ASKED = 400  # asked for on one sheet


@dataclass(frozen=True, eq=False)
class Exercise:
    """One sheet.

    Parameters
    ----------
    net, x, y : the network, (m, n0) inputs, (m, nL) targets
    level : a name of `LEVELS`
    decimals : that each number is to be given to
    seed : that it was made from
    rate : the learning rate
    hidden : (quantity, mistake) that these numbers would not show; usually none
    """

    net: Network
    x: Array
    y: Array
    level: str
    decimals: int
    seed: int
    rate: float = SHEET_RATE
    hidden: tuple[tuple[str, str], ...] = ()

    @functools.cached_property
    def chain(self) -> Chain:
        """The steps with their true values."""
        stages = 2 if self.level == "two-steps" else 1
        return Chain(Objective(self.net, self.x, self.y), self.rate, stages)

    @functools.cached_property
    def asked(self) -> tuple[str, ...]:
        """The quantities that are asked for, in the order of computation."""
        return quantities_of(self.chain, self.level)

    @property
    def id(self) -> str:
        """By which a key is found for an answers file."""
        return f"{self.level}-{self.seed}"

    @functools.cached_property
    def derivations(self) -> tuple[Derivation, ...]:
        """The derivation of each step that the level asks for."""
        options: dict[str, Any] = {
            "learning_rate": self.rate,
            "decimals": self.decimals,
            "symbols": False,
        }
        found = [derive(self.net, self.x, self.y, **options)]
        if self.level == "two-steps":
            moved = {name: found[0][f"{name}_next"].value for name in self.net.parameters()}
            found.append(derive(self.net.with_parameters(moved), self.x, self.y, **options))
        return tuple(found)

    def sheet(self) -> Document:
        """Return the sheet: what is given, and blanks."""
        return _Writer(self).sheet()

    def working(self) -> Document:
        """Return the key with the working of every quantity."""
        return _Writer(self).working()

    def answers(self, filled: bool = False) -> str:
        """Return the answers file, to fill in; or, `filled`, the teacher's key, which holds the
        right numbers too.
        """
        return _answers(self, filled)

    def _repr_html_(self) -> str:
        return notebook(self.sheet(), {})

    def __repr__(self) -> str:
        return f"Exercise({self.id}: {self.net}, {len(self.x)} examples)"

    def to_dict(self) -> dict[str, Any]:
        """Return what the sheet is about, and the right numbers, as the JSON of ``backproof
        exercise --json``.
        """
        found: dict[str, Any] = {
            "sheet": self.id,
            "seed": self.seed,
            "level": self.level,
            "decimals": self.decimals,
        }
        found |= {
            "network": self.net.document(),
            "x": self.x,
            "y": self.y,
            "learning_rate": self.rate,
        }
        found |= {
            "asked": list(self.asked),
            "answers": {name: self.chain.exact[name] for name in self.asked},
        }
        return found | {"hidden": [list(pair) for pair in self.hidden]}

    def save(self, folder: str | Path, form: str = "markdown", overwrite: bool = False) -> Path:
        """Write sheet, answers file, key and working to a folder; raise `InputError` if it can't be
        written.
        """
        ending = choose("format", form, SHEET_FORMATS)

        def fill(made: Path) -> None:
            self._hand_out(made, ending)
            write_text(made / "key.toml", self.answers(filled=True))
            write_text(made / f"working{ending}", text_of(self.working(), ending))

        return write_folder(folder, fill, SHEET, overwrite)

    def _hand_out(self, folder: Path, ending: str) -> None:
        write_text(folder / f"sheet{ending}", text_of(self.sheet(), ending))
        write_text(folder / "answers.toml", self.answers())


def save_all(
    exercises: Sequence[Exercise],
    folder: str | Path,
    form: str = "markdown",
    overwrite: bool = False,
) -> Path:
    """Write many sheets: ``sheets/SEED/`` to hand out, ``keys/SEED.toml`` with the working beside
    it to keep.
    """
    ending = choose("format", form, SHEET_FORMATS)

    def fill(made: Path) -> None:
        (made / "keys").mkdir()
        for one in exercises:
            own = made / "sheets" / str(one.seed)
            own.mkdir(parents=True)
            one._hand_out(own, ending)
            write_text(made / "keys" / f"{one.seed}.toml", one.answers(filled=True))
            write_text(
                made / "keys" / f"{one.seed}-working{ending}", text_of(one.working(), ending)
            )

    return write_folder(folder, fill, SHEETS, overwrite)


def text_of(document: Document, ending: str) -> str:
    """Return a document in the format of a file's ending."""
    return {".md": markdown, ".tex": paper, ".html": page}[ending](document, {})


def _data(given: Any) -> tuple[Array, Array]:
    """Return a user's data as inputs and targets; raise `InputError` for what can't be."""
    try:
        x, y = given
    except (TypeError, ValueError):
        raise InputError("data must be a pair (x, y), as load returns it.") from None
    return numbers_("x", x, 2), (
        numbers_("y", y, 1)[:, None] if np.ndim(y) == 1 else numbers_("y", y, 2)
    )


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
    if isinstance(examples, bool) or not isinstance(examples, int) or not 1 <= examples <= 12:
        raise InputError(
            f"examples must be a whole number from 1 to 12, got {examples!r}: more is no work for a"
            " hand."
        )
    rate = TRAINING["learning_rate"].check(learning_rate)
    x, y = (
        _data(data)
        if data is not None
        else (np.empty((examples, inputs)), np.empty((examples, outputs)))
    )
    sizes = (x.shape[1], *hidden, y.shape[1])
    if sum(sizes) > MOST_ASKED or len(x) * sum(sizes[1:]) > MOST_ASKED:
        raise InputError(
            f"such a sheet would ask for more than {MOST_ASKED} numbers: take a smaller network or"
            " fewer examples."
        )
    rng = generator(seed)
    best: Exercise | None = None
    fewest = (np.inf, np.inf)
    for _ in range(TRIES):
        net = friendly_network(rng, sizes, activation, output, loss)
        given = (x, y) if data is not None else friendly_data(rng, net, examples)
        found = Exercise(net, *check_data(net, *given), level, decimals, seed, rate)
        if best is None and sum(found.chain.exact[name].size for name in found.asked) > MOST_ASKED:
            raise InputError(
                f"such a sheet would ask for more than {MOST_ASKED} numbers: take a smaller network"
                " or fewer examples."
            )
        hides, alike = hidden_mistakes(found.chain, found.asked, decimals)
        if (len(hides), alike) < fewest:
            fewest = (len(hides), alike)
            best = Exercise(net, found.x, found.y, level, decimals, seed, rate, tuple(hides))
        if not hides:
            break
    assert best is not None
    return best


class _Writer:
    """Writes the documents of an exercise."""

    def __init__(self, exercise: Exercise):
        self.exercise = exercise
        self.derivations = exercise.derivations
        self.doc = Document(self.derivations[0].notation)
        self.works = [Working(d, self.doc) for d in self.derivations]

    def sheet(self) -> Document:
        e = self.exercise
        self._introduction("Backpropagation by hand")
        self.doc.say(
            f"**Work out {LEVELS[e.level]}.** Give every number to {e.decimals} decimals. You may"
            " round each step and go on with what you wrote, or keep all digits: both are right."
            " Fill in answers.toml too, and “backproof check answers.toml” marks it."
        )
        for stage, part in self._stages():
            self._heading(stage)
            for name in part:
                own = self.exercise.chain.base(name).name
                label = Either(Words(""), Words(f"{own}:  "))  # in text the symbol is the name
                self.doc.show(row(label, self.works[0].symbol(own)), [self._blanks(name)])
        return self.doc

    def working(self) -> Document:
        self._introduction("Backpropagation by hand: the key")
        for stage, part in self._stages():
            self._heading(stage)
            for name in part:
                self.works[stage - 1].show(self.exercise.chain.base(name).name)
        return self.doc

    def _introduction(self, title: str) -> None:
        e, net = self.exercise, self.exercise.net
        self.doc.heading(1, f"{title} (sheet {e.id})")
        layers = ", ".join(
            f"{layer.activation} in layer {n}" for n, layer in enumerate(net.layers, 1)
        )
        self.doc.say(
            f"A {'-'.join(map(str, net.sizes))} network: {layers}. Its loss is"
            f" {net.loss_record.spoken}, the mean over the {len(e.x)} example{'s' * (len(e.x) != 1)}"
            + (
                f". The learning rate is `eta` = {e.rate:g}."
                if e.level in ("step", "two-steps")
                else "."
            )
        )
        self.doc.say(
            "`x` holds the inputs and `y` the targets, one example in each row. Column j of `W`"
            " feeds unit j; the biases `b` are a row, added to every row."
        )
        for name in ("x", "y", *net.parameters()):
            value = self.derivations[0].value(name)
            self.doc.show(self.works[0].symbol(name), [numbers(value, _digits(value))])

    def _stages(self) -> list[tuple[int, list[str]]]:
        places = self.exercise.chain.places
        stages = sorted({places[name].stage for name in self.exercise.asked})
        return [
            (stage, [name for name in self.exercise.asked if places[name].stage == stage])
            for stage in stages
        ]

    def _heading(self, stage: int) -> None:
        if self.exercise.level == "two-steps":
            self.doc.heading(
                2, "First step" if stage == 1 else "Second step, from the new weights and biases"
            )

    def _blanks(self, name: str) -> Math:
        shape = self.exercise.chain.shapes[name]
        if not shape:
            return Blank()
        rows, columns = shape if len(shape) == 2 else (1, shape[0])
        return Grid(((Blank(),) * columns,) * rows)


def _answers(e: Exercise, filled: bool) -> str:
    if filled:
        quoted = ", ".join(f'"{name}"' for name in e.asked)
        head = [
            f"# The key of sheet {e.id}.",
            f'sheet = "{e.id}"',
            f"asked = [{quoted}]",
            f"decimals = {e.decimals}",
        ]
    else:
        head = [
            (
                f"# Your answers to sheet {e.id}: write each number between its quotes, then:"
                " backproof check answers.toml"
            ),
            'name = ""',
        ]
        head.append(f'sheet = "{e.id}"')
    head += [
        f"learning_rate = {e.rate!r}",
        f"x = {_list_text(e.x)}",
        f"y = {_list_text(e.y)}",
        f'loss = "{e.net.loss}"',
    ]
    for layer in e.net.document()["layers"]:
        head += [
            "",
            "[[layers]]",
            f"W = {layer['W']}",
            f"b = {layer['b']}",
            f'activation = "{layer["activation"]}"',
        ]
    stage = 0
    for name in e.asked:
        place = e.chain.places[name]
        if place.stage != stage:
            stage = place.stage
            head += ["", "[answers]" if stage == 1 else f"[answers.step{stage}]"]
        head.append(_entry(e, name, filled))
    return "\n".join([*head, ""])


def _entry(e: Exercise, name: str, filled: bool) -> str:
    own, value = e.chain.base(name).name, e.chain.exact[name]

    def cell(number: float) -> str:
        return f'"{number:z.{e.decimals}f}"' if filled else '""'

    if not value.ndim:
        return f"{own} = {cell(float(value))}"
    lines = [f"[{', '.join(map(cell, line))}]" for line in np.atleast_2d(value).tolist()]
    if value.ndim == 1:
        return f"{own} = {lines[0]}"
    return "\n".join(
        [f"{own} = [  # {shape_text(value.shape)}", *(f"  {line}," for line in lines), "]"]
    )


def _digits(value: Array) -> int:
    """Return how many decimals show given numbers as they are: one for halves; at most 6."""
    return next((n for n in range(1, 6) if np.array_equal(np.round(value, n), value)), 6)


def _list_text(value: Array) -> str:
    return str(
        [
            [int(cell) if float(cell).is_integer() else cell for cell in line]
            for line in value.tolist()
        ]
    )
