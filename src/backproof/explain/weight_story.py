"""The story of one weight: who pulls it which way, what it will do, and what the loss does as it
moves.
"""

from __future__ import annotations

import numpy as np

from ..activations import Array
from ..typesetting.document import Document, minus
from ..typesetting.figures import lines_shown, texts
from ..typesetting.notation import digits
from ..typesetting.pieces import Group, Sign, row
from .weights import Weight
from .worked import Worked

SLICE_POINTS = 9
SHOWN = 12


def contribution_table(d: Worked, doc: Document, weight: Weight) -> None:
    """Add the line of each example, and what they sum to."""
    decimals = d.options.decimals
    wrong, much, product = (
        texts(values, decimals) for values in (weight.wrong, weight.contributions, weight.products)
    )
    rows = [
        ["…"] * 5 if i is None else [d.labels[i], wrong[i], much[i], product[i], weight.pull(i)]
        for i in lines_shown(d.m, SHOWN)
    ]  # fmt: skip
    unit = f"delta{weight.layer}"
    came = f"`{weight.before}`" if weight.source is not None else "1"
    doc.table(
        [
            "example",
            f"how wrong: `{unit}`",
            f"how much: {came}",
            "product",
            f"what it says to `{weight.text}`",
        ],
        rows,
    )
    mean = d.convention.mean_in == "dW" and d.m > 1
    total = texts(np.array([weight.products.sum(), weight.gradient]), max(decimals, 4))
    penalty = f" + {weight.penalty:.4g} of the penalty" if weight.penalty else ""
    how = (
        f"The mean: 1/{d.m} · {total[0]}{penalty} = {total[1]}"
        if mean
        else f"The sum: {total[0]}{penalty}" + (f" = {total[1]}" if penalty else "")
    )
    doc.say(minus(f"{how}. That is the gradient of `{weight.text}`."))


def slice_table(d: Worked, doc: Document, weight: Weight) -> None:
    """Add the loss as the weight moves, beside its tangent, as numbers and as a picture."""
    found = weight.slice
    places = np.linspace(0, len(found.values) - 1, SLICE_POINTS).astype(int)
    tangent = found.loss + found.gradient * (found.values - found.value)
    columns = [
        texts(values[places], d.options.decimals)
        for values in (found.values, found.losses, tangent)
    ]
    middle = SLICE_POINTS // 2
    rows = [
        [*(column[i] for column in columns), "now" if i == middle else ""]
        for i in range(SLICE_POINTS)
    ]
    doc.table([f"`{weight.text}`", "loss", "tangent", ""], rows)
    doc.picture(
        f"loss_by_{weight.text}",
        f"The loss as {weight.text} alone moves, and the tangent whose slope is its gradient",
    )


