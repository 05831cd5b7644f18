"""The `deepjetcore` loader, on files written by djcdata."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry.plugins.loaders.deepjetcore.block import DeepJetCore

djcdata = pytest.importorskip("djcdata", reason="djcdata is installed for python 3.11 only")

SPLITS = np.array([0, 3, 3, 5], np.int64)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three events, the second empty: two features and a truth index, each with its row splits."""
    data = djcdata.TrainData()
    features = djcdata.SimpleArray(np.arange(10, dtype=np.float32).reshape(5, 2), SPLITS, name="recHitFeatures")
    truth = djcdata.SimpleArray(np.array([[0], [1], [-1], [4], [4]], np.int32), SPLITS, name="t_idx")
    data._store([features, truth], [], [])
    data.writeToFile(str(tmp_path / "a.djctd"))
    return tmp_path / "a.djctd"


def block(file: Path, *features: str, **options: Any) -> DeepJetCore:
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    columns = {"features": list(features), **options.pop("columns", {})}
    return DeepJetCore(DeepJetCore.Params(file=str(file), columns=columns, split=split, min_hits=0, **options))


def test_ragged_arrays_are_cut_by_their_row_splits(file):
    made = block(file, "recHitFeatures[:,1]", columns={"truth_index": "t_idx"})
    assert not list(made.check())
    data = made.open(1).read("train", np.arange(3), None)
    assert data["row_splits"].tolist() == SPLITS.tolist()
    assert data["features"][:, 0].tolist() == [1, 3, 5, 7, 9]
    assert data["truth_index"][:, 0].tolist() == [0, 1, -1, 0, 0]


def test_a_file_of_something_else(tmp_path):
    (tmp_path / "a.djctd").write_bytes(b"jets" * 100)
    (complaint,) = block(tmp_path / "a.djctd", "x").check()
    assert "is not a file of DeepJetCore" in complaint.message


def test_the_authors_own_file_is_read(reference):
    source = block(reference / "data" / "formats" / "djc" / "trainData_previous.djctd", "feature0[:,0]").open(1)
    assert source.sizes("train").tolist() == [40, 40, 20]
