"""Lets Keras's own methods of a model do what they say for columns of hits: `predict` and `export`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from registry.configuration.options import KERNELS_VARIABLE
from registry.contract.errors import InputError, Problem, did_you_mean

PYTHON = ("PyFunc", "PyFuncStateless", "EagerPyFunc")
"""Operations of TensorFlow that call Python."""


def usable(model: keras.Model) -> keras.Model:
    """Return a model whose `predict` takes the columns of whole events, and whose `export` needs no Python.

    Keras's `predict` cuts all columns into batches of as many rows, which columns of hits and row splits have not.
    """
    export = model.export
    model.predict = partial(_predict, model)
    model.export = partial(_export, model, export)
    return model


def _predict(
    model: keras.Model, x: Mapping[str, Any], batch_size: int | None = None, verbose: object = "auto", **options: object
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
    missing = [name for name in model.input if name not in x]
    if missing:
        hint = did_you_mean(missing[0], x) or f"the model takes: {', '.join(model.input)}"
        raise InputError([Problem(f"predict: the column {missing[0]!r} is missing", hint=hint)])
    outputs: dict[str, np.ndarray] = model.predict_on_batch({name: x[name] for name in model.input})
    return outputs


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
