"""The parameters of a run: what a person wrote or could write in one place, once; and all of them, node by node."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from registry.configuration.options import SECTIONS
from registry.contract.errors import Origin
from registry.contract.secrets import shown_settings
from registry.language.value import Value
from registry.tracking.flatten import flatten
from registry.wiring.checked_graph import CheckedGraph

EXPANDED_PARAMETERS = "parameters.json"
"""The file of a run that lists the parameters of every node."""

_PASS = re.compile(r"\.\d+(?=\.|$)")
"""The number of a pass in the path of a node in a loop."""


def parameters(checked: CheckedGraph) -> dict[str, str]:
    """Return the configuration by section, and what graph files state of their nodes themselves, each once.

    What a node, or another option, takes from the configuration is logged where it is written only; what nothing reads,
    because something else is chosen or a part of the graph is switched off, is left out. What is written once for all
    passes of a loop, or for all nodes of a block (`defaults`), is one parameter: "iterations.distance.strength",
    "defaults.dense_loop.dropout".
    """
    config = checked.expanded.config
    flat = flatten(config.shown()) if config.data else {}
    for name in _not_logged(config, checked.expanded.idle):
        flat.pop(name, None)
    places = {place_of(leaf) for leaf in leaves(config).values()}
    written: dict[Origin, list[tuple[str, str, str, str]]] = {}
    for path, node in checked.nodes.items():
        for name, value in node.written.params.items():
            if any(place_of(leaf) not in places for leaf in leaves(value).values()):
                text = flatten(shown_settings(value.shown(), name))
                for inner, shown in text.items():
                    key = f"{name}.{inner}" if inner else name
                    written.setdefault(place_of(value), []).append((path, node.written.use, key, shown))
    for uses in written.values():
        flat |= _named(uses)
    return flat


def _not_logged(config: Value, idle: Collection[tuple[str, ...]]) -> set[str]:
    """Return labels, options that are idle, and those whose value is all that of others, as `${...}` or by an alias."""
    found = leaves(config)
    unread = {path for path in found if any(path[: len(whole)] == whole for whole in idle)}
    written = {place_of(leaf) for path, leaf in found.items() if leaf.origin.via is None and path not in unread}
    taken = {path for path, leaf in found.items() if leaf.origin.via is not None and place_of(leaf) in written}
    left_out = unread | taken | {path for path in found if _is_label(path)}
    lists = {path[:-1] for path in left_out if path[-1].isdigit()}
    whole = {path for path in lists if {own for own in found if own[:-1] == path} <= left_out}
    return {".".join(path) for path in left_out | whole}


def _is_label(path: tuple[str, ...]) -> bool:
    """Say whether a path is the label of a stage, `- stage_1:`, which has no value."""
    section = SECTIONS.get(path[0]) if len(path) == 3 else None
    return section is not None and section.stages and path[2] not in section.keys


def _named(uses: list[tuple[str, str, str, str]]) -> dict[str, str]:
    """Return the parameters that one place states, given the path, block, name and text of each use of it."""
    values: dict[str, set[str]] = {}
    for _, _, key, shown in uses:
        values.setdefault(key, set()).add(shown)
    if any(len(texts) > 1 for texts in values.values()):
        return {f"{path}.{key}": shown for path, _, key, shown in uses}
    nodes = {_PASS.sub("", path) for path, _, _, _ in uses}
    head = next(iter(nodes)) if len(nodes) == 1 else f"defaults.{uses[0][1]}"
    return {f"{head}.{key}": shown for _, _, key, shown in uses}


def leaves(value: Value, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Value]:
    """Return the scalars, and empty lists and mappings, in a value by their paths."""
    found: dict[tuple[str, ...], Value] = {}
    for key, item in value.items():
        found |= leaves(item, (*path, key))
    return found or {path: value}


def place_of(value: Value) -> Origin:
    """Return where a value was written, whatever has taken it from there since."""
    return replace(value.origin, via=None)


def expanded_parameters(checked: CheckedGraph) -> dict[str, str]:
    """Return the configuration by section, and of every node its block and all parameters, the defaults included."""
    flat = flatten(checked.expanded.config.shown()) if checked.expanded.config.data else {}
    for path, node in checked.nodes.items():
        flat[f"{path}.use"] = node.block.name
        if values := node.shown_parameters():
            flat |= flatten(values, path)
    return flat
