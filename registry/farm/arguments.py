"""The arguments of a command that gives its work to a farm."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from registry.contract.errors import InputError, Problem

ON = (
    "where it is done: local (processes here), tcp://HOST:PORT (a dask scheduler that runs), or FILE.yaml, "
    "which describes jobs of a batch system"
)

JOBS = "tasks at once (default: as many as fit)"


@dataclass(frozen=True)
class FarmArguments:
    """What was asked for; `on` is None where nothing was said."""

    on: str | None
    jobs: int | None
    retries: int
    print_jobs: bool

    @property
    def wanted(self) -> bool:
        """Whether a farm is asked for: by its place, or by a number of tasks at once."""
        return self.on is not None or self.jobs is not None

    def checked_retries(self) -> int:
        """Return how often a task is tried again; raises InputError for a number below 0."""
        if self.retries < 0:
            raise InputError([Problem(f"--retries: expected 0 or more, received {self.retries}")])
        return self.retries


def take_farm(parser: argparse.ArgumentParser, *, retries: int = 1, jobs: str = JOBS) -> None:
    """Add `--on`, `--jobs`, `--retries` and `--print-jobs`; `jobs`: the help of the second."""
    parser.add_argument("--on", metavar="local|tcp://HOST:PORT|FILE.yaml", help=ON)
    parser.add_argument("--jobs", type=int, metavar="N", help=jobs)
    text = f"further attempts at a task that fails or loses its machine ({retries})"
    parser.add_argument("--retries", type=int, default=retries, metavar="N", help=text)
    text = "show the file that would be submitted to the batch system, and begin nothing"
    parser.add_argument("--print-jobs", action="store_true", help=text)


def farm_arguments(options: argparse.Namespace) -> FarmArguments:
    """Return what was asked for."""
    return FarmArguments(options.on, options.jobs, options.retries, options.print_jobs)
