"""The arguments of every command that takes a graph file, and the graph that they name."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from registry.console.arguments import take_plugins
from registry.console.command import EXIT_STATUS
from registry.console.notices import without_startup_notices
from registry.contract.errors import InputError, Problems
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.opening import check_graph


def graph_parser(command: str, description: str) -> argparse.ArgumentParser:
    """Return a parser for a command that takes a graph file and what is laid over it."""
    parser = argparse.ArgumentParser(prog=f"python -m {command}", description=description, epilog=EXIT_STATUS)
    parser.add_argument("graph", metavar="GRAPH", help="graph file, such as graphs/gravnet.yaml")
    parser.add_argument("--config", action="append", default=[], metavar="FILE", help="options laid over others")
    parser.add_argument("--set", action="append", default=[], metavar="KEY.SUB=VALUE", help="one option over all files")
    take_plugins(parser)
    return parser


def graph_arguments(parsed: argparse.Namespace) -> list[str]:
    """Return the arguments that `graph_parser` has read, as they are typed."""
    laid_over = (("--config", parsed.config), ("--set", parsed.set), ("--plugin", parsed.plugin))
    return [parsed.graph, *(word for option, items in laid_over for item in items for word in (option, item))]


def open_from(arguments: argparse.Namespace) -> CheckedGraph:
    """Open the graph that the arguments of `graph_parser` name; raise InputError with all that is wrong with it."""
    problems = Problems()
    checked = problems.require(check_from(arguments, problems))
    checked.warnings = problems.warnings
    return checked


def check_from(arguments: argparse.Namespace, problems: Problems) -> CheckedGraph:
    """Return the graph that the arguments name, as `check_files` does."""
    return check_files(arguments.graph, arguments.config, arguments.set, arguments.plugin, problems)


def check_files(
    path: str,
    configs: Sequence[str],
    sets: Sequence[str],
    plugins: Sequence[str],
    problems: Problems,
    own: Sequence[str] | None = None,
    others: bool = False,
) -> CheckedGraph:
    """Return a graph as far as it can be wired; what is wrong with it is in `problems`.

    `own`: plugin files instead of those that the graph names; `others`: see `check_graph`. Raises InputError if
    nothing of it can be.
    """
    # A plugin may import TensorFlow, whose notices say nothing about the graph.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with without_startup_notices():
        checked = check_graph(path, configs, sets, plugins, problems, own, others)
    if checked is None:
        raise InputError(problems)
    return checked
