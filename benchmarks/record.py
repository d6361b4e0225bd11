"""What users see, recorded: JSON, numbers and text of some hundred calls, so that a change of
structure can be compared.

    python benchmarks/record.py before.json     # with the one
    python benchmarks/record.py after.json      # with the other
    python benchmarks/record.py --compare before.json after.json

The package that is recorded is the one that Python finds (PYTHONPATH chooses another). Files that a
call writes are recorded too, pictures by their pixels. Arrays of the Python calls are recorded in
full.
"""

import difflib
import hashlib
import json
import os
import re
import sys
import tempfile
import traceback
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
from click.testing import CliRunner

import backproof as bp
from backproof.activations import ACTIVATIONS
from backproof.cli import backproof
from backproof.losses import LOSSES

HIDDEN = [name for name, record in ACTIVATIONS.items() if not record.couples]
PAIRS = [(a, b) for a in ACTIVATIONS for b in LOSSES if LOSSES[b].accepts(ACTIVATIONS[a])]
VERSIONS = re.compile(r'"(backproof|numpy|python)": "[^"]*"')

ANSWERS = """problem = "xor"
learning_rate = 0.5
[[layers]]
W = [[0.1, 0.2], [0.3, 0.4]]
b = [0.1, 0.2]
[[layers]]
W = [[0.5], [0.6]]
b = [0.0]
[answers]
z1 = [[0.1, 0.2], [0.4, 0.6], [0.2, 0.4], [0.5, 0.8]]
"""
SLOPE_IN_DELTA = """delta2 = [[0.1477], [-0.0746], [-0.0786], [0.1481]]
dW2 = [[0.02], [0.02]]
"""
SECOND_STEP = """[answers.step2]
z1 = [[0.1, 0.2], [0.4, 0.6], [0.2, 0.4], [0.5, 0.8]]
"""
SHEETS = {
    "right.toml": ANSWERS + "delta2 = [[0.644], [-0.335], [-0.347], [0.674]]\n",
    "wrong.toml": ANSWERS + "delta2 = [[0.148], [-0.335], [-0.347], [0.674]]\n",
    "slope.toml": f"{ANSWERS}{SLOPE_IN_DELTA}",
    "unknown.toml": ANSWERS + "z9 = [[1]]\n",
    "shape.toml": ANSWERS + "a1 = [[1, 2, 3]]\n",
    "word.toml": ANSWERS + 'loss = "about half"\n',
    "broken.toml": ANSWERS + "a1 = [[1, 2],\n",
    "two.toml": f"{ANSWERS}{SECOND_STEP}",
    "no-network.csv": "problem,xor\nz1\n1,2\n",
    "sheet.csv": "network,net.json\nproblem,xor\nz1\n1,2\n3,4\n5,6\n7,8\nloss,0.7\n",
}


def table(header, rows):
    return "\n".join([header, *rows])


TABLES = {
    "data.csv": table("a,b,kind", (f"{i % 7},{i % 5},{('no', 'yes')[i % 2]}" for i in range(20))),
    "house.csv": table(
        "size,rooms,price", (f"{30 + 5 * i},{1 + i % 4},{1.5 + 0.2 * i}" for i in range(12))
    ),
    "hole.csv": "a,b,kind\n1,,yes\n2,3,no\n",
    "three.csv": table("a,b,kind", (f"{i % 7},{i % 3},{'uvw'[i % 3]}" for i in range(21))),
    "new.csv": "a,b\n1,2\n3,4\n",
}
CODE = """import numpy as np

def right(x, y, W1, b1, W2, b2):
    a1 = 1 / (1 + np.exp(-(x @ W1 + b1)))
    a2 = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
    delta2 = a2 - y
    return {"delta2": delta2, "dW2": a1.T @ delta2 / len(x), "db2": delta2.mean(axis=0)}

def summed(x, y, W1, b1, W2, b2):
    found = right(x, y, W1, b1, W2, b2)
    return found | {"dW2": found["dW2"] * len(x)}

def raises(x, y, W1, b1, W2, b2):
    return x @ W2

def returns(x, y, W1, b1, W2, b2):
    return 3
"""


