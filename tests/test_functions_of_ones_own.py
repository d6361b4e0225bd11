"""Functions that nobody has built in: softsign, a softmax of 2z, one that couples a row without a
formula, one that treats its units apart.
"""

from dataclasses import replace

import numpy as np
import pytest

import backproof as bp
from backproof.activations import SOFTMAX
from backproof.plots.decision import grid

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 2)).round(2)
Y = np.eye(2)[[0, 1, 1, 0]]
SOFTSIGN = bp.Activation(
    "softsign",
    lambda z: z / (1 + np.abs(z)),
    lambda z, a: 1 / (1 + np.abs(z)) ** 2,
    range=(-1, 1),
)


def softmax2(z):
    e = np.exp(2 * (z - z.max(axis=-1, keepdims=True)))
    return e / e.sum(axis=-1, keepdims=True)


def softmax2_slope(z, a):
    return 2 * (a[..., :, None] * np.eye(a.shape[-1]) - a[..., :, None] * a[..., None, :])


SOFTMAX2 = bp.Activation(
    "softmax2",
    softmax2,
    softmax2_slope,
    formula="exp(2*z[j])/Sum(exp(2*z[k]), k)",
    derivative_formula="2*a[j]*(KroneckerDelta(j, k) - a[k])",
    range=(0, 1),
    couples=True,
)
NO_FORMULA = bp.Activation("softmax2", softmax2, softmax2_slope, range=(0, 1), couples=True)


@pytest.fixture(params=["softsign", "softmax2"])
def net(request):
    if request.param == "softsign":
        return bp.Network.random((2, 3, 2), activation=SOFTSIGN, seed=1)
    return bp.Network.random((2, 3, 2), activation="tanh", output=SOFTMAX2, loss="cce", seed=1)


def test_the_gradient_is_that_of_the_loss(net):
    q = bp.backward(net, X, Y)
    h = 1e-6
    for name, value in net.parameters().items():
        found = np.empty_like(value)
        for index in np.ndindex(value.shape):
            step = np.zeros_like(value)
            step[index] = h
            up, down = (
                bp.backward(net.with_parameters({name: value + s * step}), X, Y)["loss"]
                for s in (1, -1)
            )
            found[index] = (up - down) / (2 * h)
        np.testing.assert_allclose(q[f"d{name}"], found, rtol=1e-6, atol=1e-9, err_msg=name)


def test_it_is_proved_by_symbols(net):
    proof = bp.verify(net, X, Y)
    assert proof.ok, proof.failures
    assert proof.quantities["dW1"].how == "written out"
    assert all(lemma.holds for lemma in proof.lemmas)
    assert all(one.enclosure is not None for one in proof.quantities.values())


@pytest.mark.parametrize("convention", ["notes", "columns", "delta", "ascent"])
def test_right_is_right_and_a_slip_is_named(net, convention):
    q = bp.backward(net, X, Y)
    m = len(X)
    given = {}
    for name, value in q.items():
        value = np.asarray(value)
        signal = name.startswith(("delta", "dL_da"))
        if convention == "delta" and signal:
            value = value / m
        if convention == "ascent" and (signal or name.startswith(("dW", "db"))):
            value = -value
        given[name] = value.T if convention == "columns" and value.ndim == 2 else value
    result = bp.check(given, net, X, Y)
    assert result.ok, str(result)
    assert result.convention == convention
    wrong = dict(q) | {"delta1": q["dL_da1"]}  # the slope forgotten
    found = bp.check(wrong, net, X, Y)
    assert found["delta1"].status == "wrong"
    assert found["delta1"].mistake == "missing-slope"


def test_its_slope_is_marked_by_its_own_formula():
    net = bp.Network.random((2, 3, 1), activation=SOFTSIGN, seed=1)
    y = Y[:, :1]
    q = dict(bp.backward(net, X, y))
    assert bp.check(q, net, X, y).ok
    # of sigmoid's form, which softsign hasn't
    q["da1_dz1"] = q["a1"] * (1 - q["a1"])
    assert bp.check(q, net, X, y)["da1_dz1"].status == "wrong"


def test_it_is_derived(net):
    d = bp.derive(net, X, Y)
    text = d.to_text()
    record = net.layers[0].f if net.layers[0].f is SOFTSIGN else net.layers[1].f
    assert record.name in text
    assert ("exp(2 · z[j])" if record.couples else "softsign(z) = z / (1 + abs(z))") in text
    assert d.to_html()
    assert d.to_latex()
    assert d.to_markdown()
    assert bp.derive(net, X, Y, weight="W1[1,1]").to_text()


