"""The derivation as a reader meets it: names, conventions, numbers, formats."""

import itertools
import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import backproof as bp
from backproof.parsing import parse
from backproof.typesetting.figures import texts, without_noise
from backproof.typesetting.latex import latex
from backproof.typesetting.notation import Notation, number_text
from networks import networks_with_data


def cases():
    """Networks of many kinds, with data."""
    rng = np.random.default_rng(0)
    x, y = bp.load("xor")
    kinds = np.eye(3)[[0, 1, 2, 1, 0]]
    points = rng.normal(size=(5, 2)).round(2)
    digits = rng.random((50, 64)), np.eye(10)[rng.integers(0, 10, 50)]
    random = bp.Network.random
    three = random((2, 2, 2, 1), activation=["tanh", "relu"], seed=1)
    soft = random((2, 3, 3), activation="tanh", output="softmax", seed=1)
    bare = random((2, 2, 2), activation="gelu", output="tanh", bias=False, seed=1)
    frozen = random((2, 2, 1), activation="silu", output="identity", bias="frozen")
    wide = random((64, 64, 10), output="softmax", init="glorot")
    return {
        "2-2-1": (random((2, 2, 1)), x, y),
        "2-3-1": (random((2, 3, 1), seed=2), x, y),
        "three layers": (three, x, y),
        "one layer": (random((2, 1), seed=1), x, y),
        "softmax": (soft, points, kinds),
        "mse": (random((2, 2, 1), loss="mse", seed=1), x, y),
        "no biases": (bare, x, np.hstack([y, -y])),
        "frozen, regression": (frozen, points, points[:, :1]),
        "64-64-10": (wide, *digits),
        "one example": (random((1, 1)), [[0.3]], [[1.0]]),
    }


CASES = cases()


@pytest.fixture(params=CASES, ids=lambda name: name.replace(" ", "-"))
def case(request):
    return CASES[request.param]


@pytest.fixture
def derived(net, xor):
    return bp.derive(net, *xor, problem="xor")


def test_the_contract_of_the_json(net, xor):
    q = bp.backward(net, *xor)
    document = bp.derive(net, *xor, learning_rate=0.7).to_dict()
    assert json.loads(json.dumps(document)) == document
    steps = document["steps"]
    assert [step["name"] for step in steps] == [*q, "W1_next", "b1_next", "W2_next", "b2_next"]
    equations = " ".join(str(step["equation"]) for step in steps)
    assert equations == "1 2 1 2 3 4 5 6 9 10 7 5 8 9 10 11 11 11 11"
    for step in steps:
        assert set(step) >= {"name", "equation", "formula", "shape", "value", "from", "words"}
        assert isinstance(step["formula"], str)
        assert list(np.shape(step["value"])) == step["shape"]
    by_name = {step["name"]: step for step in steps}
    for name, value in q.items():
        np.testing.assert_array_equal(by_name[name]["value"], value)
    assert by_name["delta1"]["from"] == ["dL_da1", "da1_dz1"]
    assert by_name["dW2"]["formula"] == r"dW_{2} = \frac{1}{m}a_{1}^{T} \cdot \delta_{2}"
    assert by_name["delta2"]["formula"] == r"\delta_{2} = a_{2} - y"
    assert by_name["W2_next"]["value"] == (net.layers[1].W - 0.7 * q["dW2"]).tolist()


@given(networks_with_data(layers=(1, 4), widths=(1, 9), examples=(1, 20)))
@settings(max_examples=40, deadline=None)
def test_values_in_every_convention(case):
    net, x, y = case
    q = bp.backward(net, x, y)
    d = bp.derive(net, x, y, columns=True, mean_in="delta", symbols=False)
    for name, value in q.items():
        expected = np.asarray(value) / (len(x) if name.startswith(("delta", "dL_da")) else 1)
        if expected.ndim == 2:
            expected = expected.T
        elif expected.ndim == 1:
            expected = expected[:, None]
        np.testing.assert_array_equal(d[name].value, expected)


NEGATIVE_ZERO = re.compile(r"(?<![\d.])[-−]0(\.0+)?(?![.^\d])")


def test_every_format_of_every_network(case):
    net, x, y = case
    for options in (
        {},
        {"columns": True, "mean_in": "delta", "decimals": 3},
        {"symbols": False, "decimals": 9},
    ):
        d = bp.derive(net, x, y, **options)
        text = d.to_text()
        assert max(map(len, text.splitlines())) <= 80
        assert len(text) < 60_000
        for whole in (text, d.to_markdown(), d.to_latex()):
            assert not NEGATIVE_ZERO.search(whole.replace("e-0", ""))
            assert "nan" not in whole.lower().replace("tenan", "")
        assert "W1[33" not in text


