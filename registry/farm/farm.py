"""Runs tasks in a place: gives them out as there is room, tries again what failed, and says what came of each."""

from __future__ import annotations

import signal
import sys
import time
import uuid
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.contract.errors import RunError
from registry.farm.attempt import PATIENCE, Attempt, Ended, count, run_attempt, stop
from registry.farm.log import heading_of, host_in, logs
from registry.farm.place import Place
from registry.farm.task import Outcome, Status, Task

if TYPE_CHECKING:
    from distributed import Client, Future

LOOK = 2.0
"""Seconds between two looks at the place while no task ends."""

WALLTIMES = 100
"""How often the walltime of a job may end a task that goes on from where it was."""

UNBEGUN = 20
"""How often a worker may vanish before it has begun a task that was given to it."""

WRONG_INPUT = 2
"""The exit status of a command whose input is wrong: another attempt would end in the same way."""


@dataclass
class _Going:
    """A task that was begun, and is not settled."""

    task: Task
    attempts: int = 0
    failures: int = 0
    walltimes: int = 0
    unbegun: int = 0
    seconds: float = 0.0
    again: bool = False
    """Whether the next attempt goes on with what was begun."""
    went_on: bool = False
    """Whether the last one did."""
    given_out: float = 0.0
    token: str = ""
    environment: dict[str, str] = field(default_factory=dict)


class Farm:
    """Runs tasks in a place."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._client: Client | None = None

    @property
    def slots(self) -> int:
        """How many tasks run at once."""
        return self._place.slots

    def print_jobs(self) -> str:
        """Return what would be submitted: the file of a job of a batch system."""
        return self._place.print_jobs()

    def run(self, tasks: Iterator[Task]) -> Iterator[Outcome]:
        """Run tasks; yield what came of each, as they end.

        A task is asked for when there is room for it, no earlier. Whoever stops asking for outcomes, or is
        interrupted, ends the tasks that run. Raises RunError where the place is gone.
        """
        client, name = self._started(), uuid.uuid4().hex
        going: dict[Future, _Going] = {}
        waiting: deque[_Going] = deque()
        source: Iterator[Task] | None = iter(tasks)
        try:
            while True:
                while len(going) < self.slots:
                    if not waiting and source is not None:
                        task = next(source, None)
                        waiting.extend([_Going(task)] if task is not None else [])
                        source = source if task is not None else None
                    if not waiting:
                        break
                    next_one = waiting.popleft()
                    going[self._given_out(client, name, next_one)] = next_one
                if not going:
                    return
                self._place.want(len(going) + len(waiting))
                for future in self._ended(client, going):
                    one = going.pop(future)
                    self._place.returned(one.environment)
                    outcome = self._settled(one, future)
                    future.release()
                    if outcome is None:
                        waiting.append(one)
                    else:
                        yield outcome
        finally:
            if going:
                _stop(client, name, list(going))

    def close(self) -> None:
        """End what was started."""
        if self._client is not None:
            self._place.close()

    def _started(self) -> Client:
        if self._client is None:
            self._client = self._place.start()
        return self._client

    def _given_out(self, client: Client, name: str, one: _Going) -> Future:
        one.attempts += 1
        one.went_on = one.again
        one.given_out, one.environment = time.monotonic(), self._place.taken()
        token = one.token = uuid.uuid4().hex[:8]
        environment = tuple(one.environment.items())
        attempt = Attempt(one.task, name, token, one.again, Path.cwd(), self._place.threads, environment)
        key = f"{one.task.name}-{token}"
        return client.submit(run_attempt, attempt, key=key, pure=False, resources=self._place.resources)

    def _ended(self, client: Client, going: dict[Future, _Going]) -> list[Future]:
        """Return the attempts that have ended, after some seconds at the latest."""
        from distributed import TimeoutError, wait

        try:
            with client.as_current():
                wait(list(going), timeout=LOOK, return_when="FIRST_COMPLETED")
        except TimeoutError:
            if client.status != "running":
                raise RunError("the scheduler of the farm is gone") from None
        return [future for future in going if future.done()]

    def _settled(self, one: _Going, future: Future) -> Outcome | None:
        """Return what came of a task; None if it is tried again."""
        if future.status != "finished":
            return self._lost(one, future)
        one.again = True
        ended: Ended = future.result()
        one.seconds += ended.seconds
        if ended.why == "exit" and not ended.exit_status:
            return _outcome(one, "done", ended)
        if ended.why == "walltime" and one.task.again is not None and one.walltimes < WALLTIMES:
            one.walltimes += 1
            return None
        wrong = ended.exit_status == WRONG_INPUT and ended.why == "exit"
        if wrong and one.task.again is not None and one.went_on:
            # There is nothing to go on with: no attempt came so far.
            one.again = False
            return None
        one.failures += 1
        if wrong or one.failures > one.task.retries:
            return _outcome(one, "failed", ended)
        return None

    def _lost(self, one: _Going, future: Future) -> Outcome | None:
        error = future.exception() if future.status == "error" else None
        heading = next((text for log in logs(one.task.folder) if one.token in (text := heading_of(log))), "")
        if not heading and _is_vanished(error) and one.unbegun < UNBEGUN:
            # It waited for another task of the worker that has vanished.
            one.unbegun, one.attempts = one.unbegun + 1, one.attempts - 1
            return None
        one.again = True
        one.failures += 1
        one.seconds += time.monotonic() - one.given_out
        if one.failures <= one.task.retries:
            return None
        host = host_in(heading)
        reason = f"the worker has vanished{f', on {host}' if host else ''}"
        if not _is_vanished(error):
            reason = f"the worker could not run it: {type(error).__name__}: {str(error).partition(chr(10))[0]}"
        return Outcome(one.task, "lost", None, reason, one.attempts, one.seconds, host)


def _stop(client: Client, name: str, futures: list[Future]) -> None:
    """End the tasks that run: they are asked first, and killed when they have had their time."""
    if client.status != "running":
        return
    client.cancel(futures, force=True)
    try:
        running = _everywhere(client, stop, name)
        if running:
            are = "task is" if running == 1 else "tasks are"
            print(f"{running} {are} asked to end; Ctrl-C again ends them at once", file=sys.stderr)
        until = time.monotonic() + PATIENCE + LOOK
        while _everywhere(client, count, name) and time.monotonic() < until:
            time.sleep(0.2)
    except KeyboardInterrupt:
        _everywhere(client, stop, name, signal.SIGKILL)
        raise


def _everywhere(client: Client, function: Any, *arguments: Any) -> int:
    """Call a function on every worker; return the sum of what it returned where it did."""
    said: dict[str, Any] = client.run(function, *arguments, on_error="ignore")
    return sum(number for number in said.values() if isinstance(number, int))


def _outcome(one: _Going, status: Status, ended: Ended) -> Outcome:
    return Outcome(one.task, status, ended.exit_status, ended.reason, one.attempts, one.seconds, ended.host)


def _is_vanished(error: BaseException | None) -> bool:
    """Say whether what the scheduler says of an attempt is that its worker is gone."""
    from distributed import KilledWorker

    return error is None or isinstance(error, KilledWorker)
