"""The working of one quantity: its equation, with symbols, with numbers, its result, its shapes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ..arithmetic.arrays import Entries, mapped
from ..arithmetic.entries import products_done, tidy, with_values
from ..arithmetic.forms import forms
from ..arithmetic.formulas import general_entry, named_entries
from ..formula import Call, Formula, MatMul, Name, Number, OverM, Plus, Scale, SumOver, Transpose
from ..program import evaluate
from ..prose import number_of
from ..rewriting import subformulas, with_parts
from ..steps import name_of
from ..typesetting.document import Document
from ..typesetting.figures import MOST_COLUMNS, MOST_ROWS, grid, lines_shown, numbers, texts
from ..typesetting.notation import digits, number_text
from ..typesetting.pieces import Letter, Math, Row, Sign, Words, row
from .worked import Worked

Lines = list[Math | tuple[str, Math]]


class Working:
    """Writes the workings of a derivation's quantities into a document."""

    def __init__(self, d: Worked, document: Document):
        self.d, self.document, self.notation = d, document, d.notation

    # pieces

    def symbol(self, name: str) -> Math:
        """Return the symbol of a quantity."""
        return self.notation.symbol(name)

    def product(self, factors: Sequence[str]) -> Math:
        """Return the chain rule's product of factors, ``dL_da2 · da2_dz2``."""
        pieces: list[Math] = []
        for name in factors:
            pieces += [Sign("·"), self.symbol(name)] if pieces else [self.symbol(name)]
        return Row(tuple(pieces))

    def entry_grid(self, found: Entries, labels: Sequence[str] = ()) -> Math:
        """Return formulas as a matrix (a row of biases as a row)."""
        cells = [[self.notation.math(entry) for entry in line] for line in np.atleast_2d(found)]
        return grid(cells, labels)

    def value(self, name: str) -> Math:
        """Return the numbers of a quantity, its rows labelled by the examples."""
        value = self.d.value(name)
        return numbers(value, self.d.options.decimals, self.labels(name) if value.ndim == 2 else ())

    def labels(self, name: str) -> tuple[str, ...]:
        """Return the labels of the rows of a quantity: none if they are not examples."""
        rows = self.d.is_per_example(name) and not self.d.convention.columns
        return self.d.labels if rows else ()

    def name_matrix(self, name: str) -> Math:
        """Return the names of the entries of a parameter as a matrix, its middle left out where it
        is large.
        """
        shape = self.d.shapes[name]
        if all(n <= most for n, most in zip(shape[::-1], (MOST_COLUMNS, MOST_ROWS), strict=False)):
            return self.entry_grid(named_entries(name, shape))
        names = named_corner(name, shape)
        return grid(
            [
                [self.notation.symbol(text) if text else Letter("") for text in line]
                for line in names
            ]
        )

    # the whole

    def show(self, name: str) -> None:
        """Add the display of a quantity, what it means, and its shapes."""
        d = self.d
        step = d[name].step
        lines: Lines = [*self.slope_lines(name), self.notation.math(d.formula_of(name))]
        lines += [self.notation.math(step.simplified)] if step.simplified else []
        if d.options.symbols:
            lines += self.with_symbols(name)
        if d[name].value.ndim <= 2:
            lines += self.with_numbers(name)
            lines.append(self.value(name))
        self.document.show(self.symbol(name), lines, step.equation)
        if d.options.symbols and d.as_read(name) is None:
            self.general(name)
        if d[name].value.ndim == 3:
            self.matrices(name)
        self.document.say(with_formulas(step.words), *self.shape_words(name))

    def slope_lines(self, name: str) -> Lines:
        """Return how the slope of an activation comes about: ``σ′(z2)``, ``σ(z2) ⊙ (1 − σ(z2))``."""
        step = self.d[name].step
        if step.equation != 5:
            return []
        record, z = self.d.net.layers[step.layer - 1].f, Name(name_of("z", step.layer))
        if record.couples or record.linear:
            return []
        lines: Lines = [self.notation.math(Call(f"{record.name}'", (z,)))]
        slope = forms(record).slope
        if slope is not None and any(part == Name("a") for part in subformulas(slope)):
            at_z = with_values(slope, {"z": z, "a": Call(record.name, (z,))})
            lines.append(self.notation.math(at_z))
        return lines

    def matrices(self, name: str) -> None:
        """Add the matrix of the first example, where a quantity has one for each."""
        first = numbers(self.d.value(name)[0], self.d.options.decimals)
        self.document.say(
            f"For each example this is a matrix; for {self.d.labels[0]} (rows: outputs, columns:"
            " pre-activations):"
        )
        self.document.show(self.symbol(name), [first])

    def with_symbols(self, name: str) -> Lines:
        """Return the lines that write the entries out: in the forward pass step by step, as by
        hand.
        """
        d = self.d
        found = d.as_read(name)
        step = d[name].step
        if found is None:
            return []
        if step.equation == 1 and found.ndim == 2:
            return self.sum_by_hand(name, found)
        if step.equation in (8, 11) or all(isinstance(entry, Number) for entry in found.ravel()):
            # a product or difference of two matrices, entry by entry: the line above says it; as it
            # does for a slope of 1
            return []
        labels = self.labels(name) if step.equation == 2 else ()
        if found.ndim:
            return [self.entry_grid(found, labels)]
        return [self.notation.math(found.item())]

    def general(self, name: str) -> None:
        """Add the general entry of a quantity whose entries are too many to be written out."""
        d = self.d
        formula, ndim = d.formula_of(name), len(d.shapes[name])
        if d[name].step.kind == "a" and d.is_coupled(d[name].step):
            self.row_function(name)
            return
        if ndim not in (1, 2) or any(isinstance(part, SumOver) for part in subformulas(formula)):
            return
        indices = self.indices(name)
        entry = general_entry(formula, *indices, d.shapes)
        place = f"{name}[{','.join(indices if ndim == 2 else indices[1:])}]"
        self.document.show(self.symbol(place), [self.notation.math(entry)])

    def row_function(self, name: str) -> None:
        """Add the general entry of softmax, in which the whole row stands."""
        d, columns = self.d, self.d.convention.columns
        value, z = forms(d.net.layers[-1].f).value, name_of("z", d.last)
        if value is None:
            return
        letters = {j: f"{z}[{j},i]" if columns else f"{z}[i,{j}]" for j in "jk"}
        values: dict[str, Formula] = {f"z[{j}]": Name(text) for j, text in letters.items()}
        values["n"] = Number(float(d.net.sizes[-1]))
        place = "j,i" if columns else "i,j"
        entry = self.notation.math(with_values(value, values))
        self.document.show(self.symbol(f"{name}[{place}]"), [entry])

    def indices(self, name: str) -> tuple[str, str]:
        """Return the letters of a general entry: i for the example, j and k for units."""
        per_example = self.d.is_per_example(name)
        letters = ("i", "j") if per_example else ("j", "l")
        return letters[::-1] if self.d.convention.columns and per_example else letters

    def sum_by_hand(self, name: str, found: Entries) -> Lines:
        """Return the lines of ``z = a W + b``: the matrices, the products, the sums, as one would
        write them.
        """
        d, formula = self.d, self.d[name].step.formula
        whole = self.entry_grid(found, self.labels(name))
        weighted = formula.left if isinstance(formula, Plus) else formula
        assert isinstance(weighted, MatMul)

        def leaf(part: Formula) -> Math | None:
            if not isinstance(part, Name):
                return None
            if part.name == "x":
                return numbers(d.value("x"), d.options.decimals)
            if part.name in d.derived:
                inner = d.as_read(part.name)
                return self.entry_grid(inner) if inner is not None else None
            return self.name_matrix(part.name)

        lines: Lines = [self.notation.math(formula, leaf)]
        gates = set(np.unique(d.x)) <= {0.0, 1.0}
        if name == "z1" and gates and d.readable("z1"):
            raw = np.asarray(evaluate(weighted, d.given_symbols), dtype=object)
            by_hand = [mapped(change)(raw) for change in (products_done, tidy)]
            if isinstance(formula, Plus):
                added = self.name_matrix(str(formula.right))
                lines += [row(self.entry_grid(product), Sign("+"), added) for product in by_hand]
            else:
                lines.append(self.entry_grid(by_hand[0]))
        return [*lines, whole]

    def with_numbers(self, name: str) -> Lines:
        """Return the line in which numbers stand for the names."""
        d, step = self.d, self.d[name].step
        if d.is_by_entry(name):
            coupled = step.kind == "a" and d.is_coupled(step)
            if not d.readable(name) or step.equation == 6 or coupled:
                return []
            found = d.symbols(name)
            if all(isinstance(entry, Number) for entry in found.ravel()):
                return []
            return [self.entries_with_numbers(found)]
        return [self.notation.math(step.shortest, self.number_leaf)]

    def number_leaf(self, part: Formula) -> Math | None:
        """Return the numbers of a name, or of a transposed one, within a formula."""
        d = self.d
        if isinstance(part, Transpose) and isinstance(part.of, Name):
            return numbers(d.value(part.of.name).T, d.options.decimals)
        if isinstance(part, Name):
            scalars = {"m": d.m, "eta": d.options.learning_rate, "l2": d.objective.l2}
            if part.name in scalars:
                return digits(number_text(scalars[part.name], 6))
            if part.name in d.shapes:
                return numbers(d.value(part.name), d.options.decimals)
        return None

    def entries_with_numbers(self, found: Entries) -> Math:
        """Return entries with numbers in the place of names."""
        d = self.d

        def leaf(part: Formula) -> Math | None:
            if isinstance(part, Name) and "[" in part.name:
                name, _, index = part.name.partition("[")
                value = np.asarray(d.value(name))
                place = tuple(int(number) - 1 for number in index.rstrip("]").split(","))
                number = float(
                    value[place] if len(place) == value.ndim else value.ravel()[place[0]]
                )
                return digits(texts(np.array([number]), d.options.decimals)[0])
            if isinstance(part, Name):
                return self.number_leaf(part)
            return None

        notation = self.notation
        if not found.ndim:
            return notation.math(found.item(), leaf)
        return grid(
            [[notation.math(entry, leaf) for entry in line] for line in np.atleast_2d(found)]
        )

    # shapes

    def shape_words(self, name: str) -> tuple[str | Math, ...]:
        """Return a sentence with the shapes that fit."""
        d, step = self.d, self.d[name].step
        own = Words(shape_text(d.shapes[name]))
        if not any(isinstance(part, MatMul) for part in subformulas(step.formula)):
            return (" Shape: ", own, ".") if d.shapes[name] else ()
        return (
            " Shapes: ",
            self.notation.math(without_scale(step.formula), self.shape_leaf),
            " gives ",
            own,
            ".",
        )

    def shape_leaf(self, part: Formula) -> Math | None:
        """Return the shape of a name, or of a transposed one."""
        if isinstance(part, Transpose) and isinstance(part.of, Name):
            return Words(shape_text(self.d.shapes[part.of.name][::-1]))
        if isinstance(part, Name) and part.name in self.d.shapes:
            return Words(shape_text(self.d.shapes[part.name]))
        return None

    def why_transposed(self, name: str) -> tuple[str | Math, ...]:
        """Return why a transpose stands in the formula of a quantity, from its shapes."""
        d = self.d
        product = next(
            part for part in subformulas(d[name].step.formula) if isinstance(part, MatMul)
        )
        turned = product.left if isinstance(product.left, Transpose) else product.right
        assert isinstance(turned, Transpose)
        left, right = (
            part.of if isinstance(part, Transpose) else part
            for part in (product.left, product.right)
        )
        shape_l, shape_r = d.shapes[str(left)], d.shapes[str(right)]
        whole = Words(shape_text(d.shapes[name]))
        after = self.notation.math(product, self.shape_leaf)
        before = row(Words(shape_text(shape_l)), Sign("·"), Words(shape_text(shape_r)))
        step = d[name].step
        over = "examples" if step.kind == "dW" else f"units of layer {step.layer + 1}"
        columns, rows = shape_l[-1], shape_r[0]
        why = f" does not fit: {number_of(columns, 'column')}, but {number_of(rows, 'row')}."
        if columns == rows:
            why = f" would even fit here, but by chance: it would not sum over the {over}."
        return (
            "Why the transpose? ",
            self.notation.math(left),
            " has shape ",
            Words(shape_text(shape_l)),
            " and ",
            self.notation.math(right),
            " has shape ",
            Words(shape_text(shape_r)),
            ", so ",
            before,
            why,
            " With ",
            self.notation.math(turned),
            ", the number of columns matches the number of rows: ",
            after,
            " gives ",
            whole,
            f", and the matrix product sums over the {over}.",
        )


def with_formulas(words: str) -> str:
    """Return a step's words with the names of quantities marked as formulas."""
    return re.sub(r"\b((?:z|a|W|b|delta)\d+)\b", r"`\1`", words)


def shape_text(shape: Sequence[int]) -> str:
    """Return a shape as it is written: ``(4, 2)``."""
    return f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"


def without_scale(formula: Formula) -> Formula:
    """Return a formula without factors in front, which have no shape."""
    match formula:
        case OverM(of) | Scale(_, of):
            return without_scale(of)
    return with_parts(formula, without_scale)


def named_corner(name: str, shape: tuple[int, ...]) -> list[list[str]]:
    """Return the names of the entries that `grid` will show, the others empty."""
    rows = shape[0] if len(shape) == 2 else 1
    found = [[""] * shape[-1] for _ in range(rows)]
    for i in lines_shown(rows, MOST_ROWS):
        for j in lines_shown(shape[-1], MOST_COLUMNS):
            if i is not None and j is not None:
                found[i][j] = f"{name}[{i + 1},{j + 1}]" if len(shape) == 2 else f"{name}[{j + 1}]"
    return found
