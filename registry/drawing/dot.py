"""Writes a graph in the DOT language, for those who lay it out with Graphviz."""

from __future__ import annotations

from registry.drawing.labels import clipped
from registry.drawing.scene import Box, Container, Scene, label_lines
from registry.drawing.theme import LIGHT_SHADES

WIDTH = 44
"""Longest line in a box, in characters."""


def dot(scene: Scene) -> str:
    """Return a picture's content as a DOT digraph: repeats and sub-graphs are clusters, carried links dashed."""
    lines = [
        f"digraph {_quoted(scene.root.title)} {{",
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11]',
        '  edge [fontname="Helvetica", fontsize=9, color="#64748b"]',
    ]
    _add_children(scene.root, lines, "  ")
    for link in scene.links:
        dashes = ", style=dashed, constraint=false" if link.carrier else ""
        label = _quoted(*label_lines([link]))
        lines.append(f"  {_quoted(link.source)} -> {_quoted(link.target)} [label={label}{dashes}]")
    return "\n".join([*lines, "}", ""])


def _add_children(container: Container, lines: list[str], indent: str) -> None:
    for child in container.children:
        if isinstance(child, Box):
            shade = LIGHT_SHADES[child.kind]
            colours = f'fillcolor="{shade.fill}", color="{shade.line}", fontcolor="{shade.text}"'
            lines.append(f"{indent}{_quoted(child.path)} [label={_quoted(*_words(child))}, {colours}]")
        else:
            lines.append(f"{indent}subgraph {_quoted('cluster_' + child.path)} {{")
            lines.append(f"{indent}  label={_quoted(child.title)}")
            _add_children(child, lines, indent + "  ")
            lines.append(f"{indent}}}")


def _words(box: Box) -> list[str]:
    head = [box.title] if box.block in ("", box.title) else [box.title, box.block]
    return head + [clipped(row, WIDTH) for row in box.rows]


def _quoted(*lines: str) -> str:
    text = "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return f'"{text}"'
