"""configs/belle2.yaml, laid over the options of graphs/gravnet.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.contract.errors import InputError
from registry.wiring.fingerprints import fingerprints
from registry.wiring.opening import open_graph

ROOT = Path(__file__).parents[3]
GRAPH, CONFIG = str(ROOT / "graphs" / "gravnet.yaml"), str(ROOT / "configs" / "belle2.yaml")


def test_it_makes_a_small_network_on_real_crystals(reference, monkeypatch):
    monkeypatch.setenv("REGISTRY_REFERENCE", str(reference))
    checked = open_graph(GRAPH, [CONFIG])
    assert checked.loader.block.name == "arrays"
    assert 5_000 < sum(node.weights.trainable for node in checked.nodes.values()) < 10_000


def test_both_samples_and_positions_in_cm_reach_the_clustering_monitor(reference, monkeypatch):
    monkeypatch.setenv("REGISTRY_REFERENCE", str(reference))
    (clusters,) = [node for node in open_graph(GRAPH, [CONFIG]).nodes.values() if node.written.use == "clustering"]
    assert {"sample", "coordinates", "truth_index", "energy"} <= clusters.inputs.keys()
    assert clusters.block.params.sample_names == ["B mesons", "Bhabha"]
    assert clusters.block.params.baselines.local_maxima.tuned


def test_a_missing_file_is_reported_at_its_line(tmp_path, monkeypatch):
    monkeypatch.setenv("REGISTRY_REFERENCE", str(tmp_path))
    with pytest.raises(InputError) as caught:
        open_graph(GRAPH, [CONFIG])
    (problem,) = caught.value.problems
    assert problem.message == f"data file {str(tmp_path / 'data' / 'belle2_ecl.npz')!r} does not exist"
    assert "file:" in Path(CONFIG).read_text(encoding="utf-8").splitlines()[problem.origin.line - 1]
    assert "github.com/marcneu/vck190-caloclusternet-demo" in problem.hint
    assert "docs/belle2_events.py" in problem.hint


def test_where_a_file_can_be_had_is_in_no_fingerprint(reference, monkeypatch):
    monkeypatch.setenv("REGISTRY_REFERENCE", str(reference))
    plain, told = (
        open_graph(GRAPH, [CONFIG], [f"Data.options.arrays.published={text}"]) for text in ("nowhere", "somewhere")
    )
    assert fingerprints(plain) == fingerprints(told)
