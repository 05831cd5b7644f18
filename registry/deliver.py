"""`python -m registry.deliver [FOLDER]`: record what an outage has kept in the folders of runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from registry.console.arguments import take_plugins
from registry.console.command import EXIT_STATUS, run_command
from registry.contract.errors import RunError
from registry.contract.tracker import RUNS_FOLDER, UNDELIVERED
from registry.loading.blocks import load_registry
from registry.tracking.undelivered import deliver, undelivered

FOLDER = f"a run's folder, or one with runs (default: {RUNS_FOLDER})"


def main(arguments: list[str] | None = None) -> int:
    """Deliver what is kept; return the exit status."""
    options = parser().parse_args(arguments)
    folder = Path(options.folder or (RUNS_FOLDER if RUNS_FOLDER.is_dir() else "."))
    files = undelivered(folder)
    if not files:
        print(f"nothing is undelivered in {folder}")
        return 0
    trackings = load_registry((name, None) for name in options.plugin).trackings
    failed = 0
    for file in files:
        try:
            print(deliver(file, trackings))
        except RunError as error:
            failed += 1
            print(f"error: {error}", file=sys.stderr)
    return 1 if failed else 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    description = (
        "record what could not be recorded while a run went on: metrics, parameters, files and how it ended; "
        f"the run's folder holds it in {UNDELIVERED}. It may be called any number of times"
    )
    made = argparse.ArgumentParser(prog="python -m registry.deliver", description=description, epilog=EXIT_STATUS)
    made.add_argument("folder", nargs="?", default="", metavar="FOLDER", help=FOLDER)
    take_plugins(made)
    return made


if __name__ == "__main__":
    sys.exit(run_command(main))
