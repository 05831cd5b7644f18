"""The `hdf5` loader: where events end in HDF5, compound datasets, matrices, padding, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from registry.contract.data import DataError
from registry.plugins.loaders.hdf5.block import Hdf5

ALL = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
E, IDS = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), np.array([5, 5, 5, 3, 3, 9])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three events in every form; tracks lie in a table of their own and count from 1 in each event."""
    tracks = np.array([(9, 1, 3.0), (5, 1, 1.0), (5, 2, 2.0), (3, 1, 4.0)], [("ev", "i8"), ("id", "i8"), ("pt", "f8")])
    with h5py.File(tmp_path / "a.h5", "w") as made:
        hits = made.create_group("hits")
        hits["e"], hits["ev"], hits["track"] = E, IDS, np.array([1, 2, 1, 1, 1, 1])
        hits["text"] = np.array(["r5", "r5", "r5", "r3", "r3", "r9"], h5py.string_dtype())
        hits["bytes"] = np.array([b"r5", b"r5", b"r5", b"r3", b"r3", b"r9"])
        hits["index"] = np.array([(0, 3), (3, 2), (5, 1)], [("start", "u4"), ("n", "f8")])
        made["tracks"] = tracks
        made["matrix"] = np.stack([IDS, E], axis=1).astype(np.float32)
        made["splits"] = np.array([0, 3, 5, 6])
        lists = made.create_dataset("lists", (3,), dtype=h5py.vlen_dtype(np.float64))
        padded = np.full((3, 4, 2), np.nan)
        for event, (start, stop) in enumerate([(0, 3), (3, 5), (5, 6)]):
            lists[event] = E[start:stop]
            padded[event, : stop - start, 1] = E[start:stop]
        made["padded"] = padded
    return tmp_path / "a.h5"


def block(file: Path, feature: str, **options: Any) -> Hdf5:
    columns = {"features": [feature], **options.pop("columns", {})}
    return Hdf5(Hdf5.Params(file=str(file), columns=columns, split=ALL, **options))


@pytest.mark.parametrize(
    ("feature", "options"),
    [
        ("e", {"table": "hits", "event": {"start": "index.start", "length": "index.n"}}),
        ("e", {"table": "hits", "event": {"id": "ev"}}),
        ("e", {"table": "hits", "row_splits": "splits"}),
        ("e", {"table": "hits", "event": {"id": ["text", "bytes"]}}),
        ("hits/e", {"row_splits": "splits"}),
        ("matrix[:,1]", {"event": {"id": "matrix[:,0]"}}),
        ("e", {"table": "matrix", "names": ["ev", "e"], "event": {"id": "ev"}}),
        ("lists", {}),
        ("padded[:,1]", {"padded": True}),
    ],
)
def test_events_end_where_the_description_says(file, feature, options):
    made = block(file, feature, **options)
    assert not list(made.check())
    data = made.open(1).read("train", np.arange(3), None)
    assert data["row_splits"].tolist() == [0, 3, 5, 6]
    assert data["features"][:, 0].tolist() == E.tolist()


@pytest.mark.parametrize("name", ["text", "bytes"])
def test_events_may_be_called_by_texts(name, file):
    made = block(file, "e", table="hits", event={"id": name})
    assert [made.open(1).describe("train", event) for event in range(3)] == [f"a.h5 event r{n}" for n in (5, 3, 9)]
    (complaint, *_) = block(file, name, table="hits", event={"id": "ev"}).check()
    assert complaint.message == f"array {name!r}: expected numbers, received texts, or what is neither text nor number"


def test_tracks_that_count_from_one_in_every_event_are_joined_by_event_and_id(file):
    columns = {"truth_index": "track", "truth_energy": "object.pt"}
    objects = {"table": "tracks", "id": "id", "event_id": "ev"}
    made = block(file, "e", table="hits", event={"id": "ev"}, columns=columns, objects=objects)
    data = made.open(1).read("train", np.arange(3), None)
    assert data["truth_energy"][:, 0].tolist() == [1, 2, 1, 4, 4, 3]


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ([(0, 3), (3, 2), (5, 2)], r"event 2 of a.h5 is rows 5 to 7: the table has 6"),
        ([(0, 3), (2, 3), (5, 1)], r"the events of a.h5 cover 7 of its 6 rows, or some of them twice"),
        ([(0, 3), (3, 1), (5, 1)], r"the events of a.h5 cover 5 of its 6 rows"),
    ],
)
def test_offsets_that_do_not_cover_the_rows_once_are_refused(file, index, message):
    with h5py.File(file, "a") as made:
        del made["hits/index"]
        made["hits"]["index"] = np.array(index, [("start", "u4"), ("n", "i8")])
    with pytest.raises(DataError, match=message):
        block(file, "e", table="hits", event={"start": "index.start", "length": "index.n"}).open(1)


def test_a_group_or_a_dataset_that_is_missing_is_named(file):
    (complaint,) = block(file, "e", table="hit", event={"id": "ev"}).check()
    assert complaint.message == "a.h5 has no group or dataset 'hit'"
    (complaint,) = block(file, "energy", table="hits", event={"id": "ev"}).check()
    assert complaint.message == "the data file has no column 'energy'"


def test_a_file_that_is_cut_off(file):
    file.write_bytes(file.read_bytes()[:-100])
    (complaint,) = block(file, "e", table="hits", event={"id": "ev"}).check()
    assert "is not an HDF5 file" in complaint.message


