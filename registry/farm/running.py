"""Tasks on a dask scheduler that somebody has started."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from registry.contract.errors import RunError
from registry.farm.place import Place

if TYPE_CHECKING:
    from distributed import Client

CONNECT = 15
"""Seconds in which a scheduler has to answer."""


class Running(Place):
    """The workers of a scheduler: a task takes one of a worker's threads, and the machine's cores are divided by them.

    `address`: "tcp://HOST:PORT".
    """

    def __init__(self, address: str, jobs: int | None) -> None:
        self._address, self._jobs = address, jobs
        self._client: Client | None = None

    @property
    def slots(self) -> int:
        """How many tasks run at once: workers may come and go."""
        if self._client is None:
            return self._jobs or 1
        threads: int = sum(self._client.nthreads().values())
        return max(1, min(threads, self._jobs or threads))

    def start(self) -> Client:
        """Connect; raises RunError if nothing answers, or a worker cannot run tasks of this package."""
        from distributed import Client

        try:
            self._client = Client(self._address, timeout=CONNECT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise RunError(f"no dask scheduler answers at {self._address}: {error}") from error
        self._check(self._client)
        return self._client

    def _check(self, client: Client) -> None:
        """Raise RunError if a worker has no such package, or another version of it."""
        own = _version()
        for worker, said in client.run(_version, on_error="return").items():
            if said != own:
                found = f"has {said} of it" if isinstance(said, str) else f"cannot import it: {said}"
                raise RunError(f"tasks need the package registry {own} on every worker: {worker} {found}")

    def print_jobs(self) -> str:
        """Return that none is submitted."""
        return f"{self._address}: no job is submitted; the tasks go to the workers of this scheduler\n"

    def close(self) -> None:
        """Leave the scheduler as it is."""
        if self._client is not None:
            self._client.close()


def _version() -> str:
    return version("registry")
