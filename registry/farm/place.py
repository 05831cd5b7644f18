"""Where tasks run: what every place offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Client


class Place(ABC):
    """Where tasks run. Nothing is started before `start`.

    `resources`: what a task takes of its worker. `threads`: those of a task's process, 0 for its share of the worker's.
    """

    resources: dict[str, float] | None = None
    threads: int = 0

    @property
    @abstractmethod
    def slots(self) -> int:
        """How many tasks run at once."""

    @abstractmethod
    def start(self) -> Client:
        """Return a client of the scheduler, which is started if need be."""

    def want(self, tasks: int) -> None:
        """See to it that there are workers for so many tasks; called every few seconds. Raises RunError."""
        return

    def taken(self) -> dict[str, str]:
        """Return the environment variables of a task that is given out; `returned` takes them back."""
        return {}

    def returned(self, environment: dict[str, str]) -> None:
        """Take back what a task had for itself."""
        return

    @abstractmethod
    def print_jobs(self) -> str:
        """Return what would be submitted."""

    @abstractmethod
    def close(self) -> None:
        """End what was started."""
