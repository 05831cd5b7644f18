"""`python -m registry.schema [-o FILE]`: JSON Schema of graph and configuration files, for editors."""

from __future__ import annotations

import argparse
import json
import sys

from registry.console.arguments import take_plugins
from registry.console.command import EXIT_STATUS, run_command
from registry.console.files import write_file
from registry.loading.blocks import load_registry
from registry.loading.installed import BUILTIN
from registry.reference.schema import json_schema
from registry.wiring.opening import open_graph

USE = "an editor with the YAML language server reads `# yaml-language-server: $schema=FILE` in a file's first line"


def main(arguments: list[str] | None = None) -> int:
    """Print or write the schema; return the exit status."""
    options = parser().parse_args(arguments)
    registry = load_registry([(name, None) for name in options.plugin])
    graphs = [open_graph(graph, plugins=options.plugin) for graph in options.graph]
    chosen = None if options.plugins else {BUILTIN, *options.plugin}
    found = json_schema(graphs[0].registry if graphs else registry, graphs, None if graphs else chosen)
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    if options.output:
        write_file(options.output, text)
        print(options.output)
    else:
        print(text, end="")
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    description = f"JSON Schema of graph and configuration files; {USE}"
    made = argparse.ArgumentParser(prog="python -m registry.schema", description=description, epilog=EXIT_STATUS)
    made.add_argument("-o", "--output", metavar="FILE", help="write it there")
    made.add_argument("--plugins", action="store_true", help="with the blocks of all installed plugins")
    text = "offer what this graph consists of: its nodes, their outputs, its options, the blocks of its plugins"
    made.add_argument("--graph", action="append", default=[], metavar="GRAPH", help=text)
    take_plugins(made)
    return made


if __name__ == "__main__":
    sys.exit(run_command(main))
