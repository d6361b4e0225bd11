"""Why a training can't succeed: what is wrong with the data, or with the network."""

from __future__ import annotations

import numpy as np

from ..activations import LEAKY_RELU, SIGMOID, TANH
from ..network import Network
from .findings import MORE_STARTS, NEW_STARTS, Advice, Blame, Finding, slower, unit_list, where_flat
from .observation import Observation, Unit, separable

UNEVEN = 50  # how many times wider one input may vary than another
FEW_INPUTS = 8  # of which each is likely to matter, however little it varies
HUGE = 50.0  # inputs of this size saturate a unit of weights around 1


def contradictory(o: Observation) -> Finding | None:
    """The same inputs with different targets."""
    groups = o.contradictions
    if not groups or o.good is None or o.good.all():
        return None
    inside = np.concatenate(groups)
    first = groups[0]
    targets = (
        ", ".join(f"{value:g}" for value in o.y[first][:, 0])
        if o.y.shape[1] == 1
        else "different targets"
    )
    saw = (
        f"the data contradict themselves: {o.name_of(int(first[0]))} stands there {len(first)}"
        f" times, with the targets {targets}"
        + (
            ""
            if len(groups) == 1
            else "; so does another"
            if len(groups) == 2
            else f"; so do {len(groups) - 1} others"
        )
        + f". At most {len(o.x) - unavoidable(o)} of {len(o.x)} examples can be right{_least(o)}."
    )
    others = Advice(
        "Train without these examples, to see whether the others can be learnt.",
        {"drop": [int(i) for i in inside]},
    )
    advice = (
        Advice("Mend the data, or add the input that tells these examples apart.", None),
        *((others,) if len(inside) < o.m else ()),
    )
    return Finding("contradictory-data", saw, advice=advice, examples=tuple(int(i) for i in inside))


def _least(o: Observation) -> str:
    if o.loss.entropy != "binary" or not o.plain or not o.binary:
        return ""
    return (
        ", and the loss can't fall below"
        f" {sum(o.loss.least(o.y[group, 0]) for group in o.contradictions) / o.m:.4f}"
    )


def unavoidable(o: Observation) -> int:
    """Return how many examples must be wrong whatever the network, because their inputs stand there
    with another target.
    """
    count = 0
    for group in o.contradictions:
        _, sizes = np.unique(o.y[group], axis=0, return_counts=True)
        count += len(group) - int(sizes.max())
    return count


