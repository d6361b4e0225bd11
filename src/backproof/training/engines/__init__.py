"""The engines: what computes the steps of a training.

`settings.TRAINING` lists their names; each has the module of its name here, with its class as
`ENGINE`, which is loaded when it is used: one may need what the others don't.
"""

from __future__ import annotations

from importlib import import_module

from .engine import Engine

FASTEST = "numpy"


def engine_for(name: str) -> type[Engine]:
    """Return the class of an engine by its name; ``auto`` is the fastest that fits."""
    chosen = FASTEST if name == "auto" else name
    engine: type[Engine] = import_module(f".{chosen}", __name__).ENGINE
    return engine
