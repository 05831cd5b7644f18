"""Before a run begins: every layer is run once, and the model is saved and read back, on one event."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from registry.compiling.configurations import same_random_numbers
from registry.compiling.layers import author_place, by_port, frozen_options, invoke, said
from registry.compiling.model import Compiled, arguments
from registry.compiling.preserving import preserved
from registry.compiling.reading_back import close, difference, lost_weights, read_model
from registry.compiling.trial import columns_needed, try_layers
from registry.contract.data import Source
from registry.contract.errors import InputError, Problem
from registry.contract.failures import FAILURES, failure
from registry.training.feeding import Feed
from registry.training.observing import typical_event
from registry.wiring.checked_graph import CheckedNode, Ref

LOST = (
    "expected layers and variables as attributes of the layer, or in a list or dict that is one (not in lists of lists)"
)

LEFT_OUT = "expected get_config() to return every argument of the constructor, and nothing that is computed at random"


def rehearse(compiled: Compiled, source: Source, seed: int) -> None:
    """Try every layer, and the saving of the model, on an event of median size; nothing of it stays.

    Raises InputError for a layer that fails, returns something else than its block declares, has weights that are not
    saved, or is another one after the model was read back.
    """
    part, event = typical_event(source)
    if not len(event):
        return
    feed = Feed(source, compiled.checked.loader.written.path, columns_needed(compiled), seed)
    columns = feed.read(part, event).tensors
    with same_random_numbers():
        try_layers(compiled, columns)
        if compiled.inference is not None:
            with perturbed(compiled.inference):
                _try_saving(compiled, compiled.inference, columns)


@contextmanager
def perturbed(model: keras.Model) -> Iterator[None]:
    """Give every number of a model's weights a value of its own: one that is lost shows, even where it was zero."""
    numbers = np.random.default_rng(1)
    with preserved(model.variables):
        for variable in model.variables:
            if keras.backend.is_float_dtype(variable.dtype):
                variable.assign(np.asarray(variable) + numbers.uniform(0.01, 0.02, variable.shape))
        yield


def _try_saving(compiled: Compiled, model: keras.Model, columns: Mapping[str, tf.Tensor]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        try:
            model.save(path)
            loaded = read_model(path)
        except FAILURES as error:
            message = f"the model cannot be saved and read back: {said(error)}"
            raise InputError([failure(message, error, LEFT_OUT)]) from error
    lost = lost_weights(model, loaded)
    if lost:
        raise InputError([_problem(compiled, path, what, LOST) for path, what in lost.items()])
    changed = _first_changed(compiled, loaded, columns)
    if changed:
        node, size = changed
        what = f"it computes something else than before, by up to {size:.3g}"
        raise InputError([_problem(compiled, node, what, LEFT_OUT)])


def _problem(compiled: Compiled, path: str, what: str, hint: str) -> Problem:
    node, layer = compiled.checked.nodes.get(path), compiled.layers.get(path)
    if node is None or layer is None:
        return Problem(f"the saved model is not the one in memory: {path}: {what}", hint=hint)
    message = f"block {node.block.name!r}: its layer {type(layer).__name__} is another one in a saved model: {what}"
    return Problem(message, author_place(type(layer), "", node), path, hint)


def _first_changed(
    compiled: Compiled, loaded: keras.Model, columns: Mapping[str, tf.Tensor]
) -> tuple[str, float] | None:
    """Return the first node of which the layer that was read back gives something else for the same inputs.

    A layer that gives something else in every call, from the same state, says nothing.
    """
    known = {layer.name: layer for layer in loaded.layers}
    values: dict[Ref, tf.Tensor] = {}
    for path, node in compiled.checked.nodes.items():
        if node.block.kind == "loader":
            values |= {Ref(path, port): columns[key] for port in node.types if (key := f"{path}.{port}") in columns}
        elif path in known:
            layer, inputs = compiled.layers[path], arguments(node, values)
            first, again = (_run(path, node, layer, inputs) for _ in range(2))
            try:
                received = _run(path, node, known[path], inputs)
            except FAILURES as error:
                raise InputError([_problem(compiled, path, f"it fails: {said(error)}", LEFT_OUT)]) from error
            pairs = [(np.asarray(first[ref]), np.asarray(received[ref]), np.asarray(again[ref])) for ref in first]
            sizes = [difference(one, other) for one, other, same in pairs if not close(one, other) and close(one, same)]
            if sizes:
                return path, max(sizes)
            values |= first
    return None


def _run(
    path: str, node: CheckedNode, layer: keras.layers.Layer, inputs: Mapping[str, tf.Tensor]
) -> dict[Ref, tf.Tensor]:
    with preserved(layer.variables):
        return by_port(path, node, layer, invoke(layer, node, inputs, **frozen_options(layer, node)))
