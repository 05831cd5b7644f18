"""ln(1 + x) and e^x - 1 in ONNX."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.contract.exporter import Exportable, Tensor

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_small_large_and_infinite_numbers_keep_their_precision(dtype: str, tmp_path: Path) -> None:
    pytest.importorskip("tf2onnx")
    import onnxruntime
    import tensorflow as tf

    from registry.plugins.exporters.onnx.converting import convert

    def call(x: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"log1p": tf.math.log1p(x), "expm1": tf.math.expm1(x)}

    traced = tf.function(call, input_signature=[tf.TensorSpec((None,), dtype, "x")], autograph=False)
    column = Tensor("x", dtype, (None,))
    convert(Exportable("logarithms", traced, None, (column,), (), ()), tmp_path / "logarithms.onnx", 18)
    session = onnxruntime.InferenceSession(tmp_path / "logarithms.onnx")
    names = [output.name for output in session.get_outputs()]
    small = np.logspace(-30, 1.5, 400)
    x = np.concatenate([small, -small, [0, -1, np.inf, -np.inf], -1 + np.logspace(-6, -1, 50)]).astype(dtype)
    found = dict(zip(names, session.run(names, {"x": x}), strict=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        wanted = {"log1p": np.log1p(x), "expm1": np.expm1(x)}
    tolerance = 4 * np.finfo(dtype).eps
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, rtol=tolerance, err_msg=name)
