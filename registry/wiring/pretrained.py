"""Whether the weights that included graphs name can be there; what is in them is compared when they are loaded."""

from __future__ import annotations

from pathlib import Path

from registry.contract.errors import Problems, did_you_mean
from registry.contract.tracker import RUN
from registry.language.graph import Graph, SubGraph

_SIGNATURES = {".keras": b"PK", ".h5": b"\x89HDF", ".hdf5": b"\x89HDF"}
"""How a file of weights begins, by its ending."""


def check_weight_files(graph: Graph, problems: Problems) -> None:
    """Report files of weights that do not exist, or that are of another kind than their ending says."""
    for subgraph in graph.subgraphs.values():
        if subgraph.weights and not subgraph.weights.startswith(RUN):
            reason, hint = _fault(Path(subgraph.weights))
            if reason:
                report_unreadable(subgraph, reason, problems, hint)


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
