"""Texts of formulas: what may stand in them, what is refused, and that none is ever run."""

import contextlib
from dataclasses import replace

import numpy as np
import pytest

import backproof as bp
from backproof.activations import SOFTMAX
from backproof.arithmetic.forms import function_of
from backproof.arithmetic.symbols import true_derivative
from backproof.parsing import parse

X = np.random.default_rng(0).normal(size=(4, 2)).round(2)
Y = np.eye(2)[[0, 1, 1, 0]]


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
        ("Piecewise((z, z), (0, True))", "z is no condition"),
        ("Piecewise((z, 2), (0, True))", "2 is no condition"),
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


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("exp(z[j])/Sum(exp(z[l]), l)", ""),
        ("Sum(KroneckerDelta(j, k)*exp(z[k]), k)/Sum(exp(z[k]), k)", ""),
        ("exp(z[i])/Sum(exp(z[k]), k)", r"not in z\[i\]"),
        ("exp(z[j])/Sum(exp(z[l]), l) + 0*z[l]", r"not in z\[l\]"),
        ("exp(z[j])/Sum(exp(z[k]), k) + 0*z[5]", r"z\[5\] is no entry of a row of"),
        ("0*i", "not in i"),
    ],
)
def test_an_index_means_something_where_it_stands(text, refused):
    record = replace(SOFTMAX, name="own", formula=text)
    net = bp.Network.random((2, 2, 2), output=record, loss="cce", seed=1)
    assert bp.check(dict(bp.backward(net, X, Y)), net, X, Y).ok
    if not refused:
        assert bp.verify(net, X, Y).ok
        return
    with pytest.raises(bp.InputError, match=refused):
        bp.verify(net, X, Y)


@pytest.mark.parametrize(
    "text", ["sech(z)", "1/coth(z)", "csch(z + 9)", "sec(z/9)", "cot(z/9 + 1)", "csc(z/9 + 1)"]
)
def test_the_rarer_functions_of_mathematics_are_known(text, xor):
    value = function_of(parse(text), "z")
    slope = true_derivative(bp.Activation("own", value, lambda z, a: z, formula=text))
    record = bp.Activation(
        "own",
        value,
        lambda z, a: function_of(slope, "z")(z),
        formula=text,
        derivative_formula=str(slope),
    )
    proof = bp.verify(bp.Network.random((2, 2, 1), activation=record, seed=1), *xor)
    assert proof.ok, proof.failures
    assert proof.lemmas[0].holds
