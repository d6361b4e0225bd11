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

GREEK = {"delta": "δ", "eta": "η", "l2": "λ", "sigma": "σ", "pi": "π", "loss": "L"}
FUNCTIONS = {record.name: record.sign for record in ACTIVATIONS.values()} | {"Abs": "abs"}
DRAWN_SIGNS = {">=": "≥", "<=": "≤"}
PER_EXAMPLE = ("x", "y", "s", "z", "a", "delta")
LARGE = 1e6  # from here on a number is a power of ten
SUM, PRODUCT, ATOM = range(3)  # how tightly a piece binds
Ranked = tuple[Math, int]  # a piece and how tightly it binds


def number_text(value: float, decimals: int) -> str:
    """Return a number that stands within a formula: whole ones as they are, others to so many
    decimals; never ``-0``.
    """
    if value == int(value) and abs(value) < LARGE:
        return str(int(value))
    if value and not 10.0 ** -min(decimals, 3) <= abs(value) < LARGE:
        return f"{value:.{min(decimals, 3)}g}"
    text = f"{value:.{decimals}f}"
    if "." not in text:
        return text
    return text.rstrip("0").rstrip(".")


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
    own_losses : a derivative by ``a`` or ``z`` is that of each example's own loss L_i; else it is
        that of the mean loss
    """

    labels: tuple[str, ...] = ()
    columns: bool = False
    decimals: int = 4
    functions: Mapping[str, str] = field(default_factory=dict)
    own_losses: bool = True

    def symbol(self, name: str) -> Math:
        """Return the symbol of a quantity, or of its entry: ``W2``, ``dL_da1[2,1]``, ``dz2_dW2``,
        ``b1_next``.
        """
        bare, _, index = name.partition("[")
        index = index.rstrip("]")
        derivative = re.fullmatch(r"d([A-Za-z]+\d*)_d([A-Za-z]+\d*)", bare)
        if derivative is None:
            return Either(Letter(name), self._simple(bare, index))
        above, below = derivative.groups()
        entries = _entries(above, below, index)
        top, bottom = (row(Letter("∂"), self.symbol(entry)) for entry in entries)
        if above == "L" and below[0] in "az" and self.own_losses:
            top = row(Letter("∂"), Script(Letter("L"), self._which_example(index)))
        return Either(Letter(name), Fraction(top, bottom))

    def _which_example(self, index: str) -> Math:
        """Return of which example an entry is; ``i`` for all of them."""
        if not index:
            return Letter("i")
        return _place([self._example(index.split(",")[-1 if self.columns else 0])])

    def _simple(self, bare: str, index: str) -> Math:
        """Return the symbol of what isn't a derivative of one quantity by another."""
        match = re.fullmatch(r"(d(?=[Wb]))?(x|y|z|a|W|b|s|delta)(\d*)(_next)?", bare)
        if match is None:
            other = Letter(GREEK.get(bare, bare))
            if index:
                return self._entry(other, "", index, per_example=False)
            return other
        d, letter, layer, following = match.groups()
        found: Math = Letter(GREEK.get(letter, letter))
        new = Words("new") if following else None
        if index:
            # an entry of a matrix is written with a small letter
            small = Letter("w") if letter == "W" else found
            found = self._entry(small, layer, index, letter in PER_EXAMPLE, new)
        elif layer or new:
            found = Script(found, Digits(layer) if layer else None, new)
        return row(Letter("d"), found) if d else found

    def _entry(
        self, of: Math, layer: str, index: str, per_example: bool, new: Math | None = None
    ) -> Math:
        """Return an entry: its place stands below, and so its layer above, in parentheses."""
        places = index.split(",")
        if per_example:
            which = len(places) - 1 if self.columns else 0
            places[which] = self._example(places[which])
        above = new
        if layer:
            number = row(Letter("("), Digits(layer), Letter(")"))
            above = row(number, new) if new else number
        return Script(of, _place(places), above)

    def _example(self, place: str) -> str:
        """Return what the example at a place is called."""
        if place.isdigit() and int(place) <= len(self.labels):
            return self.labels[int(place) - 1]
        return place

    def math(
        self, formula: Formula, leaf: Callable[[Formula], Math | None] = lambda part: None
    ) -> Math:
        """Return a formula as it is written; `leaf` may give another look to any part of it."""
        return _Typesetter(self, leaf).at(formula, SUM)


