"""How a training moved: its steps too large, too small, or to and fro."""

from __future__ import annotations

import math

import numpy as np

from ..parameter import entry_text
from .findings import (
    ENOUGH,
    FEW,
    NEW_STARTS,
    Advice,
    Finding,
    faster,
    for_epochs,
    longer,
    more_units,
    slower,
    usual_rate,
)
from .observation import Observation

TAIL = 50  # epochs, at the end, in which the loss is watched for ups and downs
STEEP = 1e-3  # of a gradient that is not flat
FALLING = 0.001  # of its size by which the loss still falls in the last tenth of the epochs


def diverged(o: Observation) -> Finding | None:
    """Losses or weights that were no longer finite."""
    at = o.run.diverged_at
    if at is None:
        return None
    if at == 0:
        saw = "the loss of the starting network is not finite."
        return Finding(
            "diverged",
            saw,
            advice=(Advice("Start with smaller weights, --scale 0.5.", {"scale": 0.5}),),
        )
    rate = o.run.settings.learning_rate
    saw = (
        f"after epoch {at:,} the loss or a weight was no longer finite: with a learning rate of"
        f" {rate:g} each step overshoots."
    )
    return Finding("diverged", saw, advice=slower(o))


def period_two(o: Observation) -> Finding | None:
    """An orbit of period two: the weights jump to and fro, and the loss may not show it."""
    if o.run.epochs < 4 or o.run.diverged_at is not None or o.run.settings.batch_size is not None:
        return None
    before, one, end = o.tail
    step, back = o.distance(one, end), o.distance(before, end)
    largest = max(1.0, *(float(np.abs(value).max()) for value in end.parameters().values()))
    if step < 1e-2 * largest or back > 0.05 * step:
        return None
    there, here = (net.predict(o.x) for net in (one, end))
    far, k = np.unravel_index(int(np.argmax(np.abs(there - here))), there.shape)
    mine, theirs = one.parameters(), end.parameters()
    name = max(mine, key=lambda name: float(np.abs(mine[name] - theirs[name]).max()))
    place = np.unravel_index(int(np.argmax(np.abs(mine[name] - theirs[name]))), mine[name].shape)
    entry = entry_text(name, place)
    losses = o.run.losses[-2:]
    constant = abs(losses[1] - losses[0]) < 1e-3 * losses[1]
    saw = (
        f"the weights jump to and fro with period two: {entry} between {mine[name][place]:.4g} and"
        f" {theirs[name][place]:.4g}, the output for {o.name_of(int(far))} between"
        f" {there[far][k]:.4g} and {here[far][k]:.4g}; "
        + (
            f"the loss stays at {losses[1]:.4g} and does not show it."
            if constant
            else f"the loss jumps between {losses[0]:.4g} and {losses[1]:.4g}."
        )
    )
    return Finding("period-two", saw, advice=(*slower(o), NEW_STARTS))


def oscillating(o: Observation) -> Finding | None:
    """A loss that goes up and down."""
    losses, size = o.run.losses[-TAIL:], o.run.settings.batch_size
    if len(losses) < 10 or o.run.diverged_at is not None:
        return None
    rises = float((np.diff(losses) > 0).mean())
    swing = float(np.ptp(losses) / losses.min()) if losses.min() > 0 else 0.0
    if rises < 0.2 or swing < (0.01 if size is None else 0.1):
        return None
    rate = o.run.settings.learning_rate
    why = f"A learning rate of {rate:g} steps over the valley."
    if size is not None:
        why = (
            f"Each step follows {size} of {o.m} examples; with a learning rate of {rate:g} it"
            " undoes what the others did."
        )
    saw = (
        f"the loss goes up and down: in the last {len(losses) - 1} epochs it rose"
        f" {round(rises * (len(losses) - 1))} times, between {losses.min():.4g} and"
        f" {losses.max():.4g}. {why}"
    )
    return Finding("oscillating", saw, advice=(*slower(o), NEW_STARTS))


def barely(o: Observation) -> Finding | None:
    """Weights that have hardly moved, though the gradient says where to."""
    if o.run.diverged_at is not None or o.good is None:
        return None
    moved, losses = o.distance(o.run.network_before, o.net), o.run.losses
    steepest = o.steepest
    largest = max(float(np.abs(value).max()) for value in o.net.parameters().values())
    rate, epochs, usual = o.run.settings.learning_rate, o.run.epochs, usual_rate(o)
    little = moved < 0.05 * largest and abs(losses[-1] - losses[0]) < 0.02 * losses[0]
    if not little or steepest < STEEP or (rate >= usual / 2 and epochs >= FEW):
        return None
    few = f"{epochs:,} epoch{'s' * (epochs != 1)}"
    saw = (
        f"after {few} no weight has moved by more than {moved:.2g}, though the gradient's largest"
        f" entry is {steepest:.2g}: "
        + ("that is too few." if epochs < FEW else f"a learning rate of {rate:g} is too small.")
    )
    advice = (
        (for_epochs(ENOUGH), *faster(o)) if epochs < FEW else (*faster(o), for_epochs(10 * epochs))
    )
    return Finding("barely-moved", saw, advice=advice)


def slow(o: Observation) -> Finding | None:
    """A loss that is still falling."""
    losses, epochs = o.run.losses, o.run.epochs
    span = max(1, epochs // 10)
    if not epochs or o.run.diverged_at is not None or not losses[-1] > 0:
        return None
    fall = math.log(losses[-1 - span] / losses[-1])
    if fall < FALLING:
        return None
    share = 100 * (1 - math.exp(-fall))
    last = f"the last tenth of {epochs:,} epochs" if epochs >= 10 else f"epoch {epochs}, the last"
    saw = f"the loss is still falling: by {share:.2g}% in {last}, to {losses[-1]:.4g}"
    left = 0
    if o.good is not None:
        more, by_pace = o.ahead, epochs_left(o, fall / span)
        if more is not None:
            saw += (
                f"; trained on as it was, every example is right after about {more:,} epochs more"
            )
        else:
            saw += f"; {o.budget:,} epochs more are not enough" if o.budget else ""
            saw += (
                f"; if it went on at this pace it would take about {by_pace:,} epochs more"
                if by_pace
                else ""
            )
        left = more or by_pace or 0
    advice = (
        longer(o, left),
        *faster(o),
        *((more_units(o),) if o.good is not None and o.ahead is None else ()),
    )
    return Finding("still-falling", f"{saw}.", advice=advice)


def epochs_left(o: Observation, pace: float) -> int | None:
    """Return about how many epochs more it takes until every example must be right, if the loss
    goes on falling at this pace (per epoch, of its logarithm): below ln 2 / m a cross entropy, and
    below 1 / (4 m) a squared error, leaves no example on the wrong side.
    """
    sure = o.net.loss_record.sure
    if sure is None or o.good is None or pace <= 0:
        return None
    needed = math.log(o.run.loss / (sure / o.m)) / pace
    return int(float(f"{max(1.0, needed):.2g}")) if needed < 1e9 else None