def weight_story(d: Worked, text: str) -> Document:
    """Return the story of one weight."""
    doc = Document(d.notation)
    weight = Weight(d, text)
    doc.heading(1, f"{weight.text}: how wrong × how much it contributed")
    for remark in d.options.remarks:
        doc.say(remark)
    came = (
        "It is a bias: it contributes 1 to every example"
        if weight.source is None
        else f"It carries `{weight.before}`"
    )
    if weight.source is not None:
        came += f" of {'input' if weight.layer == 1 else 'unit'} {weight.source + 1}"
    doc.say(
        f"`{weight.text}` = {texts(np.array([weight.value]), d.options.decimals)[0]}. {came}, and"
        f" feeds unit {weight.unit + 1} of layer {weight.layer}."
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


def _paths(d: Worked, doc: Document, weight: Weight) -> None:
    layer, unit, following = weight.layer, weight.unit, weight.layer + 1
    doc.heading(2, f"How the error reaches unit {unit + 1} of layer {layer}")
    doc.say(
        f"The loss does not contain `a{layer}`. The error comes back along each connection from"
        f" this unit to layer {following}: the `delta{following}` there × the weight of the"
        " connection; their sum, times the unit's own slope, is how wrong this unit is."
    )
    paths = weight.paths()
    header, columns = ["example"], []
    if len(paths) == 1:  # there is room to write the product out
        _, delta, w = paths[0]
        header.append("through unit 1")
        columns.append(
            [
                f"{p} · {digits_of(w)} = {q}"
                for p, q in zip(texts(delta, 4), texts(delta * w, 4), strict=True)
            ]
        )
    else:
        shown = [
            paths[place] if place is not None else None for place in lines_shown(len(paths), 4)
        ]
        weights = [f"{path[0]} by {digits_of(path[2])}" if path else "…" for path in shown]
        doc.say(f"The connections lead to {', '.join(weights)}. Along each comes, delta × weight:")
        header += [path[0] if path else "…" for path in shown]
        columns += [texts(path[1] * path[2], 4) if path else ["…"] * d.m for path in shown]
    total = np.sum([delta * w for _, delta, w in paths], axis=0)
    slopes = np.asarray(d.ours[f"da{layer}_dz{layer}"])[:, unit]
    for title, values in (
        ("sum", total),
        (f"`da{layer}_dz{layer}`", slopes),
        (f"`delta{layer}`", weight.wrong),
    ):
        header.append(title)
        columns.append(texts(values, 4))
    rows = [
        ["…"] * len(header) if i is None else [d.labels[i], *(column[i] for column in columns)]
        for i in lines_shown(d.m, SHOWN)
    ]
    doc.table(header, rows)


def digits_of(value: float) -> str:
    """Return a number in four digits after the point, in parentheses if it is negative."""
    text = texts(np.array([value]), 4)[0]
    return f"({text})" if text.startswith("-") else text


def _pulls(d: Worked, doc: Document, weight: Weight) -> None:
    product = weight.products
    sides = {"over-estimated": weight.wrong > 0, "under-estimated": weight.wrong < 0}
    if weight.layer == len(d.net.layers):
        for side, which in sides.items():
            if which.any():
                goal = "down" if side.startswith("over") else "up"
                doc.say(
                    f"{_examples(d, which)}: the output is {side}, so `z{weight.layer}` must come"
                    f" {goal}.",
                    bullet=True,
                )
    for goal, which in (("down", product > 0), ("up", product < 0)):
        if which.any():
            share = abs(product[which].sum())
            doc.say(
                f"{_examples(d, which)} pull{'s' * (int(which.sum()) == 1)} it {goal}, with"
                f" {share:.4g} in all.",
                bullet=True,
            )
    if (product == 0).any():
        doc.say(
            f"{_examples(d, product == 0)} say{'s' * (int((product == 0).sum()) == 1)} nothing.",
            bullet=True,
        )


def _examples(d: Worked, which: Array) -> str:
    labels = [d.labels[i] for i in np.flatnonzero(which)]
    if len(labels) > 6:
        return f"{len(labels)} examples"
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def _update(d: Worked, doc: Document, weight: Weight) -> None:
    found = texts(
        np.array([weight.value, weight.gradient, weight.next_value]), max(d.options.decimals, 4)
    )
    symbol = d.notation.symbol(weight.text)
    name, bracket, index = weight.text.partition("[")
    gradient = row(d.notation.symbol("eta"), Sign("·"), d.notation.symbol(f"d{weight.text}"))
    if weight.frozen:
        doc.say("It is frozen, so nothing changes.")
        return
    eta = digits(f"{d.options.learning_rate:g}")
    gradient_number = Group(digits(found[1])) if found[1].startswith("-") else digits(found[1])
    numbers = row(digits(found[0]), Sign("−"), eta, Sign("·"), gradient_number)
    doc.show(
        d.notation.symbol(f"{name}_next{bracket}{index}"),
        [row(symbol, Sign("−"), gradient), numbers, digits(found[2])],
        11,
    )
    if not weight.gradient:
        doc.say("The gradient is 0: the update leaves it where it is.")
        return
    way = (
        "positive: the loss grows with this weight, so the update decreases it"
        if weight.gradient > 0
        else "negative: the loss falls as this weight grows, so the update increases it"
    )
    doc.say(f"The gradient is {way}.")
    losses = texts(
        np.array([d.ours["loss"], weight.loss_with(weight.next_value)]), max(d.options.decimals, 6)
    )
    doc.say(f"The loss before is {losses[0]}; with this weight alone moved it is {losses[1]}.")
    if float(losses[1]) > float(losses[0]):
        doc.say(
            "It rose, since the step went beyond the valley: the tangent is the slope here, not"
            " further away. A smaller learning rate would not."
        )


def _other_losses(d: Worked, doc: Document, weight: Weight) -> None:
    names = d.losses()
    if len(names) < 2:
        return
    doc.heading(2, "delta is a gradient, not the literal error")
    doc.say(
        "The same outputs and targets under other losses have another delta, and so another"
        " gradient:"
    )
    found = {name: weight.under(name) for name in names}
    columns = [texts(value["delta"], d.options.decimals) for value in found.values()]
    rows = [
        ["…"] * (len(names) + 1) if i is None else [d.labels[i], *(column[i] for column in columns)]
        for i in lines_shown(d.m, SHOWN)
    ]
    gradients = [
        texts(np.array([value["gradient"]]), max(4, d.options.decimals))[0]
        for value in found.values()
    ]
    doc.table(
        ["example", *(f"`delta{weight.layer}` under {name}" for name in names)],
        [*rows, ["gradient", *gradients]],
    )
