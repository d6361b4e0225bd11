"""Arrays that hold a number of some kind in each entry: NumPy's object arrays."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from ..formula import Formula
from ..records import Activation, Array, Loss
from .contract import Arithmetic, Function
from .entries import Kind, entry_of, row_names
from .forms import forms

Entries = Array  # of objects


def entry_by_entry(function: Callable[..., Any]) -> Callable[..., Entries]:
    """Return a function of arrays that applies a function of entries to each."""

    def apply(*arrays: Entries) -> Entries:
        found = np.empty(arrays[0].shape, dtype=object)
        for index in np.ndindex(found.shape):
            found[index] = function(*(array[index] for array in arrays))
        return found

    return apply


def entries_of(shape: tuple[int, ...], entry: Callable[[tuple[int, ...]], Any]) -> Entries:
    """Return an array whose entries are made from their index."""
    found = np.empty(shape, dtype=object)
    for index in np.ndindex(shape):
        found[index] = entry(index)
    return found


class EntryArithmetic(Arithmetic, Kind):
    """A kind of number whose arrays are computed entry by entry, by the records' formulas."""

    def value_of(self, record: Activation | Loss) -> Formula:
        """Return the formula of a record's function, which must have one."""
        value = forms(record).value
        assert value is not None
        return value

    @abstractmethod
    def slope_of(self, record: Activation | Loss) -> Formula:
        """Return the formula of its derivative."""

    def activation(self, record: Activation) -> Function:
        """Return ``f(z)``; of one that couples, each entry from its whole row."""
        formula = self.value_of(record)
        if not record.couples:
            return entry_by_entry(lambda z: self.compute(formula, {"z": z}))

        def rows(z: Entries) -> Entries:
            n = z.shape[1]
            whole = [entry_of(formula, n, j=j) for j in range(1, n + 1)]
            return entries_of(z.shape, lambda at: self.compute(whole[at[1]], row_names(z=z[at[0]])))

        return rows

    def slope(self, record: Activation) -> Function:
        """Return ``f'(z, a)``; of one that couples, a matrix for each example."""
        formula = self.slope_of(record)
        if not record.couples:
            return entry_by_entry(lambda z, a: self.compute(formula, {"z": z, "a": a}))

        def matrices(z: Entries, a: Entries) -> Entries:
            n = z.shape[1]
            places = range(1, n + 1)
            whole = [[entry_of(formula, n, j=j, k=k) for k in places] for j in places]

            def entry(at: tuple[int, ...]) -> Any:
                i, j, k = at
                return self.compute(whole[j][k], row_names(z=z[i], a=a[i]))

            return entries_of((*z.shape, n), entry)

        return matrices

    def loss(self, record: Loss) -> Function:
        """Return ``L(a, y)``."""
        formula = self.value_of(record)
        return entry_by_entry(lambda a, y: self.compute(formula, {"a": a, "y": y}))

    def loss_slope(self, record: Loss) -> Function:
        """Return ``dL(a, y)``."""
        formula = self.slope_of(record)
        return entry_by_entry(lambda a, y: self.compute(formula, {"a": a, "y": y}))
