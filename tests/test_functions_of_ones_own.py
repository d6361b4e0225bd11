"""Functions that nobody has built in: softsign, a softmax of 2z, one that couples a row without a
formula, and texts that would run code.
"""

import contextlib
from dataclasses import replace

import numpy as np
import pytest

import backproof as bp
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


def test_a_text_that_is_none_is_said_so(xor):
    record = bp.Activation("own", np.tanh, lambda z, a: 1 - a * a, formula="__import__('os')")
    with pytest.raises(bp.InputError, match="is not a formula that can be read"):
        bp.verify(bp.Network.random((2, 2, 1), activation=record), *xor)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("z*(z > 0)", "z > 0 is a condition"),
        ("z > 0", "z > 0 is a condition"),
        ("z[j]", r"not in z\[j\]"),
        ("y*z", "not in y"),
        ("a", "write it in z, not in a"),
        ("tanh()", "tanh takes 1 argument"),
        ("tanh(z, z)", "tanh takes 1 argument"),
        ("Max(0, z, 0)", "Max takes 2 arguments"),
        ("max(0, z, key=z)", "write it as in"),
        ("Piecewise()", "Piecewise is not one of"),
        ("Piecewise(z)", "write it as in"),
        ("Sum(z, k)", "only a function that couples a row"),
        ("1e400*z", "write it as in"),
        ("9" * 401 + "*z", "write it as in"),
        ("Rational(1, 0)*z", "divides by 0"),
        ("mish(z)", "mish is not one of"),
    ],
)
def test_what_no_formula_may_hold_is_said(text, why, xor):
    record = bp.Activation("own", np.tanh, lambda z, a: 1 - a * a, formula=text)
    net = bp.Network.random((2, 2, 1), activation=record)
    for use in (bp.verify, lambda *given: bp.derive(*given).to_text()):
        with pytest.raises(bp.InputError, match=why):
            use(net, *xor)
    # its function is there all the same
    assert bp.check(dict(bp.backward(net, *xor)), net, *xor).ok


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('touch {path}')",
        "(lambda: __import__('os').system('touch {path}'))()",
        "[__import__('os').system('touch {path}') for z in [0]][0]",
        "z.__class__.__base__.__subclasses__()",
        "getattr(z, '__class__')",
        "open('{path}', 'w')",
        "exec(\"open('{path}', 'w')\")",
        "f'{{z}}'",
        "z if z else z",
        "(z := 1)",
        "z; z",
        "import os",
        "a" * 10_000 + "(z)",
        "(" * 300 + "z" + ")" * 300,
        "+".join(["z"] * 20_000),
        "",
        "z" + "\0",
    ],
)
def test_a_text_never_runs(text, tmp_path, xor):
    path = tmp_path / "was-run"
    text = text.format(path=path) if "{path}" in text else text
    fields = {"formula": text or "0x", "derivative_formula": text or "0x"}
    record = bp.Activation("own", np.tanh, lambda z, a: 1 - a * a, range=(-1, 1), **fields)
    net = bp.Network.random((2, 2, 1), activation=record)
    q = bp.backward(net, *xor)
    for use in (
        lambda: bp.verify(net, *xor),
        lambda: bp.derive(net, *xor).to_text(),
        lambda: bp.check(dict(q), net, *xor),
        lambda: bp.diagnose(bp.train(net, *xor, epochs=2)),
    ):
        with contextlib.suppress(bp.InputError):
            use()
        assert not path.exists()


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


def of_two_kinks(slope):
    return bp.Activation(
        "hard_tanh",
        lambda z: np.clip(z, -1, 1),
        lambda z, a: np.where(np.abs(z) < 1, slope, 0.0),
        kinks=(-1, 1),
        range=(-1, 1),
    )


@pytest.mark.parametrize(("slope", "holds"), [(1.0, True), (2.0, False)])
def test_between_two_kinks_the_lemma_looks_too(slope, holds, xor):
    x = np.array([[1.0, 1], [-1, -1], [1, 0], [-1, 0]])  # no unit stands between them
    net = bp.Network(
        [bp.Layer([[5.0], [5.0]], [0.0], of_two_kinks(slope)), bp.Layer([[1.0]], [0.0])]
    )
    proof = bp.verify(net, x, xor[1])
    assert proof.lemmas[0].holds is holds
    assert proof.ok is holds


@pytest.mark.parametrize(
    "record",
    [
        bp.Activation("abs", np.abs, lambda z, a: np.sign(z), kinks=(0,)),
        bp.Activation("relu", lambda z: np.maximum(z, 0), lambda z, a: (z >= 0) * 1.0, kinks=(0,)),
    ],
)
def test_at_the_kink_a_derivative_is_what_its_function_says(record, xor):
    net = bp.Network([bp.Layer([[1.0], [1.0]], None, record), bp.Layer([[1.0]], [0.0])])
    proof = bp.verify(net, *xor)
    assert proof.ok, proof.failures
    assert proof.quantities["da1_dz1"].enclosure is not None


def test_functions_with_a_sign_in_them_are_proved(xor):
    symlog = bp.Activation(
        "symlog",
        lambda z: np.sign(z) * np.log1p(np.abs(z)),
        lambda z, a: 1 / (1 + np.abs(z)),
        kinks=(0,),
    )
    proof = bp.verify(bp.Network.random((2, 2, 1), activation=symlog, seed=1), *xor)
    assert proof.ok, proof.failures
    assert proof.lemmas[0].holds


@pytest.mark.parametrize("columns", [False, True])
def test_an_output_that_turns_is_derived(xor, columns):
    bell = bp.Activation("bell", lambda z: np.exp(-(z**2)), lambda z, a: -2 * z * a, range=(0, 1))
    net = bp.Network.random((2, 2, 1), activation="tanh", output=bell, seed=2)
    assert "bell" in bp.derive(net, *xor, columns=columns).to_text()


def test_a_function_that_looks_at_the_shape_is_not_followed(xor):
    scaled = bp.Activation(
        "scaled",
        lambda z: np.tanh(z) / np.sqrt(z.shape[-1]),
        lambda z, a: (1 - np.tanh(z) ** 2) / np.sqrt(z.shape[-1]),
    )
    net = bp.Network.random((2, 2, 1), activation=scaled, seed=1)
    proof = bp.verify(net, *xor)
    assert proof.ok, proof.failures
    assert proof.lemmas[0].holds is None


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


def test_what_algebra_can_not_show_of_a_row_is_no_fault():
    def value(z):
        return (np.maximum(z, 0) ** 2 / 2).sum(axis=-1, keepdims=True) - z

    def slope(z, a):
        n = z.shape[-1]
        return np.maximum(z, 0)[..., None, :] * np.ones((n, 1)) - np.eye(n)

    record = bp.Activation(
        "odd",
        value,
        slope,
        formula="Sum(Max(z[k], 0)**2/2, k) - z[j]",
        derivative_formula="Max(z[k], 0) - KroneckerDelta(j, k)",
        couples=True,
    )
    for seed in range(5):
        net = bp.Network.random((2, 2, 2), output=record, seed=seed)
        q = {name: np.round(value, 3) for name, value in bp.backward(net, X, Y).items()}
        assert bp.check(q, net, X, Y, decimals=3).ok
    proof = bp.verify(net, X, Y)
    assert proof.ok, proof.failures
    assert proof.lemmas[1].holds is None
    wrong = replace(record, derivative_formula="Max(z[k], 0) - 2*KroneckerDelta(j, k)")
    assert not bp.verify(bp.Network.random((2, 2, 2), output=wrong, seed=1), X, Y).ok
