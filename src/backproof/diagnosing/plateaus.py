"""Where a training came to rest: all outputs at the mean, some examples sharing one output, units
saturated.
"""

from __future__ import annotations

import numpy as np

from ..losses import LOSSES
from ..records import Activation, Array
from ..steps import name_of
from ..training import verdict
from .findings import (
    ENOUGH,
    FEW,
    NEW_STARTS,
    Advice,
    Blame,
    Finding,
    for_epochs,
    longer,
    more_units,
    other_rate,
    slower,
    unit_list,
    where_flat,
)
from .observation import NAMED, Observation, separable

CLOSED = 0.005  # a slope of an output below this lets no error through
NEARLY_ALL = 0.9  # of the outputs near the mean of the targets


def near_the_mean(o: Observation) -> Array:
    """Return which outputs are near the mean of the targets: (m,)."""
    return np.asarray((np.abs(o.a - o.y.mean(axis=0)) <= verdict.NEAR).all(axis=1))


def mean(o: Observation) -> Finding | None:
    """Every output at the mean of the targets."""
    if o.good is None or (near := near_the_mean(o)).mean() < NEARLY_ALL:
        return None
    level = " and ".join(f"{value:.2g}" for value in o.y.mean(axis=0))
    form = ""
    if o.loss.entropy == "binary" and o.y.shape[1] == 1 and o.plain and 0 < o.y.mean() < 1:
        form = (
            f", where the loss is {o.loss.least(o.y[:, 0]) / o.m:.4f} ="
            f" {verdict.closed_form(o.y[:, 0], o.m)}"
        )
    small = max(float(np.abs(layer.W).max()) for layer in o.net.layers)
    blamed = tuple(
        Blame(unit, where_flat(o, unit)) for unit in o.units if unit.bounded and unit.flat.all()
    )
    why = (
        "The weights are still near 0, where the gradient is small."
        if small < 0.5
        else (
            "All hidden units are saturated, and give every example the same."
            if blamed and len(blamed) == len(o.units)
            else "The hidden units hardly tell the examples apart."
        )
    )
    whose = "every output is" if near.all() else f"{int(near.sum())} of {o.m} outputs are"
    saw = (
        f"{whose} near {level}, the mean of the targets{form}: the network answers without looking"
        f" at its inputs. {why}"
    )
    advice = (
        [Advice("Start with larger weights, --scale 1.", {"scale": 1.0})] if small < 0.5 else []
    )
    advice += other_rate(o)
    if o.ahead is not None:
        saw += f" Trained on as it was, every example is right after about {o.ahead:,} epochs more."
        advice.append(longer(o, o.ahead))
    return Finding("all-at-the-mean", saw, blamed, (*advice, NEW_STARTS, more_units(o)))


def shared(o: Observation) -> Finding | None:
    """Examples of both classes that share one output, the mean of their targets."""
    if (
        o.good is None
        or not o.plain
        or o.y.shape[1] != 1
        or o.m > NAMED
        or not np.isin(o.y, (0, 1)).all()
    ):
        return None
    groups = verdict.plateaus(o.a[:, 0], o.y[:, 0])
    known = o.loss.squared or o.loss.entropy == "binary"
    if not groups or not known or near_the_mean(o).mean() >= NEARLY_ALL:
        return None
    expected = sum(o.loss.least(o.y[group, 0]) for group in groups) / o.m
    # they may share it, but that may not be what holds the loss up
    if abs(expected - o.run.loss) > 0.15 * o.run.loss:
        return None
    told = [
        f"{o.names_of(group)} share the output {o.a[group, 0].mean():.3g}, the mean of their targets"
        for group in groups
    ]
    form = f" = {verdict.closed_form(o.y[groups[0], 0], o.m)}" if len(groups) == 1 else ""
    level = ": a plateau"
    if o.loss.entropy:
        level += f", at the loss {expected:.4f}{form}"
    first = groups[0]
    where = _place(o, first)
    if any(unit.flat[first].all() for unit in o.units):
        where += (
            " Hidden units have no slope there: no error comes through to the weights before them."
        )
    kinds = {2: "two-share", 3: "three-share"}
    state = kinds.get(len(first), "some-share") if len(groups) == 1 else "some-share"
    examples = tuple(int(i) for i in np.concatenate(groups))
    return Finding(
        state,
        f"{'; '.join(told)}{level}.{where}",
        _to_blame(o, first),
        (*other_rate(o), NEW_STARTS, more_units(o)),
        examples,
    )


def _place(o: Observation, group: Array) -> str:
    """Say that examples lie together in the space of the last hidden layer, and whether a line
    could still part them there.
    """
    if not o.units:
        return ""
    last = o.layer(len(o.net.layers) - 1)
    if max(float(np.ptp(unit.a[group])) for unit in last) > 0.1:
        return ""
    point = ", ".join(f"{unit.a[group].mean():.2f}" for unit in last)
    apart = separable(np.column_stack([unit.a for unit in last]), o.y[:, 0])
    told = "hardly any" if apart else "no"
    space = "plane" if len(last) == 2 else "space"
    return (
        f" In the {space} of the last hidden layer they lie on one point, ({point}), so {told}"
        " output weights can tell them apart."
    )


