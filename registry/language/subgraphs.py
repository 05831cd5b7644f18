"""Graph files included as nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from registry.contract.errors import Origin, Problems, did_you_mean
from registry.language.document import Document, read_document
from registry.language.files import resolve_path
from registry.language.graph import Graph, Group, Node, Reference, Wires
from registry.language.interpolation import Interpolator
from registry.language.layers import merge
from registry.language.scope import Forward, Handed, Scope
from registry.language.value import Value, empty_mapping
from registry.language.wires import BUNDLE


@dataclass(frozen=True)
class Opened:
    """A graph file to be included: its document, with the node's `with` laid over its configuration."""

    document: Document
    weights: str
    weights_origin: Origin
    trainable: bool


def open_subgraph(
    entry: Value, path: str, scope: Scope, options: Interpolator, stack: tuple[str, ...], problems: Problems
) -> Opened | None:
    """Read the graph file a node names; None if that is impossible (reported)."""
    values = {key: _resolved(entry, key, path, scope, options) for key in ("graph", "with", "weights", "trainable")}
    file = values["graph"]
    if file is None:
        return None
    if not isinstance(file.data, str):
        problems.error(f"`graph`: expected a file name, received {file.received()}", file.origin, path)
        return None
    name = resolve_path(file.data, file.origin)
    seen = [Path(item).resolve() for item in stack]
    if Path(name).resolve() in seen:
        loop = " -> ".join([*stack[seen.index(Path(name).resolve()) :], name])
        problems.error(
            f"the graph includes itself: {loop}", file.origin, path, "include a graph that does not lead back"
        )
        return None
    found = Problems()
    document = read_document(name, (), (), found, file.origin)
    problems.include(found, path)
    if document is None:
        return None
    if values["with"] is not None:
        document.config = merge(document.config, values["with"])
    return Opened(
        document, *_weights(values["weights"], file.origin, path, problems), _flag(values["trainable"], path, problems)
    )


def _resolved(entry: Value, key: str, path: str, scope: Scope, options: Interpolator) -> Value | None:
    assert isinstance(entry.data, dict)
    value = entry.data.get(key)
    return None if value is None else options.resolve(value, scope.variables, path)


def _weights(value: Value | None, default: Origin, path: str, problems: Problems) -> tuple[str, Origin]:
    if value is None or value.data is None or value.data == "":
        return "", default
    if not isinstance(value.data, str):
        problems.error(f"`weights`: expected a file or run:ID, received {value.received()}", value.origin, path)
        return "", value.origin
    if value.data.startswith("run:"):
        return value.data, value.origin
    return resolve_path(value.data, value.origin), value.origin


def _flag(value: Value | None, path: str, problems: Problems) -> bool:
    if value is None:
        return True
    if not isinstance(value.data, bool):
        problems.error(f"`trainable`: expected true or false, received {value.received()}", value.origin, path)
        return True
    return value.data


def hand_over(entry: Value, path: str, scope: Scope, options: Interpolator) -> tuple[Handed, list[Forward]]:
    """Return what a sub-graph gets in place of its loader, and the references its `in` holds."""
    value = _resolved(entry, "in", path, scope, options)
    items = [value] if value and value.data is not None else []
    if value and isinstance(value.data, dict):
        items = list(value.data.values())
    return Handed(value, scope, path, entry.origin), [Forward(item, scope, path) for item in items]


def report_not_taken(handed: Handed, loader: bool, problems: Problems) -> None:
    """Report what is handed over to a sub-graph that has no `loader`, or whose loader nobody asks for it."""
    value = handed.value
    if value is None or value.data is None:
        return
    if not loader:
        problems.error("the included graph has no loader: it takes no `in`", value.origin, handed.node)
    elif isinstance(value.data, dict):
        for port in value.data:
            if port not in (BUNDLE, *handed.taken):
                message = f"`in` hands over {port!r}, which nothing in the included graph takes"
                problems.warning(message, value.keys[port], handed.node, did_you_mean(port, handed.taken))


def bundle(path: str, place: Origin, outputs: Mapping[str, Reference], groups: tuple[Group, ...], train: bool) -> Node:
    """Return the node that stands for a sub-graph: it hands on its outputs under their names."""
    whole = tuple(reference for name, reference in outputs.items() if name == BUNDLE)
    ports: dict[str, tuple[Reference, ...]] = {
        name: (reference,) for name, reference in outputs.items() if name != BUNDLE
    }
    origins = {name: reference.origin for name, reference in outputs.items()}
    wires = Wires(whole, ports, port_origins=origins)
    return Node(path, "bundle", place, place, wires, empty_mapping(place), groups, train)


def prune(graph: Graph, outside: set[str], outputs: Iterable[Reference]) -> None:
    """Remove the nodes of an included graph (all but those `outside`) that its outputs do not depend on."""
    needed: set[str] = set()
    pending = [reference.node for reference in outputs]
    while pending:
        path = pending.pop()
        if path in needed or path in outside or path not in graph.nodes:
            continue
        needed.add(path)
        wires = graph.nodes[path].wires
        pending += [reference.node for reference in wires.bundles]
        pending += [reference.node for references in wires.ports.values() for reference in references]
    for path in [path for path in graph.nodes if path not in outside and path not in needed]:
        del graph.nodes[path]
