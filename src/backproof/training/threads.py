"""How many threads the matrix products of a training take: one, while they are small.

A product that is shared among threads is summed in another order, so that its last digits depend on
how many there are; and a thread that has to be woken for a small product costs more than it saves,
much more where another program has the core.
"""

from __future__ import annotations

import functools
import itertools
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from ..backprop import Objective

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

# Multiplications in the largest product of an epoch. Up to UNSHARED OpenBLAS shares none. Up to
# SMALL two threads save nothing of an epoch that is seen again on two idle cores (0.9 to 1.2 times
# the time of one), and take 2.5 to 3.7 times as long where a core is busy: benchmarks/threads.py.
UNSHARED, SMALL = 2**12, 2**24


def largest_product(objective: Objective) -> int:
    """Return how many multiplications the largest matrix product of an epoch takes."""
    sizes = objective.net.sizes
    return objective.m * max(a * b for a, b in itertools.pairwise(sizes))


def threads_for(objective: Objective) -> AbstractContextManager[None]:
    """Return a context in which an objective is trained: with one thread where its products are
    small, else with as many as there are.
    """
    if UNSHARED < largest_product(objective) <= SMALL:
        found: AbstractContextManager[None] = _controller().limit(limits=1, user_api="blas")
        return found
    return nullcontext()


@functools.cache
def _controller() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController  # not needed for most networks

    return ThreadpoolController()
