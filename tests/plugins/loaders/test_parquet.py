"""The `parquet` loader: rows of lists, rows of hits, truth of every kind, several files, and what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from registry.contract.data import PARTS, DataError
from registry.plugins.loaders.parquet.block import Parquet

ROOT = Path(__file__).parents[3]
ALL = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
HITS = {
    "event": [7, 7, 7, 3, 3, 9],
    "e": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    "x": [0.0, 3.0, 0.0, 4.0, 0.0, 1.0],
    "id": np.array([2**63 + 5, 2**63 + 4, 0, 2**63 + 4, 2**63 + 4, 1], np.uint64),
}
LISTS = {
    "e": [[1.0, 2.0, 3.0], [], [4.0, 5.0]],
    "which": [[1, 0, -1], [], [0, 0]],
    "pt": [[10.0, 20.0], [30.0], [40.0]],
    "weight": [[[1.0, 2.0], [0.0], [3.0]], [], [[1.0], [1.0, 1.0]]],
    "who": [[[8, 9], [8], [8]], [], [[7], [9, 8]]],
    "run": [1, 1, 2],
}


def block(path: Path | str, columns: dict[str, Any], **options: Any) -> Parquet:
    named = {"features": ["e"], **columns}
    return Parquet(Parquet.Params(file=options.pop("file", str(path)), columns=named, **{"split": ALL, **options}))


def read(made: Parquet) -> dict[str, np.ndarray]:
    assert not list(made.check())
    source = made.open(1)
    return source.read("train", np.arange(len(source.sizes("train"))), None)


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """Three events of rows, in no order of their ids, over row groups that cut events."""
    pq.write_table(pa.table(HITS), tmp_path / "flat.parquet", row_group_size=2)
    return tmp_path / "flat.parquet"


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """Three events as rows of lists, the second without a hit."""
    pq.write_table(pa.table(LISTS), tmp_path / "lists.parquet", row_group_size=1)
    return tmp_path / "lists.parquet"


def test_rows_of_one_id_are_an_event_in_the_order_of_the_file(flat):
    made = block(flat, {"features": ["hypot(x, e)", "e"], "truth_index": "id"}, event={"id": "event"}, noise_ids=[0])
    data = read(made)
    assert data["row_splits"].tolist() == [0, 3, 5, 6]
    np.testing.assert_allclose(data["features"][:, 0], np.hypot(HITS["x"], HITS["e"]), rtol=1e-6)
    assert data["truth_index"][:, 0].tolist() == [1, 0, -1, 0, 0, 0]
    source = made.open(1)
    assert source.describe("train", 1) == "flat.parquet event 3"
    np.testing.assert_array_equal(source.original("train", np.arange(3))["truth_index"][:, 0], HITS["id"])


def test_rows_of_an_event_may_lie_apart(tmp_path):
    pq.write_table(pa.table({"event": [1, 2, 1, 3, 2], "e": [1.0, 2.0, 3.0, 4.0, 5.0]}), tmp_path / "a.parquet")
    data = read(block(tmp_path / "a.parquet", {}, event={"id": "event"}))
    assert data["features"][:, 0].tolist() == [1, 3, 2, 5, 4]
    assert data["row_splits"].tolist() == [0, 2, 4, 5]


def test_every_row_of_lists_is_an_event_even_an_empty_one(lists):
    data = read(block(lists, {"truth_index": "which", "truth_energy": "object.pt"}, min_hits=0))
    assert data["row_splits"].tolist() == [0, 3, 3, 5]
    assert data["truth_index"][:, 0].tolist() == [1, 0, -1, 0, 0]
    assert data["truth_energy"][:, 0].tolist() == [20, 10, 0, 40, 40]


def test_a_hit_belongs_to_the_object_with_the_largest_sum_of_contributions(lists):
    made = block(lists, {}, contributions={"ids": "who", "weights": "weight"})
    source = made.open(1)
    assert source.original("train", np.arange(2))["truth_index"][:, 0].tolist() == [9, -1, 8, 7, 8]
    assert "2 hits shared by several objects" in source.notes
    least = block(lists, {}, contributions={"ids": "who", "weights": "weight", "threshold": 0.7}).open(1)
    assert least.original("train", np.arange(2))["truth_index"][:, 0].tolist() == [-1, -1, 8, 7, -1]


def test_contributions_may_be_a_column_each(tmp_path):
    table = {"ev": [0, 0], "e": [1.0, 1.0], "c0": [0.2, 0.0], "c1": [0.3, 0.0]}
    pq.write_table(pa.table(table), tmp_path / "w.parquet")
    made = block(tmp_path / "w.parquet", {}, event={"id": "ev"}, contributions={"weights": "c{0:2}", "first": 1})
    assert made.open(1).original("train", np.arange(1))["truth_index"][:, 0].tolist() == [2, -1]


def test_objects_may_lie_in_a_file_of_their_own_and_are_joined_by_event_and_id(flat):
    ids = pa.array([2**63 + 4, 2**63 + 5, 2**63 + 4, 1], pa.uint64())
    table = {"event": [3, 7, 7, 9], "id": ids, "pt": [3, 1, 2, 9.0]}
    pq.write_table(pa.table(table), flat.parent / "objects.parquet")
    options = {"event": {"id": "event"}, "noise_ids": [0], "objects": {"file": "objects.parquet", "id": "id"}}
    columns = {"truth_index": "id", "truth_energy": "object.pt"}
    assert read(block(flat, columns, **options))["truth_energy"][:, 0].tolist() == [1, 2, 0, 3, 3, 9]
    weak = block(flat, columns, **options, object_filter={"pt": {"min": 2.5}})
    assert read(weak)["truth_index"][:, 0].tolist() == [-1, -1, -1, 0, 0, 0]
    assert "2 objects by object_filter.pt" in weak.open(1).notes
    assert not weak.open(1).doubts


def test_objects_of_one_event_that_have_the_same_id_are_doubted(flat):
    ids = pa.array([2**63 + 4, 2**63 + 5, 2**63 + 4, 2**63 + 5, 1], pa.uint64())
    pq.write_table(
        pa.table({"event": [3, 7, 7, 7, 9], "id": ids, "pt": [3, 1, 2, 4, 9.0]}), flat.parent / "objects.parquet"
    )
    options = {"event": {"id": "event"}, "noise_ids": [0], "objects": {"file": "objects.parquet", "id": "id"}}
    made = block(flat, {"truth_index": "id", "truth_energy": "object.pt"}, **options)
    assert made.open(1).doubts == ("some objects of one event have the same 'id': of each the first counts",)
    assert read(made)["truth_energy"][:, 0].tolist() == [1, 2, 0, 3, 3, 9]


def test_ids_that_repeat_in_the_next_file_are_other_events(flat):
    other = {**HITS, "event": [3, 3, 3, 3, 3, 3]}
    pq.write_table(pa.table(other), flat.parent / "other.parquet")
    source = block(flat.parent / "*.parquet", {}, event={"id": "event"}).open(1)
    assert source.sizes("train").tolist() == [3, 2, 1, 6]
    assert [source.describe("train", event) for event in (1, 3)] == ["flat.parquet event 3", "other.parquet event 3"]


def test_an_event_that_two_files_seem_to_share_is_refused_by_name(flat):
    pq.write_table(pa.table({**HITS, "event": [9, 9, 9, 9, 9, 8]}), flat.parent / "next.parquet")
    files = [str(flat), str(flat.parent / "next.parquet")]
    with pytest.raises(DataError, match=r"event 9 is at the end of flat.parquet and at the start of next.parquet"):
        block("", {}, file=files, event={"id": "event"}).open(1)
    assert len(block("", {}, file=files, event={"id": "event", "across_files": False}).open(1).sizes("train")) == 5
    with pytest.raises(DataError, match=r"event 9 is in flat.parquet and in next.parquet"):
        block("", {}, file=files, event={"id": "event", "across_files": True}).open(1)


def test_a_few_events_that_two_files_call_alike_are_doubted(flat):
    pq.write_table(pa.table({**HITS, "event": [4, 8, 10, 11, 9, 9]}), flat.parent / "next.parquet")
    files = [str(flat), str(flat.parent / "next.parquet")]
    alone = block("", {}, file=files, event={"id": "event"}).open(1)
    assert [
        doubt
        for doubt in alone.doubts
        if "events of flat.parquet and next.parquet are called alike, such as 9" in doubt
    ]
    assert not block("", {}, file=files, event={"id": "event", "across_files": False}).open(1).doubts


def test_batches_are_the_same_however_little_is_kept_in_memory(tmp_path):
    random = np.random.default_rng(2)
    for number in range(4):
        table = {"event": np.repeat(np.arange(50), 3), "e": random.random(150)}
        pq.write_table(pa.table(table), tmp_path / f"{number}.parquet")
    much, little = (
        block(tmp_path / "*.parquet", {}, event={"id": "event"}, memory=memory).open(1) for memory in (100.0, 0.0001)
    )
    events = random.permutation(200)
    for name, column in much.read("train", events, None).items():
        np.testing.assert_array_equal(little.read("train", events, None)[name], column)
    order = little.shuffled("train", random)
    assert sorted(order) == list(range(200))
    # A window is one file here: each file's 50 events come together.
    assert all(len(set(order[start : start + 50] // 50)) == 1 for start in range(0, 200, 50))


@pytest.mark.parametrize(("by", "groups"), [("file", 4), ("run", 2)])
def test_a_split_may_keep_files_or_the_values_of_a_column_together(tmp_path, by, groups):
    for number in range(4):
        table = {"event": [0, 0, 1], "e": [1.0, 2.0, 3.0], "run": [number % 2] * 3, "file": [number] * 3}
        pq.write_table(pa.table(table), tmp_path / f"{number}.parquet")
    split = {"train": 0.5, "validation": 0.5, "test": 0.0, "by": by}
    made = block(tmp_path / "*.parquet", {"features": ["run", "file"]}, event={"id": "event"}, split=split)
    source, column = made.open(1), 0 if by == "run" else 1
    found = [
        set(source.read(part, np.arange(len(source.sizes(part))), None)["features"][:, column]) for part in PARTS[:2]
    ]
    assert not found[0] & found[1]
    assert len(found[0] | found[1]) == groups


def test_folds_take_turns_as_test_part(flat):
    split = {"train": 1.0, "validation": 0.0}
    parts = [{**split, "fold": f"{fold} of 3"} for fold in (1, 2, 3)]
    folds = [block(flat, {}, event={"id": "event"}, split=part).open(1) for part in parts]
    assert sorted(source.describe("test", 0) for source in folds) == [f"flat.parquet event {key}" for key in (3, 7, 9)]


def test_a_fold_that_no_event_falls_into_is_refused(flat):
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "fold": "5 of 5"}
    with pytest.raises(DataError, match=r"there are no test events: 3 events .* dealt into 5 folds") as refused:
        block(flat, {}, event={"id": "event"}, split=split).open(1)
    assert refused.value.parameter == "split.fold"


def test_a_column_that_is_a_number_in_one_file_and_a_text_in_another_deals_out_nothing(tmp_path):
    for name, runs in (("a", [1, 1]), ("b", ["1", "2"])):
        pq.write_table(pa.table({"event": [0, 1], "e": [1.0, 2.0], "run": runs}), tmp_path / f"{name}.parquet")
    with pytest.raises(DataError, match="'run' is a number in some places and a text in others"):
        block(tmp_path / "*.parquet", {}, event={"id": "event"}, split={"by": "run"}).open(1)


def test_a_list_for_each_hit_is_no_feature(lists):
    (complaint,) = block(lists, {"features": ["e", "weight"]}).check()
    assert complaint.message == "column 'weight' holds a list for each hit, expected one value"
    assert complaint.parameter == "columns.features.1"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"e": [1.0, 2.0, None, 4.0, 5.0, 6.0]}, r"column 'e' is nan in row 2 \(event 7\) of a.parquet"),
        ({"id": [2**40, 1, 1, 1, 1, 1.5]}, r"column 'id' is 1.5 in row 5 \(event 9\) of a.parquet"),
        ({"event": [7, 7, 7, 3, None, 9]}, r"column 'event' is null in row 4 of a.parquet"),
    ],
)
def test_bad_values_are_named_with_file_event_and_column(tmp_path, change, message):
    pq.write_table(pa.table({**HITS, **change}), tmp_path / "a.parquet")
    columns = {"truth_index": "id"} if "id" in change else {}
    with pytest.raises(DataError, match=message):
        block(tmp_path / "a.parquet", columns, event={"id": "event"}).open(1)


def test_events_that_cannot_be_used_can_be_skipped_and_are_counted(tmp_path):
    pq.write_table(pa.table({**HITS, "e": [1.0, np.nan, 3.0, 4.0, 5.0, 6.0]}), tmp_path / "a.parquet")
    source = block(tmp_path / "a.parquet", {}, event={"id": "event"}, on_error="skip").open(1)
    assert source.sizes("train").tolist() == [2, 1]
    assert source.notes == (
        "1 of 3 events were skipped",
        "skipped: column 'e' is nan in row 1 (event 7) of a.parquet",
    )
    assert source.counts == {"skipped_events": 1, "skipped_files": 0}


def test_a_file_and_an_event_that_cannot_be_used_are_skipped_and_counted(tmp_path):
    for event, (name, value) in enumerate((("a", 1.0), ("b", np.nan))):
        pq.write_table(pa.table({"event": [event], "e": [value]}), tmp_path / f"{name}.parquet")
    (tmp_path / "c.parquet").write_bytes(b"cut off")
    source = block(tmp_path / "*.parquet", {}, event={"id": "event"}, on_error="skip").open(1)
    assert source.sizes("train").tolist() == [1]
    assert [note.split(" is ")[0] for note in source.notes] == [
        "1 of 2 events were skipped",
        "1 of 3 files were skipped",
        f"skipped: '{tmp_path}/c.parquet'",
        "skipped: column 'e'",
    ]


def test_offsets_may_lie_in_a_file_of_their_own(flat):
    pq.write_table(pa.table({"first": [0, 3, 5], "n": [3, 2, 1]}), flat.parent / "flat_events.parquet")
    event = {"file": "*_events.parquet", "start": "first", "length": "n"}
    assert block(flat, {}, event=event).open(1).sizes("train").tolist() == [3, 2, 1]


@pytest.mark.slow
def test_memory_is_bounded_by_what_is_kept_not_by_the_data(tmp_path):
    """Events of 220 MB, of which 4 MB are kept, are read in 22 MB."""
    script = """
