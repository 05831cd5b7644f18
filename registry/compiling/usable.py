"""Lets a model of Keras be called with columns of hits, by all of Keras's own methods, and be exported."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from registry.configuration.options import KERNELS_VARIABLE
from registry.contract.casting import cast
from registry.contract.data import DataError
from registry.contract.errors import InputError, Problem
from registry.contract.spelling import did_you_mean
from registry.wiring.loaders import ROW_SPLITS

PYTHON = ("PyFunc", "PyFuncStateless", "EagerPyFunc")
"""Operations of TensorFlow that call Python."""


def usable(model: keras.Model) -> keras.Model:
    """Return a model that takes the columns of whole events, by "node.port" or by port, and is exported without Python.

    `model(columns)`, `predict(columns)` and `predict_on_batch(columns)` leave columns alone that the model does not
    take; the latter two return arrays. Keras's own `predict` cuts all columns into batches of as many rows, which
    columns of hits and row splits have not.
    """
    if not isinstance(model.input, Mapping):  # a model of somebody else's
        return model
    call, export, compiled = model.call, model.export, compiled_call(model)

    def call_with_columns(inputs: Any, *arguments: Any, **options: Any) -> Any:
        try:
            given = chosen(model, inputs) if isinstance(inputs, Mapping) else inputs
        except InputError as error:
            # Keras makes errors anew, from a text, to say in which call they were raised.
            raise ValueError(str(error)) from None
        return call(given, *arguments, **options)

    model.call = call_with_columns
    # Keras would refuse columns by their ports before the model sees them.
    model.input_spec = None
    model.predict = partial(_predict, compiled)
    model.predict_on_batch = compiled
    model.export = partial(_export, model, export)
    return model


def compiled_call(model: keras.Model) -> Callable[[Mapping[str, Any]], dict[str, np.ndarray]]:
    """Return a function from the columns of some whole events to the model's outputs, as arrays by name.

    It is traced once, when it is first called, for any number of hits and events. It raises InputError as `inputs_of`.
    """
    signature = {name: tf.TensorSpec(tensor.shape, tensor.dtype) for name, tensor in model.input.items()}
    traced = tf.function(lambda columns: model(columns, training=False), input_signature=[signature], autograph=False)

    def predicted(columns: Mapping[str, Any]) -> dict[str, np.ndarray]:
        given = inputs_of(model, columns)
        if all(len(value) == 0 for name, value in given.items() if not _is_splits(name)):
            return {name: _nothing(tensor, given) for name, tensor in model.output.items()}
        return {name: np.asarray(value) for name, value in traced(given).items()}

    return predicted


def inputs_of(model: keras.Model, columns: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return the columns that a model takes, by its names for them, each of its dtype.

    Raises InputError for one that is missing, has another width or number of rows than it should, or holds a value that
    its dtype cannot hold; and for row splits that do not start at 0, or fall.
    """
    found: dict[str, np.ndarray] = {}
    for name, value in chosen(model, columns).items():
        port = _port(name)
        try:
            found[name] = cast(np.asarray(value), model.input[name].dtype, port)
        except DataError as error:
            raise InputError([Problem(error.message, hint=error.hint)]) from error
        _check_shape(port, tuple(model.input[name].shape), found[name].shape)
    splits = next((array for name, array in found.items() if _is_splits(name)), None)
    if splits is not None:
        _check_rows(splits, {_port(name): len(array) for name, array in found.items() if not _is_splits(name)})
    return found


def _check_shape(port: str, expected: tuple[int | None, ...], shape: tuple[int, ...]) -> None:
    fits = len(expected) == len(shape) and all(
        wanted in (None, size) for wanted, size in zip(expected, shape, strict=True)
    )
    if not fits:
        text = ", ".join("any" if size is None else str(size) for size in expected)
        raise InputError([Problem(f"column {port!r}: expected the shape [{text}], received {list(shape)}")])


