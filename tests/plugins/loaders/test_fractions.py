"""Fractions that objects hold beside the lists of their hits: checked against those lists, and 0 or more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from registry.contract.data import DataError
from registry.plugins.loaders.parquet.block import Parquet

HITS = [[[0]], [[0, 1, -1], [1, 2]]]


@pytest.fixture
def opened(tmp_path):
    """Return a function that opens two events, of one hit and of three, whose objects hold the given fractions."""

    def open_(fractions: list[Any], **options: Any) -> Any:
        file = tmp_path / "a.parquet"
        pq.write_table(pa.table({"e": [[1.0], [1.0, 2.0, 3.0]], "hits": HITS, "part": fractions}), file)
        split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
        objects = {"hits": "hits", "fractions": "part"}
        return Parquet(
            Parquet.Params(file=str(file), columns={"features": ["e"]}, objects=objects, split=split, **options)
        ).open(1)

    return open_


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ([[1.0, -0.3, 0.0], [0.7, 1.0]], "'part' of object 0 of event 1 of a.parquet is -0.3 for a hit"),
        ([[1.0, 0.3, 0.0], [0.7, None]], "'part' of object 1 of event 1 of a.parquet is nan for a hit"),
        ([[1.0, 0.3, 0.0], [np.nan, 1.0]], "'part' of object 1 of event 1 of a.parquet is nan for a hit"),
        ([[1.0, 0.3], [0.7, 1.0]], "'hits' of object 0 of event 1 of a.parquet has 3 values, 'part' has 2"),
    ],
    ids=["negative", "null", "nan", "shorter"],
)
def test_fractions_that_are_none_are_refused_and_may_be_skipped(second, message, opened):
    with pytest.raises(DataError) as caught:
        opened([[[1.0]], second])
    assert (caught.value.message, caught.value.parameter) == (message, "objects.fractions")
    assert len(opened([[[1.0]], second], on_error="skip").sizes("train")) == 1


def test_what_belongs_to_no_hit_may_have_any_fraction(opened):
    source = opened([[[1.0]], [[1.0, 0.3, -5.0], [0.7, 1.0]]])
    assert source.read("train", np.array([1]), None)["truth_index"][:, 0].tolist() == [0, 1, 1]