def _to_blame(o: Observation, examples: Array) -> tuple[Blame, ...]:
    """Return the hidden units that can't tell these examples apart: saturated there, steady
    everywhere, or a twin of another.
    """
    found = {}
    for unit in o.units:
        if unit.steady:
            found[unit.name] = Blame(
                unit, "gives every example about the same, so it is no more than a second bias"
            )
        elif unit.flat[examples].any():
            found[unit.name] = Blame(unit, where_flat(o, unit, examples))
    for one, other in o.twins:
        for unit, another in ((one, other), (other, one)):
            before = f"{found[unit.name].what}; " if unit.name in found else ""
            found[unit.name] = Blame(
                unit, f"{before}tells the examples apart in the same way as unit {another.number}"
            )
    return tuple(found.values())


def saturated(o: Observation) -> Finding | None:
    """Hidden units that let no error through, or outputs that are sure of the wrong thing under
    squared error.
    """
    flat = [unit for unit in o.units if unit.bounded and unit.flat.mean() > 0.9]
    record = o.net.layers[-1].f
    wrong = np.zeros(o.m, dtype=bool) if o.good is None else ~o.good
    closed = np.zeros(o.m, dtype=bool)
    if o.loss.squared and record.bounded and not record.couples:
        slopes = o.q[name_of("da_dz", len(o.net.layers))]
        closed = wrong & (np.abs(slopes).max(axis=1) < CLOSED)
    if closed.any():
        saw = (
            f"the output is sure of the wrong thing for {o.names_of(np.flatnonzero(closed))}: there"
            " its slope is nearly 0, and squared error keeps the slope in delta, so no error comes"
            " through."
        )
        advice = (*_cross_entropy(o, record), NEW_STARTS)
        return Finding(
            "output-saturated",
            saw,
            advice=advice,
            examples=tuple(int(i) for i in np.flatnonzero(closed)),
        )
    if not flat:
        return None
    who = f"{unit_list([unit.name for unit in flat])} {'is' if len(flat) == 1 else 'are'}"
    saw = f"{who} saturated on more than 9 of 10 examples: hardly any error comes through."
    smaller = Advice("Start with smaller weights, --scale 0.5.", {"scale": 0.5})
    return Finding(
        "saturated",
        saw,
        tuple(Blame(unit, where_flat(o, unit)) for unit in flat),
        (smaller, NEW_STARTS, more_units(o)),
    )


def _cross_entropy(o: Observation, output: Activation) -> tuple[Advice, ...]:
    """Return the advice to take a loss in whose delta the slope cancels, where there is one."""
    if not np.isin(o.y, (0, 1)).all():
        return ()
    losses = (name for name, loss in LOSSES.items() if loss.entropy and loss.accepts(output))
    return tuple(
        Advice(
            f"Take cross entropy, --loss {name}, in whose delta the slope cancels.", {"loss": name}
        )
        for name in losses
    )


def resting(o: Observation) -> Finding:
    """What is left: some examples are wrong, and the loss rests, or rises."""
    losses, span = o.run.losses, max(1, o.run.epochs // 10)
    wrong = None if o.good is None else np.flatnonzero(~o.good)
    examples = () if wrong is None else tuple(int(i) for i in wrong)
    count = (
        ""
        if wrong is None or not len(wrong)
        else f"{o.names_of(wrong)} {'is' if len(wrong) == 1 else 'are'} on the wrong side; "
    )
    advice = (*other_rate(o), more_units(o), NEW_STARTS)
    if o.run.epochs >= 2 and losses[-1] > 1.001 * losses[-1 - span]:
        saw = (
            f"{count}the loss rises: from {losses[-1 - span]:.4g} to {losses[-1]:.4g} in the last"
            f" tenth of {o.run.epochs:,} epochs."
        )
        return Finding("rising", saw, advice=(*slower(o), *advice), examples=examples)
    saw = (
        f"{count}the loss is {o.run.loss:.4g} after {o.run.epochs:,}"
        f" epoch{'s' * (o.run.epochs != 1)}"
    )
    saw += " and hardly changes any more" if o.run.epochs >= 10 else ""
    saw += f"; the largest entry of its gradient is {o.steepest:.2g}."
    if o.run.epochs < FEW:
        saw, advice = f"{saw} So few epochs tell little.", (for_epochs(ENOUGH), *advice)
    if o.ahead is not None:
        saw += (
            f" This passes: trained on as it was, every example is right after about {o.ahead:,}"
            " epochs more."
        )
        return Finding(
            "passing-plateau", saw, advice=(longer(o, o.ahead), NEW_STARTS), examples=examples
        )
    return Finding("resting", saw, advice=advice, examples=examples)
