"""`python -m registry.data GRAPH`: what the events of a graph's loader are like, before and after its filters."""

from __future__ import annotations

import argparse
import json
import sys

from registry.console.command import run_command, show_warnings
from registry.console.files import write_file
from registry.contract.errors import Problem, Problems
from registry.tracking.addresses import check_from
from registry.wiring.arguments import graph_parser
from registry.wiring.learning import check_training
from registry.wiring.loaders import loader_of


def main(arguments: list[str] | None = None) -> int:
    """Print what the data are like; return the exit status."""
    from registry.surveying.found import look
    from registry.surveying.text import lines
    from registry.training.events import open_data

    options = parser().parse_args(arguments)
    problems = Problems()
    checked = check_from(options, problems)
    engine = check_training(checked, problems)
    loader = loader_of(checked, problems)
    source = open_data(loader, engine.general.seed if engine is not None else 0)
    found = look(source, loader.block.name)
    doubts = [Problem(doubt, loader.written.origin, loader.written.path, severity="warning") for doubt in found.doubts]
    show_warnings([*problems.warnings, *doubts])
    print("\n".join(lines(found, options.columns)))
    if options.json:
        write_file(options.json, json.dumps(found.plain(), indent=1) + "\n")
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    made = graph_parser("registry.data", "what the events of a graph are like: hits, objects, noise, every column")
    made.add_argument("--columns", action="store_true", help="show every column of the files, not only those in use")
    made.add_argument("--json", metavar="FILE", help="write all of it, exact sums included, into a JSON file")
    return made


if __name__ == "__main__":
    sys.exit(run_command(main))
