"""The same three events in the files of every loader, each written by the library of its format."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import awkward as ak
import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import uproot

from registry.plugins.loaders.arrays.block import Arrays
from registry.plugins.loaders.colliderml.block import ColliderML
from registry.plugins.loaders.deepjetcore.block import DeepJetCore
from registry.plugins.loaders.description.loader import TableLoader
from registry.plugins.loaders.hdf5.block import Hdf5
from registry.plugins.loaders.json.block import Json
from registry.plugins.loaders.nanoml.block import NanoML
from registry.plugins.loaders.parquet.block import Parquet
from registry.plugins.loaders.root.block import Root
from registry.plugins.loaders.sqlite.block import Sqlite
from registry.plugins.loaders.trackml.block import TrackML

RUNS = (7, 8, 9)
Lists = Mapping[str, list[list[Any]]]
"""By column the values of each event's hits: `e`, an energy; `x`; `id`, the object, -1 for none."""


def good() -> dict[str, list[list[Any]]]:
    return {
        "e": [[1.0, 2.0], [3.0, 4.0, 5.0], [6.0]],
        "x": [[30.0, 31.0], [32.0, 33.0, 34.0], [35.0]],
        "id": [[0, 1], [1, 1, 0], [-1]],
    }


@dataclass(frozen=True)
class Written:
    """A loader, what writes a file of it, and what it calls the columns and the second event."""

    kind: type[TableLoader]
    ending: str
    write: Callable[[Path, Lists], None]
    options: Mapping[str, Any]
    names: Mapping[str, str] = field(default_factory=lambda: {"e": "e", "x": "x", "id": "id"})
    second: str = "8"

    def block(self, file: Path | str | list[str], **options: Any) -> TableLoader:
        split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
        given = {"file": file if isinstance(file, list) else str(file), "split": split, **self.options, **options}
        return self.kind(self.kind.Params(**given))


def _flat(lists: Lists) -> tuple[dict[str, np.ndarray], np.ndarray]:
    splits = np.cumsum([0, *(len(values) for values in lists["x"])])
    return {name: np.array([value for event in own for value in event]) for name, own in lists.items()}, splits


def _npz(file: Path, lists: Lists) -> None:
    flat, splits = _flat(lists)
    np.savez(file, **flat, row_splits=splits)


def _hdf5(file: Path, lists: Lists) -> None:
    flat, splits = _flat(lists)
    with h5py.File(file, "w") as written:
        for name, values in {**flat, "row_splits": splits}.items():
            written[name] = values.astype("S") if values.dtype.kind == "U" else values


def _parquet(file: Path, lists: Lists) -> None:
    pq.write_table(pa.table({"run": RUNS, **lists}), file, row_group_size=1)


def _root(file: Path, lists: Lists) -> None:
    branches = {name: ak.Array(values) for name, values in lists.items()}
    if any(not len(ak.flatten(values)) for values in branches.values()):
        branches = {name: ak.values_astype(values, np.float64) for name, values in branches.items()}
    with uproot.recreate(file) as written:
        types: dict[str, Any] = {name: values.type.content for name, values in branches.items()}
        written.mktree("events", {"run": "int64", **types}).extend({"run": np.array(RUNS), **branches})


def _json(file: Path, lists: Lists) -> None:
    records = [{"run": run, **{name: own[n] for name, own in lists.items()}} for n, run in enumerate(RUNS)]
    file.write_text(json.dumps(records))


def _sqlite(file: Path, lists: Lists) -> None:
    file.unlink(missing_ok=True)
    with sqlite3.connect(file) as database:
        database.execute(f"CREATE TABLE hits (run, {', '.join(lists)})")
        for number, run in enumerate(RUNS):
            for row in zip(*(own[number] for own in lists.values()), strict=True):
                database.execute(f"INSERT INTO hits VALUES ({', '.join('?' * (len(lists) + 1))})", (run, *row))


def _djc(file: Path, lists: Lists) -> None:
    from djcdata import SimpleArray, TrainData

    flat, splits = _flat(lists)
    data, arrays = TrainData(), []
    for name, values in flat.items():
        small = values.astype(np.int32 if values.dtype.kind == "i" else np.float32)
        own = np.cumsum([0, *(len(event) for event in lists[name])]) if len(values) != splits[-1] else splits
        arrays.append(SimpleArray(np.ascontiguousarray(small[:, None]), own.astype(np.int64), name=name))
    data._store(arrays, [], [])
    data.writeToFile(str(file))


