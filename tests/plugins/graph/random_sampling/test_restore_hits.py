"""Kept hits brought back to all hits, and the choice of rows from a bundle."""

from __future__ import annotations

import numpy as np
import pytest

from registry.contract.axes import AxisMismatch
from tests.plugins.block_case import Case

KEPT = np.array([[0], [3], [4]], dtype="int32")
AXES = {"kept_hits": "kept", "kept_hits->": "hits", "beta": "kept", "classes": "kept"}


def restored(rest: dict[str, np.ndarray], kept: np.ndarray = KEPT) -> dict[str, np.ndarray]:
    found = Case("random_sampling:RestoreHits", axes=AXES)(kept_hits=kept, like=np.zeros((6, 2)), rest=rest)
    return {name: np.asarray(value) for name, value in found.items()}


def test_every_column_gets_zeros_where_hits_were_dropped() -> None:
    found = restored({"beta": np.array([[0.5], [0.6], [0.7]]), "classes": np.ones((3, 2))})
    assert found["beta"][:, 0] == pytest.approx([0.5, 0, 0, 0.6, 0.7, 0])
    assert np.array_equal(found["classes"][:, 1], [1, 0, 0, 1, 1, 0])


def test_kept_says_which_hits_were_kept() -> None:
    assert np.array_equal(restored({})["kept"][:, 0], [1, 0, 0, 1, 1, 0])


def test_an_event_that_lost_all_its_hits_gets_zeros_only() -> None:
    found = restored({"beta": np.zeros((0, 1))}, np.zeros((0, 1), dtype="int32"))
    assert found["beta"].shape == (6, 1)
    assert not found["kept"].any()


def test_a_column_of_other_rows_is_refused() -> None:
    case = Case("random_sampling:RestoreHits", axes={**AXES, "beta": "hits"})
    with pytest.raises(AxisMismatch, match="'beta': expected a column on the axis"):
        case.declared(kept_hits=KEPT, like=np.zeros((6, 2)), rest={"beta": np.zeros((6, 1))})


def test_chosen_rows_leave_out_the_row_splits_of_their_bundle() -> None:
    case = Case("random_sampling:SelectHits", axes={"kept_hits": "kept", "kept_hits->": "hits"})
    found = case(kept_hits=KEPT, row_splits=[0, 2, 6], rest={"x": np.arange(6.0)[:, None]})
    assert set(found) == {"x"}
    assert np.array_equal(found["x"][:, 0], [0, 3, 4])
