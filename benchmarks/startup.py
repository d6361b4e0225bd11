"""What a user waits for: whole processes, from their start to their end, against what they are
compared with in the same run.

    python benchmarks/startup.py [ROUNDS]

The two commands of each row take turns; the median of the pairs' ratios is printed with the limit
that the project sets itself.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
PYTHON = sys.executable
BACKPROOF = str(Path(PYTHON).with_name("backproof"))
EPOCHS = 5_000
# what the import of the package put off
USED = "import backproof as bp; bp.Network, bp.backward, bp.train, bp.load"


def output(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def seconds(command, folder):
    unseen = os.environ | {"MPLBACKEND": "Agg"}
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=folder, env=unseen)
    return time.perf_counter() - began


def compared(name, ours, theirs, limit, rounds, folder):
    for command in (ours, theirs):
        seconds(command, folder)  # warm: caches of files, byte code, fonts
    pairs = [(seconds(ours, folder), seconds(theirs, folder)) for _ in range(rounds)]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{name:<34} {mine:8.3f} {other:8.3f} {ratio:7.2f} {limit or '':>7}")


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        train = [BACKPROOF, "train", "--overwrite", "--out", f"{folder}/run"]
        script = [PYTHON, str(HERE / "plain_script.py"), folder, str(EPOCHS)]
        # the same work before it is timed: as many epochs, the same start, the same loss, two
        # pictures each
        found, plain = json.loads(output([*train, "--json"])), float(output(script))
        assert found["starts"] == 1, found["starts"]
        assert found["epochs"] == EPOCHS, found["epochs"]
        assert abs(found["loss"] - plain) < 1e-6 * plain, (found["loss"], plain)
        for picture in ("boundary.png", "loss.png"):
            assert Path(folder, picture).stat().st_size > 0
            assert Path(folder, "run", picture).stat().st_size > 0

        numpy = [PYTHON, "-c", "import numpy"]
        print(f"{'whole processes':<34} {'ours s':>8} {'peer s':>8} {'ratio':>7} {'limit':>7}")
        bare, used = [PYTHON, "-c", "import backproof"], [PYTHON, "-c", USED]
        for name, ours, theirs, limit in (
            ("import backproof / import numpy", bare, numpy, 1.3),
            ("... with Network, backward, train", used, numpy, None),
            ("backproof --help / import numpy", [BACKPROOF, "--help"], numpy, 2.0),
            ("backproof train / plain script", train, script, 1.2),
        ):
            compared(name, ours, theirs, limit, rounds, folder)


if __name__ == "__main__":
    main()
