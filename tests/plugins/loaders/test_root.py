"""The `root` loader: trees and RNTuples, jagged and flat, friends, truth of objects, joined collections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot

from registry.contract.data import DataError
from registry.plugins.loaders.root.block import Root

ALL = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
LISTS = {
    "hit_e": ak.Array([[1.0, 2.0, 3.0], [], [4.0, 5.0]]),
    "hit_id": ak.unflatten(np.array([3_000_000_000] * 3 + [4_000_000_000] * 2, np.uint32), [3, 0, 2]),
    "hit_which": ak.Array([[1, 0, -1], [], [0, 0]]),
    "sim_pt": ak.Array([[10.0, 20.0], [30.0], [40.0]]),
    "run": np.array([1, 1, 2], np.int32),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three events: a tree of lists in a folder, a flat tree, a friend of the first, and the lists as an RNTuple."""
    with uproot.recreate(tmp_path / "a.root") as made:
        made.mktree(
            "ana/hits",
            {
                name: values.dtype if isinstance(values, np.ndarray) else values.type.content
                for name, values in LISTS.items()
            },
        )
        made["ana/hits"].extend(LISTS)
        made["flat"] = {"ev": np.array([7, 7, 7, 3, 3, 9]), "e": np.array([1.0, 2, 3, 4, 5, 6])}
        made["friend"] = {"weight": np.array([0.5, 1.0, 1.5])}
        made["short"] = {"weight": np.array([0.5])}
        made.mkrntuple("ntuple", {"hit_e": LISTS["hit_e"], "hit_which": LISTS["hit_which"]})
    return tmp_path / "a.root"


def block(file: Path, feature: str, **options: Any) -> Root:
    columns = {"features": [feature], **options.pop("columns", {})}
    return Root(Root.Params(file=str(file), columns=columns, split=ALL, min_hits=0, **options))


def read(made: Root) -> dict[str, np.ndarray]:
    assert not list(made.check())
    source = made.open(1)
    return source.read("train", np.arange(len(source.sizes("train"))), None)


@pytest.mark.parametrize("table", ["ana/hits", "ntuple"])
def test_every_entry_of_lists_is_an_event(file, table):
    data = read(block(file, "hit_e", table=table, columns={"truth_index": "hit_which"}))
    assert data["row_splits"].tolist() == [0, 3, 3, 5]
    assert data["features"][:, 0].tolist() == [1, 2, 3, 4, 5]
    assert data["truth_index"][:, 0].tolist() == [1, 0, -1, 0, 0]


def test_an_index_leads_to_the_columns_of_the_objects_beside(file):
    columns = {"truth_index": "hit_which", "truth_energy": "object.sim_pt"}
    data = read(block(file, "hit_e", table="ana/hits", columns=columns))
    assert data["truth_energy"][:, 0].tolist() == [20, 10, 0, 40, 40]


def test_unsigned_ids_above_two_to_the_31_stay_what_they_are(file):
    source = block(file, "hit_e", table="ana/hits", columns={"truth_index": "hit_id"}).open(1)
    found = source.original("train", np.arange(3))["truth_index"][:, 0]
    assert found.tolist() == [3_000_000_000] * 3 + [4_000_000_000] * 2


def test_entries_are_hits_where_they_name_their_event(file):
    data = read(block(file, "e", table="flat", event={"id": "ev"}))
    assert data["row_splits"].tolist() == [0, 3, 5, 6]


def test_columns_of_a_friend_are_joined_entry_by_entry(file):
    data = read(block(file, "hit_e * weight", table="ana/hits", friends=[{"table": "friend"}]))
    assert data["features"][:, 0].tolist() == [0.5, 1, 1.5, 6, 7.5]
    (complaint,) = block(file, "hit_e", table="ana/hits", friends=[{"table": "short"}]).check()
    assert complaint.message == "friend 'short' of a.root has 1 entries, a.root 3"


def test_which_tree_is_asked_for_where_there_are_several(file):
    (complaint,) = block(file, "hit_e").check()
    assert (complaint.message, complaint.parameter) == ("a.root has several trees", "table")
    assert "ana/hits" in complaint.hint
    (complaint,) = block(file, "hit_e", table="ana/hit").check()
    assert complaint.hint == "did you mean 'ana/hits'?"


def test_a_key_that_does_not_tell_events_apart_is_doubted(file):
    (doubt,) = block(file, "hit_e", table="ana/hits", event={"id": "run"}).open(1).doubts
    assert doubt == "event key `run` has 2 values for 3 events of a.root: add another column"


def test_a_file_that_is_no_root_file(tmp_path):
    (tmp_path / "a.root").write_bytes(b"rooted")
    (complaint,) = block(tmp_path / "a.root", "e").check()
    assert "is not a ROOT file" in complaint.message


