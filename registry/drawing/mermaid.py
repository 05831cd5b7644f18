"""Draws a graph as Mermaid text, which code hosts and notebooks render in place."""

from __future__ import annotations

from collections.abc import Mapping

from registry.drawing.scene import Box, Container, Scene, build_scene, label_lines
from registry.drawing.styling import shade_of
from registry.drawing.theme import LIGHT
from registry.wiring.checked_graph import CheckedGraph

PAPER, SHADES = LIGHT
WIDTH = 40
"""Longest line in a box, in characters."""


def mermaid(checked: CheckedGraph, all_passes: bool = False) -> str:
    """Return the graph as a Mermaid flowchart: boxes coloured by kind, repeats as frames with their count."""
    return mermaid_scene(build_scene(checked, all_passes), {})


def mermaid_scene(scene: Scene, marks: Mapping[str, str]) -> str:
    """Return a picture's content as a Mermaid flowchart; `marks` of boxes by their paths."""
    lines = ["flowchart TD"]
    names = {box.path: f"n{index}" for index, box in enumerate(scene.root.boxes())}
    frames = {frame.path: f"g{index}" for index, frame in enumerate(scene.root.containers())}
    _add_children(scene.root, names, frames, lines, "  ")
    for number, link in enumerate(scene.links):
        arrow = "-.->" if link.carrier else "-->"
        lines.append(f"  {names[link.source]} {arrow}|{_quoted(*label_lines([link]))}| {names[link.target]}")
        if link.change:
            lines.append(f"  linkStyle {number} stroke:{PAPER.marks[link.change]},stroke-width:3px")
    kinds = dict.fromkeys(box.kind for box in scene.root.boxes())
    for kind in kinds:
        shade = SHADES[kind]
        lines.append(f"  classDef {kind} fill:{shade.fill},stroke:{shade.line},color:{shade.text}")
    for box in scene.root.boxes():
        if (shade := shade_of(box.style, SHADES[box.kind])) != SHADES[box.kind]:
            lines.append(f"  style {names[box.path]} fill:{shade.fill},stroke:{shade.line},color:{shade.text}")
    lines += [f"  style {name} fill:{PAPER.frame},stroke:{PAPER.border}" for name in frames.values()]
    for path, mark in marks.items():
        if mark in PAPER.marks:
            lines.append(f"  style {names[path]} stroke:{PAPER.marks[mark]},stroke-width:4px")
    return "\n".join(lines) + "\n"


def _add_children(
    container: Container, names: dict[str, str], frames: dict[str, str], lines: list[str], indent: str
) -> None:
    for child in container.children:
        if isinstance(child, Box):
            lines.append(f"{indent}{names[child.path]}[{_quoted(*child.lines(WIDTH))}]:::{child.kind}")
        else:
            lines.append(f"{indent}subgraph {frames[child.path]}[{_quoted(child.title)}]")
            _add_children(child, names, frames, lines, indent + "  ")
            lines.append(f"{indent}end")


def _quoted(*lines: str) -> str:
    """Return lines as one Mermaid string, in which brackets, quotes and hashes are entities."""
    text = "<br/>".join(
        line.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;") for line in lines
    )
    return f'"{text}"'
