"""Draws a graph coloured by what its nodes cost."""

from __future__ import annotations

from collections.abc import Mapping

from registry.drawing.files import draw
from registry.drawing.scene import build_scene
from registry.wiring.checked_graph import CheckedGraph

HOT, WARM = 0.10, 0.02
"""Shares of a step above which a node is drawn hot, or warm."""


def draw_measured(checked: CheckedGraph, seconds: Mapping[str, float], file: str) -> None:
    """Draw the graph into a file; each node shows its time, the dear ones are marked.

    `seconds`: time of a step by node; passes of a loop that are drawn as one box are summed.
    """
    scene = build_scene(checked)
    total = sum(seconds.values()) or 1.0
    marks: dict[str, str] = {}
    for box in scene.root.boxes():
        own = sum(seconds.get(member.written.path, 0.0) for member in box.members)
        if not own:
            continue
        share = own / total
        box.rows.insert(0, f"{1000 * own:.1f} ms, {100 * share:.0f} %")
        if share >= WARM:
            marks[box.path] = "hot" if share >= HOT else "warm"
    draw(scene, file, marks=marks, note="Time of a training step, measured node by node.")
