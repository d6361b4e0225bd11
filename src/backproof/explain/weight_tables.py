"""The tables of one weight: the effect of each example on it, and the loss as it changes."""

from __future__ import annotations

import numpy as np

from ..typesetting.document import Document, minus
from ..typesetting.figures import agreeing, texts
from .tables import example_rows
from .weight import Weight

SLICE_POINTS = 9  # of the loss curve; odd, so that the present weight is in the middle
WEIGHT_ROWS = 12  # examples in a table of one weight


def show_contributions(doc: Document, weight: Weight) -> None:
    """Add the line of each example, and what they sum to."""
    d = weight.d
    columns = [
        texts(values, d.options.decimals)
        for values in (weight.wrong, weight.contributions, weight.products)
    ]
    columns.append([weight.pull(i) for i in range(d.m)])
    came = "1" if weight.source is None else f"`{weight.before}`"
    header = [
        "example",
        f"how wrong: `delta{weight.layer}`",
        f"how much: {came}",
        "product",
        f"what it does to `{weight.text}`",
    ]
    doc.table(header, example_rows(d.labels, columns, WEIGHT_ROWS))
    doc.say(minus(f"{_sum_in_words(weight)}. That is the gradient of `{weight.text}`."))


def _sum_in_words(weight: Weight) -> str:
    """Return how the products give the gradient."""
    d = weight.d
    divided = 1 if d.mean_in_delta else d.m
    total, added, gradient = agreeing(
        [float(weight.products.sum()), weight.penalty, weight.gradient],
        lambda total, penalty: total / divided + penalty,
        max(d.options.decimals, 4),
    )
    penalty = f" + {added} from the penalty" if weight.penalty else ""
    if divided > 1:
        return f"The mean: 1/{d.m} · {total}{penalty} = {gradient}"
    if penalty:
        return f"The sum: {total}{penalty} = {gradient}"
    return f"The sum: {total}"


def show_slice(doc: Document, weight: Weight) -> None:
    """Add the loss as the weight changes, beside its tangent, as numbers and as a picture."""
    found = weight.slice
    places = np.linspace(0, len(found.values) - 1, SLICE_POINTS).astype(int)
    tangent = found.loss + found.gradient * (found.values - found.value)
    columns = [
        texts(values[places], weight.d.options.decimals)
        for values in (found.values, found.losses, tangent)
    ]
    now = [""] * SLICE_POINTS
    now[SLICE_POINTS // 2] = "now"
    rows = list(zip(*columns, now, strict=True))
    doc.table([f"`{weight.text}`", "loss", "tangent", ""], rows)
    doc.picture(
        f"loss_by_{weight.text}",
        f"The loss as only {weight.text} changes, and the tangent whose slope is its gradient",
    )