def scale(o: Observation) -> Finding | None:
    """Inputs of very different, or of huge, size; for a regression, huge targets."""
    size = np.abs(o.x).max(axis=0)
    spread = o.x.std(axis=0)
    names = list(o.run.problem.get("inputs") or [f"x{j + 1}" for j in range(o.x.shape[1])])
    varied = np.flatnonzero(spread > 0)
    if o.good is None and float(np.abs(o.y).max()) > HUGE:
        saw = (
            f"the targets are large, up to {np.abs(o.y).max():.3g}: the output has to grow as far,"
            " and gradients are as large."
        )
        text = "Standardise the targets: subtract their mean, divide by their standard deviation."
        return Finding("target-scale", saw, advice=(Advice(text, {"standardise_targets": True}),))
    if not len(varied):
        return None
    order = varied[np.argsort(spread[varied])]
    most, least = order[-1], order[len(order) // 4]  # a few that hardly vary do no harm
    uneven = spread[most] > UNEVEN * spread[least] and (
        spread[most] > 1 or len(varied) <= FEW_INPUTS
    )
    largest = int(np.argmax(size))
    if not uneven and size[largest] < HUGE:
        return None
    saw = (
        f"the inputs are of very different scale: {names[most]} varies by {spread[most]:.3g} and"
        f" {names[least]} by {spread[least]:.3g}"
        if uneven
        else f"the inputs are large: {names[largest]} goes up to {size[largest]:.3g}"
    )
    flat = [
        Blame(unit, where_flat(o, unit))
        for unit in o.layer(1)
        if unit.bounded and unit.flat.mean() > 0.5
    ]
    told = ", and saturates the first hidden layer" if flat else ""
    advice = Advice(
        "Standardise each input: subtract its mean, divide by its standard deviation.",
        {"standardise": True},
    )
    return Finding("input-scale", f"{saw}{told}.", tuple(flat), (advice,))


# the network


def equal(o: Observation) -> Finding | None:
    """Hidden units that started alike stay alike for ever."""
    blamed = []
    for layer in range(1, len(o.net.layers)):
        groups: dict[tuple[bytes, ...], list[Unit]] = {}
        for unit in o.layer(layer):
            groups.setdefault(
                _weights(o.run.network_before, unit) + _weights(o.net, unit), []
            ).append(unit)
        for group in groups.values():
            for unit in group if len(group) > 1 else ():
                others = [str(another.number) for another in group if another is not unit]
                blamed.append(
                    Blame(
                        unit,
                        f"the same weights as unit{'s' * (len(others) > 1)} {unit_list(others)}",
                    )
                )
    if not blamed:
        return None
    zero = not any(
        value.any() for name, value in o.run.network_before.parameters().items() if name[0] == "W"
    )
    saw = (
        ("all starting weights are 0: " if zero else "units started with the same weights: ")
        + f"{unit_list([blame.unit.name for blame in blamed])} get the same gradient at every step, so"
        " their columns stay identical for ever, and they do the work of one."
    )
    return Finding(
        "equal-units",
        saw,
        tuple(blamed),
        (Advice("Start from random weights, --init normal.", {"seeds": MORE_STARTS}),),
    )


def _weights(net: Network, unit: Unit) -> tuple[bytes, ...]:
    """Return what leads to a unit and from it, to be compared."""
    layer, following, j = net.layers[unit.layer - 1], net.layers[unit.layer], unit.number - 1
    found = (layer.W[:, j].tobytes(), following.W[j].tobytes())
    return found if layer.b is None else (*found, layer.b[j].tobytes())


def dead(o: Observation) -> Finding | None:
    """Rectifiers that are silent on every example."""
    silent = [unit for unit in o.units if unit.dead]
    if not silent:
        return None
    whole = next(
        (n for n in range(1, len(o.net.layers)) if all(unit.dead for unit in o.layer(n))), None
    )
    if whole is None and not _too_few_lively(o):
        return None
    blamed = tuple(
        Blame(unit, "dead: its slope is 0 on every example, so no example moves its weights")
        for unit in silent
    )
    saw = (
        f"{unit_list([unit.name for unit in silent])} {'is' if len(silent) == 1 else 'are'} dead: the"
        " slope is 0 on every example. "
        + (
            f"No unit of layer {whole} is left, so nothing before it can learn."
            if whole is not None
            else "What is left can draw one line only, and no line separates the classes."
        )
    )
    advice = (
        NEW_STARTS,
        Advice(f"Take {LEAKY_RELU.name}, whose slope is never 0.", {"activation": LEAKY_RELU.name}),
        *slower(o),
    )
    return Finding("dead-units", saw, blamed, advice)


def _too_few_lively(o: Observation) -> bool:
    """Whether one unit of a single hidden layer is alive, or none, and one line is not enough."""
    alive = [unit for unit in o.layer(1) if not unit.dead]
    return len(o.net.layers) == 2 and len(alive) <= 1 and _not_on_a_line(o)


def _not_on_a_line(o: Observation) -> bool:
    """Whether the activations are monotone and no line separates the classes, those examples left
    out that contradict each other.
    """
    monotone = all(layer.f.monotone for layer in o.net.layers)
    if not monotone or not o.binary:
        return False
    left_out = np.concatenate([*o.contradictions, np.empty(0, dtype=int)]).astype(int)
    kept = np.setdiff1d(np.arange(o.m), left_out)
    return bool(len(kept)) and not separable(o.x[kept], o.y[kept, 0])


def capacity(o: Observation) -> Finding | None:
    """A network that can draw one line only, where one line is not enough."""
    hidden = o.net.layers[:-1]
    linear = all(layer.f.linear for layer in hidden)
    narrow = all(layer.W.shape[1] == 1 for layer in hidden)
    if not (linear or narrow) or not _not_on_a_line(o):
        return None
    what = "one unit in each hidden layer"
    if linear:
        what = f"{hidden[0].activation} in every hidden layer" if hidden else "no hidden layer"
    saw = (
        f"with {what}, the output rises or falls along one direction of the inputs, so the boundary"
        " is one straight line; and no line separates these classes."
    )
    if linear and not narrow:
        advice = (
            Advice(
                f"Take a curved activation in the hidden layers, --activation {TANH.name}.",
                {"activation": TANH.name, "seeds": MORE_STARTS},
            ),
        )
        return Finding("capacity", saw, advice=advice)
    curved = {"activation": SIGMOID.name} if linear else {}
    two = Advice(
        "Take at least two hidden units, --hidden 2.",
        {"hidden": [2], "seeds": MORE_STARTS, **curved},
    )
    four = Advice(
        "Take more, --hidden 4: fewer starts get stuck.",
        {"hidden": [4], "seeds": MORE_STARTS, **curved},
    )
    return Finding(
        "capacity", saw, tuple(Blame(unit, "alone in its layer") for unit in o.units), (two, four)
    )