def _trackml(file: Path, lists: Lists) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for number, run in enumerate(RUNS):
            tables = {"hits": ("e", "x"), "truth": ("id",)}
            for part, names in tables.items():
                own = {name: lists[name][number] for name in names if name in lists}
                if own or part == "hits":
                    renamed = {TRACKML[name]: values for name, values in own.items()}
                    rows = {"hit_id": range(1, 1 + max((len(values) for values in own.values()), default=0))}
                    frame = pd.DataFrame(
                        {name: pd.Series(values, dtype=object) for name, values in (rows | renamed).items()}
                    )
                    archive.writestr(f"event{run:09d}-{part}.csv", frame.to_csv(index=False))


def _colliderml(file: Path, lists: Lists) -> None:
    cells: dict[str, Any] = {"event_id": RUNS}
    for name, own in lists.items():
        if name == "id":
            cells["contrib_particle_ids"] = [[[value] if value != -1 else [] for value in event] for event in own]
            weights = [[[1.0] if value != -1 else [] for value in event] for event in own]
            cells["contrib_energies"] = weights
        else:
            cells["total_energy" if name == "e" else name] = own
    cells |= {name: [[0.0] * len(event) for event in lists["x"]] for name in ("y", "z")}
    particles = {"event_id": RUNS, "particle_id": [[0, 1]] * 3, "energy": [[5.0, 6.0]] * 3}
    for name, table in (("calo_hits", cells), ("particles", particles)):
        folder = file.parent.with_name(f"{file.parent.name.removesuffix('_calo_hits')}_{name}")
        folder.mkdir(exist_ok=True)
        pq.write_table(pa.table(table), folder / file.name, row_group_size=1)


def _nanoml(file: Path, lists: Lists) -> None:
    names = {"e": "energy", "x": "x", "id": "MergedSimClusterBestMatchIdx"}
    branches = {f"RecHitHGC_{names[name]}": ak.Array(values) for name, values in lists.items()}
    like = ak.ones_like(ak.values_astype(ak.Array(lists["x"]), np.float32))
    branches |= {
        f"RecHitHGC_{name}": like * value for name, value in (("y", 9.0), ("z", 330.0), ("time", 0), ("hitr", 1))
    }
    objects = ak.Array([[20.0, 30.0]] * 3)
    own = ("boundaryEnergy", "recEnergy", "impactPoint_x", "impactPoint_y", "impactPoint_z", "impactPoint_t")
    branches |= {f"MergedSimCluster_{name}": objects for name in own}
    whole = {"pdgId": 22, "charge": 0, "isTrainable": 1}
    branches |= {f"MergedSimCluster_{name}": ak.Array([[value] * 2] * 3) for name, value in whole.items()}
    with uproot.recreate(file) as written:
        types: dict[str, Any] = {name: values.type.content for name, values in branches.items()}
        written.mktree("Events", types).extend(branches)


TRACKML = {"e": "z", "x": "x", "id": "particle_id"}
PLAIN = {"columns": {"features": ["x", "e"], "energy": "e", "truth_index": "id"}}
WRITTEN: dict[str, Written] = {
    "arrays": Written(Arrays, ".npz", _npz, PLAIN, second="1"),
    "hdf5": Written(Hdf5, ".h5", _hdf5, PLAIN | {"row_splits": "row_splits"}, second="1"),
    "parquet": Written(Parquet, ".parquet", _parquet, PLAIN | {"event": {"id": "run"}}),
    "root": Written(Root, ".root", _root, PLAIN | {"event": {"id": "run"}}),
    "json": Written(Json, ".json", _json, PLAIN | {"event": {"id": "run"}}),
    "sqlite": Written(Sqlite, ".db", _sqlite, PLAIN | {"event": {"id": "run"}}),
    "deepjetcore": Written(DeepJetCore, ".djctd", _djc, PLAIN, second="1"),
    "trackml": Written(
        TrackML,
        ".zip",
        _trackml,
        {"columns": {"features": ["x", "z"], "energy": "z", "truth_index": "particle_id"}, "noise_ids": [-1]},
        TRACKML,
        "event000000008",
    ),
    "colliderml": Written(
        ColliderML,
        ".parquet",
        _colliderml,
        {"hits": ["calo_hits"], "columns": {"features": ["x", "energy"], "energy": "energy"}},
        {"e": "energy", "x": "x", "id": "contrib"},
    ),
    "nanoml": Written(
        NanoML,
        ".root",
        _nanoml,
        {"columns": {"features": ["recHitX", "recHitEnergy"], "energy": "recHitEnergy", "truth_index": "t_idx"}},
        {"e": "recHitEnergy", "x": "recHitX", "id": "t_idx"},
        "3",
    ),
}
