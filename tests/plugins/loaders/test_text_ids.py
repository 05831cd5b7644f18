"""Ids of objects that are texts: whole numbers as such, others told apart exactly, in hits and in tables of objects."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import registry
from registry.contract.data import DataError
from registry.plugins.loaders.arrays.block import Arrays
from registry.plugins.loaders.description.text_ids import number_of
from registry.plugins.loaders.json.block import Json
from registry.plugins.loaders.parquet.block import Parquet
from registry.plugins.loaders.sqlite.block import Sqlite

LARGE = str(2**63 + 5)
HITS = {"event": [0, 0, 0, 1], "e": [1.0, 2.0, 3.0, 4.0], "id": ["0|3|1", "0|12|1", "", "0|3|1"]}
ALL = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}


def read(kind: Any, file: Any, **options: Any) -> Any:
    columns = {"features": ["e"], "truth_index": "id", **options.pop("columns", {})}
    made = kind(kind.Params(file=str(file), columns=columns, split=ALL, **{"event": {"id": "event"}, **options}))
    assert not list(made.check())
    return made.open(1)


def numbers(source: Any) -> list[int]:
    return source.read("train", np.arange(2), None)["truth_index"][:, 0].tolist()


def write(kind: Any, folder: Any) -> Any:
    file = folder / "hits"
    if kind is Json:
        rows = [dict(zip(HITS, row, strict=True)) for row in zip(*HITS.values(), strict=True)]
        file.write_text(json.dumps(rows))
    elif kind is Sqlite:
        with sqlite3.connect(file) as database:
            pd.DataFrame(HITS).to_sql("hits", database, index=False)
    elif kind is Arrays:
        np.savez(folder / "hits.npz", **{name: np.array(values) for name, values in HITS.items()})
        file = folder / "hits.npz"
    else:
        pd.DataFrame(HITS).to_parquet(file)
    return file


@pytest.mark.parametrize("kind", [Arrays, Parquet, Json, Sqlite])
def test_objects_are_told_apart_by_texts_and_an_empty_one_is_nobody(kind, tmp_path):
    found = numbers(read(kind, write(kind, tmp_path)))
    assert found[0] != found[1]
    assert (sorted(found[:2]), found[2:]) == ([0, 1], [-1, 0])


def test_texts_of_whole_numbers_are_those_numbers(tmp_path):
    pd.DataFrame({**HITS, "id": ["7", LARGE, "0", None]}).to_parquet(tmp_path / "a.parquet")
    source = read(Parquet, tmp_path / "a.parquet", noise_ids=[0])
    assert numbers(source) == [0, 1, -1, -1]
    ids = source.original("train", np.array([0]))["truth_index"][:, 0]
    assert ids.tolist()[:2] == [7, int(LARGE)]


def test_a_text_may_mean_noise(tmp_path):
    pd.DataFrame(HITS).to_parquet(tmp_path / "a.parquet")
    assert numbers(read(Parquet, tmp_path / "a.parquet", noise_ids=["0|12|1"])) == [0, -1, -1, 0]


def test_texts_find_their_objects_in_another_file(tmp_path):
    pd.DataFrame(HITS).to_parquet(tmp_path / "a.parquet")
    objects = {"event": [0, 0, 1], "id": ["0|12|1", "0|3|1", "0|3|1"], "pt": [5.0, 6.0, 7.0]}
    pd.DataFrame(objects).to_parquet(tmp_path / "objects.parquet")
    columns, table = {"truth_energy": "object.pt"}, {"file": "objects.parquet", "id": "id"}
    source = read(Parquet, tmp_path / "a.parquet", columns=columns, objects=table)
    assert source.read("train", np.arange(2), None)["truth_energy"][:, 0].tolist() == [6, 5, 0, 7]


def test_converted_texts_stay_apart_as_whole_numbers(tmp_path):
    file = tmp_path / "hits.parquet"
    pd.DataFrame(HITS).to_parquet(file)
    (tmp_path / "data.yaml").write_text(
        "Data: {loader: parquet, options: {parquet: {file: hits.parquet, event: {id: event}, "
        "columns: {features: [e], truth_index: id}}}}"
    )
    registry.convert(str(tmp_path / "data.yaml"), str(tmp_path / "made.npz"))
    written = np.load(tmp_path / "made.npz")["truth_index"]
    assert written[2] == -1
    assert written[0] == written[3] != written[1]


def test_texts_are_not_computed_with(tmp_path):
    file = write(Sqlite, tmp_path)
    columns = {"features": ["e"], "truth_index": "id + 1"}
    made = Sqlite(Sqlite.Params(file=str(file), columns=columns, event={"id": "event"}, split=ALL))
    with pytest.raises(DataError, match=r"column 'id' is '0.3.1' in row 0 \(event 0\) of hits: expected numbers"):
        made.open(1)


@given(st.integers(-(2**63), 2**64 - 1))
def test_the_number_of_a_whole_number_is_itself(value):
    assert number_of(str(value)) == value


@given(st.text(min_size=1))
def test_other_texts_have_numbers_of_63_bits(text):
    found = number_of(text)
    assert str(found) == text or 2**62 <= found < 2**63
