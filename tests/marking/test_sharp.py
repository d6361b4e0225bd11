"""Fair and sharp: no right number is marked wrong, planted slips are found and named. Full counts:
`pytest -m proof`.
"""

import functools
import itertools

import numpy as np
import pytest

import backproof as bp
from backproof.conventions import conventions
from backproof.losses import LOSSES
from backproof.marking.mistakes.catalogue import MISTAKES
from backproof.steps import steps
from learner import KINDS, RATE, Work, subject, work
from planting import GROUNDS, outcome, planted, slipping, written
from slips import SLIPS

DECIMALS = (2, 3, 4, 5, 6)


def fair(seed, decimals):
    """Who rounds each step and calculates on; every third gives only half of the quantities; every
    second goes on with what was rounded.
    """
    net, x, y = subject(seed)
    rng = np.random.default_rng(seed)
    answers = written(work(net, x, y, decimals if seed % 2 else None, rng=rng), decimals)
    if seed % 3 == 0:
        answers = {name: value for name, value in answers.items() if rng.random() < 0.5} or answers
    result = bp.check(answers, net, x, y, learning_rate=RATE)
    case = f"seed {seed}, {decimals} decimals\n{result}"
    assert (result.ok, result.convention) == (True, "notes"), case


@pytest.mark.parametrize("decimals", DECIMALS)
def test_who_rounds_is_never_marked_wrong(decimals):
    for seed in range(50):
        fair(seed, decimals)


@pytest.mark.proof
@pytest.mark.parametrize("decimals", DECIMALS)
@pytest.mark.parametrize("part", range(10))
def test_fair_in_full(decimals, part):
    for seed in range(1_000 * part, 1_000 * (part + 1)):
        fair(seed, decimals)


def texts(value, write):
    """The cells of an array, each as `write` gives it."""
    return np.vectorize(write, otypes=[object])(value).tolist()


def in_significant_figures(value, figures):
    return texts(value, lambda v: f"{v:.{figures - 1}e}" if v else "0")


@pytest.mark.parametrize("figures", [3, 4, 6])
def test_significant_figures_are_as_good(figures):
    for seed in range(40):
        net, x, y = subject(seed)
        right = work(net, x, y)
        answers = {name: in_significant_figures(right[name], figures) for name in right}
        result = bp.check(answers, net, x, y, learning_rate=RATE)
        assert result.ok, f"seed {seed}\n{result}"


def zeros_dropped(value, decimals):
    """As a spreadsheet has it: 0.50 becomes 0.5, and 1.00 becomes 1."""
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") or "0"


def of_any_length(value, digits):
    return f"{value:.{next(digits)}f}"


@pytest.mark.parametrize("scale", [1, 3])
def test_dropped_zeros_and_digits_of_every_length_are_as_good(scale):
    for seed in range(40):
        net, x, y = subject(seed)
        net = net.with_parameters({name: scale * value for name, value in net.parameters().items()})
        digits = itertools.cycle(np.random.default_rng(seed).integers(2, 7, 97).tolist())
        for write in (
            functools.partial(zeros_dropped, decimals=2 + seed % 3),
            functools.partial(of_any_length, digits=digits),
        ):
            answers = {name: texts(value, write) for name, value in work(net, x, y).items()}
            result = bp.check(answers, net, x, y, learning_rate=RATE)
            assert result.ok, f"seed {seed}\n{result}"


def test_who_keeps_three_figures_and_does_not_show_z_is_right():
    def short(value):
        return np.vectorize(lambda v: float(f"{v:.2e}"), otypes=[float])(value)

    for seed in range(40):
        net, x, y = subject(seed)
        right = work(net, x, y, rounded=short, rng=np.random.default_rng(seed))
        starts = ("a", "l", "delta", "dW", "db")
        shown = [name for name in right if name.startswith(starts)]
        answers = {name: in_significant_figures(right[name], 3) for name in shown}
        result = bp.check(answers, net, x, y)
        assert result.ok, f"seed {seed}\n{result}"


