"""`python -m registry.convert IN OUT`: events in another format, or as a trained network hands them on."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from registry.console.arguments import take_plugins
from registry.console.command import EXIT_STATUS, run_command, show_warnings
from registry.contract.errors import Problem
from registry.converting.tasks import MODULE, ONLY, FileFarm
from registry.farm.arguments import farm_arguments, take_farm
from registry.farm.many import print_jobs, run_whole
from registry.inference.files import endings

IN = (
    "a graph, whose loader describes the events; options with a section `Data`, such as convert writes beside events; "
    "or files of events (patterns may be quoted)"
)

OUT = "the file ({}), or FOLDER/*.ENDING: a file for each file of IN"

THROUGH = (
    "a trained network (run:ID, its name, its folder, a .keras file) that the events are passed through: what it says "
    "of the hits that it keeps becomes columns"
)


THREADS = 2
"""Files at once where no farm is asked for."""


def main(arguments: list[str] | None = None) -> int:
    """Write the events; return the exit status."""
    from registry.converting.converting import EACH, convert

    options = parser().parse_args(arguments)
    asked = farm_arguments(options)
    if asked.print_jobs:
        return print_jobs(asked)
    *named, out = options.files
    farm = FileFarm(asked, _without_farm(options)) if asked.on is not None else None
    if farm is not None and EACH not in Path(out).name:
        return run_whole(MODULE, farm.arguments, Path(f"{out}.task"), asked)
    made = convert(
        named or [out],
        out if named else "",
        options.through,
        options.columns,
        options.config,
        options.set,
        options.plugin,
        options.jobs or THREADS,
        options.restart,
        farm,
        options.only,
    )
    show_warnings([Problem(text, severity="warning") for text in made.warnings])
    for note in made.notes:
        print(f"not written: {note}")
    for file in made.files:
        if file.went_on_from:
            print(f"went on after {file.went_on_from:,} of {file.events:,} events")
        print(f"{file.file}: {file.events:,} events, {file.hits:,} hits")
    if options.only is not None:
        return 0
    print(f"{made.description}: describes them; lay it over a graph's options with --config")
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    description = (
        "write events in another format, every column in its type, event by event; with --through, as a trained "
        "network hands them on, to train the next one with. What was interrupted goes on when the same command is "
        "given again"
    )
    made = argparse.ArgumentParser(prog="python -m registry.convert", description=description, epilog=EXIT_STATUS)
    made.add_argument(
        "files", nargs="+", metavar="IN ... OUT", help=f"{IN}; and at last {OUT.format(', '.join(endings()))}"
    )
    made.add_argument("--through", default="", metavar="RUN|FILE.keras", help=THROUGH)
    names = "columns to write, separated by commas; without it all of them"
    made.add_argument("--columns", type=lambda text: text.split(","), default=[], metavar="NAME,NAME", help=names)
    made.add_argument("--config", action="append", default=[], metavar="FILE", help="options that describe the events")
    text = "one option of the graph; of files of events a parameter of their loader, event.id=event"
    made.add_argument("--set", action="append", default=[], metavar="KEY.SUB=VALUE", help=text)
    made.add_argument("--restart", action="store_true", help="begin anew, whatever was begun")
    take_farm(made, jobs=f"files at once, where each becomes a file ({THREADS}; with --on, as many as fit)")
    made.add_argument(ONLY, type=int, help=argparse.SUPPRESS)
    take_plugins(made)
    return made


def _without_farm(options: argparse.Namespace) -> list[str]:
    """Return the arguments that convert the same without a farm."""
    named = {"--config": options.config, "--set": options.set, "--plugin": options.plugin}
    named |= {"--through": [options.through] if options.through else []}
    named |= {"--columns": [",".join(options.columns)] if options.columns else []}
    words = [word for key, items in named.items() for item in items for word in (key, item)]
    return [*options.files, *words, *(["--restart"] if options.restart else [])]


if __name__ == "__main__":
    sys.exit(run_command(main))