REFUSALS = ("InputError", "UsageError", "BadParameter", "NoSuchOption", "ClickException")
CALLS = Path(__file__).parent / "calls.txt"  # a line each; later ones lean on earlier ones


def command_lines():
    """Return the calls of the command line, without the program's name."""
    lines = CALLS.read_text(encoding="utf-8").splitlines()
    return ["" if line == "(nothing)" else line for line in lines if line]


def commands(record):
    """Run every command line in this folder; record what it says, ends with, and writes."""
    runner, seen = CliRunner(), {}
    for name, text in {**SHEETS, **TABLES, "mine.py": CODE}.items():
        Path(name).write_text(text)
    bp.Network.random((2, 2, 1), seed=0).to_json("net.json")
    look(seen)
    for line in command_lines():
        found = runner.invoke(backproof, line.split(), standalone_mode=False, prog_name="backproof")
        error = found.exception
        said = {"out": found.stdout, "err": found.stderr, "status": found.return_value}
        if error is not None and not isinstance(error, SystemExit):
            said["error"] = [type(error).__name__, str(error)]
            if type(error).__name__ not in REFUSALS:
                said["error"].append(traceback.format_exc())
        record[line] = said | {"files": look(seen)}


def look(seen):
    """Return what is new or changed among the files of this folder: text, or the digest of a
    picture's pixels.
    """
    found = {}
    for path in sorted(Path().rglob("*")):
        if path.is_dir() or "__pycache__" in path.parts:
            continue
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if seen.get(str(path)) != digest:
            seen[str(path)] = digest
            found[str(path)] = content(path)
    return found


def content(path):
    if path.suffix in (".png", ".gif"):
        from PIL import Image

        pixels = np.asarray(Image.open(path).convert("RGB"))
        return f"pixels {hashlib.sha256(pixels.tobytes()).hexdigest()}"
    if path.suffix == ".pdf":
        return "pdf"
    return VERSIONS.sub("", path.read_text(encoding="utf-8"))


def own_records():
    """Return activations of one's own: softsign, and copies of the built-in ones by other names."""
    softsign = bp.Activation(
        "softsign", lambda z: z / (1 + abs(z)), lambda z, a: 1 / (1 + abs(z)) ** 2, range=(-1, 1)
    )
    return {"softsign": softsign} | {
        f"own {name}": replace(record, name=f"my{name}") for name, record in ACTIVATIONS.items()
    }


