"""The settings of one training, as values.

What each is, and which values it takes, stands in `backproof.settings`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from ..errors import InputError, choose
from ..network import Network
from ..optimisers import OPTIMISERS
from ..prose import shown
from ..settings import TRAINING


def _usual(name: str) -> Any:
    """Return the usual value of a setting, from the table."""
    return TRAINING[name].default


@dataclass(frozen=True)
class Settings:
    """How to train: a value for each setting of `backproof.settings.TRAINING`.

    The learning rate has no usual value of its own: `usual_learning_rate` says which one suits.
    """

    learning_rate: float
    epochs: int = _usual("epochs")
    optimiser: str = _usual("optimiser")
    momentum: float = _usual("momentum")
    decay: float = _usual("decay")
    beta1: float = _usual("beta1")
    beta2: float = _usual("beta2")
    epsilon: float = _usual("epsilon")
    batch_size: int | None = _usual("batch_size")
    shuffle: bool = _usual("shuffle")
    l2: float = _usual("l2")
    tolerance: float | None = _usual("tolerance")
    stop_loss: float | None = _usual("stop_loss")
    patience: int | None = _usual("patience")
    seed: int = _usual("seed")
    engine: str = _usual("engine")
    dtype: str = _usual("dtype")

    def check(self) -> Settings:
        """Return the settings with plain types; raise `InputError` for the first value that can't
        be used.
        """
        plain = {name: setting.check(getattr(self, name)) for name, setting in TRAINING.items()}
        TRAINING["learning_rate"].require(self.learning_rate)
        return Settings(**plain)

    def check_batch(self, m: int) -> None:
        """Raise `InputError` if a batch is to hold more than the `m` examples there are."""
        if self.batch_size is not None and self.batch_size > m:
            raise InputError(
                f"batch_size is {shown(self.batch_size)}, but there are {m} examples: use {m} or"
                " fewer."
            )

    def without_stops(self, epochs: int) -> Settings:
        """Return the same settings for so many epochs, with nothing that ends them earlier."""
        return replace(self, epochs=epochs, tolerance=None, stop_loss=None, patience=None)

    def document(self) -> dict[str, Any]:
        """Return the settings as a run's file holds them."""
        return asdict(self)


def usual_learning_rate(net: Network, optimiser: str = "sgd") -> float:
    """Return the learning rate where none is given: the one rule for `train`, the command, the
    derivation and the advice of the diagnosis.

    It learns and doesn't diverge, for most data: the notes' network takes large steps, unbounded
    units don't.
    """
    choose("optimiser", optimiser, OPTIMISERS)
    if optimiser in ("rmsprop", "adam"):  # their steps hardly depend on the gradient's size
        return 0.01
    bounded = all(layer.f.bounded for layer in net.layers[:-1])
    rate = 5.0 if bounded and net.loss_record.of_probabilities else 0.1
    # a velocity that keeps 0.9 of itself sums up to ten gradients
    return rate if optimiser == "sgd" else rate / 10
