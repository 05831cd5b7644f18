"""Starts the ranks of a training on this machine, and ends them all when one of them has ended badly."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType

from registry.console.signals import SIGNALS
from registry.farm import guard
from registry.farm.attempt import THREADS
from registry.farm.log import last_message
from registry.training.ranks.meeting import Place

LOOK = 0.2
"""Seconds between two looks at the ranks."""

PATIENCE = 60.0
"""Seconds that the others have, once a rank has ended badly: rank 0 saves a checkpoint and records what there is."""

LOCALHOST = "127.0.0.1"


def train_with_ranks(arguments: Sequence[str], first: Sequence[str], size: int) -> int:
    """Train with so many processes on this machine; return rank 0's exit status, or 1 if another one has failed.

    `arguments`: of `registry.train` for every rank; `first`: further ones of rank 0, which shows its progress here. The
    cores are divided among them. A signal to this process is passed on to rank 0, and all ranks end together.
    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="ranks-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        threads = dict.fromkeys(THREADS, str(max(1, len(os.sched_getaffinity(0)) // size)))
        ranks: list[_Rank] = []
        for number in range(size):
            told = Place(number, size, folder).environment(LOCALHOST)
            words = ["registry.train", *arguments, *(first if number == 0 else ())]
            ranks.append(_Rank(number, words, {**threads, **os.environ, **told}, folder / f"rank-{number}.log"))
        stack.callback(_end, ranks, 0.0)
        before = {number: signal.signal(number, _passed_on(ranks)) for number in SIGNALS}
        stack.callback(_reset, before)
        return _watch(ranks)


class _Rank:
    """The process of a rank; the output of all but rank 0 goes to a log."""

    def __init__(self, number: int, words: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.number, self.log = number, log
        command = [sys.executable, "-m", *words]
        if number == 0:
            self.process = subprocess.Popen(command, env=environment)
            return
        # In a process group of its own: Ctrl-C reaches it by way of rank 0, at a step that all ranks have done.
        guarded = [sys.executable, "-I", "-S", str(Path(guard.__file__)), str(os.getpid()), str(PATIENCE)]
        with log.open("wb") as stream:
            self.process = subprocess.Popen(
                [*guarded, *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )

    def fault(self) -> str:
        """Return how it has ended if not well, with its last message; empty otherwise."""
        status = self.process.poll()
        if not status:
            return ""
        number = -status if status < 0 else status - 128
        try:
            how = f"was ended by {signal.Signals(number).name}"
        except ValueError:
            how = f"has ended with status {status}"
        said = last_message(self.log) if self.number and self.log.exists() else ""
        return f"rank {self.number} (process {self.process.pid}) {how}" + (f": {said}" if said else "")


def _watch(ranks: Sequence[_Rank]) -> int:
    """Wait for all ranks; once one has failed, end those that are left."""
    while any(rank.process.poll() is None for rank in ranks):
        failed = [rank for rank in ranks if rank.fault()]
        if failed:
            culprit = failed[0]
            _wait(ranks, PATIENCE)
            _end(ranks, PATIENCE)
            status = ranks[0].process.returncode
            if culprit.number and not _is_signal(status):
                print(f"error: {culprit.fault()}", file=sys.stderr)
                print("  --resume goes on from the run's checkpoint, with any number of ranks", file=sys.stderr)
                return status or 1
            return _exit_status(status)
        time.sleep(LOOK)
    return _exit_status(next((rank.process.returncode for rank in ranks if rank.process.returncode), 0))


def _is_signal(status: int) -> bool:
    return status in {128 + number for number in SIGNALS}


def _exit_status(status: int) -> int:
    return 128 - status if status < 0 else status


def _wait(ranks: Sequence[_Rank], seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and ranks[0].process.poll() is None:
        time.sleep(LOOK)


def _end(ranks: Sequence[_Rank], patience: float) -> None:
    """End the ranks that still run."""
    for send in (subprocess.Popen.terminate, subprocess.Popen.kill):
        left = [rank.process for rank in ranks if rank.process.poll() is None]
        for process in left:
            with suppress(ProcessLookupError):
                send(process)
        until = time.monotonic() + max(patience, 2.0)
        while time.monotonic() < until and any(process.poll() is None for process in left):
            time.sleep(LOOK)


def _passed_on(ranks: Sequence[_Rank]) -> signal._HANDLER:
    def pass_on(number: int, frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            ranks[0].process.send_signal(number)

    return pass_on


def _reset(before: Mapping[signal.Signals, signal._HANDLER]) -> None:
    for number, handler in before.items():
        signal.signal(number, handler)
