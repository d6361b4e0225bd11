"""Why a training can't succeed: what is wrong with the data, or with the network."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..activations import LEAKY_RELU, SIGMOID, TANH
from ..network import Network
from ..prose import comma_list, plural
from ..records import Array
from ..training import verdict
from .findings import (
    MORE_STARTS,
    NEW_STARTS,
    Advice,
    Blame,
    Finding,
    being,
    slower,
    unit_list,
    where_flat,
)
from .observation import Observation, Unit, separable

UNEVEN = 50  # how many times wider one input may vary than another
FEW_INPUTS = 8  # of which each is likely to matter, however little it varies
HUGE = 50.0  # inputs of this size saturate a unit of weights around 1; targets of it are as large


# the data


def contradictory_data(seen: Observation) -> Finding | None:
    """The same inputs with different targets."""
    groups = seen.contradictions
    if not groups or not len(seen.wrong):
        return None
    inside = [int(i) for i in np.concatenate(groups)]
    right = seen.m - unavoidable(seen)
    saw = (
        f"the data contradict themselves: {_contradictions(seen)}. At most {right} of {seen.m}"
        f" examples can be right{_least_loss(seen)}."
    )
    advice = [Advice("Correct the data, or add an input that tells these examples apart.")]
    if len(inside) < seen.m:
        text = "Train without these examples, to see whether the others can be learnt."
        advice.append(Advice(text, {"drop": inside}))
    return Finding("contradictory-data", saw, advice=tuple(advice), examples=tuple(inside))


def _contradictions(seen: Observation) -> str:
    """Return what the first group of examples is, and how many more there are."""
    first, *others = seen.contradictions
    targets = "different targets"
    if seen.y.shape[1] == 1:
        targets = comma_list(f"{value:g}" for value in seen.y[first][:, 0])
    name = seen.example_name(int(first[0]))
    text = f"{name} appears {len(first)} times, with the targets {targets}"
    if not others:
        return text
    if len(others) == 1:
        return f"{text}; the same is true of another input"
    return f"{text}; the same is true of {len(others)} other inputs"


def _least_loss(seen: Observation) -> str:
    """Say below which loss no network comes, where that is known."""
    if seen.loss.entropy != "binary" or not seen.plain or not seen.binary:
        return ""
    least = verdict.least_loss(seen.loss, seen.contradictions, seen.y)
    return f", and the loss can't fall below {least:.4f}"


def unavoidable(seen: Observation) -> int:
    """Return how many examples must be wrong whatever the network, because their inputs stand there
    with another target.
    """
    count = 0
    for group in seen.contradictions:
        _, sizes = np.unique(seen.y[group], axis=0, return_counts=True)
        count += len(group) - int(sizes.max())
    return count


def scale(seen: Observation) -> Finding | None:
    """Inputs of very different, or of huge, size; for a regression, huge targets."""
    if seen.good is None and float(np.abs(seen.y).max()) > HUGE:
        return _target_scale(seen)
    saw = _input_scale(seen)
    if saw is None:
        return None
    saturated = [unit for unit in seen.layer(1) if unit.bounded and unit.flat.mean() > 0.5]
    if saturated:
        saw += ", and saturates the first hidden layer"
    advice = Advice(
        "Standardise each input: subtract its mean, divide by its standard deviation.",
        {"standardise": True},
    )
    blamed = tuple(Blame(unit, where_flat(seen, unit)) for unit in saturated)
    return Finding("input-scale", f"{saw}.", blamed, (advice,))


def _target_scale(seen: Observation) -> Finding:
    saw = (
        f"the targets are large, up to {np.abs(seen.y).max():.3g}: the output has to grow as far,"
        " and gradients are as large."
    )
    advice = Advice(
        "Standardise the targets: subtract their mean, divide by their standard deviation.",
        {"standardise_targets": True},
    )
    return Finding("target-scale", saw, advice=(advice,))


def _input_scale(seen: Observation) -> str | None:
    """Say that inputs are of very different scale, or large; None if they are not."""
    size, spread = np.abs(seen.x).max(axis=0), seen.x.std(axis=0)
    names = seen.input_names
    varied = np.flatnonzero(spread > 0)
    if not len(varied):
        return None
    most, least = _wide_and_narrow(spread, varied)
    matters = spread[most] > 1 or len(varied) <= FEW_INPUTS
    if matters and spread[most] > UNEVEN * spread[least]:
        return (
            f"the inputs have very different scales: {names[most]} varies by {spread[most]:.3g}"
            f" and {names[least]} by {spread[least]:.3g}"
        )
    largest = int(np.argmax(size))
    if size[largest] < HUGE:
        return None
    return f"the inputs are large: {names[largest]} reaches {size[largest]:.3g}"


def _wide_and_narrow(spread: Array, varied: Array) -> tuple[int, int]:
    """Return the input that varies most, and one that varies little: a quarter vary less, since a
    few that hardly vary do no harm.
    """
    order = varied[np.argsort(spread[varied])]
    return int(order[-1]), int(order[len(order) // 4])


# the network


def equal_units(seen: Observation) -> Finding | None:
    """Hidden units that started alike stay alike for ever."""
    blamed = [blame for group in _equal_units(seen) for blame in _same_weights(group)]
    if not blamed:
        return None
    start = "units started with the same weights"
    if not any(layer.W.any() for layer in seen.run.network_before.layers):
        start = "all starting weights are 0"
    units = unit_list([blame.unit.name for blame in blamed])
    saw = (
        f"{start}: {units} get the same gradient at every step, so their columns stay identical"
        " forever, and together they do the work of one."
    )
    advice = Advice("Start from random weights, --init normal.", {"seeds": MORE_STARTS})
    return Finding("equal-units", saw, tuple(blamed), (advice,))


def _equal_units(seen: Observation) -> list[list[Unit]]:
    """Return the groups of units of a layer with the same weights, at the start and at the end."""
    groups: dict[tuple[int | bytes, ...], list[Unit]] = {}
    for unit in seen.units:
        before, after = _weights(seen.run.network_before, unit), _weights(seen.net, unit)
        groups.setdefault((unit.layer, *before, *after), []).append(unit)
    return [group for group in groups.values() if len(group) > 1]


def _same_weights(group: list[Unit]) -> list[Blame]:
    blamed = []
    for unit in group:
        others = [str(other.number) for other in group if other is not unit]
        what = f"the same weights as {plural('unit', len(others))} {unit_list(others)}"
        blamed.append(Blame(unit, what))
    return blamed


def _weights(net: Network, unit: Unit) -> tuple[bytes, ...]:
    """Return what leads to a unit and from it, to be compared."""
    layer, following, j = net.layers[unit.layer - 1], net.layers[unit.layer], unit.number - 1
    found = (layer.W[:, j].tobytes(), following.W[j].tobytes())
    return found if layer.b is None else (*found, layer.b[j].tobytes())


def dead_units(seen: Observation) -> Finding | None:
    """Rectifiers that are silent on every example."""
    silent = [unit for unit in seen.units if unit.dead]
    if not silent:
        return None
    layers = [n for n in range(1, len(seen.net.layers)) if all(unit.dead for unit in seen.layer(n))]
    if layers:
        why = f"No unit of layer {layers[0]} is active, so nothing before it can learn."
    elif _too_few_lively(seen):
        why = "The remaining units can draw only one line, and no line separates the classes."
    else:
        return None
    units = unit_list([unit.name for unit in silent])
    saw = f"{units} {being(len(silent))} dead: the slope is 0 on every example. {why}"
    what = "dead: its slope is 0 on every example, so no example moves its weights"
    leaky = LEAKY_RELU.name
    advice = (
        NEW_STARTS,
        Advice(f"Use {leaky}, whose slope is never 0.", {"activation": leaky}),
        *slower(seen),
    )
    return Finding("dead-units", saw, tuple(Blame(unit, what) for unit in silent), advice)


def _too_few_lively(seen: Observation) -> bool:
    """Whether one unit of a single hidden layer is alive, or none, and one line is not enough."""
    alive = [unit for unit in seen.layer(1) if not unit.dead]
    return len(seen.net.layers) == 2 and len(alive) <= 1 and _not_on_a_line(seen)


def _not_on_a_line(seen: Observation) -> bool:
    """Whether the activations are monotone and no line separates the classes, those examples left
    out that contradict each other.
    """
    # an output that only rises, or only falls, along one direction crosses 1/2 at one line
    monotone = all(layer.f.monotone for layer in seen.net.layers)
    if not monotone or not seen.binary:
        return False
    consistent = np.ones(seen.m, dtype=bool)
    for group in seen.contradictions:
        consistent[group] = False
    x, y = seen.x[consistent], seen.y[consistent, 0]
    return bool(len(x)) and not separable(x, y)


def capacity(seen: Observation) -> Finding | None:
    """A network that can draw one line only, where one line is not enough."""
    hidden = seen.net.layers[:-1]
    linear = all(layer.f.linear for layer in hidden)
    narrow = all(layer.W.shape[1] == 1 for layer in hidden)
    if not (linear or narrow) or not _not_on_a_line(seen):
        return None
    what = "one unit in each hidden layer"
    if not hidden:
        what = "no hidden layer"
    elif linear:
        what = f"{hidden[0].activation} in every hidden layer"
    saw = (
        f"with {what}, the output rises or falls along one direction of the inputs, so the boundary"
        " is one straight line; and no line separates these classes."
    )
    if linear and not narrow:
        advice = Advice(
            f"Use a nonlinear activation in the hidden layers, --activation {TANH.name}.",
            {"activation": TANH.name, "seeds": MORE_STARTS},
        )
        return Finding("capacity", saw, advice=(advice,))
    start: dict[str, Any] = {"seeds": MORE_STARTS}
    if linear:  # more units alone would still draw one line
        start["activation"] = SIGMOID.name
    two = Advice("Use at least two hidden units, --hidden 2.", {"hidden": [2], **start})
    four = Advice("Use more, --hidden 4: fewer starts get stuck.", {"hidden": [4], **start})
    alone = tuple(Blame(unit, "alone in its layer") for unit in seen.units)
    return Finding("capacity", saw, alone, (two, four))
