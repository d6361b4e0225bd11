"""backproof: a neural network whose backpropagation you can read, check and prove.

The public names are fetched from their modules when they are first used, so that the import itself
costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__ as __version__

if TYPE_CHECKING:
    from . import plots as plots
    from .activations import Activation as Activation
    from .backprop import backward as backward
    from .backprop import forward as forward
    from .classroom.exercises import exercise as exercise
    from .data.load import load as load
    from .diagnosing.diagnosis import diagnose as diagnose
    from .errors import InputError as InputError
    from .explain.derivation import derive as derive
    from .losses import Loss as Loss
    from .marking.code.check_code import check_code as check_code
    from .marking.marks import check as check
    from .network import Layer as Layer
    from .network import Network as Network
    from .proof.verify import verify as verify
    from .training.run import Run as Run
    from .training.train import train as train

_HOME = {
    "Activation": "activations",
    "InputError": "errors",
    "Layer": "network",
    "Loss": "losses",
    "Network": "network",
    "Run": "training.run",
    "backward": "backprop",
    "check": "marking.marks",
    "check_code": "marking.code.check_code",
    "derive": "explain.derivation",
    "diagnose": "diagnosing.diagnosis",
    "exercise": "classroom.exercises",
    "forward": "backprop",
    "load": "data.load",
    "train": "training.train",
    "verify": "proof.verify",
}

__all__ = [*_HOME, "plots"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f".{_HOME[name]}", __name__), name)
        globals()[name] = value
        return value
    if name == "plots":
        return import_module(".plots", __name__)
    raise AttributeError(f"module 'backproof' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
