"""A tensor of ones."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case


def test_every_number_becomes_one() -> None:
    x = np.array([[2.0, -1], [0, 3]])
    assert np.array_equal(Case("ones_like:OnesLike")(x=x), [[1, 1], [1, 1]])