def test_it_fits_the_page_without_losing_an_entry(derived):
    text = derived.to_text()
    assert "[1, 1]: σ(W1[1,1] + W1[2,1] + b1[1]) · W2[1,1] + σ(W1[1,2] + W1[2,2] +" in text
    assert "⎡ 0.0  0.0 ⎤" not in text


def test_product_that_simplifies_and_products_that_do_not(net, xor):
    def signal(**options):
        text = " ".join(bp.derive(net.with_loss(options.get("loss")), *xor).to_text().split())
        return text[text.index("For da2_dz2") :]

    assert "The product simplifies: what is left is the output minus the target." in signal()
    assert "does not simplify to a2 − y: it stays a product" in signal(loss="mse")
    line = bp.Network([bp.Layer([[1.0], [2.0]], [0.5], "identity")], "mse")
    text = " ".join(bp.derive(line, *xor).to_text().split())
    assert "The product simplifies, but not to a1 − y" in text
    assert "= 2 (a1 − y)" in text.replace("2(", "2 (")


def test_a_product_is_proved_before_it_is_said():
    from backproof.activations import ACTIVATIONS
    from backproof.explain.simplify import product_of
    from backproof.losses import LOSSES

    shorter = {}
    for (name, loss), (of, activation) in itertools.product(LOSSES.items(), ACTIVATIONS.items()):
        product = product_of(loss, activation) if loss.accepts(activation) else None
        if product is not None and product.simpler:
            shorter[name, of] = str(product.lines[-1])
    assert shorter.pop(("bce", "sigmoid")) == "a - y"
    assert shorter.pop(("half_mse", "identity")) == "a - y"
    assert shorter.pop(("mse", "identity")) in ("2 * a - 2 * y", "2 * (a - y)")
    assert shorter == {}


def test_the_transposes_are_explained_from_the_shapes(derived):
    text = " ".join(derived.to_text().split())
    for said in (
        "a1 has shape (4, 2) and delta2 has shape (4, 1), so (4, 2) · (4, 1) does not fit:"
        " 2 columns, but 4 rows.",
        "With a1ᵀ, the number of columns matches the number of rows: (2, 4) · (4, 1) gives (2, 1)",
        "delta2 has shape (4, 1) and W2 has shape (2, 1), so (4, 1) · (2, 1) does not fit:"
        " 1 column, but 2 rows.",
    ):
        assert said in text
    square = bp.derive(bp.Network.random((2, 2, 1)), [[0.0, 1.0], [1.0, 1.0]], [[0.0], [1.0]])
    assert "would even fit here, but by chance" in square.to_text()


def test_with_a_penalty_and_weights(net, xor):
    options = {"example_weights": [1, 2, 3, 4], "l2": 0.1}
    d = bp.derive(net, *xor, **options)
    q = bp.backward(net, *xor, **options)
    np.testing.assert_array_equal(d["dW1"].value, q["dW1"])
    assert "penalty" in d.to_text()
    assert r"\lambda" in d.to_latex()
    weight = bp.derive(net, *xor, weight="W2[1,1]", **options).to_dict()["weight"]
    assert weight["gradient"] == q["dW2"][0, 0]
    mean = np.mean([one["product"] for one in weight["examples"]])
    assert mean + weight["penalty"] == pytest.approx(weight["gradient"], rel=1e-12)


@pytest.mark.parametrize(
    ("values", "decimals", "shown"),
    [
        ([0.12345, -2.0], 4, ["0.1235", "-2.0000"]),
        ([-0.0, 1.0], 4, ["0", "1"]),
        ([-1e-9, 0.5], 4, ["-1.0e-09", "0.5000"]),
        ([1.2e-7, -3e-9], 4, ["1.200e-07", "-3.000e-09"]),
        ([1e9, 0.5], 4, ["1.000e+09", "5.000e-01"]),
        ([0.25], 2, ["0.25"]),
        ([3.0, 4.0], 2, ["3", "4"]),
        ([float("inf"), 1.0], 2, ["inf", "1"]),
    ],
)
def test_numbers_line_up(values, decimals, shown):
    assert texts(np.array(values), decimals) == shown


