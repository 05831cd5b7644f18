"""Fits transforms: what their layers hold is gathered from the training events as they are, before the first step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from registry.compiling.layers import attempt
from registry.compiling.model import Compiled
from registry.contract.casting import cast
from registry.contract.data import DataError, Source
from registry.contract.errors import InputError, Problem
from registry.contract.failures import received
from registry.contract.transform import FEATURES, Fitting, Transform
from registry.training.feeding import Feed
from registry.wiring.checked_graph import CheckedNode, Ref

HITS_AT_A_TIME = 50_000
"""Hits of the events that are looked at together; an event with more of them is looked at alone."""


def fit_transforms(compiled: Compiled, source: Source) -> Iterator[str]:
    """Set the values of every transform, and yield a line for each; those that came with weights stay as they are.

    Transforms that stand behind others are fitted to what these make, in a further pass over the training events.
    Raises InputError, at the node, for events that a transform cannot be fitted to.
    """
    nodes = {path: compiled.checked.nodes[path] for path in _unfitted(compiled)}
    for level in _levels(compiled, list(nodes)):
        fittings = {path: _fitting(path, nodes[path]) for path in level}
        events, hits = _gather(compiled, source, {path: item for path, item in fittings.items() if item is not None})
        for path, fitting in fittings.items():
            if fitting is not None:
                _set(compiled, path, nodes[path], fitting)
                block = nodes[path].block.name
                yield f"fitted: {path} ({block}) to {hits:,} hits of {events:,} training events"


def fitted_values(compiled: Compiled) -> dict[str, Any]:
    """Return what every transform of a network holds, by node: its block, its columns and the values by name."""
    found = {}
    for path, layer in compiled.layers.items():
        block = compiled.checked.nodes[path].block
        if isinstance(block, Transform) and layer.weights:
            values = {weight.name: np.asarray(weight).tolist() for weight in layer.weights}
            found[path] = {"block": block.name, "columns": list(block.names), "values": values}
    return found


def _unfitted(compiled: Compiled) -> list[str]:
    """Return the transforms that hold something, in the DAG's order, without those whose graph came with weights."""
    given = [path for path, graph in compiled.checked.expanded.subgraphs.items() if graph.weights]
    return [
        path
        for path, node in compiled.checked.nodes.items()
        if isinstance(node.block, Transform)
        and compiled.layers[path].weights
        and not any(path.startswith(f"{graph}.") for graph in given)
    ]


def _levels(compiled: Compiled, paths: Sequence[str]) -> list[list[str]]:
    """Return transforms in groups, each of which depends on transforms of earlier groups alone."""
    level: dict[str, int] = {}
    for path in paths:
        before = set(compiled.checked.ancestors(compiled.checked.nodes[path].sources()))
        level[path] = 1 + max((level[other] for other in level if other in before), default=-1)
    return [[path for path in paths if level[path] == index] for index in range(max(level.values(), default=-1) + 1)]


def _fitting(path: str, node: CheckedNode) -> Fitting | None:
    block = node.block
    assert isinstance(block, Transform)
    return attempt(path, node, "it cannot be fitted", block.fitting, block.fitting)


def _gather(compiled: Compiled, source: Source, fittings: Mapping[str, Fitting]) -> tuple[int, int]:
    """Give the training events to what gathers; return how many events and hits there were."""
    if not fittings:
        return 0, 0
    nodes = compiled.checked.nodes
    refs = {path: _input(nodes[path]) for path in fittings}
    probe = compiled.probe(refs.values())
    feed = Feed(source, compiled.checked.loader.written.path, frozenset(probe.input), seed=0)
    sizes = source.sizes("train")
    batches = feed.batches("train", max(HITS_AT_A_TIME, int(sizes.max(initial=0))))
    for batch in feed.stream("train", batches):
        outputs = probe(batch.tensors, training=False)
        for path, fitting in fittings.items():
            block = nodes[path].block
            assert isinstance(block, Transform)
            values = np.asarray(outputs[str(refs[path])])[:, block.places].astype(np.float64)
            _tried(path, nodes[path], lambda own=fitting, given=values: own.add(given), fitting.add)
    return int((sizes > 0).sum()), int(sizes.sum())


def _input(node: CheckedNode) -> Ref:
    source = node.inputs[FEATURES]
    assert isinstance(source, Ref)
    return source


def _set(compiled: Compiled, path: str, node: CheckedNode, fitting: Fitting) -> None:
    layer = compiled.layers[path]
    found = _tried(path, node, lambda: list(fitting.found()), fitting.found)
    expected = [tuple(weight.shape) for weight in layer.weights]
    shapes = [np.shape(item) for item in found]
    if shapes != expected or not all(np.isfinite(item).all() for item in found):
        message = f"block {node.block.name!r}: what it was fitted to does not fit its layer: {received(found)}"
        hint = f"expected finite arrays of the shapes {expected}, received the shapes {shapes}"
        raise InputError([Problem(message, node.written.origin, path, hint)])
    try:
        held = zip(found, layer.weights, strict=True)
        layer.set_weights([cast(np.asarray(item, np.float64), str(weight.dtype), weight.name) for item, weight in held])
    except DataError as error:
        raise InputError([Problem(error.message, node.written.origin, path, error.hint)]) from error


def _tried(path: str, node: CheckedNode, action: Any, function: Any) -> Any:
    """Return what a block's author's code returns; raise InputError for events that it cannot be fitted to."""
    try:
        return attempt(path, node, "it cannot be fitted", action, function)
    except InputError as error:
        cause = error.__cause__
        if not isinstance(cause, DataError):
            raise
        steps = [int(step) if step.isdigit() else step for step in cause.parameter.split(".") if step]
        origin = node.written.params.nearest(steps).origin if steps else node.written.origin
        message = f"{node.block.name}: {cause.message}"
        raise InputError([Problem(message, origin, path, cause.hint)]) from cause