import resource, sys
import numpy as np
import pyarrow as pa, pyarrow.parquet as pq
from registry.plugins.loaders.description import events
from registry.plugins.loaders.parquet.block import Parquet
events.ROWS_AT_ONCE = 20_000
random = np.random.default_rng(0)
for number in range(4):
    ev, id = np.repeat(np.arange(1000), 1000), random.integers(0, 9, 1_000_000)
    table = pa.table({"ev": ev, "e": random.random(1_000_000, np.float32), "id": id})
    pq.write_table(table, f"{sys.argv[1]}/{number}.parquet", row_group_size=20_000)
columns = {"features": ["e"] * 1 + [f"e * {n}" for n in range(2, 8)], "energy": "e", "truth_index": "id"}
columns["coordinates"] = ["e", "e", "e"]
def opened(files):
    event = {"id": "ev", "across_files": False}
    return Parquet(Parquet.Params(file=files, event=event, memory=4.0, columns=columns)).open(1)
opened(f"{sys.argv[1]}/0.parquet")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
source = opened(f"{sys.argv[1]}/*.parquet")
hits, order = 0, source.shuffled("train", random)
for start in range(0, 1000, 20):
    hits += len(source.read("train", order[start : start + 20], 0)["energy"])
print(hits, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    # As a training has it: with an arena for each thread it depends on which of them is quicker.
    allocator = {**os.environ, "MALLOC_ARENA_MAX": "1"}
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=allocator)
    assert done.returncode == 0, done.stderr
    hits, grown = map(int, done.stdout.split())
    assert hits == 1_000_000
    assert grown < 22


