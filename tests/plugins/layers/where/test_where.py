"""A number in the rows where a condition holds."""

from __future__ import annotations

import numpy as np
import pytest

from tests.plugins.block_case import Case, assert_close


@pytest.mark.parametrize(
    ("condition", "chosen"),
    [
        (">0", [0, 0, 1]),
        (">=0", [0, 1, 1]),
        ("<0", [1, 0, 0]),
        ("<=0", [1, 1, 0]),
        ("==0", [0, 1, 0]),
        ("!=0", [1, 0, 1]),
    ],
)
def test_where_replaces_the_rows_that_hold(condition: str, chosen: list[int]) -> None:
    case = Case("where:Where", outputval=9.0, condition=condition)
    out = case(condition=np.array([[-1.0], [0], [2]]), x=np.ones((3, 1)))
    assert_close(out[:, 0], np.where(chosen, 9, 1))
