"""How a training moved: its steps too large, too small, or to and fro."""

from __future__ import annotations

import math

import numpy as np

from ..network import Network
from ..parameter import entry_text
from ..prose import plural
from .findings import (
    ENOUGH_EPOCHS,
    FEW_EPOCHS,
    NEW_STARTS,
    SMALLER_START,
    Finding,
    faster,
    for_epochs,
    longer,
    more_units,
    slower,
    usual_rate,
    when_right,
)
from .observation import Observation, distance, largest_parameter

# an orbit of period two
TWO_PERIODS = 4  # epochs; in fewer there is no orbit to be seen
JUMP = 0.01  # of the largest parameter, or of 1: an epoch that moves one by less is no jump
BACK = 0.05  # of the jump: a second epoch leads back if no parameter is farther off
CONSTANT = 1e-3  # of the loss: it is called constant if it changes by less

# a loss that goes up and down
TAIL = 50  # epochs, at the end, in which the loss is watched for ups and downs
FEWEST = 10  # losses that must be there to be watched
OFTEN = 0.2  # of these epochs in which it rises
SWING, BATCH_SWING = 0.01, 0.1  # of its size by which it varies; with batches some is usual

# weights that have hardly moved
LITTLE, LITTLE_FALL = 0.05, 0.02  # of the largest parameter; of the loss
STEEP = 1e-3  # of a gradient that is not flat

FALLING = 0.001  # of its size by which the loss still falls in the last tenth of the epochs
ENDLESS = 1e9  # epochs that nobody trains


def divergence(seen: Observation) -> Finding | None:
    """Losses or weights that were no longer finite."""
    at = seen.run.diverged_at
    if at is None:
        return None
    if at == 0:
        saw = "the loss of the starting network is not finite."
        return Finding("diverged", saw, advice=(SMALLER_START,))
    rate = seen.run.settings.learning_rate
    saw = (
        f"after epoch {at:,} the loss or a weight was no longer finite: with a learning rate of"
        f" {rate:g} each step overshoots."
    )
    return Finding("diverged", saw, advice=slower(seen))


def period_two(seen: Observation) -> Finding | None:
    """An orbit of period two: the weights jump to and fro, and the loss may not show it."""
    run = seen.run
    if run.epochs < TWO_PERIODS or run.diverged_at is not None:
        return None
    if run.settings.batch_size is not None:
        return None
    before, one, end = seen.tail
    jump, back = distance(one, end), distance(before, end)
    if jump < JUMP * max(1.0, largest_parameter(end)) or back > BACK * jump:
        return None
    saw = (
        f"the weights alternate with period two: {_jumping_parameter(one, end)},"
        f" {_jumping_output(seen, one, end)}; {_last_losses(seen)}"
    )
    return Finding("period-two", saw, advice=(*slower(seen), NEW_STARTS))


def _jumping_parameter(one: Network, end: Network) -> str:
    """Say between which values the parameter jumps that differs most in two networks."""
    mine, theirs = one.parameters(), end.parameters()
    jumps = {name: np.abs(mine[name] - theirs[name]) for name in mine}
    name = max(jumps, key=lambda key: float(jumps[key].max()))
    place = np.unravel_index(int(np.argmax(jumps[name])), jumps[name].shape)
    entry = entry_text(name, place)
    return f"{entry} between {mine[name][place]:.4g} and {theirs[name][place]:.4g}"


def _jumping_output(seen: Observation, one: Network, end: Network) -> str:
    """Say between which values the output jumps that differs most in two networks."""
    there, here = one.predict(seen.x), end.predict(seen.x)
    i, k = np.unravel_index(int(np.argmax(np.abs(there - here))), there.shape)
    example = seen.example_name(int(i))
    return f"the output for {example} between {there[i][k]:.4g} and {here[i][k]:.4g}"


def _last_losses(seen: Observation) -> str:
    one, end = seen.run.losses[-2:]
    if abs(end - one) < CONSTANT * end:
        return f"the loss stays at {end:.4g} and does not show it."
    return f"the loss alternates between {one:.4g} and {end:.4g}."