def test_lists_of_one_event_that_differ_in_length_are_refused(tmp_path):
    pq.write_table(pa.table({**LISTS, "x": [[1.0, 2.0, 3.0], [], [4.0]]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"event 2 of a.parquet: 'e' has 2 values, 'x' has 1"):
        block(tmp_path / "a.parquet", {"features": ["e", "x"]}).open(1)


def test_an_index_beyond_the_objects_of_its_event_is_refused(lists):
    pq.write_table(pa.table({**LISTS, "pt": [[10.0], [30.0], [40.0]]}), lists)
    made = block(lists, {"truth_index": "which", "truth_energy": "object.pt"})
    with pytest.raises(DataError, match=r"object of hit 0 of event 0 of lists.parquet is number 1: the event has 1"):
        made.open(1)


def test_a_table_of_hits_without_an_event_is_asked_where_events_end(flat):
    (complaint,) = block(flat, {}).check()
    assert complaint.message == "nothing says where an event ends: the data file has one row for each hit"
    assert complaint.hint.endswith("columns that may be it: event")


def test_a_row_number_that_is_taken_for_an_event_is_doubted(flat):
    pq.write_table(pa.table({**HITS, "row": np.arange(6)}), flat)
    (doubt,) = block(flat, {}, event={"id": "row"}).open(1).doubts
    assert doubt == "event key `row` has 6 values for 6 rows of flat.parquet: a row number?"


@pytest.mark.parametrize("content", [b"", b"text", b"PAR1PAR1"])
def test_a_file_that_is_not_parquet(tmp_path, content):
    (tmp_path / "a.parquet").write_bytes(content)
    (complaint,) = block(tmp_path / "a.parquet", {}).check()
    assert "is not a parquet file" in complaint.message


def test_without_the_package_the_loader_names_what_to_install(flat, monkeypatch):
    monkeypatch.setattr(Parquet, "packages", ("no_such_package",))
    made = block(flat, {})
    assert not list(made.check())
    with pytest.raises(DataError) as caught:
        made.open(1)
    assert caught.value.hint == "pip install 'registry[parquet]'"


def test_the_authors_own_belle2_file_is_read(reference):
    file = reference / "data" / "formats" / "parquet_flat_wide" / "belle2_ecl_bhabha_exp1003.parquet"
    columns = {"features": ["log1p(rec_energy)", "hypot(x, y)"], "truth_index": "objidx", "truth_energy": "train_E"}
    data = read(block(file, columns, event={"id": "uni_event_id"}, noise_ids=[0]))
    splits = data["row_splits"]
    assert (len(splits) - 1, splits[-1]) == (247, 5382)
    objects = [set(data["truth_index"][start:stop, 0]) - {-1} for start, stop in pairwise(splits)]
    assert [len(found) for found in objects[:5]] == [6, 2, 4, 4, 3]
    assert sum(map(len, objects)) == 871


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"truth_energy": "object.pt"}, "'object.pt' is of a hit's object: nothing says which object a hit belongs to"),
        (
            {"truth_energy": "object.pt", "truth_index": "id"},
            "nothing says where the objects are: the data file has one row for each hit",
        ),
    ],
)
def test_columns_of_objects_that_are_nowhere_are_refused(flat, columns, message):
    assert message in [complaint.message for complaint in block(flat, columns, event={"id": "event"}).check()]


