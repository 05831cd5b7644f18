"""Values that are missing: refused, a constant, or a column that says where they are."""

from __future__ import annotations

import numpy as np
import pytest

from registry.contract.data import DataError

ALL = np.arange(10)


def test_a_mask_is_a_feature_and_a_constant_stands_for_the_values(arrays, columns):
    columns["t"] = np.where(columns["e"] > 1, np.nan, columns["e"])
    gone = np.isnan(columns["t"])
    features = ["t", "missing(t)", "where(missing(t), -1, 2 * t)"]
    data = arrays(columns={"features": features}, missing={"t": 5.0}).open(1).read("train", ALL, None)
    np.testing.assert_array_equal(data["features"][:, 1], gone)
    np.testing.assert_allclose(data["features"][:, 0], np.where(gone, 5.0, columns["t"]), rtol=1e-6)
    np.testing.assert_allclose(data["features"][:, 2], np.where(gone, -1, 2 * columns["t"]), rtol=1e-6)


def test_a_missing_value_is_refused_unless_something_stands_for_it(arrays, columns):
    columns["t"] = np.where(np.arange(len(columns["e"])) == 7, np.nan, columns["e"])
    with pytest.raises(DataError, match=r"column 't' is nan in row 7 \(event 3\) of events.npz") as caught:
        arrays(columns={"features": ["t", "missing(t)"]}).open(1)
    assert caught.value.hint.startswith("`missing` names a number that stands for null and nan; `on_error: skip` ")


def test_a_mask_is_kept_with_augmented_events(arrays, columns):
    columns["t"] = np.where(columns["e"] > 1, np.nan, columns["e"])
    use = [{"use": "drop_hits", "with": {"fraction": 0.5}}]
    data = arrays(columns={"features": ["e", "missing(t)"]}, augmentation=use).open(1).read("train", ALL, 0)
    np.testing.assert_array_equal(data["features"][:, 1], data["features"][:, 0] > 1)


def test_a_mask_is_of_one_column_of_the_hits(arrays):
    (complaint,) = arrays(columns={"features": ["missing(e + x)"]}).check()
    assert "missing" in complaint.message or "may not hold" in complaint.message
