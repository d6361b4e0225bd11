"""Intervals of functions that couple a row: they hold what the function gives within the box, and
are as narrow by a formula as by its entries one after the other.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backproof.activations import SOFTMAX
from backproof.arithmetic.coupled import coupled_slopes, coupled_values, is_sampled, signs
from backproof.arithmetic.intervals import Interval

# the same derivative, written with a sum: no pair of places alone tells an entry
WITH_SUM = replace(
    SOFTMAX,
    name="with a sum",
    derivative_formula="a[j]*(KroneckerDelta(j, k) - exp(z[k])/Sum(exp(z[i]), i))",
)
NO_FORMULA = replace(SOFTMAX, name="no formula", formula="", derivative_formula="")


def box(seed, n, width):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(3, n))
    half = width * rng.random((3, n))
    return z, half, Interval(z - half, z + half)


@pytest.mark.parametrize("record", [SOFTMAX, WITH_SUM, NO_FORMULA], ids=lambda one: one.name)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 5), width=st.sampled_from([1e-6, 1e-3, 0.3]))
def test_every_value_within_the_box_is_held(record, seed, n, width):
    z, half, within = box(seed, n, width)
    values, rng = coupled_values(record, within), np.random.default_rng(seed)
    slopes = coupled_slopes(record, within, values)
    for _ in range(5):
        at = z + half * rng.uniform(-1, 1, z.shape)
        a = SOFTMAX.f(at)
        assert values.meets(Interval(a)).all()
        assert slopes.meets(Interval(SOFTMAX.derivative(at, a))).all()


def test_the_signs_are_proved_by_the_formula():
    for n in (2, 3, 12):
        np.testing.assert_array_equal(signs(SOFTMAX, n), 2 * np.eye(n) - 1)
    assert not is_sampled(SOFTMAX, 3)
    assert signs(NO_FORMULA, 3) is None
    assert is_sampled(NO_FORMULA, 3)


def test_all_entries_at_once_are_those_one_after_the_other():
    _, _, within = box(0, 4, 0.1)
    a = coupled_values(SOFTMAX, within)
    one = coupled_slopes(SOFTMAX, within, a)
    # the same formula, which a sum of nothing sends the other way
    other = replace(
        SOFTMAX, derivative_formula="a[j]*(KroneckerDelta(j, k) - a[k]) + Sum(0*z[i], i)"
    )
    found = coupled_slopes(other, within, a)
    np.testing.assert_allclose(found.low, one.low, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found.high, one.high, rtol=1e-12, atol=1e-15)
