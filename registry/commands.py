"""What all commands share: arguments, how problems are shown, exit statuses."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from registry.errors import InputError, Problem, Problems, RunError, in_order
from registry.quiet import quiet_start

if TYPE_CHECKING:
    from registry.wiring.wiring import Wiring

EXIT_STATUS = "exit status: 0 fine, 1 the run failed, 2 the input is wrong, 130 interrupted"


def graph_parser(command: str, description: str) -> argparse.ArgumentParser:
    """Return a parser for a command that takes a graph file and what is laid over it."""
    parser = argparse.ArgumentParser(prog=f"python -m {command}", description=description, epilog=EXIT_STATUS)
    parser.add_argument("graph", metavar="GRAPH", help="graph file, such as graphs/gravnet.yaml")
    parser.add_argument("--config", action="append", default=[], metavar="FILE", help="options laid over others")
    parser.add_argument("--set", action="append", default=[], metavar="KEY.SUB=VALUE", help="one option over all files")
    parser.add_argument("--plugin", action="append", default=[], metavar="FILE_OR_MODULE", help="a plugin to load")
    return parser


def open_from(arguments: argparse.Namespace) -> Wiring:
    """Open the graph that the arguments of `graph_parser` name; raise InputError with all that is wrong with it."""
    problems = Problems()
    wiring = check_from(arguments, problems)
    problems.raise_if_any()
    wiring.warnings = problems.warnings
    return wiring


def check_from(arguments: argparse.Namespace, problems: Problems) -> Wiring:
    """Return the graph that the arguments name as far as it can be wired; what is wrong with it is in `problems`.

    Raises InputError if nothing of it can be.
    """
    from registry.wiring.opening import check_graph

    # A plugin may import TensorFlow, whose notices are none of the user's business.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with quiet_start():
        wiring = check_graph(arguments.graph, arguments.config, arguments.set, arguments.plugin, problems)
    if wiring is None:
        raise InputError(problems)
    return wiring


def run_command(main: Callable[[], int], brief: bool = False) -> int:
    """Run a command; show its errors without a traceback, and return its exit status.

    `brief`: it ends within seconds, so that searching for unused objects would only cost a sixth of its time.
    """
    if brief:
        gc.disable()
    try:
        return main()
    except InputError as error:
        show(error.problems)
        return 2
    except RunError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing more can be said, and the interpreter must not try at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def show(problems: Iterable[Problem]) -> None:
    """Print problems to the standard error stream: warnings, then errors, in the order of their lines, with a count."""
    items = in_order(problems)
    colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    for problem in items:
        text = problem.render()
        if colour:
            first, separator, rest = text.partition("\n")
            shade = "31" if problem.severity == "error" else "33"
            text = f"\x1b[{shade}m{first}\x1b[0m{separator}{rest}"
        print(text, file=sys.stderr)
    errors = sum(problem.severity == "error" for problem in items)
    if errors > 1:
        print(f"{errors} errors", file=sys.stderr)


def show_warnings(problems: Iterable[Problem]) -> None:
    """Print warnings before a command goes on."""
    show(problems)
