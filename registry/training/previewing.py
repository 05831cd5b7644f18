"""Looks at events before they are trained on, for `check`: NumPy is imported only where there are any to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.contract.errors import InputError, Problem
from registry.contract.failures import FAILURES, failure, said

if TYPE_CHECKING:
    from registry.configuration.options import Options
    from registry.contract.data import Preview
    from registry.wiring.checked_graph import CheckedNode


def check_data(loader: CheckedNode, options: Options, thorough: bool = False) -> list[Problem]:
    """Return what is wrong with the events, and what is doubtful, as far as the loader can tell in a moment.

    `thorough`: open all of them.
    """
    if thorough:
        return _open_all(loader, options)
    smallest = min((stage.options.batch_size for stage in options.stages), default=None)
    try:
        found: Preview | None = loader.block.preview(options.general.seed, smallest)  # type: ignore[attr-defined]
    except FAILURES as error:
        return [_failed(loader, error)]
    if found is None:
        return []
    from registry.training.checked_source import CheckedSource
    from registry.training.events import look_at

    try:
        source = CheckedSource(found.source, loader)
        return look_at(source, loader, options, found.complete)
    except InputError as error:
        return error.problems


def _open_all(loader: CheckedNode, options: Options) -> list[Problem]:
    from registry.training.events import look_at, open_data

    try:
        return look_at(open_data(loader, options.general.seed), loader, options, complete=True)
    except InputError as error:
        return error.problems


def _failed(loader: CheckedNode, error: BaseException) -> Problem:
    from registry.contract.data import DataError
    from registry.training.checked_source import data_problem, subject

    if isinstance(error, DataError):
        return data_problem(loader, error)
    found = failure(f"{subject(loader)}: preview() raised {said(error)}", error, "expected a Preview or None")
    place = found.origin.used_at(loader.written.origin) if found.origin else loader.written.origin
    return Problem(found.message, place, loader.written.path, found.hint)
