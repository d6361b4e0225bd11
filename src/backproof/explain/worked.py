"""One step of backpropagation, worked: every quantity with its numbers and its entries in symbols,
in the reader's notation.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arithmetic.arrays import Entries, entry_by_entry
from ..arithmetic.entries import tidy
from ..arithmetic.floats import functions
from ..arithmetic.formulas import FORMULAS, constants, named_entries, with_definitions
from ..arithmetic.magnitude import magnitude
from ..backprop import Objective, Quantities
from ..conventions import NOTES, Convention
from ..errors import choose
from ..formula import Call, Formula, Name, Number
from ..losses import LOSSES
from ..program import evaluate
from ..prose import comma_list, number_of
from ..records import Array
from ..rewriting import names, subformulas
from ..steps import PER_EXAMPLE, Step
from ..typesetting.figures import MOST_COLUMNS, MOST_ROWS, without_noise
from ..typesetting.notation import Notation
from .tables import row_labels

# where entries are no longer written out; decision 5 says what is shown instead
READABLE = 16  # names and numbers in one entry; beyond it is written by the quantities before it
WIDEST = 130  # characters in a row of entries; beyond that only the general entry is written
MOST_READABLE = 24  # beyond that only the general entry is written


@dataclass(frozen=True)
class Options:
    """What a derivation is to show; see `derive`.

    Parameters
    ----------
    learning_rate : that of the update
    convention : the one it is written in
    decimals : number of decimals shown
    symbols : whether entries are written out by their names
    weight : the parameter to explain alone, ``W2[1,1]``
    problem : name of the data set
    remarks : sentences shown at the start
    """

    learning_rate: float
    convention: Convention = NOTES
    decimals: int = 4
    symbols: bool = True
    weight: str | None = None
    problem: str = ""
    remarks: tuple[str, ...] = ()


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


class Worked:
    """Every quantity of one step, in our convention and in the reader's.

    Parameters
    ----------
    objective : what is minimised
    options : how the reader wants it

    ``worked["delta2"]`` is one quantity. `ours` has every number in our convention; `given` (inputs
    and parameters) and `derived` have them in the reader's; `labels` are what the examples are
    called.
    """

    def __init__(self, objective: Objective, options: Options):
        self.objective, self.options = objective, options
        self.net, self.x, self.y, self.m = objective.net, objective.x, objective.y, objective.m
        self.last = objective.structure.last
        self.convention = options.convention
        self.labels, short_labels = row_labels(self.x)
        symbols = {record.name: record.sign for record in objective.structure.activations}
        decimals = min(options.decimals, 6)
        self.notation = Notation(
            short_labels,
            self.convention.columns,
            decimals,
            symbols,
            own_losses=not self.mean_in_delta,
        )
        self.own_steps = objective.steps(update=True)
        self.ours = self._ours()
        self.given = {
            name: self.convention.given(name, value) for name, value in self._inputs().items()
        }
        self.derived = {
            step.name: self._derived(step, own)
            for step, own in zip(self.steps, self.own_steps, strict=True)
        }

    @functools.cached_property
    def steps(self) -> list[Step]:
        """The steps as the reader writes them."""
        return self.convention.steps(self.own_steps)

    def _ours(self) -> Quantities:
        """Every quantity in our convention, the parameters after the update included."""
        found = self.objective.quantities()  # up to the gradients
        found.given["eta"] = self.options.learning_rate
        with np.errstate(over="ignore"):
            for step in self.own_steps:
                if step.equation == 11:
                    values = {name: found[name] for name in step.from_names}
                    found[step.name] = evaluate(step.formula, values)
        return found

    def _inputs(self) -> dict[str, Array]:
        found = {"x": self.x, "y": self.y, **self.net.parameters()}
        if self.objective.s is not None:
            found["s"] = self.objective.s
        return found

    def _derived(self, step: Step, own: Step) -> Derived:
        value = self.ours[own.name]
        shown = without_noise(value, magnitude(own, self.ours.given | self.ours))
        return Derived(step, self.as_reader(own, value), self.as_reader(own, shown))

    def as_reader(self, step: Step, ours: Any) -> Array:
        """Return a quantity as the reader has it, from ours; `step` is our own step of it."""
        rate = self.options.learning_rate
        return self.convention.value(step, ours, self.m, self.last, rate)

    def __getitem__(self, name: str) -> Derived:
        return choose("quantity", name, self.derived)

    def __iter__(self) -> Iterator[Derived]:
        return iter(self.derived.values())

    def __len__(self) -> int:
        return len(self.derived)

    def __repr__(self) -> str:
        return f"Derivation({self.net}, {number_of(self.m, 'example')}: {comma_list(self.derived)})"

    def value(self, name: str) -> Array:
        """Return the numbers of a quantity, an input or a parameter in the reader's notation, for
        showing.
        """
        if name in self.derived:
            return self.derived[name].shown
        if name in self.given:
            return np.asarray(self.given[name])
        return np.asarray(self.ours[name], dtype=float)

    @functools.cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of everything that has a name, in the reader's notation."""
        given = {name: np.shape(value) for name, value in self.given.items()}
        return given | {one.name: one.shape for one in self}

    @property
    def scalars(self) -> dict[str, float]:
        """The numbers that the formulas name beside the quantities."""
        rate = self.options.learning_rate
        return {"m": self.m, "eta": rate, "l2": self.objective.l2}

    def evaluated(self, formula: Formula, values: Mapping[str, Array]) -> Array:
        """Return the value of a formula in the reader's notation, for numbers of what it names."""
        known = {**functions(self.objective), **self.scalars, **values}
        with np.errstate(all="ignore"):
            return np.asarray(evaluate(formula, known))

    def shown_whole(self, name: str) -> bool:
        """Whether all numbers of a quantity are shown, none left out."""
        rows, columns = (1, 1, *self.shapes[name])[-2:]
        return rows <= MOST_ROWS and columns <= MOST_COLUMNS

    def readable(self, name: str) -> bool:
        """Whether a quantity is small enough to have all its entries written out."""
        return int(np.prod(self.shapes[name])) <= MOST_READABLE

    @property
    def mean_in_delta(self) -> bool:
        """Whether the reader has the 1/m of the mean loss in delta, not in the gradients."""
        return self.convention.mean_in == "delta"

    def index(self, example: object, unit: object) -> str:
        """Return the index of an entry with a row for each example as the reader writes it:
        ``i,j``, or ``j,i`` where examples are columns.
        """
        if self.convention.columns:
            return f"{unit},{example}"
        return f"{example},{unit}"

    def of_first_unit(self, value: Array) -> Array:
        """Return the entry of the first unit at each example, (m,), of a quantity as the reader has
        it.
        """
        if self.convention.columns:
            return np.asarray(value[0])
        return np.asarray(value[:, 0])

    def given_symbols(self, formula: Formula) -> dict[str, Any]:
        """Return what a formula names, as formulas: numbers of data, names of parameters."""
        found: dict[str, Any] = {
            "m": Number(float(self.m)),
            "eta": Name("eta"),
            "l2": Name("l2"),
            **FORMULAS.functions(self.objective),
        }
        return found | {name: self._given(name) for name in names(formula) if name in self.given}

    @functools.cache  # noqa: B019  (lives as long as the derivation)
    def _given(self, name: str) -> Entries:
        value = self.given[name]
        if name in self.net.parameters():
            return named_entries(name, value.shape)
        return constants(value)

    def symbols(self, name: str, written_out: bool = False) -> Entries:
        """Return the entries of a quantity with symbols, as an array of formulas: ``dW2`` by
        ``a1[1,1]`` and ``delta2[1,1]``.

        With `written_out`, down to the weights and biases alone: ``sigmoid(W1[2,1] + b1[1])``.
        """
        return self._entries(name, written_out)

    @functools.cache  # noqa: B019  (lives as long as the derivation)
    def _entries(self, name: str, written_out: bool) -> Entries:
        formula = self[name].step.formula
        known = self.given_symbols(formula)
        for used in names(formula):
            if used not in self.derived:
                continue
            if written_out:
                entries = self._entries(used, True)
            else:
                entries = named_entries(used, self.shapes[used])
            known[used] = self._as_laid(entries)
        found = np.asarray(evaluate(formula, known), dtype=object)
        return entry_by_entry(tidy)(self._as_laid(found))

    def _as_laid(self, found: Entries) -> Entries:
        """The matrices of softmax, one for each example, as the formulas of columns take and give
        them.
        """
        if found.ndim == 3 and self.convention.columns:
            return found.T
        return found

    def as_read(self, name: str) -> Entries | None:
        """Return the entries of a quantity as a reader wants them: the forward pass down to the
        weights while that is short.

        None where they are too many.
        """
        step = self[name].step
        used = [other for other in step.from_names if other in self.shapes]
        if not all(self.readable(other) or other in self.given for other in used):
            return None
        if not self.readable(name) or self.is_coupled(step):
            return None  # softmax: each entry would hold its whole row
        if step.equation <= 2 and self._short(step):
            whole = self.symbols(name, written_out=True)
            if _narrow(whole):
                return whole
        near = self.symbols(name)
        return near if _narrow(near) else None

    def is_per_example(self, name: str) -> bool:
        """Whether a quantity or an input has an entry, or a row, for each example."""
        if name in self.derived:
            return self[name].step.kind in PER_EXAMPLE
        return name in ("x", "y", "s")

    def is_coupled(self, step: Step) -> bool:
        """Whether a quantity is an activation, or its slope, that couples the outputs."""
        at_output = step.layer == self.last and step.kind in ("a", "da_dz")
        return at_output and self.objective.structure.output.couples

    def _short(self, step: Step) -> bool:
        """Whether an entry of the forward pass, written out, has at most `READABLE` names: found
        without writing it.
        """
        size = self.net.sizes[0] + 1  # in the first layer a weight for each input, and a bias
        for units in self.net.sizes[1 : step.layer]:
            size = units * (size + 1) + 1
        return size <= READABLE

    def losses(self) -> list[str]:
        """Return the names of the losses that suit this output and these targets."""
        output = self.net.layers[-1].f
        found = []
        for loss in LOSSES.values():
            low, high = loss.target_range
            if loss.accepts(output) and low <= self.y.min() and self.y.max() <= high:
                found.append(loss.name)
        return found

    def shortest_formula(self, name: str) -> Formula:
        """Return the formula of a quantity with what its functions stand for: what it simplifies
        to, if it does (`Step.shortest`).
        """
        return self.with_definitions(self[name].step.shortest)

    def full_formula(self, name: str) -> Formula:
        """Return the formula of a quantity with what its functions stand for, as the equation has
        it, even where that simplifies (`Step.formula`).
        """
        return self.with_definitions(self[name].step.formula)

    def with_definitions(self, formula: Formula) -> Formula:
        """Return a formula with what its functions stand for."""
        return with_definitions(formula, self.objective, self.net.sizes[-1])

    def is_by_entry(self, name: str) -> bool:
        """Whether a quantity is computed entry by entry, by a function of the network's."""
        return any(isinstance(part, Call) for part in subformulas(self[name].step.formula))


def _narrow(found: Entries) -> bool:
    """Whether a row of entries fits on a page."""
    widths = (sum(len(str(entry)) for entry in line) for line in np.atleast_2d(found))
    return max(widths) <= WIDEST
