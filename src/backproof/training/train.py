"""Training: from a network and its data to a run."""

from __future__ import annotations

from typing import Any

from ..backprop import objective
from ..losses import Loss
from ..network import Network, check_network
from .loop import Callback, check_callback, loop
from .run import Run
from .settings import Settings, usual_learning_rate


def train(
    net: Network,
    x: Any,
    y: Any,
    *,
    learning_rate: float | None = None,
    epochs: int = 5_000,
    loss: str | Loss | None = None,
    optimiser: str = "sgd",
    momentum: float = 0.9,
    decay: float = 0.9,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    batch_size: int | None = None,
    shuffle: bool = True,
    l2: float = 0.0,
    example_weights: Any = None,
    tolerance: float | None = None,
    stop_loss: float | None = None,
    patience: int | None = None,
    seed: int = 0,
    engine: str = "auto",
    dtype: str = "float64",
    callback: Callback | None = None,
) -> Run:
    """Train a network by gradient descent and return what happened; `net` stays as it is.

    Parameters
    ----------
    net : the network to start from
    x, y : (m, n0) inputs and (m, nL) targets
    learning_rate : what suits the loss, the units and the optimiser unless given: see
        `backproof.training.settings.usual_learning_rate`; the run's settings hold the one that was
        used
    loss : another loss than the network's own
    batch_size : examples in each update: all (None), some, or 1 for one example at a time
    shuffle : with a batch size, reshuffle the examples every epoch (by `seed`), or take them in
        order
    example_weights : (m,), 0 or more; only their ratios count
    tolerance, stop_loss, patience : stop early: when every output is as near as `tolerance` to its
        target; when the loss is below `stop_loss`; when it fell by less than 0.01% in `patience`
        epochs
    callback : called with an `Epoch` before the first epoch and after each; returning True stops
        the training

    The other settings are described in `backproof.settings.TRAINING`. A training that diverges
    stops and keeps the last finite network; Ctrl-C stops it and keeps what was reached. Raises
    `InputError` for anything that can't be used.
    """
    check_network(net)
    if callback is not None:
        check_callback(callback)
    start = net.with_loss(loss)
    if learning_rate is None:
        learning_rate = usual_learning_rate(start, optimiser)
    settings = Settings(
        learning_rate=learning_rate, epochs=epochs, optimiser=optimiser, momentum=momentum,
        decay=decay, beta1=beta1, beta2=beta2, epsilon=epsilon, batch_size=batch_size,
        shuffle=shuffle, l2=l2, tolerance=tolerance, stop_loss=stop_loss, patience=patience,
        seed=seed, engine=engine, dtype=dtype,
    ).check()  # fmt: skip
    start = start.astype(settings.dtype)
    todo = objective(start, x, y, example_weights=example_weights, l2=settings.l2)
    settings.check_batch(todo.m)
    outcome = loop(todo, settings, callback)
    return Run(
        settings=settings,
        x=todo.x,
        y=todo.y,
        example_weights=None if todo.s is None else todo.s[:, 0],
        network_before=start,
        network=outcome.network,
        losses=outcome.losses,
        stopped=outcome.stopped,
    )
