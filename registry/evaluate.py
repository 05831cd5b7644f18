"""`python -m registry.evaluate RUN [DATA ...]`: efficiency, fake rate, response and more: errors, figures, a page."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from registry.console.arguments import take_plugins
from registry.console.command import EXIT_STATUS, run_command, show_warnings
from registry.contract.data import PARTS
from registry.contract.errors import InputError, Problem
from registry.farm.arguments import farm_arguments, take_farm
from registry.farm.many import found_files, print_jobs, run_whole
from registry.inference.evaluation_many import evaluate_files
from registry.inference.evaluation_request import Request
from registry.inference.evaluation_run import FOLDER, evaluate

WORST = 10
"""Events that are shown where nothing else is said."""


def main(arguments: list[str] | None = None) -> int:
    """Evaluate a model; return the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    options = parser().parse_args(arguments)
    if options.worst < 0:
        problem = f"--worst: expected a number of events, received {options.worst}"
        raise InputError([Problem(problem, hint=f"--worst {WORST}")])
    asked, data = farm_arguments(options), found_files(options.data)
    if asked.print_jobs:
        return print_jobs(asked)
    if asked.wanted and (len(data) < 2 or options.part):
        return run_whole("registry.evaluate", _without_farm(given), Path(f"{options.out or FOLDER}.task"), asked)
    request = Request(
        options.model,
        data[0] if data else "",
        options.part or "",
        options.worst,
        options.beside,
        options.config,
        options.set,
        options.tune,
        options.plugin,
        data if len(data) > 1 else (),
    )
    started = time.monotonic()
    out = Path(options.out) if options.out else None
    result = evaluate_files(request, out, asked, main) if request.each else evaluate(request)
    from registry.inference.evaluation_files import record, write
    from registry.inference.evaluation_text import report

    show_warnings([Problem(text, severity="warning") for text in result.warnings])
    command = shlex.join(["python", "-m", "registry.evaluate", *given])
    folder = out or result.folder
    files = write(result, request, folder, command, figures=not options.no_figures, only=options.figure)
    print(report(result.evaluated))
    for method in result.evaluated.methods:
        if method.scan:
            print(f"{method.name}: {method.scan.text()}")
    print(f"{len(result.evaluated.names)} events of {request.events}; {time.monotonic() - started:.1f} s; {folder}")
    if result.run is not None and not options.no_log:
        print(record(result, request, folder, files))
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    description = (
        "evaluate a trained model: make clusters of its predictions as `Evaluation` says, match them with the truth, "
        "and measure; tables, figures and a page are written, and what came out is recorded with the run"
    )
    made = argparse.ArgumentParser(prog="python -m registry.evaluate", description=description, epilog=EXIT_STATUS)
    made.add_argument("model", metavar="RUN", help="a run (run:ID, its name, its folder), or a model's file")
    made.add_argument(
        "data",
        metavar="DATA",
        nargs="*",
        help="other events; several files one by one, and all as one; with --part: where the run's own data lie now, "
        "in one file or several",
    )
    made.add_argument("--part", metavar="PART", help=f"{', '.join(PARTS)}; of the run's own data it is test")
    made.add_argument("--worst", type=int, default=WORST, metavar="N", help="worst events to show (%(default)s)")
    made.add_argument("--beside", action="append", default=[], metavar="RUN", help="another run, on the same events")
    made.add_argument("--tune", action="store_true", help="choose the thresholds anew, on the validation events")
    made.add_argument("--config", action="append", default=[], metavar="FILE", help="a section Evaluation, laid over")
    made.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="an option, Evaluation.KEY=VALUE")
    made.add_argument("-o", "--out", metavar="FOLDER", help=f"where files go (default: {FOLDER} in the run's folder)")
    made.add_argument(
        "--figure", action="append", default=[], metavar="NAME", help="draw this figure, and leave the page as it is"
    )
    made.add_argument("--no-figures", action="store_true", help="write the tables only")
    made.add_argument("--no-log", action="store_true", help="record nothing with the run")
    take_farm(made)
    take_plugins(made)
    return made


def _without_farm(given: Sequence[str]) -> list[str]:
    """Return the arguments that evaluate the same without a farm."""
    taker = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    take_farm(taker)
    return taker.parse_known_args(given)[1]


if __name__ == "__main__":
    sys.exit(run_command(main))