def test_real_files_of_a_neutrino_telescope_are_read(reference):
    file = reference / "data" / "formats" / "hdf5" / "km3net_mupage.h5"
    columns = {"truth_index": "origin", "truth_energy": "object.energy"}
    objects = {"table": "mc_tracks", "id": "id"}
    made = block(file, "time", table="mc_hits", event={"id": "group_id"}, columns=columns, objects=objects)
    source = made.open(1)
    assert source.sizes("train").tolist()[:5] == [315, 164, 100, 111, 123]


def test_the_values_of_a_field_of_arrays_are_columns(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        kind = [("event", "<i4"), ("position", ">f4", (3,))]
        file["hits"] = np.array([(0, (1, 2, 3)), (0, (4, 5, 6))], dtype=kind)
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    options = {"table": "hits", "event": {"id": "event"}, "columns": {"features": ["position[:,2]"]}, "split": split}
    source = Hdf5(Hdf5.Params(file=str(tmp_path / "a.h5"), **options)).open(1)
    assert source.read("train", np.arange(1), None)["features"].tolist() == [[3.0], [6.0]]


def test_records_in_lists_of_variable_length_are_columns(tmp_path):
    records = np.dtype([("e", "f4"), ("id", "i8")])
    with h5py.File(tmp_path / "hits.h5", "w") as written:
        lists = written.create_dataset("event/hits", (3,), h5py.vlen_dtype(records))
        lists[0] = np.array([(1.0, 2**60), (2.0, -1)], records)
        lists[1], lists[2] = np.zeros(0, records), np.array([(3.0, 5)], records)
    columns = {"features": ["event/hits.e"], "truth_index": "event/hits.id"}
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    made = Hdf5(Hdf5.Params(file=str(tmp_path / "hits.h5"), columns=columns, split=split, min_hits=0))
    source = made.open(1)
    assert source.sizes("train").tolist() == [2, 0, 1]
    assert source.original("train", np.arange(3))["truth_index"][:, 0].tolist() == [2**60, -1, 5]


def test_lists_in_another_byte_order_are_refused_since_their_library_misreads_them(tmp_path):
    with h5py.File(tmp_path / "hits.h5", "w") as written:
        written.create_dataset("e", (2,), h5py.vlen_dtype(np.dtype(">f8")))
    made = Hdf5(Hdf5.Params(file=str(tmp_path / "hits.h5"), columns={"features": ["e"]}))
    (complaint,) = made.check()
    assert "byte order" in complaint.message


def test_a_link_that_leads_nowhere_is_no_table(tmp_path):
    with h5py.File(tmp_path / "hits.h5", "w") as written:
        written["hits"] = h5py.SoftLink("/gone")
    (complaint,) = Hdf5(Hdf5.Params(file=str(tmp_path / "hits.h5"), table="hits", columns={"features": ["e"]})).check()
    assert complaint.message == "hits.h5 has no group or dataset 'hits'"


def test_numbers_of_hits_alone_say_where_events_end(tmp_path):
    for name, sizes in (("hits", [2, 0, 3]), ("few", [1, 0, 3])):
        with h5py.File(tmp_path / f"{name}.h5", "w") as written:
            written["e"], written["n"] = np.arange(5.0), np.array(sizes)
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    options = {"event": {"length": "n"}, "columns": {"features": ["e"]}, "split": split, "min_hits": 0}
    made, few = (Hdf5(Hdf5.Params(file=str(tmp_path / f"{name}.h5"), **options)) for name in ("hits", "few"))
    assert made.open(1).sizes("train").tolist() == [2, 0, 3]
    with pytest.raises(DataError, match="cover 4 of its 5 rows"):
        few.open(1)


@pytest.fixture
def zeros(tmp_path: Path) -> Path:
    """Two events of two hits and one, padded with zeros."""
    with h5py.File(tmp_path / "zeros.h5", "w") as made:
        made["e"], made["x"] = (
            np.array([[1.0, 2.0, 0.0], [3.0, 0.0, 0.0]]),
            np.array([[4.0, 5.0, 0.0], [6.0, 0.0, 0.0]]),
        )
        made["n"], made["many"], made["flat"] = np.array([2, 1]), np.array([2, 4]), np.ones((2, 3, 1))
    return tmp_path / "zeros.h5"


@pytest.mark.parametrize("mask", ["n", "e"])
def test_padding_is_told_by_the_number_of_hits_or_by_a_column_that_is_not_zero(mask, zeros):
    data = block(zeros, "e + x", padded=True, mask=mask).open(1).read("train", np.arange(2), None)
    assert data["features"][:, 0].tolist() == [5, 7, 9]
    assert data["row_splits"].tolist() == [0, 2, 3]


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (None, "e, x end with 0 in row 0 of zeros.h5: padding?"),
        ("many", "'many' of zeros.h5 says that event 1 has 4 hits: there are 3 places"),
        ("flat", "'flat' of zeros.h5 has the shape [2, 3, 1], the arrays of hits [2, 3]"),
    ],
)
def test_padding_that_nothing_tells_is_not_read_as_hits(mask, message, zeros):
    with pytest.raises(DataError) as caught:
        block(zeros, "e + x", padded=True, mask=mask).open(1)
    assert caught.value.message == message


def test_offsets_may_be_the_columns_of_a_matrix_beside_the_table(file):
    with h5py.File(file, "a") as made:
        made["ranges"] = np.array([[0, 3], [3, 5], [5, 6]])
    event = {"start": "ranges[:,0]", "stop": "ranges[:,1]"}
    data = block(file, "e", table="hits", event=event).open(1).read("train", np.arange(3), None)
    assert data["row_splits"].tolist() == [0, 3, 5, 6]
