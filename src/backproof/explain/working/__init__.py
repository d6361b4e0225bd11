"""The working of one quantity: its equation, with symbols, with numbers, its result, its shapes."""

from __future__ import annotations

import re

from ...typesetting.document import Document
from ...typesetting.figures import number_matrix
from ...typesetting.pieces import Math
from ..worked import Worked
from .in_numbers import number_lines
from .in_symbols import general_line, slope_lines, symbol_lines
from .matrices import value_matrix
from .shapes import shape_text, shape_words

__all__ = ["Working", "shape_text"]


class Working:
    """Writes the workings of a derivation's quantities into a document.

    Parameters
    ----------
    d : the derivation
    document : that the workings are added to
    """

    def __init__(self, d: Worked, document: Document):
        self.d, self.document = d, document

    def symbol(self, name: str) -> Math:
        """Return the symbol of a quantity."""
        return self.d.notation.symbol(name)

    def show(self, name: str) -> None:
        """Add the display of a quantity, what it means, and its shapes."""
        d, step = self.d, self.d[name].step
        with_symbols = d.options.symbols
        is_matrix = d[name].value.ndim <= 2  # else it has a matrix for each example
        lines = [*slope_lines(d, name), d.notation.math(d.full_formula(name))]
        if step.simplified:
            lines.append(d.notation.math(step.simplified))
        if with_symbols:
            lines += symbol_lines(d, name)
        if is_matrix:
            lines += [*number_lines(d, name), value_matrix(d, name)]
        self.document.show(self.symbol(name), lines, step.equation)
        if with_symbols and d.as_read(name) is None:
            self._show_general_entry(name)
        if not is_matrix:
            self._show_first_matrix(name)
        self.document.say(_with_formulas(step.words), *shape_words(d, name))

    def _show_general_entry(self, name: str) -> None:
        found = general_line(self.d, name)
        if found is not None:
            place, entry = found
            self.document.show(self.symbol(place), [self.d.notation.math(entry)])

    def _show_first_matrix(self, name: str) -> None:
        first = number_matrix(self.d.value(name)[0], self.d.options.decimals)
        self.document.say(
            f"For each example this is a matrix; for {self.d.labels[0]} (rows: outputs, columns:"
            " pre-activations):"
        )
        self.document.show(self.symbol(name), [first])


def _with_formulas(words: str) -> str:
    """Return a step's words with the names of quantities marked as formulas."""
    return re.sub(r"\b((?:z|a|W|b|delta)\d+)\b", r"`\1`", words)
