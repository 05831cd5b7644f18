"""`python -m registry.render GRAPH [-o FILE]`: draw a graph as HTML, SVG, PNG, Mermaid or DOT."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from registry.console.command import run_command, show_warnings
from registry.drawing.files import draw, endings, form_of
from registry.drawing.scene import build_scene
from registry.drawing.styles import THEMES
from registry.language.files import BUILTIN
from registry.tracking.addresses import open_from
from registry.wiring.arguments import graph_parser

BRIEF = True
"""It ends within seconds."""


def main(arguments: list[str] | None = None) -> int:
    """Draw a graph into a file; return the exit status."""
    options = parser().parse_args(arguments)
    output = options.output or f"{Path(options.graph.removeprefix(BUILTIN)).stem}.html"
    form_of(output)
    checked = open_from(options)
    show_warnings(checked.warnings)
    draw(build_scene(checked, options.all_passes), output, options.theme)
    print(output)
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    made = graph_parser("registry.render", "draw a graph; no TensorFlow and no other program is needed")
    text = f"where to; the ending chooses the form: {', '.join(endings())} (default: the graph's name with .html)"
    made.add_argument("-o", "--output", metavar="FILE", default="", help=text)
    made.add_argument("--theme", choices=THEMES, default="auto", help="colours (svg, html, png)")
    made.add_argument("--all-passes", action="store_true", help="draw every pass of every repeat")
    return made


if __name__ == "__main__":
    sys.exit(run_command(main, BRIEF))
