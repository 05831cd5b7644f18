"""What each hit learns of its whole event."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close


def test_every_hit_learns_the_mean_minimum_and_maximum_of_its_event() -> None:
    x = np.array([[1.0], [3.0], [10.0]])
    out = Case("ragged_global_exchange:RaggedGlobalExchange", skip_min=False)(x=x, row_splits=[0, 2, 2, 3])
    assert_close(out, [[2, 1, 3, 1], [2, 1, 3, 3], [10, 10, 10, 10]])
    out = Case("ragged_global_exchange:RaggedGlobalExchange")(x=x, row_splits=[0, 2, 2, 3])
    assert_close(out, [[2, 3, 1], [2, 3, 3], [10, 10, 10]])


def test_an_exchange_of_means_alone_leaves_out_minima_and_maxima() -> None:
    x = np.array([[1.0], [3], [10]])
    found = Case("ragged_global_exchange:RaggedGlobalExchange", skip_max=True)(x=x, row_splits=[0, 2, 3])
    assert np.array_equal(found, [[2, 1], [2, 3], [10, 10]])
