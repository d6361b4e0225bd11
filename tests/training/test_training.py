"""Training: the same as a plain loop, its stop rules, and what it refuses."""

import dataclasses
import os
import signal
import subprocess
import sys
import time

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.misc.optimizers import adam, rmsprop

import backproof as bp
from backproof.cli.plan import plan
from backproof.settings import TRAINING


def same(one, other, rtol=1e-12):
    for name, value in one.parameters().items():
        np.testing.assert_allclose(other.parameters()[name], value, rtol=rtol, err_msg=name)


def abs_error(a, y):
    return np.abs(a - y)


def abs_slope(a, y):
    return np.sign(a - y)


def moved(net, q, rate):
    return net.with_parameters(
        {name: value - rate * q[f"d{name}"] for name, value in net.parameters().items()}
    )


def by_batches(net, x, y, rate, epochs, size, order):
    for epoch in range(epochs):
        rows = order(epoch)
        for first in range(0, len(x), size):
            batch = rows[first : first + size]
            net = moved(net, bp.backward(net, x[batch], y[batch]), rate)
    return net


@pytest.mark.parametrize("size", [1, 3, 4])
def test_batches_in_order(net, xor, size):
    x, y = xor
    run = bp.train(net, x, y, learning_rate=0.7, epochs=20, batch_size=size, shuffle=False)
    same(by_batches(net, x, y, 0.7, 20, size, lambda epoch: np.arange(4)), run.network)
    assert run.losses[-1] == pytest.approx(bp.backward(run.network, x, y)["loss"], rel=1e-14)


@pytest.mark.parametrize("size", [1, 3])
def test_batches_shuffled(net, xor, size):
    x, y = xor
    rng = np.random.default_rng(11)
    orders = [rng.permutation(4) for _ in range(20)]
    run = bp.train(net, x, y, learning_rate=0.7, epochs=20, batch_size=size, seed=11)
    same(by_batches(net, x, y, 0.7, 20, size, orders.__getitem__), run.network)


def test_one_batch_of_all_is_full_batch(net, xor):
    same(
        bp.train(net, *xor, learning_rate=1, epochs=9).network,
        bp.train(net, *xor, learning_rate=1, epochs=9, batch_size=4, shuffle=False).network,
    )


@pytest.mark.parametrize(
    "options",
    [{}, {"batch_size": 3}, {"l2": 0.01}, {"example_weights": [1, 2, 3, 4]}, {"optimiser": "adam"}],
)
@pytest.mark.parametrize("engine", TRAINING["engine"].choices)
def test_every_engine_agrees_with_the_reference(net, xor, engine, options):
    found, expected = (
        bp.train(net, *xor, learning_rate=0.5, epochs=30, engine=name, **options)
        for name in (engine, "reference")
    )
    np.testing.assert_allclose(found.losses, expected.losses, rtol=1e-13)
    same(found.network, expected.network)


@pytest.mark.parametrize("bias", [False, "frozen"])
def test_biases_absent_or_frozen(xor, bias):
    net = bp.Network.random((2, 3, 1), seed=1, bias=bias)
    net = net.with_parameters({"b1": [0.3, -0.2, 0.1]}) if bias else net
    run = bp.train(net, *xor, learning_rate=1, epochs=20)
    for before, after in zip(net.layers, run.network.layers, strict=True):
        assert not np.array_equal(before.W, after.W)
        assert after.b is None if bias is False else np.array_equal(before.b, after.b)


def test_l2_and_weights_are_part_of_the_loss(net, xor):
    x, y = xor
    run = bp.train(net, x, y, learning_rate=0.5, epochs=1, l2=0.1, example_weights=[2, 2, 2, 2])
    plain = bp.backward(net, x, y)["loss"]
    penalty = 0.05 * sum((layer.W**2).sum() for layer in net.layers)
    assert run.losses[0] == pytest.approx(plain + penalty, rel=1e-14)


# the optimisers, against the definitions in the papers and against a foreign implementation


