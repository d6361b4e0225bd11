"""Training: the loop and its stop rules."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from .activations import Array
from .backprop import check_data, check_l2, check_weights
from .engine import Engine
from .losses import Loss
from .network import Network
from .optimisers import OPTIMISERS
from .run import Run
from .settings import Settings

PROGRESS = 1e-4  # a fall of the loss by less than this, relatively, is no progress (patience)


@dataclass(frozen=True)
class Epoch:
    """What a callback is told: how many epochs are done, and the loss after them.

    `network` is a copy of the network as it is then; it is only made when asked for.
    """

    epoch: int
    loss: float
    copy: Callable[[], Network]

    @property
    def network(self) -> Network:
        """The network after this epoch."""
        return self.copy()


Callback = Callable[[Epoch], bool | None]


def train(
    net: Network,
    x: Any,
    y: Any,
    *,
    learning_rate: float = 5.0,
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
    loss : another loss than the network's own
    batch_size : examples in each update: all (None), some, or 1 for one example at a time
    shuffle : with a batch size, mix the examples anew in each epoch (by `seed`), or take them in
        order
    example_weights : (m,), 0 or more; only their ratios count
    tolerance, stop_loss, patience : stop early: when every output is as near as `tolerance` to its
        target; when the loss is below `stop_loss`; when it fell by less than 0.01% in `patience`
        epochs
    callback : called with an `Epoch` before the first epoch and after each; returning True stops
        the training

    The other settings are described in `backproof.settings.Settings`. A training that diverges
    stops and keeps the last finite network; Ctrl-C stops it and keeps what was reached. Raises
    `InputError` for anything that can't be used.
    """
    settings = Settings(
        learning_rate=learning_rate,
        epochs=epochs,
        optimiser=optimiser,
        momentum=momentum,
        decay=decay,
        beta1=beta1,
        beta2=beta2,
        epsilon=epsilon,
        batch_size=batch_size,
        shuffle=shuffle,
        l2=check_l2(l2),
        tolerance=tolerance,
        stop_loss=stop_loss,
        patience=patience,
        seed=seed,
        engine=engine,
        dtype=dtype,
    ).check()
    start = net.with_loss(loss).astype(settings.dtype)
    x, y = check_data(start, x, y)
    s = None if example_weights is None else check_weights(example_weights, len(x), start.dtype)
    settings.check_batch(len(x))
    loop = _Loop(start, x, y, s, settings, callback)
    with (
        np.errstate(all="ignore"),
        _interruptible() as interrupted,
    ):  # the loop itself looks for what isn't finite
        try:
            stopped = loop.run(interrupted)
        except KeyboardInterrupt:  # where no handler of ours could be set
            loop.revert()
            stopped = "interrupted"
    return Run(
        settings=settings,
        x=x,
        y=y,
        example_weights=None if s is None else s[:, 0],
        network_before=start,
        network=loop.network(),
        losses=np.array(loop.losses),
        stopped=stopped,
    )


class _Loop:
    """The state of one training: the parameters, the losses so far."""

    def __init__(
        self,
        start: Network,
        x: Array,
        y: Array,
        s: Array | None,
        settings: Settings,
        callback: Callback | None,
    ):
        self.start, self.settings, self.callback = start, settings, callback
        self.data: tuple[Array, ...] = (x, y) if s is None else (x, y, s)
        self.full_batch = settings.batch_size is None
        self.engine = Engine(start, y, s is not None, settings)
        self.p, self.g = self.engine.p, self.engine.g
        self.kept = (
            self.p.copy()
        )  # the parameters after `len(losses) - 1` epochs, while `p` is on the move
        self.losses: list[float] = []
        self.update = OPTIMISERS[settings.optimiser].update
        self.state = OPTIMISERS[settings.optimiser].init(self.p)
        self.updates = 0
        self.rng = np.random.default_rng(settings.seed)

    def network(self) -> Network:
        """A copy of the network as it is now."""
        return self.engine.network()

    def revert(self) -> None:
        """Go back to the last whole epoch."""
        self.p[:] = self.kept

    def run(self, interrupted: Callable[[], bool]) -> str:
        """Train; return why it stopped: a name of `backproof.run.STOPS`."""
        measure = self.engine.gradient if self.full_batch else self.engine.loss
        settings, losses, p, kept = self.settings, self.losses, self.p, self.kept
        best, best_epoch = math.inf, 0
        for epoch in range(settings.epochs + 1):
            loss = measure(*self.data)
            if not (math.isfinite(loss) and self.engine.finite()):
                self.revert()
                if epoch == 0:
                    losses.append(loss)
                return "diverged"
            kept[:] = p
            losses.append(loss)
            if settings.patience is not None:
                if loss < best * (1 - PROGRESS):
                    best, best_epoch = loss, epoch
                elif epoch - best_epoch >= settings.patience:
                    return "patience"
            if settings.stop_loss is not None and loss < settings.stop_loss:
                return "stop_loss"
            if (
                settings.tolerance is not None
                and self.engine.farthest(*self.data[:2]) <= settings.tolerance
            ):
                return "tolerance"
            if self.callback is not None and (stopped := self.tell(epoch, loss)):
                return stopped
            if interrupted():
                return "interrupted"
            if epoch < settings.epochs:
                if self.full_batch:
                    self.updates += 1
                    self.update(p, self.g, self.state, settings, self.updates)
                elif not self.batches(interrupted):
                    self.revert()
                    return "interrupted"
        return "epochs"

    def tell(self, epoch: int, loss: float) -> str | None:
        """Call the callback; return why to stop, or None."""
        assert self.callback is not None
        try:
            return "callback" if self.callback(Epoch(epoch, loss, self.network)) else None
        except KeyboardInterrupt:
            return "interrupted"

    def batches(self, interrupted: Callable[[], bool]) -> bool:
        """Go once through all examples, an update for each batch; False if interrupted on the way."""
        data, size = self.data, self.settings.batch_size or 0
        if self.settings.shuffle:
            order = self.rng.permutation(len(data[0]))
            data = tuple(array[order] for array in data)
        for first in range(0, len(data[0]), size):
            self.engine.gradient(*(array[first : first + size] for array in data))
            self.updates += 1
            self.update(self.p, self.g, self.state, self.settings, self.updates)
            if interrupted():
                return False
        return True


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C into a flag that the loop reads between updates; a second one
    interrupts as usual.

    Elsewhere than in the main thread, or where the program has a handler of its own, Python's
    exception stays.
    """
    hit = False

    def handler(number: int, frame: FrameType | None) -> None:
        nonlocal hit
        if hit:
            raise KeyboardInterrupt
        hit = True

    main = threading.current_thread() is threading.main_thread()
    ours = main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, handler)
    try:
        yield lambda: hit
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