def oscillation(seen: Observation) -> Finding | None:
    """A loss that goes up and down."""
    losses, size = seen.run.losses[-TAIL:], seen.run.settings.batch_size
    if len(losses) < FEWEST or seen.run.diverged_at is not None:
        return None
    epochs, rises = len(losses) - 1, int((np.diff(losses) > 0).sum())
    swing = float(np.ptp(losses) / losses.min()) if losses.min() > 0 else 0.0
    least = SWING if size is None else BATCH_SWING
    if rises / epochs < OFTEN or swing < least:
        return None
    rate = seen.run.settings.learning_rate
    why = f"A learning rate of {rate:g} overshoots the minimum."
    if size is not None:
        why = (
            f"Each step follows {size} of {seen.m} examples; with a learning rate of {rate:g} it"
            " undoes the progress made on the others."
        )
    saw = (
        f"the loss goes up and down: in the last {epochs} epochs it rose {rises} times, between"
        f" {losses.min():.4g} and {losses.max():.4g}. {why}"
    )
    return Finding("oscillating", saw, advice=(*slower(seen), NEW_STARTS))


def barely_moved_weights(seen: Observation) -> Finding | None:
    """Weights that have hardly moved, though the gradient says where to."""
    if seen.run.diverged_at is not None or seen.good is None:
        return None
    first, last = seen.run.losses[0], seen.run.losses[-1]
    moved = distance(seen.run.network_before, seen.net)
    little = moved < LITTLE * largest_parameter(seen.net)
    if not little or not abs(last - first) < LITTLE_FALL * first:
        return None
    rate, epochs = seen.run.settings.learning_rate, seen.run.epochs
    few, small = epochs < FEW_EPOCHS, rate < usual_rate(seen) / 2
    if seen.largest_gradient < STEEP or not (few or small):
        return None
    if few:
        why = "that is too few."
        advice = (for_epochs(ENOUGH_EPOCHS), *faster(seen))
    else:
        why = f"a learning rate of {rate:g} is too small."
        advice = (*faster(seen), for_epochs(10 * epochs))
    saw = (
        f"after {epochs:,} {plural('epoch', epochs)} no weight has moved by more than {moved:.2g},"
        f" though the gradient's largest entry is {seen.largest_gradient:.2g}: {why}"
    )
    return Finding("barely-moved", saw, advice=advice)


def falling_loss(seen: Observation) -> Finding | None:
    """A loss that is still falling."""
    losses, epochs = seen.run.losses, seen.run.epochs
    span = max(1, epochs // 10)
    if not epochs or seen.run.diverged_at is not None or not losses[[-1, -1 - span]].min() > 0:
        return None
    fall = math.log(losses[-1 - span]) - math.log(losses[-1])
    if fall < FALLING:
        return None
    share = 100 * (1 - math.exp(-fall))
    last = f"the last tenth of {epochs:,} epochs" if epochs >= 10 else f"epoch {epochs}, the last"
    by_pace = epochs_left(seen, fall / span)
    saw = (
        f"the loss is still falling: by {share:.2g}% in {last}, to {losses[-1]:.4g}"
        f"{_end_in_sight(seen, by_pace)}."
    )
    advice = [longer(seen, seen.ahead or by_pace or 0), *faster(seen)]
    if seen.good is not None and seen.ahead is None:
        advice.append(more_units(seen))
    return Finding("still-falling", saw, advice=tuple(advice))


def _end_in_sight(seen: Observation, by_pace: int | None) -> str:
    """Say after how many epochs more every example is right; nothing of a regression."""
    if seen.ahead is not None:
        return f"; if training continues unchanged, {when_right(seen.ahead)}"
    text = ""
    if seen.budget:
        text += f"; {seen.budget:,} more epochs are not enough"
    if by_pace:
        text += f"; at this pace it would take about {by_pace:,} more epochs"
    return text


def epochs_left(seen: Observation, pace: float) -> int | None:
    """Return about how many epochs more it takes until every example must be right, if the loss
    goes on falling at this pace (per epoch, of its logarithm): below ln 2 / m a cross entropy, and
    below 1 / (4 m) a squared error, leaves no example on the wrong side. None for a regression, and
    where the end is out of sight.
    """
    sure = seen.net.loss_record.sure
    if sure is None or seen.good is None or pace <= 0:
        return None
    needed = math.log(seen.run.loss / (sure / seen.m)) / pace
    return int(float(f"{max(1.0, needed):.2g}")) if needed < ENDLESS else None
