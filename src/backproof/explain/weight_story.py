"""The story of one weight: which examples pull it which way, its update, and the loss as it
changes.
"""

from __future__ import annotations

import operator

import numpy as np

from ..prose import comma_list, spoken_list
from ..records import Array
from ..steps import name_of
from ..typesetting.document import Document
from ..typesetting.figures import agreeing, lines_shown, texts
from ..typesetting.notation import digits
from ..typesetting.pieces import Group, Math, Sign, row
from .tables import example_rows, number_shown
from .weight import Connection, Weight
from .weight_tables import WEIGHT_ROWS, show_contributions, show_slice
from .worked import Worked

PATH_DECIMALS = 4  # of the products along the connections
MOST_PATHS = 4  # connections that have a column of their own
MOST_NAMED = 6  # examples that are named one by one


def weight_story(d: Worked, text: str) -> Document:
    """Return the story of one weight, ``W2[1,1]`` in the reader's notation."""
    teller = _Teller(d, Weight(d, text))
    teller.introduce()
    teller.tell_paths()
    teller.tell_examples()
    teller.tell_contribution()
    teller.tell_update()
    teller.tell_slice()
    teller.tell_other_losses()
    return teller.doc


class _Teller:
    def __init__(self, d: Worked, weight: Weight):
        self.d, self.weight, self.doc = d, weight, Document(d.notation)
        self.say = self.doc.say
        self.decimals = d.options.decimals

    def introduce(self) -> None:
        weight = self.weight
        self.doc.heading(1, f"{weight.text}: how wrong × how much it contributed")
        for remark in self.d.options.remarks:
            self.say(remark)
        value = number_shown(weight.value, self.decimals)
        self.say(
            f"`{weight.text}` = {value}. {self._what_it_carries()}, and feeds unit"
            f" {weight.unit + 1} of layer {weight.layer}."
        )
        if weight.frozen:
            self.say("It is frozen: it has a gradient, but training doesn't change it.")

    def _what_it_carries(self) -> str:
        weight = self.weight
        if weight.source is None:
            return "It is a bias: it contributes 1 to every example"
        if weight.layer == 1:
            return f"It multiplies input {weight.source + 1}"
        return f"It multiplies `{weight.before}` of unit {weight.source + 1}"

    # how the error reaches a hidden unit

    def tell_paths(self) -> None:
        weight, layer, following = self.weight, self.weight.layer, self.weight.layer + 1
        connections = weight.connections()
        if not connections:
            return
        self.doc.heading(2, f"How the error reaches unit {weight.unit + 1} of layer {layer}")
        self.say(
            f"The loss does not contain `a{layer}`. The error comes back along each connection from"
            f" this unit to layer {following}, as `delta{following}` × the weight of the"
            " connection; their sum, times the unit's own slope, is how wrong this unit is."
        )
        if len(connections) == 1:  # there is room to write the product out
            columns = {"through unit 1": _products_written_out(connections[0])}
        else:
            columns = self._connection_columns(connections)
        assert weight.slopes is not None  # only an output layer may couple its units
        numbers = {
            "sum": np.sum([path.product for path in connections], axis=0),
            f"`{name_of('da_dz', layer)}`": weight.slopes,
            f"`delta{layer}`": weight.wrong,
        }
        columns |= {title: texts(values, PATH_DECIMALS) for title, values in numbers.items()}
        rows = example_rows(self.d.labels, list(columns.values()), WEIGHT_ROWS)
        self.doc.table(["example", *columns], rows)

    def _connection_columns(self, connections: list[Connection]) -> dict[str, list[str]]:
        """Say where the connections lead; return what comes back along each, by the title of its
        column, the middle left out where they are many.
        """
        ends: list[str] = []
        columns: dict[str, list[str]] = {}
        for place in lines_shown(len(connections), MOST_PATHS):
            if place is None:
                ends.append("…")
                columns["…"] = ["…"] * self.d.m
            else:
                path = connections[place]
                weight = number_shown(path.weight, PATH_DECIMALS)
                ends.append(f"{path.through} (weight {weight})")
                columns[path.through] = texts(path.product, PATH_DECIMALS)
        self.say(f"The connections lead to {comma_list(ends)}. What comes back, delta × weight:")
        return columns

    # example by example

    def tell_examples(self) -> None:
        self.doc.heading(2, "Example by example")
        show_contributions(self.doc, self.weight)
        if self.weight.feeds_output:
            self._tell_sides()
        self._tell_pulls()

    def _tell_sides(self) -> None:
        wrong, z = self.weight.wrong, f"z{self.weight.layer}"
        for side, goal, which in (
            ("over-estimated", "come down", wrong > 0),
            ("under-estimated", "go up", wrong < 0),
        ):
            if which.any():
                self.say(
                    f"{self._examples(which)}: the network {side}, so `{z}` must {goal}.",
                    bullet=True,
                )

    def _tell_pulls(self) -> None:
        products = self.weight.products
        for goal, which in (("down", products > 0), ("up", products < 0)):
            if which.any():
                share = abs(products[which].sum())
                self.say(
                    f"{self._examples(which)} {_verb('pull', which)} it {goal}, by {share:.4g}"
                    " in total.",
                    bullet=True,
                )
        silent = products == 0
        if silent.any():
            has = "has" if silent.sum() == 1 else "have"
            self.say(f"{self._examples(silent)} {has} no effect.", bullet=True)

    def _examples(self, which: Array) -> str:
        """Return the names of the examples that a mask (m,) picks, or how many they are."""
        labels = [self.d.labels[i] for i in np.flatnonzero(which)]
        if len(labels) > MOST_NAMED:
            return f"{len(labels)} examples"
        return spoken_list(labels)

    # its update

    def tell_contribution(self) -> None:
        self.doc.heading(2, "How much its input matters")
        self.say(self.weight.thought_experiment())

    def tell_update(self) -> None:
        self.doc.heading(2, "The update")
        gradient = self.weight.gradient
        if self.weight.frozen:
            self.say("It is frozen, so nothing changes.")
            return
        self._show_update()
        if not gradient:
            self.say("The gradient is 0: the update doesn't change it.")
            return
        if gradient > 0:
            way = "positive: the loss grows with this weight, so the update decreases it"
        else:
            way = "negative: the loss falls as this weight grows, so the update increases it"
        self.say(f"The gradient is {way}.")
        self._tell_new_loss()

    def _show_update(self) -> None:
        weight, symbol = self.weight, self.d.notation.symbol
        rate = self.d.options.learning_rate
        value, gradient, next_value = agreeing(
            [weight.value, weight.gradient, weight.next_value],
            lambda value, gradient: value - rate * gradient,
            max(self.decimals, 4),
        )
        eta = digits(f"{rate:g}")
        change = row(symbol("eta"), Sign("·"), symbol(f"d{weight.text}"))
        in_symbols = row(symbol(weight.text), Sign("−"), change)
        in_numbers = row(digits(value), Sign("−"), eta, Sign("·"), _factor(gradient))
        name, bracket, index = weight.text.partition("[")
        after = symbol(f"{name}_next{bracket}{index}")
        self.doc.show(after, [in_symbols, in_numbers, digits(next_value)], 11)

    def _tell_new_loss(self) -> None:
        ends = np.array([self.d.ours["loss"], self.weight.loss_with(self.weight.next_value)])
        before, after = texts(ends, max(self.decimals, 6))
        self.say(f"The loss is {before}; with only this weight updated it is {after}.")
        if float(after) > float(before):  # as shown: a difference that isn't seen isn't told
            self.say(
                "It rises because the step goes beyond the minimum: the tangent is the slope here,"
                " not further away. Try a smaller learning rate."
            )

    def tell_slice(self) -> None:
        self.doc.heading(2, f"The loss as {self.weight.text} changes")
        show_slice(self.doc, self.weight)

    # under other losses

    def tell_other_losses(self) -> None:
        names = self.d.losses()
        if len(names) < 2:
            return
        self.doc.heading(2, "delta is a gradient, not the literal error")
        self.say(
            "With another loss, the same outputs and targets have another delta, and so another"
            " gradient:"
        )
        header, columns, gradients = ["example"], [], ["gradient"]
        for name in names:
            found = self.weight.under(name)
            header.append(f"`delta{self.weight.layer}` under {name}")
            columns.append(texts(found["delta"], self.decimals))
            gradients.append(number_shown(found["gradient"], max(4, self.decimals)))
        rows = example_rows(self.d.labels, columns, WEIGHT_ROWS)
        self.doc.table(header, [*rows, gradients])


def _products_written_out(path: Connection) -> list[str]:
    """Return ``delta · weight = product`` for each example."""
    lines = []
    for delta, product in zip(path.delta, path.product, strict=True):
        numbers = agreeing([delta, path.weight, product], operator.mul, PATH_DECIMALS)
        lines.append(f"{numbers[0]} · {_in_parentheses(numbers[1])} = {numbers[2]}")
    return lines


def _in_parentheses(text: str) -> str:
    """Return a number as a factor behind a sign: in parentheses if it is negative."""
    return f"({text})" if text.startswith("-") else text


def _factor(text: str) -> Math:
    """Return a number as mathematics behind a sign, likewise."""
    return Group(digits(text)) if text.startswith("-") else digits(text)


def _verb(verb: str, which: Array) -> str:
    """Return a verb after the examples that a mask picks: one pulls, two pull."""
    return f"{verb}s" if which.sum() == 1 else verb
