"""Opens what `--on` names."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.contract.errors import InputError, Origin, Problem
from registry.contract.spelling import did_you_mean
from registry.farm.batch_file import read_batch
from registry.farm.farm import Farm
from registry.farm.place import Place

LOCAL = "local"

FILES = (".yaml", ".yml")

LOGGERS = ("distributed", "dask_jobqueue", "tornado", "asyncio")

NEEDED = ("dask", "distributed", "dask_jobqueue")


@contextmanager
def open_place(
    on: str | None, *, jobs: int | None = None, where: Origin | None = None, memory: int = 0
) -> Iterator[Farm]:
    """Open the farm that `on` names: "local" (and None), a scheduler's "tcp://HOST:PORT", or a FILE.yaml.

    `jobs`: tasks at once, None for as many as fit. `where`: the place that `on` is written at. `memory`: bytes that a
    task needs, 0 where that is not known. Raises InputError for what is no place, or if the farm is not installed.
    """
    place = where or Origin(f"--on {on or LOCAL}")
    _check_installed(place)
    opened = _opened(on or LOCAL, jobs, place, memory)
    import dask

    # It adds to dask's settings, and sets its loggers up.
    import distributed  # noqa: F401

    farm = Farm(opened)
    # A task that has lost its worker is tried again here, as often as it says; the scheduler does not.
    settings = {"distributed.scheduler.allowed-failures": 0, "distributed.deploy.lost-worker-timeout": "3s"}
    with dask.config.set(settings), _unsaid():
        try:
            yield farm
        finally:
            farm.close()


def _opened(on: str, jobs: int | None, where: Origin, memory: int) -> Place:
    if jobs is not None and jobs < 1:
        raise InputError([Problem(f"--jobs: expected 1 or more, received {jobs}", where)])
    if on == LOCAL:
        from registry.farm.local import Local

        return Local(jobs, memory)
    if "://" in on:
        from registry.farm.running import Running

        return Running(on, jobs)
    if on.endswith(FILES):
        from registry.farm.batch import Batch

        return Batch(read_batch(on, where), jobs, where)
    message = f"expected {LOCAL}, tcp://HOST:PORT or FILE.yaml, received {on!r}"
    raise InputError([Problem(message, where, hint=did_you_mean(on, [LOCAL, *_files()]))])


def _files() -> list[str]:
    return sorted(path.name for ending in FILES for path in Path().glob(f"*{ending}"))


def _check_installed(where: Origin) -> None:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        message = f"tasks are given out by {', '.join(missing)}, which is not installed"
        raise InputError([Problem(message, where, hint="pip install 'registry[farm]'")])


@contextmanager
def _unsaid() -> Iterator[None]:
    """Let dask log nothing: what became of each task is said by name."""
    loggers = [logger for name in LOGGERS for logger in _loggers(name)]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _loggers(name: str) -> list[logging.Logger]:
    """Return a logger and those below it."""
    known = [known for known in logging.root.manager.loggerDict if known.startswith(f"{name}.")]
    return [logging.getLogger(item) for item in (name, *known)]
