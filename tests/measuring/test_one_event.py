"""One event worked by hand: every number of the tables and figures of merit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from registry.contract.clusterer import Clusters
from registry.contract.matcher import Matcher
from registry.loading.blocks import load_registry
from registry.measuring.choices import BINS
from registry.measuring.curves import confusion, curves
from registry.measuring.judging import OBJECT_COLUMNS, SHOWER_COLUMNS, Judged, Rules, judge
from registry.measuring.kept import numbered
from registry.measuring.objects import COLUMNS as OBJECTS
from registry.measuring.overlaps import contributions_of, whole_hits
from registry.measuring.sample import Bootstrap, figures, together
from registry.measuring.showers import COLUMNS as SHOWERS

TRUTH = np.array([5, 5, 5, 7, 7, 9, 9, -1])
CLUSTERS = Clusters(np.array([0, 0, -1, 0, 1, 2, -1, 1], np.int32), np.array([0, 0, -1, 0, 4, 5, -1, 4]))
HITS = {
    "energy": np.array([4.0, 2.0, 1.0, 1.0, 3.0, 2.0, 1.0, 2.0])[:, None],
    "energy_factor": np.array([1.0, 1.0, 1.0, 2.0, 1.0, 1.5, 1.0, 1.0])[:, None],
    "coordinates": np.array([[3.0, 4.0, 0.0]] * 3 + [[0.0, 5.0, 0.0]] * 2 + [[-5.0, 0.0, 5.0]] * 3),
    "position": np.array([[3.0, 5.0]] * 4 + [[0.0, 5.0]] + [[-5.0, 2.0]] * 3),
    "time": np.array([1.5, 0, 0, 0, 0, 2.5, 0, 0])[:, None],
    "beta": np.linspace(0.9, 0.2, 8)[:, None],
    "classes": np.array([[0.9, 0.1]] * 5 + [[0.2, 0.8]] * 3),
}
TRUE = {
    "energy": np.array([10.0, 10, 10, 4, 4, 5, 5, 0])[:, None],
    "position": np.array([[3.0, 4.0, 0.0]] * 3 + [[0.0, 5.0, 0.0]] * 2 + [[-5.0, 0.0, 5.0]] * 3),
    "time": np.array([1.0, 1, 1, 1, 1, 2, 2, 0])[:, None],
    "pid": np.array([[1, 0]] * 3 + [[0, 1]] * 2 + [[0, 1]] * 2 + [[0, 0]]),
    "pdg": np.array([22, 22, 22, 11, 11, 211, 211, 0])[:, None],
}


def matcher(name: str, **parameters: Any) -> Matcher:
    kind = load_registry().blocks[name]
    assert issubclass(kind, Matcher)
    return kind(kind.Params(**parameters))


def judged(merge_share: float = 0.5) -> Judged:
    return judge(CLUSTERS, whole_hits(TRUTH), HITS, TRUE, Rules(matcher("iou"), 0.1, merge_share))


def test_hits_without_energies_contain_no_part_of_a_true_energy() -> None:
    hits = {name: column for name, column in HITS.items() if name != "energy"}
    table = judge(CLUSTERS, whole_hits(TRUTH), hits, TRUE, Rules(matcher("iou", threshold=0.4), 0.1, 0.5)).objects
    assert table["found"].any()
    assert np.isfinite(table["completeness"][table["found"]]).all()
    for name in ("hit_energy", "containment", "response"):
        assert np.isnan(table[name]).all(), name


def test_the_objects() -> None:
    table = judged().objects
    expected = {
        "object": [5, 7, 9],
        "hits": [3, 2, 2],
        "hit_energy": [7, 4, 3],
        "energy": [10, 4, 5],
        "pt": [10, 4, 5 / math.sqrt(2)],
        "eta": [0, 0, math.asinh(1)],
        "density": [0, 0, 0],
        "class": [0, 1, 1],
        "pdg": [22, 11, 211],
        "counted": [True, True, True],
        "matched_shower": [0, -1, 2],
        "found": [True, False, True],
        "purity": [6 / 7, math.nan, 1],
        "completeness": [6 / 7, math.nan, 2 / 3],
        "containment": [6 / 10, math.nan, 2 / 5],
        "iou": [6 / 8, math.nan, 2 / 3],
        "response": [8 / 10, math.nan, 3 / 5],
        "residual": [1, math.nan, 2],
        "residual_time": [0.5, math.nan, 0.5],
        "shower_class": [0, -1, 1],
        "fragments": [1, 2, 1],
        "split": [False, True, False],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(table[name], values, atol=1e-12, err_msg=name)


def test_the_showers() -> None:
    table = judged(merge_share=0.2).showers
    expected = {
        "shower": [0, 1, 2],
        "condensation_point": [0, 4, 5],
        "hits": [3, 2, 1],
        "hit_energy": [7, 5, 2],
        "energy": [8, 5, 3],
        "x": [3, 0, -5],
        "y": [5, 5, 2],
        "z": [0, 2, 5],
        "time": [1.5, 0, 2.5],
        "class": [0, 0, 1],
        "class_1": [0.1, 0.1, 0.8],
        "matched_object": [5, -1, 9],
        "fake": [False, True, False],
        "purity": [6 / 7, math.nan, 1],
        "response": [8 / 10, math.nan, 3 / 5],
        "true_energy": [10, math.nan, 5],
        "parts": [2, 1, 1],
        "merged": [True, False, False],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(table[name], values, atol=1e-12, err_msg=name)


def test_every_column_is_described() -> None:
    found = judged()
    assert list(found.objects) == [*OBJECTS, *OBJECT_COLUMNS]
    assert [name for name in found.showers if not name.startswith("class_")] == [*SHOWERS, *SHOWER_COLUMNS]


def test_the_figures_of_merit() -> None:
    tables = together([(0, 0, judged())])
    found = figures(tables, Bootstrap(tables.events, 20, 1), BINS["energy"])
    expected = {
        "efficiency": 2 / 3,
        "fake_rate": 1 / 3,
        "f1": 2 / 3,
        "split_rate": 1 / 3,
        "merge_rate": 0,
        "purity": (6 / 7 + 1) / 2,
        "completeness": (6 / 7 + 2 / 3) / 2,
        "containment": 0.5,
        "response": 0.7,
        "resolution": 0.1 / 0.7,
        "position_residual": 1.5,
        "time_residual": 0.5,
        "time_resolution": 0,
        "class_accuracy": 1,
        "linearity": math.nan,
    }
    for name, value in expected.items():
        assert found[name].estimate.value == pytest.approx(value, nan_ok=True), name
    assert confusion(tables).tolist() == [[1, 0], [0, 1]]


def test_the_figures_in_bins_of_energy() -> None:
    tables = together([(0, 0, judged())])
    bins = {**BINS, "energy": (0.0, 4.5, 20.0)}
    found = curves(tables, Bootstrap(tables.events, 20, 1), bins)["efficiency"]["energy"]
    assert [(item.low, item.high, item.figure.estimate.value, item.figure.count) for item in found] == [
        (0.0, 4.5, 0.0, 1),
        (4.5, 20.0, 1.0, 2),
    ]


@pytest.mark.parametrize("threshold", [0.0, 0.9])
@pytest.mark.parametrize("rule", ["perfect", "double_majority", "lhc"])
def test_track_rules_give_what_gnn_tracking_gives(reference: Any, rule: str, threshold: float) -> None:
    recorded = np.load(reference / "golden" / "2025" / "tracking.npz")
    truth, pt = np.where(recorded["truth"] > 0, recorded["truth"], -1), recorded["pt"][:, None]
    own = Clusters(recorded["pred"].astype(np.int32), np.full(len(truth), -1))
    clusters = numbered(own, np.array([0, len(truth)]))
    true = {"energy": pt, "position": np.tile([1.0, 0.0, 0.0], (len(truth), 1))}
    rules = Rules(matcher(rule, min_object_pt=threshold))
    tables = together([(0, 0, judge(clusters, whole_hits(truth), {}, true, rules))])
    name, found = f"pt{threshold}_", figures(tables, Bootstrap(tables.events, 2, 1), BINS["energy"])
    assert tables.objects["counted"].sum() == recorded[f"{name}n_particles"]
    assert tables.showers["counted"].sum() == recorded[f"{name}n_clusters"]
    assert found["fake_rate"].estimate.value == pytest.approx(float(recorded[f"{name}fake_{rule}"]))
    # What gnn_tracking calls lhc is a share of clusters, the others are shares of objects.
    efficiency = 1 - found["fake_rate"].estimate.value if rule == "lhc" else found["efficiency"].estimate.value
    assert efficiency == pytest.approx(float(recorded[name + rule]))


def test_hits_that_objects_share_count_in_each_by_their_fraction() -> None:
    """Two objects of 2 and 3 GeV share the middle hit of 2 GeV, 1:3; a third has but a share of the last hit."""
    true = {
        "index": np.array([0, 1, 1])[:, None],
        "energy": np.array([2.0, 4.0, 4.0])[:, None],
        "objects": np.array([[0, -1], [1, 0], [1, 2]]),
        "fractions": np.array([[1.0, 0.0], [0.75, 0.25], [0.8, 0.2]]),
    }
    hits = {"energy": np.array([1.0, 2.0, 1.0])[:, None]}
    clusters = Clusters(np.array([0, 1, 1], np.int32), np.array([0, 1, 1]))
    found = judge(clusters, contributions_of(true), hits, true, Rules(matcher("iou", threshold=0.5)))
    expected = {
        "object": [0, 1, 2],
        "hits": [1.25, 1.55, 0.2],
        "hit_energy": [1.5, 2.3, 0.2],
        "energy": [2, 4, math.nan],  # no hit belongs to the third, and says its energy
        "matched_shower": [0, 1, -1],
        "completeness": [1 / 1.5, 1, math.nan],
        "purity": [1, 2.3 / 3, math.nan],
        "iou": [1 / 1.5, 2.3 / 3, math.nan],
        "containment": [1 / 2, 2.3 / 4, math.nan],
        "fragments": [2, 1, 1],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(found.objects[name], values, atol=1e-12, err_msg=name)
