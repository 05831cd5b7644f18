"""The drawing of a run's graph, to be coloured by time, by gradient and by what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from registry.drawing.colouring import Colouring
from registry.drawing.geometry import lay_out
from registry.drawing.html import html
from registry.drawing.scene import build_scene
from registry.reporting.changes import Changes
from registry.reporting.record import NODES_FILE, RunRecord
from registry.wiring.checked_graph import CheckedGraph

PROFILE_FILE = "profile/profile.json"
"""File of a run that was trained with `--profile`: what every node costs, compiled."""


def drawing(checked: CheckedGraph, record: RunRecord, found: Changes) -> str:
    """Return the page with the drawing."""
    scene = build_scene(checked)
    chosen = [item for item in colourings(record, found) if item.values]
    note = "\n".join(f"{item.name}: {item.text}" for item in chosen)
    return html(lay_out(scene), "auto", note=note, colourings=chosen)


def colourings(record: RunRecord, found: Changes) -> Iterator[Colouring]:
    """Yield the ways to colour the drawing of a run."""
    measured = record.json(NODES_FILE)
    nodes: Mapping[str, Any] = measured if isinstance(measured, dict) else {}
    yield _time(nodes, record)
    gradients = _floats(nodes, "gradient")
    weights = _floats(nodes, "weights")
    said = {
        path: f"gradient {value:.2g}" + (f", weights {weights[path]:.2g}" if path in weights else "")
        for path, value in gradients.items()
    }
    text = (
        "norm of the gradient of the loss by the weights of the node, on one event, at the end; on a logarithmic scale"
    )
    yield Colouring("gradient", text, gradients, said, together="norm", scale="decades")
    text = "nodes whose parameters are not as the graph's own files say"
    text += f", or as the run {found.parent_name} had them" if found.parent_name else ""
    yield Colouring("changed", text, dict.fromkeys(found.nodes, 1.0), found.nodes, together="max", scale="mark")


def _time(nodes: Mapping[str, Any], record: RunRecord) -> Colouring:
    profile = record.json(PROFILE_FILE)
    if isinstance(profile, dict) and profile.get("nodes"):
        seconds = {item["node"]: 1000 * (item["forward"] + item["backward"]) for item in profile["nodes"]}
        text = (
            f"time of a training step, node by node, on {profile.get('hits', 0):,} hits, compiled, before the training"
        )
        return Colouring("time", text, seconds, unit=" ms")
    seconds = {path: 1000 * value for path, value in _floats(nodes, "seconds").items()}
    text = (
        "time of the node alone, forward and backward, not compiled, on one event; trained with --profile it is exact"
    )
    return Colouring("time", text, seconds, unit=" ms")


def _floats(nodes: Mapping[str, Any], name: str) -> dict[str, float]:
    return {path: float(item[name]) for path, item in nodes.items() if item.get(name) is not None}
