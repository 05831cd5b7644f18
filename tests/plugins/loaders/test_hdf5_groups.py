"""HDF5 files that hold each event in a group of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from registry.contract.data import DataError
from registry.plugins.loaders.hdf5.block import Hdf5

SIZES = (3, 0, 2, 1, 4, 1, 2, 3, 1, 2, 5)
"""Hits of the events: more than ten, whose order by name is not that of their numbers."""

COLUMNS = {"features": ["hits/e", "log1p(`hits/pos[:,1]`)"], "truth_index": "table.id"}
ALL = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}


def write(file: Path, where: str = "event_{}", omitted: tuple[int, str] | None = None) -> Path:
    """Write events whose hits have energies that rise from 0 on; `omitted`: an event and its missing dataset."""
    first = 0
    with h5py.File(file, "w") as made:
        for number, hits in enumerate(SIZES):
            e = np.arange(first, first + hits, dtype=np.float32)
            datasets = {
                "hits/e": e,
                "hits/pos": np.stack([-e, e], axis=1),
                "table": np.array([(2**60 + hit,) for hit in range(hits)], [("id", "i8")]),
                "run": number // 4,
            }
            for name, values in datasets.items():
                if (number, name) != omitted:
                    made[f"{where.format(number)}/{name}"] = values
            first += hits
    return file


def block(file: Path, table: str, **options: Any) -> Hdf5:
    return Hdf5(Hdf5.Params(**{"file": str(file), "table": table, "columns": COLUMNS, "split": ALL, **options}))


@pytest.mark.parametrize(
    ("where", "table"), [("event_{}", "event_*"), ("{}", "*"), ("run/{}", "run/*"), ("b{}/evt", "b*/evt")]
)
def test_each_group_that_the_pattern_matches_is_an_event_in_the_order_of_their_numbers(
    where: str, table: str, tmp_path: Path
) -> None:
    made = block(write(tmp_path / "a.h5", where), table)
    assert not list(made.check())
    source = made.open(1)
    assert source.sizes("train").tolist() == [size for size in SIZES if size]
    data = source.read("train", np.arange(10), None)
    assert data["features"][:, 0].tolist() == list(range(sum(SIZES)))
    np.testing.assert_allclose(data["features"][:, 1], np.log1p(np.arange(sum(SIZES))), rtol=1e-6)
    assert data["truth_index"][:3, 0].tolist() == [0, 1, 2]


def test_a_single_number_in_each_group_is_a_column_of_events(tmp_path: Path) -> None:
    source = block(write(tmp_path / "a.h5"), "event_*", event_filter={"run": {"min": 1}}).open(1)
    assert source.sizes("train").tolist() == list(SIZES[4:])


def test_the_pattern_is_named_where_it_is_missing(tmp_path: Path) -> None:
    file = write(tmp_path / "a.h5", "run/event_{}")
    for features in (["hits/e"], ["event_0/hits/e"], ["event_0/hits/e", "event_1/hits/e", "event_2/hits/e"]):
        (complaint,) = block(file, "run", columns={"features": features}).check()
        assert '`table: "run/event_*"` makes an event of each of the 11 groups' in complaint.hint
        assert "hits/e, hits/pos" in complaint.hint


def test_groups_that_are_no_events_are_not_taken_for_them(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as made:
        made["hits/e"], made["tracks/e"] = np.ones(3), np.ones(2)
    complaint = next(iter(block(tmp_path / "a.h5", "", columns={"features": ["e"]}).check()))
    assert "table:" not in complaint.hint
    assert "hits/e" in complaint.hint


def test_a_group_without_a_dataset_that_the_first_has_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.h5 has no dataset 'event_7/table', as event_0 has"):
        block(write(tmp_path / "a.h5", omitted=(7, "table")), "event_*").open(1)


def test_a_pattern_that_no_group_matches_is_refused_with_what_there_is(tmp_path: Path) -> None:
    (complaint,) = block(write(tmp_path / "a.h5"), "evt_*").check()
    assert (complaint.message, complaint.parameter) == ("a.h5 has no group 'evt_*'", "table")
    assert "event_0" in complaint.hint
