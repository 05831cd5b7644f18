"""Graph files included as nodes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from registry.errors import Origin, Problems
from registry.language.document import Document, read_document
from registry.language.files import resolve_path
from registry.language.graph import Graph, Reference
from registry.language.interpolation import Interpolator
from registry.language.layers import merge
from registry.language.scope import Scope
from registry.language.value import Value


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
        received = f"{file.plain()!r} ({type(file.plain()).__name__})"
        problems.error(f"`graph`: expected a file name, received {received}", file.origin, path)
        return None
    name = resolve_path(file.data, file.origin)
    seen = [Path(item).resolve() for item in stack]
    if Path(name).resolve() in seen:
        loop = " -> ".join([*stack[seen.index(Path(name).resolve()) :], name])
        problems.error(
            f"the graph includes itself: {loop}", file.origin, path, "include a graph that does not lead back"
        )
        return None
    inner = Problems()
    try:
        document = read_document(name, (), (), inner, file.origin)
    finally:
        for problem in inner:
            problems.error(problem.message, problem.origin, path, problem.hint)
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
        received = f"{value.plain()!r} ({type(value.plain()).__name__})"
        problems.error(f"`weights`: expected a file or run:ID, received {received}", value.origin, path)
        return "", value.origin
    if value.data.startswith("run:"):
        return value.data, value.origin
    return resolve_path(value.data, value.origin), value.origin


def _flag(value: Value | None, path: str, problems: Problems) -> bool:
    if value is None:
        return True
    if not isinstance(value.data, bool):
        received = f"{value.plain()!r} ({type(value.plain()).__name__})"
        problems.error(f"`trainable`: expected true or false, received {received}", value.origin, path)
        return True
    return value.data


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
