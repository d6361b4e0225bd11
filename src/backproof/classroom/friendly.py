"""Networks of friendly numbers, chosen so that the usual mistakes give visibly different ones."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..activations import Array
from ..arithmetic.intervals import Interval
from ..marking.chain import Chain
from ..marking.naming import mistake_functions
from ..network import Layer, Network

WEIGHTS = np.array([-2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2])
INPUTS = np.array([-1, 0, 1, 2])
VISIBLE = 20  # units of the last digit: what a wrong number must differ by in some cell
TRIES = 60


def friendly_network(
    rng: np.random.Generator, sizes: Sequence[int], activation: str, output: str, loss: str | None
) -> Network:
    """Return a network whose weights and biases are halves, no two alike in one matrix while there
    are enough of them.
    """
    layers = []
    for n, (before, after) in enumerate(itertools.pairwise(sizes), 2):
        count = before * after
        W = rng.choice(WEIGHTS, count, replace=count > len(WEIGHTS)).reshape(before, after)
        b = rng.choice(WEIGHTS, after, replace=after > len(WEIGHTS))
        layers.append(Layer(W, b, output if n == len(sizes) else activation))
    return Network(layers, loss)


def friendly_data(rng: np.random.Generator, net: Network, m: int) -> tuple[Array, Array]:
    """Return inputs that are small whole numbers, no two examples alike while there are enough, and
    targets that suit the output.
    """
    n_in, n_out = net.sizes[0], net.sizes[-1]
    corners = (
        np.array(list(itertools.product(INPUTS, repeat=n_in)))
        if n_in <= 4
        else rng.choice(INPUTS, (4 * m, n_in))
    )
    corners = corners[np.abs(corners).sum(axis=1) > 0].astype(float)
    x = corners[rng.choice(len(corners), m, replace=m > len(corners))]
    if net.loss_record.distribution:
        return x, np.eye(n_out)[rng.permutation(np.arange(m) % n_out)]
    if net.layers[-1].f.range == (0, 1):
        return x, rng.permuted(
            (np.arange(m * n_out).reshape(m, n_out) % 2 == 0).astype(float), axis=0
        )
    return x, rng.choice(WEIGHTS, (m, n_out))


def hidden_mistakes(
    chain: Chain, asked: Sequence[str], decimals: int
) -> tuple[list[tuple[str, str]], int]:
    """Return the mistakes that these numbers would hide, as (quantity, id), and how many pairs of
    mistakes look alike.

    A mistake is hidden if in no cell its number differs by `VISIBLE` units of the last digit from
    the right one.
    """
    values: dict[str, Any] = {
        **{name: Interval(value) for name, value in chain.exact.items()},
        **mistake_functions(chain),
    }
    least = VISIBLE * 10.0**-decimals
    hidden, alike = [], 0
    for name in asked:
        right = chain.exact[name]
        wrong = list(_wrong_values(chain, name, values))
        hidden += [(name, mistake) for mistake, value in wrong if not _differ(value, right, least)]
        alike += sum(
            not _differ(a, b, least)
            for (one, a), (other, b) in itertools.combinations(wrong, 2)
            if one != other
        )
    return hidden, alike


def _wrong_values(chain: Chain, name: str, values: dict[str, Any]) -> Iterator[tuple[str, Array]]:
    seen = set()
    for mistake, formula in chain.wrong_formulas(name):
        if mistake.id in seen:
            continue
        seen.add(mistake.id)
        try:
            yield mistake.id, chain.compute(formula, values).middle
        except ValueError:  # it does not fit these shapes, so nobody can make it
            continue


def _differ(a: Array, b: Array, least: float) -> bool:
    return a.shape != b.shape or bool((np.abs(a - b) >= least).any())
