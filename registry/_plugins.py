"""`python -m registry.plugins`: list the plugins: where from, what each brings, what failed and why, what is unused."""

from __future__ import annotations

import argparse
import json
import sys

from registry.console.arguments import take_plugins
from registry.console.command import EXIT_STATUS, run_command
from registry.contract.errors import Problems
from registry.loading.blocks import find_plugins
from registry.reference.installed import inventory, text_of
from registry.wiring.opening import open_graph

BRIEF = True
"""It ends within seconds."""


def main(arguments: list[str] | None = None) -> int:
    """List the plugins; return the exit status, 0 also where some of them failed."""
    options = parser().parse_args(arguments)
    problems = Problems()
    registry = find_plugins([(name, None) for name in options.plugin], problems)
    problems.raise_if_any()
    graphs = [open_graph(graph, plugins=options.plugin) for graph in options.graph]
    found = inventory(registry, graphs)
    if options.json:
        print(json.dumps([info.as_data() for info in found], indent=2))
    else:
        print(text_of(found), end="")
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    description = "list the plugins: what is installed, from where, which blocks and hooks, what failed and why"
    made = argparse.ArgumentParser(prog="python -m registry.plugins", description=description, epilog=EXIT_STATUS)
    text = "say which plugins this graph uses; may be given several times"
    made.add_argument("--graph", action="append", default=[], metavar="GRAPH", help=text)
    made.add_argument("--json", action="store_true", help="print JSON")
    take_plugins(made)
    return made


if __name__ == "__main__":
    sys.exit(run_command(main, BRIEF))
