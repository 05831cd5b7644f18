"""What a farm runs, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Status = Literal["done", "failed", "lost"]
"""`lost`: the worker that ran the last attempt has vanished."""


@dataclass(frozen=True)
class Task:
    """A command of this package that runs in a process of its own.

    `name`: what it is called in messages, unlike that of any other task. `arguments`: what follows `python -m`,
    `("registry.train", "graph.yaml")`. `folder`: its own folder, where the output of every attempt goes to a log;
    all machines of the farm see it. `environment`: variables besides those of the worker. `retries`: further attempts
    after one that failed or lost its worker. `again`: the arguments of every attempt but the first, None for the same:
    a training goes on from its checkpoint.
    """

    name: str
    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    retries: int = 0
    again: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a task.

    `exit_status`: that of the last attempt, 128 and the signal's number where one ended it, None where its worker has
    vanished. `reason`: why it is not done: the last message of its log. `seconds`: the time of all attempts together;
    one that was lost counts from when it was given out. `host`: the machine of the last attempt.
    """

    task: Task
    status: Status
    exit_status: int | None
    reason: str
    attempts: int
    seconds: float
    host: str
