"""Starts the ranks of a training as tasks of a farm: jobs of a batch system, or workers of a scheduler that runs."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from registry.console.files import irregular
from registry.contract.errors import RunError
from registry.farm.log import log_of
from registry.farm.opening import open_place
from registry.farm.task import Outcome, Task
from registry.training.ranks.meeting import Place

LOOK = 0.5
"""Seconds between two looks at what rank 0 has printed."""


def train_on(on: str, arguments: Sequence[str], first: Sequence[str], size: int, parent: Path) -> int:
    """Train with so many ranks, each a task of the farm that `on` names; return the exit status.

    `arguments`: of `registry.train` for every rank; `first`: further ones of rank 0, whose output is shown here;
    `parent`: where the folder is made in which the ranks meet, and in which their logs stay; all machines see it.
    Raises RunError if the folder cannot be made.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="ranks-", dir=parent)).resolve()
    except OSError as error:
        raise RunError(f"{parent}: the folder in which ranks meet cannot be made: {error.strerror}") from error
    tasks = [_task(number, size, folder, [*arguments, *(first if number == 0 else ())]) for number in range(size)]
    ended = threading.Event()
    shown = threading.Thread(target=_show, args=(log_of(tasks[0].folder, 1), ended), daemon=True)
    with open_place(on, jobs=size) as farm:
        shown.start()
        try:
            outcomes = list(farm.run(iter(tasks)))
        finally:
            ended.set()
            shown.join()
    return _status(outcomes)


def print_jobs(on: str, size: int) -> str:
    """Return the file that would be submitted."""
    with open_place(on, jobs=size) as farm:
        return farm.print_jobs()


def _task(number: int, size: int, folder: Path, arguments: Sequence[str]) -> Task:
    told = Place(number, size, folder).environment() if size > 1 else {}
    return Task(f"rank {number}", ("registry.train", *arguments), folder / f"rank-{number}", told)


def _show(log: Path, ended: threading.Event) -> None:
    """Show what is written to a log until the end."""
    done = 0
    while True:
        last = ended.wait(LOOK)
        if log.exists() and not irregular(log):
            with log.open("rb") as stream:
                stream.seek(done)
                text = stream.read()
            done += len(text)
            sys.stdout.write(text.decode(errors="replace"))
            sys.stdout.flush()
        if last:
            return


def _status(outcomes: Sequence[Outcome]) -> int:
    """Say which rank has failed, and return the exit status of the training."""
    bad = [outcome for outcome in outcomes if outcome.status != "done"]
    for outcome in bad:
        log = outcome.task.folder
        print(f"error: {outcome.task.name}: {outcome.reason} ({outcome.host}; its log: {log})", file=sys.stderr)
    return next((outcome.exit_status or 1 for outcome in bad), 0)
