"""`python -m registry.page RUN`: a page of a run that works offline: curves, drawing, events, what differs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from registry.console.arguments import take_plugins
from registry.console.command import EXIT_STATUS, run_command
from registry.console.files import write_file
from registry.interface.pages import page_of


def main(arguments: list[str] | None = None) -> int:
    """Write the page of the run that the arguments name; return the exit status."""
    options = parser().parse_args(arguments)
    found, text = page_of(options.run, options.plugin)
    file = options.out or f"page-{found.summary.id if not Path(found.summary.id).is_absolute() else 'of-run'}.html"
    write_file(file, text)
    print(f"{file}: {found.summary.name}, {len(text.encode()) / 1e6:.1f} MB")
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    description = (
        "write the page of a run: its curves, the drawing coloured by time, gradient and change, events to turn, "
        "figures, what differs from the graph's own files, environment and warnings; one file that works offline"
    )
    made = argparse.ArgumentParser(prog="python -m registry.page", description=description, epilog=EXIT_STATUS)
    made.add_argument("run", metavar="RUN", help="a run: run:ID, its name, its folder")
    made.add_argument("-o", "--out", metavar="FILE", help="the file (default: page-ID.html)")
    take_plugins(made)
    return made


if __name__ == "__main__":
    sys.exit(run_command(main))
