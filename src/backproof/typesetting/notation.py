"""Formulas as they are written: the names of the quantities in the field's letters, fractions,
brackets only where they must stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ..activations import ACTIVATIONS
from ..formula import (
    Call,
    Cases,
    Compare,
    Formula,
    MatMul,
    Minus,
    Name,
    Negative,
    Number,
    OverM,
    Plus,
    Power,
    Quotient,
    Scale,
    SumExamples,
    SumOver,
    Times,
    Total,
    Transpose,
)
from ..rewriting import parts
from .pieces import (
    Big,
    Choice,
    Digits,
    Either,
    Fraction,
    Group,
    Letter,
    Math,
    Root,
    Row,
    Script,
    Sign,
    Words,
    row,
)

GREEK = {"delta": "δ", "eta": "η", "l2": "λ", "sigma": "σ", "pi": "π"}
FUNCTIONS = {record.name: record.sign for record in ACTIVATIONS.values()} | {"Abs": "abs"}
ONE_FOR_EACH = ("x", "y", "s", "z", "a", "delta", "dL_da", "da_dz")
SUM, PRODUCT, SIGNED, ATOM = range(4)


def number_text(value: float, decimals: int) -> str:
    """Return a number that stands within a formula: whole ones as they are, others to so many
    decimals; never ``-0``.
    """
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    if value and not 10.0 ** -min(decimals, 3) <= abs(value) < 1e6:
        return f"{value:.{min(decimals, 3)}g}"
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def digits(text: str) -> Math:
    """Return a number as it is drawn: with a true minus, and powers of ten for ``1.2e-05``."""
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        power = Script(Digits("10"), above=digits(str(int(exponent))))
        return Either(Digits(text), row(digits(mantissa), Sign("·"), power))
    return Digits(text.replace("-", "−"))


@dataclass(frozen=True)
class Notation:
    """How this reader's formulas are written.

    Parameters
    ----------
    labels : for each example what it is called in an index, ``[0,1]`` or ``2``
    columns : examples are columns
    decimals : of the numbers within formulas
    functions : by the name of an activation of one's own, how it is written
    """

    labels: tuple[str, ...] = ()
    columns: bool = False
    decimals: int = 4
    functions: Mapping[str, str] = field(default_factory=dict)

    def symbol(self, name: str) -> Math:
        """Return the symbol of a quantity, or of its entry: ``W2``, ``dL_da1[2,1]``, ``dz2_dW2``,
        ``b1_next``.
        """
        bare, _, index = name.partition("[")
        index = index.rstrip("]")
        if match := re.fullmatch(r"d([A-Za-z]+\d*)_d([A-Za-z]+\d*)", bare):
            above, below = match.groups()
            plain = Letter(name)
            of = index and f"[{index}]"
            top = row(
                Letter("∂"), self.symbol(above + (of if above != "L" and of.count(",") < 2 else ""))
            )
            if of.count(",") == 2:  # softmax: example, output, pre-activation
                i, j, k = index.split(",")
                top = row(Letter("∂"), self.symbol(f"{above}[{i},{j}]"))
                return Either(
                    plain, Fraction(top, row(Letter("∂"), self.symbol(f"{below}[{i},{k}]")))
                )
            return Either(plain, Fraction(top, row(Letter("∂"), self.symbol(below + of))))
        return Either(Letter(name), self._simple(bare, index))

    def _simple(self, bare: str, index: str) -> Math:
        match = re.fullmatch(r"(d(?=[Wb]))?(x|y|z|a|W|b|s|delta)(\d*)(_next)?", bare)
        if match is None:
            other = Letter(GREEK.get(bare, "L" if bare == "loss" else bare))
            return self._scripted(other, "", index, False) if index else other
        d, letter, layer, following = match.groups()
        drawn: Math = Letter(GREEK.get(letter, letter))
        new = Words("new") if following else None
        if not index:
            found: Math = (
                Script(drawn, Digits(layer) if layer else None, new) if layer or new else drawn
            )
        else:
            small = Letter(letter.lower()) if letter == "W" else drawn
            found = self._scripted(small, layer, index, letter in ONE_FOR_EACH, new)
        return row(Letter("d"), found) if d else found

    def _scripted(
        self, of: Math, layer: str, index: str, per_example: bool, new: Math | None = None
    ) -> Math:
        places = index.split(",")
        example = (len(places) - 1 if self.columns else 0) if per_example else None
        if (
            example is not None
            and places[example].isdigit()
            and int(places[example]) <= len(self.labels)
        ):
            places[example] = self.labels[int(places[example]) - 1]
        short = all(len(place) == 1 for place in places)
        pieces: list[Math] = []
        for number, place in enumerate(places):
            if number and not short:
                pieces.append(Letter(","))
            pieces.append(Digits(place) if not place.isalpha() else Letter(place))
        above: Math | None = row(Letter("("), Digits(layer), Letter(")")) if layer else None
        if new is not None:
            above = row(above, new) if above else new
        return Script(of, Row(tuple(pieces)), above)

    def math(
        self, formula: Formula, leaf: Callable[[Formula], Math | None] = lambda part: None
    ) -> Math:
        """Return a formula as it is written; `leaf` may give another look to any part of it."""
        return _Typesetter(self, leaf).at(formula, SUM)


@dataclass(frozen=True)
class _Typesetter:
    notation: Notation
    leaf: Callable[[Formula], Math | None]

    def at(self, formula: Formula, rank: int) -> Math:
        """Return a part, in parentheses if it binds less than `rank`."""
        piece, own = self.ranked(formula)
        return piece if own >= rank else Group(piece)

    def ranked(self, formula: Formula) -> tuple[Math, int]:
        given = self.leaf(formula)
        if given is not None:
            return given, ATOM
        match formula:
            case Name(name):
                return self.notation.symbol(name), ATOM
            case Number(value):
                return digits(number_text(value, self.notation.decimals)), (
                    ATOM if value >= 0 else SUM
                )
            case MatMul(left, right):
                return row(self.at(left, PRODUCT), Sign("·"), self.at(right, PRODUCT)), PRODUCT
            case Times(left, right) | Scale(left, right):
                return (
                    self.product(left, right, isinstance(formula, Times) and not is_entry(formula)),
                    PRODUCT,
                )
            case Plus(left, right):
                return row(self.at(left, SUM), Sign("+"), self.at(right, SUM)), SUM
            case Minus(left, right):
                return row(self.at(left, SUM), Sign("−"), self.at(right, PRODUCT)), SUM
            case Negative(of):
                return row(Letter("−"), self.at(of, PRODUCT)), SUM
            case Transpose(of):
                return Script(self.at(of, ATOM), above=Either(Letter("ᵀ"), Letter("T"))), ATOM
            case _:
                return self.rare(formula)

    def product(self, left: Formula, right: Formula, element_wise: bool) -> Math:
        # a matrix product within an element-wise one is set apart: the order matters
        first, second = (
            self.at(side, SIGNED if element_wise and isinstance(side, MatMul) else PRODUCT)
            for side in (left, right)
        )
        if element_wise and not isinstance(left, Number):
            return row(first, Sign("⊙"), second)
        return row(first, second) if isinstance(second, Group) else row(first, Sign("·"), second)

    def rare(self, formula: Formula) -> tuple[Math, int]:
        match formula:
            case Quotient(left, right):
                return self.fraction(left, right), PRODUCT
            case OverM(of, 1):
                return self.fraction(of, Name("m")), PRODUCT
            case OverM(of, -1):
                return self.product(Name("m"), of, False), PRODUCT
            case Power(left, right):
                base, exponent = self.at(left, ATOM), self.raised(right)
                return (
                    Either(
                        Script(base, above=exponent),
                        Script(
                            Group(base) if isinstance(left, Name) and "[" in left.name else base,
                            above=exponent,
                        ),
                    ),
                    ATOM,
                )
            case SumExamples(of):
                return Big(Words("examples"), Row(()), self.at(of, PRODUCT)), PRODUCT
            case Total(of):
                return Big(Words("entries"), Row(()), self.at(of, PRODUCT)), PRODUCT
            case SumOver(index, upto, of):
                below = row(Letter(index), Sign("="), Digits("1"))
                return Big(below, self.at(upto, SUM), self.at(of, PRODUCT)), PRODUCT
            case Compare(left, sign, right):
                return (
                    row(
                        self.at(left, SUM),
                        Sign({">=": "≥", "<=": "≤"}.get(sign, sign)),
                        self.at(right, SUM),
                    ),
                    SUM,
                )
            case Cases(values, conditions):
                return (
                    Choice(
                        tuple(
                            (self.at(v, SUM), self.condition(c))
                            for v, c in zip(values, conditions, strict=True)
                        )
                    ),
                    ATOM,
                )
            case Call(function, arguments):
                return self.call(function, arguments), ATOM
        raise TypeError(f"no way to write {type(formula).__name__}")

    def condition(self, condition: Formula) -> Math:
        return (
            Words("else")
            if condition == Number(1.0)
            else row(Words("if "), self.at(condition, SUM))
        )

    def raised(self, exponent: Formula) -> Math:
        return Either(row(Letter("^"), self.at(exponent, ATOM)), self.at(exponent, SUM))

    def fraction(self, top: Formula, bottom: Formula) -> Math:
        drawn: Math
        if (
            isinstance(bottom, (Name, Number))
            and (bottom == Name("m") or isinstance(top, (Plus, Minus)))
            and top != Number(1.0)
        ):  # a mean
            one = self.at(bottom, ATOM)
            share = Either(row(Digits("1"), Letter("/"), one), Fraction(Digits("1"), one))
            inner = self.at(top, PRODUCT)
            return row(
                share,
                Either(Letter(" ") if isinstance(inner, Group) else Sign("·"), Row(())),
                inner,
            )
        drawn = Fraction(self.at(top, SUM), self.at(bottom, SUM))
        return Either(row(self.at(top, PRODUCT), Sign("/"), self.at(bottom, SIGNED)), drawn)

    def call(self, function: str, arguments: Sequence[Formula]) -> Math:
        inside = self.listed(arguments)
        if function == "exp":
            return Either(row(Letter("exp"), Group(inside)), Script(Letter("e"), above=inside))
        if function == "sqrt":
            return Either(row(Letter("√"), Group(inside)), Root(inside))
        if function == "KroneckerDelta":
            return Script(
                Letter("δ"), Row(tuple(self.at(argument, ATOM) for argument in arguments))
            )
        bare = function.rstrip("'")
        written = self.notation.functions.get(bare) or FUNCTIONS.get(bare, bare)
        return row(Letter(written + "′" * function.count("'")), Group(inside))

    def listed(self, arguments: Sequence[Formula]) -> Math:
        pieces: list[Math] = []
        for argument in arguments:
            pieces += [Sign(","), self.at(argument, SUM)] if pieces else [self.at(argument, SUM)]
        return Row(tuple(pieces))


def is_entry(formula: Formula) -> bool:
    """Whether a product is one of numbers: no whole matrix stands in it."""
    if isinstance(formula, Name):
        return "[" in formula.name or not re.search(r"\d$|_next$", formula.name)
    return all(is_entry(part) for part in parts(formula))
