"""``backproof train``: from a problem to a trained network, its verdict and its pictures."""

from __future__ import annotations

import dataclasses
import itertools
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from ..data.builtin import NAMES
from ..interrupts import STATUS, requested
from ..prose import terminal_width
from ..settings import DATA, NETWORK, SEED, TRAINING
from ..training.loop import Callback, Epoch
from ..training.run import RUN, Attempt, Run
from ..training.train import train as train_network
from ..writing import check_folder, reserved
from .common import RUN_FOLDER, Voice, status
from .options import (
    PathName,
    Whole,
    given_options,
    output_options,
    setting_option,
    setting_options,
)
from .pictures import PICTURES, Album
from .plan import MAX_STARTS, MOST_STARTS, Plan, plan
from .report import headline, report
from .waiting import waiting

WIDEST_BAR, BESIDE_BAR = 36, 46  # characters of the progress bar, and of what stands beside it


class Source(click.ParamType):  # type: ignore[type-arg]
    """The name of a problem, or the path of a CSV or a run."""

    name = "source"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        names = [name for name in NAMES if name.startswith(incomplete)]
        return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


@click.command()
@click.argument("source", type=Source(), default="xor", metavar="[PROBLEM or CSV or RUN]")
@setting_options(setting for setting in NETWORK.values() if setting.kind != SEED)
@click.option(
    "--start",
    type=PathName(),
    metavar="NETWORK",
    help="Network to start from, or a run whose last network is taken.",
)
@click.option(
    "--max-starts",
    type=click.IntRange(1, MOST_STARTS),
    help=f"Number of initialisations to try until the problem is solved. [default: {MAX_STARTS}]",
)
@setting_option(
    NETWORK["seed"],
    help="seed of the initial weights; the next start uses the next seed",
    usual="0",
)
@setting_options(setting for setting in TRAINING.values() if setting.kind != SEED)
@setting_options(DATA.values())
@click.option(
    "--out",
    type=PathName(),
    metavar="DIR",
    help=f"Folder of the run. [default: {RUN_FOLDER}, then {RUN_FOLDER}-2 …]",
)
@click.option("--overwrite", is_flag=True, help="Replace the run in that folder.")
@click.option(
    "--pictures",
    "extra",
    metavar="NAMES",
    default="",
    help=f"Additional plots: {', '.join(PICTURES)}, or all.",
)
@click.option(
    "--plane",
    type=Whole(),
    help="Two inputs to draw the boundary over, where there are more, such as 1,2.",
)
@click.option(
    "--animate", is_flag=True, help="Animation of the boundary during training: boundary.gif."
)
@output_options
def train(source: str, as_json: bool, quiet: bool, **options: Any) -> int:
    """Train a network by backpropagation: XOR with two hidden sigmoid units and binary cross
    entropy, by default.

    Prints what the network predicts and whether that solves the problem, and writes the run
    (run.json, boundary.png, loss.png) to a folder. Not every start learns XOR: while it isn't
    solved, the next seed is tried, and what the loss of the stuck one means is said.

    PROBLEM is one of xor, and, or, nand, nor, xnor, parity-N, moons, circles, spiral, blobs,
    digits. A CSV has the target in its last column. A RUN continues from where it ended, with its
    data and settings.

    \b
    Example:
      backproof train
      backproof train moons --hidden 8 --animate
      backproof train iris.csv --target species --optimiser adam --epochs 500
    """
    voice = Voice(as_json, quiet)
    out, overwrite = options["out"], options["overwrite"]
    check_folder(Path(out) if out else next(default_folders()), RUN, overwrite)
    todo = plan(source, given_options(options))
    album = Album(todo.problem, options["extra"], options["animate"], options["plane"])
    album.check(todo.network(todo.seed))
    # Ctrl-C ends the training, or the drawing: what there is by then is kept
    with place(out, overwrite) as folder, requested(again=False) as interrupted:
        voice.tell(headline(todo))
        run = solve(todo, voice)
        with waiting(voice, "drawing"):
            run.save(folder, overwrite, album.files(run, interrupted))
    report(run, todo.problem, voice, folder, [RUN.mark, *album.drawn])
    for remark in album.remarks:
        voice.tell(remark)
    if run.interrupted or album.stopped or interrupted():
        return STATUS
    return status(run.solved is not False and run.stopped != "diverged")


def place(out: str | None, overwrite: bool) -> AbstractContextManager[Path]:
    """Hold the folder of the run until it is written."""
    if out and overwrite:
        return nullcontext(Path(out))
    return reserved([Path(out)] if out else default_folders())


def default_folders() -> Iterator[Path]:
    """Yield those of `backproof-run`, `backproof-run-2` … that aren't there or are empty."""
    others = (f"{RUN_FOLDER}-{number}" for number in itertools.count(2))
    return filter(_is_free, map(Path, itertools.chain([RUN_FOLDER], others)))


def _is_free(folder: Path) -> bool:
    if not folder.exists():
        return True
    return folder.is_dir() and not any(folder.iterdir())


def solve(todo: Plan, voice: Voice) -> Run:
    """Train from one start after the other until one solves the problem; return that run, else the
    one with the lowest loss.
    """
    runs: list[Run] = []
    attempts: list[Attempt] = []
    for number in range(1, todo.max_starts + 1):
        run = _start(todo, number, voice)
        runs.append(run)
        attempts.append(Attempt(run.seed, run.epochs, run.loss, run.solved, run.verdict))
        # after one that diverged another start would hide that the learning rate is too large
        if run.solved is not False or run.stopped in ("interrupted", "diverged"):
            return dataclasses.replace(run, attempts=tuple(attempts))
        if todo.max_starts > 1:
            voice.tell(f"start {number} (seed {run.seed}) {run.verdict}")
    best = min(runs, key=lambda run: run.loss)
    if len(runs) > 1:
        voice.tell(
            f"none of {len(runs)} starts solved it; kept the one with the lowest loss (seed"
            f" {best.seed})."
        )
    return dataclasses.replace(best, attempts=tuple(attempts))


def _start(todo: Plan, number: int, voice: Voice) -> Run:
    """Return the run of one start, from 1: it takes the next seed."""
    seed = todo.seed + number - 1
    settings = dataclasses.replace(todo.settings, seed=seed)
    with progress(voice, settings.epochs, number) as callback:
        run = train_network(
            todo.network(seed),
            todo.problem.x,
            todo.problem.y,
            example_weights=todo.problem.weights,
            callback=callback,
            **settings.document(),
        )
    drawn = seed if todo.start is None else None
    return dataclasses.replace(run, seed=drawn, problem=todo.problem.names())


@contextmanager
def progress(voice: Voice, epochs: int, number: int) -> Iterator[Callback | None]:
    """Show a bar of the epochs while a start is trained, on a terminal only."""
    if not voice.animated:
        yield None
        return
    every = max(1, epochs // 100)
    # standard output may hold the JSON document
    with click.progressbar(
        length=epochs,
        label=f"start {number}",
        file=sys.stderr,
        width=min(WIDEST_BAR, max(1, terminal_width() - BESIDE_BAR)),
        item_show_func=lambda loss: loss,  # none before the first epoch
    ) as bar:

        def callback(now: Epoch) -> None:
            if now.epoch and (now.epoch % every == 0 or now.epoch == epochs):
                bar.update(now.epoch - bar.pos, f"loss {now.loss:.4f}")

        yield callback
