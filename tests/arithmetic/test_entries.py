"""The entries in symbols: evaluated in another arithmetic, they are the program's numbers."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings

import backproof as bp
from backproof.activations import ACTIVATIONS
from backproof.arithmetic.entries import Kind, tidy
from backproof.arithmetic.formulas import general_entry, with_definitions
from backproof.backprop import objective
from backproof.conventions import Convention
from backproof.explain.derivation import Derivation
from backproof.explain.worked import Options
from backproof.formula import Name, Number
from backproof.parsing import parse
from backproof.rewriting import names
from networks import networks_with_data

mpmath.mp.dps = 40
OTHERS = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "tanh": mpmath.tanh,
    "erf": mpmath.erf,
    "sqrt": mpmath.sqrt,
}


def activation(name, z):
    """An activation from its formula, in mpmath."""
    if name in ACTIVATIONS and name not in OTHERS:
        return in_mpmath(parse(ACTIVATIONS[name].formula), {"z": z})
    return OTHERS[name](z)


class Mpmath(Kind):
    def number(self, value):
        return mpmath.mpf(value)

    def call(self, function, arguments):
        return activation(function, *arguments)


def in_mpmath(formula, values):
    return Mpmath().compute(formula, {"pi": mpmath.pi} | values)


def numbers(d):
    """Every entry that a formula may name, by name, from the program's float64."""
    found = {"m": d.m, "eta": d.options.learning_rate, "l2": d.objective.l2}
    for name, value in [*d.given.items(), *((one.name, one.value) for one in d)]:
        value = np.asarray(value)
        for index in np.ndindex(value.shape):
            kept = index
            if name.startswith(("b", "db")) and d.options.convention.columns:
                kept = index[:1]
            text = f"{name}[{','.join(str(i + 1) for i in kept)}]" if index else name
            found[text] = mpmath.mpf(float(value[index]))
    return found


@pytest.mark.parametrize("columns", [False, True])
@given(case=networks_with_data(layers=(1, 3), widths=(1, 3), examples=(1, 4)))
@settings(max_examples=40, deadline=None)
def test_symbols_evaluated_are_the_numbers(case, columns):
    net, x, y = case
    mean_in = "delta" if len(x) % 2 else "dW"
    d = bp.derive(net, x, y, columns=columns, mean_in=mean_in)
    values = numbers(d)
    for one in d:
        written = d.symbols(one.name)
        assert written.shape == one.shape
        found = np.array([float(in_mpmath(entry, values)) for entry in written.ravel()])
        inside = {name for entry in written.ravel() for name in named(entry, values)}
        largest = max(abs(float(values[name])) for name in inside)
        bound = 1e-12 * max(np.abs(one.value).max(), largest, 1e-300)
        expected = one.value.ravel()
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=bound, err_msg=one.name)


def named(entry, values):
    return [name for name in names(entry) if name in values] or ["m"]


@given(case=networks_with_data(layers=(1, 3), widths=(1, 2), examples=(1, 3)))
@settings(max_examples=25, deadline=None)
def test_written_out_to_the_weights_they_are_the_numbers_too(case):
    net, x, y = case
    d = bp.derive(net, x, y)
    known = numbers(d)
    weights = {name: known[name] for name in known if name[0] in "Wb" or name == "eta"}
    for one in d:
        if one.step.equation > 8:
            continue
        entries = d.symbols(one.name, written_out=True)
        found = np.array([float(in_mpmath(entry, weights)) for entry in entries.ravel()])
        bound = 1e-12 * max(1.0, np.abs(one.value).max())
        expected = one.value.ravel()
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=bound, err_msg=one.name)


def test_the_entries_of_the_notes(net, xor):
    d = bp.derive(net, *xor)
    assert [str(entry) for entry in d.as_read("a1").ravel()] == [
        "sigmoid(b1[1])",
        "sigmoid(b1[2])",
        "sigmoid(W1[2,1] + b1[1])",
        "sigmoid(W1[2,2] + b1[2])",
        "sigmoid(W1[1,1] + b1[1])",
        "sigmoid(W1[1,2] + b1[2])",
        "sigmoid(W1[1,1] + W1[2,1] + b1[1])",
        "sigmoid(W1[1,2] + W1[2,2] + b1[2])",
    ]
    z2 = "sigmoid(b1[1]) * W2[1,1] + sigmoid(b1[2]) * W2[2,1] + b2[1]"
    assert str(d.as_read("z2")[0, 0]) == z2
    assert str(d.as_read("dW1")[1, 0]) == "(delta1[2,1] + delta1[4,1]) / 4"
    assert str(d.as_read("dL_da2")[1, 0]) == "(a2[2,1] - 1) / (a2[2,1] * (1 - a2[2,1]))"


def test_a_large_network_has_general_entries_only():
    net = bp.Network.random((64, 64, 10), output="softmax", init="glorot")
    d = bp.derive(net, np.zeros((5, 64)), np.eye(10)[:5])
    assert all(d.as_read(one.name) is None for one in d if one.name not in ("loss",))
    entry = general_entry(with_definitions(d["z1"].step.formula, net, 10), "i", "j", d.shapes)
    assert str(entry) == "sum(x[i,k] * W1[k,j] for k in 1..64) + b1[j]"
    entry = general_entry(d["dW2"].step.formula, "j", "l", d.shapes)
    assert str(entry) == "sum(a1[k,j] * delta2[k,l] for k in 1..5) / m"


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("0*w + 1*v", "v"),
        ("0 + w + 0", "w"),
        ("-(y*log(a) + (1 - y)*log(1 - a))", "-(y * log(a) + (1 - y) * log(1 - a))"),
        ("-(0*log(a) + (1 - 0)*log(1 - a))", "-log(1 - a)"),
        ("a + -2*w", "a - 2 * w"),
        ("a - -b", "a + b"),
        ("2*3*w", "6 * w"),
        ("0 - w", "-w"),
        ("-1*w", "-w"),
        ("(a - 0)/(1*a)", "a / a"),
        ("a**1", "a"),
        ("0/a", "0"),
        ("a + (-3)", "a - 3"),
    ],
)
def test_tidying(text, tidied):
    assert str(tidy(parse(text))) == tidied


@pytest.mark.parametrize(
    "text", ["1 +", "lambda: 0", "a if b else c", "'text'", "a[0", "a < b < c", "f(*a)", ""]
)
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(bp.InputError, match="is not a formula that can be read"):
        parse(text)


def test_formulas_read_back():
    for record in ACTIVATIONS.values():
        for text in (record.formula, record.derivative_formula):
            formula = parse(text)
            if not record.couples:
                assert parse(str(formula)) == formula


def test_options_are_kept():
    net, (x, y) = bp.Network.random((2, 2, 1)), bp.load("xor")
    d = Derivation(objective(net, x, y), Options(0.5, Convention()))
    expected = net.layers[0].W - 0.5 * bp.backward(net, x, y)["dW1"]
    assert d["W1_next"].value == pytest.approx(expected, rel=1e-12)
    assert Name("a") + 1 == Name("a") + Number(1.0)
