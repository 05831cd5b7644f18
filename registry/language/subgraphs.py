"""Graph files included as nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from registry.contract.errors import Origin, Problems
from registry.contract.records import record
from registry.contract.spelling import did_you_mean
from registry.contract.tracker import RUN
from registry.language.document import Document, read_document
from registry.language.files import resolve_path
from registry.language.graph import Graph, Group, Inputs, Node, Reference
from registry.language.inputs import BUNDLE
from registry.language.interpolation import Interpolator
from registry.language.layers import merge
from registry.language.scope import Alias, LoaderInput, Scope
from registry.language.value import Value, empty_mapping


@record
class Opened:
    """A graph file to be included: its document, with the node's `with` laid over its configuration."""

    document: Document
    options: Value
    """What `with` says."""
    weights: str
    weights_origin: Origin
    trainable: bool


def open_subgraph(
    entry: Value, path: str, scope: Scope, options: Interpolator, stack: tuple[str, ...], problems: Problems
) -> Opened | None:
    """Read the graph file a node names; None if that is impossible (reported)."""
    values = {
        key: options.resolve_key(entry, key, scope.variables, path) for key in ("graph", "with", "weights", "trainable")
    }
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
    given = _options(values["with"], path, problems)
    if given.mapping:
        document.config = merge(document.config, given)
    return Opened(
        document,
        given,
        *_weights(values["weights"], file.origin, path, problems),
        _flag(values["trainable"], path, problems),
    )


def _options(value: Value | None, path: str, problems: Problems) -> Value:
    """Return what `with` lays over the options of an included graph; empty if it is no mapping (reported)."""
    if value is None or value.data is None:
        return empty_mapping(Origin(""))
    if isinstance(value.data, dict):
        return value
    message = f"`with`: expected the options of the included graph, received {value.received()}"
    problems.error(message, value.origin, path, "write `with: {Section: {key: value}}`")
    return empty_mapping(value.origin)


def _weights(value: Value | None, default: Origin, path: str, problems: Problems) -> tuple[str, Origin]:
    if value is None or value.data is None or value.data == "":
        return "", default
    if not isinstance(value.data, str):
        problems.error(f"`weights`: expected a file or run:ID, received {value.received()}", value.origin, path)
        return "", value.origin
    if value.data.startswith(RUN):
        return value.data, value.origin
    return resolve_path(value.data, value.origin), value.origin


def _flag(value: Value | None, path: str, problems: Problems) -> bool:
    if value is None:
        return True
    if not isinstance(value.data, bool):
        problems.error(f"`trainable`: expected true or false, received {value.received()}", value.origin, path)
        return True
    return value.data


def loader_input(entry: Value, path: str, scope: Scope, options: Interpolator) -> tuple[LoaderInput, list[Alias]]:
    """Return what a sub-graph gets in place of its loader, and the references its `in` holds."""
    value = options.resolve_key(entry, "in", scope.variables, path)
    items = [value] if value and value.data is not None else []
    if value and isinstance(value.data, dict):
        items = list(value.data.values())
    return LoaderInput(value, scope, path, entry.origin), [Alias(item, scope, path) for item in items]


def report_not_taken(given: LoaderInput, loader: bool, problems: Problems) -> None:
    """Report what is given to a sub-graph that has no `loader`, or whose loader nobody asks for it."""
    value = given.value
    if value is None or value.data is None:
        return
    if not loader:
        problems.error("the included graph has no loader: it takes no `in`", value.origin, given.node)
    elif isinstance(value.data, dict):
        for port in value.data:
            if port not in (BUNDLE, *given.taken):
                message = f"`in` hands over {port!r}, which nothing in the included graph takes"
                problems.warning(message, value.keys[port], given.node, did_you_mean(port, given.taken))


def bundle(path: str, place: Origin, outputs: Mapping[str, Reference], groups: tuple[Group, ...], train: bool) -> Node:
    """Return the node that stands for a sub-graph: it has its outputs, under their names."""
    whole = tuple(reference for name, reference in outputs.items() if name == BUNDLE)
    ports: dict[str, tuple[Reference, ...]] = {
        name: (reference,) for name, reference in outputs.items() if name != BUNDLE
    }
    origins = {name: reference.origin for name, reference in outputs.items()}
    inputs = Inputs(whole, ports, port_origins=origins)
    return Node(path, "bundle", place, place, inputs, empty_mapping(place), groups, train)


def prune(graph: Graph, outside: set[str], outputs: Iterable[Reference]) -> None:
    """Remove the nodes of an included graph (all but those `outside`) that its outputs do not depend on."""
    needed: set[str] = set()
    pending = [reference.node for reference in outputs]
    while pending:
        path = pending.pop()
        if path in needed or path in outside or path not in graph.nodes:
            continue
        needed.add(path)
        inputs = graph.nodes[path].inputs
        pending += [reference.node for reference in inputs.bundles]
        pending += [reference.node for references in inputs.ports.values() for reference in references]
    for path in [path for path in graph.nodes if path not in outside and path not in needed]:
        del graph.nodes[path]