def losses_of(net, x, y):
    """The notes' loss as a function of one flat vector (W1, b1, W2, b2), for the foreign
    optimisers.
    """

    def unpack(p):
        return p[:4].reshape(2, 2), p[4:6], p[6:8].reshape(2, 1), p[8:]

    def loss(p, _=0):
        W1, b1, W2, b2 = unpack(p)
        a1 = 1 / (1 + anp.exp(-(x @ W1 + b1)))
        a2 = 1 / (1 + anp.exp(-(a1 @ W2 + b2)))
        return -anp.mean(y * anp.log(a2) + (1 - y) * anp.log(1 - a2))

    return np.concatenate([value.ravel() for value in net.parameters().values()]), grad(loss)


def flat(net):
    return np.concatenate([value.ravel() for value in net.parameters().values()])


def test_adam_against_a_foreign_one(net, xor):
    start, gradient = losses_of(net, *xor)
    expected = adam(gradient, start, num_iters=100, step_size=0.05)
    run = bp.train(net, *xor, optimiser="adam", learning_rate=0.05, epochs=100)
    np.testing.assert_allclose(flat(run.network), expected, rtol=1e-9)


def test_rmsprop_by_its_rule(net, xor):
    p, gradient = losses_of(net, *xor)
    mean = np.zeros_like(p)
    for _ in range(50):
        g = gradient(p)
        mean = 0.9 * mean + 0.1 * g**2
        p = p - 0.02 * g / (np.sqrt(mean) + 1e-8)
    run = bp.train(net, *xor, optimiser="rmsprop", learning_rate=0.02, epochs=50)
    np.testing.assert_allclose(flat(run.network), p, rtol=1e-9)
    # the foreign one starts its mean at 1, so it can't be compared from the first step
    assert callable(rmsprop)


def test_momentum_by_the_contract(net, xor):
    p, gradient = losses_of(net, *xor)
    v = np.zeros_like(p)
    for _ in range(50):
        v = 0.8 * v - 0.3 * gradient(p)
        p = p + v
    run = bp.train(net, *xor, optimiser="momentum", momentum=0.8, learning_rate=0.3, epochs=50)
    np.testing.assert_allclose(flat(run.network), p, rtol=1e-10)


def test_nesterov_by_its_definition(net, xor):
    """Sutskever et al. 2013: the gradient is taken at p + momentum * v; that point is kept."""
    p, gradient = losses_of(net, *xor)
    v = np.zeros_like(p)
    for _ in range(50):
        v = 0.8 * v - 0.3 * gradient(p + 0.8 * v)
        p = p + v
    run = bp.train(net, *xor, optimiser="nesterov", momentum=0.8, learning_rate=0.3, epochs=50)
    np.testing.assert_allclose(flat(run.network), p + 0.8 * v, rtol=1e-10)


# what happens


def test_losses_and_stop_rules(net, xor):
    full = bp.train(net, *xor, epochs=400)
    assert len(full.losses) == 401
    assert full.epochs == 400
    assert full.losses[0] == bp.backward(net, *xor)["loss"]
    limit = full.losses[300]
    run = bp.train(net, *xor, epochs=400, stop_loss=limit)
    assert run.stopped == "stop_loss"
    assert run.losses[-1] < limit <= run.losses[-2]
    run = bp.train(net, *xor, epochs=5000, tolerance=0.1)
    assert run.stopped == "tolerance"
    assert np.abs(run.network.predict(xor[0]) - xor[1]).max() <= 0.1
    assert np.abs(run.at(run.epochs - 1).predict(xor[0]) - xor[1]).max() > 0.1
    stuck = bp.train(bp.Network.random((2, 2, 1), init="zeros"), *xor, epochs=500, patience=20)
    assert (stuck.stopped, stuck.epochs) == ("patience", 20)


def test_zero_epochs(net, xor):
    run = bp.train(net, *xor, epochs=0)
    assert run.epochs == 0
    same(net, run.network, rtol=0)


