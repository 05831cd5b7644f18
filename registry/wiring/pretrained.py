"""Whether included graphs have weights, as far as that can be known before any are loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from registry.contract.errors import Problem, Problems
from registry.contract.spelling import did_you_mean
from registry.contract.tracker import RUN
from registry.language.graph import Graph, SubGraph
from registry.wiring.checked_graph import CheckedGraph

_SIGNATURES = {".keras": b"PK", ".h5": b"\x89HDF", ".hdf5": b"\x89HDF"}
"""How a file of weights begins, by its ending."""


def check_weight_files(graph: Graph, problems: Problems) -> None:
    """Report files of weights that do not exist, or that are of another kind than their ending says."""
    for subgraph in graph.subgraphs.values():
        if subgraph.weights and not subgraph.weights.startswith(RUN):
            reason, hint = _fault(Path(subgraph.weights))
            if reason:
                report_unreadable(subgraph, reason, problems, hint)


def frozen_without_weights(checked: CheckedGraph) -> Iterator[Problem]:
    """Yield frozen graphs with weights to be trained that name no source of them: they would stay at random values."""
    for path, subgraph in checked.expanded.subgraphs.items():
        if subgraph.weights or subgraph.trainable:
            continue
        inner = [other for other in checked.expanded.subgraphs if other.startswith(f"{path}.")]
        own = [
            node
            for node, made in checked.nodes.items()
            if node.startswith(f"{path}.")
            and not any(node.startswith(f"{other}.") for other in inner)
            and made.weights.trainable
        ]
        if own:
            message = f"the included graph is frozen, but {len(own)} of its nodes have weights"
            hint = "give `weights:` a .keras or .h5 file or run:ID (General.pre-model-path), or set `trainable: true`"
            yield Problem(f"{message} and no source of them is named", subgraph.weights_origin, path, hint)


def report_unreadable(subgraph: SubGraph, reason: str, problems: Problems, hint: str = "") -> None:
    """Report weights that cannot be read."""
    message = f"weights {subgraph.weights!r} cannot be read: {reason}"
    problems.error(message, subgraph.weights_origin, subgraph.path, hint)


def _fault(path: Path) -> tuple[str, str]:
    """Return what is wrong with a file of weights, and what to write instead; nothing for one that may be right."""
    signature = _SIGNATURES.get(path.suffix)
    try:
        if not path.exists():
            near = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
            return "there is no such file", did_you_mean(path.name, near)
        if signature is None or not path.is_file():
            kind = "a folder" if path.is_dir() else f"a {path.suffix} file" if path.suffix else "a file without ending"
            return f"expected a .keras or .h5 file, or run:ID, received {kind}", ""
        with path.open("rb") as file:
            found = file.read(len(signature))
    except OSError as error:
        return error.strerror or type(error).__name__, ""
    if found == signature:
        return "", ""
    return f"it is no {path.suffix} file" if found else "the file is empty", "was it copied completely?"
