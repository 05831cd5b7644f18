"""`cache`: events are kept as Arrow files, known by the contents of their data file and by the description."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from registry.contract.data import PARTS, DataError
from registry.plugins.loaders.arrays.block import Arrays
from registry.plugins.loaders.description import chunks
from registry.plugins.loaders.parquet.block import Parquet


def write(folder: Path, name: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    sizes = random.integers(0, 6, 40)
    n = int(sizes.sum())
    table = {"event": np.repeat(np.arange(40), sizes), "e": random.random(n), "x": random.random(n)}
    table |= {"id": random.integers(-1, 3, n) * 2**60, "run": np.repeat(np.arange(40) // 10, sizes)}
    pq.write_table(pa.table(table), folder / name, row_group_size=30)


def source(folder: Path, **options: Any) -> Any:
    columns = {"features": ["log1p(e)", "x"], "energy": "e", "coordinates": ["x", "x", "e"], "truth_index": "id"}
    split = {"train": 0.5, "validation": 0.25, "test": 0.25, "by": "run"}
    settings = {"event": {"id": "event"}, "columns": columns, "split": split, "filter": {"e": {"min": 0.1}}}
    settings |= {"file": str(folder / "*.parquet"), "cache": str(folder / "kept"), **options}
    return Parquet(Parquet.Params(**settings)).open(1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        write(tmp_path, f"{number}.parquet", number)
    return tmp_path


def test_events_out_of_the_cache_are_those_of_the_files(folder, monkeypatch):
    plain, first = source(folder, cache=None), source(folder)
    monkeypatch.setattr(chunks.Builder, "build", lambda *arguments: pytest.fail("a file was read"))
    again = source(folder)
    for part in PARTS:
        events = np.random.default_rng(0).permutation(len(plain.sizes(part)))
        for name, column in plain.read(part, events, None).items():
            np.testing.assert_array_equal(first.read(part, events, None)[name], column)
            np.testing.assert_array_equal(again.read(part, events, None)[name], column)
        ids = plain.original(part, events)["truth_index"]
        np.testing.assert_array_equal(again.original(part, events)["truth_index"], ids)
        assert again.describe(part, 0) == plain.describe(part, 0)
    assert again.notes[:-1] == plain.notes
    assert again.notes[-1] == f"cache {folder}/kept: 3 files read from it, 0 written into it"
    assert again.fingerprint() == plain.fingerprint() == first.fingerprint()


def test_a_file_that_has_changed_is_noticed_and_read_anew(folder):
    source(folder)
    write(folder, "1.parquet", 7)
    changed = source(folder)
    assert changed.notes[-2:] == (
        f"cache {folder}/kept: 2 files read from it, 1 written into it",
        f"cache {folder}/kept: of other contents, and made anew: 1.parquet",
    )
    np.testing.assert_array_equal(changed.sizes("train"), source(folder, cache=None).sizes("train"))


def test_another_description_has_files_of_its_own_and_what_is_cut_off_is_made_anew(folder):
    source(folder)
    assert "3 written" in source(folder, filter={}).notes[-1]
    part = next((folder / "kept").glob("*/00000.arrow"))
    part.write_bytes(part.read_bytes()[:-8])
    assert sum(
        "5 files" in note or "2 files" in note for note in source(folder).notes + source(folder, filter={}).notes
    )


def test_a_single_bit_that_was_flipped_is_noticed_and_the_file_made_anew(folder):
    source(folder)
    place = next((folder / "kept").glob("1.parquet*/00000.arrow"))
    written = place.read_bytes()
    for byte in (len(written) // 2, 8, len(written) - 12):
        flipped = bytearray(place.read_bytes())
        flipped[byte] ^= 1
        place.write_bytes(flipped)
        assert source(folder).notes[-2:] == (
            f"cache {folder}/kept: 2 files read from it, 1 written into it",
            f"cache {folder}/kept: damaged, and made anew: 1.parquet",
        )
        assert place.read_bytes() == written
    assert source(folder).notes[-1].endswith("3 files read from it, 0 written into it")


def test_a_file_in_the_cache_is_plain_arrow_with_a_row_for_each_event(folder):
    found = source(folder)
    tables = [pa.ipc.open_file(str(file)).read_all() for file in sorted((folder / "kept").glob("*/*.arrow"))]
    assert sum(map(len, tables)) == sum(len(found.sizes(part)) for part in PARTS)
    assert tables[0].schema.field("features").type == pa.list_(pa.list_(pa.float32(), 2))


def test_a_copy_of_truth_is_found_in_the_cache_too(folder):
    columns = {"features": ["e"], "truth_energy": "e", "truth_index": "id"}
    kept = source(folder, columns={**columns, "features": ["x"]})
    assert len(kept.sizes("train"))
    for _ in range(2):
        with pytest.raises(DataError, match="column 'e' is truth"):
            source(folder, columns={**columns, "features": ["e"]})


def test_a_folder_that_cannot_be_written_to_is_said(folder):
    (folder / "kept").write_text("a file")
    assert "cannot be written to" in source(folder).notes[-1]


def test_columns_of_any_byte_order_are_kept(tmp_path):
    columns = {"e": np.arange(6, dtype=">f8"), "id": np.arange(6, dtype=">i8") % 2 + 2**40}
    columns |= {"run": np.repeat([2, 1], 3).astype(">u2"), "row_splits": np.array([0, 3, 6], ">i4")}
    np.savez(tmp_path / "hits.npz", **columns)
    options: dict[str, Any] = {"file": str(tmp_path / "hits.npz"), "cache": str(tmp_path / "kept")}
    options |= {"columns": {"features": ["e"], "truth_index": "id"}, "filter": {"e": {"min": 1}}}
    options |= {"split": {"train": 0.5, "validation": 0.5, "test": 0.0, "by": "run"}}
    first, again = (Arrays(Arrays.Params(**options)).open(1) for _ in range(2))
    assert again.notes[-1].endswith("1 files read from it, 0 written into it")
    for part in ("train", "validation"):
        read, kept = (each.read(part, np.array([0]), None)["features"] for each in (first, again))
        np.testing.assert_array_equal(kept, read)
        ids, kept_ids = (each.original(part, np.array([0]))["truth_index"] for each in (first, again))
        np.testing.assert_array_equal(kept_ids, ids)


def test_what_arrow_cannot_hold_is_said_and_read_from_its_file(tmp_path):
    columns = {"e": np.arange(6.0), "run": np.repeat([2, 1], 3).astype(np.longdouble), "row_splits": [0, 3, 6]}
    np.savez(tmp_path / "hits.npz", **columns)
    options: dict[str, Any] = {"file": str(tmp_path / "hits.npz"), "cache": str(tmp_path / "kept")}
    split = {"train": 0.5, "validation": 0.5, "test": 0.0, "by": "run"}
    source = Arrays(Arrays.Params(**options, columns={"features": ["e"]}, split=split)).open(1)
    assert "cannot be written to" in source.notes[-1]
    assert source.read("train", np.array([0]), None)["features"].shape == (3, 1)