def test_the_same_seed_gives_the_same_run(xor):
    net = bp.Network.random((2, 2, 1), seed=5)
    one, again, other = (
        bp.train(net, *xor, epochs=50, batch_size=2, seed=seed) for seed in (9, 9, 10)
    )
    assert one.losses.tobytes() == again.losses.tobytes()
    assert one.losses.tobytes() != other.losses.tobytes()


def test_any_epoch_again_exactly(net, xor):
    seen = {}

    def keep(now):
        seen[now.epoch] = now.network

    settings = {"epochs": 60, "batch_size": 3, "optimiser": "adam", "learning_rate": 0.1}
    run = bp.train(net, *xor, **settings, callback=keep)
    for epoch in (0, 1, 37, 60):
        same(seen[epoch], run.at(epoch), rtol=0)
    for epoch in (-1, 61, 1.5):
        with pytest.raises(bp.InputError, match="epochs 0 to 60"):
            run.at(epoch)


def test_replay_tells_its_callback_what_train_told(net, xor):
    told, told_again = [], []
    run = bp.train(net, *xor, epochs=9, callback=lambda now: told.append((now.epoch, now.loss)))
    found = run.replay(
        [2, 9], lambda now: told_again.append((now.epoch, now.loss, now.network.document()))
    )
    assert [seen[:2] for seen in told_again] == told
    assert [seen[0] for seen in told_again] == list(range(10))
    for network, epoch in zip(found, (2, 9), strict=True):
        same(network, run.at(epoch), rtol=0)
        assert told_again[epoch][2] == network.document()


def test_a_callback_ends_a_replay(net, xor):
    run = bp.train(net, *xor, epochs=9)
    seen = []

    def callback(now):
        seen.append(now.epoch)
        return now.epoch == 4

    found = run.replay([9, 3, 0, 4, 3], callback)
    assert seen == [0, 1, 2, 3, 4]
    assert len(found) == 4
    for network, epoch in zip(found, (3, 0, 4, 3), strict=True):
        same(network, run.at(epoch), rtol=0)


def test_a_replay_that_is_interrupted_says_so(net, xor):
    run = bp.train(net, *xor, epochs=9)

    def callback(now):
        if now.epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.replay([9], callback)


def test_replays_at_the_ends(net, xor):
    run = bp.train(net, *xor, epochs=9)
    assert run.replay([]) == []
    same(run.replay(iter(np.arange(9, 10)))[0], run.network, rtol=0)
    with pytest.raises(bp.InputError, match="epochs must be a list such as"):
        run.replay(3)
    start = bp.Network([bp.Layer([[1e200]], None, "identity")])
    same(bp.train(start, [[1e200]], [[0.0]]).at(0), start, rtol=0)


@pytest.mark.parametrize("optimiser", TRAINING["optimiser"].choices)
@pytest.mark.parametrize(
    ("units", "loss", "rate"),
    [
        ({}, None, 5.0),
        ({"activation": "tanh"}, None, 5.0),
        ({"activation": "relu"}, None, 0.1),
        ({}, "half_mse", 0.1),
        ({"output": "identity"}, None, 0.1),
    ],
)
def test_the_learning_rate_that_suits(xor, optimiser, units, loss, rate):
    """One rule for the function and the command: by the loss, the units and the optimiser."""
    net = bp.Network.random((2, 2, 1), seed=0, **units)
    run = bp.train(net, *xor, epochs=3, loss=loss, optimiser=optimiser)
    by_gradient = {"sgd": rate, "momentum": rate / 10, "nesterov": rate / 10}
    assert run.settings.learning_rate == by_gradient.get(optimiser, 0.01)
    assert run.document()["settings"]["learning_rate"] == run.settings.learning_rate
    given = bp.train(
        net,
        *xor,
        epochs=3,
        loss=loss,
        optimiser=optimiser,
        learning_rate=run.settings.learning_rate,
    )
    same(given.network, run.network, rtol=0)
    options = {"loss": loss, "optimiser": optimiser, **units}
    planned = plan("xor", {name: value for name, value in options.items() if value})
    assert planned.settings.learning_rate == run.settings.learning_rate


