"""`python -m registry.eject GRAPH|RUN -o model.py`: the network as one Keras script, without this package."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from registry.console.command import run_command, show_warnings
from registry.console.notices import without_startup_notices
from registry.wiring.arguments import graph_parser

if TYPE_CHECKING:
    import argparse

DESCRIPTION = (
    "write the network of a graph as one readable Keras script: the code of its layers, and a line for each node; of a "
    "run the trained weights too. It is run in a process without this package, and its outputs are compared, first"
)


def main(arguments: list[str] | None = None) -> int:
    """Write the script; return the exit status."""
    options = parser().parse_args(arguments)
    with without_startup_notices():
        from registry.ejecting.ejecting import eject_named
    made, warnings = eject_named(options.graph, options.out, options.config, options.set, options.plugin)
    show_warnings(warnings)
    if made.weights:
        print(f"{made.weights}: the weights of {options.graph}")
    proved = f"equal outputs in a process without this package (largest difference {made.difference:.1g})"
    print(f"{made.file}: {made.lines:,} lines; {proved}")
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    made = graph_parser("registry.eject", DESCRIPTION)
    made.add_argument("-o", "--out", required=True, metavar="FILE.py", help="the script")
    return made


if __name__ == "__main__":
    sys.exit(run_command(main))
