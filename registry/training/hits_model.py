"""Describes the inference model of a run as a function of tables of hits."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import keras
import tensorflow as tf

from registry.contract.tracker import ModelInfo
from registry.training.identity import PACKAGES
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.hits_table import EVENT, column_names, output_name, table_columns
from registry.wiring.loaders import ROW_SPLITS
from registry.wiring.needed import outputs_of_hits

MODULE = "registry.inference.hits_model"
"""The module that loads the model as such a function."""

EXAMPLE_HITS = 100
"""Rows of the example, at most."""

WIDE = {"float16": "float64", "float32": "float64", "bool": "bool"}
"""The dtypes in which a table may give what a model takes: files have their numbers in wider ones. Others: int64."""


def hits_model(
    checked: CheckedGraph,
    model: keras.Model,
    file: Path,
    columns: Mapping[str, tf.Tensor],
    step: int,
    tags: Mapping[str, str],
) -> ModelInfo | None:
    """Return what a model takes and gives; None if no table of hits can say it: several loaders, no output of hits.

    `file`: its `.keras` file; `columns`: one event, by the names of the model's inputs, for the example.
    """
    if sum(node.block.kind == "loader" for node in checked.nodes.values()) != 1:
        return None
    of_hits = outputs_of_hits(checked)
    if not of_hits or not isinstance(model.input, Mapping) or not isinstance(model.output, Mapping):
        return None
    inputs = {
        _port(name): (tuple(tensor.shape), WIDE.get(keras.backend.standardize_dtype(tensor.dtype), "int64"))
        for name, tensor in model.input.items()
        if _port(name) != ROW_SPLITS
    }
    outputs = {
        output_name(name): (tuple(model.output[name].shape), keras.backend.standardize_dtype(model.output[name].dtype))
        for name in of_hits
    }
    return ModelInfo(
        file,
        MODULE,
        {EVENT: "int64", **table_columns(inputs)},
        {EVENT: "int64", "hit": "int32", **table_columns(outputs)},
        optional=(EVENT,),
        example=_example(checked, columns),
        step=step,
        packages=_packages(),
        tags=tags,
    )


def _example(checked: CheckedGraph, columns: Mapping[str, tf.Tensor]) -> dict[str, list[float]]:
    """Return some hits of an event by column; all of them where a column holds positions of hits."""
    types = checked.loader.types
    arrays = {_port(name): tensor.numpy() for name, tensor in columns.items() if _port(name) != ROW_SPLITS}
    whole = any(types[port].points_to for port in arrays)
    found: dict[str, list[float]] = {}
    for port, array in arrays.items():
        rows = array if whole else array[:EXAMPLE_HITS]
        flat = rows.reshape(len(rows), -1)
        for index, name in enumerate(column_names(port, array.shape)):
            found[name] = flat[:, index].tolist()
    hits = len(next(iter(found.values()), ()))
    return {EVENT: [0] * hits, **found} if hits else {}


def _packages() -> list[str]:
    """Return what the model needs beside this package, which is on no index, with the versions that are here."""
    found = []
    for name, distributions in PACKAGES.items():
        for distribution in distributions if name != "registry" else ():
            try:
                found.append(f"{distribution}=={version(distribution)}")
                break
            except PackageNotFoundError:
                continue
    return found


def _port(name: str) -> str:
    return name.rpartition(".")[2]
