"""`python -m registry.sweep GRAPH|SWEEP.yaml`: train variants of a graph, and say which is best."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

from registry.console.command import EXIT_STATUS, run_command, show_warnings
from registry.contract.errors import Origin, Problems
from registry.farm.arguments import farm_arguments, take_farm
from registry.sweeping.axes import laid_over
from registry.sweeping.axis_texts import typed_axes
from registry.sweeping.request import METRIC, RETRIES, Request, request_in
from registry.wiring.arguments import graph_arguments, graph_parser

OVER = (
    "an option with its values, by the path that --set takes: 'Architecture.gravnet[*].n=16,32,64', or a range "
    "LOW..HIGH, with :log, :int or a step behind it"
)

ABLATE = "train variants without this node, or without this group of nodes (a selector; A,B leaves both out)"

STATUS = f"{EXIT_STATUS}; trials that fail are recorded and stop nothing: 1 means that none has a value"

SET = ("sampler", "metric", "direction", "prune", "study", "storage", "seeds", "trials", "on", "jobs", "retries")
"""Arguments that count before what a file says."""


def main(arguments: list[str] | None = None) -> int:
    """Run the sweep that the arguments describe; return the exit status."""
    options = parser().parse_args(arguments)
    typed = sys.argv[1:] if arguments is None else arguments
    from registry.sweeping.plan import plan
    from registry.sweeping.sweeping import sweep

    request = request_of(options, ["python", "-m", "registry.sweep", *typed])
    if farm_arguments(options).print_jobs:
        from registry.farm.opening import open_place

        with open_place(request.on, jobs=request.jobs, where=request.places.get("on")) as farm:
            print(farm.print_jobs(), end="")
        return 0
    made = plan(request)
    show_warnings(made.base.checked.warnings)
    if options.dry_run:
        from registry.sweeping.estimating import estimate

        for line in estimate(made):
            print(line, flush=True)
        return 0
    done = sweep(made, lambda line: print(line, flush=True))
    return 0 if any(row.state == "done" for row in done.rows) else 1


def request_of(options: argparse.Namespace, command: Sequence[str]) -> Request:
    """Return what is asked for: what the file says, and over it what is typed."""
    problems = Problems()
    over = typed_axes(options.over, problems)
    request = request_in(graph_arguments(options), problems)
    problems.raise_if_any()
    asked = {name: getattr(options, name) for name in SET}
    given = {name: value for name, value in asked.items() if value is not None}
    return replace(
        request,
        **given,
        axes=laid_over(request.axes, over),
        ablations=[*request.ablations, *options.ablate],
        command=command,
        places={**request.places, **{name: Origin(f"--{name} {value}") for name, value in given.items()}},
    )


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    description = (
        "train variants of a graph, each in a process of its own, and rank them; the same command goes on with what "
        "was interrupted, and several may work on one study. GRAPH may be a file that describes a sweep"
    )
    made = graph_parser("registry.sweep", description)
    made.epilog = STATUS
    made.add_argument("--over", action="append", default=[], metavar="PATH=VALUES", help=OVER)
    made.add_argument("--ablate", action="append", default=[], metavar="NODE|GROUP", help=ABLATE)
    made.add_argument("--seeds", type=int, metavar="N", help="trainings of every variant, from General.seed on")
    text = "how many variants (default: all, or 20 where they cannot be counted)"
    made.add_argument("--trials", type=int, metavar="N", help=text)
    text = "what chooses the variants: all of them (grid), or Optuna's random, tpe, cmaes"
    made.add_argument("--sampler", choices=("grid", "random", "tpe", "cmaes"), help=text)
    made.add_argument("--metric", metavar="M", help=f"the metric that decides ({METRIC}): its last value in each run")
    text = "whether less or more of it is better, where its name does not say so"
    made.add_argument("--direction", choices=("min", "max"), help=text)
    text = "end variants early that are worse than others were at the same epoch (Optuna's pruners)"
    made.add_argument("--prune", choices=("median", "hyperband"), help=text)
    text = "name of the study (default: by the graph and what is varied)"
    made.add_argument("--study", metavar="NAME", help=text)
    text = "where the study is kept: a file that several machines may share, or the URL of a database"
    made.add_argument("--storage", metavar="FILE|URL", help=text)
    text = "check every variant and list what it costs; time is estimated from one step. Train nothing"
    made.add_argument("--dry-run", action="store_true", help=text)
    take_farm(made, retries=RETRIES)
    # What a file says counts where nothing is typed.
    made.set_defaults(retries=None)
    return made


if __name__ == "__main__":
    sys.exit(run_command(main))
