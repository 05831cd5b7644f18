"""What an editor offers where a graph refers to something: outputs of nodes, and options by their paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from registry.configuration.options import SECTIONS
from registry.wiring.checked_graph import CheckedGraph


def option_paths(graphs: Sequence[CheckedGraph]) -> list[str]:
    """Return the options as a graph refers to them, "${General.seed}": those of the engine, and of these graphs."""
    engine = [f"{name}.{key}" for name, section in SECTIONS.items() if not section.stages for key in section.keys]
    own = [path for graph in graphs for path in _paths(graph.expanded.config.plain(), ())]
    return [f"${{{path}}}" for path in dict.fromkeys([*engine, *sorted(own)])]


def references(graphs: Sequence[CheckedGraph]) -> list[str]:
    """Return the outputs of these graphs' nodes as inputs name them, "heads.beta", and the nodes themselves."""
    found: dict[str, None] = {}
    for graph in graphs:
        for path, node in graph.nodes.items():
            found[path] = None
            found |= {f"{path}.{port}": None for port in node.types}
    return sorted(found)


def _paths(value: Any, steps: tuple[str, ...]) -> Iterator[str]:
    """Yield the paths of all options in mappings; stages have no path."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield ".".join((*steps, str(key)))
            yield from _paths(item, (*steps, str(key)))
