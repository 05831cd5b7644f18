"""What a saved model keeps of its graph: the loader that events are read by, and which outputs are of hits."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.needed import outputs_of_hits

MEMBER = "registry_graph.json"
"""The part of a `.keras` file that holds it; Keras leaves it alone."""


@dataclass(frozen=True)
class CarriedGraph:
    """The loader of the graph that a model was trained in, and what the model's outputs are.

    `node`: the loader's path, with which the model's inputs are named; `block`: its block; `parameters`: all of them as
    they were trained with, without secrets. `of_hits`: the outputs that have one row for each hit.
    """

    node: str
    block: str
    parameters: Mapping[str, Any]
    of_hits: tuple[str, ...]


def add_graph(file: Path, checked: CheckedGraph) -> None:
    """Put what events are read by into the `.keras` file of a graph; nothing for a graph without exactly one loader."""
    loaders = [node for node in checked.nodes.values() if node.block.kind == "loader"]
    if len(loaders) != 1:
        return
    (loader,) = loaders
    made = CarriedGraph(
        loader.written.path, loader.block.name, loader.shown_parameters(), tuple(outputs_of_hits(checked))
    )
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MEMBER, json.dumps(asdict(made)))


def carried_graph(file: Path) -> CarriedGraph | None:
    """Return what a model's file keeps of its graph; None for a file that is no model, or keeps nothing."""
    try:
        with zipfile.ZipFile(file) as archive:
            content = json.loads(archive.read(MEMBER))
        return CarriedGraph(**{**content, "of_hits": tuple(content["of_hits"])})
    except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile):
        return None
