"""What most tests start from: the network of the notes and its data."""

import pytest

import backproof as bp


@pytest.fixture
def net():
    return bp.Network.random((2, 2, 1), seed=3)


@pytest.fixture
def xor():
    return bp.load("xor")
