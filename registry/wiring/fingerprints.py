"""Fingerprints: short hashes by which runs of the same architecture, training, data or code are found."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from registry.configuration.options import SECTIONS
from registry.contract.axes import Axis, TensorType
from registry.contract.block import has_mark
from registry.contract.contents import digests_of
from registry.contract.records import record
from registry.wiring.checked_graph import CheckedGraph, CheckedNode, PortSource, Ref, flatten
from registry.wiring.code_fingerprint import code
from registry.wiring.digest import digest

EVENTS = "fingerprint.events"
"""The tag with the hash of the events that a run has read, as their source gives it."""


@record
class Fingerprints:
    """What has to be equal for two runs to be comparable; seeds are in none of them."""

    architecture: str
    training: str
    data: str
    code: str

    def tags(self) -> dict[str, str]:
        """Return the fingerprints as tags of a run."""
        return {f"fingerprint.{name}": value for name, value in asdict(self).items()}


def fingerprints(checked: CheckedGraph) -> Fingerprints:
    """Return all fingerprints of a graph."""
    return Fingerprints(architecture(checked), training(checked), data(checked), code(checked))


def architecture(checked: CheckedGraph) -> str:
    """Return the hash of what the network computes: blocks with versions and parameters, and how they are wired.

    Names of nodes, their order in the file, defaults written out, repeats written by hand and the loader make no
    difference, nor do nodes that no output and no loss depends on. A layer that two nodes share, instead of one for
    each, does.
    """
    hashes = node_hashes(checked)
    losses = [Ref(path, "") for path, node in checked.nodes.items() if node.block.kind == "loss"]
    needed = checked.ancestors([*checked.outputs.values(), *losses])
    outputs = {name: [hashes[ref.node], ref.port] for name, ref in checked.outputs.items()}
    return digest({"nodes": sorted(hashes[path] for path in needed), "outputs": outputs})


def node_hashes(checked: CheckedGraph) -> dict[str, str]:
    """Return a hash of every node and all that it depends on.

    Twins (equal block, parameters and sources) have equal hashes; what depends on both is told from what depends twice
    on one of them by the number of equal nodes among its ancestors.
    """
    hashes: dict[str, str] = {}
    # Sets of nodes are the bits of whole numbers: graphs have hundreds of nodes, each with hundreds of ancestors.
    ancestors: dict[str, int] = {}
    equal: dict[str, int] = {}
    several: dict[str, int] = {}
    for index, (path, node) in enumerate(checked.nodes.items()):
        above = 0
        for source in node.sources():
            above |= ancestors[source.node]
        twins = {value: (above & group).bit_count() for value, group in several.items()}
        sharing = sorted((value, count) for value, count in twins.items() if count > 1)
        inputs = {port: _source(source, checked, hashes) for port, source in node.inputs.items()}
        hashes[path] = digest([_own(node), inputs, sharing])
        ancestors[path] = above | 1 << index
        before = equal.get(hashes[path], 0)
        equal[hashes[path]] = before | 1 << index
        if before:
            several[hashes[path]] = before | 1 << index
    return hashes


def training(checked: CheckedGraph) -> str:
    """Return the hash of how the network is trained: stages, optimiser, and weights it starts from.

    Defaults that are written out make no difference.
    """
    config = checked.expanded.config.plain() or {}
    trained = {name: section for name, section in SECTIONS.items() if section.training}
    sections = {name: section.beyond_defaults(config.get(name)) for name, section in trained.items()}
    weights = {path: _weights(graph.weights) for path, graph in checked.expanded.subgraphs.items() if graph.weights}
    return digest([sections, weights])


def _weights(source: str) -> str:
    """Return what weights are known by: the contents of a file, wherever it lies; else the address."""
    return _contents([Path(source)])[0] or source


def data(checked: CheckedGraph) -> str:
    """Return the hash of what the network is trained on: the loader with its parameters, and the files it names.

    A text that came from the environment counts by its name: it may be a password, or where this machine has the data.
    """
    loaders = [node for node in checked.nodes.values() if node.block.kind == "loader"]
    return digest([[_without_secrets(node), _contents(_files(node))] for node in loaders])


def _own(node: CheckedNode) -> Any:
    """Return what a node is by itself; of a loader only that it is one: what takes its ports counts their types."""
    if node.block.kind == "loader":
        return "loader"
    return [*_block(node), node.written.trainable]


def _block(node: CheckedNode) -> list[Any]:
    return [node.block.name, node.block.version, node.block.plain_parameters(without=_remarks(node))]


def _without_secrets(node: CheckedNode) -> list[Any]:
    """Return a node by itself; its texts as they are logged, so that no password is part of a hash."""
    name, version, plain = _block(node)
    return [name, version, _texts_of(node.shown_parameters(without=_remarks(node)), plain)]


def _texts_of(shown: Any, plain: Any) -> Any:
    """Return parameters with the texts as they are shown, and all else as it is."""
    if isinstance(plain, dict) and isinstance(shown, dict):
        return {key: _texts_of(shown.get(key), item) for key, item in plain.items()}
    if isinstance(plain, list) and isinstance(shown, list):
        return [_texts_of(*pair) for pair in zip(shown, plain, strict=True)]
    return shown if isinstance(plain, str) else plain


def _remarks(node: CheckedNode) -> set[str]:
    """Return the names of the parameters that make no difference."""
    fields = type(node.block.params).model_fields.items()
    return {name for name, field in fields if has_mark(field, "remark")}


def _source(source: PortSource, checked: CheckedGraph, hashes: Mapping[str, str]) -> Any:
    if isinstance(source, dict):
        return {name: _tensor(ref, checked, hashes) for name, ref in source.items()}
    sources = [_tensor(ref, checked, hashes) for ref in flatten(source)]
    return sources if isinstance(source, list) else sources[0]


def _tensor(ref: Ref, checked: CheckedGraph, hashes: Mapping[str, str]) -> list[str]:
    return [hashes[ref.node], ref.port, _nameless(checked.type_of(ref))]


def _nameless(type_: TensorType) -> str:
    """Return a type without the names of the nodes that made its axes."""
    axes = [f"{axis.name}+{axis.offset}" if isinstance(axis, Axis) else str(axis) for axis in type_.axes]
    target = type_.points_to.name if type_.points_to else ""
    return f"{' '.join(axes)} {type_.dtype} {target}"


def _files(node: CheckedNode) -> Iterable[Path]:
    for name, field in type(node.block.params).model_fields.items():
        value = getattr(node.block.params, name)
        if not has_mark(field, "path") or has_mark(field, "remark"):
            continue
        for address in value if isinstance(value, list) else [value]:
            if isinstance(address, str) and address:
                yield from map(
                    Path, sorted(glob.glob(address)) if any(sign in address for sign in "*?[") else [address]
                )


def _contents(paths: Iterable[Path]) -> list[str]:
    """Return the hashes of files' contents; a missing file counts as empty."""
    files = list(paths)
    there = [path for path in files if path.is_file()]
    hashes = dict(zip(there, digests_of(there), strict=True))
    return [hashes.get(path, "") for path in files]
