"""What is wrong with a file or with the options for it, said with the parameter concerned and a hint."""

from __future__ import annotations

import re

import numpy as np
import pytest

from registry.contract.data import DataError
from registry.plugins.loaders.arrays.block import Arrays

NAMED = {"features": ["e"], "energy": "e", "coordinates": ["x", "y", "z"]}


def at(path: object) -> Arrays:
    return Arrays(Arrays.Params(file=str(path), columns=NAMED))


def only_complaint(block: Arrays):
    """Return the one complaint of the block, after making sure that opening it raises the same."""
    (complaint,) = block.check()
    with pytest.raises(DataError) as caught:
        block.open(1)
    assert (caught.value.message, caught.value.parameter) == (complaint.message, complaint.parameter)
    return complaint


def error(block: Arrays) -> DataError:
    """Return what opening the block raises, after making sure that the headers alone show nothing wrong."""
    assert not list(block.check())
    with pytest.raises(DataError) as caught:
        block.open(1)
    return caught.value


def test_a_missing_file(tmp_path):
    complaint = only_complaint(at(tmp_path / "none.npz"))
    assert complaint.message == f"data file {str(tmp_path / 'none.npz')!r} does not exist"
    assert complaint.parameter == "file"


def test_a_missing_file_named_relative_says_where_it_was_searched():
    assert "relative to the file that names it" in only_complaint(at("none.npz")).hint


def test_where_a_missing_file_can_be_had_is_said():
    block = at("none.npz")
    known = Arrays(block.params.model_copy(update={"published": "ask the authors"}))
    assert only_complaint(known).hint.startswith("ask the authors\n")


def test_a_folder(tmp_path):
    np.savez(tmp_path / "a.npz", e=np.zeros(1))
    complaint = only_complaint(at(tmp_path))
    assert complaint.message == f"{str(tmp_path)!r} is a folder"
    assert complaint.hint == f"npz files in it: a.npz; a pattern means all of them: {tmp_path}/*.npz"


@pytest.mark.parametrize("content", [b"", b"text", bytes(range(256))])
def test_a_file_that_is_not_npz(tmp_path, content):
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    complaint = only_complaint(at(path))
    assert complaint.message == f"{str(path)!r} is not an npz file"


def test_a_truncated_file(arrays, tmp_path):
    block = arrays()
    path = tmp_path / "events.npz"
    path.write_bytes(path.read_bytes()[:-200])
    assert only_complaint(block).message == f"{str(path)!r} is not an npz file"


def test_a_file_whose_first_values_are_damaged(arrays, tmp_path):
    block = arrays()
    path = tmp_path / "events.npz"
    content = bytearray(path.read_bytes())
    # Behind the header of the first array: its checksum no longer fits.
    content[250] ^= 0xFF
    path.write_bytes(bytes(content))
    assert only_complaint(block).message.startswith(f"data file {str(path)!r} is damaged: ")


def test_damage_behind_the_headers_is_found_when_the_columns_are_read(tmp_path):
    path = tmp_path / "large.npz"
    np.savez(path, row_splits=np.arange(100_001), **dict.fromkeys("exyz", np.ones(100_000)))
    content = bytearray(path.read_bytes())
    content[400_000] ^= 0xFF
    path.write_bytes(bytes(content))
    assert error(at(path)).message.startswith(f"data file {str(path)!r} is damaged: ")


def test_a_missing_column_with_the_nearest_name(arrays):
    complaint = only_complaint(arrays(columns={"truth_energy": "etrue"}))
    assert complaint.message == "the data file has no column 'etrue'"
    assert complaint.parameter == "columns.truth_energy"
    assert complaint.hint == "did you mean 'e_true'?"


def test_a_missing_column_in_a_list_is_found_at_its_place(arrays):
    complaint = only_complaint(arrays(columns={"features": ["e", "momentum"]}))
    assert complaint.parameter == "columns.features.1"
    assert complaint.hint.startswith("it has: row_splits, row, e, x, ")


def test_all_missing_columns_are_reported_at_once(arrays):
    block = arrays(columns={"truth_energy": "a", "sample": "b"}, filter={"c": {"min": 0}})
    assert [complaint.parameter for complaint in block.check()] == [
        "columns.truth_energy",
        "columns.sample",
        "filter.c",
    ]


def test_missing_row_splits(arrays):
    complaint = only_complaint(arrays(row_splits="splits"))
    assert complaint.message == "the data file has no array 'splits'"
    assert complaint.parameter == "row_splits"
    assert complaint.hint == "did you mean 'row_splits'?"


def test_columns_of_unequal_length(arrays, columns):
    columns["y"] = columns["y"][:-1]
    complaint = only_complaint(arrays(columns={"features": ["e"]}))
    assert complaint.message == "columns differ in length: 'y' has 29 rows, 'e' has 30"
    assert complaint.parameter == "columns.coordinates.1"


def test_a_column_that_is_not_flat(arrays, columns):
    columns["e_true"] = np.zeros((30, 3))
    expected = "array 'e_true': expected a flat array, received shape [30, 3]: its columns are [:,0] to [:,2]"
    assert only_complaint(arrays()).message == expected


