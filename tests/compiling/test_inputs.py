"""What a trained model is given is cast without a silent change."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from registry.compiling.usable import inputs_of
from registry.contract.errors import InputError


class Model:
    """What a model takes."""

    input = {
        "event.features": SimpleNamespace(dtype="float32", shape=(None, 1)),
        "event.row_splits": SimpleNamespace(dtype="int32", shape=(None,)),
    }


def given(**columns: Any) -> Any:
    events = {"features": np.ones((2, 1)), "row_splits": np.array([0, 2], np.uint64)}
    return inputs_of(Model(), {**events, **columns})  # type: ignore[arg-type]


def test_columns_take_the_dtype_of_the_model() -> None:
    made = given()
    assert made["event.features"].dtype == np.float32
    assert made["event.row_splits"].dtype == np.int32


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"features": np.array([[1.0], [1e39]])}, "'features' is 1e\\+39 in row 1"),
        ({"features": np.array([[1], [2**24 + 1]])}, "'features' is 16777217 in row 1"),
        ({"row_splits": np.array([0, 2**32])}, "'row_splits' is 4294967296 in row 1"),
        ({"row_splits": np.array([0, 1.5])}, "'row_splits' is 1.5 in row 1"),
        ({"features": np.array([["a"], ["b"]])}, "'features': expected numbers"),
    ],
)
def test_a_value_that_the_model_s_dtype_cannot_hold(columns: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        given(**columns)


@pytest.mark.parametrize("shape", [(2, 2), (2,), (2, 1, 1)])
def test_a_column_of_another_width_or_number_of_axes(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"'features': expected the shape \[any, 1\], received"):
        given(features=np.ones(shape))


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"features": np.ones((4, 1))}, "'features' has 4 rows, and row_splits ends at 2"),
        ({"row_splits": np.array([1, 2])}, r"from 0 on, never falling; received \[1, 2\]"),
        ({"row_splits": np.array([0, 3, 2])}, "never falling"),
        ({"row_splits": np.zeros(0, int)}, "never falling"),
    ],
)
def test_rows_that_row_splits_do_not_count(columns: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        given(**columns)
