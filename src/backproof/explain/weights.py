"""One weight's gradient as how wrong × how much it contributed: example by example, path by path, and the loss as it moves."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..activations import Array
from ..backprop import backward
from ..losses import LOSSES
from ..plots.curves import Slice, loss_slice, parameter
from .derivation import Derivation
from .document import Document, minus
from .figures import kept, texts
from .layout import Group, Math, Sign, row
from .typeset import digits

SMALL = 0.05  # of the largest in its column: what pulls less than that is told as nearly nothing
SILENT = 0.001  # the notes' activation of a unit that barely fired
SLICE_POINTS = 9
SHOWN = 12


class Weight:
    """One weight or bias and what it learns from each example.

    Parameters
    ----------
    d : the derivation it belongs to
    text : ``W2[1,1]`` or ``b1[2]``, in the reader's notation, counted from 1

    `name`, `index` say which it is in our convention; `layer`, `unit` (that it feeds) and `source` (that it comes from, None for a bias)
    count from 0 but for the layer.
    """

    def __init__(self, d: Derivation, text: str):
        self.d = d
        self.text = text.replace(" ", "")
        self.name, self.index = parameter(d.net, own_text(d, self.text))
        self.layer = int(self.name[1:])
        self.source, self.unit = (None, self.index[0]) if len(self.index) == 1 else self.index

    @property
    def own(self) -> str:
        """Its text in our convention."""
        return f"{self.name}[{','.join(str(i + 1) for i in self.index)}]"

    @property
    def before(self) -> str:
        """The name of what comes in through it."""
        return "1" if self.source is None else f"a{self.layer - 1}" if self.layer > 1 else "x"

    @property
    def value(self) -> float:
        """Its value now."""
        return float(self.d.net.parameters()[self.name][self.index])

    @property
    def frozen(self) -> bool:
        """Whether training leaves it as it is."""
        return self.name not in self.d.net.trainable()

    @functools.cached_property
    def contributed(self) -> Array:
        """How much it contributed to each example, (m,): the activation that comes in, 1 for a bias."""
        return np.ones(self.d.m) if self.source is None else np.asarray(self.d.ours[self.before][:, self.source])

    @functools.cached_property
    def wrong(self) -> Array:
        """How wrong the unit that it feeds is at each example, (m,): its delta, in the reader's convention."""
        share = self.d.m if self.d.options.convention.mean_in == "delta" else 1
        return np.asarray(self.d.ours[f"delta{self.layer}"][:, self.unit]) / share

    @property
    def products(self) -> Array:
        """How wrong × how much it contributed, (m,)."""
        return self.wrong * self.contributed

    @property
    def penalty(self) -> float:
        """What the L2 penalty adds to its gradient."""
        return self.d.options.l2 * self.value if self.name[0] == "W" else 0.0

    @property
    def gradient(self) -> float:
        """Its gradient, from the program."""
        return float(np.asarray(self.d.ours[f"d{self.name}"])[self.index])

    @property
    def updated(self) -> float:
        """Its value after the update."""
        return float(np.asarray(self.d.ours[f"{self.name}_next"])[self.index])

    def loss_with(self, value: float) -> float:
        """Return the loss with this weight alone at another value."""
        array = self.d.net.parameters()[self.name].copy()
        array[self.index] = value
        o = self.d.options
        return float(
            backward(self.d.net.with_parameters({self.name: array}), self.d.x, self.d.y, example_weights=o.example_weights, l2=o.l2)["loss"]
        )

    @functools.cached_property
    def slice(self) -> Slice:
        """The loss as it moves."""
        o = self.d.options
        return loss_slice(self.d.net, self.d.x, self.d.y, self.own, points=201, example_weights=o.example_weights, l2=o.l2)

    def pull(self, i: int) -> str:
        """Return what example `i` wants of this weight, and if nearly nothing, why."""
        product, largest = self.products[i], np.abs(self.products).max()
        if product and abs(product) > SMALL * largest:
            return f"pulls it {'down' if product > 0 else 'up'}"
        return f"{'nothing' if not product else 'almost nothing'}: {self.reason(i)}"

    def reason(self, i: int) -> str:
        """Return why an example says nothing to this weight."""
        if self.source is not None and abs(self.contributed[i]) <= SMALL * np.abs(self.contributed).max():
            if self.layer == 1:
                return f"input {self.source + 1} is {self.contributed[i]:.2g}"
            return f"unit {self.source + 1} of layer {self.layer - 1} is silent"
        slopes = np.asarray(self.d.ours[f"da{self.layer}_dz{self.layer}"])
        if slopes.ndim == 2 and abs(slopes[i, self.unit]) <= SMALL * self.steepest:
            kind = "dead" if not slopes[i, self.unit] else "saturated"
            return f"unit {self.unit + 1} of layer {self.layer} is {kind}"
        if self.layer == len(self.d.net.layers):
            return "the prediction is nearly right"
        return f"hardly any error reaches unit {self.unit + 1}"

    @property
    def steepest(self) -> float:
        """The largest slope of the unit's activation: 1/4 for the sigmoid, 1 for the others."""
        record = self.d.net.layers[self.layer - 1].f
        grid = np.linspace(-10, 10, 201)
        return float(np.abs(record.derivative(grid, record.f(grid))).max()) if not record.couples else 1.0

    def paths(self) -> list[tuple[str, Array, float]]:
        """Return for a hidden weight each path of the error: (the next layer's unit, its delta at each example, the weight of the connection)."""
        if self.layer == len(self.d.net.layers):
            return []
        following = self.layer + 1
        W = self.d.net.parameters()[f"W{following}"]
        share = self.d.m if self.d.options.convention.mean_in == "delta" else 1
        delta = np.asarray(self.d.ours[f"delta{following}"]) / share
        return [(f"unit {k + 1}", delta[:, k], float(W[self.unit, k])) for k in range(W.shape[1])]

    def thought_experiment(self) -> tuple[str | Math, ...]:
        """Return the notes' thought experiment: what the weight does to z if the activation were 0.001."""
        if self.source is None:
            return ("A bias contributes 1 to every example: moved by 0.1 it moves `z` by 0.1.",)
        place = int(np.abs(self.contributed).argmax())
        real = self.contributed[place]
        where = self.d.labels[place]
        return (
            f"Try it at {where}, where `{self.entry(place)}` = {texts(np.array([real]), self.d.options.decimals)[0]}: if `{self.text}` grows by 0.1, "
            f"`z{self.layer}` there changes by {0.1 * real:.4g}. If that {'input' if self.layer == 1 else 'activation'} were {SILENT:g}, the same change of the weight would move it by "
            f"{0.1 * SILENT:g} only.",
        )

    def entry(self, i: int) -> str:
        """Return the name of the activation that comes in at example `i`."""
        place = (i + 1, (self.source or 0) + 1)
        row, column = place[::-1] if self.d.options.convention.columns else place
        return f"{self.before}[{row},{column}]"

    def to_dict(self) -> dict[str, Any]:
        """Return the whole as plain data."""
        names = [name for name, loss in LOSSES.items() if loss.accepts(self.d.net.layers[-1].f)]
        found = self.slice
        step = max(1, len(found.values) // 50)
        return {
            "name": self.text,
            "value": self.value,
            "examples": [
                {"x": self.d.x[i], "delta": self.wrong[i], "a": self.contributed[i], "product": self.products[i], "words": self.pull(i)}
                for i in range(self.d.m)
            ],
            "penalty": self.penalty,
            "gradient": self.gradient,
            "next": self.updated,
            "loss": self.d.ours["loss"],
            "loss_after": self.loss_with(self.updated),
            "paths": [
                {"through": unit, "delta": delta, "weight": weight, "product": delta * weight} for unit, delta, weight in self.paths()
            ],
            "other_losses": {name: self.under(name) for name in names},
            "slice": {"values": found.values[::step], "losses": found.losses[::step], "gradient": found.gradient},
        }

    def under(self, loss: str) -> dict[str, Any]:
        """Return delta of the unit it feeds and its gradient under another loss, at the same numbers."""
        o = self.d.options
        q = backward(self.d.net, self.d.x, self.d.y, loss, example_weights=o.example_weights, l2=o.l2)
        return {"delta": q[f"delta{self.layer}"][:, self.unit], "gradient": q[f"d{self.name}"][self.index]}


def own_text(d: Derivation, text: str) -> str:
    """Return the name of a weight in our convention: where examples are columns, its two indices stand the other way round."""
    name, bracket, index = text.partition("[")
    parts = index.rstrip("] ").split(",")
    if d.options.convention.columns and len(parts) == 2:
        return f"{name}[{parts[1].strip()},{parts[0].strip()}]"
    return f"{name}{bracket}{index}"


def contribution_table(d: Derivation, doc: Document, weight: Weight) -> None:
    """Add the line of each example, and what they sum to."""
    decimals = d.options.decimals
    wrong, much, product = (texts(values, decimals) for values in (weight.wrong, weight.contributed, weight.products))
    rows = [
        ["…"] * 5 if i is None else [d.labels[i], wrong[i], much[i], product[i], weight.pull(i)]
        for i in kept(d.m, SHOWN)
    ]  # fmt: skip
    unit = f"delta{weight.layer}"
    came = f"`{weight.before}`" if weight.source is not None else "1"
    doc.table(["example", f"how wrong: `{unit}`", f"how much: {came}", "product", f"what it says to `{weight.text}`"], rows)
    mean = d.options.convention.mean_in == "dW" and d.m > 1
    total = texts(np.array([weight.products.sum(), weight.gradient]), max(decimals, 4))
    penalty = f" + {weight.penalty:.4g} of the penalty" if weight.penalty else ""
    how = (
        f"The mean: 1/{d.m} · {total[0]}{penalty} = {total[1]}"
        if mean
        else f"The sum: {total[0]}{penalty}" + (f" = {total[1]}" if penalty else "")
    )
    doc.say(minus(f"{how}. That is the gradient of `{weight.text}`."))


def slice_table(d: Derivation, doc: Document, weight: Weight) -> None:
    """Add the loss as the weight moves, beside its tangent, as numbers and as a picture."""
    found = weight.slice
    places = np.linspace(0, len(found.values) - 1, SLICE_POINTS).astype(int)
    tangent = found.loss + found.gradient * (found.values - found.value)
    columns = [texts(values[places], d.options.decimals) for values in (found.values, found.losses, tangent)]
    middle = SLICE_POINTS // 2
    rows = [[*(column[i] for column in columns), "now" if i == middle else ""] for i in range(SLICE_POINTS)]
    doc.table([f"`{weight.text}`", "loss", "tangent", ""], rows)
    doc.picture(f"loss_by_{weight.text}", f"The loss as {weight.text} alone moves, and the tangent whose slope is its gradient")


def weight_story(d: Derivation, text: str) -> Document:
    """Return the story of one weight."""
    doc = Document(d.notation)
    weight = Weight(d, text)
    doc.heading(1, f"{weight.text}: how wrong × how much it contributed")
    for remark in d.options.remarks:
        doc.say(remark)
    came = "It is a bias: it contributes 1 to every example" if weight.source is None else f"It carries `{weight.before}`"
    if weight.source is not None:
        came += f" of {'input' if weight.layer == 1 else 'unit'} {weight.source + 1}"
    doc.say(
        f"`{weight.text}` = {texts(np.array([weight.value]), d.options.decimals)[0]}. {came}, and feeds unit {weight.unit + 1} of layer {weight.layer}."
    )
    if weight.frozen:
        doc.say("It is frozen: it has a gradient, but training leaves it as it is.")
    if weight.paths():
        _paths(d, doc, weight)
    doc.heading(2, "Example by example")
    contribution_table(d, doc, weight)
    _pulls(d, doc, weight)
    doc.heading(2, "How much it matters what comes in")
    doc.say(*weight.thought_experiment())
    doc.heading(2, "The update")
    _update(d, doc, weight)
    doc.heading(2, "The loss as it moves")
    slice_table(d, doc, weight)
    _other_losses(d, doc, weight)
    return doc


def _paths(d: Derivation, doc: Document, weight: Weight) -> None:
    layer, unit, following = weight.layer, weight.unit, weight.layer + 1
    doc.heading(2, f"How the error reaches unit {unit + 1} of layer {layer}")
    doc.say(
        f"The loss does not contain `a{layer}`. The error comes back along each connection from this unit to layer {following}: the `delta{following}` there × the "
        "weight of the connection; their sum, times the unit's own slope, is how wrong this unit is."
    )
    paths = weight.paths()
    shown = kept(len(paths), 3)
    header: list[str] = ["example"]
    columns: list[list[str]] = []
    total = sum(delta * w for _, delta, w in paths)
    for place in shown:
        if place is None:
            header.append("…")
            columns.append(["…"] * d.m)
        else:
            name, delta, w = paths[place]
            header.append(f"through {name}")
            columns.append([f"{p} · {digits_of(w)} = {q}" for p, q in zip(texts(delta, 4), texts(delta * w, 4), strict=True)])
    slopes = np.asarray(d.ours[f"da{layer}_dz{layer}"])[:, unit]
    for title, values in (("sum", total), (f"`da{layer}_dz{layer}`", slopes), (f"`delta{layer}`", weight.wrong)):
        header.append(title)
        columns.append(texts(values, 4))
    rows = [["…"] * len(header) if i is None else [d.labels[i], *(column[i] for column in columns)] for i in kept(d.m, SHOWN)]
    doc.table(header, rows)


def digits_of(value: float) -> str:
    """Return a number in four digits after the point, in parentheses if it is negative."""
    text = texts(np.array([value]), 4)[0]
    return f"({text})" if text.startswith("-") else text


def _pulls(d: Derivation, doc: Document, weight: Weight) -> None:
    product = weight.products
    sides = {"over-estimated": weight.wrong > 0, "under-estimated": weight.wrong < 0}
    if weight.layer == len(d.net.layers):
        for side, which in sides.items():
            if which.any():
                goal = "down" if side.startswith("over") else "up"
                doc.say(f"{_examples(d, which)}: the output is {side}, so `z{weight.layer}` must come {goal}.", bullet=True)
    for goal, which in (("down", product > 0), ("up", product < 0)):
        if which.any():
            share = abs(product[which].sum())
            doc.say(f"{_examples(d, which)} pull{'s' * (int(which.sum()) == 1)} it {goal}, with {share:.4g} in all.", bullet=True)
    if (product == 0).any():
        doc.say(f"{_examples(d, product == 0)} say{'s' * (int((product == 0).sum()) == 1)} nothing.", bullet=True)


def _examples(d: Derivation, which: Array) -> str:
    labels = [d.labels[i] for i in np.flatnonzero(which)]
    if len(labels) > 6:
        return f"{len(labels)} examples"
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def _update(d: Derivation, doc: Document, weight: Weight) -> None:
    found = texts(np.array([weight.value, weight.gradient, weight.updated]), max(d.options.decimals, 4))
    symbol = d.notation.symbol(weight.text)
    name, bracket, index = weight.text.partition("[")
    gradient = row(d.notation.symbol("eta"), Sign("·"), d.notation.symbol(f"d{weight.text}"))
    if weight.frozen:
        doc.say("It is frozen, so nothing changes.")
        return
    eta = digits(f"{d.options.learning_rate:g}")
    gradient_number = Group(digits(found[1])) if found[1].startswith("-") else digits(found[1])
    numbers = row(digits(found[0]), Sign("−"), eta, Sign("·"), gradient_number)
    doc.show(d.notation.symbol(f"{name}_next{bracket}{index}"), [row(symbol, Sign("−"), gradient), numbers, digits(found[2])], 11)
    if not weight.gradient:
        doc.say("The gradient is 0: the update leaves it where it is.")
        return
    way = (
        "positive: the loss grows with this weight, so the update decreases it"
        if weight.gradient > 0
        else "negative: the loss falls as this weight grows, so the update increases it"
    )
    doc.say(f"The gradient is {way}.")
    losses = texts(np.array([d.ours["loss"], weight.loss_with(weight.updated)]), max(d.options.decimals, 6))
    doc.say(f"The loss before is {losses[0]}; with this weight alone moved it is {losses[1]}.")
    if float(losses[1]) > float(losses[0]):
        doc.say(
            "It rose, since the step went beyond the valley: the tangent is the slope here, not further away. A smaller learning rate would not."
        )


def _other_losses(d: Derivation, doc: Document, weight: Weight) -> None:
    names = [name for name, loss in LOSSES.items() if loss.accepts(d.net.layers[-1].f)]
    if len(names) < 2:
        return
    doc.heading(2, "delta is a gradient, not the literal error")
    doc.say("The same outputs and targets under other losses have another delta, and so another gradient:")
    found = {name: weight.under(name) for name in names}
    columns = [texts(value["delta"], d.options.decimals) for value in found.values()]
    rows = [["…"] * (len(names) + 1) if i is None else [d.labels[i], *(column[i] for column in columns)] for i in kept(d.m, SHOWN)]
    gradients = [texts(np.array([value["gradient"]]), max(4, d.options.decimals))[0] for value in found.values()]
    doc.table(["example", *(f"`delta{weight.layer}` under {name}" for name in names)], [*rows, ["gradient", *gradients]])
