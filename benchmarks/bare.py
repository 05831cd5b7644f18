"""How the library of each format reads a file alone, and what a user makes of it by NumPy to cut batches from.

That is one array for each output of a loader, hits of all events one after the other: features and coordinates as
matrices, truth, and row splits. Values are taken as they are: nothing is checked, renumbered or shuffled.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

Wanted = Mapping[str, str | Sequence[str]]
"""Of each output, its column or columns."""

Columns = dict[str, np.ndarray]

MATCH = "MergedSimClusterBestMatchIdx"


def arrays_of(columns: Columns, splits: np.ndarray, wanted: Wanted) -> list[np.ndarray]:
    """Return an array of each output, float32, of ids int32, and the row splits."""
    made = []
    for output, names in wanted.items():
        dtype = np.int32 if output == "truth_index" else np.float32
        own = columns[names] if isinstance(names, str) else np.stack([columns[name] for name in names], axis=1)
        made.append(own.astype(dtype, copy=False))
    return [*made, np.asarray(splits, np.int32)]


def read_parquet(path: str, wanted: Wanted) -> list[np.ndarray]:
    """Read lists of hits by pyarrow."""
    columns, splits = _lists(path, _names(wanted))
    return arrays_of(columns, splits, wanted)


def _lists(path: str, names: Sequence[str]) -> tuple[Columns, np.ndarray]:
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=list(names))
    lists = {name: table.column(name).combine_chunks() for name in names}
    return {name: own.flatten().to_numpy() for name, own in lists.items()}, lists[names[0]].offsets.to_numpy()


def read_hdf5(path: str, wanted: Wanted) -> list[np.ndarray]:
    """Read flat data sets by h5py."""
    import h5py

    with h5py.File(path) as file:
        return arrays_of({name: file[name][:] for name in _names(wanted)}, file["row_splits"][:], wanted)


def read_root(path: str, wanted: Wanted) -> list[np.ndarray]:
    """Read jagged branches by uproot."""
    import awkward as ak
    import uproot

    names = _names(wanted)
    found = uproot.open(path)["hits"].arrays(names)
    splits = np.concatenate([[0], np.cumsum(ak.to_numpy(ak.num(found[names[0]])))])
    return arrays_of({name: ak.to_numpy(ak.flatten(found[name])) for name in names}, splits, wanted)


def read_nanoml(path: str, wanted: Wanted) -> list[np.ndarray]:
    """Read NanoML by uproot: ten features, and the cluster of each hit; an event is one side of an entry."""
    import awkward as ak
    import uproot

    names = [f"RecHitHGC_{name}" for name in ("energy", "x", "y", "z", "time", "hitr", MATCH)]
    objects = [f"MergedSimCluster_{name}" for name in ("isTrainable", "boundaryEnergy", "impactPoint_z")]
    found = uproot.open(path)["Events"].arrays([*names, *objects])
    energy, x, y, z, time, hitr, match = (ak.to_numpy(ak.flatten(found[name])) for name in names)
    trainable, boundary, impact = (ak.to_numpy(ak.flatten(found[name])) for name in objects)
    entry = np.repeat(np.arange(len(found)), ak.to_numpy(ak.num(found[names[0]])))
    first = np.cumsum(ak.to_numpy(ak.num(found[objects[0]]))) - ak.to_numpy(ak.num(found[objects[0]]))
    row = first[entry] + np.maximum(match, 0)
    nobody = (match < 0) | ~trainable[row] | (impact[row] * z < 0)
    r = np.sqrt(x**2 + y**2 + z**2)
    theta = np.arccos(z / r)
    columns = {"energy": energy, "eta": -np.log(np.tan(theta / 2)), "none": np.zeros_like(energy), "theta": theta}
    columns |= {"r": r, "x": x, "y": y, "z": z, "time": time, "hitr": hitr}
    columns |= {"index": np.where(nobody, -1, match), "true_energy": np.where(nobody, energy, boundary[row])}
    side = 2 * entry + (z > 0)
    order = np.argsort(side, kind="stable")
    splits = np.concatenate([[0], np.cumsum(np.bincount(side, minlength=2 * len(found)))])
    return arrays_of({name: column[order] for name, column in columns.items()}, splits, wanted)


def read_npz(path: str, wanted: Wanted) -> list[np.ndarray]:
    """Read flat arrays by NumPy."""
    with np.load(path) as file:
        return arrays_of({name: file[name] for name in _names(wanted)}, file["row_splits"], wanted)


def read_djc(path: str, wanted: Wanted) -> list[np.ndarray]:
    """Read ragged arrays by djcdata."""
    from djcdata import TrainData

    data = TrainData()
    data.readFromFile(path)
    arrays = zip(data.getNumpyFeatureArrayNames(), data.transferFeatureListToNumpy(False), strict=True)
    found = {str(name): np.asarray(values).reshape(-1) for name, values in arrays}
    return arrays_of(found, found[f"{_names(wanted)[0]}_rowsplits"], wanted)


def read_trackml(path: str, wanted: Wanted) -> list[np.ndarray]:
    """Read csv inside a zip by pandas, hits and truth joined by the id of the hit."""
    import pandas as pd

    with zipfile.ZipFile(path) as archive:
        events = sorted({name.rsplit("-", 1)[0] for name in archive.namelist()})
        tables = [[pd.read_csv(archive.open(f"{event}-{part}.csv")) for part in ("hits", "truth")] for event in events]
    frames = [hits.merge(truth, on="hit_id") for hits, truth in tables]
    joined = pd.concat(frames)
    splits = np.concatenate([[0], np.cumsum([len(frame) for frame in frames])])
    return arrays_of({name: joined[name].to_numpy() for name in _names(wanted)}, splits, wanted)


def read_colliderml(path: str, wanted: Wanted, cells: str) -> list[np.ndarray]:
    """Read cells and particles by pyarrow; a cell's particle is that of its largest contribution, found by its id."""
    import pyarrow.parquet as pq

    found: dict[str, dict[str, tuple[list[np.ndarray], np.ndarray]]] = {}
    for table in (cells, "particles"):
        read = pq.read_table(Path(path).parent / f"made_{table}" / Path(path).name)
        found[table] = {name: _flat(read.column(name).combine_chunks()) for name in read.column_names}
    hits = {name: values for name, (_, values) in found[cells].items()}
    particles = {name: values for name, (_, values) in found["particles"].items()}
    splits, inner = found[cells]["contrib_energies"][0]
    listed = found["particles"]["particle_id"][0][0]
    cell = np.repeat(np.arange(len(hits["x"])), np.diff(inner))
    largest = np.lexsort((hits["contrib_energies"], cell))[inner[1:] - 1]
    ids = hits["contrib_particle_ids"][largest].astype(np.uint64)
    index = np.zeros(len(ids), np.int64)
    for event in range(len(splits) - 1):
        own = particles["particle_id"][listed[event] : listed[event + 1]]
        order = np.argsort(own)
        here = slice(splits[event], splits[event + 1])
        index[here] = order[np.searchsorted(own[order], ids[here])]
    row = index + np.repeat(listed[:-1], np.diff(splits))
    columns = {"energy": hits["total_energy"], "none": np.zeros(len(ids)), "index": index}
    columns |= {name: hits[name] / 1000 for name in ("x", "y", "z")} | {f"{name}_cm": hits[name] / 10 for name in "xyz"}
    columns |= {f"true_{name}": particles[name][row] for name in ("energy", "pdg_id", "time")}
    return arrays_of(columns, splits, wanted)


def _flat(values: object) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the splits of a column's lists, from the outermost inwards, and its values."""
    import pyarrow as pa

    splits = []
    while isinstance(values, pa.ListArray):
        splits.append(values.offsets.to_numpy())
        values = values.flatten()
    return splits, values.to_numpy()  # type: ignore[attr-defined]


def _names(wanted: Wanted) -> list[str]:
    listed = [[names] if isinstance(names, str) else names for names in wanted.values()]
    return list(dict.fromkeys(name for names in listed for name in names))
