"""Events for a trained model: a file of columns by port serves a loader that generates its events."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.compiling.carried_graph import CarriedGraph
from registry.contract.errors import InputError
from registry.inference.data import open_events
from registry.loading.blocks import load_registry
from tests.inference.graphs import columns as file_columns

GENERATED = CarriedGraph("event", "showers", {"train_events": 2, "validation_events": 0, "test_events": 3}, ("beta",))


def columns() -> dict[str, np.ndarray]:
    generated = open_events(GENERATED, load_registry(()), "test")
    return dict(generated.source.read("test", np.arange(3), None))


def test_a_file_of_columns_is_read_for_a_loader_that_generates_events(tmp_path: Path) -> None:
    given = columns()
    np.savez(tmp_path / "new.npz", **given)  # type: ignore[arg-type]
    for truth in (False, True):
        events = open_events(GENERATED, load_registry(()), str(tmp_path / "new.npz"), truth)
        assert events.count == 3
        assert ("truth_index" in events.loader.types) is truth
        found = events.source.read("test", np.array([2, 0]), None)
        start = given["row_splits"][2]
        np.testing.assert_array_equal(found["features"][: len(given["energy"]) - start], given["features"][start:])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"energy": None}, "has no column 'energy'"),
        ({"energy": np.ones((3, 1))}, "column 'energy' of .* has 3 rows, row_splits ends at"),
        ({"row_splits": np.array([1, 2])}, "does not start at 0"),
    ],
)
def test_a_file_of_columns_that_does_not_fit_is_refused(
    changes: dict[str, np.ndarray | None], told: str, tmp_path: Path
) -> None:
    given = {name: column for name, column in (columns() | changes).items() if column is not None}
    np.savez(tmp_path / "new.npz", **given)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=told):
        open_events(GENERATED, load_registry(()), str(tmp_path / "new.npz"))


def test_a_loader_that_reads_no_file_says_what_can_be_given(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"reads no file(.|\n)*columns by port(.|\n)*train, validation, test"):
        open_events(GENERATED, load_registry(()), str(tmp_path / "new.root"))


def in_training(block: str, file: Path, **parameters: object) -> CarriedGraph:
    """Return what a model would carry that was trained with events of a file."""
    return CarriedGraph("event", block, {"file": str(file), **parameters}, ("beta",))


def features(graph: CarriedGraph, data: Path, truth: bool = False) -> tuple[np.ndarray, np.ndarray, set[str]]:
    """Return the features of all events of a file, their row splits, and the names of all columns."""
    events = open_events(graph, load_registry(()), str(data), truth)
    found = events.source.read("train", np.arange(events.count), None)
    return found["features"], found["row_splits"], set(events.loader.types)


def test_hits_of_trackml_need_no_truth_beside_them(reference: Path, tmp_path: Path) -> None:
    folder = reference / "data" / "formats" / "trackml_csv"
    columns = {"features": ["x", "hypot(x, y)"], "coordinates": ["x", "y", "z"], "truth_index": "particle_id"}
    graph = in_training("trackml", folder / "event*-hits.csv.gz", columns=columns, min_object_hits=3)
    known = features(graph, folder / "event*-hits.csv.gz", truth=True)
    (hits,) = folder.glob("event*-hits.csv.gz")
    (tmp_path / hits.name).write_bytes(hits.read_bytes())
    found = features(graph, tmp_path / "event*-hits.csv.gz")
    for one, other in zip(found[:2], known[:2], strict=True):
        np.testing.assert_array_equal(one, other)
    assert known[2] - found[2] == {"truth_index"}


def test_parquet_without_the_columns_of_the_truth_is_read(reference: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    file = reference / "data" / "formats" / "parquet_flat_wide" / "belle2_ecl_bhabha_exp1003.parquet"
    columns = {"features": ["log1p(rec_energy)", "x"], "truth_index": "objidx", "truth_energy": "train_E"}
    event = {"id": "uni_event_id"}
    graph = in_training("parquet", file, columns=columns, event=event, noise_ids=[0], filter={"objidx": {"min": 0}})
    table = parquet.read_table(file)
    parquet.write_table(table.drop_columns(["objidx", "train_E"]), tmp_path / "new.parquet")
    found, known = features(graph, tmp_path / "new.parquet"), features(graph, file, truth=True)
    np.testing.assert_array_equal(found[1][[0, -1]], [0, table.num_rows])
    np.testing.assert_array_equal(found[0], known[0])
    with pytest.raises(InputError, match="objidx"):
        features(graph, tmp_path / "new.parquet", truth=True)


def test_contributions_and_objects_of_root_files_are_not_asked_for(reference: Path) -> None:
    file = reference / "data" / "formats" / "root" / "hgcal_ntup_muons.root"
    columns = {"features": ["rechit_energy"], "truth_energy": "object.simcluster_energy"}
    objects = {"hits": "simcluster_hits_indices", "fractions": "simcluster_fractions"}
    graph = in_training("root", file, table="ana/hgc", columns=columns, objects=objects)
    found, known = features(graph, file), features(graph, file, truth=True)
    np.testing.assert_array_equal(found[0], known[0])
    assert known[2] - found[2] == {"truth_index", "truth_energy"}


def test_files_without_the_column_of_the_sample_are_of_one_and_that_is_said(tmp_path: Path) -> None:
    given = file_columns([5, 3], truth=True)
    columns = {"features": ["energy"], "truth_index": "id", "sample": "where(kind > 5, 1, 0)"}
    graph = in_training("arrays", tmp_path / "old.npz", columns=columns)
    for name, more in (("old", {"kind": np.arange(8)}), ("new", {})):
        np.savez(tmp_path / f"{name}.npz", **given, **more)  # type: ignore[arg-type]
    found = [open_events(graph, load_registry(()), str(tmp_path / f"{name}.npz"), True) for name in ("old", "new")]
    assert ["sample" in events.loader.types for events in found] == [True, False]
    message = "samples are not told apart: new.npz has no column 'kind', which `columns.sample` is made of"
    assert [list(events.left_out) for events in found] == [[], [message]]
    assert found[1].source.read("train", np.arange(2), None)["row_splits"].tolist() == [0, 5, 8]


def test_a_column_of_the_truth_that_files_lack_is_refused_with_or_without_a_sample(tmp_path: Path) -> None:
    columns = {"features": ["energy"], "truth_index": "id", "sample": "kind"}
    np.savez(tmp_path / "new.npz", **file_columns([5, 3]))  # type: ignore[arg-type]
    graph = in_training("arrays", tmp_path / "old.npz", columns=columns)
    with pytest.raises(InputError, match="no column 'id'"):
        open_events(graph, load_registry(()), str(tmp_path / "new.npz"), True)


def test_a_file_of_another_format_says_how_it_is_converted(tmp_path: Path) -> None:
    file = tmp_path / "new.parquet"
    file.write_bytes(b"PAR1")
    graph = in_training("arrays", tmp_path / "old.npz", columns={"features": ["x"]}, row_splits="row_splits")
    with pytest.raises(InputError, match=rf"registry.convert {file} new.npz"):
        open_events(graph, load_registry(()), str(file))
