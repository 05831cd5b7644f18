"""A table of objects that does not go with the hits is refused before a hit is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from registry.contract.data import DataError
from registry.plugins.loaders.parquet.block import Parquet

HITS = {"event": [7, 7, 9], "e": [1.0, 2.0, 3.0], "id": [1, 2, 1]}
OBJECTS: dict[str, list[Any]] = {"event": [7, 7, 9], "id": [1, 2, 1], "pt": [1.0, 2.0, 3.0]}


def block(folder: Path, objects: dict[str, list[Any]], **options: Any) -> Parquet:
    pq.write_table(pa.table(HITS), folder / "hits.parquet")
    pq.write_table(pa.table(objects), folder / "objects.parquet")
    columns = {"features": ["e"], "truth_index": "id", "truth_energy": "object.pt"}
    given = {"event": {"id": "event"}, "columns": columns, "objects": {"file": "objects.parquet", "id": "id"}}
    return Parquet(Parquet.Params(file=str(folder / "hits.parquet"), **{**given, **options}))


@pytest.mark.parametrize(
    ("objects", "options", "parameter", "message"),
    [
        ({"event": [7], "id": [1], "ptt": [1.0]}, {}, "columns.truth_energy", "objects.parquet has no column 'pt'"),
        ({"event": [7], "pt": [1.0]}, {}, "objects.id", "objects.parquet has no column 'id'"),
        ({"run": [7], "id": [1], "pt": [1.0]}, {}, "objects.event_id", "objects.parquet has no column 'event'"),
        (OBJECTS, {"object_filter": {"eta": {}}}, "object_filter.eta", "objects.parquet has no column 'eta'"),
        (
            OBJECTS | {"pt": ["1", "2", "1"]},
            {},
            "columns.truth_energy",
            "array 'pt' of objects.parquet: expected numbers, received dtype object",
        ),
    ],
)
def test_a_column_that_is_missing_or_no_number_is_named(tmp_path, objects, options, parameter, message):
    made = block(tmp_path, objects, **options)
    assert [(complaint.parameter, complaint.message) for complaint in made.check()] == [(parameter, message)]


def test_events_that_are_numbers_in_one_table_and_texts_in_the_other_are_named(tmp_path):
    made = block(tmp_path, OBJECTS | {"event": ["7", "7", "9"]})
    with pytest.raises(DataError, match=r"an event of the hits is called 7, one of objects.parquet '7'"):
        made.open(1)
