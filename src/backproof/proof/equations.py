"""Each equation of the steps against what it must be, by symbols: for any functions, any number of
layers and any sizes.

What a quantity must be is stated here a second time, entry by entry, and what is a derivative is
differentiated by SymPy, so that a wrong equation in `steps` agrees with nothing. Layer by layer:
with ``delta`` of the next layer fixed, the loss changes as the sum of ``delta ⊙ z`` does. The
formulas say nothing of sizes, and a layer of two by two with two examples has every kind of term
that a larger one has.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from ..arithmetic.any_functions import any_functions
from ..arithmetic.arrays import Entries, entries_of
from ..arithmetic.floats import functions
from ..arithmetic.forms import forms
from ..arithmetic.symbols import SYMBOLS, Expression, symbol, symbols
from ..program import evaluate
from ..records import Array, Loss
from ..rewriting import names
from ..steps import Step, name_of
from ..structure import FROZEN, Structure, Structured

SIZE = 2  # examples, inputs, and units of each layer
HALF = sympy.Rational(1, 2)
PROBES = 64  # examples on which two forms are compared in numbers
NEAR = 1e-9  # how close the two must be there


def faults(of: Structured, given: Sequence[Step]) -> dict[str, str]:
    """Return for each quantity what is wrong with its formulas, in words; empty for what is proved.

    Parameters
    ----------
    of : the structure
    given : its steps with their updates (equations 1 to 11)

    A quantity that is missing has its fault too.
    """
    truth, true = _truth(of.structure)
    found = {step.name: _fault(step, true.get(step.name), truth) for step in given}
    return found | {name: f"{name} is missing" for name in true if name not in found}


def _fault(step: Step, true: Any, truth: _Truth) -> str:
    if true is None:
        return f"{step.name} is no quantity of a network"
    if not _is(true, step.formula, truth.known):
        if step.equation in (1, 2, 3, 11):
            return f"{step.name} is not what equation {step.equation} says"
        return f"{step.name} is not the derivative of the loss (equation {step.equation})"
    if step.computed and not _is(true, step.computed, truth.known):
        return f"{step.name} is computed as {step.computed}, which is not {step.formula}"
    if step.simplified and not _simplifies(truth.structure, step):
        return f"{step.name} is not {step.simplified}, as it is said to simplify to"
    return ""


def _is(true: Any, formula: Any, known: Mapping[str, Any]) -> bool:
    """Whether a formula gives what it must."""
    try:
        values = np.asarray(evaluate(formula, known), dtype=object)
    except Exception:  # a wrong formula may multiply what doesn't fit, or name what isn't there
        return False
    true = np.asarray(true, dtype=object)
    if values.shape != true.shape:
        return False
    pairs = zip(values.ravel(), true.ravel(), strict=True)
    return all(sympy.expand(one - other) == 0 for one, other in pairs)


class _Truth:
    """What every quantity must be, in letters.

    A quantity is stated by those before it: `z`, `delta`, the `dL_da` of hidden layers and the
    gradients are letters themselves, `known`, and so each equation is on trial alone.
    """

    def __init__(self, structure: Structure):
        self.structure, self.last = structure, structure.last
        square = (SIZE, SIZE)
        self.known: dict[str, Any] = {
            "m": symbol("m", positive=True),
            "l2": symbol("l2"),
            "eta": symbol("eta"),
            "s": symbols("s", (SIZE, 1)),
            "x": symbols("x", square),
            "y": symbols("y", square),
            **any_functions(structure),
        }
        for layer in range(1, self.last + 1):
            for letter in ("W", "z", "dW", "delta"):
                self.known[f"{letter}{layer}"] = symbols(f"{letter}{layer}", square)
            if structure.has_bias(layer):
                self.known |= {name: symbols(name, (SIZE,)) for name in (f"b{layer}", f"db{layer}")}
            self.known[f"a{layer}"] = self.known[f"f{layer}"](self.known[f"z{layer}"])
            self.known[name_of("da_dz", layer)] = self.slope(layer)
            hidden = symbols(f"dL_da{layer}", square)
            self.known[f"dL_da{layer}"] = hidden if layer < self.last else self.loss_slope()
        self.known["loss"] = symbol("loss")

    def quantities(self) -> Iterator[tuple[str, Any]]:
        """Yield each quantity with what it must be, in the order of computation."""
        known, last = self.known, self.last
        for layer in range(1, last + 1):
            yield f"z{layer}", self.weighted_sum(layer, self.comes_in(layer))
            yield f"a{layer}", known[f"a{layer}"]
        yield "loss", sum(self.own_losses(known[f"a{last}"])) / known["m"] + self.penalty()
        for layer in range(last, 0, -1):
            yield f"dL_da{layer}", self.signal(layer)
            yield name_of("da_dz", layer), known[name_of("da_dz", layer)]
            yield f"delta{layer}", self.error(layer)
            yield from self.gradients(layer)
        for layer, bias in enumerate(self.structure.biases, 1):
            step_down = known[f"W{layer}"] - known["eta"] * known[f"dW{layer}"]
            yield f"W{layer}_next", step_down
            if self.structure.has_bias(layer):
                rate = 0 if bias == FROZEN else known["eta"]
                yield f"b{layer}_next", known[f"b{layer}"] - rate * known[f"db{layer}"]

    def comes_in(self, layer: int) -> Entries:
        """Return what comes into a layer."""
        found: Entries = self.known["x" if layer == 1 else f"a{layer - 1}"]
        return found

    def weighted_sum(self, layer: int, a: Entries) -> Entries:
        """Return z: each unit weighs what comes in and adds its bias."""
        W, b = self.known[f"W{layer}"], self.known.get(f"b{layer}", np.zeros(SIZE, dtype=int))

        def entry(at: tuple[int, ...]) -> Expression:
            i, k = at
            return sum(a[i, j] * W[j, k] for j in range(SIZE)) + b[k]

        return entries_of((SIZE, SIZE), entry)

    def own_losses(self, a: Entries) -> list[Expression]:
        """Return the loss of each example: summed over the outputs, times its weight."""
        y, s, L = self.known["y"], self.known["s"], self.known["L"]
        entries = L(a, y)
        weights = s[:, 0] if self.structure.weighted else [1] * SIZE
        return [weights[i] * sum(entries[i]) for i in range(SIZE)]

    def penalty(self) -> Expression:
        """Return the penalty on large weights."""
        if not self.structure.penalised:
            return 0
        weights = [self.known[f"W{layer}"] for layer in range(1, self.last + 1)]
        return HALF * self.known["l2"] * sum(weight**2 for W in weights for weight in W.ravel())

    def loss_slope(self) -> Entries:
        """Return the derivative of each example's own loss by its outputs."""
        outputs = symbols("output", (SIZE, SIZE))
        own = sum(self.own_losses(outputs))
        values = dict(zip(outputs.ravel(), self.known[f"a{self.last}"].ravel(), strict=True))
        return _each(outputs, lambda output: sympy.diff(own, output).xreplace(values))

    def slope(self, layer: int) -> Entries:
        """Return the derivative of an activation, by every entry of its row if it couples them."""
        z, a = self.known[f"z{layer}"], self.known[f"a{layer}"]
        couples = self.structure.activations[layer - 1].couples
        shape = (SIZE, SIZE, SIZE) if couples else (SIZE, SIZE)

        def entry(at: tuple[int, ...]) -> Expression:
            return sympy.diff(a[at[:2]], z[at[0], at[-1]])

        return entries_of(shape, entry)

    def signal(self, layer: int) -> Entries:
        """Return how the loss changes with what a layer passes on."""
        if layer == self.last:
            found: Entries = self.known[f"dL_da{layer}"]
            return found
        passed = symbols("passed", (SIZE, SIZE))
        total = (self.known[f"delta{layer + 1}"] * self.weighted_sum(layer + 1, passed)).sum()
        return _each(passed, lambda letter: sympy.diff(total, letter))

    def error(self, layer: int) -> Entries:
        """Return how the loss changes with what comes into the units of a layer."""
        a = self.known[f"a{layer}"]
        if layer == self.last:
            total = sum(self.own_losses(a))
        else:
            total = (self.known[f"dL_da{layer}"] * a).sum()
        return _each(self.known[f"z{layer}"], lambda letter: sympy.diff(total, letter))

    def gradients(self, layer: int) -> Iterator[tuple[str, Entries]]:
        """Yield how the mean loss changes with the parameters of a layer."""
        moves = self.known[f"delta{layer}"] * self.weighted_sum(layer, self.comes_in(layer))
        total = moves.sum() / self.known["m"] + self.penalty()
        for name in (f"W{layer}", f"b{layer}"):
            if name in self.known:
                yield f"d{name}", _each(self.known[name], lambda by: sympy.diff(total, by))