def test_a_file_that_is_cut_off_names_the_branch(file):
    content = file.read_bytes()
    file.write_bytes(content[:700] + bytes(len(content) - 700 - len(content) // 2) + content[-(len(content) // 2) :])
    with pytest.raises(DataError, match=r"a\.root"):
        block(file, "hit_e", table="ana/hits").open(1)


def test_lists_that_objects_hold_are_turned_round_and_minus_one_is_nobody(reference):
    file = reference / "data" / "formats" / "root" / "hgcal_ntup_muons.root"
    objects = {"hits": "simcluster_hits_indices", "fractions": "simcluster_fractions"}
    columns = {"truth_energy": "object.simcluster_energy"}
    data = read(block(file, "rechit_energy", table="ana/hgc", columns=columns, objects=objects))
    first = data["truth_index"][: data["row_splits"][1], 0]
    assert np.bincount(first[first >= 0]).tolist() == [55, 69]
    assert set(data["truth_energy"][data["truth_index"] >= 0]) == {35.0}


def test_contributions_of_joined_collections_are_summed_per_particle(reference):
    file = reference / "data" / "formats" / "root" / "edm4hep_odd_podio_ttree.root"
    shared = {
        "begin": "{}.contributions_begin",
        "end": "{}.contributions_end",
        "links": "_{}_contributions.index",
        "ids": "_{}Contributions_particle.index",
        "weights": "{}Contributions.energy",
    }
    names = [f"{part}Collection" for part in ("ECalBarrel", "ECalEndcap", "HCalBarrel", "HCalEndcap")]
    made = block(file, "{}.energy", table="events", collections=names, contributions=shared)
    source = made.open(1)
    assert source.sizes("train").tolist()[:5] == [631, 497, 671, 648, 486]
    assert "604 hits shared by several objects" in source.notes
    ids = source.original("train", np.array([0]))["truth_index"][:, 0]
    assert ids[:10].tolist() == [8, 8, 0, 0, 0, 0, 0, 0, 11, 10]


def test_fields_of_a_collection_of_an_rntuple_are_columns_of_hits(tmp_path):
    hits = ak.Array([[{"e": 1.0, "id": 0}, {"e": 2.0, "id": 1}], [], [{"e": 3.0, "id": 0}]])
    with uproot.recreate(tmp_path / "hits.root") as file:
        file.mkrntuple("events", {"hits": hits})
    columns = {"features": ["hits.e"], "truth_index": "hits.id"}
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    made = Root(Root.Params(file=str(tmp_path / "hits.root"), columns=columns, split=split, min_hits=0))
    assert not list(made.check())
    data = made.open(1).read("train", np.arange(3), None)
    assert data["features"][:, 0].tolist() == [1, 2, 3]
    assert data["row_splits"].tolist() == [0, 2, 2, 3]


@pytest.fixture(params=["TTree", "RNTuple"])
def write_as(request: pytest.FixtureRequest) -> Any:
    """Return a function that writes columns into an open file as a tree of either kind."""

    def write(made: Any, name: str, columns: dict[str, np.ndarray]) -> None:
        if request.param == "TTree":
            types = {each: np.dtype((values.dtype, values.shape[1:])) for each, values in columns.items()}
            made.mktree(name, types).extend(columns)
        else:
            made.mkrntuple(
                name, ak.Array({each: ak.from_numpy(own, regulararray=True) for each, own in columns.items()})
            )

    return write


def test_a_branch_is_called_as_the_file_calls_it_where_names_hold_slashes(tmp_path):
    columns = {"ecal/e": np.array([1.0, 2.0]), "hcal/e": np.array([3.0, 4.0]), "event": np.array([0, 0])}
    with uproot.recreate(tmp_path / "a.root") as made:
        made.mktree("t", {name: values.dtype for name, values in columns.items()}).extend(columns)
    data = read(block(tmp_path / "a.root", "ecal/e", event={"id": "event"}))
    assert data["features"][:, 0].tolist() == [1, 2]
    data = read(block(tmp_path / "a.root", "2 * `hcal/e`", event={"id": "event"}))
    assert data["features"][:, 0].tolist() == [6, 8]


def test_a_branch_of_a_friend_that_the_tree_has_too_is_called_by_its_friend(write_as, tmp_path):
    with uproot.recreate(tmp_path / "a.root") as made:
        write_as(made, "t", {"e": np.array([1.0, 2.0]), "event": np.array([0, 0])})
        write_as(made, "calibrated", {"e": np.array([1.5, 2.5])})
    friends = [{"table": "calibrated"}]
    data = read(block(tmp_path / "a.root", "calibrated.e - e", table="t", friends=friends, event={"id": "event"}))
    assert data["features"][:, 0].tolist() == [0.5, 0.5]


def test_values_of_arrays_of_one_length_are_columns(write_as, tmp_path):
    with uproot.recreate(tmp_path / "a.root") as made:
        write_as(made, "t", {"pos": np.arange(6.0).reshape(2, 3), "event": np.array([0, 0])})
    made = block(tmp_path / "a.root", "pos[:,2]", event={"id": "event"})
    assert not list(made.check())
    assert read(made)["features"][:, 0].tolist() == [2, 5]
    complaint = next(iter(block(tmp_path / "a.root", "pos[:,3]", event={"id": "event"}).check()))
    assert complaint.message == "no column is called 'pos[:,3]'"
