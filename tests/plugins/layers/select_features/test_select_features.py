"""The choice of columns."""

from __future__ import annotations

import numpy as np
import pytest

from registry.contract.axes import AxisMismatch
from registry.plugins.layers.select_features.block import SelectFeatures
from tests.plugins.block_case import Case, assert_close

X = np.array([[1.0, -2.0, 4.0], [0.0, 3.0, -3.0]])


def test_the_last_column_is_not_among_the_chosen_ones() -> None:
    assert_close(Case("select_features:SelectFeatures", first=1, last=3)(x=X), X[:, 1:])
    assert_close(Case("select_features:SelectFeatures", first=0, last=2)(x=X), X[:, :2])


def test_columns_that_are_not_there_are_refused() -> None:
    (complaint,) = SelectFeatures(SelectFeatures.Params(first=2, last=2)).check()
    assert complaint.message == "last 2 is not above first 2: no column is left"
    with pytest.raises(AxisMismatch, match="expected at least 4 columns"):
        Case("select_features:SelectFeatures", first=1, last=4).declared(x=X)
