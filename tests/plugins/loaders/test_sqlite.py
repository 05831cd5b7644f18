"""The loader of SQLite databases."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry.contract.data import DataError
from registry.plugins.loaders.sqlite.block import Sqlite

COLUMNS = {"features": ["x", "e"], "energy": "e", "truth_index": "id", "truth_energy": "object.energy"}
EVERYTHING = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
LARGE = 2**62 + 1


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three events in any order, and their objects in another table; the columns have no declared types."""
    with sqlite3.connect(tmp_path / "events.db") as database:
        database.execute("CREATE TABLE hits (event_no, x, e, id)")
        rows = [(9, 1.0, 1, LARGE), (2, 2.0, 0.5, 3), (9, 3.0, 2.5, LARGE + 1), (2, 4.0, 4, 3), (5, 5.0, 1, 0)]
        database.executemany("INSERT INTO hits VALUES (?, ?, ?, ?)", rows)
        database.execute("CREATE TABLE objects (event_no, number, energy)")
        objects = [(9, LARGE, 10.0), (9, LARGE + 1, 20.0), (2, 3, 30.0)]
        database.executemany("INSERT INTO objects VALUES (?, ?, ?)", objects)
    return tmp_path / "events.db"


def opened(file: Path, **options: Any) -> Any:
    given = {"file": str(file), "table": "hits", "event": {"id": "event_no"}, "noise_ids": [0], "columns": COLUMNS}
    objects = {"table": "objects", "id": "number"}
    return Sqlite(Sqlite.Params(**{**given, "objects": objects, "split": EVERYTHING, **options})).open(1)


def check(source: Any) -> None:
    sizes = {
        source.describe("train", n).split("event ")[1].split()[0]: int(s) for n, s in enumerate(source.sizes("train"))
    }
    assert sizes == {"9": 2, "2": 2, "5": 1}
    found = source.read("train", np.arange(3), None)
    order = np.argsort(found["features"][:, 0])
    assert found["features"][order, 0].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert found["energy"][order, 0].tolist() == [1.0, 0.5, 2.5, 4.0, 1.0]
    assert found["truth_energy"][order, 0].tolist() == [10.0, 30.0, 20.0, 30.0, 0.0]
    assert found["truth_index"][order, 0].tolist() == [0, 0, 1, 0, -1]


def test_rows_of_an_event_and_its_objects_are_found_in_any_order(file):
    check(opened(file))


def test_rows_that_were_deleted_and_views_are_no_gap(file):
    with sqlite3.connect(file) as database:
        database.execute("INSERT INTO hits VALUES (7, 0.0, 1.0, 3)")
        database.execute("INSERT INTO hits VALUES (5, 5.0, 1, 0)")
        database.execute("DELETE FROM hits WHERE rowid IN (5, 6)")
        database.execute("CREATE VIEW seen AS SELECT * FROM hits")
    check(opened(file))
    check(opened(file, table="seen"))


def test_what_cannot_be_read_is_named(file, tmp_path):
    with pytest.raises(DataError, match=r"events.db has no table 'cells'"):
        opened(file, table="cells")
    with pytest.raises(DataError, match=r"events.db has 2 tables"):
        opened(file, table="")
    (tmp_path / "bad.db").write_bytes(b"SQLite" * 100)
    with pytest.raises(DataError, match=r"bad.db' is not a database of SQLite"):
        opened(tmp_path / "bad.db")
    with sqlite3.connect(file) as database:
        database.execute("UPDATE hits SET e = NULL WHERE x = 3.0")
    with pytest.raises(DataError, match="column 'e' is nan"):
        opened(file)
    with sqlite3.connect(file) as database:
        database.execute("UPDATE hits SET e = 'much' WHERE x = 3.0")
    with pytest.raises(DataError, match="expected numbers"):
        opened(file)
