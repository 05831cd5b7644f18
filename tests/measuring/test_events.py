"""Many events together: the monitor and evaluate give the same, shared hits count, samples are found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.configuration.evaluation import EvaluationOptions
from registry.inference.evaluating import measure
from registry.inference.predicting import PredictedEvents
from registry.measuring.choices import ALL, BINS, NETWORK
from registry.measuring.events import judged_events, samples_of
from registry.measuring.judging import Rules
from registry.measuring.read_out import MissingColumn, ReadOut
from registry.measuring.sample import Bootstrap, figures, together
from registry.plugins.loaders.description.selection import without_small
from registry.plugins.monitors.clustering.block import Clustering
from registry.plugins.monitors.clustering.monitor import ClusteringMonitor
from registry.wiring.evaluation import Evaluation
from tests.measuring.test_one_event import matcher
from tests.measuring.test_tuning import read_out
from tests.plugins.monitors.synthetic import context, events


def test_the_monitor_gives_the_figures_that_evaluate_gives(tmp_path: Path) -> None:
    batch = events(6, trained=True, seed=4, samples=True)
    batch["ccoords"] += np.random.default_rng(1).normal(0, 0.25, batch["ccoords"].shape).astype(np.float32)
    monitor = ClusteringMonitor("clusters", Clustering.Params(iou_threshold=0.7))
    found = monitor.look(context("end", tmp_path, {"test": [batch]})).metrics
    inputs = {"beta": "beta", "coordinates": "ccoords"}
    known = ("energy", "truth_index", "truth_energy", "sample")
    own = ReadOut(read_out("condensation").clusterer, inputs, {name: name for name in known})
    evaluation = Evaluation(EvaluationOptions(), own, matcher("iou", threshold=0.7, min_object_hits=2))
    splits = batch.pop("row_splits").astype(np.int64)
    predicted = PredictedEvents(np.arange(6), [f"event {n}" for n in range(6)], splits, batch, {})
    for sample, values in measure(evaluation, {NETWORK: (own, None)}, iter([predicted])).network.figures.items():
        start = "" if sample == ALL else f"{sample.replace(' ', '_')}/"
        for name in ("efficiency", "fake_rate", "purity", "response", "resolution", "f1"):
            assert found[f"{start}{name}"] == values[name].estimate.value
    assert 0 < found["efficiency"] < 1


def test_hits_that_objects_share_are_judged_and_tuned_by_their_fractions() -> None:
    columns = {
        "energy": np.ones((4, 1)),
        "coordinates": np.array([[0.0], [0.1], [5.0], [5.1]]),
        "truth_index": np.array([[0], [0], [1], [1]]),
        "truth_objects": np.array([[0, 1], [0, 1], [1, 0], [1, 0]]),
        "truth_fractions": np.array([[0.6, 0.4], [0.6, 0.4], [1.0, 0.0], [1.0, 0.0]]),
        "row_splits": np.array([0, 4]),
    }
    dbscan = read_out("dbscan", eps=0.5)
    shared = ReadOut(dbscan.clusterer, dbscan.inputs, {name: name for name in columns if name.startswith("truth_")})
    rules = Rules(matcher("iou", threshold=0.5))
    (event,) = judged_events(shared, columns, rules)
    np.testing.assert_allclose(event.judged.objects["hits"], [1.2, 2.8])
    np.testing.assert_allclose(event.judged.objects["iou"], [1.2 / 2, 2 / 2.8])
    alone = ReadOut(dbscan.clusterer, dbscan.inputs, {"truth_index": "truth_index"})
    assert [item.judged.objects["iou"].tolist() for item in judged_events(alone, columns, rules)] == [[1, 1]]


def test_events_without_truth_are_refused() -> None:
    columns = {"coordinates": np.zeros((1, 1)), "row_splits": np.array([0, 1])}
    with pytest.raises(MissingColumn, match="there is no column 'truth_index'"):
        list(judged_events(read_out("dbscan"), columns, Rules(matcher("iou"))))


def test_the_fixed_local_maxima_on_belle2(reference: Path) -> None:
    """B sample, without objects of one crystal: 92 % efficiency, 47 % fakes."""
    data = np.load(reference / "data" / "belle2_ecl.npz")
    splits = data["row_splits"].astype(np.int64)
    columns = {
        "energy": data["energy"][:, None],
        "coordinates": np.stack([data["x"], data["y"], data["z"]], axis=1),
        "truth_index": without_small(data["truth_id"].astype(np.int64), splits, 2)[:, None],
        "sample": data["sample"][:, None],
        "row_splits": splits,
    }
    rule = read_out("local_maxima")
    own = ReadOut(rule.clusterer, rule.inputs, {name: name for name in ("energy", "truth_index", "sample")})
    judged = judged_events(own, columns, Rules(matcher("iou", threshold=0.5)))
    tables = together((event.number, event.sample, event.judged) for event in judged)
    assert samples_of(tables, ["B mesons", "Bhabha"]) == {ALL: None, "B mesons": 0, "Bhabha": 1}
    mesons = tables.of_sample(0)
    found = figures(mesons, Bootstrap(mesons.events, 2, 1), BINS["energy"])
    assert found["efficiency"].estimate.value == pytest.approx(0.92, abs=0.01)
    assert found["fake_rate"].estimate.value == pytest.approx(0.47, abs=0.01)
