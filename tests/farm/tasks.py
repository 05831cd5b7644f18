"""Tasks for tests of the farm."""

from __future__ import annotations

from pathlib import Path

from registry.farm.task import Task

TRIAL = "tests.farm.trial"


def task(folder: Path, name: str, *arguments: str, retries: int = 0, **others: object) -> Task:
    """Return a task that runs the command of the tests."""
    return Task(name, (TRIAL, *arguments), folder / name, retries=retries, **others)  # type: ignore[arg-type]


def log(folder: Path, name: str, attempt: int = 1) -> list[str]:
    """Return the lines of an attempt's log, without its heading."""
    return (folder / name / f"attempt_{attempt}.log").read_text().splitlines()[1:]
