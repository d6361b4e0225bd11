"""Diagnosis: each state agrees with an independent look at the run's numbers, and what is tried is
reported as it came out.
"""

import json
from collections import Counter

import numpy as np
import pytest
from click.testing import CliRunner

import backproof as bp
from backproof.backprop import objective
from backproof.cli import backproof
from backproof.diagnosing.observation import separable
from backproof.diagnosing.stacks import predict_stack, train_stack

XOR = bp.load("xor")
RATES, SCALES = (0.5, 1.0, 5.0, 10.0), (0.5, 1.0, 2.0)


def train(sizes, seed=0, x=XOR[0], y=XOR[1], epochs=2_000, learning_rate=5.0, **start):
    net = bp.Network.random(sizes, seed=seed, **start)
    return bp.train(net, x, y, learning_rate=learning_rate, epochs=epochs)


def text(found):
    return " ".join(str(found).split())


# the independent look: plain NumPy on the parameters


def forward(net, x):
    W1, b1, W2, b2 = net.parameters().values()
    with np.errstate(over="ignore"):
        a1 = 1 / (1 + np.exp(-(x @ W1 + b1)))
        return a1, 1 / (1 + np.exp(-(a1 @ W2 + b2)))


def one_epoch(net, x, y, rate):
    """One step of gradient descent on the mean cross entropy, by hand."""
    W1, b1, W2, b2 = net.parameters().values()
    a1, a2 = forward(net, x)
    delta2 = a2 - y
    delta1 = delta2 @ W2.T * a1 * (1 - a1)
    m = len(x)
    new = [
        W1 - rate * x.T @ delta1 / m,
        b1 - rate * delta1.mean(0),
        W2 - rate * a1.T @ delta2 / m,
        b2 - rate * delta2.mean(0),
    ]
    return net.with_parameters(dict(zip(net.parameters(), new, strict=True)))


def apart(one, other):
    return max(
        np.abs(a - b).max()
        for a, b in zip(one.parameters().values(), other.parameters().values(), strict=True)
    )


