"""Events that lie scattered over a file are gathered with a few of its parts in memory at a time."""

from __future__ import annotations

import weakref
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from registry.plugins.loaders.description.built import Built
from registry.plugins.loaders.description.chunks import FEWEST, Chunks
from registry.plugins.loaders.description.source import TableSource
from registry.plugins.loaders.parquet.block import Parquet

GROUPS, EVENTS, HITS = 24, 4, 20_000
"""Row groups of 1.2 MB or so, each by itself larger than the memory that is allowed."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    splits = np.arange(0, GROUPS * EVENTS * HITS + 1, HITS, dtype=np.int32)
    values = pa.array(np.arange(splits[-1], dtype=np.float32))
    path = tmp_path_factory.mktemp("scattered") / "hits.parquet"
    pq.write_table(pa.table({"e": pa.ListArray.from_arrays(splits, values)}), path, row_group_size=EVENTS)
    return path


def source(file: Path, memory: int) -> TableSource:
    all_of_them = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    given = {"columns": {"features": ["e"], "energy": "e"}, "memory": memory, "workers": 1, "split": all_of_them}
    return Parquet(Parquet.Params(file=str(file), **given)).open(1)


@pytest.mark.parametrize("memory", [1, 1024])
def test_events_come_in_the_order_asked_for_whatever_fits_into_memory(file, memory):
    wanted = np.array([90, 3, 3, 41, 0, 2, 95, 40, 3])
    read = source(file, memory).read("train", wanted, None)
    np.testing.assert_array_equal(read["row_splits"], np.arange(len(wanted) + 1) * HITS)
    np.testing.assert_array_equal(read["features"][::HITS, 0], wanted * HITS)
    np.testing.assert_array_equal(np.diff(read["energy"][:, 0].reshape(-1, HITS)), 1)


def test_few_parts_are_in_memory_while_one_event_of_each_is_gathered(file, monkeypatch):
    opened = source(file, 1)
    memory: list[weakref.ref[np.ndarray]] = []
    alive: list[int] = []
    build = Chunks.build

    def counted(self: Chunks, *arguments: int) -> Built:
        built = build(self, *arguments)
        column = built.events["features"]
        memory.append(weakref.ref(column if column.base is None else column.base))
        alive.append(sum(array() is not None for array in memory))
        return built

    monkeypatch.setattr(Chunks, "build", counted)
    opened.read("train", np.arange(0, GROUPS * EVENTS, EVENTS), None)
    kept, ahead, in_use = FEWEST + 1, 2, 1
    assert len(alive) > GROUPS / 2
    assert max(alive) <= kept + ahead + in_use
