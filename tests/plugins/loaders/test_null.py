"""Null in a column of whole numbers: named with file, event and column, or filled; never taken for a 0."""

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
    "run": [7, 8],
    "e": [[1.0, 2.0], [3.0, 4.0, 5.0]],
    "id": [[5, 6], [6, -1, 5]],
    "own": [[5, 6], [5, 6]],
    "pdg": [[11, 22], [13, 211]],
}
OBJECTS = {"truth_index": "id", "truth_pdg": "object.pdg"}


def block(folder: Path, columns: dict[str, Any], written: dict[str, Any], **options: Any) -> Parquet:
    table = {name: values if isinstance(values, pa.Array) else pa.array(values) for name, values in written.items()}
    pq.write_table(pa.table(table), folder / "hits.parquet", row_group_size=1)
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    named = {"features": ["e"], **columns}
    file = str(folder / "hits.parquet")
    return Parquet(Parquet.Params(file=file, event={"id": "run"}, columns=named, **{"split": split, **options}))


def read(made: Parquet, name: str) -> list[Any]:
    source = made.open(1)
    found: list[Any] = source.read("train", np.arange(len(source.sizes("train"))), None)[name][:, 0].tolist()
    return found


def test_a_null_of_a_hit_s_object_is_named_unless_a_number_stands_for_it(tmp_path):
    written = GOOD | {"pdg": [[11, 22], [13, None]]}
    options: dict[str, Any] = {"objects": {"id": "own"}}
    with pytest.raises(DataError, match=r"'object.pdg' is null in hit 0 of event 8 of hits.parquet"):
        block(tmp_path, OBJECTS, written, **options).open(1)
    assert read(block(tmp_path, OBJECTS, written, **options, on_error="skip"), "truth_pdg") == [11, 22]
    filled = block(tmp_path, OBJECTS, written, **options, missing={"object.pdg": 99})
    assert read(filled, "truth_pdg") == [11, 22, 99, 0, 13]
    kept = block(tmp_path, OBJECTS, written, **options).stored(["e"])
    with pytest.raises(DataError, match=r"'object.pdg' is null in hit 0 of event 8"):
        kept.read(1)


def test_an_object_that_no_hit_has_may_be_null(tmp_path):
    written = GOOD | {"id": [[5, 5], [5, -1, 5]], "pdg": [[11, None], [13, None]]}
    assert read(block(tmp_path, OBJECTS, written, objects={"id": "own"}), "truth_pdg") == [11, 11, 13, 0, 13]


def test_an_id_of_objects_that_is_null_is_no_id_0(tmp_path):
    written = GOOD | {"id": [[5, 0], [6, -1, 5]], "own": [[5, None], [5, 6]]}
    with pytest.raises(DataError, match=r"column 'own' is null in object 1 of event 7 of hits.parquet"):
        block(tmp_path, OBJECTS, written, objects={"id": "own"}).open(1)


def test_a_null_passes_no_filter_of_objects(tmp_path):
    written = GOOD | {"pdg": [[11, 22], [13, None]]}
    made = block(tmp_path, {"truth_index": "id"}, written, objects={"id": "own"}, object_filter={"pdg": {"max": 100}})
    assert read(made, "truth_index") == [0, 1, -1, -1, 0]


@pytest.mark.parametrize("options", [{"event_filter": {"n": {"min": 0}}}, {"split": {"by": "n"}}])
def test_a_null_of_an_event_is_named(tmp_path, options):
    with pytest.raises(DataError, match=r"column 'n' is null in event 8 of hits.parquet"):
        block(tmp_path, {}, GOOD | {"n": [1, None]}, **options).open(1)


def test_what_stands_for_a_null_is_of_the_type_of_its_column(tmp_path):
    written = GOOD | {"n": [[1, None], [3, 4, 5]]}
    assert read(block(tmp_path, {"features": ["n"]}, written, missing={"n": -1}), "features") == [1, -1, 3, 4, 5]
    with pytest.raises(DataError, match=r"column 'n' is -1.5 in `missing`, which is no int64"):
        block(tmp_path, {"features": ["n"]}, written, missing={"n": -1.5}).open(1)


def test_a_number_of_64_bits_stands_for_a_null_to_the_last_digit(tmp_path):
    large = 2**53 + 1
    written = GOOD | {"id": pa.array([[large - 1, None], [large - 1, large, 5]], pa.list_(pa.int64()))}
    made = block(tmp_path, {"truth_index": "id"}, written, missing={"id": large})
    assert read(made, "truth_index") == [0, 1, 1, 2, 0]


def test_a_number_that_a_column_of_floats_does_not_hold_is_told_of_missing(tmp_path):
    written = GOOD | {"n": pa.array([[1.0, None], [3.0, 4.0, 5.0]], pa.list_(pa.float32()))}
    with pytest.raises(DataError, match=r"column 'n' is 1e\+39 in `missing`, which is no float32") as stopped:
        block(tmp_path, {"features": ["n"]}, written, missing={"n": 1e39}).open(1)
    assert stopped.value.parameter == "missing.n"


def test_a_place_that_is_null_is_no_hit_and_a_weight_that_is_null_is_refused(tmp_path):
    lists = {"run": [7], "e": [[1.0, 2.0, 3.0]], "hits": [[[1, None], [2]]]}
    made = block(tmp_path, {}, lists, objects={"hits": "hits"})
    assert read(made, "truth_index") == [-1, 0, 1]
    weights = pa.array([[[1, None], [1], [2]]], pa.list_(pa.list_(pa.int32())))
    shared = {"run": [7], "e": [[1.0, 2.0, 3.0]], "who": [[[1, 2], [2], [2]]], "w": weights}
    with pytest.raises(DataError, match=r"a contribution, .w., is nan in hit 0 of event 7 of hits.parquet"):
        block(tmp_path, {}, shared, contributions={"ids": "who", "weights": "w"}).open(1)
