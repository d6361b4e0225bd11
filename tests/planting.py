"""Slips planted in random networks and in XOR: what the marking makes of them."""

from decimal import Decimal

import numpy as np

import backproof as bp
from learner import RATE, Work, subject, work
from slips import SLIPS

GROUNDS = ("random", "xor")
FORWARD = ("z", "a", "loss")
GIVEN = {
    "all": lambda name: True,
    "without the factors": lambda name: not name.startswith(("dL_", "da")),
    "deltas and gradients": lambda name: name.startswith(("delta", "dW", "db")),
    "gradients": lambda name: name.startswith(("dW", "db")),
    "forward and updates": lambda name: name.startswith(FORWARD) or name.endswith("_next"),
}


def ground(kind, seed):
    """A network and data: of any textbook kind, or XOR with cross entropy or squared error."""
    if kind == "random":
        return subject(seed)
    loss = ("bce", "mse", "half_mse")[seed % 3]
    return bp.Network.random((2, 2, 1), seed=seed, loss=loss), *bp.load("xor")


def planted(kind, slip, seed, decimals=4):
    """Return network, data, the quantity that is wrong, all answers; None where the slip can't be
    made or changes nothing at all.
    """
    net, x, y = ground(kind, seed)
    rng = np.random.default_rng(seed)
    right = work(net, x, y)
    where = SLIPS[slip].where(Work(net, x, y), list(right))
    if not where:
        return None
    name = where[rng.integers(len(where))]
    wrong = work(net, x, y, slips={name: slipping(slip, name)})
    if name not in wrong or same(wrong[name], right[name]):
        return None
    given = work(net, x, y, decimals, slips={name: slipping(slip, name)}, rng=rng)
    return net, x, y, name, given


def same(wrong, right):
    """Whether a slip changes nothing; a row of biases may have shape (1, n)."""
    fits = wrong.shape in (right.shape, (1, *right.shape))
    return fits and np.allclose(wrong, right, rtol=1e-12, atol=0)


def slipping(slip, name):
    return lambda value, q: SLIPS[slip].make(name, value, q)


def written(given, decimals):
    """The numbers as one writes them: with so many decimals."""
    decimal = np.vectorize(lambda v: Decimal(f"{v:.{decimals}f}"), otypes=[object])
    return {name: decimal(value).tolist() for name, value in given.items()}


def outcome(kind, slip, seed, decimals=4, given="all"):
    """Return what came of one planted slip: (found, named, the name that stands first); None if it
    couldn't be planted.

    With all quantities given, found means that this quantity is wrong and no other; else that
    something is.
    """
    case = planted(kind, slip, seed, decimals)
    if case is None:
        return None
    net, x, y, name, answers = case
    answers = {key: value for key, value in answers.items() if GIVEN[given](key)}
    if not answers:
        return None
    result = bp.check(answers, net, x, y, decimals, learning_rate=RATE, paper=True)
    marks = [mark for mark in result.marks if mark.status == "wrong"]
    found = [mark.name for mark in marks] == [name] if given == "all" else bool(marks)
    named = any(slip in (mark.mistake, *mark.also) for mark in marks)
    return found, found and named, marks[0].mistake if marks else None
