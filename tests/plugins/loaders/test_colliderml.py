"""The `colliderml` loader: tables joined by event, hits of tracker and calorimeter, contributions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from registry.contract.data import DataError
from registry.plugins.loaders.colliderml.block import ColliderML

BIG = 2**60 + 1
PARTICLES = {
    "event_id": pa.array([7, 8], pa.uint32()),
    "particle_id": pa.array([[BIG, BIG + 1], [1, 2, 3]], pa.list_(pa.uint64())),
    "energy": [[10.0, 20.0], [1.0, 2.0, 3.0]],
    "pdg_id": [[211, 22], [11, 13, -211]],
    "time": [[0.0, 0.0], [0.0, 1.0, 2.0]],
}
TRACKER = {
    "event_id": pa.array([8, 7], pa.uint32()),
    "x": [[10.0, 20.0], [30.0]],
    "y": [[0.0, 1.0], [2.0]],
    "z": [[0.0, 0.0], [5.0]],
    "time": [[0.1, 0.2], [0.3]],
    "particle_id": pa.array([[1, 2], [BIG]], pa.list_(pa.uint64())),
    "volume_id": [[16, 17], [18]],
    "detector": [[0, 1], [2]],
}
CALO = {
    "event_id": pa.array([7, 8], pa.uint32()),
    "x": [[1000.0, 1001.0], []],
    "y": [[0.0, 0.0], []],
    "z": [[0.0, 0.0], []],
    "total_energy": [[0.5, 0.25], []],
    "detector": [[9, 10], []],
    "contrib_particle_ids": pa.array([[[BIG, BIG + 1, BIG], [BIG]], []], pa.list_(pa.list_(pa.int64()))),
    "contrib_energies": [[[0.1, 0.15, 0.1], [0.25]], []],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, table in {"particles": PARTICLES, "tracker_hits": TRACKER, "calo_hits": CALO}.items():
        (tmp_path / f"ttbar_pu0_{name}").mkdir()
        pq.write_table(pa.table(table), tmp_path / f"ttbar_pu0_{name}" / "train-00000-of-00001.parquet")
    return tmp_path


def block(folder: Path, **options: Any) -> ColliderML:
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    file = str(folder / "ttbar_pu0_particles" / "*.parquet")
    return ColliderML(ColliderML.Params(file=file, split=split, **options))


def test_hits_of_both_detectors_are_joined_by_event(folder):
    made = block(folder)
    assert not list(made.check())
    source = made.open(1)
    assert [source.describe("train", event).split()[-1] for event in (0, 1)] == ["8", "7"]
    data = source.read("train", np.arange(2), None)
    assert data["row_splits"].tolist() == [0, 2, 5]
    np.testing.assert_allclose(data["coordinates"][:, 0], [1, 2, 3, 100, 100.1], rtol=1e-6)
    assert data["features"][:, 5].tolist() == [1, 1, 1, 0, 0]
    assert source.original("train", np.arange(2))["truth_index"][:, 0].tolist() == [1, 2, BIG, BIG, BIG]
    assert data["truth_energy"][:, 0].tolist() == [1, 2, 10, 10, 10]
    assert "1 hits shared by several objects" in source.notes


def test_one_detector_alone_may_be_read(folder):
    data = block(folder, hits=["calo_hits"]).open(1).read("train", np.arange(1), None)
    assert data["energy"][:, 0].tolist() == [0.5, 0.25]


def test_hits_without_particles_can_be_predicted_from(folder):
    made = block(folder)
    (folder / "ttbar_pu0_particles").rename(folder / "elsewhere")
    hits = str(folder / "ttbar_pu0_tracker_hits" / "train-00000-of-00001.parquet")
    assert made.reading(hits).open(1).sizes("train").tolist() == [2, 3]


def test_an_event_that_a_table_lacks_is_named(folder):
    table = pa.table({**CALO, "event_id": pa.array([7, 9], pa.uint32())})
    pq.write_table(table, folder / "ttbar_pu0_calo_hits" / "train-00000-of-00001.parquet")
    with pytest.raises(DataError, match=r"calo_hits of train-00000-of-00001.parquet have no event 8"):
        block(folder).open(1)


def test_a_hit_whose_particle_is_null_is_noise_and_further_columns_are_read(folder):
    ids = pa.array([[1, None], [BIG]], pa.list_(pa.uint64()))
    table = pa.table({**TRACKER, "particle_id": ids, "charge": [[1.5, 2.5], [3.5]]})
    pq.write_table(table, folder / "ttbar_pu0_tracker_hits" / "train-00000-of-00001.parquet")
    source = block(folder, columns={"features": ["x", "charge"], "truth_energy": "object.energy"}).open(1)
    found = source.read("train", np.arange(2), None)
    assert found["truth_index"][:, 0].tolist() == [0, -1, 0, 0, 0]
    assert found["features"][:, 1].tolist() == [1.5, 2.5, 3.5, 0, 0]