def in_convention(convention, loss, seed, decimals):
    """A paper that is wholly written in a convention, with numbers rounded to `decimals`: each rule
    applied as its book has it.
    """
    habits = set(convention.name.split("+"))
    kinds = [kind for kind in KINDS if kind[2] == loss]
    net, x, y = subject(seed, kinds)
    m, last = len(x), len(net.layers)
    share = 1.0
    if "half-square" in habits:
        share = 0.5
    elif "whole-square" in habits:
        share = 2.0
    count = m if "sum" in habits else 1
    answers = {}
    for name, value in work(net, x, y).items():
        signal, gradient = name.startswith(("dL_da", "delta")), name.startswith(("dW", "db"))
        of_output = name == f"dL_da{last}"
        if name == "loss" or gradient:
            value = value * share * count
        if signal:
            value = value * share
            hidden = not name.endswith(str(last))
            if "delta" in habits or ("hidden-delta" in habits and not of_output):
                value = value / m
            if "hidden-layers" in habits and hidden:
                value = value / m
        turned = "ascent" in habits or ("ascent-from-delta" in habits and not of_output)
        if (signal or gradient) and turned:
            value = -value
        if name.endswith("_next"):  # by this book's own gradient, which is as many times the notes'
            parameter = net.parameters()[name[:2]]
            value = parameter + (value - parameter) * share * count
        answers[name] = value.T if "columns" in habits and value.ndim == 2 else value
    return net, x, y, written(answers, decimals)


def conventional(convention, loss, seed):
    net, x, y, answers = in_convention(convention, loss, seed, 3 + seed % 4)
    result = bp.check(answers, net, x, y, learning_rate=RATE)
    assert result.ok, f"{convention.name}, seed {seed}\n{result}"
    taken = next(one for one in conventions(LOSSES[loss]) if one.name == result.convention)
    # with two examples, say, another convention may be the same numbers: the simpler one is then
    # told
    every, last = steps(net, update=True), len(net.layers)
    factors, expected = (
        [one.factor(step, last).value(len(x)) for step in every] for one in (taken, convention)
    )
    same = taken.columns == convention.columns and np.isclose(factors, expected).all()
    return taken == convention or same


EVERY = [(one, name) for name, loss in LOSSES.items() for one in conventions(loss)]
NAMES = [f"{loss}-{one.name}" for one, loss in EVERY]


@pytest.mark.parametrize(("convention", "loss"), EVERY, ids=NAMES)
def test_a_convention_is_not_a_mistake(convention, loss):
    assert all(conventional(convention, loss, seed) for seed in range(3))


@pytest.mark.proof
@pytest.mark.parametrize(("convention", "loss"), EVERY, ids=NAMES)
def test_conventions_in_full(convention, loss):
    # combinations of conventions are more than was promised
    count = 100 if "+" in convention.name else 1_000
    told = sum(conventional(convention, loss, seed) for seed in range(count))
    assert told >= 0.98 * count  # where a layer is silent, two may be alike


def test_every_mistake_has_a_slip():
    later = {"old-weights"}  # made in a second step: tests/test_marking.py
    assert {mistake.id for mistake in MISTAKES} - later == set(SLIPS)


def shares(results):
    """Return how many were planted, and the shares found, and named of those found."""
    results = [result for result in results if result is not None]
    found = [result for result in results if result[0]]
    named = [result for result in found if result[1]]
    return len(results), len(found) / max(1, len(results)), len(named) / max(1, len(found))


@pytest.mark.parametrize("slip", SLIPS)
def test_a_planted_slip_is_found_and_named(slip):
    results = [(kind, seed, outcome(kind, slip, seed)) for kind in GROUNDS for seed in range(6)]
    planted_, found, named = shares([result for *_, result in results])
    assert planted_
    assert found >= min(0.9, 1 - 1 / planted_), results  # one may be too small to be seen
    assert named == 1, results


@pytest.mark.proof
def test_sharp_in_full():
    results = {
        slip: [outcome(kind, slip, seed) for kind in GROUNDS for seed in range(250)]
        for slip in SLIPS
    }
    count, found, named = shares([result for every in results.values() for result in every])
    assert count > 12_000
    assert found >= 0.98
    assert named >= 0.99


def hidden(wrong, right):
    return wrong.shape == right.shape and np.allclose(wrong, right, atol=1e-3)


