"""Where do more threads help? One epoch with one thread for its matrix products, and with two, on
idle cores and beside a program that has one of them busy.

    python benchmarks/threads.py

The figures in `training/threads.py` are from here. The weights agree to rounding before anything is
timed; the median of three is printed.
"""

import itertools
import statistics
import subprocess
import sys
import time
from contextlib import nullcontext

import numpy as np
from threadpoolctl import threadpool_limits

import backproof as bp
from backproof.training import loop

ROUNDS = 3
BUSY = [sys.executable, "-c", "while True: pass"]
CASES = [
    # sizes, examples, epochs
    ((1, 50, 50, 1), 400, 200),
    ((8, 64, 64, 1), 1_000, 100),
    ((64, 128, 10), 1_797, 60),
    ((64, 512, 10), 1_797, 20),
]


def run(sizes, m, epochs, threads):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(m, sizes[0])), rng.normal(size=(m, sizes[-1]))
    net = bp.Network.random(sizes, seed=0, activation="tanh", output="identity")
    with threadpool_limits(threads, user_api="blas"):
        began = time.perf_counter()
        done = bp.train(net, x, y, epochs=epochs, learning_rate=0.01)
        return done, (time.perf_counter() - began) / epochs * 1e3


def main():
    loop.threads_for = lambda objective: nullcontext()  # the number of threads is ours here
    print(f"{'network':>12} {'multiplications':>16} {'beside':>7}", end=" ")
    print(f"{'one ms':>8} {'two ms':>8} {'ratio':>6}")
    for beside in (0, 1):
        others = [subprocess.Popen(BUSY) for _ in range(beside)]
        for sizes, m, epochs in CASES:
            one, two = (run(sizes, m, 5, threads)[0].network for threads in (1, 2))
            np.testing.assert_allclose(one.layers[0].W, two.layers[0].W, rtol=1e-9)
            times = [
                statistics.median(run(sizes, m, epochs, threads)[1] for _ in range(ROUNDS))
                for threads in (1, 2)
            ]
            count = m * max(a * b for a, b in itertools.pairwise(sizes))
            print(f"{'-'.join(map(str, sizes)):>12} {count:16,} {beside:>7}", end=" ")
            print(f"{times[0]:8.2f} {times[1]:8.2f} {times[1] / times[0]:6.2f}")
        for other in others:
            other.kill()


if __name__ == "__main__":
    main()
