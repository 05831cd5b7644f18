"""`python -m registry.compare RUN RUN...`: rank runs with errors over seeds; say what differs between them."""

from __future__ import annotations

import argparse
import sys

from registry.console.arguments import take_plugins
from registry.console.command import EXIT_STATUS, run_command
from registry.interface.arguments import listed

RUNS = "run:ID, the name or the folder of a run"


def main(arguments: list[str] | None = None) -> int:
    """Compare the runs that the arguments name; return the exit status."""
    options = parser().parse_args(arguments)
    from registry.comparing.terminal import show
    from registry.interface.comparison import compare

    found = compare(
        *options.run,
        experiment=options.experiment,
        study=options.study,
        storage=options.storage,
        metric=options.metric,
        mode=options.mode,
        against=options.against,
        plugins=listed(options.plugin),
    )
    show(found.ranking, sys.stdout)
    if options.csv:
        found.to_csv_file(options.csv)
    if options.html:
        found.to_page(options.html)
    if options.figures:
        found.to_figures(options.figures)
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    description = (
        "rank runs, best first: those that differ by their seed only are one group, with errors over seeds; say what "
        "differs between groups, and test the difference. What failed, or saw other data, is set apart"
    )
    made = argparse.ArgumentParser(prog="python -m registry.compare", description=description, epilog=EXIT_STATUS)
    made.add_argument("run", nargs="*", metavar="RUN", help=RUNS)
    made.add_argument("--experiment", default="", metavar="NAME", help="all runs of this experiment")
    text = 'all runs whose tag "study" is this; or the study that a journal file, or a database by its URL, keeps'
    made.add_argument("--study", default="", metavar="NAME|FILE|URL", help=text)
    text = "where the study of this name is kept: a file, or the URL of a database"
    made.add_argument("--storage", default="", metavar="FILE|URL", help=text)
    text = "the metric that decides (default: validation/loss, or else the loss of the training)"
    made.add_argument("--metric", default="", metavar="M", help=text)
    text = "whether less or more of it is better, where its name does not say so"
    made.add_argument("--mode", default="", choices=("min", "max"), help=text)
    text = "test against the group of this run, instead of the best one"
    made.add_argument("--against", default="", metavar="RUN", help=text)
    made.add_argument("--html", metavar="FILE", help="write a page that works offline")
    made.add_argument("--figures", metavar="FOLDER", help="write every figure of the page as SVG and as PDF")
    made.add_argument(
        "--csv", metavar="FILE", help="write the numbers of the groups, and those of the runs into FILE.runs.csv"
    )
    take_plugins(made)
    return made


if __name__ == "__main__":
    sys.exit(run_command(main))
