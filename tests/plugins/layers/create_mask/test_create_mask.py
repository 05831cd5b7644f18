"""The mask of numbers that reach a threshold."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close

X = np.array([[1.0, -2.0, 4.0], [0.0, 3.0, -3.0]])


def test_the_threshold_itself_gives_1() -> None:
    assert_close(Case("create_mask:CreateMask", threshold=0.0)(x=X), [[1, 0, 1], [1, 1, 0]])


def test_the_inverted_mask_is_1_below_the_threshold() -> None:
    assert_close(Case("create_mask:CreateMask", threshold=3.0, invert=True)(x=X), [[1, 1, 0], [1, 0, 1]])
