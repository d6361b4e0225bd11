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
MOST_LISTED = 4  # inputs, up to which all examples are listed to draw from: 4⁴ = 256 of them
VISIBLE = 20  # units of the last digit: what a wrong number must differ by in some cell


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
    return _inputs(rng, net.sizes[0], m), _targets(rng, net, m)


def _inputs(rng: np.random.Generator, n: int, m: int) -> Array:
    if n <= MOST_LISTED:
        examples = np.array(list(itertools.product(INPUTS, repeat=n)))
    else:
        examples = rng.choice(INPUTS, (4 * m, n))
    # an example of zeros adds nothing to dW1
    examples = examples[np.abs(examples).sum(axis=1) > 0].astype(float)
    return examples[rng.choice(len(examples), m, replace=m > len(examples))]


def _targets(rng: np.random.Generator, net: Network, m: int) -> Array:
    n = net.sizes[-1]
    if net.loss_record.distribution:
        return np.eye(n)[rng.permutation(np.arange(m) % n)]
    if net.layers[-1].f.range == (0, 1):
        alternating = np.arange(m * n).reshape(m, n) % 2 == 0
        return rng.permuted(alternating.astype(float), axis=0)
    return rng.choice(WEIGHTS, (m, n))


def hidden_mistakes(
    chain: Chain, asked: Sequence[str], decimals: int
) -> tuple[list[tuple[str, str]], int]:
    """Return the mistakes that these numbers would hide, as (quantity, id), and how many pairs of
    mistakes look alike.

    A mistake is hidden if in no cell its number differs by `VISIBLE` units of the last digit from
    the right one.
    """
    values: dict[str, Any] = {name: Interval(value) for name, value in chain.exact.items()}
    values |= mistake_functions(chain)
    least = VISIBLE * 10.0**-decimals
    hidden, alike = [], 0
    for name in asked:
        right = chain.exact[name]
        wrong = dict(_wrong_values(chain, name, values))
        hidden += [
            (name, mistake) for mistake, value in wrong.items() if not _differ(value, right, least)
        ]
        pairs = itertools.combinations(wrong.values(), 2)
        alike += sum(not _differ(one, other, least) for one, other in pairs)
    return hidden, alike


def _wrong_values(chain: Chain, name: str, values: dict[str, Any]) -> Iterator[tuple[str, Array]]:
    """Yield the numbers that each mistake gives at a quantity, by its id; of a mistake with several
    formulas the first's.
    """
    seen = set()
    for mistake, formula in chain.wrong_formulas(name):
        if mistake.id in seen:
            continue
        seen.add(mistake.id)
        try:
            yield mistake.id, chain.compute(formula, values).middle
        except ValueError:  # it does not fit these shapes, so nobody can make it
            continue


def _differ(one: Array, other: Array, least: float) -> bool:
    return one.shape != other.shape or bool((np.abs(one - other) >= least).any())
