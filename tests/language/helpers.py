"""Reads small graphs from text."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from registry.configuration.options import engine_keys
from registry.contract.errors import Problems
from registry.language.document import read_document
from registry.language.expand import expand
from registry.language.graph import Graph
from registry.language.value import Value
from registry.language.yaml_reader import read_yaml


def value_of(text: str, problems: Problems | None = None) -> Value | None:
    """Return the value of a YAML text."""
    return read_yaml(dedent(text), "text.yaml", Problems() if problems is None else problems)


def graph_of(folder: Path, text: str, options: str = "", problems: Problems | None = None, **more: str) -> Graph:
    """Expand a graph given as text, with options and further files beside it; a "loader" is the only loader."""
    (folder / "graph.yaml").write_text(dedent(text))
    configs = []
    if options:
        (folder / "options.yaml").write_text(dedent(options))
        configs.append(str(folder / "options.yaml"))
    for name, content in more.items():
        (folder / f"{name}.yaml").write_text(dedent(content))
    found = Problems() if problems is None else problems
    document = read_document(str(folder / "graph.yaml"), configs, (), found)
    graph = expand(document, lambda name: name == "loader", engine_keys(), found)
    if problems is None:
        found.raise_if_any()
    return graph


def sources(graph: Graph, node: str) -> list[str]:
    """Return what a node's `in` has become, as "node.port"."""
    inputs = graph.nodes[node].inputs
    references = [*inputs.bundles, *(item for items in inputs.ports.values() for item in items)]
    return [f"{item.node}.{item.port}" if item.port else item.node for item in references]
