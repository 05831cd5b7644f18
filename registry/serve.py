"""`python -m registry.serve [FOLDER]`: mlflow's pages over runs that were moved, are read-only, or lie far away."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from registry.console.arguments import take_plugins
from registry.console.command import EXIT_STATUS, run_command
from registry.contract.errors import RunError
from registry.contract.tracker import RUNS_FOLDER
from registry.loading.blocks import load_registry

PORT = 5000


def main(arguments: list[str] | None = None) -> int:
    """Show the runs until the program is interrupted."""
    options = parser().parse_args(arguments)
    folder = Path(options.folder or (RUNS_FOLDER if RUNS_FOLDER.is_dir() else "."))
    if not folder.is_dir():
        raise RunError(f"{folder} is no folder\n  name the folder `mlruns` of the machine that has trained")
    trackings = load_registry((name, None) for name in options.plugin).trackings.values()
    serve = next((tracking.serve for tracking in trackings if tracking.serve), None)
    if serve is None:
        raise RunError("no tracker that is installed has pages to show")
    serve(folder, options.host, options.port, lambda text: print(text, flush=True))
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    description = (
        "show mlflow's pages over a folder of runs that was moved, is read-only, or mounted from another machine: its "
        "database is copied, and the files are found where they lie now. The runs of the tracker `folder`, and stores "
        "of mlflow 2, are shown as well. The folder is only read"
    )
    made = argparse.ArgumentParser(prog="python -m registry.serve", description=description, epilog=EXIT_STATUS)
    made.add_argument("folder", nargs="?", default="", metavar="FOLDER", help=f"default: {RUNS_FOLDER}")
    made.add_argument("--host", default="127.0.0.1", metavar="NAME", help="who may look: by default this machine only")
    made.add_argument("--port", type=int, default=PORT, metavar="N", help=f"default: {PORT}; 0: any that is free")
    take_plugins(made)
    return made


if __name__ == "__main__":
    sys.exit(run_command(main))
