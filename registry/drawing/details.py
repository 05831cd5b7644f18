"""All there is to say about a box: YAML lines, parameters with where each came from, shapes, weights, cost."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from registry.contract.errors import Origin
from registry.contract.secrets import without_passwords_in_yaml
from registry.drawing.labels import Shapes, count_text, default_parameters, memory_text, merged, value_text
from registry.drawing.scene import Box, Link, Scene, Tensor
from registry.reference.describe import where
from registry.wiring.checked_graph import CheckedGraph, CheckedNode
from registry.wiring.costs import Load, NodeCost, costs, node_cost
from registry.wiring.fingerprints import architecture

MOST_LINES = 60
"""More lines of YAML than this are not shown."""

LOAD = Load(10_000, 1)
"""The batch that costs are given for: what `registry.plan` takes where it is not told."""

BATCH = f"{LOAD.hits:,} hits"
"""The same in words."""


def details(scene: Scene) -> dict[str, dict[str, Any]]:
    """Return what the page shows for every box, by its path; ready for JSON."""
    shapes = Shapes(scene.checked)
    planned = {node.path: node for node in costs(scene.checked, LOAD).nodes}
    into: dict[str, list[Link]] = {}
    for link in scene.links:
        into.setdefault(link.target, []).append(link)
    return {box.path: _details(box, scene, shapes, planned, into.get(box.path, [])) for box in scene.root.boxes()}


def overview(checked: CheckedGraph) -> list[list[str]]:
    """Return what is worth knowing of a whole graph, as names and texts."""
    found = costs(checked, LOAD)
    return [
        ["nodes", f"{len(checked.nodes):,}"],
        ["weights", f"{found.trainable:,} trained, {found.frozen:,} others"],
        ["multiply-adds", count_text(found.multiply_adds)],
        ["training memory", memory_text(found.training_memory)],
        ["inference memory", memory_text(found.inference_memory)],
        ["fingerprint", architecture(checked)],
    ]


def _details(
    box: Box, scene: Scene, shapes: Shapes, planned: Mapping[str, NodeCost], into: list[Link]
) -> dict[str, Any]:
    shown: dict[str, Any] = {"title": box.path, "kind": box.kind, "block": box.block, "inputs": _inputs(into)}
    if not box.members:
        return shown | {"title": "outputs of the graph"}
    first = box.members[0]
    kind = type(first.block)
    return shown | {
        "passes": len(box.members),
        "place": place_text(first.written.origin),
        "yaml": yaml_lines(first.written.origin),
        "doc": inspect.cleandoc(kind.__doc__ or ""),
        "plugin": where(kind, scene.checked.registry),
        "parameters": _parameters(box.members),
        "outputs": [
            [port, merged(shapes.text(node.types[port]) for node in box.members if port in node.types)]
            for port in first.types
        ],
        "facts": _facts(box.members, [_cost(node, scene.checked, planned) for node in box.members]),
    }


def _inputs(links: Iterable[Link]) -> list[list[str]]:
    """Return port, source and shape of every input; what was carried, or filled by a bundle, is marked so."""
    return [
        [tensor.into, f"{link.source}.{tensor.port}{_marks(link, tensor)}", tensor.shape]
        for link in links
        for tensor in link.tensors
    ]


def _marks(link: Link, tensor: Tensor) -> str:
    marks = (("previous pass", link.carrier), ("by name", tensor.bundled))
    return "".join(f" ({mark})" for mark, holds in marks if holds)


def _parameters(members: list[CheckedNode]) -> list[list[str]]:
    """Return name, value and origin of every parameter; values that differ between passes stand side by side."""
    tables = [node.shown_parameters() for node in members]
    defaults = default_parameters(type(members[0].block))
    rows = []
    for name in tables[0]:
        values = " | ".join(dict.fromkeys(value_text(table.get(name)) for table in tables))
        changed = any(name not in defaults or table.get(name) != defaults[name] for table in tables)
        origins = dict.fromkeys(parameter_origin(node, name) for node in members)
        rows.append([name, values, "\n".join(origins), "changed" if changed else ""])
    return rows


def parameter_origin(node: CheckedNode, name: str) -> str:
    """Return where the value of a parameter was written, and through which places it came."""
    written = node.written.params.data
    if not isinstance(written, dict) or name not in written:
        return "default of the block"
    return place_text(written[name].origin)


def place_text(origin: Origin | None) -> str:
    """Return "file:line" of an origin and of the places that used it."""
    places = []
    while origin:
        name = os.path.normpath(origin.name) if origin.line else origin.name
        places.append(f"{name}:{origin.line}" if origin.line else name)
        origin = origin.via
    return ", used at ".join(places)


def yaml_lines(origin: Origin) -> str:
    """Return the lines of a node: from where it begins to the next line that is not indented further."""
    lines = _file_lines(origin.file)
    if not 0 < origin.line <= len(lines):
        return ""
    found = [lines[origin.line - 1]]
    indent = _indent(found[0])
    for line in lines[origin.line :]:
        if line.strip() and _indent(line) <= indent:
            break
        found.append(line)
    while found and not found[-1].strip():
        found.pop()
    return "\n".join(line[indent:] for line in found[:MOST_LINES])


@cache
def _file_lines(name: str) -> list[str]:
    try:
        return without_passwords_in_yaml(Path(name).read_text(encoding="utf-8")).splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _cost(node: CheckedNode, checked: CheckedGraph, planned: Mapping[str, NodeCost]) -> NodeCost:
    path = node.written.path
    # In the picture of a difference, what was removed is a node of another graph.
    return planned[path] if checked.nodes.get(path) is node else node_cost(path, node, LOAD)


def _facts(members: list[CheckedNode], planned: list[NodeCost]) -> list[list[str]]:
    """Return weights, multiply-adds and memory, of one pass and of all."""
    known = all(cost.weights.known for cost in planned)
    weights = [cost.weights.trainable + cost.weights.frozen for cost in planned]
    rows = [["weights", _per_pass(weights, "{:,}".format) if known else "counted when compiled"]]
    rows += [
        ["multiply-adds", _per_pass([cost.multiply_adds for cost in planned], count_text)],
        ["training memory", _per_pass([cost.training_memory for cost in planned], memory_text)],
        ["inference memory", _per_pass([cost.inference_memory for cost in planned], memory_text)],
    ]
    frozen = [node for node in members if not node.written.trainable]
    return [*rows, ["trained", "no: its weights are frozen"]] if frozen else rows


def _per_pass(values: Sequence[float], text: Callable[[float], str]) -> str:
    distinct = " | ".join(dict.fromkeys(map(text, values)))
    return distinct if len(values) == 1 else f"{distinct} per pass, {text(sum(values))} in {len(values)} passes"
