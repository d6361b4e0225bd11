"""Does training pay for explanation? Its loop against a plain hand-written NumPy loop of the same
network.

    python benchmarks/loop.py

The losses are proved equal before anything is timed; the two take turns, and the median of the
pairs' ratios is printed.
"""

import statistics
import time

import numpy as np

import backproof as bp
from plain_loop import train_one_hidden, train_two_hidden

ROUNDS = 9
WIDE = np.random.default_rng(0).random((2_000, 64)), 1.0 - np.arange(2_000)[:, None] % 2
CASES = [
    # sizes, problem, epochs, learning rate
    ((2, 2, 1), bp.load("xor"), 5_000, 5.0),
    ((2, 8, 1), bp.load("moons"), 2_000, 1.0),
    ((2, 16, 16, 1), bp.load("spiral"), 1_000, 1.0),
    ((64, 64, 1), WIDE, 60, 0.1),
]


def main():
    print(f"{'network':>12} {'examples':>9} {'epochs':>7}", end=" ")
    print(f"{'ours s':>8} {'plain s':>8} {'ratio':>6}")
    for sizes, (x, y), epochs, eta in CASES:
        net = bp.Network.random(sizes, seed=0)
        plain = train_one_hidden if len(sizes) == 3 else train_two_hidden

        def ours(net=net, x=x, y=y, eta=eta, epochs=epochs):
            return bp.train(net, x, y, learning_rate=eta, epochs=epochs).losses

        def theirs(net=net, x=x, y=y, eta=eta, epochs=epochs, plain=plain):
            return plain(x, y, *(p.copy() for p in net.parameters().values()), eta, epochs)

        np.testing.assert_allclose(ours()[:50], theirs()[:50], rtol=1e-9)
        times = []
        for _ in range(ROUNDS):
            pair = []
            for run in (ours, theirs):
                began = time.perf_counter()
                run()
                pair.append(time.perf_counter() - began)
            times.append(pair)
        mine, plains = (statistics.median(column) for column in zip(*times, strict=True))
        ratio = statistics.median(a / b for a, b in times)
        print(f"{'-'.join(map(str, sizes)):>12} {len(x):>9} {epochs:>7}", end=" ")
        print(f"{mine:8.3f} {plains:8.3f} {ratio:6.2f}")


if __name__ == "__main__":
    main()
