"""The loader of JSON: documents, lists of records, and a record in each line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry.contract.data import DataError
from registry.plugins.loaders.json.block import Json

LARGE = 2**62 + 1
"""An id that floats do not hold."""

EVENTS = [
    {"number": 4, "hits": [{"x": 1.0, "e": 2, "id": LARGE}, {"x": 2.0, "e": 3.5, "id": LARGE + 1}]},
    {"number": 9, "hits": [{"x": 5.0, "e": 0.5, "id": -1}]},
]
COLUMNS = {"features": ["hits.x", "log1p(hits.e)"], "energy": "hits.e", "truth_index": "hits.id"}
EVERYTHING = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}


def opened(file: Path, **options: Any) -> Any:
    block = Json(Json.Params(**{"file": str(file), "columns": COLUMNS, "split": EVERYTHING, **options}))
    return block.open(1)


def check(source: Any) -> None:
    assert source.sizes("train").tolist() == [2, 1]
    found = source.read("train", np.array([0, 1]), None)
    assert found["features"][:, 0].tolist() == [1.0, 2.0, 5.0]
    assert found["energy"][:, 0].tolist() == [2.0, 3.5, 0.5]
    assert found["truth_index"][:, 0].tolist() == [0, 1, -1]
    assert source.original("train", np.array([0]))["truth_index"][:, 0].tolist() == [LARGE, LARGE + 1]


def test_each_document_is_an_event(tmp_path):
    for number, event in enumerate(EVENTS):
        (tmp_path / f"event_{number}.json").write_text(json.dumps(event))
    check(opened(tmp_path / "*.json"))


def test_each_record_of_a_list_of_a_document_or_of_a_line_is_an_event(tmp_path):
    (tmp_path / "list.json").write_text(json.dumps(EVENTS))
    check(opened(tmp_path / "list.json"))
    (tmp_path / "inside.json").write_text(json.dumps({"run": {"events": EVENTS}, "version": 2}))
    check(opened(tmp_path / "inside.json", table="run.events"))
    (tmp_path / "lines.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, EVENTS)).encode()))
    check(opened(tmp_path / "lines.jsonl.gz"))


def test_records_of_hits_are_told_apart_by_the_id_of_their_event(tmp_path):
    rows = [{"event": "b", "x": 5.0, "e": 0.5, "id": -1}]
    rows += [{"event": "a", "x": x, "e": e, "id": LARGE + n} for n, (x, e) in enumerate([(1.0, 2), (2.0, 3.5)])]
    (tmp_path / "hits.json").write_text(json.dumps(rows[::-1]))
    columns = {"features": ["x"], "energy": "e", "truth_index": "id"}
    source = opened(tmp_path / "hits.json", event={"id": "event"}, columns=columns)
    assert sorted(source.sizes("train").tolist()) == [1, 2]
    assert "event a" in source.describe("train", 0)


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ('[{"x": 1.0', {}, "is not a JSON file"),
        ("[1, 2]", {}, "record 0 of bad.json is 1, expected fields by name"),
        ('{"hits": {"x": 1}}', {"table": "cells"}, "bad.json has no list 'cells'"),
        ('[{"hits": [{"x": 1.0}]}, {"hits": [{"x": "a"}]}]', {}, "field 'hits' of bad.json has values of different"),
        ('[{"hits": [{"x": 1.0, "e": 1.0, "id": null}]}]', {}, "'hits.id'"),
        ('[{"hits": [{"x": 1.0, "e": NaN, "id": 0}]}]', {}, "'log1p(hits.e)' is nan in hit 0 of event 0 of bad.json"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, content, options, message):
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(DataError) as stopped:
        opened(tmp_path / "bad.json", **options)
    assert message in stopped.value.message


def test_a_line_that_is_cut_off_is_named(tmp_path):
    (tmp_path / "cut.jsonl").write_text('{"hits": [{"x": 1.0}]}\n\n{"hits": [{"x"')
    with pytest.raises(DataError, match="is not a JSON file: line 3: Expecting"):
        opened(tmp_path / "cut.jsonl")


def test_a_byte_order_mark_is_no_part_of_the_first_record(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text("".join(json.dumps(event) + "\r\n" for event in EVENTS), encoding="utf-8-sig")
    check(opened(file))


def test_the_values_in_one_place_of_lists_of_one_length_are_a_column(tmp_path):
    events = [{"hits": {"pos": [[1.0, 2], [3, 4.5]], "e": [1.0, 2]}}, {"hits": {"pos": [], "e": []}}]
    events.append({"hits": {"pos": [[5.0, 6]], "e": [3]}})
    (tmp_path / "events.jsonl").write_text("\n".join(map(json.dumps, events)))
    columns = {"features": ["hits.pos[:,1]", "hypot(`hits.pos[:,0]`, `hits.pos[:,1]`)"], "energy": "hits.e"}
    source = opened(tmp_path / "events.jsonl", columns=columns)
    found = source.read("train", np.arange(2), None)["features"]
    np.testing.assert_allclose(found, [[2, 5**0.5], [4.5, 29.25**0.5], [6, 61**0.5]], rtol=1e-6)


def test_a_list_of_another_length_is_named_with_its_event(tmp_path):
    events = [{"pos": [[1, 2, 3]], "e": [1]}, {"pos": [[4, 5, 6], [7, 8]], "e": [2, 3]}]
    (tmp_path / "events.json").write_text(json.dumps(events))
    message = r"'pos\[:,0\]': expected lists of 3 values, received one of 2 in record 1 of events.json"
    with pytest.raises(DataError, match=message):
        opened(tmp_path / "events.json", columns={"features": ["pos[:,0]"], "energy": "e"})
    with pytest.raises(DataError, match="holds a list for each hit") as caught:
        opened(tmp_path / "events.json", columns={"features": ["pos"], "energy": "e"})
    assert "`pos[:,0]` is the first value" in caught.value.hint
