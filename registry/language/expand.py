"""Expands a document into a flat graph: loops unrolled, sub-graphs included, every `${...}` and reference resolved."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from registry.contract.errors import Problems
from registry.language.document import Document
from registry.language.expander import Expander, IsLoader
from registry.language.graph import Graph
from registry.language.interpolation import Interpolator
from registry.language.scope import Scope
from registry.language.unused import EngineKeys
from registry.language.value import Value


def expand(document: Document, is_loader: IsLoader, engine: EngineKeys, problems: Problems) -> Graph:
    """Return the expanded graph of a document.

    `is_loader` says of a block's name whether it is a loader; `engine`: the options that the engine reads itself.
    """
    name, description = document.text("name", "graph"), document.text("description", "")
    graph = Graph(name, description, document.file, {}, {}, document.config)
    graph.origin = document.root.keys.get("blocks")
    before = len(problems.errors)
    expander = Expander(document, graph, is_loader, engine, problems)
    expander.declare(Scope())
    expander.finish()
    graph.broken = bool(graph.broken or graph.unread or len(problems.errors) > before)
    graph.outputs = expander.outputs
    graph.idle = tuple(_idle(document.config, expander.options.read, engine))
    graph.config = _resolved(document.config, expander.options)
    graph.dialects = tuple(document.dialects)
    graph.files = tuple(dict.fromkeys(expander.files))
    return graph


def _idle(
    value: Value, read: Collection[int], engine: EngineKeys, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Yield the paths of scalars, and of empty lists and mappings, that neither the graph nor the engine has read."""
    keys = engine.get(path[0], ()) if path else ()
    if id(value) in read or keys is None or (len(path) == 2 and path[1] in keys):
        return
    if not value.data or not isinstance(value.data, dict | list):
        yield path
    for key, item in value.items():
        yield from _idle(item, read, engine, (*path, key))


def _resolved(config: Value, options: Interpolator) -> Value:
    """Return a configuration with every `${...}` replaced, without the sections where that fails (reported)."""
    sections = {name: options.resolve(section) for name, section in config.mapping.items()}
    return Value({name: section for name, section in sections.items() if section}, config.origin, config.keys)