def test_a_column_that_holds_no_numbers(arrays, columns):
    columns["e_true"] = np.full(30, "a")
    complaint = only_complaint(arrays())
    assert complaint.message == "array 'e_true': expected numbers, received texts"
    assert "write it as numbers" in complaint.hint


def test_a_column_of_labels_that_are_not_whole(arrays, columns):
    columns["id"] = columns["id"].astype(np.float32)
    complaint = only_complaint(arrays())
    assert complaint.message == "array 'id': expected whole numbers, received dtype float32"
    assert complaint.parameter == "columns.truth_index"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_not_finite_with_its_row_and_event(arrays, columns, value):
    columns["x"][[5, 20]] = value
    problem = error(arrays())
    assert problem.message == f"column 'x' is {value} in row 5 (event 2) of events.npz, and 1 more"
    assert problem.parameter == "columns.features.1"


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ([1, 30], "row_splits starts at 1, not at 0"),
        ([0, 20, 10, 30], "row_splits falls from 20 to 10 at event 1"),
        ([0, 20], "row_splits ends at 20, the columns have 30 rows"),
        ([0, 40], "row_splits ends at 40, the columns have 30 rows"),
        ([], "row_splits is empty"),
    ],
)
def test_row_splits_that_do_not_fit(arrays, columns, splits, message):
    columns["row_splits"] = np.array(splits, dtype=np.int64)
    problem = error(arrays())
    assert problem.message == message
    assert problem.parameter == "row_splits"


def test_row_splits_that_are_not_whole(arrays, columns):
    columns["row_splits"] = columns["row_splits"].astype(np.float64)
    assert "expected whole numbers" in only_complaint(arrays()).message


def test_a_logarithm_of_something_not_positive(arrays, columns):
    columns["e"][3] = 0
    problem = error(arrays(transforms={"e": {"log": True}}))
    assert problem.message == "there is no logarithm of column 'e': it is 0 in row 3 (event 2) of events.npz"
    assert problem.parameter == "transforms.e.log"


def test_a_logarithm_is_fine_above_a_lowest_value(arrays, columns):
    columns["e"][3] = 0
    arrays(transforms={"e": {"log": True, "min": 0.01}}).open(1)


@pytest.mark.parametrize(
    ("options", "parameter", "message"),
    [
        ({"transforms": {"ee": {"log": True}}}, "transforms.ee", "'ee' is not one of the features"),
        (
            {"min_object_hits": 2, "columns": {"truth_index": None}},
            "min_object_hits",
            "'min_object_hits' needs to know which object a hit belongs to",
        ),
        ({"columns": {"features": ["e", "e"]}}, "columns.features", "feature 'e' is listed twice"),
        ({"filter": {"e": {"min": 2.0, "max": 1.0}}}, "filter.e.min", "e: 'min' 2 is above 'max' 1"),
        ({"transforms": {"e": {"min": 2.0, "max": 1.0}}}, "transforms.e.min", "e: 'min' 2 is above 'max' 1"),
        (
            {"split": {"train": 0.8, "validation": 0.3, "test": 0.1}},
            "split",
            "the fractions of the split add up to 1.2",
        ),
    ],
)
def test_options_that_do_not_fit_together(arrays, options, parameter, message):
    complaint = only_complaint(arrays(**options))
    assert (complaint.parameter, complaint.message) == (parameter, message)


def test_checking_reads_no_column(arrays, monkeypatch):
    block = arrays()

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("a column was read")

    monkeypatch.setattr(np, "load", refuse)
    assert not list(block.check())


@pytest.mark.parametrize(
    ("name", "value", "dtype", "parameter", "told"),
    [
        ("e", 1.7e308, np.float64, "columns.features.0", r"'e' is 1\.7e\+308 in row 4 \(event 2\).*would become inf"),
        ("e", 1e-60, np.float64, "columns.features.0", r"'e' is 1e-60 in row 4 \(event 2\).*would become 0\.0"),
        ("kind", 2**24 + 1, np.int64, "columns.features.4", r"'kind' is 16777217 in row 4 \(event 2\)"),
        ("sample", 2**32, np.int64, "columns.sample", r"'sample' is 4294967296 in row 4 \(event 2\).*would become 0"),
    ],
)
def test_a_value_that_a_cast_would_change(arrays, columns, name, value, dtype, parameter, told):
    columns[name] = columns[name].astype(dtype)
    columns[name][4] = value
    problem = error(arrays())
    assert re.search(told, problem.message), problem.message
    assert "(event 2) of events.npz" in problem.message
    assert problem.parameter == parameter
    assert problem.hint


def test_row_splits_beyond_64_bits_with_a_sign(arrays, columns):
    columns["row_splits"] = columns["row_splits"].astype(np.uint64)
    columns["row_splits"][3] = 2**63
    problem = error(arrays())
    assert "'row_splits' is 9223372036854775808 in position 3" in problem.message
    assert problem.parameter == "row_splits"


