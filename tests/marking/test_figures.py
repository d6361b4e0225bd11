"""Significant figures, at every magnitude: inputs up to 10,000, targets that are prices; no right
number is marked wrong, and slips are found.
"""

import json
from decimal import Decimal

import numpy as np
import pytest
from click.testing import CliRunner

import backproof as bp
from backproof.cli import backproof
from learner import RATE, work

FIGURES = (2, 3, 4, 5, 6)
KINDS = (
    ("relu", "identity", "half_mse"),
    ("sigmoid", "identity", "mse"),
    ("tanh", "identity", "half_mse"),
    ("leaky_relu", "identity", "mse"),
    ("sigmoid", "sigmoid", "bce"),
    ("tanh", "softmax", "cce"),
)


def subject(seed):
    """A network whose numbers lie anywhere from 1e-4 to 1e10: large inputs, prices as targets."""
    rng = np.random.default_rng(seed)
    activation, output, loss = KINDS[seed % len(KINDS)]
    sizes = [int(n) for n in rng.integers(2, 4, 3)]
    m = int(rng.integers(1, 5))
    size = 10.0 ** rng.integers(0, 5)
    x = np.round(rng.normal(size=(m, sizes[0])) * size, 1)
    net = bp.Network.random(sizes, seed=seed, activation=activation, output=output, loss=loss)
    if activation in ("sigmoid", "tanh") or loss in ("bce", "cce"):
        net = net.with_parameters({"W1": net.layers[0].W / size})
    if loss == "cce":
        y = np.eye(sizes[-1])[rng.integers(0, sizes[-1], m)]
    elif loss == "bce":
        y = rng.integers(0, 2, (m, sizes[-1])).astype(float)
    else:
        y = np.round(rng.uniform(1, 10, (m, sizes[-1])) * 10.0 ** rng.integers(0, 6), 2)
    return net, x, y


def rounded(value, figures):
    return np.vectorize(lambda v: float(f"{v:.{figures - 1}e}"), otypes=[float])(value)


def in_full(v, figures):
    """As one writes it by hand: 16800, 45.0, 0.0120."""
    return f"{Decimal(f'{v:.{figures - 1}e}'):f}"


WRITINGS = {
    "powers": lambda v, figures: f"{v:.{figures - 1}e}",
    "in full": in_full,
    "as Python": lambda v, figures: repr(float(f"{v:.{figures - 1}e}")),
}


def written(answers, figures, writing):
    def write(v):
        return WRITINGS[writing](v, figures) if v else "0"

    texts = np.vectorize(write, otypes=[object])
    return {name: texts(value).tolist() for name, value in answers.items()}


def paper(seed, figures, writing):
    """Who rounds each step and goes on, or keeps all digits; some show only half of it."""
    net, x, y = subject(seed)
    rng = np.random.default_rng(seed)
    carries = seed % 2 == 0
    short = (lambda value: rounded(value, figures)) if carries else None
    answers = work(net, x, y, rounded=short, rng=rng)
    if seed % 3 == 0:
        answers = {name: value for name, value in answers.items() if rng.random() < 0.5} or answers
    return net, x, y, written(answers, figures, writing)


def fair(seed, figures, writing, stated):
    net, x, y, answers = paper(seed, figures, writing)
    said = {"figures": figures} if stated else {}
    result = bp.check(answers, net, x, y, learning_rate=RATE, **said)
    case = f"seed {seed}, {figures} figures, {writing}\n{answers}\n{result}"
    assert result.ok, case


@pytest.mark.parametrize("stated", [True, False])
@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("figures", FIGURES)
def test_figures_are_never_marked_wrong(figures, writing, stated):
    for seed in range(5):
        fair(seed, figures, writing, stated)


@pytest.mark.proof
@pytest.mark.parametrize("stated", [True, False])
@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("figures", FIGURES)
def test_figures_in_full(figures, writing, stated):
    for seed in range(1_000):
        fair(seed, figures, writing, stated)


def found(seed, figures, stated):
    """Whether a number that is a fifth too large is found, and nothing else called wrong; None
    where there is none but 0.
    """
    net, x, y = subject(seed)
    right = work(net, x, y)
    names = [name for name, value in right.items() if np.abs(value).max() > 0]
    name = names[np.random.default_rng(seed).integers(len(names))]
    slips = {name: lambda value, q: 1.2 * value}
    answers = written(work(net, x, y, slips=slips), figures, list(WRITINGS)[seed % 3])
    said = {"figures": figures} if stated else {}
    result = bp.check(answers, net, x, y, learning_rate=RATE, **said)
    return [mark.name for mark in result.marks if mark.status == "wrong"] == [name]


@pytest.mark.parametrize("stated", [True, False])
@pytest.mark.parametrize(("figures", "share"), [(3, 0.9), (5, 0.9)])
def test_a_slip_among_figures_is_found(figures, share, stated):
    every = [found(seed, figures, stated) for seed in range(12)]
    assert np.mean(every) >= share, np.flatnonzero(~np.array(every))