def test_float32(net, xor):
    run = bp.train(net, *xor, epochs=300, dtype="float32")
    assert all(value.dtype == np.float32 for value in run.network.parameters().values())
    np.testing.assert_allclose(run.losses, bp.train(net, *xor, epochs=300).losses, rtol=1e-3)


def test_training_changes_nothing_it_was_given(net, xor):
    x, y = xor
    before = [value.copy() for value in (*net.parameters().values(), x, y)]
    bp.train(net, x, y, epochs=5)
    for old, new in zip(before, (*net.parameters().values(), x, y), strict=True):
        np.testing.assert_array_equal(old, new)


def test_callback_stops(net, xor):
    run = bp.train(net, *xor, callback=lambda now: now.epoch == 7)
    assert (run.stopped, run.epochs) == ("callback", 7)


def test_ctrl_c_in_a_callback(net, xor):
    def callback(now):
        if now.epoch == 12:
            raise KeyboardInterrupt

    run = bp.train(net, *xor, callback=callback)
    assert run.interrupted
    assert run.epochs == 12
    same(run.network, bp.train(net, *xor, epochs=12).network, rtol=0)


def test_an_error_in_a_callback_is_the_users(net, xor):
    def callback(now):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        bp.train(net, *xor, callback=callback)


def test_divergence_keeps_the_last_finite_network(xor):
    net = bp.Network.random((2, 4, 1), seed=0, activation="relu", output="identity")
    run = bp.train(net, *xor, learning_rate=50)
    assert run.stopped == "diverged"
    assert run.diverged_at == run.epochs + 1
    assert f"diverged at epoch {run.diverged_at}" in run.verdict
    assert np.isfinite(run.losses).all()
    assert all(np.isfinite(value).all() for value in run.network.parameters().values())
    same(run.network, bp.train(net, *xor, learning_rate=50, epochs=run.epochs).network, rtol=0)


@pytest.mark.parametrize("engine", TRAINING["engine"].choices)
@pytest.mark.parametrize("batch_size", [None, 2, 1])
def test_divergence_is_told_by_every_engine(xor, engine, batch_size):
    net = bp.Network.random((2, 1), seed=0, output="identity")
    run = bp.train(net, *xor, learning_rate=1e200, epochs=3, batch_size=batch_size, engine=engine)
    assert run.stopped == "diverged"
    assert run.diverged_at == 1
    same(run.network, net, rtol=0)


def test_a_start_that_is_not_finite_says_so():
    net = bp.Network([bp.Layer([[1e200]], None, "identity")])
    run = bp.train(net, [[1e200]], [[0.0]], learning_rate=1)
    assert run.diverged_at == run.epochs == 0
    assert "nothing was trained" in run.verdict


def answering(y, output="identity", **options):
    """Return the run of a network that answers the same for everything, after no epoch."""
    x = np.arange(2.0 * len(y)).reshape(-1, 2) / len(y)
    net = bp.Network.random((2, 3, np.shape(y)[1]), init="zeros", output=output)
    return bp.train(net, x, y, epochs=0, **options)


def with_bias(run, b):
    return dataclasses.replace(run, network=run.network.with_parameters({"b2": b}))


PRICES = np.array([[500_000.0], [420_000], [610_000], [380_000], [555_000]])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("loss", ["half_mse", "mse", bp.Loss("own", abs_error, abs_slope)])
@pytest.mark.parametrize("off", [0.0, 1e-3, 1e6])
def test_a_regression_that_answers_the_mean_says_so(loss, off, dtype):
    run = with_bias(answering(PRICES, loss=loss, dtype=dtype), [PRICES.mean() + off])
    assert run.remarks == ("It is no better than always predicting the mean.",)
    assert run.verdict.endswith(" epochs. It is no better than always predicting the mean.")
    assert "no better" in repr(run)


