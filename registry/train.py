"""`python -m registry.train GRAPH`: check, compile, train in stages, log everything."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from registry.comparing.seeds import report, with_seed
from registry.console.command import EXIT_STATUS, run_command, show_warnings
from registry.contract.errors import InputError, Problem, Problems
from registry.contract.tracker import RUNS_FOLDER
from registry.tracking.addresses import check_from
from registry.training.ranks.farming import print_jobs, train_on
from registry.training.ranks.launching import train_with_ranks
from registry.training.ranks.meeting import place as rank_place
from registry.training.run_folder import has_checkpoint, named_folder, wait_until_free
from registry.training.several import Plan, exit_status_of, seeds_of, train_several
from registry.training.starting import start
from registry.training.stopping import STOP_FILE, asked_to_stop
from registry.wiring.arguments import graph_arguments, graph_parser
from registry.wiring.learning import check_training
from registry.wiring.opening import require_trainable

NOT_ALL_RECORDED = 3
"""The exit status of a run that ended well, but of which something is not recorded yet."""

STATUS = f"{EXIT_STATUS}, {NOT_ALL_RECORDED} trained, but not all of it could be recorded yet (registry.deliver)"

RESUME = "go on with a run: run:ID, its name, its folder, or its checkpoint"

START_FROM = "begin a new run with the weights of another one: RUN, RUN:best, RUN:last or RUN:epoch-N"

SEEDS = "train N runs, one after the other, with the seeds from General.seed on; closes with their errors over seeds"

CONTINUE = (
    "of several seeds, train those only of which no run has finished, runs that were interrupted go on; with --folder, "
    "go on with the run in that folder if there is one"
)

FOLDER = "keep the run's checkpoints in mlruns/local/NAME, instead of one that is called like the graph and the time"

RANKS = (
    "train in N processes that share the cores: each has batch_size hits of every step, whose gradient is that of all; "
    "rank 0 validates, records and saves"
)

ON = "where the ranks run: tcp://HOST:PORT, or FILE.yaml, which describes jobs of a batch system (default: here)"

PRINT_JOBS = "show the file that would be submitted to the batch system, and begin nothing"

RANKS_FOLDER = RUNS_FOLDER / "ranks"
"""Where ranks meet that a farm runs, and where their logs stay."""

TAG = "a tag of the run, which it is found by"

if TYPE_CHECKING:
    from registry.configuration.options import Options
    from registry.wiring.checked_graph import CheckedGraph


def main(arguments: list[str] | None = None) -> int:
    """Train a graph; return the exit status."""
    options = parser().parse_args(arguments)
    launched = rank_place() is None and (options.ranks > 1 or options.on is not None)
    # Rank 0 shows the warnings.
    checked, settings = check(options, quiet=launched)
    seeds = seeds_of(settings, options.seeds)
    if options.print_jobs and options.on is None:
        raise InputError([Problem("--print-jobs: expected --on, which says where jobs go", hint="--on slurm.yaml")])
    if options.ranks < 1 or (launched and seeds):
        received = f"{options.ranks} with several seeds" if seeds else str(options.ranks)
        hint = "--ranks 2, with one seed: --set General.seeds=[]; many seeds at once: registry.sweep --seeds 3"
        raise InputError(
            [Problem(f"--ranks: expected a number of processes of one run, received {received}", hint=hint)]
        )
    if seeds:
        return _several(options, settings, seeds)
    if options.go_on and not options.folder:
        hint = "--seeds 3, General.seeds, or --folder NAME"
        raise InputError([Problem("--continue: there are no seeds to go on with", hint=hint)])
    tags = tags_of(options.tag)
    place = named_folder(options.folder, options.go_on) if options.folder else None
    if place and options.go_on:
        wait_until_free(place)
    if place and (reason := asked_to_stop(place)):
        print(f"the run in {place} was asked to stop: {reason}\n  without {place / STOP_FILE} it goes on")
        return 0
    if place and options.go_on and has_checkpoint(place):
        options.resume, place = str(place), None
    if launched:
        return _in_ranks(options)
    typed = sys.argv[1:] if arguments is None else arguments
    command = ["python", "-m", "registry.train", *typed]
    outcome = start(checked, settings, command, options.profile, options.resume, options.start_from, tags, place)
    if outcome.status == "KILLED":
        return 0 if asked_to_stop(outcome.folder) else 128 + outcome.signal
    if outcome.failures:
        print(f"error: the run is {outcome.status}, but {count(outcome.failures)} failed", file=sys.stderr)
        return 1
    return NOT_ALL_RECORDED if outcome.undelivered else 0


def _in_ranks(options: argparse.Namespace) -> int:
    """Train in several processes of this command, and return the exit status."""
    begins = {"--resume": options.resume, "--start-from": options.start_from}
    if options.on is not None and options.print_jobs:
        print(print_jobs(options.on, options.ranks), end="")
        return 0
    every = [*graph_arguments(options), "--ranks", str(options.ranks)]
    every += [word for option, run in begins.items() if run for word in (option, run)]
    first = [word for tag in options.tag for word in ("--tag", tag)]
    first += ["--profile"] if options.profile else []
    # The folder has been made, unless the run in it is resumed.
    first += ["--folder", options.folder, "--continue"] if options.folder and not options.resume else []
    if options.on is None:
        return train_with_ranks(every, first, options.ranks)
    return train_on(options.on, every, first, options.ranks, RANKS_FOLDER)


def _several(options: argparse.Namespace, settings: Options, seeds: Sequence[int]) -> int:
    """Train with several seeds, show what came of them, and return the exit status."""
    if options.folder:
        raise InputError([Problem("--folder names the folder of one run; received several seeds")])
    if options.resume is not None:
        hint = f"go on with all seeds: --continue; with this run alone: --resume {options.resume} without seeds"
        raise InputError([Problem("--resume goes on with one run; received several seeds", hint=hint)])

    given = graph_arguments(options)

    def opened(seed: int) -> tuple[CheckedGraph, Options]:
        return check(parser().parse_args(with_seed(given, settings, seed)), quiet=True)

    def command(seed: int) -> list[str]:
        return ["python", "-m", "registry.train", *with_seed(given, settings, seed)]

    tags = tags_of(options.tag)
    done = train_several(Plan(seeds, opened, command, options.go_on, options.profile, options.start_from, tags))
    print(report(done, seeds, options.plugin))
    status = exit_status_of(done)
    return status or (NOT_ALL_RECORDED if any(item.outcome and item.outcome.undelivered for item in done) else 0)


def count(failures: Sequence[str]) -> str:
    """Return how many monitors have failed, in words."""
    return "a monitor" if len(failures) == 1 else f"{len(failures)} monitors"


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    made = graph_parser("registry.train", "check, compile and train a graph; log everything")
    made.epilog = STATUS
    made.add_argument("--profile", action="store_true", help="measure every node on one batch before training")
    made.add_argument("--resume", metavar="RUN", help=RESUME)
    made.add_argument("--start-from", metavar="RUN", help=START_FROM)
    made.add_argument("--seeds", type=int, metavar="N", help=SEEDS)
    made.add_argument("--continue", action="store_true", dest="go_on", help=CONTINUE)
    made.add_argument("--folder", default="", metavar="NAME", help=FOLDER)
    made.add_argument("--ranks", type=int, default=1, metavar="N", help=RANKS)
    made.add_argument("--on", metavar="tcp://HOST:PORT|FILE.yaml", help=ON)
    made.add_argument("--print-jobs", action="store_true", help=PRINT_JOBS)
    made.add_argument("--tag", action="append", default=[], metavar="NAME=VALUE", help=TAG)
    return made


def tags_of(typed: Sequence[str]) -> dict[str, str]:
    """Return the tags in NAME=VALUE; raises InputError for another form."""
    wrong = [item for item in typed if not item.partition("=")[0].strip() or "=" not in item]
    if wrong:
        raise InputError([Problem(f"--tag: expected NAME=VALUE, received {item!r}") for item in wrong])
    return {name.strip(): value for name, _, value in (item.partition("=") for item in typed)}


def check(arguments: argparse.Namespace, quiet: bool = False) -> tuple[CheckedGraph, Options]:
    """Check the graph and everything training needs; raise InputError with all that is wrong.

    `quiet`: warnings have been shown before.
    """
    problems = Problems()
    checked = check_from(arguments, problems)
    options = check_training(checked, problems)
    require_trainable(checked, problems)
    options = problems.require(options)
    checked.warnings = problems.warnings
    if not quiet:
        show_warnings(problems.warnings)
    return checked, options


if __name__ == "__main__":
    sys.exit(run_command(main))
