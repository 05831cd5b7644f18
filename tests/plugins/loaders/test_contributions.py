"""Contributions that are declared in a way that they cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from registry.plugins.loaders.parquet.block import Parquet

LISTS = {"e": [[1.0, 2.0], [3.0]], "w": [[0.1, 0.2], [0.3]], "who": [[1, 2], [3]], "deep": [[[1.0], [1.0]], [[]]]}
FLAT = {"event": [0, 0], "e": [1.0, 2.0], "w": [0.1, 0.2], "c0": [0.1, 0.2], "c1": [0.0, 0.2], "who": [1, 2]}
ONE = "column 'who' holds one value for each hit, expected a list"


@pytest.mark.parametrize(
    ("table", "contributions", "parameter", "message"),
    [
        (LISTS, {"ids": "who", "weights": "deep"}, "ids", ONE),
        (FLAT, {"ids": "who", "weights": ["c0"]}, "ids", "contributions have 1 columns of ids and 1 of weights"),
        (
            FLAT,
            {"ids": ["who"], "weights": ["c0", "c1"]},
            "ids",
            "contributions have 1 columns of ids and 2 of weights",
        ),
        (FLAT, {"weights": "c{2:1}"}, "weights", "'c{2:1}' stands for no column"),
        (FLAT, {"weights": "w"}, "weights", "column 'w' holds one value for each hit, expected a list"),
    ],
)
def test_what_is_no_list_of_each_hit_or_of_another_length_is_refused(
    table: dict[str, Any], contributions: dict[str, Any], parameter: str, message: str, tmp_path: Path
) -> None:
    pq.write_table(pa.table(table), tmp_path / "hits.parquet")
    options: dict[str, Any] = {"file": str(tmp_path / "hits.parquet"), "columns": {"features": ["e"]}}
    event = {"id": "event"} if table is FLAT else {}
    block = Parquet(Parquet.Params(**options, event=event, contributions=contributions))
    found = {(complaint.parameter, complaint.message) for complaint in block.check()}
    assert (f"contributions.{parameter}", message) in found
