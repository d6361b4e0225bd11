"""The shapes of a quantity's factors, and why one of them is transposed."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from ...formula import Formula, MatMul, Name, OverM, Scale, Transpose
from ...prose import number_of
from ...rewriting import subformulas, with_parts
from ...steps import Step
from ...typesetting.pieces import Math, Sign, Words, row
from ..worked import Worked

Sentence = tuple[str | Math, ...]  # words with mathematics among them


def shape_text(shape: Sequence[int]) -> str:
    """Return a shape as it is written: ``(4, 2)``."""
    return str(tuple(shape))


def shape_words(d: Worked, name: str) -> Sentence:
    """Return a sentence with the shapes that fit, or with the quantity's own; none for a single
    number.
    """
    shape, formula = d.shapes[name], d[name].step.formula
    own = Words(shape_text(shape))
    if any(isinstance(part, MatMul) for part in subformulas(formula)):
        factors = _in_shapes(d, _without_scale(formula))
        return " Shapes: ", factors, " gives ", own, "."
    if shape:
        return " Shape: ", own, "."
    return ()


def why_transposed(d: Worked, name: str) -> Sentence:
    """Return why a transpose stands in the formula of a quantity, from its shapes."""
    step = d[name].step
    product = next(part for part in subformulas(step.formula) if isinstance(part, MatMul))
    left, right = _untransposed(product.left), _untransposed(product.right)
    turned = product.left if isinstance(product.left, Transpose) else product.right
    left_shape, right_shape = d.shapes[str(left)], d.shapes[str(right)]
    as_they_are = row(Words(shape_text(left_shape)), Sign("·"), Words(shape_text(right_shape)))
    summed_over = _summed_over(step)
    return (
        "Why the transpose? ",
        d.notation.math(left),
        " has shape ",
        Words(shape_text(left_shape)),
        " and ",
        d.notation.math(right),
        " has shape ",
        Words(shape_text(right_shape)),
        ", so ",
        as_they_are,
        _misfit(left_shape[-1], right_shape[0], summed_over),
        " With ",
        d.notation.math(turned),
        ", the number of columns matches the number of rows: ",
        _in_shapes(d, product),
        " gives ",
        Words(shape_text(d.shapes[name])),
        f", and the matrix product sums over the {summed_over}.",
    )


def _untransposed(factor: Formula) -> Formula:
    return factor.of if isinstance(factor, Transpose) else factor


def _summed_over(step: Step) -> str:
    """Return what the matrix product of a gradient, or of an error carried back, sums over."""
    if step.kind == "dW":
        return "examples"
    return f"units of layer {step.layer + 1}"


def _misfit(columns: int, rows: int, summed_over: str) -> str:
    """Return what is wrong with the product without a transpose."""
    if columns == rows:
        return f" would even fit here, but by chance: it would not sum over the {summed_over}."
    return f" does not fit: {number_of(columns, 'column')}, but {number_of(rows, 'row')}."


def _in_shapes(d: Worked, formula: Formula) -> Math:
    """Return a formula with the shape of each matrix in its place."""
    return d.notation.math(formula, functools.partial(_shape_of, d))


def _shape_of(d: Worked, part: Formula) -> Math | None:
    """Return the shape of a name, or of a transposed one; None for any other part."""
    match part:
        case Transpose(Name(name)):
            return Words(shape_text(d.shapes[name][::-1]))
        case Name(name) if name in d.shapes:
            return Words(shape_text(d.shapes[name]))
    return None


def _without_scale(formula: Formula) -> Formula:
    """Return a formula without factors in front, which have no shape."""
    match formula:
        case OverM(of) | Scale(_, of):
            return _without_scale(of)
    return with_parts(formula, _without_scale)
