"""Data that cannot be used stop with file, event and column; `on_error: skip` counts and names them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from registry.contract.data import DataError
from registry.plugins.loaders.parquet.block import Parquet

GOOD: dict[str, list[Any]] = {
    "run": [7, 8, 9],
    "e": [[1.0, 2.0], [3.0, 4.0, 5.0], [6.0]],
    "id": [[0, 1], [1, 1, 0], [2]],
    "E": [[1.0, 2.0], [3.0, 3.0, 1.0], [2.0]],
}


def block(folder: Path, **options: Any) -> Parquet:
    columns = {"features": ["e"], "energy": "e", "truth_index": "id", "truth_energy": "E"}
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    settings = {"file": str(folder / "*.parquet"), "event": {"id": "run"}, "columns": columns, "split": split}
    return Parquet(Parquet.Params(**{**settings, **options}))


def write(folder: Path, name: str = "hits", **changes: Any) -> Path:
    pq.write_table(pa.table({**GOOD, **changes}), folder / f"{name}.parquet", row_group_size=1)
    return folder / f"{name}.parquet"


CASES = [
    ({"e": [[1.0, 2.0], [3.0, np.nan, 5.0], [6.0]]}, "column 'e' is nan in hit 1 of event 8 of hits.parquet"),
    ({"e": [[1.0, 2.0], [3.0, 4.0, np.inf], [6.0]]}, "column 'e' is inf in hit 2 of event 8 of hits.parquet"),
    (
        {"e": [[1.0, 2.0], [3.0, -4.0, 5.0], [6.0]]},
        "column 'e', the energy of hits, is -4 in hit 1 of event 8 of hits.parquet",
    ),
    ({"e": [[1.0, 2.0], [3.0, 4.0], [6.0]]}, "event 8 of hits.parquet: "),
    ({"e": [[1.0, 2.0], None, [6.0]]}, "column 'e' is null in row 1 of hits.parquet"),
    ({"id": [[0.0, 1.0], [2.0**60, 1.0, 0.0], [2.0]]}, f"column 'id' is {2**60} in hit 0 of event 8 of hits.parquet"),
    ({"id": [[0.0, 1.0], [0.5, 1.0, 0.0], [2.0]]}, "column 'id' is 0.5 in hit 0 of event 8 of hits.parquet"),
    ({"E": [[1.0, 2.0], [1e300, 3.0, 1.0], [2.0]]}, "column 'E' is 1e+300 in hit 0 of event 8 of hits.parquet"),
]


@pytest.mark.parametrize(("change", "message"), CASES)
def test_bad_values_stop_with_file_event_and_column(tmp_path, change, message):
    write(tmp_path, **change)
    with pytest.raises(DataError) as stopped:
        block(tmp_path).open(1)
    assert message in stopped.value.message
    skipped = block(tmp_path, on_error="skip").open(1)
    assert skipped.sizes("train").tolist() == [2, 1]
    assert skipped.counts == {"skipped_events": 1, "skipped_files": 0}
    assert message in " ".join(skipped.notes)


@pytest.mark.parametrize(
    ("column", "message"),
    [("e", "array 'e': expected numbers"), ("id", "array 'id': ids are numbers in a.parquet and texts in b.parquet")],
)
def test_a_column_that_is_missing_or_of_another_type_in_one_file_names_the_file(tmp_path, column, message):
    write(tmp_path, "a")
    write(tmp_path, "b", **{column: [["x", "y"], ["x", "y", "z"], ["x"]]})
    with pytest.raises(DataError, match=message):
        block(tmp_path).open(1)
    pq.write_table(pa.table({name: values for name, values in GOOD.items() if name != column}), tmp_path / "b.parquet")
    with pytest.raises(DataError, match=f"b.parquet has no column '{column}'"):
        block(tmp_path).open(1)
    assert block(tmp_path, on_error="skip").open(1).counts == {"skipped_events": 0, "skipped_files": 1}


def test_a_file_that_is_cut_off_or_overwritten_is_named_and_may_be_skipped(tmp_path):
    write(tmp_path, "a")
    cut, broken = write(tmp_path, "b"), write(tmp_path, "c")
    cut.write_bytes(cut.read_bytes()[:-40])
    content = bytearray(broken.read_bytes())
    content[4:200] = bytes(196)
    broken.write_bytes(bytes(content))
    with pytest.raises(DataError, match=r"b.parquet' is not a parquet file"):
        block(tmp_path).open(1)
    cut.unlink()
    with pytest.raises(DataError, match=r"c.parquet' is damaged"):
        block(tmp_path).open(1)


def test_events_without_hits_or_objects_are_counted_and_a_million_hits_are_one_event(tmp_path):
    n = 1_000_000
    lists = {"e": [[], [1.0], np.ones(n)], "id": [[], [-1], np.zeros(n, np.int64)], "E": [[], [0.0], np.ones(n)]}
    write(tmp_path, **lists)
    source = block(tmp_path).open(1)
    assert source.sizes("train").tolist() == [1, n]
    assert "1 events by min_hits" in source.notes
    data = source.read("train", np.array([1]), None)
    assert len(data["features"]) == n


LARGE = {"id": [[0, 1], [1, 2**62, 0], [2]]}
WRAPS = f"in hit 1 of event 8 of hits.parquet: id * 4 of {2**62} and 4 is {2**64}; expected {-(2**63)} to {2**63 - 1}"


@pytest.mark.parametrize(
    ("options", "parameter", "text"),
    [
        ({"columns": {"features": ["e"], "energy": "e", "truth_index": "id * 4"}}, "columns.truth_index", "id * 4"),
        ({"columns": {"features": ["e", "id * 4 + e"], "energy": "e"}}, "columns.features.1", "id * 4 + e"),
        ({"columns": {"features": ["e"], "energy": "e", "hit_id": "id * 4"}}, "columns.hit_id", "id * 4"),
        ({"filter": {"id * 4": {"min": 1}}}, "filter.id * 4", "id * 4"),
    ],
)
def test_an_expression_of_whole_numbers_that_leaves_their_range_stops_with_file_event_and_column(
    tmp_path, options, parameter, text
):
    write(tmp_path, **LARGE)
    with pytest.raises(DataError) as stopped:
        block(tmp_path, **options).open(1)
    assert f"column {text!r} {WRAPS}" in stopped.value.message
    assert (stopped.value.parameter, stopped.value.hint[:40]) == (parameter, "ids need only differ within their event:")
    assert block(tmp_path, on_error="skip", **options).open(1).counts["skipped_events"] == 1