@pytest.mark.parametrize("weights", [None, [1, 2, 0, 5, 1]])
@pytest.mark.parametrize("explained", [0.005, 0.02, 0.5, 1.0])
def test_a_regression_is_as_good_as_what_it_explains(explained, weights):
    """Its outputs lie on the way from the mean of the targets to the targets themselves."""
    y = np.array([[1.0], [3], [4], [8], [2]])
    mean = np.average(y, axis=0, weights=weights)
    # of the squared error the share (1 - way)² is left
    way = 1 - np.sqrt(1 - explained)
    wanted = mean + way * (y - mean)
    net = bp.Network([bp.Layer(wanted, None, "identity")])
    run = bp.train(net, np.eye(5), y, epochs=0, example_weights=weights)
    assert bool(run.remarks) == (explained < 0.01)
    assert ("no better" in run.verdict) == (explained < 0.01)


def test_targets_near_a_half_are_no_excuse():
    """Of a cross entropy something is left even where every answer is right."""
    y = np.array([[0.49], [0.5], [0.51], [0.5]])
    z = np.log(y / (1 - y))
    for factor, remarks in ((1.0, 0), (0.0, 1)):
        run = bp.train(bp.Network([bp.Layer(factor * z, None)]), np.eye(4), y, epochs=0)
        assert len(run.remarks) == remarks


@pytest.mark.parametrize(
    ("y", "output"),
    [
        ([[0.0], [0], [1], [0]], "sigmoid"),
        ([[0.0, 1], [0, 1], [1, 0], [0, 1]], "softmax"),
        ([[0.0, 1], [0, 1], [1, 1], [0, 1]], "sigmoid"),
    ],
)
def test_answering_the_commonest_class_is_said(y, output):
    run = with_bias(answering(y, output), [-4.0] if len(y[0]) == 1 else [-4.0, 4])
    assert run.accuracy == 0.75
    assert run.remarks == ("It is no better than always predicting the commonest class.",)
    assert run.verdict.endswith(run.remarks[0])
    # with weights, the commonest class is another one
    heavy = answering(y, output, example_weights=[1, 1, 9, 1])
    assert with_bias(heavy, {"sigmoid": [4.0] * len(y[0]), "softmax": [4.0, -4]}[output]).remarks


def test_classes_that_are_all_undecided(xor):
    for net in (
        bp.Network.random((2, 2, 1), init="zeros"),
        bp.Network.random((2, 2, 4), init="zeros", output="softmax"),
    ):
        y = xor[1] if net.sizes[-1] == 1 else np.eye(4)
        assert bp.train(net, xor[0], y, epochs=3).remarks


def test_no_remark_on_what_is_better(net, xor):
    """Two of four right and two undecided is better than chance; from one class or one number there
    is nothing to learn.
    """
    good = bp.train(net, *xor)
    assert good.solved
    half = bp.train(bp.Network.random((2, 2, 1), seed=8), *xor)
    assert half.solved is False
    assert half.accuracy == 0.5
    assert half.loss < 0.35
    same_target = with_bias(answering([[7.0]] * 4), [6.5])
    one_class = with_bias(answering([[1.0]] * 4, "sigmoid"), [-1.0])
    for run in (good, half, same_target, one_class):
        assert run.remarks == ()
        assert "no better" not in run.verdict