def two(kind, seed):
    """Two slips in different quantities, each made on what the learner has then."""
    rng = np.random.default_rng(seed)
    first, second = (sorted(SLIPS)[i] for i in rng.choice(len(SLIPS), 2, replace=False))
    cases = [planted(kind, slip, seed) for slip in (first, second)]
    if None in cases or cases[0][3] == cases[1][3]:
        return None
    net, x, y, one, _ = cases[0]
    other = cases[1][3]
    right = work(net, x, y)
    slips = {one: slipping(first, one), other: slipping(second, other)}
    given = work(net, x, y, 4, slips)
    both = work(net, x, y, slips=slips)
    alone = [work(net, x, y, slips={name: slip}) for name, slip in slips.items()]
    if {one, other} - set(both) or any(hidden(both[name], right[name]) for name in slips):
        return None  # the first hides the second, or is hidden by it
    if any(name not in found for name, found in zip(slips, alone, strict=True)):
        return None
    result = bp.check(given, net, x, y, 4, learning_rate=RATE)
    marks = [mark for mark in result.marks if mark.status == "wrong"]
    found = {mark.name for mark in marks} == {one, other}
    made = {one: first, other: second}
    named = all(
        made[mark.name] in (mark.mistake, *mark.also) for mark in marks if mark.name in made
    )
    return found, named, (first, one, second, other, [(m.name, m.mistake) for m in marks])


def test_two_slips_are_both_found():
    results = [two(kind, seed) for kind in GROUNDS for seed in range(60)]
    count, found, named = shares(results)
    assert count > 60
    assert found >= 0.95, [result for result in results if result and not result[0]]
    assert named >= 0.97, [result for result in results if result and not result[1]]


@pytest.mark.proof
def test_two_slips_in_full():
    count, found, named = shares([two(kind, seed) for kind in GROUNDS for seed in range(2_000)])
    assert count > 2_000
    assert found >= 0.97
    assert named >= 0.98


EVERYWHERE = {
    "no-mean": (("dW", "db"), lambda name, v, q: v * q["m"]),
    "sign": (("dW", "db"), lambda name, v, q: -v),
    "uphill": (("W", "b"), lambda name, v, q: q[name[:2]] + RATE * q[f"d{name[:2]}"]),
    "no-rate": (("W", "b"), lambda name, v, q: q[name[:2]] - q[f"d{name[:2]}"]),
    "two-over-m": (("dW", "db"), lambda name, v, q: 2 * v),
}


@pytest.mark.parametrize("mistake", EVERYWHERE)
def test_one_slip_in_every_layer_is_that_slip_and_no_convention(mistake):
    starts, make = EVERYWHERE[mistake]
    x, y = bp.load("xor")
    for seed in range(8):
        net = bp.Network.random((2, 3, 1), seed=seed)
        q, right = Work(net, x, y), work(net, x, y)
        q.update(right)
        updates = [name for name in right if name.endswith("_next")]
        of_updates = mistake in ("uphill", "no-rate")
        among = updates if of_updates else [name for name in right if name not in updates]
        changed = [name for name in among if name.startswith(starts)]
        given = right | {name: make(name, right[name], q) for name in changed}
        if not of_updates:
            given = {name: value for name, value in given.items() if name not in updates}
        result = bp.check(given, net, x, y, 4, learning_rate=RATE)
        marks = [mark for mark in result.marks if mark.status == "wrong"]
        wrong = {mark.name: (mark.mistake, *mark.also) for mark in marks}
        assert result.convention == "notes", result
        assert set(wrong) == set(changed), result
        assert all(mistake in ids for ids in wrong.values()), result


# in every layer, where only the gradients are shown
SLOPES = {
    "missing-slope": lambda z, a: 1,
    "slope-twice": lambda z, a: (a * (1 - a)) ** 2,
    "slope-of-a": lambda z, a: 1 / (2 + np.exp(a) + np.exp(-a)),
    "slope-of-z": lambda z, a: z * (1 - z),
    "no-bias": lambda z, a: a * (1 - a),
}


@pytest.mark.parametrize("mistake", SLOPES)
@pytest.mark.parametrize("loss", ["mse", "half_mse"])
def test_one_slip_in_every_layer_shows_in_the_gradients_alone(mistake, loss):
    x, y = bp.load("xor")
    slope, bias = SLOPES[mistake], mistake != "no-bias"
    for seed in range(4):
        net = bp.Network.random((2, 3, 1), seed=seed, loss=loss)
        W1, b1, W2, b2 = net.parameters().values()
        z1 = x @ W1 + b1 * bias
        a1 = 1 / (1 + np.exp(-z1))
        z2 = a1 @ W2 + b2 * bias
        a2 = 1 / (1 + np.exp(-z2))
        delta2 = (a2 - y) * (2 if loss == "mse" else 1) * slope(z2, a2)
        delta1 = delta2 @ W2.T * slope(z1, a1)
        given = {"dW2": a1.T @ delta2 / 4, "db2": delta2.mean(axis=0)}
        given |= {"dW1": x.T @ delta1 / 4, "db1": delta1.mean(axis=0)}
        result = bp.check({name: value.round(6) for name, value in given.items()}, net, x, y, 6)
        mistakes = [mark.mistake for mark in result.marks if mark.status == "wrong"]
        assert mistakes == [mistake] * 4, result