@functools.lru_cache(maxsize=64)
def _truth(structure: Structure) -> tuple[_Truth, dict[str, Any]]:
    truth = _Truth(structure)
    return truth, dict(truth.quantities())


def _each(letters: Entries, entry: Callable[[Expression], Expression]) -> Entries:
    """Return an array of what is made of each letter."""
    return entries_of(letters.shape, lambda at: entry(letters[at]))


# what a formula simplifies to, for the functions of this network


def _simplifies(structure: Structure, step: Step) -> bool:
    """Whether a step simplifies as it says: by symbols where the formulas let one, else in numbers
    at random points.
    """
    return _in_symbols(structure, step) or _in_numbers(structure, step)


def _in_symbols(structure: Structure, step: Step) -> bool:
    from .identity import vanishes

    loss, output = structure.loss, structure.output
    if forms(loss).slope is None or forms(output).slope is None:
        return False
    letters = ("z", "a", "y", "s")
    z, a, y, s = (symbols(letter, (SIZE, 1 if letter == "s" else SIZE)) for letter in letters)
    if structure.y_sums_to_one and output.couples:
        y[:, -1] = 1 - y[:, :-1].sum(axis=1)
    slopes = SYMBOLS.loss_slope(loss)(a, y), SYMBOLS.slope(output)(z, a)
    known = _around(structure, z, a, y, s, slopes) | {"contract": SYMBOLS.contract}
    if not set(names(step.formula)) | set(names(step.shortest)) <= set(known):
        return False
    apart = evaluate(step.formula, known) - evaluate(step.shortest, known)
    return apart.shape == (SIZE, SIZE) and all(map(vanishes, apart.ravel()))