def _entries(above: str, below: str, index: str) -> tuple[str, str]:
    """Return the names of what stands above and below in an entry of a derivative."""
    if index.count(",") == 2:  # softmax: example, output, pre-activation
        i, j, k = index.split(",")
        return f"{above}[{i},{j}]", f"{below}[{i},{k}]"
    entry = f"[{index}]" if index else ""
    if above == "L":  # one number, so it has no entries
        return above, below + entry
    return above + entry, below + entry


def _place(places: Sequence[str]) -> Row:
    """Return the places of an entry side by side; with commas, unless each is one character."""
    drawn = [Letter(place) if place.isalpha() else Digits(place) for place in places]
    if all(len(place) == 1 for place in places):
        return Row(tuple(drawn))
    spaced = [piece for one in drawn for piece in (Letter(","), one)]
    return Row(tuple(spaced[1:]))


@dataclass(frozen=True)
class _Typesetter:
    notation: Notation
    leaf: Callable[[Formula], Math | None]

    def at(self, formula: Formula, rank: int) -> Math:
        """Return a part, in parentheses if it binds less than `rank`."""
        piece, own = self.ranked(formula)
        if own < rank:
            return Group(piece)
        return piece

    def ranked(self, formula: Formula) -> Ranked:  # noqa: C901  (one match, a case for each kind)
        """Return a part and how tightly it binds."""
        given = self.leaf(formula)
        if given is not None:
            return given, ATOM
        match formula:
            case Name(name):
                return self.notation.symbol(name), ATOM
            case Number(value):
                number = digits(number_text(value, self.notation.decimals))
                return number, (ATOM if value >= 0 else SUM)
            case MatMul(left, right):
                return self.between(left, Sign("·"), right, PRODUCT), PRODUCT
            case Times(left, right):
                return self.product(left, right, element_wise=not is_entry(formula)), PRODUCT
            case Scale(left, right):
                return self.product(left, right, element_wise=False), PRODUCT
            case Plus(left, right):
                return self.between(left, Sign("+"), right, SUM), SUM
            case Minus(left, right):
                return row(self.at(left, SUM), Sign("−"), self.at(right, PRODUCT)), SUM
            case Negative(of):
                return row(Letter("−"), self.at(of, PRODUCT)), SUM
            case Transpose(of):
                return Script(self.at(of, ATOM), above=Either(Letter("ᵀ"), Letter("T"))), ATOM
            case Quotient(top, bottom):
                return self.fraction(top, bottom), PRODUCT
            case OverM(of, 1):
                return self.fraction(of, Name("m")), PRODUCT
            case OverM(of, -1):
                return self.product(Name("m"), of, element_wise=False), PRODUCT
            case Power(base, exponent):
                return self.power(base, exponent), ATOM
            case SumExamples(of):
                return Big(Words("examples"), Row(()), self.at(of, PRODUCT)), PRODUCT
            case Total(of):
                return Big(Words("entries"), Row(()), self.at(of, PRODUCT)), PRODUCT
            case SumOver(index, upto, of):
                below = row(Letter(index), Sign("="), Digits("1"))
                return Big(below, self.at(upto, SUM), self.at(of, PRODUCT)), PRODUCT
            case Compare(left, sign, right):
                return self.between(left, Sign(DRAWN_SIGNS.get(sign, sign)), right, SUM), SUM
            case Cases(values, conditions):
                return self.choice(values, conditions), ATOM
            case Call(function, arguments):
                return self.call(function, arguments), ATOM
        raise TypeError(f"no way to write {type(formula).__name__}")

    def between(self, left: Formula, sign: Sign, right: Formula, rank: int) -> Math:
        """Return two parts with a sign between them."""
        return row(self.at(left, rank), sign, self.at(right, rank))

    def product(self, left: Formula, right: Formula, element_wise: bool) -> Math:
        first, second = (self.factor(side, element_wise) for side in (left, right))
        if element_wise and not isinstance(left, Number):
            return row(first, Sign("⊙"), second)
        if isinstance(second, Group):
            return row(first, second)
        return row(first, Sign("·"), second)

    def factor(self, formula: Formula, element_wise: bool) -> Math:
        # a matrix product within an element-wise one is set apart: the order matters
        if element_wise and isinstance(formula, MatMul):
            return self.at(formula, ATOM)
        return self.at(formula, PRODUCT)

    def fraction(self, top: Formula, bottom: Formula) -> Math:
        """Return one part over another; a mean as its share of the sum."""
        is_sum, is_short = isinstance(top, (Plus, Minus)), isinstance(bottom, (Name, Number))
        if (bottom == Name("m") or (is_sum and is_short)) and top != Number(1.0):
            return self.mean(top, bottom)
        drawn = Fraction(self.at(top, SUM), self.at(bottom, SUM))
        return Either(row(self.at(top, PRODUCT), Sign("/"), self.at(bottom, ATOM)), drawn)

    def mean(self, of: Formula, n: Formula) -> Math:
        """Return ``1/n · of``."""
        count, inner = self.at(n, ATOM), self.at(of, PRODUCT)
        share = Either(row(Digits("1"), Letter("/"), count), Fraction(Digits("1"), count))
        # a fraction that is drawn stands right before what it divides; in text, 1/m needs a gap
        gap = Letter(" ") if isinstance(inner, Group) else Sign("·")
        return row(share, Either(gap, Row(())), inner)

    def power(self, base: Formula, exponent: Formula) -> Math:
        piece = self.at(base, ATOM)
        raised = Either(row(Letter("^"), self.at(exponent, ATOM)), self.at(exponent, SUM))
        drawn = piece
        if isinstance(base, Name) and "[" in base.name:  # its layer stands where the exponent would
            drawn = Group(piece)
        return Either(Script(piece, above=raised), Script(drawn, above=raised))

    def choice(self, values: Sequence[Formula], conditions: Sequence[Formula]) -> Math:
        drawn = [self.at(value, SUM) for value in values]
        return Choice(tuple(zip(drawn, map(self.condition, conditions), strict=True)))

    def condition(self, condition: Formula) -> Math:
        if condition == Number(1.0):
            return Words("else")
        return row(Words("if "), self.at(condition, SUM))

    def call(self, function: str, arguments: Sequence[Formula]) -> Math:
        inside = self.listed(arguments)
        if function == "exp":
            return Either(row(Letter("exp"), Group(inside)), Script(Letter("e"), above=inside))
        if function == "sqrt":
            return Either(row(Letter("√"), Group(inside)), Root(inside))
        if function == "KroneckerDelta":
            return Script(Letter("δ"), Row(tuple(self.at(one, ATOM) for one in arguments)))
        bare = function.rstrip("'")
        written = self.notation.functions.get(bare) or FUNCTIONS.get(bare, bare)
        return row(Letter(written + "′" * function.count("'")), Group(inside))

    def listed(self, arguments: Sequence[Formula]) -> Math:
        pieces: list[Math] = []
        for argument in arguments:
            if pieces:
                pieces.append(Sign(","))
            pieces.append(self.at(argument, SUM))
        return Row(tuple(pieces))


def is_entry(formula: Formula) -> bool:
    """Whether a product is one of numbers: no whole matrix stands in it."""
    if isinstance(formula, Name):
        return "[" in formula.name or not re.search(r"\d$|_next$", formula.name)
    return all(is_entry(part) for part in parts(formula))
