"""One weight: how wrong × how much it contributed."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import backproof as bp
from backproof.explain.weight import Weight
from backproof.typesetting.figures import texts
from networks import networks_with_data


@given(networks_with_data(layers=(1, 3), widths=(1, 4), examples=(1, 6)), st.data())
@settings(max_examples=40, deadline=None)
def test_the_mean_of_the_products_is_the_gradient(case, data):
    net, x, y = case
    name = data.draw(st.sampled_from(list(net.parameters())))
    index = tuple(data.draw(st.integers(1, n)) for n in net.parameters()[name].shape)
    text = f"{name}[{','.join(map(str, index))}]"
    d = bp.derive(net, x, y, weight=text)
    weight = Weight(d, text)
    scale = max(np.abs(weight.products).max(), 1e-300)
    assert weight.products.mean() == pytest.approx(weight.gradient, rel=1e-12, abs=1e-12 * scale)
    assert weight.gradient == bp.backward(net, x, y)[f"d{name}"][tuple(i - 1 for i in index)]
    assert len(d.to_text()) > 500
    assert max(map(len, d.to_text().splitlines())) <= 80


def test_the_story_of_an_output_weight(net, xor):
    d = bp.derive(net, *xor, weight="W2[1,1]")
    text = " ".join(d.to_text().split())
    q = bp.backward(net, *xor)
    weight = d.to_dict()["weight"]
    assert [one["delta"] for one in weight["examples"]] == q["delta2"][:, 0].tolist()
    assert [one["a"] for one in weight["examples"]] == q["a1"][:, 0].tolist()
    assert weight["gradient"] == q["dW2"][0, 0]
    assert weight["next"] == net.layers[1].W[0, 0] - 0.5 * q["dW2"][0, 0]
    assert "the network over-estimated, so z2 must come down" in text
    assert "the network under-estimated, so z2 must go up" in text
    assert "pulls it down" in text
    assert "pulls it up" in text
    move = "the same change of the weight would move it by 0.0001 only."
    assert f"If that activation were 0.001, {move}" in text
    changed = net.with_parameters({"W2": np.array([[weight["next"]], net.layers[1].W[1]])})
    assert weight["loss_after"] == bp.backward(changed, *xor)["loss"]
    assert weight["loss_after"] < weight["loss"]


def test_the_same_numbers_under_another_loss(net, xor):
    weight = bp.derive(net, *xor, weight="W2[2,1]").to_dict()["weight"]
    for loss in ("bce", "mse", "half_mse"):
        q = bp.backward(net, *xor, loss=loss)
        assert weight["other_losses"][loss]["delta"] == q["delta2"][:, 0].tolist()
        assert weight["other_losses"][loss]["gradient"] == q["dW2"][1, 0]


def test_the_paths_of_a_hidden_weight(xor):
    x, _ = xor
    y = np.eye(3)[[0, 1, 2, 0]]
    net = bp.Network.random((2, 2, 3), output="softmax", seed=4)
    weight = bp.derive(net, x, y, weight="W1[2,1]").to_dict()["weight"]
    q = bp.backward(net, x, y)
    assert len(weight["paths"]) == 3
    total = np.sum([path["product"] for path in weight["paths"]], axis=0)
    np.testing.assert_allclose(total, q["dL_da1"][:, 0], rtol=1e-12)
    text = " ".join(bp.derive(net, x, y, weight="W1[2,1]").to_text().split())
    assert "unit 3 (weight " in text


def words_of(net, x, y, weight):
    """What each example says to a weight."""
    document = bp.derive(net, x, y, weight=weight).to_dict()
    return [one["words"] for one in document["weight"]["examples"]]


def test_who_says_nothing_and_why(xor):
    x, y = xor
    hidden, output = bp.Layer([[0.0, 9.0], [0.0, 9.0]], [-9.0, -4.5]), bp.Layer([[1], [1]], [0])
    words = words_of(bp.Network([hidden, output]), x, y, "W1[1,1]")
    assert words[0] == "nothing: input 1 is 0"
    assert words[1] == "nothing: input 1 is 0"
    hidden, output = bp.Layer([[1, 1], [1, 1]], [-1.5, 0.5], "relu"), bp.Layer([[1], [-1]], [0])
    relu = bp.Network([hidden, output])
    assert words_of(relu, x, y, "W1[1,1]")[2] == "nothing: unit 1 of layer 1 is dead"
    assert words_of(relu, x, y, "W2[1,1]")[0] == "nothing: unit 1 of layer 1 is silent"
    right = bp.Network([bp.Layer([[1.0], [1.0]], [0.0], "identity")])
    target = np.array([[0.0], [1.0], [2.0], [2.0]])  # wrong at [1, 0] alone
    words = words_of(right, x, target, "W1[1,1]")
    assert words[3] == "nothing: the prediction is nearly right"
    saturated = bp.Network([bp.Layer([[20.0], [0.0]], [-1.0]), bp.Layer([[1.0]], [0.0])])
    words = words_of(saturated, [[1.0, 1.0], [0.1, 1.0]], [[1.0], [0.0]], "W1[2,1]")
    assert words[0] == "almost nothing: unit 1 of layer 1 is saturated"


def test_a_bias_a_frozen_one_and_columns(xor):
    net = bp.Network.random((2, 3, 1), bias="frozen", seed=1)
    text = bp.derive(net, *xor, weight="b1[2]").to_text()
    assert "It is a bias: it contributes 1 to every example" in text
    assert "frozen" in text
    rows = bp.derive(net, *xor, weight="W1[1,3]").to_dict()["weight"]
    columns = bp.derive(net, *xor, weight="W1[3,1]", columns=True).to_dict()["weight"]
    assert rows["gradient"] == columns["gradient"]
    shared = bp.derive(net, *xor, weight="W1[1,3]", mean_in="delta").to_dict()["weight"]
    total = sum(one["product"] for one in shared["examples"])
    assert total == pytest.approx(rows["gradient"], rel=1e-12)


def test_the_slice_has_the_tangent(net, xor):
    found = bp.derive(net, *xor, weight="W2[1,1]").to_dict()["weight"]["slice"]
    values, losses = np.array(found["values"]), np.array(found["losses"])
    near = np.argmin(np.abs(values - net.layers[1].W[0, 0]))
    slope = (losses[near + 1] - losses[near - 1]) / (values[near + 1] - values[near - 1])
    assert slope == pytest.approx(found["gradient"], rel=0.02)


def number(text):
    return float(text.strip("()").replace("−", "-"))


def unit(text):
    """What one unit of the last digit of a number is worth."""
    mantissa, _, power = text.strip("()").partition("e")
    return 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))


@given(
    seed=st.integers(0, 999),
    scale=st.floats(0.1, 30),
    rate=st.sampled_from([0.001, 0.5, 5.0, 500.0]),
    name=st.sampled_from(["W2[1,1]", "W1[2,1]", "b1[2]", "b2[1]"]),
)
@settings(max_examples=25, deadline=None)
def test_the_update_of_a_weight_adds_up_as_it_is_printed(seed, scale, rate, name):
    net = bp.Network.random((2, 2, 1), seed=seed, scale=scale)
    text = bp.derive(net, *bp.load("xor"), weight=name, learning_rate=rate).to_text(width=150)
    found = re.search(r"= (\S+) − (\S+) · (\S+)\n +(?:= (\S+)|$)", text)
    before, eta, gradient, after = found.groups()
    moved = number(before) - number(eta) * number(gradient)
    assert abs(moved - number(after)) <= 0.5001 * unit(after)
    total, mean = re.search(r"1/4 · (\S+) =\s(\S+?)\.?\s", text).groups()
    assert abs(number(total) / 4 - number(mean)) <= 0.5001 * unit(mean)
    assert not re.search(r"[·=−] \(?−?0\.0000", text)


def test_every_product_of_a_path_is_what_its_factors_give(xor):
    net = bp.Network.random((2, 2, 1), seed=1, scale=12.0)
    text = bp.derive(net, *xor, weight="W1[1,1]", decimals=4).to_text(width=150)
    products = re.findall(r"(\S+) · (\S+) = (\S+)  ", text)
    assert len(products) == 4
    for delta, weight, product in products:
        assert abs(number(delta) * number(weight) - number(product)) <= 0.5001 * unit(product)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=5), st.integers(1, 8))
def test_only_nothing_is_shown_as_nothing(values, decimals):
    for value, text in zip(values, texts(np.array(values), decimals), strict=True):
        assert (float(text) == 0) == (value == 0)
