"""Sums and extremes over the hits of events, in ONNX."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.contract.exporter import Exportable, Tensor

pytestmark = pytest.mark.slow


def test_segments_without_a_row_and_rows_of_no_segment_are_as_in_tensorflow(tmp_path: Path) -> None:
    pytest.importorskip("tf2onnx")
    import onnxruntime
    import tensorflow as tf

    from registry.plugins.exporters.onnx.converting import convert

    kinds = {name: getattr(tf.math, f"unsorted_segment_{name}") for name in ("sum", "max", "min", "mean")}

    def call(x: tf.Tensor, ids: tf.Tensor, row_splits: tf.Tensor) -> dict[str, tf.Tensor]:
        return {name: kind(x, ids, tf.shape(row_splits)[0] - 1) for name, kind in kinds.items()}

    columns = [
        Tensor("x", "float32", (None, 3)),
        Tensor("ids", "int32", (None,)),
        Tensor("row_splits", "int32", (None,)),
    ]
    signature = [tf.TensorSpec(item.shape, item.dtype, item.name) for item in columns]
    traced = tf.function(call, input_signature=signature, autograph=False)
    convert(Exportable("segments", traced, None, tuple(columns), (), ()), tmp_path / "segments.onnx", 18)
    session = onnxruntime.InferenceSession(tmp_path / "segments.onnx")
    names = [output.name for output in session.get_outputs()]
    for ids, events in (([0, 0, 1, -1, 3], 4), ([], 0), ([], 2), ([0], 1)):
        values = np.random.default_rng(1).normal(size=(len(ids), 3)).astype(np.float32)
        given = {"x": values, "ids": np.array(ids, np.int32), "row_splits": np.zeros(events + 1, np.int32)}
        found = dict(zip(names, session.run(names, given), strict=True))
        for name, wanted in traced(**given).items():
            np.testing.assert_allclose(found[name], wanted, rtol=1e-6, err_msg=f"{name} of {ids}")
