"""Where a training came to rest: all outputs at the mean, some examples sharing one output, units
saturated.
"""

from __future__ import annotations

import numpy as np

from ..losses import LOSSES
from ..prose import plural
from ..records import Activation, Array
from ..steps import name_of
from ..training import verdict
from .findings import (
    ENOUGH_EPOCHS,
    FEW_EPOCHS,
    NEW_STARTS,
    SMALLER_START,
    Advice,
    Blame,
    Finding,
    being,
    for_epochs,
    longer,
    more_units,
    other_rate,
    slower,
    unit_list,
    when_right,
    where_flat,
)
from .observation import Observation, separable

# all outputs at the mean
NEARLY_ALL = 0.9  # of the outputs near the mean of the targets
NEAR_ZERO = 0.5  # weights below this are still near 0

# some examples sharing one output
ONE_POINT = 0.1  # activations of the last hidden layer that differ by no more lie on one point
SHARES = {2: "two-share", 3: "three-share"}  # by the number of examples; else some-share

CLOSED = 0.005  # a slope of an output below this lets no error through
MOSTLY = 0.9  # of the examples on which a saturated unit has no slope
RISING = 1.001  # times what it was a tenth of the epochs before: the loss rises


def near_the_mean(seen: Observation) -> Array:
    """Return which outputs are near the mean of the targets: (m,)."""
    distances = np.abs(seen.a - seen.y.mean(axis=0))
    return np.asarray((distances <= verdict.ON_THE_MEAN).all(axis=1))


def all_at_the_mean(seen: Observation) -> Finding | None:
    """Every output at the mean of the targets."""
    if seen.good is None:
        return None
    near = near_the_mean(seen)
    if near.mean() < NEARLY_ALL:
        return None
    flat = [unit for unit in seen.units if unit.bounded and unit.flat.all()]
    small = max(float(np.abs(layer.W).max()) for layer in seen.net.layers) < NEAR_ZERO
    why = "The hidden units hardly tell the examples apart."
    if small:
        why = "The weights are still near 0, where the gradient is small."
    elif flat and len(flat) == len(seen.units):
        why = "All hidden units are saturated and have the same output for every example."
    whose = "every output is"
    if not near.all():
        whose = f"{int(near.sum())} of {seen.m} outputs are"
    level = " and ".join(f"{value:.2g}" for value in seen.y.mean(axis=0))
    saw = (
        f"{whose} near {level}, the mean of the targets{_loss_at_the_mean(seen)}: the"
        f" network's output doesn't depend on its inputs. {why}"
    )
    advice = [*other_rate(seen)]
    if small:
        advice.insert(0, Advice("Start with larger weights, --scale 1.", {"scale": 1.0}))
    if seen.ahead is not None:
        saw += f" If training continues unchanged, {when_right(seen.ahead)}."
        advice.append(longer(seen, seen.ahead))
    blamed = tuple(Blame(unit, where_flat(seen, unit)) for unit in flat)
    return Finding("all-at-the-mean", saw, blamed, (*advice, NEW_STARTS, more_units(seen)))


def _loss_at_the_mean(seen: Observation) -> str:
    """Say what the loss is where every output is the mean, if it is a plain binary cross entropy of
    targets of both classes.
    """
    if seen.loss.entropy != "binary" or not seen.binary or not seen.plain:
        return ""
    if not 0 < seen.y.mean() < 1:
        return ""
    y = seen.y[:, 0]
    least = seen.loss.least(y) / seen.m
    return f", where the loss is {least:.4f} = {verdict.closed_form(y, seen.m)}"


def shared_outputs(seen: Observation) -> Finding | None:
    """Examples of both classes that share one output, the mean of their targets."""
    if not seen.binary or not seen.plain or seen.m > verdict.GROUPED:
        return None
    groups = verdict.plateaus(seen.a[:, 0], seen.y[:, 0])
    known = seen.loss.squared or seen.loss.entropy == "binary"
    if not groups or not known or near_the_mean(seen).mean() >= NEARLY_ALL:
        return None
    expected = verdict.least_loss(seen.loss, groups, seen.y)
    # they may share it, but that may not be what holds the loss up
    if not verdict.explains(expected, seen.run.loss):
        return None
    first = groups[0]
    state = "some-share"
    if len(groups) == 1:
        state = SHARES.get(len(first), "some-share")
    where = _place(seen, first)
    if any(unit.flat[first].all() for unit in seen.units):
        where += (
            " The slope of hidden units is 0 there, so no error reaches the weights before them."
        )
    saw = f"{_groups(seen, groups)}{_level(seen, groups, expected)}.{where}"
    advice = (*other_rate(seen), NEW_STARTS, more_units(seen))
    examples = tuple(int(i) for i in np.concatenate(groups))
    return Finding(state, saw, _to_blame(seen, first), advice, examples)


def _groups(seen: Observation, groups: list[Array]) -> str:
    """Say which examples share which output."""
    told = []
    for group in groups:
        output = f"{seen.a[group, 0].mean():.3g}"
        told.append(
            f"{seen.examples_named(group)} share the output {output}, the mean of their targets"
        )
    return "; ".join(told)


def _level(seen: Observation, groups: list[Array], expected: float) -> str:
    """Say at which loss the plateau is, and its closed form, where it is a cross entropy."""
    if not seen.loss.entropy:
        return ": a plateau"
    form = ""
    if len(groups) == 1:
        form = f" = {verdict.closed_form(seen.y[groups[0], 0], seen.m)}"
    return f": a plateau, at the loss {expected:.4f}{form}"


