"""Draws a graph as Mermaid text, which code hosts and notebooks render in place."""

from __future__ import annotations

from registry.drawing.labels import clipped
from registry.drawing.scene import Box, Container, Scene, build_scene, label_lines
from registry.drawing.theme import LIGHT_SHADES
from registry.wiring.wiring import Wiring

WIDTH = 40
"""Longest line in a box, in characters."""


def mermaid(wiring: Wiring, all_passes: bool = False) -> str:
    """Return the graph as a Mermaid flowchart: boxes coloured by kind, repeats as frames with their count."""
    return mermaid_scene(build_scene(wiring, all_passes))


def mermaid_scene(scene: Scene) -> str:
    """Return a picture's content as a Mermaid flowchart."""
    lines = ["flowchart TD"]
    names = {box.path: f"n{index}" for index, box in enumerate(scene.root.boxes())}
    frames = {frame.path: f"g{index}" for index, frame in enumerate(scene.root.containers())}
    _add_children(scene.root, names, frames, lines, "  ")
    for link in scene.links:
        arrow = "-.->" if link.carrier else "-->"
        lines.append(f"  {names[link.source]} {arrow}|{_quoted(*label_lines([link]))}| {names[link.target]}")
    kinds = dict.fromkeys(box.kind for box in scene.root.boxes())
    for kind in kinds:
        shade = LIGHT_SHADES[kind]
        lines.append(f"  classDef {kind} fill:{shade.fill},stroke:{shade.line},color:{shade.text}")
    return "\n".join(lines) + "\n"


def _add_children(
    container: Container, names: dict[str, str], frames: dict[str, str], lines: list[str], indent: str
) -> None:
    for child in container.children:
        if isinstance(child, Box):
            lines.append(f"{indent}{names[child.path]}[{_quoted(*_words(child))}]:::{child.kind}")
        else:
            lines.append(f"{indent}subgraph {frames[child.path]}[{_quoted(child.title)}]")
            _add_children(child, names, frames, lines, indent + "  ")
            lines.append(f"{indent}end")


def _words(box: Box) -> list[str]:
    head = [box.title] if box.block in ("", box.title) else [box.title, box.block]
    return head + [clipped(row, WIDTH) for row in box.rows]


def _quoted(*lines: str) -> str:
    """Return lines as one Mermaid string, in which brackets, quotes and hashes are entities."""
    text = "<br/>".join(
        line.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;") for line in lines
    )
    return f'"{text}"'
