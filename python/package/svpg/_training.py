"""Training, with callbacks and checkpoints."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from . import _core
from ._core import Error
from ._documents import dump
from ._policy import Policy, load


@dataclass(frozen=True)
class Run:
    """A run after `train`, and its folder. It is accepted wherever the path of a run folder is."""

    folder: Path
    ended: bool
    """Has it taken its last step? Otherwise `train(out=run, resume=True)` continues it."""
    step: int
    """Batches or episodes so far."""
    steps: int
    """Batches or episodes of the whole training."""

    def __fspath__(self) -> str:
        return fspath(self.folder)

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """The rows of `metrics.jsonl`, those of earlier calls included."""
        text = (self.folder / "metrics.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    @property
    def certificate(self) -> dict[str, Any] | None:
        """The hashes of parameters and metrics; None before the last step."""
        if not self.ended:
            return None
        found: dict[str, Any] = json.loads((self.folder / "certificate.json").read_bytes())
        return found

    def policy(self, *, last: bool = False) -> Policy:
        """The policy of its best network, or with `last` its last one, as `svpg.load`."""
        return load(self, last=last)


def train(
    task: str | None = None,
    *,
    preset: str | None = None,
    out: str | PathLike[str],
    seed: int | None = None,
    callback: Callable[[dict[str, Any]], Any] | None = None,
    resume: bool = False,
    threads: int | None = None,
    data: str | PathLike[str] | None = None,
    save_every: float = 10.0,
    **changes: Any,
) -> Run:
    """Trains a network as `svpg train` does, to the same bits.

    task: "pendulum" or "mnist". preset: "tpami2025", "best", "bmvc2022", …; `svpg train --help` describes them.
    out: the run folder, empty or new.
    seed: of all random numbers, 0 to 2³² - 1; 0 if it is not given.
    callback: takes a row of metrics, a dictionary as in `metrics.jsonl` without `seconds`, when it is written:
        after every episode, or at every test of images. If it returns False, the training saves a checkpoint and
        stops. It may raise: the training saves a checkpoint, and the exception is raised.
    resume: continues the run in `out`. What is given then must be what the run was begun with.
    threads: one a core if it is not given. The bits do not depend on it.
    data: the folder of the images, for "mnist"; `data/mnist` if it is not given.
    save_every: seconds between checkpoints.
    changes: of the preset: `episodes` (pendulum), `steps`, `batch`, `actions_voting`, `baseline`, `selection`
        (images), `rule`, `beta`, `centred`, `inference`, `policy`, `sigma`, `tolerance`, `max_iterations`,
        `dropped` (a family and a probability, or "none"), `algorithm`, `optimiser`, `learning_rate`,
        `final_rate`, `hidden` (circuits, units), `entropy`, `eval_interval`. docs/configuration.md explains the
        values.

    The callback runs in the calling thread; the training runs in another one and releases Python's lock. Ctrl-C
    saves a checkpoint, stops and raises `KeyboardInterrupt`; a second Ctrl-C does not wait for the checkpoint.
    Raises `Error` if an argument is invalid or the training diverges, and `MemoryError` if the network does
    not fit into the memory.
    """
    if callback is not None and not callable(callback):
        raise Error(f"callback: found {type(callback).__name__}; give a function of a dictionary, or None")
    for name, path in (("out", out), *([] if data is None else [("data", data)])):
        if not isinstance(path, str | PathLike):
            raise Error(f"{name}: found {type(path).__name__}; give the path of a folder")
    for name, text in (("task", task), ("preset", preset)):
        if not (text is None or isinstance(text, str)):
            raise Error(f"{name}: found {type(text).__name__}; give its name")
    for name, number, least, most in (("seed", seed, 0, 2**32 - 1), ("threads", threads, 1, 1024)):
        if not (number is None or (isinstance(number, int) and least <= number <= most)):
            raise Error(f"{name}: found {number!r}; give a whole number, {least} to {most}")
    if not isinstance(save_every, int | float):
        raise Error(f"save_every: found {save_every!r}; give seconds")
    given = {name: value for name, value in changes.items() if value is not None}
    ended, step, steps = _core.train(
        task,
        preset,
        fspath(out),
        seed,
        dump(given, "train").decode(),
        bool(resume),
        threads,
        None if data is None else fspath(data),
        float(save_every),
        callback,
    )
    return Run(Path(fspath(out)), ended, step, steps)
