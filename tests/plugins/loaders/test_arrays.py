"""The `arrays` loader: columns, scaling, selection, split, augmentation."""

from __future__ import annotations

import os

import numpy as np
import pytest

from registry.contract.axes import Bindings
from registry.contract.data import PARTS, DataError
from registry.plugins.loaders.arrays import npz
from registry.plugins.loaders.arrays.block import Arrays

HALVES = {"train": 0.5, "validation": 0.2, "test": 0.3}


def read_all(block: Arrays, part="train", epoch=None, seed=1):
    source = block.open(seed)
    return source.read(part, np.arange(len(source.sizes(part))), epoch)


def test_columns_come_out_as_the_file_has_them(arrays, columns):
    data = read_all(arrays())
    np.testing.assert_array_equal(data["row_splits"], columns["row_splits"])
    np.testing.assert_array_equal(data["coordinates"], np.stack([columns[name] for name in "xyz"], axis=1))
    np.testing.assert_array_equal(data["energy"][:, 0], columns["e"])
    np.testing.assert_array_equal(data["features"][:, 4], columns["kind"])


def test_the_block_declares_the_columns_its_source_gives(arrays):
    block = arrays()
    types, data = block.output_types({}, Bindings(), "event"), read_all(block)
    assert types.keys() == data.keys()
    for name, column in data.items():
        assert column.dtype == types[name].dtype, name
        assert column.ndim == len(types[name].axes), name
    assert types["features"].features == 5


def test_an_output_without_a_column_is_not_provided(arrays):
    assert "truth_time" not in arrays().output_types({}, Bindings(), "event")


def test_without_a_column_no_hit_is_a_track(arrays):
    assert not read_all(arrays())["is_track"].any()


def test_a_column_of_shape_hits_by_one_is_flat_enough(arrays, columns):
    columns["e"] = columns["e"][:, None]
    assert read_all(arrays())["energy"].shape == (30, 1)


def test_events_are_read_in_the_order_asked_for(arrays, columns):
    data = arrays().open(1).read("train", np.array([4, 0]), None)
    rows = [*range(9, 14), *range(3)]
    np.testing.assert_array_equal(data["energy"][:, 0], columns["e"][rows])
    assert data["row_splits"].tolist() == [0, 5, 8]


def test_a_feature_is_clipped_its_logarithm_taken_shifted_and_divided(arrays, columns):
    data = read_all(arrays(transforms={"e": {"log": True, "min": 0.1, "max": 2.0, "offset": -1.0, "scale": 4.0}}))
    expected = (np.log(np.clip(columns["e"], 0.1, 2.0)) + 1) / 4
    np.testing.assert_allclose(data["features"][:, 0], expected, rtol=1e-5, atol=1e-6)


def test_scaling_a_feature_leaves_energy_and_coordinates_alone(arrays, columns):
    data = read_all(arrays(transforms={"e": {"log": True}, "x": {"scale": 100.0}}))
    np.testing.assert_array_equal(data["energy"][:, 0], columns["e"])
    np.testing.assert_array_equal(data["coordinates"][:, 0], columns["x"])


def test_a_filter_drops_hits_and_keeps_the_events_apart(arrays, columns):
    data = read_all(arrays(filter={"e": {"min": 0.8}}))
    kept = columns["e"] >= 0.8
    event = np.repeat(np.arange(10), np.diff(columns["row_splits"]))
    np.testing.assert_array_equal(data["energy"][:, 0], columns["e"][kept])
    np.testing.assert_array_equal(np.diff(data["row_splits"]), np.bincount(event[kept], minlength=10))


def test_a_filter_can_ask_for_values_of_a_column_that_is_no_output(arrays, columns):
    data = read_all(arrays(filter={"row": {"values": [0, 4, 29]}}))
    np.testing.assert_array_equal(data["energy"][:, 0], columns["e"][[0, 4, 29]])


def test_hits_with_more_of_another_interaction_than_is_allowed_are_left_out(arrays, columns):
    columns["minbias"] = np.linspace(0, 1, 30)
    columns["minbias"][4] = 0.25
    data = read_all(arrays(filter={"minbias": {"max": 0.25}}))
    kept = columns["minbias"] <= 0.25
    assert 4 in np.flatnonzero(kept)
    np.testing.assert_array_equal(data["energy"][:, 0], columns["e"][kept])
    np.testing.assert_array_equal(data["truth_index"][:, 0] >= 0, columns["id"][kept] >= 0)


def test_events_with_too_few_or_too_many_hits_are_left_out(arrays):
    assert arrays(min_hits=3, max_hits=4).open(1).sizes("train").tolist() == [3, 4, 4, 3]


def test_hits_of_objects_that_are_too_small_become_noise(arrays, columns):
    columns["id"] = np.array([0, 0, 1, 0, 1, 1, 1, 0, 0, *[-1] * 21])
    data = read_all(arrays(min_object_hits=2))
    assert data["truth_index"][:9, 0].tolist() == [0, 0, -1, -1, 1, 1, 1, 0, 0]


