"""The `trackml` loader: parts joined by hit and particle, as csv, gz and zip."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry.contract.data import DataError
from registry.plugins.loaders.trackml.block import TrackML

BIG = 869214794169712640
PARTS = {
    "hits": "hit_id,x,y,z,volume_id,layer_id,module_id\n6,3,4,1,7,2,1\n9,1,0,2,7,2,1\n31,0,2,3,8,4,5\n",
    "truth": f"hit_id,particle_id,tx,weight\n31,{BIG},0,0.1\n6,{BIG + 1},3,0.2\n9,0,1,0\n",
    "particles": f"particle_id,px,py,q\n{BIG + 1},3,4,1\n5,0,0,1\n{BIG},6,8,-1\n",
    "cells": "hit_id,ch0,ch1,value\n6,1,1,0.5\n31,1,1,0.25\n6,2,1,0.125\n",
}


def write(folder: Path, event: int = 1, ending: str = ".csv", **parts: str) -> None:
    for part, text in {**PARTS, **parts}.items():
        opened = gzip.open if ending.endswith(".gz") else open
        with opened(folder / f"event{event:09}-{part}{ending}", "wt") as stream:  # type: ignore[operator]
            stream.write(text)


def block(file: Path | str, **options: Any) -> TrackML:
    columns = {"features": ["hypot(x, y)", "n_cells", "cell_value"], "truth_index": "particle_id"}
    columns |= {"truth_energy": "hypot(object.px, object.py)", **options.pop("columns", {})}
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    return TrackML(TrackML.Params(file=str(file), columns=columns, split=split, **options))


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".zip"])
def test_parts_are_joined_by_hit_and_particle(tmp_path, ending):
    write(tmp_path, 1, ".csv" if ending == ".zip" else ending)
    write(tmp_path, 20, ".csv" if ending == ".zip" else ending)
    files: Path = tmp_path / f"event*-hits{ending}"
    if ending == ".zip":
        files = tmp_path / "all.zip"
        with zipfile.ZipFile(files, "w") as archive:
            for part in tmp_path.glob("*.csv"):
                archive.write(part, f"folder/{part.name}")
    source = block(files).open(1)
    assert source.describe("train", 1).endswith("event event000000020")
    data = source.read("train", np.array([0]), None)
    np.testing.assert_allclose(data["features"], [[5, 2, 0.625], [1, 0, 0], [2, 1, 0.25]])
    assert data["truth_index"][:, 0].tolist() == [1, -1, 0]
    assert data["truth_energy"][:, 0].tolist() == [5, 0, 10]
    assert source.original("train", np.array([0]))["truth_index"][:, 0].tolist() == [BIG + 1, 0, BIG]


def test_files_without_truth_can_be_predicted_from(tmp_path):
    write(tmp_path)
    for part in ("truth", "particles", "cells"):
        (tmp_path / f"event000000001-{part}.csv").unlink()
    made = block(tmp_path / "event*-hits.csv", columns={"features": ["x"], "truth_index": None, "truth_energy": None})
    assert made.open(1).sizes("train").tolist() == [3]


def test_truth_among_the_features_is_refused(tmp_path):
    write(tmp_path)
    (complaint,) = block(tmp_path / "event*-hits.csv", columns={"features": ["x", "tx"]}).check()
    assert complaint.message == "column 'tx' is truth: simulated events alone have it"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"truth": "hit_id,particle_id\n6,0\n9,0\n"}, "event000000001 of event000000001-hits.csv: hit 31 has no truth"),
        ({"particles": "particle_id,px,py\n5,0,0\n"}, f"the objects have none with 'particle_id' {BIG + 1}"),
        ({"hits": "hit_id,x,y,z\n6,3,4,1\n9,1.5,0,1\n31,,2,1\n"}, r"is nan in hit 2 of event event000000001"),
        ({"hits": "hit_id,x,y,z\n6,3,4,1\n9,1,0"}, r"hits.csv is damaged: .* Expected 4 columns, got 3"),
        ({"cells": "hit_id,ch0,value\n6,1,2,3,4\n"}, r"event000000001-cells.csv of event000000001-hits.csv is damaged"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(tmp_path, parts, message):
    write(tmp_path, **parts)
    with pytest.raises(DataError, match=message):
        block(tmp_path / "event*-hits.csv").open(1)


def test_the_event_of_the_challenge_is_read(reference):
    folder = reference / "data" / "formats" / "trackml_csv"
    for file in ("event*-hits.csv.gz", "trackml_event000000001.zip"):
        data = block(folder / file).open(1).read("train", np.array([0]), None)
        assert (data["truth_index"].max() + 1, (data["truth_index"] < 0).sum()) == (468, 829)
