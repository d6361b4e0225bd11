"""How long a learner waits: for the numbers of a step, for its marks, for those of their own
function, for a diagnosis.

    python benchmarks/marking.py

The median of some rounds is printed, in milliseconds; what comes out is proved first. There is no
peer to compare with.
"""

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

import backproof as bp

ROUNDS = 9
BACKWARD = """import numpy as np

def backward(x, y, W1, b1, W2, b2):
    a1 = 1 / (1 + np.exp(-(x @ W1 + b1)))
    a2 = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
    return {"dW2": a1.T @ (a2 - y) / len(x)}
"""


def timed(what, call, rounds=ROUNDS):
    call()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    print(f"{what:<40} {1e3 * statistics.median(times):9.3f} ms")


def main():
    x, y = bp.load("xor")
    net = bp.Network.random((2, 2, 1), seed=0)
    q = dict(bp.backward(net, x, y))
    right = {name: np.round(value, 4) for name, value in q.items()}
    slip = right | {"delta2": np.round((q["a2"] - y) * q["da2_dz2"], 4)}
    unnamed = {name: 2.2 * right[name] + 0.3 for name in ("dW2", "dW1")}
    assert bp.check(right, net, x, y, 4).ok
    assert bp.check(slip, net, x, y, 4)["delta2"].mistake == "extra-slope"
    assert bp.check(unnamed, net, x, y, 4)["dW1"].mistake is None
    timed("every quantity of a step", lambda: bp.backward(net, x, y), rounds=500)
    timed("a right step", lambda: bp.check(right, net, x, y, 4))
    timed("a wrong one, named", lambda: bp.check(slip, net, x, y, 4))
    timed("gradients alone, wrong without a name", lambda: bp.check(unnamed, net, x, y, 4))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mine.py"
        file.write_text(BACKWARD, encoding="utf-8")
        assert bp.check_code(f"{file}:backward").ok
        timed("a function in a file", lambda: bp.check_code(f"{file}:backward"))
    starts = (bp.Network.random((2, 2, 1), seed=seed) for seed in range(100))
    runs = (bp.train(start, x, y, epochs=2_000) for start in starts)
    run = next(run for run in runs if not run.solved)
    assert bp.diagnose(run).state != "solved"
    timed("a diagnosis", lambda: bp.diagnose(run))
    timed("a diagnosis, tried", lambda: bp.diagnose(run, attempt=True), rounds=3)


if __name__ == "__main__":
    main()
