"""`python -m registry.schema [-o FILE]`: JSON Schema of graph and configuration files, for editors."""

from __future__ import annotations

import argparse
import json
import sys

from registry.console.arguments import take_plugins
from registry.console.command import EXIT_STATUS, run_command
from registry.console.files import write_file
from registry.loading.blocks import load_registry
from registry.reference.schema import json_schema

USE = "an editor with the YAML language server reads `# yaml-language-server: $schema=FILE` in a file's first line"


def main(arguments: list[str] | None = None) -> int:
    """Print or write the schema; return the exit status."""
    options = parser().parse_args(arguments)
    registry = load_registry([(name, None) for name in options.plugin])
    text = json.dumps(json_schema(registry), indent=1, ensure_ascii=False) + "\n"
    if options.output:
        write_file(options.output, text)
        print(options.output)
    else:
        print(text, end="")
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    description = f"JSON Schema of graph and configuration files with all installed plugins; {USE}"
    made = argparse.ArgumentParser(prog="python -m registry.schema", description=description, epilog=EXIT_STATUS)
    made.add_argument("-o", "--output", metavar="FILE", help="write it there")
    take_plugins(made)
    return made


if __name__ == "__main__":
    sys.exit(run_command(main))