def test_noise_is_no_result(xor):
    assert without_noise(np.array([1e-17, 0.3]), np.array([0.5, 0.5])).tolist() == [0.0, 0.3]
    assert without_noise(np.array([1e-17]), np.array([1e-16])).tolist() == [1e-17]
    alike = bp.Network.random((2, 2, 1), init="constant", scale=0.0)
    moved = alike.with_parameters({"W2": np.array([[0.1], [0.7]]), "b2": np.array([-0.4])})
    raw = bp.derive(moved, *xor)
    assert 0 < np.abs(raw["dW2"].value).max() < 1e-15 or (raw["dW2"].value == 0).all()
    assert (raw["dW2"].shown == 0).all()


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (2.0, "2"), (1e-7, "1e-07"), (-0.25, "-0.25"), (0.123456, "0.1235"), (0.0, "0")],
)
def test_numbers_within_formulas(value, text):
    assert number_text(value, 4) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("W2[2,1]", "w_{21}^{(2)}"),
        ("W2[12,1]", "w_{12,1}^{(2)}"),
        ("b1[2]", "b_{2}^{(1)}"),
        ("delta2[2,1]", r"\delta_{[0,1],1}^{(2)}"),
        ("dL_da1[2,1]", r"\frac{\partial L_{[0,1]}}{\partial a_{[0,1],1}^{(1)}}"),
        ("dL_da1", r"\frac{\partial L_{i}}{\partial a_{1}}"),
        ("dL_dW1", r"\frac{\partial L}{\partial W_{1}}"),
        ("dz2_dW2", r"\frac{\partial z_{2}}{\partial W_{2}}"),
        ("W1_next", r"W_{1}^{\text{new}}"),
        ("(a + b) * c", "(a + b)c".replace(")c", r") \cdot c")),
        ("a - (b - c)", "a - (b - c)"),
        ("-(a + b)", "-(a + b)"),
        ("(-a)**2", "(-a)^{2}"),
        ("a * (b + c)", "a(b + c)"),
        ("1/(1 + exp(-z))", r"\frac{1}{1 + e^{-z}}"),
        ("a1 * (1 - a1)", r"a_{1} \odot (1 - a_{1})"),
        ("x @ W1 + b1", r"x \cdot W_{1} + b_{1}"),
    ],
)
def test_latex_of_formulas(text, expected):
    assert latex(Notation(("[0,0]", "[0,1]")).math(parse(text))) == expected


def test_the_loss_of_an_example_is_told_from_the_mean_loss(xor):
    net = bp.Network.random((2, 2, 1), seed=0)
    notes = bp.derive(net, *xor).to_latex()
    assert r"\frac{\partial L_{i}}{\partial a_{2}}" in notes
    chain = r"\frac{\partial L}{\partial z_{2}} \cdot \frac{\partial z_{2}}{\partial W_{2}}"
    assert chain in notes  # which is of the mean loss
    mean = bp.derive(net, *xor, mean_in="delta")
    assert r"\partial L_{" not in mean.to_latex()
    assert "derivatives of the mean loss L" in mean.to_text()
    text = bp.derive(net, *xor).to_text()
    assert "derivatives of each example's own loss L_i" in text
    assert "dL_da2 ⊙ da2_dz2" in text
    softmax = bp.Network.random((2, 2), output="softmax", loss="cce", seed=0)
    assert "dL_da1 · da1_dz1" in bp.derive(softmax, xor[0], np.eye(2)[[0, 1, 1, 0]]).to_text()


def test_it_shows_itself_in_a_notebook(derived):
    html = derived._repr_html_()
    assert html.startswith('<div class="backproof">')
    assert "<math" in html
    assert "body { font" not in html
    assert ".backproof mtable.cases {" in html
    for rule in ("mtd.first", "mtd.last", "figure svg"):  # several rules may stand in one line
        assert f"\n.backproof {rule} {{" in html
    assert "overflow: visible" not in html  # that holds in print only
    assert "$$" in derived._repr_markdown_()
    assert "Derivation(2-2-1 sigmoid-sigmoid, bce, 4 examples: z1, a1," in repr(derived)


def test_files_by_their_endings(derived, tmp_path):
    for ending, start in {
        ".md": "# Back",
        ".tex": r"\documentclass",
        ".html": "<!DOCTYPE html>",
        ".json": "{",
        ".txt": "Back",
    }.items():
        files = derived.save(tmp_path / f"xor{ending}")
        assert files[0].read_text(encoding="utf-8").startswith(start)
    pictures = {file.name for file in tmp_path.glob("*.png")}
    assert pictures == {"xor-boundary.png", "xor-trained.png", "xor-loss-by-W2-1-1.png"}
    assert {file.suffix for file in tmp_path.glob("*.pdf")} == {".pdf"}
    for name in re.findall(r"\]\((.*?)\)", (tmp_path / "xor.md").read_text(encoding="utf-8")):
        assert (tmp_path / name).is_file()
    with pytest.raises(bp.InputError, match=r"unknown ending of the file '.docx'"):
        derived.save(tmp_path / "xor.docx")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decimals": 0}, "decimals must be a whole number from 1 to 17, got 0"),
        ({"decimals": 2.5}, "decimals must be a whole number"),
        ({"mean_in": "loss"}, "unknown place of the 1/m 'loss'"),
        ({"weight": "W3[1,1]"}, "is not a weight of this network"),
        ({"weight": "W2[3,1]"}, "lies outside W2"),
        ({"learning_rate": -1}, "learning_rate must be a finite number above 0, got -1"),
        ({"loss": "cce"}, "needs outputs that are a distribution"),
        ({"l2": -1}, "l2 must be"),
    ],
)
def test_bad_options(net, xor, options, message):
    with pytest.raises(bp.InputError, match=re.escape(message)):
        bp.derive(net, *xor, **options)


