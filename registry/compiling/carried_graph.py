"""What a saved model keeps of its graph: the loader that events are read by, and which outputs are of hits."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from registry.contract.block import has_mark
from registry.contract.secrets import shown_settings
from registry.wiring.checked_graph import CheckedGraph, CheckedNode
from registry.wiring.needed import outputs_of_hits, outputs_of_kept_hits

MEMBER = "registry_graph.json"
"""The part of a `.keras` file that holds it; Keras leaves it alone."""


@dataclass(frozen=True)
class CarriedGraph:
    """The loader of the graph that a model was trained in, and what the model's outputs are.

    `node`: the loader's path, with which the model's inputs are named; `block`: its block; `parameters`: all of them as
    they were trained with, without secrets. `of_hits`: the outputs that have one row for each hit; `of_kept`: those
    that have one for each hit that the network keeps.
    """

    node: str
    block: str
    parameters: Mapping[str, Any]
    of_hits: tuple[str, ...]
    of_kept: tuple[str, ...] = ()


def add_graph(file: Path, checked: CheckedGraph) -> None:
    """Put what events are read by into the `.keras` file of a graph; nothing for a graph without exactly one loader."""
    loaders = [node for node in checked.nodes.values() if node.block.kind == "loader"]
    if len(loaders) != 1:
        return
    (loader,) = loaders
    outputs = tuple(outputs_of_hits(checked)), tuple(outputs_of_kept_hits(checked))
    made = CarriedGraph(loader.written.path, loader.block.name, _parameters(loader), *outputs)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MEMBER, json.dumps(asdict(made)))


def carried_graph(file: Path) -> CarriedGraph | None:
    """Return what a model's file keeps of its graph; None for a file that is no model, or keeps nothing."""
    try:
        with zipfile.ZipFile(file) as archive:
            content = json.loads(archive.read(MEMBER))
        return CarriedGraph(**{**content, **{name: tuple(content[name]) for name in ("of_hits", "of_kept")}})
    except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile):
        return None


def _parameters(loader: CheckedNode) -> dict[str, Any]:
    """Return a loader's parameters without secrets; files are named from the root, whatever the environment is."""
    plain = loader.block.plain_parameters()
    fields = type(loader.block.params).model_fields.items()
    marked = [field.alias or name for name, field in fields if has_mark(field, "path")]
    files = {name: _absolute(plain[name]) for name in marked if name in plain}
    return loader.shown_parameters() | dict(shown_settings(files))


def _absolute(named: Any) -> Any:
    """Return the names of files, one or several, from the root; addresses of other places as they are."""
    if isinstance(named, list):
        return [_absolute(item) for item in named]
    return named if not isinstance(named, str) or not named or "://" in named else os.path.abspath(named)