@pytest.mark.parametrize("inner", [pa.list_(pa.float32(), 2), pa.list_(pa.float32()), pa.large_list(pa.float32())])
def test_the_values_of_lists_of_one_length_are_columns(tmp_path, inner):
    position = pa.array([[[1.0, 2.0], [3.0, 4.0]], []], pa.list_(inner))
    pq.write_table(pa.table({"position": position, "e": [[1.0, 2.0], []]}), tmp_path / "a.parquet")
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    features = ["position[:,1]", "hypot(`position[:,0]`, `position[:,1]`)"]
    made = Parquet(Parquet.Params(file=str(tmp_path / "a.parquet"), columns={"features": features}, split=split))
    found = made.open(1).read("train", np.arange(1), None)["features"]
    np.testing.assert_allclose(found, [[2, 5**0.5], [4, 5]], rtol=1e-6)


def test_ids_that_are_null_are_of_nobody(tmp_path):
    columns = {"event": [0, 0, 0], "x": [1.0, 2.0, 3.0], "id": pa.array([None, 2**60 + 1, 7], pa.int64())}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    options = {"columns": {"features": ["x"], "truth_index": "id"}, "event": {"id": "event"}, "split": split}
    source = Parquet(Parquet.Params(file=str(tmp_path / "a.parquet"), **options)).open(1)
    assert source.read("train", np.arange(1), None)["truth_index"][:, 0].tolist() == [-1, 1, 0]


