"""One description for all formats: another loader and another file, and the same events come out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
import uproot

from registry.contract.data import PARTS, DataError, digest_of_part
from registry.plugins.loaders.arrays.block import Arrays
from registry.plugins.loaders.description.loader import TableLoader
from registry.plugins.loaders.hdf5.block import Hdf5
from registry.plugins.loaders.parquet.block import Parquet
from registry.plugins.loaders.root.block import Root

SIZES = np.array([4, 1, 7, 3, 6, 2, 5, 8])
DESCRIPTION: dict[str, Any] = {
    "event": {"id": "event"},
    "columns": {
        "features": ["log1p(e)", "hypot(x, y)", "arctan2(y, x)", "z"],
        "energy": "e",
        "coordinates": ["x / 10", "y / 10", "z / 10"],
        "truth_index": "particle",
        "truth_energy": "e_true",
    },
    "noise_ids": [0],
    "filter": {"e": {"min": 0.2}},
    "min_object_hits": 2,
    "min_hits": 2,
    "split": {"train": 0.5, "validation": 0.25, "test": 0.25, "seed": 3},
}
LOADERS: dict[str, tuple[type[TableLoader], str]] = {
    "arrays": (Arrays, "hits.npz"),
    "parquet": (Parquet, "hits.parquet"),
    "hdf5": (Hdf5, "hits.h5"),
    "root": (Root, "hits.root"),
}


@pytest.fixture(scope="module")
def columns() -> dict[str, np.ndarray]:
    random = np.random.default_rng(5)
    hits = int(SIZES.sum())
    made = {name: random.normal(0, 50, hits).astype(np.float32) for name in "xyz"}
    made |= {name: random.exponential(1, hits).astype(np.float32) for name in ("e", "e_true")}
    made["event"] = np.repeat(np.array([40, 7, 9, 3, 100, 5, 6, 2]), SIZES)
    return made | {"particle": random.integers(0, 3, hits) * (2**60 + 1)}


@pytest.fixture(scope="module")
def folder(columns: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same hits in every format."""
    made = tmp_path_factory.mktemp("formats")
    np.savez(made / "hits.npz", **columns)
    pd.DataFrame(columns).to_parquet(made / "hits.parquet", row_group_size=10)
    with h5py.File(made / "hits.h5", "w") as file:
        for name, values in columns.items():
            file[name] = values
    with uproot.recreate(made / "hits.root") as file:
        file["hits"] = columns
    return made


def opened(folder: Path, use: str, **changes: Any) -> Any:
    block, file = LOADERS[use]
    made = block(block.Params(file=str(folder / file), **{**DESCRIPTION, **changes}))
    assert not list(made.check())
    return made.open(1)


@pytest.mark.parametrize("use", ["parquet", "hdf5", "root"])
def test_another_format_is_another_loader_and_another_file(folder, use):
    first, other = opened(folder, "arrays"), opened(folder, use)
    assert first.notes == other.notes
    for part in PARTS:
        events = np.arange(len(first.sizes(part)))
        expected, found = first.read(part, events, None), other.read(part, events, None)
        assert expected.keys() == found.keys()
        for name, column in expected.items():
            np.testing.assert_array_equal(found[name], column, err_msg=name)
        np.testing.assert_array_equal(
            first.original(part, events)["truth_index"], other.original(part, events)["truth_index"]
        )


def test_what_filters_removed_is_said(folder, columns):
    hits = int((columns["e"] < 0.2).sum())
    assert f"{hits} hits by filter.e" in opened(folder, "parquet").notes


def test_a_number_may_stand_for_what_is_missing(folder, columns):
    holes = np.where(np.arange(len(columns["z"])) % 3 == 0, np.nan, columns["z"])
    pd.DataFrame({**columns, "z": holes}).to_parquet(folder / "holes.parquet")
    options = {**DESCRIPTION, "filter": {}, "min_hits": 1, "split": {"train": 1.0, "validation": 0.0, "seed": None}}
    options["split"] |= {"test": 0.0}
    filled = Parquet(Parquet.Params(file=str(folder / "holes.parquet"), missing={"z": -1.0}, **options)).open(1)
    found = filled.read("train", np.arange(8), None)["features"][:, 3]
    np.testing.assert_array_equal(found, np.where(np.isnan(holes), -1, holes).astype(np.float32))
    with pytest.raises(DataError, match=r"column 'z' is nan in row 0 \(event 40\) of holes.parquet"):
        Parquet(Parquet.Params(file=str(folder / "holes.parquet"), **options)).open(1)


def test_a_unit_that_an_output_does_not_have_is_doubted(folder):
    changes = {"columns": {**DESCRIPTION["columns"], "coordinates": ["x", "y", "z"]}, "units": {"x": "mm", "e": "GeV"}}
    (doubt,) = (doubt for doubt in opened(folder, "parquet", **changes).doubts if "expected" in doubt)
    assert doubt == "`columns.coordinates.0` is 'x' in mm, where cm are expected: write it as an expression"


def test_a_file_that_changes_while_it_is_read_is_noticed(folder, columns, tmp_path):
    pd.DataFrame(columns).to_parquet(tmp_path / "hits.parquet")
    source = opened(tmp_path, "parquet", memory=0.0001)
    pd.DataFrame(columns).iloc[:20].to_parquet(tmp_path / "hits.parquet")
    pd.DataFrame(columns).to_parquet(tmp_path / "other.parquet")
    source._chunks._kept.clear()
    with pytest.raises(DataError, match="has changed, or is gone, since it was opened"):
        source.read("train", np.array([0]), None)


@pytest.mark.parametrize("use", list(LOADERS))
def test_other_files_are_read_with_the_parameters_as_they_are_written_down(folder, use):
    block, file = LOADERS[use]
    reading = block(block.Params(file="none", **DESCRIPTION)).reading(str(folder / file))
    again = block(block.Params(**reading.plain_parameters()))
    assert not list(again.check())
    assert again.open(1).sizes("train").sum() == reading.open(1).sizes("train").sum() > 0
    assert len(again.open(1).sizes("train")) == len(SIZES)


def test_which_events_a_part_has_is_known_by_a_digest(folder):
    first, again = opened(folder, "arrays"), opened(folder, "parquet")
    other = opened(folder, "arrays", split={**DESCRIPTION["split"], "seed": 4})
    assert [digest_of_part(first, part) for part in PARTS] == [digest_of_part(again, part) for part in PARTS]
    assert len({digest_of_part(source, "train") for source in (first, other)}) == 2
    number = {int(event) for event in first.members("train")[:, 1]}
    assert number <= set(range(len(SIZES)))
    assert len({digest_of_part(first, part) for part in PARTS}) == 3