def _place(seen: Observation, group: Array) -> str:
    """Say that examples lie together in the space of the last hidden layer, and whether a line
    could still part them there.
    """
    if not seen.units:
        return ""
    last = seen.layer(len(seen.net.layers) - 1)
    if max(float(np.ptp(unit.a[group])) for unit in last) > ONE_POINT:
        return ""
    point = ", ".join(f"{unit.a[group].mean():.2f}" for unit in last)
    apart = separable(np.column_stack([unit.a for unit in last]), seen.y[:, 0])
    which = "hardly any" if apart else "no"
    space = "plane" if len(last) == 2 else "space"
    return (
        f" In the {space} of the last hidden layer they lie on one point, ({point}), so {which}"
        " output weights can tell them apart."
    )


def _to_blame(seen: Observation, examples: Array) -> tuple[Blame, ...]:
    """Return the hidden units that can't tell these examples apart: saturated there, steady
    everywhere, or a twin of another.
    """
    found: dict[str, Blame] = {}
    for unit in seen.units:
        if unit.steady:
            what = "has about the same output for every example, so it acts only as a second bias"
            found[unit.name] = Blame(unit, what)
        elif unit.flat[examples].any():
            found[unit.name] = Blame(unit, where_flat(seen, unit, examples))
    for one, other in seen.twins:
        for unit, twin in ((one, other), (other, one)):
            what = f"tells the examples apart in the same way as unit {twin.number}"
            if unit.name in found:
                what = f"{found[unit.name].what}; {what}"
            found[unit.name] = Blame(unit, what)
    return tuple(found.values())


def saturation(seen: Observation) -> Finding | None:
    """Hidden units that let no error through, or outputs that are sure of the wrong thing under
    squared error.
    """
    closed = _closed(seen)
    if len(closed):
        return _output_saturated(seen, closed)
    flat = [unit for unit in seen.units if unit.bounded and unit.flat.mean() > MOSTLY]
    if not flat:
        return None
    units = unit_list([unit.name for unit in flat])
    saw = (
        f"{units} {being(len(flat))} saturated on more than 9 of 10 examples: hardly any error"
        " passes through them."
    )
    blamed = tuple(Blame(unit, where_flat(seen, unit)) for unit in flat)
    return Finding("saturated", saw, blamed, (SMALLER_START, NEW_STARTS, more_units(seen)))


def _closed(seen: Observation) -> Array:
    """Return the examples on the wrong side whose outputs have no slope, and whose loss keeps it in
    delta.
    """
    output = seen.net.layers[-1].f
    if not seen.loss.squared or not output.bounded or output.couples:
        return np.empty(0, dtype=int)
    slopes = np.abs(seen.q[name_of("da_dz", len(seen.net.layers))]).max(axis=1)
    return seen.wrong[slopes[seen.wrong] < CLOSED]


def _output_saturated(seen: Observation, closed: Array) -> Finding:
    who = seen.examples_named(closed)
    saw = (
        f"the output is confidently wrong for {who}: there its slope is nearly"
        " 0, and squared error keeps the slope in delta, so no error passes through."
    )
    advice = (*_cross_entropies(seen.net.layers[-1].f), NEW_STARTS)
    examples = tuple(int(i) for i in closed)
    return Finding("output-saturated", saw, advice=advice, examples=examples)


def _cross_entropies(output: Activation) -> list[Advice]:
    """Return the advice to take a loss in whose delta the slope cancels, where there is one."""
    return [
        Advice(
            f"Use cross entropy, --loss {name}, in whose delta the slope cancels.", {"loss": name}
        )
        for name, loss in LOSSES.items()
        if loss.entropy and loss.accepts(output)
    ]


def rest(seen: Observation) -> Finding:
    """What is left: some examples are wrong, and the loss rests, or rises."""
    run = seen.run
    examples = tuple(int(i) for i in seen.wrong)
    saw = ""
    if examples:
        saw = f"{seen.examples_named(seen.wrong)} {being(len(examples))} misclassified; "
    advice: tuple[Advice, ...] = (*other_rate(seen), more_units(seen), NEW_STARTS)
    span = max(1, run.epochs // 10)
    if run.epochs >= 2 and run.loss > RISING * run.losses[-1 - span]:
        saw += (
            f"the loss rises: from {run.losses[-1 - span]:.4g} to {run.loss:.4g} in the last tenth"
            f" of {run.epochs:,} epochs."
        )
        return Finding("rising", saw, advice=(*slower(seen), *advice), examples=examples)
    saw += _loss_at_rest(seen)
    if run.epochs < FEW_EPOCHS:
        saw += " So few epochs say little."
        advice = (for_epochs(ENOUGH_EPOCHS), *advice)
    if seen.ahead is None:
        return Finding("resting", saw, advice=advice, examples=examples)
    saw += f" This passes: if training continues unchanged, {when_right(seen.ahead)}."
    advice = (longer(seen, seen.ahead), NEW_STARTS)
    return Finding("passing-plateau", saw, advice=advice, examples=examples)


def _loss_at_rest(seen: Observation) -> str:
    epochs = seen.run.epochs
    text = f"the loss is {seen.run.loss:.4g} after {epochs:,} {plural('epoch', epochs)}"
    if epochs >= 10:
        text += " and hardly changes"
    return f"{text}; the largest entry of its gradient is {seen.largest_gradient:.2g}."
