"""`registry count_nodes GRAPH`: print how many nodes a graph has of each kind."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

import registry


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    made = argparse.ArgumentParser(prog="registry count_nodes", description="count the nodes of a graph")
    made.add_argument("graph", metavar="GRAPH", help="graph file")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Print the numbers; return the exit status."""
    options = parser().parse_args(arguments)
    graph = registry.load(options.graph)
    for kind, count in sorted(Counter(node.block.kind for node in graph.nodes.values()).items()):
        print(f"{count:4d} {kind}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
