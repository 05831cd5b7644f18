"""Opens a graph from a file, from a revision in git, or from a recorded run."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from registry.contract.errors import Problems, name_folder
from registry.contract.tracker import RUN
from registry.tracking.artifacts import GIT
from registry.wiring.arguments import check_files
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.pretrained import check_weight_files

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

_unpacked: list[TemporaryDirectory[str]] = []
"""Folders of graphs that are in use until the process ends: layers of their plugins may be imported at any time."""


@contextmanager
def opened(source: str, configs: Sequence[str], sets: Sequence[str], plugins: Sequence[str]) -> Iterator[CheckedGraph]:
    """Open "FILE", "git:REV:PATH" or "run:ID"; what was unpacked for it stays until the context ends.

    Raises InputError if it cannot be found or is wrong; places in it are named as `source` names it.
    """
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        problems = Problems()
        checked = problems.require(_check(source, configs, sets, plugins, problems, folder))
        checked.warnings = problems.warnings
        yield checked


def check_address(
    source: str, configs: Sequence[str], sets: Sequence[str], plugins: Sequence[str], problems: Problems
) -> CheckedGraph:
    """Return the graph of "FILE", "git:REV:PATH" or "run:ID" as far as it can be checked; its faults are in `problems`.

    Raises InputError if nothing of it can be.
    """
    if source.startswith((GIT, RUN)):
        from tempfile import TemporaryDirectory

        _unpacked.append(TemporaryDirectory())
    return _check(source, configs, sets, plugins, problems, _unpacked[-1].name if _unpacked else "")


def check_from(arguments: argparse.Namespace, problems: Problems) -> CheckedGraph:
    """Return the graph that the arguments of `graph_parser` name, as `check_address` does."""
    return check_address(arguments.graph, arguments.config, arguments.set, arguments.plugin, problems)


def open_from(arguments: argparse.Namespace) -> CheckedGraph:
    """Open the graph that the arguments of `graph_parser` name; raise InputError with all that is wrong with it."""
    problems = Problems()
    checked = problems.require(check_from(arguments, problems))
    checked.warnings = problems.warnings
    return checked


def _check(
    source: str,
    configs: Sequence[str],
    sets: Sequence[str],
    plugins: Sequence[str],
    problems: Problems,
    folder: str,
) -> CheckedGraph:
    if not source.startswith((GIT, RUN)):
        checked = check_files(source, configs, sets, plugins, problems)
        check_weight_files(checked.expanded, problems)
        if any(graph.weights.startswith(RUN) for graph in checked.expanded.subgraphs.values()):
            from registry.tracking.pretrained import check_weight_runs

            check_weight_runs(checked, problems)
        return checked
    # Most graphs are files: what unpacks others is imported for them only.
    from registry.tracking.unpacking import from_git, from_run

    place = Path(folder).resolve()
    name_folder(place, source)
    unpacked = from_git(source, place) if source.startswith(GIT) else from_run(source, place, plugins)
    for warning in unpacked.warnings:
        problems.add(warning)
    checked = check_files(unpacked.graph, [*unpacked.configs, *configs], sets, plugins, problems, unpacked.plugins)
    checked.address = source if source.startswith(RUN) else ""
    return checked