def test_how_large_an_object_is_counts_the_hits_that_the_filter_leaves(arrays, columns):
    columns["id"] = np.array([0, 0, *[-1] * 28])
    data = read_all(arrays(min_object_hits=2, filter={"row": {"min": 1}}))
    assert (data["truth_index"] == -1).all()


def test_events_keep_the_number_they_have_in_the_file(arrays):
    assert arrays(min_hits=3, max_hits=4).open(1).describe("train", 1) == "events.npz event 2"


def test_a_split_by_the_order_of_the_file_cuts_it_in_three(arrays):
    source = arrays(split={**HALVES, "seed": None}).open(1)
    assert [source.describe(part, 0).split()[-1] for part in PARTS] == ["0", "5", "7"]
    assert [len(source.sizes(part)) for part in PARTS] == [5, 2, 3]


def test_a_seeded_split_deals_every_event_to_one_part_and_can_be_repeated(arrays):
    def numbers(seed: int) -> list[list[str]]:
        source = arrays(split={**HALVES, "seed": seed}).open(1)
        return [[source.describe(part, event) for event in range(len(source.sizes(part)))] for part in PARTS]

    assert sorted(number for part in numbers(1) for number in part) == [
        f"events.npz event {number}" for number in range(10)
    ]
    assert numbers(1) == numbers(1)
    assert numbers(1) != numbers(2)


def test_fractions_below_one_leave_events_over(arrays):
    source = arrays(split={"train": 0.2, "validation": 0.1, "test": 0.1}).open(1)
    assert [len(source.sizes(part)) for part in PARTS] == [2, 1, 1]


def test_the_fingerprint_follows_contents_and_options(arrays, columns):
    first = arrays().open(1).fingerprint()
    assert arrays().open(2).fingerprint() == first
    assert arrays(min_hits=2).open(1).fingerprint() != first
    columns["e"] = columns["e"] * 2
    assert arrays().open(1).fingerprint() != first


def test_the_fingerprint_does_not_depend_on_where_the_file_lies(arrays, tmp_path):
    block = arrays()
    first = block.open(1).fingerprint()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "events.npz").rename(elsewhere / "events.npz")
    moved = block.params.model_copy(update={"file": str(elsewhere / "events.npz")})
    assert Arrays(moved).open(1).fingerprint() == first


def test_the_fingerprint_does_not_depend_on_where_the_file_can_be_had(arrays):
    assert arrays(published="ask the authors").open(1).fingerprint() == arrays().open(1).fingerprint()


def test_no_event_left_to_train_on_is_an_error(arrays):
    with pytest.raises(DataError, match=r"no training events: 0 events are left of events.npz") as caught:
        arrays(filter={"e": {"min": 1e9}}, min_hits=1).open(1)
    assert caught.value.parameter == "split"


def test_real_crystals_are_read_with_their_sample(reference):
    named = {"features": ["energy", "time"], "energy": "energy", "coordinates": ["x", "y", "z"]}
    options = {"columns": {**named, "truth_index": "truth_id", "sample": "sample"}}
    split = {"train": 0.6, "validation": 0.15, "test": 0.25}
    block = Arrays(Arrays.Params(file=str(reference / "data" / "belle2_ecl.npz"), split=split, **options))
    assert not list(block.check())
    source = block.open(1)
    assert sum(len(source.sizes(part)) for part in PARTS) == 446
    assert sum(int(source.sizes(part).sum()) for part in PARTS) == 14836
    sample = source.read("test", np.arange(len(source.sizes("test"))), None)["sample"]
    assert set(np.unique(sample)) == {0, 1}


@pytest.mark.parametrize("bound", [{"values": [2**53 + 1]}, {"min": 2**53 + 1}, {"min": 2**53 + 0.5, "max": 2**60}])
def test_a_filter_compares_whole_numbers_exactly(arrays, columns, bound):
    columns["row"] = np.full(30, 2**53, dtype=np.int64)
    columns["row"][7] += 1
    expected = [7] if "values" in bound or isinstance(bound["min"], int) else list(range(30))
    np.testing.assert_array_equal(read_all(arrays(filter={"row": bound}))["energy"][:, 0], columns["e"][expected])


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.uint64, np.float32])
def test_bounds_beyond_a_column_s_type_keep_all_or_nothing(arrays, columns, dtype):
    columns["row"] = columns["row"].astype(dtype)
    assert len(read_all(arrays(filter={"row": {"min": -1, "max": 2**70}}))["energy"]) == 30
    assert len(read_all(arrays(filter={"row": {"min": 2**70}}))["energy"]) == 0
    assert len(read_all(arrays(filter={"row": {"values": [-1, 2**70, 3.5, 4]}}))["energy"]) == 1


