"""The training loop and its stop rules."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..activations import Array
from ..backprop import Objective
from ..errors import InputError
from ..interrupts import requested
from ..network import Network
from ..optimisers import OPTIMISERS
from ..prose import shown
from .engines import engine_for
from .settings import Settings
from .threads import threads_for

INTERRUPTED = "interrupted"
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


def check_callback(callback: object) -> None:
    """Raise `InputError` for what is no function of one `Epoch`."""
    if not callable(callback):
        raise InputError(f"callback must be a function, got {shown(callback)}.")
    try:
        inspect.signature(callback).bind(None)
    except TypeError as error:
        raise InputError(
            f"callback must be a function of one argument, an Epoch: {error}."
        ) from None
    except ValueError:  # one that is built in doesn't say what it takes
        pass


@dataclass(frozen=True)
class Outcome:
    """What came of a loop.

    Parameters
    ----------
    network : at the end, or at the last epoch whose numbers were finite
    losses : after k epochs, from 0
    stopped : why it ended, a name of `backproof.training.form.STOPS`
    """

    network: Network
    losses: Array
    stopped: str


def loop(objective: Objective, settings: Settings, callback: Callback | None = None) -> Outcome:
    """Minimise an objective, from the parameters of its network, and return what came of it.

    Ctrl-C ends it with what was reached.
    """
    state = _Loop(objective, settings, callback)
    # the loop itself looks for what isn't finite
    with np.errstate(all="ignore"), threads_for(objective), requested() as interrupted:
        try:
            stopped = state.run(interrupted)
        except KeyboardInterrupt:  # a second one, or where no handler of ours could be set
            if not state.losses:  # there is nothing to keep yet
                raise
            state.revert()
            stopped = INTERRUPTED
    return Outcome(state.engine.network(), np.array(state.losses), stopped)


class _Loop:
    """The state of one training: the parameters, the losses so far."""

    def __init__(self, objective: Objective, settings: Settings, callback: Callback | None):
        self.settings, self.callback = settings, callback
        weights = () if objective.s is None else (objective.s,)
        self.data: tuple[Array, ...] = (objective.x, objective.y, *weights)
        self.full_batch = settings.batch_size is None
        self.engine = engine_for(settings.engine)(objective)
        self.p, self.g = self.engine.p, self.engine.g
        # the parameters after `len(losses) - 1` epochs, while `p` is on the move
        self.kept = self.p.copy()
        self.losses: list[float] = []
        self.update = OPTIMISERS[settings.optimiser].update
        self.state = OPTIMISERS[settings.optimiser].init(self.p)
        self.updates = 0
        self.best, self.best_epoch = math.inf, 0
        self.rng = np.random.default_rng(settings.seed)

    def revert(self) -> None:
        """Go back to the last whole epoch."""
        self.p[:] = self.kept

    def run(self, interrupted: Callable[[], bool]) -> str:
        """Train; return why it stopped."""
        # on all examples, the gradient that tells the loss is also the one for the next update
        measure = self.engine.gradient if self.full_batch else self.engine.loss
        losses, kept, p = self.losses, self.kept, self.p
        for epoch in range(self.settings.epochs + 1):
            loss = measure(*self.data)
            if not (math.isfinite(loss) and self.engine.finite()):
                self.revert()
                if epoch == 0:  # a run has at least the loss of its start
                    losses.append(loss)
                return "diverged"
            kept[:] = p
            losses.append(loss)
            if stopped := self.reason_to_stop(epoch, loss):
                return stopped
            if interrupted():
                return INTERRUPTED
            if epoch < self.settings.epochs and not self.step(interrupted):
                self.revert()
                return INTERRUPTED
        return "epochs"

    def reason_to_stop(self, epoch: int, loss: float) -> str | None:
        """Return which rule ends the training after this epoch, None if none does."""
        rules = self.settings
        if rules.patience is not None:
            if loss < self.best * (1 - PROGRESS):
                self.best, self.best_epoch = loss, epoch
            elif epoch - self.best_epoch >= rules.patience:
                return "patience"
        if rules.stop_loss is not None and loss < rules.stop_loss:
            return "stop_loss"
        if rules.tolerance is not None:
            x, y = self.data[:2]
            if self.engine.farthest(x, y) <= rules.tolerance:
                return "tolerance"
        if self.callback is not None:
            return self.tell(self.callback, epoch, loss)
        return None

    def tell(self, callback: Callback, epoch: int, loss: float) -> str | None:
        """Call the callback; return why to stop, or None."""
        try:
            enough = callback(Epoch(epoch, loss, self.engine.network))
        except KeyboardInterrupt:
            return INTERRUPTED
        return "callback" if enough else None

    def step(self, interrupted: Callable[[], bool]) -> bool:
        """Move the parameters through one epoch; False if interrupted on the way."""
        if not self.full_batch:
            return self.batches(interrupted)
        self.move()
        return True

    def move(self) -> None:
        """Move the parameters once, by the gradient that was measured last."""
        self.updates += 1
        self.update(self.p, self.g, self.state, self.settings, self.updates)

    def batches(self, interrupted: Callable[[], bool]) -> bool:
        """Go once through all examples, an update for each batch; False if interrupted."""
        data, m = self.data, len(self.data[0])
        size = self.settings.batch_size or m
        if self.settings.shuffle:
            order = self.rng.permutation(m)
            data = tuple(array[order] for array in data)
        for first in range(0, m, size):
            batch = (array[first : first + size] for array in data)
            self.engine.gradient(*batch)
            self.move()
            if interrupted():
                return False
        return True
