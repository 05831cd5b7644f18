"""The `nanoml` loader: endcaps, features and truth as HGCalML makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot

from registry.contract.axes import Bindings
from registry.contract.data import DataError
from registry.plugins.loaders.nanoml.block import NanoML

SIZES, OBJECTS = [30, 0, 24], [3, 0, 2]


@pytest.fixture
def tree(tmp_path: Path) -> dict[str, Any]:
    """Three collisions, the second empty; hits of either side, objects of which one is not to be trained on."""
    random = np.random.default_rng(4)
    hits, objects = sum(SIZES), sum(OBJECTS)
    side = np.where(np.arange(hits) % 3 == 0, -1, 1)
    match = np.concatenate([random.integers(-1, count, size=n) for n, count in zip(SIZES, OBJECTS, strict=True)])
    flat = {
        "energy": random.exponential(size=hits),
        "x": random.normal(0, 50, hits),
        "y": random.normal(0, 50, hits),
        "z": side * random.uniform(320, 500, hits),
        "time": np.full(hits, -1.0),
        "hitr": np.full(hits, 0.6),
    }
    own = {
        "boundaryEnergy": random.uniform(5, 50, objects),
        "recEnergy": random.uniform(5, 50, objects),
        "impactPoint_x": random.normal(0, 50, objects),
        "impactPoint_y": random.normal(0, 50, objects),
        "impactPoint_z": np.array([321.0, -321.0, 330.0, 322.0, -322.0]),
        "impactPoint_t": random.uniform(5, 10, objects),
    }
    made: dict[str, Any] = {
        f"RecHitHGC_{name}": ak.unflatten(values.astype("f4"), SIZES) for name, values in flat.items()
    }
    made["RecHitHGC_MergedSimClusterBestMatchIdx"] = ak.unflatten(match.astype("i4"), SIZES)
    made |= {f"MergedSimCluster_{name}": ak.unflatten(values.astype("f4"), OBJECTS) for name, values in own.items()}
    made["MergedSimCluster_pdgId"] = ak.unflatten(np.array([13, 22, 211, -211, 130], "i4"), OBJECTS)
    made["MergedSimCluster_charge"] = ak.unflatten(np.array([-1, 0, 1, -1, 0], "i4"), OBJECTS)
    made["MergedSimCluster_isTrainable"] = ak.unflatten(np.array([1, 1, 0, 1, 1], bool), OBJECTS)
    return made


def block(folder: Path, tree: dict[str, Any], **options: Any) -> NanoML:
    with uproot.recreate(folder / "a.root") as file:
        file.mktree("Events", {name: values.type.content for name, values in tree.items()})
        file["Events"].extend(tree)
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    return NanoML(NanoML.Params(file=str(folder / "a.root"), split=split, min_hits=0, **options))


def test_every_endcap_is_an_event_with_ten_features(tmp_path, tree):
    made = block(tmp_path, tree)
    assert not list(made.check())
    data = made.open(1).read("train", np.arange(6), None)
    z = [ak.to_numpy(each) for each in tree["RecHitHGC_z"]]
    assert np.diff(data["row_splits"]).tolist() == [n for each in z for n in ((each < 0).sum(), (each > 0).sum())]
    assert data["features"].shape == (54, 10)
    x, y, z = data["coordinates"].T
    np.testing.assert_allclose(data["features"][:, 4], np.sqrt(x**2 + y**2 + z**2), rtol=1e-6)
    np.testing.assert_allclose(data["features"][:, 1], np.arctanh(z / np.sqrt(x**2 + y**2 + z**2)), rtol=1e-4)
    assert set(made.output_types({}, Bindings(), "event")) == set(data)


def test_the_truth_of_a_hit_is_that_of_its_cluster_and_noise_has_its_own(tmp_path, tree):
    source = block(tmp_path, tree).open(1)
    data, ids = source.read("train", np.array([1]), None), source.original("train", np.array([1]))["truth_index"][:, 0]
    upper = ak.to_numpy(tree["RecHitHGC_z"][0]) > 0
    match = ak.to_numpy(tree["RecHitHGC_MergedSimClusterBestMatchIdx"][0])[upper]
    # Object 1 lies on the other side, object 2 is not to be trained on.
    assert ids.tolist() == np.where(match == 0, 0, -1).tolist()
    muon, noise = ids == 0, ids < 0
    np.testing.assert_array_equal(data["truth_energy"][muon, 0], tree["MergedSimCluster_recEnergy"][0][0])
    np.testing.assert_array_equal(data["truth_energy"][noise], data["energy"][noise])
    np.testing.assert_array_equal(data["truth_position"][noise], data["coordinates"][noise])
    assert data["truth_pid"][muon].argmax(axis=1).tolist() == [0] * muon.sum()
    assert set(data["truth_pid"][match < 0].argmax(axis=1)) <= {5}
    assert data["truth_is_unique"].sum() == len(set(ids))
    assert (data["truth_spectator"][noise] == 0).all()


def test_files_without_truth_can_be_predicted_from(tmp_path, tree):
    hits = {name: tree[f"RecHitHGC_{name}"] for name in ("energy", "x", "y", "z", "time", "hitr")}
    hits = {f"RecHitHGC_{name}": values for name, values in hits.items()}
    (complaint, *_) = block(tmp_path, hits).check()
    assert complaint.message == "the data file has no column 't_idx'"
    alone = block(tmp_path, tree).reading(str(tmp_path / "a.root"))
    block(tmp_path, hits)
    assert alone.open(1).sizes("train").sum() == 54


def test_a_match_beyond_the_objects_is_refused(tmp_path, tree):
    match = ak.to_list(tree["RecHitHGC_MergedSimClusterBestMatchIdx"])
    match[0][0] = 7
    tree["RecHitHGC_MergedSimClusterBestMatchIdx"] = ak.values_astype(ak.Array(match), np.int32)
    with pytest.raises(DataError, match=r"a hit of entry 0 of a.root matches object 7: the entry has 3"):
        block(tmp_path, tree).open(1)


def test_tracks_follow_the_hits_of_their_endcap(tmp_path, tree):
    renamed = {"boundaryEnergy": "p", "recEnergy": "calo_rec_energy", "pdgId": "pdgId", "charge": "charge"}
    tree |= {f"PFTruthPart_{new}": tree[f"MergedSimCluster_{old}"] for old, new in renamed.items()}
    tree |= {f"PFTruthPart_calo_{axis}": tree[f"MergedSimCluster_impactPoint_{axis}"] for axis in "xyzt"}
    tree["RecHitHGC_BestPFTruthPartIdx"] = tree["RecHitHGC_MergedSimClusterBestMatchIdx"]
    names = ("p", "DecayVtx_z", "HGCFront_eta", "HGCFront_x", "HGCFront_y")
    tracks = {name: np.array([[1.0, 2.0]]).repeat(3, 0) for name in names}
    tracks |= {"charge": np.array([[1, -1]] * 3), "HGCFront_z": np.array([[315.0, -315.0]] * 3)}
    tree |= {f"Track_{name}": ak.from_regular(ak.Array(values)) for name, values in tracks.items()}
    tree["Track_PFTruthPartIdx"] = ak.Array([[0, 1], [-1, -1], [0, 1]])
    data = block(tmp_path, tree, particle_flow=True).open(1).read("train", np.arange(6), None)
    assert np.flatnonzero(data["is_track"]).tolist() == [stop - 1 for stop in data["row_splits"][1:]]
    assert data["features"][data["is_track"][:, 0] > 0, 2].tolist() == [-1, 1] * 3
