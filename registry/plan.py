"""`python -m registry.plan GRAPH --hits 45000`: shapes, weights, multiply-adds and memory, before anything is built."""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import asdict

from registry.console.command import run_command, show_warnings
from registry.drawing.files import draw, form_of
from registry.drawing.labels import memory_text
from registry.drawing.scene import build_scene
from registry.interface.plan import Plan
from registry.tracking.addresses import open_from
from registry.wiring.arguments import graph_parser
from registry.wiring.costs import Load, costs
from registry.wiring.stage_memory import stage_memory
from registry.wiring.stage_plan import planned_stages

SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?:(?P<prefix>[kmgt])(?P<binary>i?))?b?", re.IGNORECASE)
PREFIXES = ("", "k", "m", "g", "t")


BRIEF = True
"""It ends within seconds."""


def main(arguments: list[str] | None = None) -> int:
    """Print what a graph costs; return the exit status."""
    options = parser().parse_args(arguments)
    checked = open_from(options)
    show_warnings(checked.warnings)
    found = costs(checked, Load(options.hits, options.events))
    stages, kept = planned_stages(checked), stage_memory(checked, found)
    if options.json:
        listed = [{**asdict(stage), "training_memory": own} for stage, own in zip(stages, kept, strict=True)]
        print(json.dumps({**asdict(found), "stages": listed}, indent=2))
    else:
        print(Plan(found, stages, kept))
    if options.html:
        form_of(options.html)
        draw(build_scene(checked), options.html)
    largest = max(*(kept or [found.training_memory]), found.inference_memory)
    if options.max_memory and largest > options.max_memory:
        print(f"needs {memory_text(largest)}, more than {memory_text(options.max_memory)}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    made = graph_parser("registry.plan", "what a graph costs, node by node; nothing is built or allocated")
    made.add_argument("--hits", type=_positive, default=10_000, metavar="N", help="hits in a batch (default: 10000)")
    made.add_argument("--events", type=_positive, default=1, metavar="N", help="events in a batch (default: 1)")
    made.add_argument("--json", action="store_true", help="print JSON; memory in bytes")
    made.add_argument("--html", metavar="FILE", default="", help="draw the graph, with the stages of its training")
    text = "exit with status 1 if training or inference needs more, such as 8GB"
    made.add_argument("--max-memory", type=memory, metavar="SIZE", help=text)
    return made


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, received {text!r}")
    return int(text)


def memory(text: str) -> int:
    """Return the bytes in a text such as "8GB", "8 G", "512 MiB" or "1000000"."""
    match = SIZE.fullmatch(text.strip())
    size = float(match["number"]) if match else 0.0
    if not match or not size:
        raise argparse.ArgumentTypeError(f"expected a size such as 8GB, 512MB or 2GiB, received {text!r}")
    return int(size * (1024 if match["binary"] else 1000) ** PREFIXES.index((match["prefix"] or "").lower()))


if __name__ == "__main__":
    sys.exit(run_command(main, BRIEF))