def test_garbage_has_no_name():
    x, y = bp.load("xor")
    named = 0
    for seed in range(60):
        net, rng = bp.Network.random((2, 2, 1), seed=seed), np.random.default_rng(seed)
        right = work(net, x, y)
        name = sorted(right)[seed % len(right)]
        shape = right[name].shape
        garbage = {name: right[name] * rng.uniform(2.2, 2.9, shape) + rng.uniform(0.3, 0.9, shape)}
        given = right | garbage if seed % 2 else garbage
        answers = {key: value.round(4) for key, value in given.items()}
        mark = bp.check(answers, net, x, y, 4, learning_rate=RATE)[name]
        assert mark.status == "wrong"
        named += mark.mistake is not None
    assert named == 0


@pytest.mark.parametrize("loss", ["7.77", "0.0001", "123", "-5", "1e12"])
def test_a_loss_alone_is_not_explained_by_what_explains_everything(loss):
    hidden, output = ([[0.5, -0.5], [2.0, 1.5]], [-2.0, -1.5]), ([[-1.5], [1.5]], [-2.0])
    net = bp.Network([bp.Layer(*hidden), bp.Layer(*output)])
    mark = bp.check({"loss": loss}, net, [[2, -1], [0, 2], [-1, 0]], [[0], [1], [1]])["loss"]
    assert (mark.status, mark.mistake) == ("wrong", None)


def test_where_an_output_rounds_to_one():
    net = bp.Network([bp.Layer([[1, 1], [1, 1]], [0, 0]), bp.Layer([[6], [6]], [0])])
    x, y = [[4, 4], [0, 1]], [[0], [1]]
    given = {
        "z1": [["8.0000"] * 2, ["1.0000"] * 2],
        "a1": [["0.9997"] * 2, ["0.7311"] * 2],
        "z2": [["11.9964"], ["8.7732"]],
    }
    given |= {"a2": [["1.0000"], ["0.9998"]]}
    good = bp.check(given | {"delta2": [["1.0000"], ["-0.0002"]], "loss": "5.9983"}, net, x, y)
    assert good.ok, good
    bad = bp.check(given | {"delta2": [["-7.0000"], ["-0.0002"]], "loss": "99.0000"}, net, x, y)
    assert [bad[name].status for name in ("delta2", "loss")] == ["wrong", "wrong"]
    zero = bp.check(given | {"delta2": [["0.0000"], ["-0.0002"]]}, net, x, y)
    assert zero["delta2"].status == "wrong"


def test_saturated_units_are_marked_by_their_own_digits():
    net, x, y = bp.Network([bp.Layer([[-40.0]], [0.0])]), [[1.0], [0.1]], [[1.0], [1.0]]
    q = bp.backward(net, x, y)
    assert bp.check(q, net, x, y).ok
    other = q["dL_da1"].copy()
    other[1] = 777.0
    assert bp.check({"dL_da1": other}, net, x, y)["dL_da1"].status == "wrong"
    dead = bp.Network([bp.Layer([[-746.0]], None)])
    assert bp.check(bp.backward(dead, [[1.0]], [[1.0]]), dead, [[1.0]], [[1.0]]).ok


def test_users_own_activation_and_loss():
    sine = bp.Activation("sine", np.sin, lambda z, a: np.cos(z))
    functions = (lambda z: z / (1 + abs(z)), lambda z, a: (1 - abs(a)) ** 2)
    spread = bp.Activation("spread", *functions, derivative_formula="(1 - Abs(a))**2")
    quartic = bp.Loss("quartic", lambda a, y: (a - y) ** 4, lambda a, y: 4 * (a - y) ** 3)
    for seed in range(30):
        rng = np.random.default_rng(seed)
        own = {"activation": (sine, spread)[seed % 2], "output": sine, "loss": quartic}
        net = bp.Network.random((2, 3, 1), seed=seed, **own)
        x, y = rng.normal(size=(3, 2)), rng.normal(size=(3, 1))
        q = bp.backward(net, x, y)
        result = bp.check({name: np.round(value, 3) for name, value in q.items()}, net, x, y, 3)
        assert result.ok, f"seed {seed}\n{result}"
        assert bp.check(q, net, x, y).ok