def agrees(run, found):
    """Whether what the diagnosis says is so, by these numbers; XOR, two sigmoid layers, cross
    entropy.
    """
    x, y = run.x, run.y
    a1, a2 = forward(run.network, x)
    wrong = (a2 > 0.5) != (y > 0.5)
    if found.state == "solved":
        return not wrong.any()
    if not wrong.any():
        return False
    document = found.to_dict()
    if found.state in ("two-share", "three-share", "some-share"):
        group = document["examples"]
        together = np.ptp(a2[group]) < 0.02 * len(group) or found.state == "some-share"
        together = together and 0 < y[group].mean() < 1 and abs((a2 - y)[group].mean()) < 0.05
        levels = {"two-share": 0.3466, "three-share": 0.4774}
        level = levels.get(found.state, np.log(2) * len(group) / len(y))
        blamed = all(slopes_are_flat(a1, unit, group) for unit in document["units"])
        return together and abs(run.loss - level) < 0.1 * level and blamed
    if found.state == "all-at-the-mean":
        return np.abs(a2 - 0.5).max() <= 0.05 and abs(run.loss - np.log(2)) < 0.01
    if found.state == "period-two":
        first = one_epoch(run.network, x, y, run.settings.learning_rate)
        second = one_epoch(first, x, y, run.settings.learning_rate)
        jump, back = apart(run.network, first), apart(run.network, second)
        return jump > 0.01 and back < 0.06 * jump
    if found.state == "oscillating":
        return (np.diff(run.losses[-50:]) > 0).sum() >= 9
    if found.state == "still-falling":
        return run.losses[-1] < 0.995 * run.losses[-1 - run.epochs // 10]
    if found.state == "equal-units":
        W1, b1, W2, _ = run.network.parameters().values()
        return np.array_equal(W1[:, 0], W1[:, 1]) and b1[0] == b1[1] and W2[0] == W2[1]
    return False


def slopes_are_flat(a1, unit, group):
    a = a1[:, unit["unit"]]
    if "second bias" in unit["what"]:
        return np.ptp(a) < 0.02
    if "same way as" in unit["what"]:
        return abs(np.corrcoef(a1.T)[0, 1]) > 0.999
    return unit["layer"] == 1 and (a * (1 - a))[group].min() < 0.02 * 0.25


def campaign(seeds, epochs):
    """Diagnose XOR runs from random starts over four learning rates and three scales; return the
    states.
    """
    states = Counter()
    for scale in SCALES:
        for rate in RATES:
            for seed in seeds:
                run = train((2, 2, 1), seed, epochs=epochs, learning_rate=rate, scale=scale)
                found = bp.diagnose(run)
                assert agrees(run, found), (scale, rate, seed, found)
                states[found.state] += 1
    return states


def test_every_unsolved_run_has_a_state_that_is_true():
    states = campaign(range(5), 3_000)
    assert states.total() == 60
    assert states["two-share"] > 10
    assert states["resting"] == 0


@pytest.mark.proof
def test_two_thousand_runs():
    states = campaign(range(167), 5_000)
    print(states)
    assert states.total() == 2_004
    assert states["resting"] == 0


@pytest.mark.parametrize(
    "start",
    [{"init": "zeros"}, {"init": "constant"}, {"scale": 1e-3}, {"scale": 1e-6}, {"scale": 0.0}],
)
@pytest.mark.parametrize("rate", RATES)
def test_zero_and_tiny_starts(start, rate):
    run = train((2, 2, 1), epochs=300, learning_rate=rate, **start)
    found = bp.diagnose(run)
    assert agrees(run, found), found
    if not start.get("scale"):
        assert found.state == "equal-units"
    elif rate <= 5:  # larger steps leave the plateau sooner
        assert found.state == "all-at-the-mean"


def test_the_orbit_whose_loss_is_constant():
    run = train((2, 2, 1), 69, epochs=5_000, learning_rate=10.0, scale=2.0)
    found = bp.diagnose(run)
    assert found.state == "period-two"
    assert abs(run.losses[-1] - run.losses[-2]) < 1e-3
    assert "the loss stays at 0.522" in text(found)
    assert "does not show it" in text(found)
    assert agrees(run, found)


def test_one_hidden_unit_is_too_few():
    found = bp.diagnose(train((2, 1, 1), 1), attempt=True)
    assert (found.state, found.released) == ("capacity", None)
    assert found.tried[0].solved >= 3
    assert bp.diagnose(train((2, 1), 1)).state == "capacity"
    assert bp.diagnose(train((2, 1, 1), 1, *bp.load("and"))).state == "solved"


def test_separable_agrees_with_brute_force():
    rng = np.random.default_rng(0)
    directions = np.array([[np.cos(t), np.sin(t)] for t in np.linspace(0, np.pi, 20_000)])
    seen = Counter()
    for _ in range(60):
        x, y = rng.normal(size=(5, 2)), rng.integers(0, 2, 5).astype(float)
        if len(set(y)) < 2:
            continue
        along = x @ directions.T
        ones, zeros = along[y == 1], along[y == 0]
        line = ((ones.min(0) > zeros.max(0)) | (ones.max(0) < zeros.min(0))).any()
        assert separable(x, y) == line
        seen[bool(line)] += 1
    assert min(seen.values()) > 5


def test_dead_rectifiers():
    W1, b1 = [[-1, -1], [-1, -2]], [-0.5, -0.3]
    net = bp.Network([bp.Layer(W1, b1, "relu"), bp.Layer([[1], [1]], [0])])
    run = bp.train(net, *XOR, epochs=2_000, learning_rate=0.5)
    found = bp.diagnose(run, attempt=True)
    assert found.state == "dead-units"
    assert (run.x @ np.array(W1) + b1 < 0).all()
    assert [(unit["layer"], unit["unit"]) for unit in found.to_dict()["units"]] == [(1, 0), (1, 1)]
    assert any(tried.helped for tried in found.tried)


def test_too_large_and_too_small_steps():
    moons = bp.load("moons")
    falling = bp.diagnose(train((2, 8, 1), 2, *moons, epochs=500, learning_rate=0.05), attempt=True)
    assert falling.state == "still-falling"
    assert any(tried.helped for tried in falling.tried)
    line = np.linspace(-1, 1, 20)[:, None]
    unbounded = {"activation": "relu", "output": "identity", "loss": "mse"}
    diverged = train((1, 4, 1), 2, line, 10 * line, learning_rate=5.0, **unbounded)
    found = bp.diagnose(diverged, attempt=True)
    assert (found.state, diverged.stopped) == ("diverged", "diverged")
    assert found.tried[-1].helped
    up_and_down = train((2, 2, 1), 13, epochs=5_000, learning_rate=10.0, scale=2.0)
    assert bp.diagnose(up_and_down).state == "oscillating"


@pytest.mark.parametrize("seed", range(4))
def test_the_epochs_that_it_would_take(seed):
    x, y = bp.load("moons", noise=0.05, n=60)
    net = bp.Network.random((2, 8, 1), seed=seed)

    def all_right(now):
        return bool(((now.network.predict(x) > 0.5) == y).all())

    solved = bp.train(net, x, y, learning_rate=1.0, epochs=20_000, callback=all_right).epochs
    early = bp.train(net, x, y, learning_rate=1.0, epochs=solved // 4)
    found = bp.diagnose(early, attempt=True)
    assert found.state in ("still-falling", "passing-plateau")
    said = int(text(found).split("after about ")[1].split(" more epochs")[0].replace(",", ""))
    assert 0.95 * solved < said + early.epochs < 1.2 * solved + 20
    assert found.tried[0].solved == 1


def test_data():
    x, y = XOR
    twice = np.vstack([x, x[:1]]), np.vstack([y, 1 - y[:1]])
    found = bp.diagnose(train((2, 4, 1), 2, *twice, epochs=3_000), attempt=True)
    assert (found.state, found.to_dict()["examples"]) == ("contradictory-data", [0, 4])
    limits = "At most 4 of 5 examples can be right, and the loss can't fall below 0.2773"
    assert limits in text(found)
    assert found.tried[0].solved == 1
    stuck = bp.diagnose(train((2, 2, 1), 8, *twice, epochs=3_000))
    assert stuck.state == "some-share"  # the contradiction is not what holds it
    assert [finding.state for finding in stuck.findings[1:]] == ["contradictory-data"]
    mx, my = bp.load("moons")
    run = train((2, 8, 1), 2, mx * [1, 1e4], my, epochs=500, learning_rate=1.0)
    scaled = bp.diagnose(run, attempt=True)
    assert scaled.state == "input-scale"
    assert scaled.tried[0].loss < 0.7 * scaled.tried[0].before


def test_squared_error_that_is_sure_of_the_wrong_thing():
    net = bp.Network([bp.Layer([[9.0], [9.0]], [12.0])], "mse")
    run = bp.train(net, *bp.load("nor"), epochs=500, learning_rate=1.0)
    found = bp.diagnose(run, attempt=True)
    assert found.state == "output-saturated"
    assert next(tried for tried in found.tried if "bce" in tried.advice.text).solved == 1


def test_a_regression_is_not_called_wrong():
    line = np.linspace(-1, 1, 20)[:, None]
    settings = {"epochs": 20_000, "learning_rate": 0.1, "output": "identity"}
    run = train((1, 4, 1), 2, line, np.sin(3 * line), **settings)
    found = bp.diagnose(run)
    assert found.state in ("resting", "still-falling")
    assert "wrong side" not in text(found)


def test_what_releases_a_run_does():
    run = train((2, 2, 1), 8, epochs=5_000)
    found = bp.diagnose(run, attempt=True)
    assert found.state == "two-share"
    r = found.released
    name, place = r.entry[:2], tuple(int(i) - 1 for i in r.entry[3:-1].split(","))

    def solves(by):
        value = run.network.parameters()[name].copy()
        value[place] += by
        return bp.train(run.network.with_parameters({name: value}), *XOR, epochs=5_000).solved

    assert solves(r.new - r.old)
    assert not solves(0.9 * (r.new - r.old))
    assert f"{r.entry} from" in text(found)


def test_of_changes_that_are_equally_small_the_first_is_named():
    """Units that are alike are released by the same change of either."""
    found = bp.diagnose(train((2, 2, 1), epochs=500, init="zeros"), attempt=True)
    assert found.released.entry == "W2[1,1]"


def test_stacks_train_as_single_networks_do():
    x, y = bp.load("parity-3")
    for activation, output, loss in (
        ("tanh", "sigmoid", "bce"),
        ("relu", "identity", "mse"),
        ("sigmoid", "sigmoid", "half_mse"),
    ):
        functions = {"activation": activation, "output": output, "loss": loss}
        nets = [bp.Network.random((3, 4, 2, 1), seed=seed, **functions) for seed in range(5)]
        many = {
            name: np.array([net.parameters()[name] for net in nets])
            for name in nets[0].parameters()
        }
        trained = train_stack(objective(nets[0], x, y), many, 0.1, 50)
        outputs = predict_stack(nets[0], trained, x)
        for k, net in enumerate(nets):
            run = bp.train(net, x, y, learning_rate=0.1, epochs=50)
            for name, value in run.network.parameters().items():
                np.testing.assert_allclose(trained[name][k], value, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(outputs[k], run.network.predict(x), rtol=1e-12)


def test_other_optimisers_and_batches():
    stuck = bp.Network.random((2, 2, 1), seed=8)
    for optimiser, rate in (("adam", 0.05), ("momentum", 0.5)):
        run = bp.train(stuck, *XOR, optimiser=optimiser, learning_rate=rate, epochs=600)
        found = bp.diagnose(run, attempt=True)
        assert agrees(run, found), found
        assert found.released is None  # the search knows plain gradient descent
    noisy = bp.train(stuck, *bp.load("moons"), learning_rate=30.0, epochs=60, batch_size=5)
    assert bp.diagnose(noisy).state in ("oscillating", "solved")


@pytest.mark.parametrize(
    ("rate", "optimiser", "epochs"),
    [(1e-5, "sgd", 2_000), (1e-7, "adam", 500), (5.0, "sgd", 2), (5.0, "sgd", 0)],
)
def test_weights_that_have_hardly_moved(rate, optimiser, epochs):
    net = bp.Network.random((2, 2, 1), seed=4)
    run = bp.train(net, *XOR, learning_rate=rate, optimiser=optimiser, epochs=max(1, epochs))
    if not epochs:
        run = bp.train(net, *XOR, epochs=1, callback=lambda now: True)
        assert run.epochs == 0
    found = bp.diagnose(run, attempt=True)
    assert found.state == "barely-moved" or (found.state, epochs) == ("still-falling", 2)
    assert epochs == 2 or apart(net, run.network) < 0.1
    assert any(tried.solved for tried in found.tried) or rate != 1e-5


def test_a_network_without_curves_is_a_line():
    run = train((2, 5, 1), 1, activation="identity", learning_rate=0.1)
    found = bp.diagnose(run, attempt=True)
    assert found.state == "capacity"
    assert found.tried[0].solved
    narrow = train((2, 1, 4, 1), 1)  # one unit, but four after it: these can fold the line
    assert bp.diagnose(narrow).state != "capacity"


def test_what_cannot_be_said_is_not():
    ones = train((2, 2, 1), 0, XOR[0], np.ones((4, 1)), epochs=1, learning_rate=1e-6, scale=0.0)
    assert bp.diagnose(ones).state
    line = np.repeat(np.linspace(-1, 1, 5), 4)[:, None]
    noise = np.random.default_rng(0).normal(size=(20, 1))
    settings = {"epochs": 300, "learning_rate": 0.1, "output": "identity"}
    regression = train((1, 3, 1), 2, line, noise, **settings)
    assert "contradict" not in str(bp.diagnose(regression))
    twice = np.vstack([XOR[0], XOR[0][:1]]), np.vstack([XOR[1], 1 - XOR[1][:1]])
    net = bp.Network.random((2, 4, 1), seed=2)
    weighted = bp.train(net, *twice, example_weights=[1, 1, 1, 1, 1e-3], epochs=2_000)
    assert "can't fall below" not in str(bp.diagnose(weighted))
    and_twice = np.vstack([XOR[0], [[1.0, 1.0]]]), np.array([[0.0], [0.0], [0.0], [1.0], [0.0]])
    assert bp.diagnose(train((2, 1), 1, *and_twice)).state == "contradictory-data"
    net = bp.Network([bp.Layer([[9.0], [9.0]], [12.0], "tanh")], "mse")
    tanh = bp.train(net, *XOR, epochs=50, learning_rate=0.1)
    assert "--loss bce" not in str(bp.diagnose(tanh, attempt=True))


def test_large_targets():
    line = np.linspace(-2, 2, 30)[:, None]
    settings = {"epochs": 300, "learning_rate": 1e-4, "output": "identity"}
    run = train((1, 6, 1), 2, line, 1_000 * np.sin(line), **settings)
    found = bp.diagnose(run, attempt=True)
    assert found.state == "target-scale"
    assert "solve" not in text(found)


def test_the_command(tmp_path):
    train((2, 2, 1), 8, epochs=3_000).save(tmp_path / "run")

    def run(*arguments):
        command = ["diagnose", *map(str, arguments)]
        return CliRunner().invoke(backproof, command, standalone_mode=False)

    result = run(tmp_path / "run", "--json")
    document = json.loads(result.stdout)
    assert (result.return_value, document["state"]) == (0, "two-share")
    assert document["advice"]
    assert [unit["unit"] for unit in document["units"]] == [0, 1]
    tried = json.loads(run(tmp_path / "run", "--try", "--json").stdout)
    assert len(tried["tried"]) == len(tried["advice"])
    assert tried["released"]["entry"].startswith(("W", "b"))
    bp.Network.random((2, 2, 1)).to_json(tmp_path / "net.json")
    assert "is not a run" in str(run(tmp_path / "net.json").exception)
    message = "diagnose takes a run, as train returns it, got Network"
    with pytest.raises(bp.InputError, match=message):
        bp.diagnose(bp.Network.random((2, 2, 1)))


def test_one_epoch_tells_little():
    x, y = bp.load("xor")
    for seed, rate in ((0, 5.0), (0, 0.5), (3, 5.0)):
        run = bp.train(bp.Network.random((2, 2, 1), seed=seed), x, y, learning_rate=rate, epochs=1)
        found = bp.diagnose(run)
        assert found.state in ("resting", "barely-moved", "still-falling")
        assert found.findings[0].advice[0].change["epochs"] > 1


@pytest.mark.parametrize("width", [1e-4, 1e-2, 1e3])
def test_one_input_of_another_size_is_seen_whichever_it_is(width):
    x, y = XOR
    run = train((2, 2, 1), 0, x * [1, width], y)
    found = bp.diagnose(run, attempt=True)
    assert found.state == "input-scale"
    assert found.tried[0].solved


def test_nothing_is_left_where_every_example_contradicts_another():
    x, y = np.array([[0, 0], [0, 0], [1, 1], [1, 1.0]]), np.array([[0], [1], [0], [1.0]])
    run = bp.train(bp.Network.random((2, 2, 1), seed=0), x, y, learning_rate=5.0, epochs=200)
    found = bp.diagnose(run, attempt=True)
    assert found.state == "contradictory-data"
    assert not found.tried
