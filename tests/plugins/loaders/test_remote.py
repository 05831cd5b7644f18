"""Files on servers and in archives, by fsspec; what has no driver is refused by name."""

from __future__ import annotations

import importlib.util
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import h5py
import numpy as np
import pandas as pd
import pytest
import uproot

from registry.contract.data import DataError
from registry.plugins.loaders.arrays.block import Arrays
from registry.plugins.loaders.description.loader import TableLoader
from registry.plugins.loaders.hdf5.block import Hdf5
from registry.plugins.loaders.parquet.block import Parquet
from registry.plugins.loaders.root.block import Root
from registry.plugins.loaders.trackml.block import TrackML

LOADERS: dict[str, type[TableLoader]] = {"npz": Arrays, "parquet": Parquet, "h5": Hdf5, "root": Root}
HITS = {"event": np.repeat(np.arange(8), 5), "e": np.arange(40.0), "id": np.arange(40) % 3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The same hits in every format, beside each other and in a store in memory."""
    made = tmp_path_factory.mktemp("remote")
    np.savez(made / "hits.npz", **HITS)
    pd.DataFrame(HITS).to_parquet(made / "hits.parquet")
    with h5py.File(made / "hits.h5", "w") as file:
        for name, values in HITS.items():
            file[name] = values
    with uproot.recreate(made / "hits.root") as file:
        file["hits"] = HITS
    memory = fsspec.filesystem("memory")
    for path in made.iterdir():
        memory.pipe(f"/store/{path.name}", path.read_bytes())
    with zipfile.ZipFile(made / "all.zip", "w") as archive:
        archive.write(made / "hits.parquet", "inside/hits.parquet")
    yield made
    memory.rm("/store", recursive=True)


def block(use: type[TableLoader], file: str | list[str], **options: Any) -> TableLoader:
    columns = {"features": ["e"], "truth_index": "id"}
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    return use(use.Params(file=file, event={"id": "event"}, columns=columns, split=split, **options))


def features(made: TableLoader) -> list[float]:
    assert not list(made.check())
    found: list[float] = made.open(1).read("train", np.arange(8), None)["features"][:, 0].tolist()
    return found


@pytest.mark.parametrize("ending", list(LOADERS))
def test_a_file_at_an_address_is_read_as_one_on_the_disk(folder, ending):
    for address in (f"memory://store/hits.{ending}", f"file://{folder}/hits.{ending}", f"memory://store/*.{ending}"):
        assert features(block(LOADERS[ending], address)) == HITS["e"].tolist()


def test_a_file_may_lie_in_an_archive(folder):
    address = f"zip://inside/hits.parquet::file://{folder}/all.zip"
    made = block(Parquet, address)
    assert features(made) == HITS["e"].tolist()
    assert made.open(1).describe("train", 3) == "hits.parquet event 3"


def test_a_remote_file_is_known_by_its_contents_and_kept_in_the_cache(folder, tmp_path):
    memory = fsspec.filesystem("memory")
    memory.pipe("/store/changing.parquet", (folder / "hits.parquet").read_bytes())
    made = block(Parquet, "memory://store/changing.parquet", cache=str(tmp_path / "kept"))
    first = made.open(1).fingerprint()
    assert "1 files read" in made.open(1).notes[-1]
    pd.DataFrame({**HITS, "e": HITS["e"] + 1}).to_parquet(tmp_path / "other.parquet")
    memory.pipe("/store/changing.parquet", (tmp_path / "other.parquet").read_bytes())
    assert made.open(1).fingerprint() != first


@pytest.mark.parametrize(
    ("use", "address", "message", "hint"),
    [
        (Parquet, "memory://store/none.parquet", "'memory://store/none.parquet' does not exist", ""),
        (Parquet, "memory://store/*.pq", "no file matches 'memory://store/\\*.pq'", ""),
        (Parquet, "nowhere://a/b.parquet", "files of nowhere:// are not read", "copy or mount it"),
        (TrackML, "memory://store/hits.npz", "loader 'trackml' reads local files", "copy or mount it"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(folder, use, address, message, hint):
    with pytest.raises(DataError, match=message) as refused:
        block(use, address).open(1)
    assert hint in refused.value.hint


@pytest.mark.skipif(importlib.util.find_spec("fsspec_xrootd") is not None, reason="the driver of root:// is installed")
def test_a_missing_driver_names_what_installs_it():
    with pytest.raises(DataError, match="what reads root:// is not installed") as refused:
        block(Root, "root://eos.example//store/hits.root").open(1)
    assert refused.value.hint == "pip install 'registry[xrootd]'"


def test_a_server_that_cannot_be_asked_is_not_taken_for_a_file_that_is_gone(folder, monkeypatch):
    source = block(Parquet, "memory://store/hits.parquet", memory=0.0001).open(1)
    source._chunks._kept.clear()

    def unreachable(*_: Any, **__: Any) -> Any:
        raise TimeoutError("no answer in 30 s")

    monkeypatch.setattr(type(fsspec.filesystem("memory")), "info", unreachable)
    with pytest.raises(DataError, match="cannot be read: no answer in 30 s"):
        source.read("train", np.array([0]), None)
