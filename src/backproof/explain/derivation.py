"""The derivation: every quantity of one step with its equation, its entries in symbols, its
numbers, its shape and its reason.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..activations import Array
from ..backprop import Quantities, backward, check_data
from ..conventions import Convention
from ..errors import InputError
from ..formula import Call, Formula, Name, Number, names, walked
from ..losses import LOSSES, Loss, rows_sum_to_one
from ..network import Network
from ..program import evaluate
from ..settings import checked, usual_learning_rate
from ..steps import Step, steps
from .document import Document
from .entries import Entries, entries, mapped, named_entries, numbered, spelled, symbolic_functions
from .expressions import tidy
from .figures import magnitude, without_noise
from .latex import latex
from .typeset import Notation

# names and numbers in one entry; beyond that an entry is written by the quantities before it
READABLE = 16
WIDEST = 130  # characters in a row of entries; beyond that only the general entry is written
MOST_ENTRIES = 24  # beyond that only the general entry is written
MOST_DECIMALS = 17
# a learning rate so small that the one step that is shown goes downhill for almost every start
FIRST_STEP = 0.5


@dataclass(frozen=True)
class Derived:
    """One quantity of the derivation.

    Parameters
    ----------
    step : its name, equation, formula and words, in the reader's notation
    value : its numbers, in the reader's notation
    shown : the same without rounding noise
    """

    step: Step
    value: Array
    shown: Array

    @property
    def name(self) -> str:
        """The quantity's name."""
        return self.step.name

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its value."""
        return self.value.shape


class Derivation:
    """One step of backpropagation, derived: a sequence of `Derived` quantities that can be read in
    many formats.

    Made by `derive`. ``derivation["delta2"]`` is one quantity; `to_markdown`, `to_latex`,
    `to_html`, `to_text` and `to_dict` give the whole; in a notebook it shows itself.
    """

    def __init__(self, net: Network, x: Array, y: Array, options: Options):
        self.net, self.x, self.y, self.options = net, x, y, options
        self.m = len(x)
        self.labels, self.short_labels = row_labels(x)
        self.notation = Notation(
            self.short_labels, options.convention.columns, min(options.decimals, 6)
        )
        self.ours = self._ours()
        self.given = {
            name: options.convention.turned(value) for name, value in self._inputs().items()
        }
        self.derived = {
            step.name: self._derived(step, own)
            for step, own in zip(self.steps, self._own_steps(), strict=True)
        }

    def _flags(self) -> dict[str, bool]:
        o = self.options
        return {
            "y_sums_to_one": rows_sum_to_one(self.y),
            "weighted": o.example_weights is not None,
            "penalised": bool(o.l2),
            "update": True,
        }

    def _own_steps(self) -> list[Step]:
        return steps(self.net, **self._flags())

    @functools.cached_property
    def steps(self) -> list[Step]:
        """The steps as the reader writes them."""
        return self.options.convention.steps(self._own_steps())

    def _ours(self) -> Quantities:
        """Every quantity in our convention, the parameters after the update included."""
        o = self.options
        q = backward(self.net, self.x, self.y, example_weights=o.example_weights, l2=o.l2)
        q.given["eta"] = o.learning_rate
        with np.errstate(over="ignore"):
            for step in self._own_steps():
                if step.equation == 11:
                    q[step.name] = evaluate(
                        step.formula, {name: q[name] for name in step.from_names}
                    )
        return q

    def _inputs(self) -> dict[str, Array]:
        return {"x": self.x, "y": self.y, **self.net.parameters()} | (
            {"s": self.ours["s"]} if "s" in self.ours.given else {}
        )

    def _derived(self, step: Step, own: Step) -> Derived:
        convention = self.options.convention
        noise = magnitude(own, _Found(self.ours))
        return Derived(
            step,
            convention.value(step.name, self.ours[step.name], self.m),
            convention.value(step.name, without_noise(self.ours[step.name], noise), self.m),
        )

    def __getitem__(self, name: str) -> Derived:
        return self.derived[name]

    def __iter__(self) -> Iterator[Derived]:
        return iter(self.derived.values())

    def __len__(self) -> int:
        return len(self.derived)

    def __repr__(self) -> str:
        return (
            f"Derivation({self.net}, {self.m} example{'s' * (self.m != 1)}:"
            f" {', '.join(self.derived)})"
        )

    def value(self, name: str) -> Array:
        """Return the numbers of a quantity, an input or a parameter in the reader's notation, for
        showing.
        """
        if name in self.derived:
            return self.derived[name].shown
        return (
            np.asarray(self.given[name])
            if name in self.given
            else np.asarray(self.ours[name], dtype=float)
        )

    @functools.cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of everything that has a name, in the reader's notation."""
        return {name: np.shape(value) for name, value in self.given.items()} | {
            one.name: one.shape for one in self
        }

    def readable(self, name: str) -> bool:
        """Whether a quantity is small enough to have all its entries written out."""
        return int(np.prod(self.shapes[name])) <= MOST_ENTRIES

    @functools.cached_property
    def _symbols(self) -> dict[str, Any]:
        convention = self.options.convention
        found: dict[str, Any] = {
            "m": Number(float(self.m)),
            "eta": Name("eta"),
            "l2": Name("l2"),
            **symbolic_functions(self.net),
        }
        found |= {
            name: numbered(value) for name, value in self.given.items() if name in ("x", "y", "s")
        }
        found |= {
            name: named_entries(name, convention.turned(value).shape)
            for name, value in self.net.parameters().items()
        }
        return found

    def symbols(self, name: str, written_out: bool = False) -> Entries:
        """Return the entries of a quantity with symbols, as an array of formulas: ``dW2`` by
        ``a1[1,1]`` and ``delta2[1,1]``.

        With `written_out`, down to the weights and biases alone: ``sigmoid(W1[2,1] + b1[1])``.
        """
        return self._entries(name, written_out)

    @functools.cache  # noqa: B019  (lives as long as the derivation)
    def _entries(self, name: str, written_out: bool) -> Entries:
        formula = self[name].step.formula
        known: dict[str, Any] = dict(self._symbols)
        for used in names(formula):
            if used in self.derived:
                known[used] = self._turned(
                    self._entries(used, True)
                    if written_out
                    else named_entries(used, self.shapes[used])
                )
        found = self._turned(entries(formula, known))
        return mapped(tidy)(found) if found.ndim else np.asarray(tidy(found.item()), dtype=object)

    def _turned(self, found: Entries) -> Entries:
        """The matrices of softmax, one for each example, as the formulas of columns take and give
        them.
        """
        return found.T if found.ndim == 3 and self.options.convention.columns else found

    def as_read(self, name: str) -> Entries | None:
        """Return the entries of a quantity as a reader wants them: the forward pass down to the
        weights while that is short.

        None where they are too many.
        """
        if not self.readable(name) or not all(
            self.readable(used) or used in self.given
            for used in self[name].step.from_names
            if used in self.shapes
        ):
            return None
        if any(layer.f.couples for layer in self.net.layers) and name in (
            f"a{self.last}",
            f"da{self.last}_dz{self.last}",
        ):
            return None  # softmax: each entry would hold its whole row
        if (
            self[name].step.equation <= 2
            and self._short(name)
            and _narrow(self.symbols(name, written_out=True))
        ):
            return self.symbols(name, written_out=True)
        near = self.symbols(name)
        return near if _narrow(near) else None

    def _short(self, name: str) -> bool:
        """Whether an entry of the forward pass, written out, has at most `READABLE` names: found
        without writing it.
        """
        layer = int(name[1:])
        size = float(self.shapes["W1"][int(self.options.convention.columns)] + 1)
        for record in self.net.layers[1:layer]:
            size = record.W.shape[0] * (size + 1) + 1
        return size <= READABLE

    @property
    def last(self) -> int:
        """The number of the output layer."""
        return len(self.net.layers)

    def losses(self) -> list[str]:
        """Return the names of the losses that suit this output and these targets."""
        low, high = self.y.min(), self.y.max()
        suiting = (loss for loss in LOSSES.values() if loss.accepts(self.net.layers[-1].f))
        return [
            loss.name
            for loss in suiting
            if loss.target_range[0] <= low and high <= loss.target_range[1]
        ]

    def formula(self, name: str) -> Formula:
        """Return the formula of a quantity with what its functions stand for; the simplified one
        where it simplifies.
        """
        step = self[name].step
        return spelled(step.simplified or step.formula, self.net)

    def formula_of(self, name: str) -> Formula:
        """Return the formula of a quantity with what its functions stand for, as a product where it
        would simplify.
        """
        return spelled(self[name].step.formula, self.net)

    def is_by_entry(self, name: str) -> bool:
        """Whether a quantity is computed entry by entry, by a function of the network's."""
        return any(isinstance(part, Call) for part in walked(self[name].step.formula))

    # what it is read as

    @functools.cached_property
    def document(self) -> Document:
        """The derivation as words and mathematics; about one weight, if one was asked for."""
        from .story import story
        from .weight_story import weight_story

        return (
            story(self) if self.options.weight is None else weight_story(self, self.options.weight)
        )

    def to_text(self, bold: bool = False) -> str:
        """Return the derivation as text for a terminal of 80 columns."""
        from .terminal import terminal

        return terminal(self.document, bold)

    def to_markdown(self, pictures: Mapping[str, str] | None = None) -> str:
        """Return the derivation as Markdown with mathematics between dollar signs; `pictures` are
        paths by name, see `save`.
        """
        from .papers import markdown

        return markdown(self.document, pictures or {})

    def to_latex(self, pictures: Mapping[str, str] | None = None) -> str:
        """Return the derivation as a LaTeX file; `pictures` are paths by name, see `save`."""
        from .papers import paper

        return paper(self.document, pictures or {})

    def to_html(self) -> str:
        """Return the derivation as one HTML page, its pictures inside."""
        from .html import page
        from .illustrations import svg

        return page(self.document, svg(self))

    def to_dict(self) -> dict[str, Any]:
        """Return the derivation as the JSON of ``backproof derive --json``."""
        from ..files import network_document, plain

        found: dict[str, Any] = {
            "network": network_document(self.net),
            "x": self.x,
            "y": self.y,
            "convention": {
                "columns": self.options.convention.columns,
                "mean_in": self.options.convention.mean_in,
            },
            "learning_rate": self.options.learning_rate,
            "steps": [self._entry(one) for one in self],
        }
        if self.options.weight is not None:
            from .weights import Weight

            found["weight"] = Weight(self, self.options.weight).to_dict()
        result: dict[str, Any] = plain(found)
        return result

    def _entry(self, one: Derived) -> dict[str, Any]:
        written = self.as_read(one.name) if self.options.symbols else None
        symbols = {} if written is None else {"symbols": mapped(str)(written).tolist()}
        return {
            "name": one.name,
            "equation": one.step.equation,
            "formula": (
                latex(self.notation.symbol(one.name))
                + " = "
                + latex(self.notation.math(self.formula(one.name)))
            ),
            "shape": list(one.shape),
            "value": one.value,
            "from": one.step.from_names,
            "words": one.step.words,
            **symbols,
        }

    def _repr_html_(self) -> str:
        from .html import notebook
        from .illustrations import svg

        return notebook(self.document, svg(self))

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def save(self, path: str | Path) -> list[Path]:
        """Write the derivation to a file, by its ending: .md .tex .html .json .txt; return the
        files written.

        The pictures of Markdown and LaTeX are written beside it. Raises `InputError` for another
        ending or where nothing can be written.
        """
        from .illustrations import save

        return save(self, Path(path))