def _check_rows(splits: np.ndarray, lengths: Mapping[str, int]) -> None:
    """Raise InputError unless every column has a row for each hit, or one for each event."""
    if not len(splits) or splits[0] != 0 or (np.diff(splits) < 0).any():
        message = f"{ROW_SPLITS}: expected where each event starts and the last one ends, from 0 on, never falling"
        raise InputError([Problem(f"{message}; received {splits[:4].tolist()}{', ...' if len(splits) > 4 else ''}")])
    for port, length in lengths.items():
        if length not in (splits[-1], len(splits) - 1):
            raise InputError([Problem(f"column {port!r} has {length} rows, and {ROW_SPLITS} ends at {splits[-1]}")])


def chosen(model: keras.Model, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that a model takes, by its names for them; raise InputError for one that is missing."""
    found = {}
    for name in model.input:
        key = next((key for key in (name, _port(name)) if key in columns), None)
        if key is None:
            port = _port(name)
            hint = did_you_mean(port, columns) or f"the events have: {', '.join(map(str, columns)) or 'nothing'}"
            raise InputError([Problem(f"the model takes a column {port!r}, which the events do not have", hint=hint)])
        found[name] = columns[key]
    return found


def _predict(
    compiled: Callable[[Mapping[str, Any]], dict[str, np.ndarray]],
    x: Mapping[str, Any],
    batch_size: int | None = None,
    verbose: object = "auto",
    **options: object,
) -> dict[str, np.ndarray]:
    """Return the model's outputs for the columns of some whole events, as arrays by name.

    Raises InputError for anything else than a dict with the model's columns, and for options of Keras's that would cut
    events into pieces.
    """
    given = {"batch_size": batch_size, **options}
    unfit = [name for name, value in given.items() if value is not None]
    if unfit or not isinstance(x, Mapping):
        what = f"the option {unfit[0]!r}" if unfit else f"a {type(x).__name__}"
        hint = "cut the events into batches yourself, and call predict_on_batch(columns) for each"
        message = f"predict: expected the columns of some whole events, a dict of arrays by name; received {what}"
        raise InputError([Problem(message, hint=hint)])
    return compiled(x)


def _port(name: str) -> str:
    return name.rpartition(".")[2]


def _is_splits(name: str) -> bool:
    return _port(name) == ROW_SPLITS


def _nothing(tensor: keras.KerasTensor, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return an output for events that have no hit at all."""
    dtype = tf.as_dtype(tensor.dtype).as_numpy_dtype
    if len(tensor.shape) == 1:
        splits = next((value for name, value in inputs.items() if _is_splits(name)), np.zeros(1))
        return np.zeros(len(splits), dtype)
    return np.zeros([length or 0 for length in tensor.shape], dtype)


def _export(model: keras.Model, export: Any, filepath: str | Path, *arguments: Any, **options: Any) -> None:
    """Export a model as Keras does, with kernels that run without Python.

    Raises InputError if an operation of the model calls Python all the same.
    """
    with plain_kernels():
        calls = _calls_of_python(model)
        if calls:
            message = f"the model cannot be exported: {', '.join(calls)} would call Python, which is not there"
            hint = f"{KERNELS_VARIABLE}=tensorflow chooses kernels that can be exported; tf.py_function cannot be"
            raise InputError([Problem(message, hint=hint)])
        export(filepath, *arguments, **options)


@contextmanager
def plain_kernels() -> Iterator[None]:
    """Let what is traced here use the kernels of TensorFlow's own operations."""
    before = os.environ.get(KERNELS_VARIABLE)
    os.environ[KERNELS_VARIABLE] = "tensorflow"
    try:
        yield
    finally:
        if before is None:
            del os.environ[KERNELS_VARIABLE]
        else:
            os.environ[KERNELS_VARIABLE] = before


def _calls_of_python(model: keras.Model) -> list[str]:
    """Return the operations of a model that call Python, as it would be traced now."""
    signature = {name: tf.TensorSpec(tensor.shape, tensor.dtype) for name, tensor in model.input.items()}
    traced = tf.function(lambda columns: model(columns, training=False), autograph=False)
    graph = traced.get_concrete_function(signature).graph.as_graph_def()
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    return [node.name for node in nodes if node.op in PYTHON]
