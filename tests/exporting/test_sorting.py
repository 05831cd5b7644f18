"""Sorting, and the largest of each row, in ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry.contract.exporter import Exportable, Tensor

pytestmark = pytest.mark.slow


def exported(values: np.ndarray, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the order and the two largest of each row as the exported function has them, and as TensorFlow has."""
    pytest.importorskip("tf2onnx")
    import onnxruntime
    import tensorflow as tf

    from registry.plugins.exporters.onnx.converting import convert

    def call(x: tf.Tensor) -> dict[str, tf.Tensor]:
        largest, places = tf.math.top_k(x, tf.minimum(2, tf.shape(x)[-1]))
        return {"order": tf.argsort(x, stable=True), "largest": largest, "places": places}

    shape = tuple(None for _ in values.shape)
    traced = tf.function(call, input_signature=[tf.TensorSpec(shape, values.dtype, "x")], autograph=False)
    given = Tensor("x", str(values.dtype), shape)
    convert(Exportable("sorting", traced, None, (given,), (), ()), folder / "sorting.onnx", 18)
    session = onnxruntime.InferenceSession(folder / "sorting.onnx")
    names = [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(names, {"x": values}), strict=True))
    return found, {name: np.asarray(value) for name, value in traced(values).items()}


@pytest.mark.parametrize("dtype", ["int64", "int32", "float64", "float32", "int16"])
def test_numbers_that_are_one_apart_keep_their_order_and_equal_ones_their_places(dtype: str, tmp_path: Path) -> None:
    most = {"int64": 2**43, "int32": 2**31 - 1, "float64": 2**43, "float32": 2**24, "int16": 2**15 - 1}[dtype]
    values = most - np.random.default_rng(1).integers(0, 60, (3, 100))
    found, wanted = exported(values.astype(dtype), tmp_path)
    for name, expected in wanted.items():
        np.testing.assert_array_equal(found[name], expected, err_msg=name)
        assert found[name].dtype == expected.dtype


def test_nothing_is_sorted_to_nothing(tmp_path: Path) -> None:
    found, wanted = exported(np.zeros(0, np.int64), tmp_path)
    for name, expected in wanted.items():
        assert found[name].shape == expected.shape == (0,)
