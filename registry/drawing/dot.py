"""Writes a graph in the DOT language, for those who lay it out with Graphviz."""

from __future__ import annotations

from collections.abc import Mapping

from registry.drawing.scene import Box, Container, Scene, label_lines
from registry.drawing.styling import shade_of
from registry.drawing.theme import LIGHT

PAPER, SHADES = LIGHT
WIDTH = 44
"""Longest line in a box, in characters."""


def dot(scene: Scene, marks: Mapping[str, str]) -> str:
    """Return a picture's content as a DOT digraph: repeats and sub-graphs are clusters, carried links dashed.

    `marks` of boxes by their paths.
    """
    lines = [
        f"digraph {_quoted(scene.root.title)} {{",
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11]',
        '  edge [fontname="Helvetica", fontsize=9, color="#64748b"]',
    ]
    _add_children(scene.root, marks, lines, "  ")
    for link in scene.links:
        dashes = ", style=dashed, constraint=false" if link.carrier else ""
        label = _quoted(*label_lines([link]))
        colour = f', color="{PAPER.marks[link.change]}", penwidth=2' if link.change else ""
        lines.append(f"  {_quoted(link.source)} -> {_quoted(link.target)} [label={label}{dashes}{colour}]")
    return "\n".join([*lines, "}", ""])


def _add_children(container: Container, marks: Mapping[str, str], lines: list[str], indent: str) -> None:
    for child in container.children:
        if isinstance(child, Box):
            shade = shade_of(child.style, SHADES[child.kind])
            marked = PAPER.marks.get(marks.get(child.path, ""), "")
            line = f'color="{marked}", penwidth=3' if marked else f'color="{shade.line}"'
            colours = f'fillcolor="{shade.fill}", {line}, fontcolor="{shade.text}"'
            lines.append(f"{indent}{_quoted(child.path)} [label={_quoted(*child.lines(WIDTH))}, {colours}]")
        else:
            lines.append(f"{indent}subgraph {_quoted('cluster_' + child.path)} {{")
            lines.append(f"{indent}  label={_quoted(child.title)}")
            _add_children(child, marks, lines, indent + "  ")
            lines.append(f"{indent}}}")


def _quoted(*lines: str) -> str:
    text = "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return f'"{text}"'
