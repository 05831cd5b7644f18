"""The same hits in the files of every loader, and how the library of each format reads them alone."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import bare

COLUMNS = ("energy", "x", "y", "z", "eta", "phi", "r", "id", "true_energy")
HITS_OF_AN_EVENT = 500
TRACKS, CELLS = 5_000, "calo_hits"
FILES = 8
"""Files of each format; so many are not kept in memory where `memory` is next to nothing."""

Read = Callable[[str, bare.Wanted], list[np.ndarray]]
"""Returns what batches are cut from: an array of each output, and the row splits."""


@dataclass(frozen=True)
class Format:
    """A format: what its library is called, its package, what writes a file, how the library alone reads it.

    `options`: the loader's parameters; `wanted`: the columns of each output, as the library's reader calls them;
    `ending`: of a file, with the folder that the loader is given in front, if that is another one.
    """

    library: str
    package: str
    write: Callable[[str, int], None]
    read: Read
    options: Mapping[str, Any]
    wanted: bare.Wanted
    ending: str


def hits_of(hits: int, per_event: int = HITS_OF_AN_EVENT) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return columns of hits and the row splits of their events."""
    random = np.random.default_rng(0)
    made: dict[str, np.ndarray] = {name: random.exponential(size=hits).astype(np.float32) for name in COLUMNS}
    made["id"] = random.integers(-1, 10, hits)
    return made, np.arange(0, hits + 1, per_event, dtype=np.int32)


