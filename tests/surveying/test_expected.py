"""`registry.data --json` on files of experiments equals what the reference libraries of their formats read."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry.console.command import run_command
from registry.data import main

GRAPH = """
name: looked_at
blocks:
  event:
    use: {use}
    with: {options}
outputs: {{x: event.features}}
"""
EVERYTHING = {"train": 1.0, "validation": 0.0, "test": 0.0}
CALORIMETERS = [f"{part}Collection" for part in ("ECalBarrel", "ECalEndcap", "HCalBarrel", "HCalEndcap")]

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "parquet_flat_wide/belle2_ecl_bhabha_exp1003.parquet": (
        "parquet",
        {
            "event": {"id": "uni_event_id"},
            "noise_ids": [0],
            "columns": {"features": ["rec_energy"], "truth_index": "objidx"},
        },
    ),
    "parquet_flat_wide/prometheus_total_0.parquet": (
        "parquet",
        {"event": {"id": "event_no"}, "columns": {"features": ["t"]}},
    ),
    "parquet_jagged/prometheus_photons.parquet": (
        "parquet",
        {
            "objects": {"base": 1},
            "columns": {
                "features": ["photons.t"],
                "truth_index": "photons.id_idx",
                "truth_energy": "object.mc_truth.final_state_energy",
            },
        },
    ),
    "parquet_jagged/nano_dy.parquet": (
        "parquet",
        {
            "event": {"id": ["run", "luminosityBlock", "event"]},
            "columns": {
                "features": ["Muon_pt"],
                "truth_index": "Muon_genPartIdx",
                "truth_pdg": "object.GenPart_pdgId",
            },
        },
    ),
    "nanoaod/nano_dy.root": (
        "root",
        {
            "table": "Events",
            "columns": {
                "features": ["Muon_pt"],
                "truth_index": "Muon_genPartIdx",
                "truth_pdg": "object.GenPart_pdgId",
            },
        },
    ),
    "root/hgcal_ntup_muons.root": (
        "root",
        {
            "table": "ana/hgc",
            "objects": {"hits": "simcluster_hits_indices", "fractions": "simcluster_fractions"},
            "columns": {"features": ["rechit_energy"], "truth_energy": "object.simcluster_energy"},
        },
    ),
    "root/edm4hep_odd_podio_ttree.root": (
        "root",
        {
            "table": "events",
            "collections": CALORIMETERS,
            "columns": {"features": ["{}.energy"]},
            "contributions": {
                "begin": "{}.contributions_begin",
                "end": "{}.contributions_end",
                "links": "_{}_contributions.index",
                "ids": "_{}Contributions_particle.index",
                "weights": "{}Contributions.energy",
            },
        },
    ),
    "hdf5/km3net_mupage.h5": (
        "hdf5",
        {
            "event": {"start": "hits/_indices.index", "length": "hits/_indices.n_items"},
            "columns": {"features": ["hits/time"]},
        },
    ),
    "hdf5/liquido_electrons_first60.h5": (
        "hdf5",
        {"event": {"id": "HitData[:,0]"}, "columns": {"features": ["HitData[:,2]"]}},
    ),
    "trackml_csv/event000000001-hits.csv.gz": (
        "trackml",
        {"columns": {"features": ["x"], "truth_index": "particle_id", "truth_energy": "object.px"}},
    ),
    "trackml_csv/trackml_event000000001.zip": (
        "trackml",
        {"columns": {"features": ["x"], "truth_index": "particle_id", "truth_energy": "object.px"}},
    ),
    "djc/trainData_previous.djctd": ("deepjetcore", {"columns": {"features": ["feature0[:,0]"]}}),
    "json_other/colliderml_event_0.json": (
        "json",
        {
            "event": {"id": "metadata.event_id"},
            "columns": {
                "features": ["calo_hits.energy"],
                "energy": "calo_hits.energy",
                "truth_index": "calo_hits.particle_id",
            },
        },
    ),
    "json_other/prometheus_events.db": (
        "sqlite",
        {"table": "total", "event": {"id": "event_no"}, "columns": {"features": ["t"]}},
    ),
    "npy_ragged/np_2_feat_0.npy": (
        "arrays",
        {"row_splits": "np_2_feat_1.npy", "columns": {"features": ["[:,0]"], "energy": "[:,0]"}},
    ),
}


@pytest.fixture(scope="module")
def looked(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a function that gives what the command writes of a file, and what is expected of it."""

    @cache
    def look(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        if name.startswith("djc/"):
            pytest.importorskip("djcdata", reason="djcdata is installed for python 3.11 only")
        folder = tmp_path_factory.mktemp("looked")
        use, options = CASES[name]
        file = reference / "data" / "formats" / name
        described = json.dumps({"file": str(file), "min_hits": 0, "split": EVERYTHING, **options})
        (folder / "graph.yaml").write_text(GRAPH.format(use=use, options=described))
        arguments = [str(folder / "graph.yaml"), "--json", str(folder / "found.json")]
        assert run_command(lambda: main(arguments)) == 0
        expected = json.loads((file.parent / "expected.json").read_text())["files"]
        return json.loads((folder / "found.json").read_text()), expected

    return look


COLUMNS = [
    ("parquet_flat_wide/belle2_ecl_bhabha_exp1003.parquet", "hit_columns"),
    ("parquet_flat_wide/prometheus_total_0.parquet", "hit_columns"),
    ("parquet_jagged/prometheus_photons.parquet", "hit_columns"),
    ("root/hgcal_ntup_muons.root", "hit_columns"),
    ("hdf5/km3net_mupage.h5", "hit_columns"),
    ("hdf5/km3net_mupage.h5", "mc_hit_columns"),
    ("hdf5/liquido_electrons_first60.h5", "hit_columns"),
    ("hdf5/liquido_electrons_first60.h5", "truth_columns"),
    ("json_other/prometheus_events.db", "hit_columns"),
]


def check_counts(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert {key: found[key] for key in expected} == expected


def check_columns(found: dict[str, Any], expected: dict[str, Any], before: str = "") -> None:
    assert expected
    for name, column in expected.items():
        own = found[f"{before}{name}"]
        for key in column.keys() & {"dtype", "n", "n_nonfinite", "min", "max"}:
            wanted = int(column[key]) if isinstance(column[key], bool) else column[key]
            assert own[key] == wanted, (name, key)
        assert own["sum"] == pytest.approx(column["sum"], rel=1e-9, abs=1e-9), name
        if isinstance(column["sum"], int) and own["dtype"][0] in "iu":
            assert own["sum"] == column["sum"], name


# A tree of 1,500 branches takes its time.
ALL = [pytest.param(name, marks=pytest.mark.slow if "nanoaod" in name else ()) for name in CASES]


@pytest.mark.parametrize("name", ALL)
def test_events_and_hits_are_those_of_the_reference(looked, name):
    found, files = looked(name)
    expected = files.get("EVENT") or files[Path(name).name]
    check_counts(found["hits_per_event"], expected["hits_per_event"])
    if expected.get("noise_fraction") is not None and found["noise_fraction"] is not None:
        assert found["noise_fraction"] == pytest.approx(expected["noise_fraction"], abs=1e-12)


@pytest.mark.parametrize(("name", "key"), COLUMNS)
def test_sums_and_extremes_of_every_column_are_those_of_the_reference(looked, name, key):
    found, files = looked(name)
    check_columns(found["columns"], files[Path(name).name][key])


def distinct_values(file: Path, name: str) -> int:
    """Return how many values a column has, as the reference library of the format reads it."""
    if file.suffix == ".parquet":
        import awkward as ak

        first, *fields = name.split(".")
        read = ak.from_parquet(file)[first]
        for field in fields:
            read = read[field]
        return len(np.unique(ak.to_numpy(ak.flatten(read, axis=None))))
    if file.suffix == ".root":
        import awkward as ak
        import uproot

        return len(np.unique(ak.to_numpy(ak.flatten(uproot.open(file)["ana/hgc"][name].array(), axis=None))))
    if file.suffix == ".h5":
        import h5py

        dataset, _, index = name.partition("[:,")
        with h5py.File(file) as opened:
            values = opened[dataset][:]
        return len(np.unique(values[:, int(index[:-1])] if index else values))
    import sqlite3

    return int(sqlite3.connect(file).execute(f"SELECT COUNT(DISTINCT {name}) FROM total").fetchone()[0])


@pytest.mark.parametrize(("name", "key"), COLUMNS)
def test_every_column_has_as_many_distinct_values_as_the_reference_reads(looked, reference, name, key):
    found, files = looked(name)
    for column in files[Path(name).name][key]:
        own = found["columns"][column]
        assert own["distinct"] == distinct_values(reference / "data" / "formats" / name, column), column
        assert own["distinct_is_all"]


@pytest.mark.parametrize("name", ["trackml_csv/event000000001-hits.csv.gz", "trackml_csv/trackml_event000000001.zip"])
def test_every_column_of_trackml_has_as_many_distinct_values_as_pandas_reads(looked, reference, name):
    import pandas as pd

    found, files = looked(name)
    for part, before in (("hits", ""), ("truth", ""), ("particles", "object."), ("cells", "cells.")):
        file = f"event000000001-{part}.csv.gz"
        read = pd.read_csv(reference / "data" / "formats" / "trackml_csv" / file, float_precision="round_trip")
        assert set(read) == set(files[file]["columns"])
        for column in read:
            assert found["columns"][f"{before}{column}"]["distinct"] == read[column].nunique(), (part, column)
    assert found["columns"]["particle_id"]["distinct"] == files["EVENT"]["particle_id"]["distinct"]
    check_columns(found["columns"], files["event000000001-cells.csv.gz"]["columns"], "cells.")


@pytest.mark.parametrize("name", ["trackml_csv/event000000001-hits.csv.gz", "trackml_csv/trackml_event000000001.zip"])
def test_the_parts_of_trackml_are_those_of_the_reference(looked, name):
    found, files = looked(name)
    check_columns(found["columns"], files["event000000001-hits.csv.gz"]["columns"])
    check_columns(found["columns"], files["event000000001-particles.csv.gz"]["columns"], "object.")
    truth = files["event000000001-truth.csv.gz"]["columns"]
    check_columns(found["columns"], {key: column for key, column in truth.items() if key != "hit_id"})
    event = files["EVENT"]
    assert (found["n_objects"], found["n_noise_hits"]) == (event["n_truth_objects_with_hits"], event["n_noise_hits"])
    assert found["hits_per_object"] == event["hits_per_particle"]
    assert found["n_objects_listed"] == event["n_particles_in_particles_file"]


@pytest.mark.parametrize(
    "name", ["parquet_jagged/nano_dy.parquet", pytest.param("nanoaod/nano_dy.root", marks=pytest.mark.slow)]
)
def test_every_collection_of_nanoaod_is_that_of_the_reference(looked, name):
    found, files = looked(name)
    for collection, expected in files[Path(name).name]["collections"].items():
        own = found["columns"][f"{collection}_pt"]
        assert own["n"] == expected["per_event"]["total"]
        assert own["sum"] == pytest.approx(expected.get("sum_pt", expected.get("pt", {}).get("sum")), rel=1e-9)
        for variable in expected.keys() & {"pt", "eta"}:
            check_columns(found["columns"], {f"{collection}_{variable}": expected[variable]})


@pytest.mark.parametrize(
    "name",
    [
        "parquet_jagged/prometheus_photons.parquet",
        "parquet_jagged/nano_dy.parquet",
        pytest.param("nanoaod/nano_dy.root", marks=pytest.mark.slow),
        "root/hgcal_ntup_muons.root",
    ],
)
def test_the_objects_that_a_table_lists_are_those_of_the_reference(looked, name):
    found, files = looked(name)
    assert found["n_objects_listed"] == files[Path(name).name]["n_truth_objects"]


def test_objects_that_hits_name_are_those_of_the_reference(looked):
    found, files = looked("parquet_flat_wide/belle2_ecl_bhabha_exp1003.parquet")
    check_counts(found["objects_per_event"], files["belle2_ecl_bhabha_exp1003.parquet"]["truth"]["n_objects_per_event"])
    assert found["columns"]["event_id"]["distinct"] == 5382


def test_the_collections_of_podio_are_those_of_the_reference(looked):
    found, files = looked("root/edm4hep_odd_podio_ttree.root")
    expected = files["edm4hep_odd_podio_ttree.root"]["calo_collections"]
    shared = 0
    for collection, values in expected.items():
        columns = {f"{collection}.cellID": values["cellID"], f"{collection}.position.x": values["x"]}
        check_columns(found["columns"], columns)
        assert found["columns"][f"{collection}.energy"]["sum"] == pytest.approx(values["sum_energy_GeV"], rel=1e-6)
        shared += values["n_hits_with_more_than_one_particle"]
    assert found["n_shared_hits"] == shared


def test_no_file_of_which_events_are_known_is_left_out(reference):
    known = set()
    for expected in (reference / "data" / "formats").glob("*/expected.json"):
        files = json.loads(expected.read_text())["files"]
        known |= {f"{expected.parent.name}/{name}" for name, about in files.items() if "hits_per_event" in about}
    assert known - {"trackml_csv/EVENT"} <= CASES.keys()


def test_the_lists_of_a_json_document_are_those_of_the_reference(looked):
    found, files = looked("json_other/colliderml_event_0.json")
    expected = files["colliderml_event_0.json"]
    for name in ("energy", "x", "z"):
        check_columns(found["columns"], {name: expected["calo_hits"][name]}, "calo_hits.")
    check_columns(found["columns"], {"x": expected["tracker_hits"]["x"]}, "all_tracker_hits.")
    particles = found["columns"]["calo_hits.particle_id"]
    assert found["n_objects"] == particles["distinct"] == expected["calo_hits"]["n_distinct_particles"]
    assert (particles["min"], particles["max"]) == (85, 1885)
    assert found["columns"]["all_tracker_hits.HIT_ID"]["max"] == expected["tracker_hits"]["HIT_ID_max"]
    assert found["columns"]["tracks.hit_ids"]["n"] == expected["tracks"]["sum_n_hit_ids"]


def test_the_values_of_a_deepjetcore_file_are_those_of_the_reference(looked):
    found, files = looked("djc/trainData_previous.djctd")
    columns = [column for name, column in found["columns"].items() if name.startswith("feature0")]
    expected = files["trainData_previous.djctd"]["feature0"]
    assert sum(column["n"] for column in columns) == expected["n"]
    assert sum(column["sum"] for column in columns) == pytest.approx(expected["sum"], rel=1e-12)
    assert min(column["min"] for column in columns) == expected["min"]
    assert max(column["max"] for column in columns) == expected["max"]


def test_the_columns_of_a_matrix_are_those_of_the_reference(looked):
    found, files = looked("npy_ragged/np_2_feat_0.npy")
    columns = files["np_2_feat_0.npy"]["columns"]
    check_columns(found["columns"], {f"[:,{number}]": column for number, column in columns.items()})
