"""The configurations of experiments read the files that experiments publish."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.contract.errors import InputError
from registry.wiring.opening import open_graph

ROOT = Path(__file__).parents[3]
GRAPH = str(ROOT / "graphs" / "gravnet.yaml")

CASES = {
    "belle2_parquet": ("parquet", "parquet_flat_wide/belle2_ecl_bhabha_exp1003.parquet", 247, 5382),
    "trackml": ("trackml", "trackml_csv/event000000001-hits.csv.gz", 1, 5527),
}
WHOLE = "{train: 1.0, validation: 0.0, test: 0.0}"


@pytest.mark.parametrize("name", CASES)
def test_it_reads_the_experiments_own_file(name: str, reference: Path) -> None:
    loader, file, events, hits = CASES[name]
    options = f"Data.options.{loader}"
    sets = [f"{options}.file={reference / 'data' / 'formats' / file}", f"{options}.split={WHOLE}"]
    checked = open_graph(GRAPH, [str(ROOT / "configs" / f"{name}.yaml")], sets)
    assert checked.loader.block.name == loader
    source = checked.loader.block.open(0)
    sizes = source.sizes("train")
    assert (len(sizes), sizes.sum()) == (events, hits)
    columns = source.read("train", np.arange(1), None)
    assert (columns["truth_index"] >= 0).any()
    assert np.isfinite(columns["features"]).all()


def test_the_event_display_of_colliderml_is_laid_over_its_configuration(
    reference: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_REFERENCE", str(reference))
    configs = [str(ROOT / "configs" / f"{name}.yaml") for name in ("odd", "odd_display")]
    source = open_graph(GRAPH, configs).loader.block.open(0)
    assert [len(source.sizes(part)) for part in ("train", "validation", "test")] == [3, 1, 1]


def test_the_files_of_the_detectors_simulation_are_laid_over_its_configuration(reference: Path) -> None:
    configs = [str(ROOT / "configs" / f"{name}.yaml") for name in ("odd", "odd_edm4hep")]
    file = reference / "data" / "formats" / "root" / "edm4hep_odd_podio_ttree.root"
    source = open_graph(GRAPH, configs, [f"Data.options.root.file={file}"]).loader.block.open(0)
    assert [int(source.sizes(part).sum()) for part in ("train", "validation", "test")] == [3177, 875, 1179]
    columns = source.read("train", np.arange(1), None)
    assert np.isfinite(columns["truth_energy"]).all()
    assert (columns["truth_pdg"] != 0).any()


def test_where_a_release_can_be_had_is_said_if_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLIDERML", str(tmp_path))
    with pytest.raises(InputError) as caught:
        open_graph(GRAPH, [str(ROOT / "configs" / "odd.yaml")])
    assert "huggingface.co/datasets/CERN/ColliderML-Release-1" in str(caught.value)