@dataclass(frozen=True)
class Options:
    """What a derivation is to show; see `derive`."""

    learning_rate: float
    convention: Convention
    decimals: int = 4
    symbols: bool = True
    weight: str | None = None
    example_weights: Any = None
    l2: float = 0.0
    problem: str = ""
    remarks: tuple[str, ...] = ()


def _narrow(found: Entries) -> bool:
    """Whether a row of entries fits on a page."""
    return max(sum(len(str(entry)) for entry in line) for line in np.atleast_2d(found)) <= WIDEST


class _Found(dict[str, Any]):
    """Values by name, the factors that are other quantities among them."""

    def __init__(self, q: Quantities):
        super().__init__(q.given | q)


def row_labels(x: Array) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what each example is called beside its row, ``[0, 1]``, and within an index,
    ``[0,1]``; by its number where that is long.
    """
    cells = [[f"{value:.3g}".replace("-", "−") for value in row] for row in x]
    short = all(len(", ".join(row)) <= 16 for row in cells)
    brief = (
        short
        and all(len(",".join(row)) <= 5 for row in cells)
        and len({tuple(row) for row in cells}) == len(x) <= 16
    )
    rows = (
        tuple(f"[{', '.join(row)}]" for row in cells)
        if short
        else tuple(f"example {i + 1}" for i in range(len(x)))
    )
    return rows, tuple(f"[{','.join(row)}]" for row in cells) if brief else ()


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
    weight : tell of this weight or bias alone, ``W2[1,1]`` or ``b1[2]``: how wrong × how much it
        contributed
    learning_rate : of the update that is shown; by default 0.5, or less where that is too far for
        the network
    columns : examples are columns, as in many books: ``z = W a + b``
    mean_in : where the 1/m stands, ``dW`` or ``delta``
    decimals : of the numbers shown, 1 to 17
    symbols : write the entries out with symbols, where they are few enough to read
    example_weights, l2 : as for `backward`
    problem : what the data are called, ``xor``
    remarks : sentences about where the network comes from, shown at the start

    Raises `InputError` if something doesn't fit.
    """
    net = net.with_loss(loss)
    x, y = check_data(net, x, y)
    if (
        isinstance(decimals, bool)
        or not isinstance(decimals, (int, np.integer))
        or not 1 <= decimals <= MOST_DECIMALS
    ):
        raise InputError(
            f"decimals must be a whole number from 1 to {MOST_DECIMALS}, got {decimals!r}."
        )
    rate = (
        min(FIRST_STEP, usual_learning_rate(net))
        if learning_rate is None
        else checked("learning_rate", learning_rate)
    )
    options = Options(
        rate,
        Convention(bool(columns), mean_in),
        int(decimals),
        symbols,
        weight,
        example_weights,
        l2,
        problem,
        tuple(remarks),
    )
    found = Derivation(net, x, y, options)
    if weight is not None:
        from .weights import Weight

        Weight(found, weight)  # so that a wrong name is said now
    return found
