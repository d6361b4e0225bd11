"""The derivation: every quantity of one step with its equation, its entries in symbols, its
numbers, its shape and its reason.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..arithmetic.arrays import entry_by_entry
from ..backprop import objective
from ..conventions import Convention
from ..errors import InputError, choose
from ..files import as_path, dumps, plain
from ..losses import Loss
from ..network import Network
from ..prose import printable, shown
from ..reading import is_folder
from ..settings import DECIMALS, TRAINING
from ..training.settings import usual_learning_rate
from ..typesetting.document import Document
from ..typesetting.formats import FORMATS, INSIDE, Format
from ..typesetting.html import notebook
from ..typesetting.latex import latex
from ..typesetting.terminal import WIDTH, terminal
from ..writing import put, write_files, write_text
from .illustrations import drawings, figure, svg
from .story import story
from .weight import Weight
from .weight_story import weight_story
from .worked import Derived, Options, Worked

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# a learning rate so small that the one step shown goes downhill from almost all initial weights
FIRST_STEP = 0.5
JSON = "json"  # the numbers and formulas as data, where a document is words
ENDINGS = {name: form.ending for name, form in FORMATS.items()} | {JSON: ".json"}
FORMS_BY_ENDING = {ending: name for name, ending in ENDINGS.items()}


class Derivation(Worked):
    """One step of backpropagation, derived: a sequence of `Derived` quantities that can be read in
    many formats.

    Made by `derive`. ``derivation["delta2"]`` is one quantity; `to_markdown`, `to_latex`,
    `to_html`, `to_text` and `to_dict` give the whole; in a notebook it shows itself.
    """

    @functools.cached_property
    def document(self) -> Document:
        """The derivation as words and mathematics; of one weight, if one was asked for."""
        if self.options.weight is None:
            return story(self)
        return weight_story(self, self.options.weight)

    def to_text(self, bold: bool = False, width: int = WIDTH) -> str:
        """Return the derivation as text for a terminal of `width` columns; `bold` prints headings
        and emphasised words in bold.
        """
        return terminal(self.document, bold, width)

    def to_markdown(self, pictures: Mapping[str, str] | None = None) -> str:
        """Return the derivation as Markdown with mathematics between dollar signs; `pictures` are
        paths by name, see `save`.
        """
        return self.written("markdown", pictures)

    def to_latex(self, pictures: Mapping[str, str] | None = None) -> str:
        """Return the derivation as a LaTeX file; `pictures` are paths by name, see `save`."""
        return self.written("latex", pictures)

    def to_html(self) -> str:
        """Return the derivation as one HTML page, its pictures inside."""
        return self.written("html")

    def written(self, form: str, pictures: Mapping[str, str] | None = None) -> str:
        """Return the derivation in a format of `FORMATS`, by its name; `pictures` are paths by name
        for a format with its pictures in files of their own, see `save`.
        """
        found = FORMATS[form]
        if found.pictures == INSIDE:
            pictures = svg(self, self.document)
        return found.write(self.document, pictures or {})

    def to_dict(self) -> dict[str, Any]:
        """Return the derivation as the JSON of ``backproof derive --json``."""
        found: dict[str, Any] = {
            "network": self.net.document(),
            "x": self.x,
            "y": self.y,
            "convention": {
                "columns": self.convention.columns,
                "mean_in": self.convention.mean_in,
            },
            "learning_rate": self.options.learning_rate,
            "steps": [self._entry(one) for one in self],
        }
        if self.options.weight is not None:
            found["weight"] = Weight(self, self.options.weight).to_dict()
        result: dict[str, Any] = plain(found)
        return result

    def _entry(self, one: Derived) -> dict[str, Any]:
        formula = self.notation.math(self.shortest_formula(one.name))
        found = {
            "name": one.name,
            "equation": one.step.equation,
            "formula": f"{latex(self.notation.symbol(one.name))} = {latex(formula)}",
            "shape": list(one.shape),
            "value": one.value,
            "from": one.step.from_names,
            "words": one.step.words,
        }
        entries = self.as_read(one.name) if self.options.symbols else None
        if entries is not None:
            found["symbols"] = entry_by_entry(str)(entries).tolist()
        return found

    def _repr_html_(self) -> str:
        return notebook(self.document, svg(self, self.document))

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def save(self, path: str | Path) -> list[Path]:
        """Write the derivation to a file, in the format of its ending: .md .tex .html .json .txt;
        return the files written.

        The pictures of Markdown and LaTeX are written beside it; all of them, or none. Raises
        `InputError` for another ending, or if the file can't be written.
        """
        path = as_path(path)
        form = choose("ending of the file", path.suffix.lower(), FORMS_BY_ENDING)
        if is_folder(path):
            raise InputError(f"can't write {path}: it is a folder, name a file.")
        if form == JSON:
            write_text(path, dumps(self.to_dict()))
            return [path]
        pictures = self._pictures(path, FORMATS[form])
        if not pictures:
            write_text(path, self.written(form))
            return [path]
        shown = {name: file.name for name, (file, _) in pictures.items()}
        text = self.written(form, shown)
        files = {path: lambda new: put(new, text)} | dict(pictures.values())
        write_files(files)
        return list(files)

    def _pictures(self, path: Path, form: Format) -> dict[str, tuple[Path, Callable[[Path], None]]]:
        """Return by name the pictures that stand beside a file: where, and what draws them."""
        kind = form.pictures
        if not kind or kind == INSIDE:
            return {}
        found: dict[str, tuple[Path, Callable[[Path], None]]] = {}
        for name, draw in drawings(self, self.document).items():
            plain_name = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")
            place = path.with_name(f"{path.stem}-{plain_name}.{kind}")
            found[name] = (place, functools.partial(_draw, draw, kind))
        return found


def _draw(draw: Callable[[Axes], Any], kind: str, place: Path) -> None:
    """Draw a picture into a file."""
    figure(draw).savefig(place, format=kind, dpi=120)


def derive(
    net: Network,
    x: Any,
    y: Any,
    loss: str | Loss | None = None,
    *,
    weight: str | None = None,
    learning_rate: float | None = None,
    columns: bool = False,
    mean_in: str = "dW",
    decimals: int = 4,
    symbols: bool = True,
    example_weights: Any = None,
    l2: float = 0.0,
    problem: str = "",
    remarks: Sequence[str] = (),
) -> Derivation:
    """Return the derivation of one step of backpropagation, with symbols, numbers and reasons
    (equations 1 to 11).

    Parameters
    ----------
    net, x, y, loss : as for `backward`
    weight : one weight or bias to explain alone, ``W2[1,1]`` or ``b1[2]``: how wrong × how much it
        contributed
    learning_rate : that of the update shown; by default 0.5, or less where that is too large for
        the network
    columns : whether examples are columns, as in many books: ``z = W a + b``
    mean_in : where the 1/m is placed, ``dW`` or ``delta``
    decimals : number of decimals shown, 1 to 17
    symbols : whether entries are written out with symbols, where they are few enough to read
    example_weights, l2 : as for `backward`
    problem : name of the data set, ``xor``
    remarks : sentences about where the network comes from, shown at the start

    Raises `InputError` if something doesn't fit.
    """
    todo = objective(net, x, y, loss, example_weights=example_weights, l2=l2)
    decimals = DECIMALS.check(decimals)
    if learning_rate is None:
        rate = min(FIRST_STEP, usual_learning_rate(todo.net))
    else:
        rate = TRAINING["learning_rate"].require(learning_rate)
    for what, given in (("columns", columns), ("symbols", symbols)):
        _check_type(what, given, bool, "True or False")
    _check_type("problem", problem, str, "a text")
    _check_type("remarks", remarks, (list, tuple), "a list of texts")
    _check_type("weight", weight, (str, type(None)), 'a text such as "W2[1,1]"')
    for remark in remarks:
        _check_type("a remark", remark, str, "a text")
    convention = Convention.of(columns, mean_in)
    options = Options(
        rate, convention, decimals, symbols, weight, printable(problem), tuple(remarks)
    )
    found = Derivation(todo, options)
    if weight is not None:
        Weight(found, weight)  # so that a wrong name is reported now
    return found


def _check_type(what: str, given: Any, wanted: type | tuple[type, ...], words: str) -> None:
    """Raise `InputError` for what is of another type than is `wanted`, which `words` name."""
    if not isinstance(given, wanted):
        raise InputError(f"{what} must be {words}, got {shown(given)}.")
