"""What came of a training: solved or not, and what the loss of a stuck one means."""

from __future__ import annotations

import numpy as np

from ..activations import Array
from ..network import Network

LEVEL = 0.5
SHARED = 0.02  # outputs nearer than this are called one output
NEAR = 0.05  # and one as near as this to the mean of their targets sits on it


def right(a: Array, y: Array) -> Array | None:
    """Return for each example whether its outputs (m, nL) are on the side of its targets.

    That is the side of 1/2 for each output, or the largest output for rows with a single 1 among
    several. None where the targets are not all 0 or 1: a regression has no right side.
    """
    if not np.isin(y, (0, 1)).all():
        return None
    if y.shape[1] > 1 and (y.sum(axis=1) == 1).all():
        chosen = a >= a.max(axis=1, keepdims=True)
        return np.asarray((chosen == (y == 1)).all(axis=1))
    return np.asarray((np.where(y == 1, a, 1 - a) > LEVEL).all(axis=1))


def solved(a: Array, y: Array) -> bool | None:
    """Say whether every example is on its target's side; None for a regression."""
    good = right(a, y)
    return None if good is None else bool(good.all())


def meaning(net: Network, x: Array, y: Array, a: Array, loss: float) -> str:
    """Return one sentence on what the loss of an unsolved training means: which examples share an
    output, or how many are wrong.
    """
    good = right(a, y)
    if good is None or good.all():
        return f"the loss is {loss:.4g}."
    if y.shape[1] == 1 and net.loss_record.entropy == "binary" and len(x) <= 64:
        groups = plateaus(a[:, 0], y[:, 0])
        expected = sum(net.loss_record.least(y[group, 0]) for group in groups) / len(y)
        if groups and abs(expected - loss) < 0.1 * loss:
            return _sentence(groups, x, y, expected)
    return (
        f"{len(x) - int(good.sum())} of {len(x)} examples are on the wrong side, at a loss of"
        f" {loss:.4g}."
    )


def plateaus(a: Array, y: Array) -> list[Array]:
    """Return the groups of examples of both classes that share one output, the mean of their
    targets.
    """
    order = np.argsort(a, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(a[order]) > SHARED) + 1)
    return [
        np.sort(group)
        for group in groups
        if 0 < y[group].mean() < 1 and abs(a[group].mean() - y[group].mean()) < NEAR
    ]


def closed_form(y: Array, m: int) -> str:
    """Return the smallest cross entropy of targets that must share one output, as their part of the
    mean over m examples, as one writes it: ``(ln 2)/2``.
    """
    from fractions import Fraction  # for a stuck run only

    ones, count = int(y.sum()), len(y)
    if 2 * ones == count:
        share = Fraction(count, m)
        over = f"/{share.denominator}" if share.denominator > 1 else ""
        return (
            f"({share.numerator if share.numerator > 1 else ''}{' ' * (share.numerator > 1)}ln"
            f" 2){over}"
            if over
            else "ln 2"
        )
    terms = [
        f"{n if n > 1 else ''}{' ' * (n > 1)}ln({Fraction(n, count)})"
        for n in sorted((ones, count - ones), reverse=True)
    ]
    return f"-({' + '.join(terms)})/{m}"


def _sentence(groups: list[Array], x: Array, y: Array, expected: float) -> str:
    told = []
    for group in groups:
        points = [f"[{', '.join(f'{value:g}' for value in x[i])}]" for i in group]
        who = (
            f"{', '.join(points[:-1])} and {points[-1]}"
            if len(group) <= 4
            else f"{len(group)} examples"
        )
        who = "all examples" if len(group) == len(x) else who
        told.append(f"{who} share one output, {y[group, 0].mean():.2g}, the mean of their targets")
    form = f" = {closed_form(y[groups[0], 0], len(y))}" if len(groups) == 1 else ""
    return f"{'; '.join(told)}: a plateau at the loss {expected:.4f}{form}."
