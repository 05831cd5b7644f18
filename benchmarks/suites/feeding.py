"""Hits that loaders read, beside the bare libraries, and the share of an epoch of training spent waiting for data"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.case import Case, every
from benchmarks.network import ready

FORMATS = {"parquet": "pyarrow", "hdf5": "h5py", "root": "uproot"}
"""The loaders that are measured, each with its library."""

WAYS: dict[str, dict[str, Any]] = {"": {}, ", from its file": {"memory": 8.0}, ", cache": {"memory": 8.0}}
"""Ways to read: as by default; with next to nothing kept in memory; mapped into memory from the cache."""

COLUMNS = ("energy", "x", "y", "z", "eta", "phi", "r", "id", "true_energy")
HITS_OF_AN_EVENT, BATCH = 500, 50_000
PACKAGES = dict.fromkeys(("read ahead", "read in turn"), "tensorflow")


def cases() -> Iterator[Case]:
    """Yield every format and its library, and reading ahead in a thread, as training does, and between the steps."""
    contenders = {
        name: library for use, library in FORMATS.items() for name in (library, *(f"{use}{way}" for way in WAYS))
    }
    yield from every("feeding", contenders, [{"hits": 1_000_000}])
    yield from every("feeding", PACKAGES, [{"hits": 2_500, "events": 60}])


def _arrays(hits: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return columns of hits and the row splits of their events."""
    random = np.random.default_rng(0)
    made: dict[str, np.ndarray] = {name: random.exponential(size=hits).astype(np.float32) for name in COLUMNS}
    made["id"] = random.integers(-1, 10, hits)
    return made, np.arange(0, hits + 1, HITS_OF_AN_EVENT, dtype=np.int32)


def _write(use: str, path: str, hits: int) -> None:
    columns, splits = _arrays(hits)
    if use == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        lists = {name: pa.ListArray.from_arrays(splits, pa.array(values)) for name, values in columns.items()}
        pq.write_table(pa.table(lists), path, row_group_size=200)
    elif use == "hdf5":
        import h5py

        with h5py.File(path, "w") as file:
            for name, values in {**columns, "row_splits": splits}.items():
                file.create_dataset(name, data=values, chunks=(min(len(values), 50_000),), compression="gzip")
    else:
        import awkward as ak
        import uproot

        with uproot.recreate(path) as root:
            jagged = {name: ak.unflatten(values, np.diff(splits)) for name, values in columns.items()}
            root.mktree("hits", {name: values.type.content for name, values in jagged.items()}).extend(jagged)


def _bare(use: str) -> Callable[..., Callable[[], dict[str, float]]]:
    """The library alone: all columns, flat, as NumPy arrays."""

    def prepare(hits: int) -> Callable[[], dict[str, float]]:
        path = str(Path(tempfile.mkdtemp()) / "hits")
        _write(use, path, hits)
        return lambda: _rate(hits, lambda: _read(use, path))

    return prepare


def _read(use: str, path: str) -> list[np.ndarray]:
    if use == "parquet":
        import pyarrow.parquet as pq

        table = pq.ParquetFile(path).read(list(COLUMNS))
        return [column.combine_chunks().flatten().to_numpy() for column in table.columns]
    if use == "hdf5":
        import h5py

        with h5py.File(path) as file:
            return [file[name][:] for name in COLUMNS]
    import awkward as ak
    import uproot

    found = uproot.open(path)["hits"].arrays(list(COLUMNS))
    return [ak.to_numpy(ak.flatten(found[name])) for name in COLUMNS]


def _loader(use: str, way: str) -> Callable[..., Callable[[], dict[str, float]]]:
    """An epoch of batches, shuffled, as training reads it."""

    def prepare(hits: int) -> Callable[[], dict[str, float]]:
        from registry.loading.blocks import load_registry
        from registry.training.packing import pack

        folder = Path(tempfile.mkdtemp())
        path = str(folder / "hits")
        _write(use, path, hits)
        kind: Any = load_registry().blocks[use]
        columns = {"features": list(COLUMNS[:7]), "energy": "energy", "coordinates": ["x", "y", "z"]}
        columns |= {"truth_index": "id", "truth_energy": "true_energy"}
        options = {"file": path, "columns": columns, "split": {"train": 1.0, "validation": 0.0, "test": 0.0}}
        options |= WAYS[way] | ({"cache": str(folder / "cache")} if "cache" in way else {})
        options |= {"row_splits": "row_splits"} if use == "hdf5" else {}
        source = kind(kind.Params(**options)).open(1)
        sizes = source.sizes("train")
        epoch = iter(range(1_000_000))

        def read() -> None:
            for batch in pack(sizes, source.shuffled("train", np.random.default_rng(next(epoch))), BATCH):
                source.read("train", batch, 0)

        return lambda: _rate(hits, read)

    return prepare


def _rate(hits: int, read: Callable[[], Any]) -> dict[str, float]:
    started = time.perf_counter()
    read()
    return {"hits_per_second": hits / (time.perf_counter() - started)}


def _epoch(ahead: bool) -> Callable[..., Callable[[], dict[str, float]]]:
    def prepare(hits: int, events: int) -> Callable[[], dict[str, float]]:
        steps, feed = ready([f"Data.options.showers.train_events={events}"])
        number = iter(range(1_000_000))

        def batches() -> Iterable[Any]:
            chosen = feed.batches("train", hits, 0)
            return feed.stream("train", chosen, 0) if ahead else (feed.read("train", own, 0) for own in chosen)

        def epoch() -> dict[str, float]:
            started = ended = time.perf_counter()
            waited = 0.0
            for batch in batches():
                waited += time.perf_counter() - ended
                steps.train(steps.inputs(batch), next(number))
                ended = time.perf_counter()
            steps.train_sums.take()
            return {"waiting": waited / (time.perf_counter() - started)}

        return epoch

    return prepare


CONTENDERS = {
    **{library: _bare(use) for use, library in FORMATS.items()},
    **{f"{use}{way}": _loader(use, way) for use in FORMATS for way in WAYS},
    "read ahead": _epoch(True),
    "read in turn": _epoch(False),
}
