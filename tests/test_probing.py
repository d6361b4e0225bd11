"""Functions of one's own that can't be used are refused where they are handed in."""

import numpy as np
import pytest

import backproof as bp


def doubling(z):
    z *= 2
    return np.tanh(z)


def in_place(a, y):
    a -= y
    return a * a


REFUSED = {
    "one number": bp.Activation("own", np.tanh, lambda z, a: 1.0),
    "one row": bp.Activation("own", np.tanh, lambda z, a: np.ones((1, z.shape[1]))),
    "no matrix": bp.Activation("own", np.tanh, lambda z, a: 1 - a * a, couples=True),
    "written into": bp.Activation("own", doubling, lambda z, a: 2 - 2 * a * a),
    "summed": bp.Loss("own", lambda a, y: ((a - y) ** 2).sum(), lambda a, y: 2 * (a - y)),
    "loss written into": bp.Loss("own", in_place, lambda a, y: 2 * (a - y)),
}


@pytest.mark.parametrize("record", REFUSED.values(), ids=REFUSED)
def test_a_function_that_can_not_be_used_is_refused(record):
    role = "loss" if isinstance(record, bp.Loss) else "activation"
    if role == "activation" and record.couples:
        role = "output"
    with pytest.raises(bp.InputError, match=r"'own' (returns|writes into)"):
        bp.Network.random((2, 2, 2), **{role: record})


def test_a_function_that_raises_is_heard_of_when_it_is_used():
    def f(z):
        if z.shape[0] == 3:
            raise KeyError("three examples")
        return np.tanh(z)

    net = bp.Network.random((2, 2, 1), activation=bp.Activation("own", f, lambda z, a: 1 - a * a))
    assert net.predict(np.zeros((2, 2))).shape == (2, 1)


@pytest.mark.parametrize("text", ["9**9**9*z", "z*2**1000000", "z + 9**-9**9", "2**(9**(9 + 1))*z"])
def test_a_number_without_end_is_refused(text, xor):
    record = bp.Activation("own", lambda z: z.copy(), lambda z, a: np.ones_like(z), formula=text)
    with pytest.raises(bp.InputError, match="is too large a number"):
        bp.verify(bp.Network.random((2, 2, 1), activation=record), *xor)


@pytest.mark.parametrize(
    ("formula", "derivative", "right"),
    [
        ("(z/9 + 1)**1000", "1000*(z/9 + 1)**999/9", True),
        ("(z/9 + 1)**1000", "1000*(z/9 + 1)**998/9", False),
        ("(z/9 + 1)**1000", "1000*(z/9 + 1)**500*(z/9 + 1)**499/9", None),
        ("+".join(f"sin({k}*z)*exp(z/{k})" for k in range(1, 60)), "1", False),
    ],
    ids=["right", "wrong", "written otherwise", "long"],
)
def test_the_work_of_a_lemma_has_an_end(formula, derivative, right):
    from backproof.proof.lemmas import lemma

    record = bp.Activation(
        "own", np.tanh, lambda z, a: 1 - a * a, formula=formula, derivative_formula=derivative
    )
    found = lemma(record)
    assert found.holds is right or (right is None and found.holds)
    assert len(found.words) < 600


def test_a_loss_with_a_logarithm_of_0_is_enclosed(xor):
    kl = bp.Loss(
        "kl",
        lambda a, y: np.where(y == 0, 0, y * np.log(np.where(y == 0, 1, y) / a)),
        lambda a, y: -y / a,
        formula="y*log(y/a)",
        derivative_formula="-y/a",
        output_range=(0, 1),
        target_range=(0, 1),
    )
    proof = bp.verify(bp.Network.random((2, 2, 1), loss=kl), *xor)
    assert proof.ok, proof.failures
    assert proof.quantities["loss"].enclosure < 1e-15


def test_any_text_that_can_be_shown_is_a_name(xor):
    record = bp.Activation("a b λ {}", np.tanh, lambda z, a: 1 - a * a)
    assert bp.verify(bp.Network.random((2, 2, 1), activation=record), *xor).ok
    with pytest.raises(bp.InputError, match="without control characters"):
        bp.Activation("a\0b", np.tanh, lambda z, a: 1 - a * a)
