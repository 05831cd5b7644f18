"""Ones, zeros, and the exchange without maxima."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case


def test_ones_and_zeros_have_the_shape_of_their_input() -> None:
    x = np.array([[2.0, -1], [0, 3]])
    assert np.array_equal(Case("small_layers:OnesLike")(x=x), np.ones((2, 2)))
    assert np.array_equal(Case("small_layers:ZerosLike")(x=x), np.zeros((2, 2)))


def test_an_exchange_of_means_alone_leaves_out_minima_and_maxima() -> None:
    x = np.array([[1.0], [3], [10]])
    found = Case("small_layers:RaggedGlobalExchange", skip_max=True)(x=x, row_splits=[0, 2, 3])
    assert np.array_equal(found, [[2, 1], [2, 3], [10, 10]])
