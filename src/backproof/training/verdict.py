"""What came of a training: solved or not, and what the loss of a stuck one means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..activations import Array
from ..arithmetic.floats import functions
from ..backprop import Objective, forward
from ..losses import Loss
from ..network import Network
from ..prose import spoken_list

LEVEL = 0.5  # an output above it stands for 1, one below it for 0
SHARED = 0.02  # outputs nearer than this are called one output
ON_THE_MEAN = 0.05  # and one as near as this to the mean of their targets sits on it
ROUNDING = 1e-9  # of shares
GROUPED = 64  # examples; among more, those that share an output are not looked for
EXPLAINED = 0.15  # of the loss: shared outputs explain it if they come as near
HARDLY = 0.01  # of what the mean leaves of a loss: a network that explains no more is no better
NAMED = 4  # examples that share an output; more are counted


def right(a: Array, y: Array) -> Array | None:
    """Return for each example whether its outputs (m, nL) are on the side of its targets.

    That is the side of 1/2 for each output, or the largest output for rows with a single 1 among
    several. None where the targets are not all 0 or 1: a regression has no right side.
    """
    if not np.isin(y, (0, 1)).all():
        return None
    if y.shape[1] > 1 and (y.sum(axis=1) == 1).all():
        # two outputs that are equally large are both chosen, so that a tie is not right
        chosen = a >= a.max(axis=1, keepdims=True)
        return np.asarray((chosen == (y == 1)).all(axis=1))
    return np.asarray((np.where(y == 1, a, 1 - a) > LEVEL).all(axis=1))


def solved(a: Array, y: Array) -> bool | None:
    """Say whether every example is classified correctly; None for a regression."""
    good = right(a, y)
    return None if good is None else bool(good.all())


def no_better(objective: Objective) -> str:
    """Return what a network is no better than always predicting: ``the mean`` of a regression's
    targets, ``the commonest class``; empty if it is better, or if all targets are the same.
    """
    net, x, y, s = objective.net, objective.x, objective.y, objective.s
    weights = np.ones(len(y)) if s is None else s[:, 0]
    rows, kinds = np.unique(y, axis=0, return_inverse=True)
    if len(rows) == 1:
        return ""
    a = net.predict(x)
    if right(a, y) is None:
        return "the mean" if _explained(objective, weights) <= HARDLY else ""
    share = (np.bincount(kinds.ravel(), weights) / weights.sum()).max() * (1 + ROUNDING)
    if _accuracy(a, y, weights) > share:
        return ""
    # what is undecided may be at chance: it counts half, where the loss says that much is learnt
    nudge = SHARED / 2 * (2 * y - 1)
    decided = (_accuracy(a + nudge, y, weights) + _accuracy(a - nudge, y, weights)) / 2
    better = decided > share and _explained(objective, weights) > HARDLY
    return "" if better else "the commonest class"


def _accuracy(a: Array, y: Array, weights: Array) -> float:
    return float(np.average(right(a, y), weights=weights))  # type: ignore[arg-type]


def _explained(objective: Objective, weights: Array) -> float:
    """Return how much of the loss that the mean of the targets leaves a regression gets rid of: the
    R² of a squared error.
    """
    net, y = objective.net, objective.y
    value = net.loss_record.value
    mean = np.broadcast_to(np.average(y, axis=0, weights=weights), y.shape)
    found = forward(net, objective.x)
    last = len(net.layers)

    def total(losses: Array) -> float:
        return float(np.average(losses.sum(axis=1), weights=weights))

    with np.errstate(all="ignore"):
        ours = total(functions(net)["L_z"](found[f"z{last}"], found[f"a{last}"], y))
        least, most = total(value(y.copy(), y)), total(value(mean.copy(), y))
    if not least < most < np.inf:  # with such a loss of one's own the mean is no measure
        return 1.0
    return (most - ours) / (most - least) if ours < np.inf else -np.inf


def meaning(net: Network, x: Array, y: Array, a: Array, loss: float) -> str:
    """Return one sentence on what the loss of an unsolved training means: which examples share an
    output, or how many are wrong.
    """
    good = right(a, y)
    if good is None or good.all():
        return f"the loss is {loss:.4g}."
    if y.shape[1] == 1 and net.loss_record.entropy == "binary" and len(x) <= GROUPED:
        groups = plateaus(a[:, 0], y[:, 0])
        expected = least_loss(net.loss_record, groups, y)
        if groups and explains(expected, loss):
            return _plateau_sentence(groups, x, y, expected)
    wrong = len(x) - int(good.sum())
    return f"{wrong} of {len(x)} examples are misclassified, at a loss of {loss:.4g}."


def explains(expected: float, loss: float) -> bool:
    """Whether the loss of shared outputs is what a loss consists of: they hold it up."""
    return abs(expected - loss) <= EXPLAINED * loss


def plateaus(a: Array, y: Array) -> list[Array]:
    """Return the groups of examples of both classes that share one output, the mean of their
    targets: for each its examples, sorted. The outputs and targets are (m,).
    """
    order = np.argsort(a, kind="stable")
    ends = np.flatnonzero(np.diff(a[order]) > SHARED) + 1
    return [np.sort(group) for group in np.split(order, ends) if _is_plateau(a[group], y[group])]


def _is_plateau(a: Array, y: Array) -> bool:
    both_classes = 0 < y.mean() < 1
    return both_classes and bool(abs(a.mean() - y.mean()) < ON_THE_MEAN)


def least_loss(loss: Loss, groups: Sequence[Array], y: Array) -> float:
    """Return the smallest loss, the mean over the targets (m, 1), if each group of examples must
    share one output and all others are right.
    """
    return sum(loss.least(y[group, 0]) for group in groups) / len(y)


def closed_form(y: Array, m: int) -> str:
    """Return the smallest cross entropy of targets that must share one output, as their part of the
    mean over m examples, as one writes it: ``(ln 2)/2``.
    """
    from fractions import Fraction  # for a stuck run only

    ones, count = int(y.sum()), len(y)
    if 2 * ones == count:
        share = Fraction(count, m)
        if share == 1:
            return "ln 2"
        return f"({_factor(share.numerator)}ln 2)/{share.denominator}"
    sizes = sorted((ones, count - ones), reverse=True)
    terms = [f"{_factor(n)}ln({Fraction(n, count)})" for n in sizes]
    return f"-({' + '.join(terms)})/{m}"


def _factor(n: int) -> str:
    """Return a factor before a logarithm: ``2 ``, and nothing for 1."""
    return "" if n == 1 else f"{n} "


def _plateau_sentence(groups: list[Array], x: Array, y: Array, expected: float) -> str:
    told = [
        f"{_who(group, x)} share one output, {y[group, 0].mean():.2g}, the mean of their targets"
        for group in groups
    ]
    form = ""
    if len(groups) == 1:
        form = f" = {closed_form(y[groups[0], 0], len(y))}"
    return f"{'; '.join(told)}: a plateau at the loss {expected:.4f}{form}."


def _who(group: Array, x: Array) -> str:
    """Return the examples of a group by their inputs, or how many they are."""
    if len(group) == len(x):
        return "all examples"
    if len(group) > NAMED:
        return f"{len(group)} examples"
    return spoken_list([f"[{', '.join(f'{value:g}' for value in x[i])}]" for i in group])