def test_lists_of_hits_may_count_from_one_and_lists_that_differ_name_their_hit(tmp_path):
    columns = {
        "e": [[1.0, 2.0, 3.0]],
        "hits": [[[0, 1], [3]]],
        "ids": [[[7], [7, 8], [9]]],
        "w": [[[1.0], [1.0], [1.0]]],
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")

    def source(**options):
        given = {"file": str(tmp_path / "a.parquet"), "columns": {"features": ["e"]}, "split": ALL}
        return Parquet(Parquet.Params(**given, **options)).open(1)

    found = source(objects={"hits": "hits", "hits_base": 1}).read("train", np.arange(1), None)
    assert found["truth_index"][:, 0].tolist() == [0, -1, 1]
    with pytest.raises(DataError, match=r"has hit 3: there are 3, counted from 0"):
        source(objects={"hits": "hits"})
    with pytest.raises(DataError, match=r"hit 1 of event 0 of a.parquet: 'ids' has 2 values, 'w' has 1"):
        source(contributions={"ids": "ids", "weights": "w"})


def test_decimals_of_databases_are_numbers_and_whole_ones_stay_exact(tmp_path):
    from decimal import Decimal

    ids = [Decimal(2**64 - 2), Decimal(3), Decimal(-1)]
    columns = {
        "event": pa.array([0, 0, 1], pa.int64()),
        "e": pa.array([Decimal("1.25"), Decimal("2.50"), Decimal("0.75")], pa.decimal128(9, 2)),
        "id": pa.array([*ids[:2], Decimal(3)], pa.decimal128(38, 0)),
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    made = block(tmp_path / "a.parquet", {"truth_index": "id"}, event={"id": "event"}).open(1)
    assert made.read("train", np.arange(2), None)["features"][:, 0].tolist() == [1.25, 2.5, 0.75]
    assert made.original("train", np.arange(2))["truth_index"][:, 0].tolist() == [2**64 - 2, 3, 3]
    pq.write_table(pa.table({**columns, "id": pa.array(ids, pa.decimal128(38, 0))}), tmp_path / "b.parquet")
    with pytest.raises(DataError, match="column 'id' has whole numbers that 64 bits do not hold"):
        block(tmp_path / "b.parquet", {"truth_index": "id"}, event={"id": "event"}).open(1)


def test_a_name_with_other_signs_is_asked_for_in_backticks(tmp_path):
    pq.write_table(
        pa.table({"pos": pa.array([[[1.0, 2.0]]], pa.list_(pa.list_(pa.float64(), 2)))}), tmp_path / "a.parquet"
    )
    complaint = next(iter(block(tmp_path / "a.parquet", {"features": ["2 * pos[:,1]"]}).check()))
    assert complaint.message == "no column is called 'pos[:,1]'"
    assert "`pos[:,1]`" in complaint.hint
