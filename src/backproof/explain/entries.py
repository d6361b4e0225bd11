"""The entries of every quantity with symbols: the formulas of the steps, computed over arrays of
formulas.

So an entry such as ``σ(W1[2,1] + b1[1])`` is not written anywhere: it is what equations 1 and 2
give for symbols.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..activations import Activation, Array
from ..formula import (
    Call,
    Formula,
    MatMul,
    Name,
    Number,
    OverM,
    Quotient,
    SumExamples,
    SumOver,
    Times,
    Transpose,
    rebuilt,
)
from ..losses import Loss
from ..network import Network
from ..program import evaluate
from .expressions import indexed, parse, summed_out, with_values

Entries = Array  # of formulas


def named_entries(name: str, shape: tuple[int, ...]) -> Entries:
    """Return the array of names ``W1[1,1]`` … of a quantity; a scalar is its own name."""
    found = np.empty(shape, dtype=object)
    for index in np.ndindex(shape):
        # a column of biases is still counted by one index
        kept = index[:1] if name.startswith(("b", "db")) else index
        found[index] = Name(f"{name}[{','.join(str(i + 1) for i in kept)}]" if shape else name)
    return found


def numbered(values: Any) -> Entries:
    """Return the array of the same numbers as formulas."""
    values = np.asarray(values, dtype=float)
    found = np.empty(values.shape, dtype=object)
    for index in np.ndindex(values.shape):
        found[index] = Number(float(values[index]))
    return found


def mapped(function: Callable[..., Any]) -> Callable[..., Entries]:
    """Return a function of arrays that applies a function of entries to each."""

    def apply(*arrays: Entries) -> Entries:
        found = np.empty(arrays[0].shape, dtype=object)
        for index in np.ndindex(found.shape):
            found[index] = function(*(array[index] for array in arrays))
        return found

    return apply


def activation_entry(record: Activation, z: Formula) -> Formula:
    """Return the activation of one entry, by its name: ``sigmoid(z)``."""
    return Call(record.name, (z,))


def slope_entry(record: Activation, z: Formula, a: Formula) -> Formula:
    """Return the derivative of one entry, ``a * (1 - a)``; of a record without formula by its name,
    ``softsign'(z)``.
    """
    if not record.derivative_formula:
        return Call(f"{record.name}'", (z,))
    return with_values(parse(record.derivative_formula), {"z": z, "a": a})


def loss_entry(record: Loss, a: Formula, y: Formula) -> Formula:
    """Return the loss of one entry, ``-(y * log(a) + (1 - y) * log(1 - a))``, or by its name if it
    has no formula.
    """
    return (
        with_values(parse(record.formula), {"a": a, "y": y})
        if record.formula
        else Call(record.name, (a, y))
    )


def loss_slope_entry(record: Loss, a: Formula, y: Formula) -> Formula:
    """Return the derivative of the loss of one entry by `a`."""
    if not record.derivative_formula:
        return Call(f"{record.name}'", (a, y))
    return with_values(parse(record.derivative_formula), {"a": a, "y": y})


def _row_function(record: Activation) -> Callable[[Entries], Entries]:
    """Return softmax over arrays of formulas: each entry with its row written out."""
    formula = parse(record.formula)

    def apply(z: Entries) -> Entries:
        found = np.empty(z.shape, dtype=object)
        n = z.shape[1]
        for i, k in np.ndindex(z.shape):
            row = {f"z[{j + 1}]": z[i, j] for j in range(n)}
            found[i, k] = with_values(summed_out(indexed(formula, {"j": str(k + 1)}), n), row)
        return found

    return apply


def _row_slopes(record: Activation) -> Callable[[Entries, Entries], Entries]:
    """Return the derivatives of softmax over arrays of formulas, (m, n, n)."""
    formula = parse(record.derivative_formula)

    def apply(z: Entries, a: Entries) -> Entries:
        n = z.shape[1]
        found = np.empty((*z.shape, n), dtype=object)
        for i, j, k in np.ndindex(found.shape):
            row = {
                f"{letter}[{p + 1}]": array[i, p]
                for letter, array in (("z", z), ("a", a))
                for p in range(n)
            }
            found[i, j, k] = with_values(indexed(formula, {"j": str(j + 1), "k": str(k + 1)}), row)
        return found

    return apply


def symbolic_functions(net: Network) -> dict[str, Callable[..., Entries]]:
    """Return what the steps of `net` call, for arrays of formulas; compare `steps.functions`, for
    arrays of floats.
    """
    loss = net.loss_record
    found: dict[str, Callable[..., Entries]] = {
        "L": mapped(lambda a, y: loss_entry(loss, a, y)),
        "dL": mapped(lambda a, y: loss_slope_entry(loss, a, y)),
        "contract": lambda dL_da, da_dz: (dL_da[:, :, None] * da_dz).sum(axis=1),
    }
    for layer, record in enumerate((layer.f for layer in net.layers), 1):
        if record.couples:
            found |= {f"f{layer}": _row_function(record), f"df{layer}": _row_slopes(record)}
        else:
            found |= {
                f"f{layer}": mapped(lambda z, record=record: activation_entry(record, z)),
                f"df{layer}": mapped(lambda z, a, record=record: slope_entry(record, z, a)),
            }
    return found


def entries(formula: Formula, values: Mapping[str, Any]) -> Entries:
    """Return the formula over arrays of formulas; `values` holds the arrays and the functions that
    it names.
    """
    return np.asarray(evaluate(formula, values), dtype=object)


def spelled(formula: Formula, net: Network) -> Formula:
    """Return a formula with what its functions stand for: ``sigmoid(z1)`` for ``f1(z1)``, ``a1 * (1
    - a1)`` for ``df1(z1, a1)``.

    For softmax, whose derivative is a matrix for each example, that is the entry j, k of example i.
    """
    new = rebuilt(formula, lambda part: spelled(part, net))
    match new:
        case Call("L", (a, y)):
            return loss_entry(net.loss_record, a, y)
        case Call("dL", (a, y)):
            return loss_slope_entry(net.loss_record, a, y)
        case Call("contract", (dL_da, da_dz)):
            place = "j,i" if new.columns else "i,j"
            return SumOver(
                "j", Number(net.sizes[-1]), Name(f"{dL_da}[{place}]") * Name(f"{da_dz}[i,j,k]")
            )
        case Call(function, (Name() as z, *rest)) if function.lstrip("df").isdigit():
            record = net.layers[int(function.lstrip("df")) - 1].f
            if not rest:
                return activation_entry(record, z)
            if record.couples:
                pairs = [(letter, of, j) for letter, of in (("z", z), ("a", rest[0])) for j in "jk"]
                own = {
                    f"{letter}[{j}]": Name(f"{of}[{j},i]" if new.columns else f"{of}[i,{j}]")
                    for letter, of, j in pairs
                }
                return with_values(parse(record.derivative_formula), own)
            return slope_entry(record, z, rest[0])
    return new


def general_entry(
    formula: Formula, row: str, column: str, shapes: Mapping[str, tuple[int, ...]], spare: str = "k"
) -> Formula:
    """Return the entry in `row` and `column` (letters) of a matrix formula: ``sum of x[i,k] *
    W1[k,j] over k, + b1[j]``.

    This is what is shown where the entries are too many to be written out; the formula has been
    `spelled`.
    """

    def at(part: Formula, row: str, column: str) -> Formula:
        match part:
            case Name(name) if name in shapes:
                places = {0: (), 1: (column,), 2: (row, column)}[len(shapes[name])]
                return Name(f"{name}[{','.join(places)}]") if places else part
            case MatMul(left, right):
                return SumOver(
                    spare, Number(columns_of(left)), at(left, row, spare) * at(right, spare, column)
                )
            case Transpose(of):
                return at(of, column, row)
            case OverM(of, power):
                inner = at(of, row, column)
                return Quotient(inner, Name("m")) if power == 1 else Times(Name("m"), inner)
            case SumExamples(of, axis):
                return SumOver(
                    "i", Name("m"), at(of, "i", column) if axis == 0 else at(of, row, "i")
                )
        return rebuilt(part, lambda inner: at(inner, row, column))

    def columns_of(part: Formula, axis: int = 1) -> int:
        return (
            columns_of(part.of, 1 - axis)
            if isinstance(part, Transpose)
            else shapes[str(part)][axis]
        )

    return at(formula, row, column)
