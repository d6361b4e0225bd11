"""A large network's derivation takes what is shown of it, and not what is left out."""

import tracemalloc

import numpy as np
import pytest

import backproof as bp
from backproof.plots import decision

MB = 2**20  # bytes


def peak(work):
    """Return how many bytes the work held at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def wide(*sizes):
    return bp.Network.random(sizes, output="sigmoid", seed=1)


@pytest.mark.parametrize(
    ("sizes", "m"), [((2, 2500, 1), 4), ((300, 20, 1), 400), ((3000, 20, 1), 2)]
)
def test_a_derivation_holds_what_it_shows_and_its_numbers(sizes, m):
    rng = np.random.default_rng(0)
    net, x, y = wide(*sizes), rng.random((m, sizes[0])), rng.integers(0, 2, (m, 1))
    bp.derive(wide(2, 2, 1), x[:2, :2], y[:2]).to_markdown()  # what is loaded once
    derivation = bp.derive(net, x, y)
    numbers = sum(np.asarray(value).nbytes for value in (x, y, *derivation.ours.values()))
    assert peak(derivation.to_markdown) < 5 * numbers + 4 * MB


def test_a_boundary_is_worked_out_in_blocks():
    x = np.array([[0.0, 0.0], [1.0, 1.0]])
    assert peak(lambda: decision.grid(wide(2, 2500, 1), x)) < 60 * MB


def test_blocks_give_what_the_whole_gives():
    x = np.array([[0.0, 0.0], [1.0, 1.0]])
    net = wide(2, 600, 1)
    found = decision.grid(net, x)
    points = np.stack(np.meshgrid(found.across, found.up), axis=-1).reshape(-1, 2)
    assert np.abs(found.outputs.ravel() - net.predict(points).ravel()).max() < 1e-12