def test_it_is_trained_drawn_and_diagnosed(net):
    run = bp.train(net, X, Y, learning_rate=0.5, epochs=300)
    assert run.losses[-1] < run.losses[0]
    assert np.isfinite(grid(run.network, X).outputs).all()
    assert bp.diagnose(run).state


def test_one_softsign_unit_is_too_few_for_xor(xor):
    net = bp.Network.random((2, 1, 1), activation=SOFTSIGN, seed=1)
    run = bp.train(net, *xor, learning_rate=0.5, epochs=500)
    assert bp.diagnose(run).state == "capacity"


def test_a_coupled_function_without_formulas_works_too():
    net = bp.Network.random((2, 3, 2), activation="tanh", output=NO_FORMULA, loss="cce", seed=1)
    q = bp.backward(net, X, Y)
    result = bp.check(dict(q), net, X, Y)
    assert result.ok, str(result)
    assert any("intervals were sampled" in remark for remark in result.remarks)
    wrong = bp.check(dict(q) | {"a2": q["a2"][:, ::-1]}, net, X, Y)
    assert wrong["a2"].status == "wrong"
    proof = bp.verify(net, X, Y)
    assert proof.ok, proof.failures
    assert any("not proved by symbols" in remark for remark in proof.remarks)
    assert proof.quantities["delta2"].difference < 1e-6
    d = bp.derive(net, X, Y)
    assert "softmax2" in d.to_text()
    assert d.to_html()
    assert d.to_latex()
    assert d.to_markdown()
    run = bp.train(net, X, Y, learning_rate=0.5, epochs=200)
    assert bp.diagnose(run).state
    assert np.isfinite(grid(net, X).outputs).all()


def test_a_formula_says_more_than_samples():
    whole = bp.Network.random((2, 3, 2), activation="tanh", output=SOFTMAX2, loss="cce", seed=1)
    q = bp.backward(whole, X, Y)
    assert not any("sampled" in remark for remark in bp.check(dict(q), whole, X, Y).remarks)


LOG_COSH = bp.Loss(
    "log_cosh",
    lambda a, y: np.logaddexp(a - y, y - a) - np.log(2),
    lambda a, y: np.tanh(a - y),
    formula="log(cosh(a - y))",
    derivative_formula="tanh(a - y)",
)


@pytest.mark.parametrize("output", ["identity", "sigmoid", "tanh", "softmax"])
def test_a_loss_is_proved_by_its_lemma_and_the_chain_rule(output):
    net = bp.Network.random((2, 2, 2), output=output, loss=LOG_COSH, seed=1)
    proof = bp.verify(net, X, Y)
    assert proof.ok, proof.failures
    assert proof.quantities["dW1"].how == "written out"
    assert bp.check(dict(bp.backward(net, X, Y)), net, X, Y).ok


def test_a_wrong_function_is_found_beside_a_right_one_of_its_name(xor):
    wrong = bp.Activation(
        "tanh",
        np.tanh,
        lambda z, a: 1 + a * a,
        formula="tanh(z)",
        derivative_formula="1 + a**2",
        range=(-1, 1),
    )
    net = bp.Network.random((2, 2, 2, 1), activation=[wrong, "tanh"], seed=1)
    proof = bp.verify(net, *xor)
    assert proof.quantities["da1_dz1"].identity is False
    assert proof.quantities["da2_dz2"].identity is True


def test_a_loss_may_treat_its_outputs_apart():
    loss = bp.Loss(
        "apart",
        lambda a, y: np.stack([(a[:, 0] - y[:, 0]) ** 2, 3 * (a[:, 1] - y[:, 1]) ** 2], axis=1),
        lambda a, y: np.stack([2 * (a[:, 0] - y[:, 0]), 6 * (a[:, 1] - y[:, 1])], axis=1),
    )
    net = bp.Network.random((2, 2, 2), loss=loss, seed=1)
    assert bp.verify(net, X, Y).ok
    assert bp.diagnose(bp.train(net, X, Y, epochs=3)).state


@pytest.mark.parametrize("columns", [False, True])
def test_an_output_that_turns_is_derived(xor, columns):
    bell = bp.Activation("bell", lambda z: np.exp(-(z**2)), lambda z, a: -2 * z * a, range=(0, 1))
    net = bp.Network.random((2, 2, 1), activation="tanh", output=bell, seed=2)
    assert "bell" in bp.derive(net, *xor, columns=columns).to_text()