PRICES = bp.Network([bp.Layer([[1234.5], [-67.8]], [4321.0], "identity")], "half_mse")
ROOMS = np.array([[12.0, 3.0], [7.0, 41.0]]), np.array([[16000.0], [7000.0]])


def of_prices(write, **more):
    q = bp.backward(PRICES, *ROOMS)
    texts = np.vectorize(write, otypes=[object])
    answers = {name: texts(value).tolist() for name, value in q.items()}
    return bp.check(answers | more, PRICES, *ROOMS)


@pytest.mark.parametrize("figures", FIGURES)
def test_zeros_before_the_point_may_be_padding(figures):
    def write(value):
        return f"{Decimal(f'{value:.{figures - 1}e}'):f}"

    assert of_prices(write).ok
    assert of_prices(lambda value: f"{float(write(value))!r}").ok
    wrong = of_prices(write, z1=[["19000"], ["9000"]])  # by 5% and more
    assert wrong["z1"].status == "wrong"


def test_decimals_stay_decimals_where_numbers_end_in_zeros():
    """16797.71 isn't 16800.00 where all numbers have two decimals."""
    good = of_prices(lambda value: f"{value:.2f}")
    assert good.ok
    z = bp.backward(PRICES, *ROOMS)["z1"]
    padded = [[f"{round(float(value), -2):.2f}"] for value in z.ravel()]
    assert of_prices(lambda value: f"{value:.2f}", z1=padded)["z1"].status == "wrong"


def test_small_whole_numbers_alone_are_exact():
    net = bp.Network([bp.Layer([[1.0], [2.0]], [3.0], "identity")], "half_mse")
    x, y = [[1.0, 2.0], [4.0, 5.0]], [[8.0], [17.0]]
    assert bp.check({"z1": [["8"], ["17"]]}, net, x, y).ok
    assert not bp.check({"z1": [["8"], ["18"]]}, net, x, y).ok
    assert not bp.check({"loss": "1"}, net, x, y).ok


def test_what_can_be_said_of_figures():
    q = {name: rounded(value, 3) for name, value in bp.backward(PRICES, *ROOMS).items()}
    unsaid = bp.check(q, PRICES, *ROOMS)
    advice = "pass figures=3, and only these digits count."
    assert f"your numbers look rounded to 3 significant figures: {advice}" in unsaid.remarks
    assert bp.check(q, PRICES, *ROOMS, figures=3).ok
    for bad in (0, -1, 2.5, "3", True, 101):
        with pytest.raises(bp.InputError, match="figures must be a whole number from 1 to 100"):
            bp.check(q, PRICES, *ROOMS, figures=bad)
    with pytest.raises(bp.InputError, match="give one of them"):
        bp.check(q, PRICES, *ROOMS, 3, figures=3)


def marked(*arguments):
    return CliRunner().invoke(backproof, ["check", *map(str, arguments)], standalone_mode=False)


HEAD = """x = [[12, 3], [7, 41]]
y = [[16000], [7000]]
loss = "half_mse"
[[layers]]
W = [[1234.5], [-67.8]]
b = [4321]
activation = "identity"
"""
# z1 is 18931.6 and 10182.7, to three figures 18900 and 10200; the others don't show it
ANSWERS = """[answers]
z1 = [["18900.25"], ["10200.5"]]
"""


def test_figures_are_said_in_a_file_on_the_command_line_and_in_a_key(tmp_path):
    path, key = tmp_path / "answers.toml", tmp_path / "key.toml"
    path.write_text(HEAD + ANSWERS)
    assert marked(path).return_value == 1
    assert marked(path, "--figures", "3").return_value == 0
    path.write_text(f"figures = 3\n{HEAD}{ANSWERS}")
    assert marked(path).return_value == 0
    assert marked(path, "--decimals", "1").return_value == 1
    path.write_text(f'figures = "3"\n{HEAD}{ANSWERS}')
    assert "figures must be a whole number" in str(marked(path).exception)
    key.write_text(f'figures = 3\nasked = ["z1"]\n{HEAD}')
    path.write_text('[answers]\nz1 = [["18900"], ["10200"]]\n')
    right = json.loads(marked(path, "--key", key, "--json").stdout)
    assert (right["points"], right["coarse"]) == (1, [])
    path.write_text('[answers]\nz1 = [["19000"], ["10000"]]\n')
    coarse = json.loads(marked(path, "--key", key, "--json").stdout)
    assert (coarse["points"], coarse["coarse"]) == (0.5, ["z1"])
    assert "too few figures: z1" in coarse["feedback"]


def test_figures_are_said_in_a_spreadsheet(tmp_path):
    PRICES.to_json(tmp_path / "net.json")
    rows = ["network,net.json", "figures,3", "x", "12,3", "7,41", "y", "16000", "7000"]
    path = tmp_path / "answers.csv"
    path.write_text("\n".join([*rows, "z1", "18900.25", "10200.5"]))
    assert marked(path).return_value == 0