def signal_of(text):
    """The display of the output's error signal, on one line."""
    whole = " ".join(text.split())
    start = whole.index("delta2 = ", whole.index("For da2_dz2"))
    return whole[start : whole.index("The product", start)]


def test_the_product_keeps_its_share_in_every_convention(net, xor):
    whole = signal_of(bp.derive(net, *xor).to_text())
    assert "= (a2 − y) / (a2 ⊙ (1 − a2)) ⊙ a2 ⊙ (1 − a2) = a2 − y" in whole
    shared = signal_of(bp.derive(net, *xor, mean_in="delta").to_text())
    assert "= 1/m · (a2 − y) / (a2 ⊙ (1 − a2)) ⊙ a2 ⊙ (1 − a2) = 1/m (a2 − y)" in shared
    soft = bp.Network.random((2, 2, 3), output="softmax")
    targets = np.eye(3)[[0, 1, 2, 0]]
    plain = signal_of(bp.derive(soft, xor[0], targets).to_text())
    assert "= Σ[j=1…3] dL_da2[i,j] · da2_dz2[i,j,k]" in plain
    lines = "(−y[i,j])(δ_jk − a2[i,k]) = −y[i,k] + a2[i,k] · Σ[j=1…3] y[i,j] = a2[i,k] − y[i,k]"
    assert f"= Σ[j=1…3] {lines}, since" in plain
    turned = signal_of(bp.derive(soft, xor[0], targets, columns=True, mean_in="delta").to_text())
    assert "dL_da2[j,i] · da2_dz2[i,j,k]" in turned
    assert "= 1/m (a2[k,i] − y[k,i]), since" in turned


@given(
    networks_with_data(layers=(1, 3), widths=(1, 5), examples=(1, 12)),
    st.booleans(),
    st.sampled_from(["dW", "delta"]),
    st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_any_network_fits_the_page(case, columns, mean_in, more):
    net, x, y = case
    options = {"example_weights": np.arange(1, len(x) + 1), "l2": 0.1} if more else {}
    for weight in (None, "W1[1,1]"):
        d = bp.derive(net, x, y, columns=columns, mean_in=mean_in, weight=weight, **options)
        assert max(map(len, d.to_text().splitlines())) <= 80
        assert d.to_markdown().count("$$") % 2 == 0
        assert r"\begin{document}" in d.to_latex()
        assert json.loads(json.dumps(d.to_dict()))["steps"]


@pytest.mark.parametrize("columns", [False, True])
@pytest.mark.parametrize("mean_in", ["dW", "delta"])
@pytest.mark.parametrize("hidden", [2, 9])
def test_a_bias_has_one_index(columns, mean_in, hidden):
    net = bp.Network.random((2, hidden, 1), seed=0)
    weights = {"example_weights": [1, 2, 3, 4]}
    text = bp.derive(net, *bp.load("xor"), columns=columns, mean_in=mean_in, **weights).to_text()
    indices = re.findall(r"\bd?b\d(?:_next)?\[([^\]]*)\]", text)
    assert len(indices) > 4
    assert not [index for index in indices if "," in index]
    assert not re.search(r"\bs\[[^\]]*,", text)


def test_what_is_computed_with_the_numbers_shown_is_the_result_shown(xor):
    net = bp.train(bp.Network.random((2, 2, 1), seed=0), *xor, epochs=3000).network
    text = bp.derive(net, *xor, learning_rate=20.0).to_text(width=300)
    slope = text[text.index("  da2_dz2 = ") :]
    factors = re.findall(r"(0\.\d+)\(1 − (0\.\d+)\)", slope)[:4]
    results = bp.backward(net, *xor)["da2_dz2"].ravel()
    for (a, same), result in zip(factors, results, strict=True):
        assert a == same
        assert abs(float(a) * (1 - float(a)) - round(result, 4)) <= 3.001e-4
        assert float(a) < 1


def test_biases_are_explained_where_there_are_some(xor):
    with_biases = bp.derive(bp.Network.random((2, 2, 1), seed=0), *xor).to_text()
    without = bp.derive(bp.Network.random((2, 2, 1), seed=0, bias=False), *xor).to_text()
    assert "the biases of each layer" in with_biases
    assert "b1 is a row" in with_biases
    assert "bias" not in without[: without.index("Forward")]
    assert "b1" not in without
