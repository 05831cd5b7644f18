"""Several tensors under names."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close


def test_every_tensor_keeps_its_name_values_and_type() -> None:
    x, row_splits = np.array([[1.0, -2.0]]), np.array([0, 1])
    out = Case("bundle:Bundle")(tensors={"x": x, "row_splits": row_splits})
    assert_close(out["x"], x)
    assert out["row_splits"].dtype == "int32"
    assert np.array_equal(out["row_splits"], row_splits)