@pytest.mark.parametrize("options", [{"scale": 1e-38}, {"min": 1e-60, "log": True}])
def test_a_feature_that_scaling_makes_infinite(arrays, columns, options):
    columns["e"][4] = 0 if "log" in options else 100
    problem = error(arrays(transforms={"e": options}))
    assert "column 'e'" in problem.message
    assert "row 4 (event 2)" in problem.message


def test_a_minus_one_in_an_unsigned_column_of_ids(arrays, columns):
    columns["id"] = columns["id"].astype(np.uint64)
    assert "is that -1, noise, without its sign?" in error(arrays()).message
    source = arrays(noise_ids=[2**64 - 1]).open(1)
    assert source.read("train", np.array([0]), None)["truth_index"].min() == -1


def test_noise_ids_without_ids(arrays):
    assert only_complaint(arrays(columns={"truth_index": None}, noise_ids=[0])).parameter == "noise_ids"


@pytest.mark.parametrize("part", ["validation", "test"])
def test_a_part_that_is_asked_for_and_gets_no_events(arrays, part):
    problem = error(arrays(split={"train": 0.9, "validation": 0.0, "test": 0.0, part: 0.04, "seed": None}))
    assert problem.message == f"there are no {part} events: 10 events are left of events.npz"
    assert problem.parameter == f"split.{part}"


@pytest.mark.parametrize(
    ("named", "parameter", "reason"),
    [
        ({"features": ["e", "id"]}, "columns.features.1", "it is the column of 'truth_index'"),
        ({"features": ["sample", "e"]}, "columns.features.0", "it is the column of 'sample'"),
        ({"energy": "e_true"}, "columns.energy", "it is the column of 'truth_energy'"),
        ({"coordinates": ["x", "y", "id"]}, "columns.coordinates.2", "it is the column of 'truth_index'"),
        ({"is_track": "id"}, "columns.is_track", "it is the column of 'truth_index'"),
        ({"features": ["e", "truth_pt"]}, "columns.features.1", "its name says so"),
    ],
)
def test_a_column_of_truth_among_what_the_network_sees(arrays, columns, named, parameter, reason):
    columns["truth_pt"] = np.zeros(30, np.float32)
    complaint = only_complaint(arrays(columns=named))
    assert complaint.parameter == parameter
    assert complaint.message.endswith(f"is truth: {reason}")


@pytest.mark.parametrize("events", [0, 1, 3])
def test_a_file_without_a_hit(tmp_path, events):
    np.savez(tmp_path / "a.npz", row_splits=np.zeros(events + 1, int), **dict.fromkeys("exyz", np.zeros(0)))
    problem = error(at(tmp_path / "a.npz"))
    assert problem.message == (
        f"there are no training events: 0 events are left of a.npz, which has {events} events with 0 hits"
    )
    assert problem.parameter == "file"


@pytest.mark.parametrize("named", [{"truth_energy": "e"}, {"truth_position": ["x", "y", "z"]}])
def test_a_column_of_the_hit_that_stands_for_one_of_its_shower_is_no_truth(arrays, named):
    assert not list(arrays(columns=named).check())


@pytest.mark.parametrize(("truth", "output"), [("id", "truth_index"), ("e_true", "truth_energy")])
def test_a_feature_with_the_values_of_a_truth_column_is_truth(arrays, columns, truth, output):
    columns["mine"] = columns[truth].astype(np.float64)
    with pytest.raises(DataError) as caught:
        arrays(columns={"features": ["e", "mine"]}).open(1)
    assert (
        caught.value.message == f"column 'mine' is truth: its values are those of {truth!r}, the column of {output!r}"
    )
    assert caught.value.parameter == "columns.features.1"


def test_a_copy_of_the_energy_may_stand_for_the_true_one_and_flags_may_be_equal(arrays, columns):
    columns["e_true"] = columns["e"].copy()
    columns["flag"], columns["sample"] = (columns["id"] > 0).astype("f4"), (columns["id"] > 0).astype("i4")
    arrays(columns={"features": ["e", "flag"]}).open(1)


def test_a_file_that_is_named_by_two_paths_is_named_twice(arrays, tmp_path):
    arrays()
    (tmp_path / "link.npz").symlink_to(tmp_path / "events.npz")
    (tmp_path / "inside").mkdir()
    for other in (tmp_path / "link.npz", tmp_path / "inside" / ".." / "events.npz"):
        (complaint,) = arrays(file=[str(tmp_path / "events.npz"), str(other)]).check()
        assert complaint.message.startswith(f"data file {str(other)!r} is named twice, as ")


def test_an_expression_that_has_no_value_is_named_with_what_it_is_made_of(arrays, columns):
    columns["e"][7] = -3
    with pytest.raises(DataError, match=r"column 'log1p\(e\)' is nan in row 7 \(event 3\) of events.npz: e is -3$"):
        arrays(columns={"features": ["log1p(e)"]}).open(1)


def test_an_array_of_objects_is_refused_with_how_to_write_it(arrays, columns):
    columns["e_true"] = np.full(30, None)
    complaint = only_complaint(arrays())
    assert "its objects are pickled" in complaint.message
    assert "row_splits" in complaint.message
