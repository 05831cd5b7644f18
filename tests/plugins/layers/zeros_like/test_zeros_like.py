"""A tensor of zeros."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case


def test_every_number_becomes_zero() -> None:
    x = np.array([[2.0, -1], [0, 3]])
    assert np.array_equal(Case("zeros_like:ZerosLike")(x=x), [[0, 0], [0, 0]])
