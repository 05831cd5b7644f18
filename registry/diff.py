"""`python -m registry.diff A B`: what differs between two graphs; each a file, git:REV:PATH or run:ID."""

from __future__ import annotations

import argparse
import sys

from registry.console.arguments import take_plugins
from registry.console.command import run_command
from registry.drawing.files import endings, form_of
from registry.interface.difference import diff

STATUS = "exit status: 0 equal (names and order do not count), 1 different, 2 the input is wrong"


BRIEF = True
"""It ends within seconds."""


def main(arguments: list[str] | None = None) -> int:
    """Print what differs; return the exit status."""
    options = parser().parse_args(arguments)
    if options.render:
        form_of(options.render)
    found = diff(options.first, options.second, options.set, options.config, options.plugin)
    print(found.markdown if options.markdown else found.text)
    if options.render:
        found.draw(options.render)
    return 0 if found.equal else 1


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    description = "what differs between two graphs: nodes, wires, parameters, cost"
    made = argparse.ArgumentParser(prog="python -m registry.diff", description=description, epilog=STATUS)
    for name, metavar in (("first", "A"), ("second", "B")):
        made.add_argument(name, metavar=metavar, help="a graph file, git:REV:PATH, or run:ID")
    made.add_argument("--config", action="append", default=[], metavar="FILE", help="options laid over both graphs")
    made.add_argument("--set", action="append", default=[], metavar="KEY.SUB=VALUE", help="one option, for both graphs")
    take_plugins(made)
    made.add_argument("--markdown", action="store_true", help="print Markdown, for a pull request")
    made.add_argument("--render", metavar="FILE", help=f"draw both as one picture ({', '.join(endings())})")
    return made


if __name__ == "__main__":
    sys.exit(run_command(main, BRIEF))
