"""Gives included graphs their trained weights: from a `.keras` file, a Keras 2 `.h5` file, or a recorded run."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from registry.compiling.model import Compiled
from registry.compiling.saved_model import load_model
from registry.contract.casting import cast
from registry.contract.data import DataError
from registry.contract.errors import InputError, Origin, Problem, RunError
from registry.contract.spelling import did_you_mean
from registry.language.files import resolve_path
from registry.language.graph import SubGraph
from registry.loading.kept import KEPT
from registry.loading.sources import given_plugins
from registry.tracking.runs import MODEL_FILE, RUN, Runs
from registry.wiring.pretrained import frozen_without_weights

Arrays = Mapping[str, list[np.ndarray]]
"""Weights by layer name, in the layer's order."""


@dataclass
class Loaded:
    """What was found for one included graph: nodes that received weights, and layers of the file nobody asked for."""

    node: str
    source: str
    values: int = 0
    matched: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        inner = ", ".join(node.removeprefix(f"{self.node}.") for node in self.matched)
        text = f"{self.node}: {self.values:,} weights of {len(self.matched)} nodes from {self.source}: {inner}"
        return text + (f"; not used: {', '.join(self.unused)}" if self.unused else "")


def load_subgraph_weights(compiled: Compiled) -> list[Loaded]:
    """Set the weights of every included graph that names a source; raise InputError for all that does not match.

    A frozen graph that has weights to train, but names no source, is an error too: it would stay at random values.
    """
    problems: list[Problem] = [*frozen_without_weights(compiled.checked)]
    loaded: list[Loaded] = []
    runs = Runs.known_to(compiled.checked)
    plugins = given_plugins(compiled.checked.registry)
    for path, subgraph in compiled.checked.expanded.subgraphs.items():
        wanted = _wanted(compiled, path)
        if not subgraph.weights:
            continue
        try:
            arrays = read_weights(subgraph.weights, subgraph.weights_origin, runs, plugins)
        except InputError as error:
            problems += [_unreadable(subgraph, item.message, item.hint) for item in error.problems]
            continue
        except (OSError, ValueError, KeyError, RunError) as error:
            problems.append(_unreadable(subgraph, str(error).splitlines()[0] if str(error) else type(error).__name__))
            continue
        result, faults = _assign(compiled, subgraph, wanted, arrays)
        loaded.append(result)
        problems += faults
        if faults and result.matched:
            problems.append(Problem(f"matched: {result}", subgraph.weights_origin, severity="warning"))
    if problems:
        raise InputError(problems)
    return loaded


def _unreadable(subgraph: SubGraph, reason: str, hint: str = "") -> Problem:
    message = f"weights {subgraph.weights!r} cannot be read: {reason}"
    return Problem(message, subgraph.weights_origin, subgraph.path, hint)


def _wanted(compiled: Compiled, path: str) -> dict[str, tuple[str, ...]]:
    """Return the nodes of an included graph that hold weights, with the names a file may have for them."""
    names: dict[str, tuple[str, ...]] = {}
    inner = [other for other in compiled.checked.expanded.subgraphs if other.startswith(f"{path}.")]
    for node, layer in compiled.layers.items():
        within = node.startswith(f"{path}.") and not any(node.startswith(f"{other}.") for other in inner)
        if within and layer.weights:
            stored = compiled.checked.nodes[node].written.stored_as
            names[node] = (node.removeprefix(f"{path}."), *([stored] if stored else []))
    return names


def read_weights(source: str, origin: Origin, runs: Runs, plugins: Sequence[str] = ()) -> Arrays:
    """Return the weights in a `.keras` file, a Keras 2 `.h5` file, or the model of a recorded run (`run:ID`).

    `origin`: where the source is named; a file is searched beside it first; `plugins`: those of the graph at hand,
    which the model may need; a run has its own. Raises OSError, ValueError, RunError, or InputError for a model that
    Keras cannot load.
    """
    if source.startswith(RUN):
        with tempfile.TemporaryDirectory() as folder:
            return _from_file(runs.find(source).download(MODEL_FILE, Path(folder)), [*plugins, KEPT])
    return _from_file(Path(resolve_path(source, origin)), plugins)


def _from_file(path: Path, plugins: Sequence[str]) -> Arrays:
    if not path.is_file():
        near = did_you_mean(path.name, [item.name for item in path.parent.glob("*")] if path.parent.is_dir() else [])
        raise OSError(f"there is no such file{'; ' + near if near else ''}")
    if path.suffix in (".h5", ".hdf5"):
        return _from_h5(path)
    if path.suffix == ".keras":
        model = load_model(path, plugins)
        return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}
    raise ValueError(f"expected a .keras or .h5 file, or run:ID, received a {path.suffix or 'file without ending'}")


def _from_h5(path: Path) -> Arrays:
    """Read a file that Keras 2 wrote: a group per layer, its weights listed in the attribute `weight_names`."""
    import h5py

    with h5py.File(path) as file:
        group = file.get("model_weights", file)
        if "layer_names" not in group.attrs:
            raise ValueError("the file holds no Keras 2 model: there are no layer names in it")
        arrays: dict[str, list[np.ndarray]] = {}
        for name in map(_text, group.attrs["layer_names"]):
            weights = [np.asarray(group[name][_text(item)]) for item in group[name].attrs["weight_names"]]
            if weights:
                arrays[name] = weights
    return arrays


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _assign(
    compiled: Compiled, subgraph: SubGraph, wanted: Mapping[str, tuple[str, ...]], arrays: Arrays
) -> tuple[Loaded, list[Problem]]:
    result = Loaded(subgraph.path, subgraph.weights)
    problems: list[Problem] = []
    used: set[str] = set()
    for node, names in wanted.items():
        found = next((name for name in names if name in arrays), None)
        layer = compiled.layers[node]
        if found is None:
            near = did_you_mean(names[0], arrays)
            message = f"{subgraph.weights} has no layer {' or '.join(map(repr, names))}"
            problems.append(Problem(message, subgraph.weights_origin, node, near))
            continue
        used.add(found)
        expected, received = [tuple(weight.shape) for weight in layer.weights], [item.shape for item in arrays[found]]
        if expected != received:
            problems.append(_mismatch(node, found, expected, received, subgraph.weights_origin))
            continue
        if not all(np.isfinite(item).all() for item in arrays[found] if item.dtype.kind == "f"):
            message = f"the weights of layer {found!r} cannot be used: not all of them are finite"
            problems.append(Problem(message, subgraph.weights_origin, node))
            continue
        try:
            held = zip(layer.weights, arrays[found], strict=True)
            layer.set_weights([cast(item, weight.dtype, weight.path) for weight, item in held])
        except DataError as error:
            message = f"the weights of layer {found!r} cannot be used: {error.message}"
            problems.append(Problem(message, subgraph.weights_origin, node))
            continue
        result.matched.append(node)
        result.values += sum(item.size for item in arrays[found])
    result.unused = [name for name in arrays if name not in used]
    return result, problems


def _mismatch(
    node: str, layer: str, expected: list[tuple[int, ...]], received: list[tuple[int, ...]], origin: Origin
) -> Problem:
    message = f"the weights of layer {layer!r} do not fit: expected shapes {expected}, received {received}"
    return Problem(message, origin, node, "was the file trained with other options, or by another graph?")
