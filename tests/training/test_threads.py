"""The threads of a training: one while its products are small, so that a seed means one run."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import backproof as bp
from backproof.backprop import objective
from backproof.training import threads

BLAS = [library for library in threadpool_info() if library["user_api"] == "blas"]
pytestmark = pytest.mark.skipif(not BLAS, reason="no BLAS that can be told")


def in_use():
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def wide(m=1_000, width=64):
    rng = np.random.default_rng(0)
    net = bp.Network.random((2, width, width, 1), seed=0, init="glorot")
    return net, rng.normal(size=(m, 2)), rng.integers(0, 2, (m, 1)).astype(float)


@pytest.mark.parametrize("batch_size", [None, 700])
def test_a_run_is_the_same_whatever_the_threads(batch_size):
    runs = []
    for count in (1, 2, 3):
        with threadpool_limits(count, user_api="blas"):
            runs.append(bp.train(*wide(), epochs=3, learning_rate=0.3, batch_size=batch_size))
    with threadpool_limits(2, user_api="blas"):
        runs.append(runs[0].replay([3]) and runs[0])
        again = runs[0].at(3)
    first = runs[0].network.parameters()
    for network in (*(run.network for run in runs), again):
        for name, value in network.parameters().items():
            assert value.tobytes() == first[name].tobytes(), name
    assert len({run.losses.tobytes() for run in runs}) == 1


@pytest.mark.parametrize(
    ("m", "width", "limited"), [(4, 2, False), (1_000, 8, True), (5_000, 64, False)]
)
def test_one_thread_where_products_are_small(m, width, limited):
    net, x, y = wide(m, width)
    size = threads.largest_product(objective(net, x, y))
    assert size == m * width * max(2, width)
    assert (threads.UNSHARED < size <= threads.SMALL) == limited
    seen = []
    with threadpool_limits(2, user_api="blas"):
        bp.train(net, x, y, epochs=0, callback=lambda now: seen.append(in_use()))
        assert in_use() == {2}
    assert seen == [{1} if limited else {2}]


def test_a_training_that_fails_gives_the_threads_back():
    def callback(now):
        raise RuntimeError

    with threadpool_limits(2, user_api="blas"):
        with pytest.raises(RuntimeError):
            bp.train(*wide(), epochs=0, callback=callback)
        assert in_use() == {2}