def test_a_wrong_slope_is_marked_where_its_formula_calls_functions():
    softplus = bp.Activation(
        "softplus",
        lambda z: np.logaddexp(0, z),
        lambda z, a: 1 - np.exp(-a),
        range=(0, np.inf),
    )
    net = bp.Network.random((2, 2, 2), activation=softplus, seed=1)
    q = dict(bp.backward(net, X, Y))
    assert bp.check(q, net, X, Y).ok
    q["da1_dz1"] = q["da1_dz1"] * 1.3 + 0.05
    assert bp.check(q, net, X, Y)["da1_dz1"].status == "wrong"


def test_a_text_that_says_something_else_than_its_function_is_not_marked_by():
    wrong = replace(SOFTMAX2, derivative_formula="a[j]*(KroneckerDelta(j, k) - a[k])")
    net = bp.Network.random((2, 3, 2), activation="tanh", output=wrong, loss="cce", seed=1)
    q = dict(bp.backward(net, X, Y))
    assert bp.check(q, net, X, Y).ok
    assert not bp.verify(net, X, Y).ok
    q["da2_dz2"] = q["da2_dz2"] / 2
    assert bp.check(q, net, X, Y)["da2_dz2"].status == "wrong"


def test_a_formula_of_a_row_may_name_how_many_outputs_it_has():
    def slope(z, a):
        n = z.shape[-1]
        return np.broadcast_to(np.eye(n) - 1 / n, (*z.shape, n)).copy()

    centred = bp.Activation(
        "centred",
        lambda z: z - z.mean(axis=-1, keepdims=True),
        slope,
        formula="z[j] - Sum(z[k], k)/n",
        derivative_formula="KroneckerDelta(j, k) - 1/n",
        couples=True,
    )
    net = bp.Network.random((2, 2, 2), output=centred, seed=1)
    proof = bp.verify(net, X, Y)
    assert proof.ok, proof.failures
    assert proof.quantities["dW1"].how == "written out"
    assert bp.check(dict(bp.backward(net, X, Y)), net, X, Y).ok
    assert "centred" in bp.derive(net, X, Y).to_latex()


@pytest.mark.parametrize("sign", ["> 0", "== 1"])
def test_a_slope_of_a_row_may_have_cases(sign):
    text = f"Piecewise((a[j]*(1 - a[j]), KroneckerDelta(j, k) {sign}), (-a[j]*a[k], True))"
    record = replace(SOFTMAX, name="own", derivative_formula=text)
    net = bp.Network.random((2, 2, 2), output=record, loss="cce", seed=1)
    q = dict(bp.backward(net, X, Y))
    proof = bp.verify(net, X, Y)
    assert proof.ok, proof.failures
    assert proof.lemmas[1].holds
    assert bp.check(q, net, X, Y).ok
    assert bp.check(q | {"da2_dz2": q["da2_dz2"] * 1.1}, net, X, Y)["da2_dz2"].status == "wrong"


def test_a_relu_of_a_row_is_marked_by_the_cases_of_its_slope():
    record = bp.Activation(
        "own",
        lambda z: np.maximum(z, 0),
        lambda z, a: (z[..., None, :] > 0) * np.eye(z.shape[-1]),
        formula="Max(z[j], 0)",
        derivative_formula="KroneckerDelta(j, k)*Piecewise((1, z[k] > 0), (0, True))",
        couples=True,
    )
    net = bp.Network.random((2, 2, 2), output=record, seed=1)
    q = {name: np.round(value, 3) for name, value in bp.backward(net, X, Y).items()}
    assert bp.check(q, net, X, Y, decimals=3).ok
    assert bp.verify(net, X, Y).ok


def test_a_function_that_overflows_soon_is_marked_and_derived(xor):
    record = bp.Activation("own", lambda z: np.exp(50 * z), lambda z, a: 50 * np.exp(50 * z))
    net = bp.Network.random((2, 2, 1), activation=record, seed=1, scale=0.01)
    assert bp.check(dict(bp.backward(net, *xor)), net, *xor).ok
    assert "own" in bp.derive(net, *xor).to_text()


def test_an_activation_may_treat_its_units_apart(xor):
    record = bp.Activation(
        "apart",
        lambda z: np.stack([z[:, 0], z[:, 1] ** 2], axis=1),
        lambda z, a: np.stack([np.ones(len(z)), 2 * z[:, 1]], axis=1),
    )
    net = bp.Network.random((2, 2, 1), activation=record, seed=1)
    assert bp.verify(net, *xor).ok
    assert "apart" in bp.derive(net, *xor).to_text()
    assert bp.check(dict(bp.backward(net, *xor)), net, *xor).ok
