"""`python -m registry.train GRAPH`: check, compile, train in stages, log to mlflow."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from registry.commands import graph_parser, open_from, run_command, show_warnings
from registry.errors import InputError, Problem, Problems
from registry.training.options import Options, read_options
from registry.training.schedule import check_stage_sets
from registry.wiring.opening import require_trainable

if TYPE_CHECKING:
    from registry.training.run import Run
    from registry.wiring.wiring import Wiring


def main(arguments: list[str] | None = None) -> int:
    """Train a graph; return the exit status."""
    parser = graph_parser("registry.train", "check, compile and train a graph; log everything to mlflow")
    options = parser.parse_args(arguments)
    wiring, settings = check(options)
    from registry.training.session import train

    return train(wiring, settings, sys.argv if arguments is None else ["registry.train", *arguments])


def check(arguments: argparse.Namespace) -> tuple[Wiring, Options]:
    """Check the graph and everything training needs; raise InputError with all that is wrong."""
    wiring = open_from(arguments)
    problems = Problems()
    options = read_options(wiring.graph.config, problems)
    require_trainable(wiring, problems)
    if options:
        check_stage_sets(options, wiring, problems)
    show_warnings([*wiring.warnings, *problems.warnings])
    problems.raise_if_any()
    assert options is not None
    return wiring, options


if __name__ == "__main__":
    sys.exit(run_command(main))