def _write_parquet(path: str, hits: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns, splits = hits_of(hits)
    lists = {name: pa.ListArray.from_arrays(splits, pa.array(values)) for name, values in columns.items()}
    pq.write_table(pa.table(lists), path, row_group_size=200)


def _write_hdf5(path: str, hits: int) -> None:
    import h5py

    columns, splits = hits_of(hits)
    with h5py.File(path, "w") as file:
        for name, values in {**columns, "row_splits": splits}.items():
            file.create_dataset(name, data=values, chunks=(min(len(values), 50_000),), compression="gzip")


def _tree(path: str, name: str, jagged: Mapping[str, Any]) -> None:
    import uproot

    with uproot.recreate(path) as root:
        root.mktree(name, {branch: values.type.content for branch, values in jagged.items()}).extend(dict(jagged))


def _write_root(path: str, hits: int) -> None:
    import awkward as ak

    columns, splits = hits_of(hits)
    _tree(path, "hits", {name: ak.unflatten(values, np.diff(splits)) for name, values in columns.items()})


def _write_npz(path: str, hits: int) -> None:
    columns, splits = hits_of(hits)
    np.savez(path, **columns, row_splits=splits)  # type: ignore[arg-type]


def _write_djc(path: str, hits: int) -> None:
    from djcdata import SimpleArray, TrainData

    columns, splits = hits_of(hits)
    columns["id"] = columns["id"].astype(np.int32)
    arrays = [SimpleArray(values[:, None], splits.astype(np.int64), name=name) for name, values in columns.items()]
    data = TrainData()
    data._store(arrays, [], [])
    data.writeToFile(path)


def _write_trackml(path: str, hits: int) -> None:
    import pandas as pd

    columns, splits = hits_of(hits, min(TRACKS, hits))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for event in range(len(splits) - 1):
            own = {name: values[splits[event] : splits[event + 1]] for name, values in columns.items()}
            number = np.arange(1, len(own["x"]) + 1)
            found = {"hit_id": number, **{name: own[name] for name in ("x", "y", "z")}}
            truth = {"hit_id": number, "particle_id": own["id"] + 1, "tpx": own["true_energy"]}
            for part, table in (("hits", found), ("truth", truth)):
                archive.writestr(f"event{event:09d}-{part}.csv", pd.DataFrame(table).to_csv(index=False))


def _write_colliderml(path: str, hits: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns, splits = hits_of(hits)
    each = np.arange(hits + 1, dtype=np.int32)
    cells = {name: pa.array(columns[name]) for name in ("x", "y", "z")} | {"total_energy": pa.array(columns["energy"])}
    cells["contrib_particle_ids"] = pa.ListArray.from_arrays(each, pa.array(columns["id"] + 1))
    cells["contrib_energies"] = pa.ListArray.from_arrays(each, pa.array(columns["energy"]))
    lists = {name: pa.ListArray.from_arrays(splits, values) for name, values in cells.items()}
    event = pa.array(np.arange(len(splits) - 1, dtype=np.uint32))
    ids = np.arange(11, dtype=np.uint64)
    own = {"particle_id": ids, "energy": ids * 1.5, "pdg_id": ids.astype(np.int64), "time": ids * 0.1}
    particles = {name: [values.tolist()] * len(event) for name, values in own.items()}
    for name, table in ((CELLS, lists), ("particles", particles)):
        folder = Path(path).parent / f"made_{name}"
        folder.mkdir(exist_ok=True)
        pq.write_table(pa.table({"event_id": event, **table}), folder / Path(path).name, row_group_size=200)


def _write_nanoml(path: str, hits: int) -> None:
    import awkward as ak

    columns, splits = hits_of(hits)
    sizes = np.diff(splits)
    flat = {"energy": columns["energy"], "x": 30 + 50 * columns["x"], "y": 50 * columns["y"]}
    flat |= {"z": 320 + columns["z"], "time": columns["r"], "hitr": columns["eta"]}
    made = {f"RecHitHGC_{name}": ak.unflatten(values, sizes) for name, values in flat.items()}
    made["RecHitHGC_MergedSimClusterBestMatchIdx"] = ak.unflatten(columns["id"].astype("i4"), sizes)
    counts = np.full(len(sizes), 10)
    for name in ("boundaryEnergy", "recEnergy", "impactPoint_x", "impactPoint_y", "impactPoint_z", "impactPoint_t"):
        made[f"MergedSimCluster_{name}"] = ak.unflatten(np.full(counts.sum(), 321.0, "f4"), counts)
    for name, value in (("pdgId", 22), ("charge", 0)):
        made[f"MergedSimCluster_{name}"] = ak.unflatten(np.full(counts.sum(), value, "i4"), counts)
    made["MergedSimCluster_isTrainable"] = ak.unflatten(np.ones(counts.sum(), bool), counts)
    _tree(path, "Events", made)


PLAIN = {
    "features": list(COLUMNS[:7]),
    "energy": "energy",
    "coordinates": ["x", "y", "z"],
    "truth_index": "id",
    "truth_energy": "true_energy",
}
SPLITS = {"columns": PLAIN, "row_splits": "row_splits"}
OF_TRACKML = {"features": ["x", "y", "z"], "truth_index": "particle_id", "truth_time": "tpx"}
OF_COLLIDERML = {
    "features": ["x", "y", "z", "energy", "none", "none"],
    "energy": "energy",
    "coordinates": ["x_cm", "y_cm", "z_cm"],
    "truth_index": "index",
    "truth_energy": "true_energy",
    "truth_pdg": "true_pdg_id",
    "truth_time": "true_time",
}
OF_NANOML = {
    "features": ["energy", "eta", "none", "theta", "r", "x", "y", "z", "time", "hitr"],
    "energy": "energy",
    "coordinates": ["x", "y", "z"],
    "truth_index": "index",
    "truth_energy": "true_energy",
}
POSITION = ["recHitX", "recHitY", "recHitZ"]
AS_NANOML = {
    "features": [
        "recHitEnergy",
        "recHitEta",
        "isTrack",
        "recHitTheta",
        "recHitR",
        *POSITION,
        "recHitTime",
        "recHitHitR",
    ],
    "energy": "recHitEnergy",
    "coordinates": POSITION,
    "truth_index": "t_idx",
    "truth_energy": "t_energy",
}
FORMATS = {
    "parquet": Format("pyarrow", "pyarrow", _write_parquet, bare.read_parquet, {"columns": PLAIN}, PLAIN, ".parquet"),
    "hdf5": Format("h5py", "h5py", _write_hdf5, bare.read_hdf5, SPLITS, PLAIN, ".h5"),
    "root": Format("uproot", "uproot", _write_root, bare.read_root, {"columns": PLAIN}, PLAIN, ".root"),
    "arrays": Format("numpy", "numpy", _write_npz, bare.read_npz, SPLITS, PLAIN, ".npz"),
    "deepjetcore": Format("djcdata", "djcdata", _write_djc, bare.read_djc, SPLITS, PLAIN, ".djctd"),
    "colliderml": Format(
        "pyarrow, two tables",
        "pyarrow",
        _write_colliderml,
        partial(bare.read_colliderml, cells=CELLS),
        {"hits": [CELLS]},
        OF_COLLIDERML,
        f"made_{CELLS}/.parquet",
    ),
    "nanoml": Format(
        "uproot, NanoML", "uproot", _write_nanoml, bare.read_nanoml, {"columns": AS_NANOML}, OF_NANOML, ".root"
    ),
    "trackml": Format(
        "pandas, csv", "pandas", _write_trackml, bare.read_trackml, {"columns": OF_TRACKML}, OF_TRACKML, ".zip"
    ),
}
"""The loaders that are measured, each with its library."""


def write_files(use: str, folder: Path, hits: int) -> tuple[list[str], list[str]]:
    """Write so many hits into a few files; return those that the library reads, and what the loader is given."""
    form = FORMATS[use]
    inside, _, ending = form.ending.rpartition("/")
    paths = [str(folder / f"hits_{number}{ending}") for number in range(FILES)]
    for path in paths:
        form.write(path, hits // FILES)
    return paths, [str(folder / inside / Path(path).name) for path in paths]