def test_ids_of_hits_are_kept_to_the_last_bit(arrays, columns):
    columns["hit_id"] = np.uint64(2**63) + np.arange(len(columns["row"]), dtype=np.uint64)[::-1]
    source = arrays(columns={"hit_id": "hit_id"}, filter={"kind": {"min": 0}}).open(seed=1)
    kept = columns["hit_id"][columns["kind"] >= 0]
    found = source.original("train", np.arange(10))["hit"]
    assert found.dtype == np.uint64
    np.testing.assert_array_equal(found[:, 0], kept)


def test_ids_of_hits_that_floats_cannot_tell_apart_are_refused(arrays, columns):
    columns["hit_id"] = 2.0**60 + np.arange(len(columns["row"]))
    with pytest.raises(DataError, match=r"column 'hit_id' is 1152921504606846976 .* different ids become the same"):
        arrays(columns={"hit_id": "hit_id"}).open(seed=1)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_only_the_rows_asked_for_are_read(save, tmp_path, monkeypatch):
    hits = 5_000
    monkeypatch.setattr(npz, "ROWS_AT_ONCE", 1_000)
    columns = {"e": np.arange(hits, dtype=np.float32), "id": np.arange(hits) % 3 + 2**60}
    save(tmp_path / "hits.npz", **columns, row_splits=np.arange(0, hits + 1, 10))
    table = npz.open_arrays(str(tmp_path / "hits.npz"), ["e"])
    asked = []
    read = os.pread
    monkeypatch.setattr(os, "pread", lambda file, size, place: asked.append(size) or read(file, size, place))
    for name in columns:
        found = table.read([name], 2_000, 3_000)[name].values
        np.testing.assert_array_equal(found, columns[name][2_000:3_000])
        assert found.dtype == columns[name].dtype
    assert asked == [4_000, 8_000]


def test_a_matrix_is_read_row_by_row(tmp_path):
    matrix = np.arange(60, dtype=">f4").reshape(20, 3)
    np.save(tmp_path / "hits.npy", matrix)
    table = npz.open_arrays(str(tmp_path / "hits.npy"), [])
    assert table.read(["[:,1]"], 5, 7)["[:,1]"].values.tolist() == [16.0, 19.0]
    (tmp_path / "hits.npy").write_bytes((tmp_path / "hits.npy").read_bytes()[:-4])
    with pytest.raises(DataError, match="is damaged: it ends before its last row"):
        npz.open_arrays(str(tmp_path / "hits.npy"), [])


def test_records_and_matrices_that_lie_by_columns_are_read(tmp_path):
    hits = np.array([(1.0, 5), (2.0, 5), (3.0, 2**60 + 1)], dtype=[("x", ">f8"), ("id", "<i8")])
    np.savez(tmp_path / "records.npz", hits=hits, row_splits=[0, 2, 3])
    np.save(tmp_path / "records.npy", hits)
    np.save(tmp_path / "splits.npy", np.array([0, 2, 3]))
    np.save(tmp_path / "columns.npy", np.asfortranarray(np.arange(6.0).reshape(3, 2)))
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}

    def features(file, *columns, **options):
        given = {"file": str(tmp_path / file), "columns": {"features": list(columns), **options}, "split": split}
        source = Arrays(Arrays.Params(**given, row_splits="row_splits" if file.endswith("z") else "splits.npy")).open(1)
        ids = source.original("train", np.arange(2)).get("truth_index")
        return source.read("train", np.arange(2), None)["features"].tolist(), None if ids is None else ids[
            :, 0
        ].tolist()

    found = ([[1.0], [2.0], [3.0]], [5, 5, 2**60 + 1])
    assert features("records.npz", "hits.x", truth_index="hits.id") == found
    assert features("records.npy", "x", truth_index="id") == found
    assert features("columns.npy", "[:,1]", "[:,0]")[0] == [[1.0, 0.0], [3.0, 2.0], [5.0, 4.0]]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_columns_of_a_matrix_are_named_by_their_place(save, order, tmp_path):
    position = np.arange(15.0).reshape(5, 3)
    save(tmp_path / "a.npz", position=np.asarray(position, order=order), e=np.ones((5, 1)), row_splits=[0, 2, 5])
    columns = {
        "features": ["e", "hypot(`position[:,0]`, 0)"],
        "coordinates": [f"position[:,{axis}]" for axis in range(3)],
    }
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    made = Arrays(Arrays.Params(file=str(tmp_path / "a.npz"), columns=columns, split=split))
    data = made.open(1).read("train", np.array([1, 0]), None)
    np.testing.assert_array_equal(data["coordinates"], position[[2, 3, 4, 0, 1]])
    np.testing.assert_array_equal(data["features"][:, 1], position[[2, 3, 4, 0, 1], 0])
    (complaint,) = Arrays(Arrays.Params(file=str(tmp_path / "a.npz"), columns={"features": ["position"]})).check()
    assert complaint.message.endswith("received shape [5, 3]: its columns are [:,0] to [:,2]")