def test_the_other_losses_of_a_stuck_network(xor):
    """The plateaus of the notes' network, with their closed forms."""
    x, y = xor
    half = bp.train(bp.Network.random((2, 2, 1), seed=8), x, y)
    assert half.solved is False
    assert half.loss == pytest.approx(np.log(2) / 2, abs=2e-3)
    assert "[1, 0] and [1, 1] share one output" in half.verdict
    assert "(ln 2)/2" in half.verdict
    hidden, output = ([[-40, 0], [-40, 0]], [20, 0]), ([[-50], [0]], [np.log(2)])
    corner = bp.Network([bp.Layer(*hidden), bp.Layer(*output)])
    third = bp.train(corner, x, y, epochs=0)
    assert third.loss == pytest.approx(-(2 * np.log(2 / 3) + np.log(1 / 3)) / 4, rel=1e-6)
    assert "[0, 1], [1, 0] and [1, 1] share one output, 0.67" in third.verdict
    assert "0.4774 = -(2 ln(2/3) + ln(1/3))/4" in third.verdict
    flat_run = bp.train(bp.Network.random((2, 2, 1), init="zeros"), x, y, epochs=10)
    assert "all examples share one output, 0.5" in flat_run.verdict
    assert "= ln 2" in flat_run.verdict


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learning_rate": 0}, "learning_rate must be a finite number above 0, got 0"),
        ({"learning_rate": -1}, "got -1"),
        ({"learning_rate": float("nan")}, "got nan"),
        ({"learning_rate": "fast"}, "got 'fast'"),
        ({"epochs": -1}, "epochs must be a whole number from 0 to 1,000,000,000, got -1"),
        ({"epochs": 2.5}, "got 2.5"),
        ({"epochs": True}, "got True"),
        ({"batch_size": 0}, "batch_size must be a whole number from 1 up"),
        ({"batch_size": 5}, "there are 4 examples"),
        ({"momentum": 1}, "below 1"),
        ({"optimiser": "adm"}, "Did you mean 'adam'?"),
        ({"engine": "numyp"}, "Did you mean 'numpy'?"),
        ({"dtype": "float16"}, "float32"),
        ({"l2": -1}, "l2"),
        ({"tolerance": 0}, "tolerance"),
        ({"stop_loss": float("inf")}, "stop_loss"),
        ({"patience": 0}, "patience"),
        ({"shuffle": 1}, "shuffle must be True or False"),
        ({"seed": -1}, "seed"),
        ({"loss": "cce"}, "softmax"),
        ({"example_weights": [1, 2]}, "example_weights"),
        ({"example_weights": [0, 0, 0, 0]}, "example_weights"),
        ({"example_weights": [1, 1, 1, -1]}, "example_weights"),
    ],
)
def test_settings_that_cannot_be_used(net, xor, options, message):
    with pytest.raises(bp.InputError) as error:
        bp.train(net, *xor, **options)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([[0, 0], [0, 1]], [[0]], "2"),
        ([[0, 0, 1]], [[0]], "3"),
        ([[0, 0]], [[0, 1]], "2"),
        ([[0, float("nan")]], [[0]], "nan"),
        ([[0, float("inf")]], [[0]], "inf"),
        ([[0, 0], [1]], [[0], [1]], "rows of one length"),
        ([[0, "one"]], [[0]], "numbers"),
        ([[0, 0]], [[2]], "[0, 1]"),
        (np.empty((0, 2)), np.empty((0, 1)), "no rows"),
    ],
)
def test_data_that_cannot_be_used(net, x, y, message):
    for call in (bp.train, bp.backward):
        with pytest.raises(bp.InputError) as error:
            call(net, x, y)
        assert message in str(error.value)


def test_a_real_ctrl_c_leaves_a_valid_run(tmp_path):
    """The signal itself, sent to the command while it trains."""
    command = [sys.executable, "-m", "backproof", "train", "--epochs", "100000000"]
    command += ["--out", str(tmp_path / "run")]
    # a process started in the background by a shell ignores the signal, and so would what it starts
    heeding = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **heeding
    )
    assert process.stdout.readline().startswith("xor")  # the training begins right after this line
    time.sleep(1)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "interrupted" in out
    run = bp.Run.load(tmp_path / "run")
    assert run.interrupted
    assert 0 < run.epochs < 100_000_000
    assert run.loss == pytest.approx(bp.backward(run.network, run.x, run.y)["loss"], rel=1e-12)