def _in_numbers(structure: Structure, step: Step) -> bool:
    rng = np.random.default_rng(0)
    called = functions(structure)
    z = rng.normal(size=(PROBES, SIZE))
    a = called[f"f{structure.last}"](z)
    y = _targets(structure.loss, rng)
    s = rng.random((PROBES, 1))
    slopes = called["dL"](a, y), called[f"df{structure.last}"](z, a)
    known = called | _around(structure, z, a, y, s, slopes)
    try:
        one, other = (evaluate(form, known) for form in (step.formula, step.shortest))
    except Exception:  # a wrong formula may multiply what doesn't fit, or name what isn't there
        return False
    return np.shape(one) == np.shape(other) and np.allclose(one, other, rtol=NEAR, atol=NEAR)


def _targets(loss: Loss, rng: np.random.Generator) -> Array:
    """Return targets that suit a loss: rows that sum to one suit them all."""
    low, high = loss.target_range
    first = rng.random((PROBES, 1))
    rows = np.hstack([first, 1 - first])
    return rows if low <= 0 and high >= 1 else np.clip(rows, low, high)


def _around(
    structure: Structure, z: Any, a: Any, y: Any, s: Any, slopes: tuple[Any, Any]
) -> dict[str, Any]:
    """Return the quantities of the output layer by name, `s` with its weights of the examples."""
    last = structure.last
    dL_da = s * slopes[0] if structure.weighted else slopes[0]
    names_ = {"y": y, "s": s, f"z{last}": z, f"a{last}": a, f"dL_da{last}": dL_da}
    return names_ | {name_of("da_dz", last): slopes[1]}