def plain(value):
    """Return a value as JSON can hold it, floats in full."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return repr(value) if isinstance(value, (float, np.floating)) else value


def networks():
    """Yield networks of every activation, and every output with its losses, with data: (name, net,
    x, y, options).
    """
    rng = np.random.default_rng(5)
    for k, (output, loss) in enumerate(PAIRS):
        hidden = HIDDEN[k % len(HIDDEN)]
        net = bp.Network.random(
            (2, 3, 2),
            seed=k,
            activation=hidden,
            output=output,
            loss=loss,
            bias=(True, False, "frozen")[k % 3],
        )
        x, y = np.round(rng.normal(size=(4, 2)), 2), np.eye(2)[[0, 1, 1, 0]]
        options = {} if k % 2 else {"example_weights": [1, 2, 0.5, 1], "l2": 0.1}
        yield f"{hidden} {output} {loss}", net, x, y, options
    x, y = bp.load("xor")
    for hidden in HIDDEN:
        yield f"xor {hidden}", bp.Network.random((2, 2, 1), seed=4, activation=hidden), x, y, {}
    yield "wide", bp.Network.random((2, 9, 8, 1), seed=4, activation="tanh"), x, y, {}
    yield "one", bp.Network.random((1, 1), seed=4), [[0.5], [2.0]], [[0.0], [1.0]], {}
    for name, own in own_records().items():
        where = {"output": own, "loss": "mse"} if own.couples else {"activation": own}
        net = bp.Network.random((2, 2, 2 if own.couples else 1), seed=4, **where)
        yield f"own: {name}", net, x, np.hstack([y, 1 - y]) if own.couples else y, {}


def attempt(function, *arguments, then="to_dict", **options):
    """Return what a function gives, as plain data by one of its methods; or its error."""
    try:
        return plain(getattr(function(*arguments, **options), then)())
    except Exception as error:
        return [type(error).__name__, str(error)]


def python(record):
    """Record what the Python functions give for every network."""
    for name, net, x, y, options in networks():
        q = bp.backward(net, x, y, **options)
        case = (net, x, y)
        turned = options | {"columns": True, "mean_in": "delta"}
        record[f"{name}: backward"] = plain(dict(q))
        record[f"{name}: verify"] = attempt(bp.verify, *case, **options)
        record[f"{name}: derive"] = attempt(bp.derive, *case, **options)
        record[f"{name}: text"] = attempt(bp.derive, *case, then="to_text", **options)
        record[f"{name}: columns"] = attempt(bp.derive, *case, then="to_markdown", **turned)
        run = bp.train(net, x, y, learning_rate=0.5, epochs=40, **options)
        record[f"{name}: train"] = [plain(run.losses), run.verdict]
        record[f"{name}: diagnose"] = attempt(bp.diagnose, run)
        if not options:
            marks(record, name, net, x, y, dict(bp.backward(net, x, y)))


def marks(record, name, net, x, y, q):
    """Record the marks of right numbers, rounded ones, other conventions, and many slips."""
    last, m = len(net.layers), len(x)
    gradients, signals = ("dW", "db"), ("delta", "dL_da")

    def scaled(kinds, factor):
        return {key: value * factor if key.startswith(kinds) else value for key, value in q.items()}

    papers = {
        "right": q,
        "rounded": {key: np.round(value, 3) for key, value in q.items()},
        "columns": {key: np.asarray(value).T for key, value in q.items() if np.ndim(value) < 3},
        "summed": scaled((*gradients, "loss"), m),
        "mean in delta": scaled(signals, 1 / m),
        "uphill": scaled((*gradients, *signals), -1),
        "gradients": {key: 2 * value for key, value in q.items() if key.startswith(gradients)},
        "no mean": q | {"dW1": q["dW1"] * m},
        "sign": q | {f"delta{last}": -q[f"delta{last}"]},
        "half": q | {f"delta{last}": q[f"delta{last}"] / 2},
        "no slope": q | {"delta1": q["dL_da1"]},
        "transposed": q | {"dW1": q["dW1"].T},
        "activation": q | {"a1": q["z1"]},
        "typing": q | {"loss": q["loss"] + 0.1},
        "odd": q | {"delta1": q["delta1"] + 0.1},
    }
    for kind, paper in papers.items():
        decimals = 3 if kind == "rounded" else None
        record[f"{name}: check {kind}"] = attempt(bp.check, paper, net, x, y, decimals)


def functions(record):
    scope = {}
    exec(CODE, scope)
    for name in ("right", "summed", "raises", "returns"):
        for loss in ("bce", "mse"):
            record[f"check_code {name} {loss}"] = attempt(bp.check_code, scope[name], loss=loss)
    for seed in range(3):
        record[f"exercise {seed}"] = attempt(bp.exercise, seed)


def recorded():
    record = {}
    warnings.simplefilter("ignore")
    os.environ["MPLBACKEND"] = "agg"
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        commands(record)
        python(record)
        functions(record)
        os.chdir("/")
    return record


def lines(value):
    """Return a recorded value as lines, texts broken where they are."""
    return json.dumps(value, ensure_ascii=False, indent=1).replace("\\n", "\n").splitlines()


def compared(before, after):
    """Print what differs, line by line, and how many calls are the same."""
    same = 0
    names = {**before, **after}
    for name in names:
        one, other = lines(before.get(name)), lines(after.get(name))
        if one == other:
            same += 1
            continue
        print(f"=== {name}")
        for line in difflib.unified_diff(one, other, lineterm="", n=0):
            if not line.startswith(("---", "+++", "@@")):
                print(line[:400])
    print(f"{same} of {len(names)} the same")


def main():
    if sys.argv[1] == "--compare":
        compared(*(json.loads(Path(path).read_text(encoding="utf-8")) for path in sys.argv[2:4]))
        return
    target = Path(sys.argv[1]).resolve()
    record = recorded()
    target.write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"{len(record)} calls")


if __name__ == "__main__":
    main()
