"""Tracks that clusters formed around, as `iou` weighs them: the recorded weights, and what they leave alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.contract.clusterer import Clusters
from registry.measuring.judging import Judged, Rules, judge
from registry.measuring.overlaps import Truths, whole_hits
from registry.measuring.tuning import tune
from registry.plugins.evaluation.matching import shares_of_union
from tests.measuring.test_tuning import events, read_out
from tests.plugins.matchers.test_matchers import made

# Cluster 0 formed around the track of object 0, and took most of object 1; cluster 1 formed around a hit.
TRUTH = np.array([0, 1, 1, 0])
CLUSTERS = Clusters(np.array([0, 0, 1, 1], np.int32), np.array([0, 0, 2, 2]))
HITS = {"energy": np.array([[5.0], [10.0], [4.0], [3.0]]), "is_track": np.array([[1], [0], [0], [0]])}


def judged(**parameters: float) -> Judged:
    true = {"index": TRUTH[:, None], "energy": np.full((4, 1), 10.0)}
    return judge(CLUSTERS, whole_hits(TRUTH), HITS, true, Rules(made("iou", threshold=0.1, **parameters)))


def test_recorded_weights_and_shares_of_the_union_are_met(reference: Path) -> None:
    event = np.load(reference / "golden" / "2025" / "energy_and_matching.npz")
    assignment, hits = event["pred_sid"].astype(int), {name: event[name][:, None] for name in ("energy", "is_track")}
    clusters = Clusters(assignment, np.where(assignment >= 0, event["alpha"].astype(int)[assignment], -1))
    weight = made("iou", track_weight=1e6).weights_of_hits(hits, clusters)
    np.testing.assert_allclose(weight, event["iou_weight"], rtol=1e-5)
    overlap = Truths(whole_hits(event["t_idx"].astype(int)), event["energy"]).overlap(assignment, weight)
    assert overlap.by_weight is not None
    found = np.zeros(event["iou"].shape)
    found[overlap.cluster, overlap.object] = shares_of_union(overlap.by_weight)
    np.testing.assert_allclose(found, event["iou"], rtol=1e-5, atol=1e-5)


def test_a_cluster_around_a_track_matches_the_object_of_the_track() -> None:
    assert judged().showers["matched_object"].tolist() == [1, 0]
    assert judged(track_weight=1e6).showers["matched_object"].tolist() == [0, 1]


def test_weights_do_not_reach_energies_positions_shares_and_cuts_p18() -> None:
    before = {name: column.copy() for name, column in HITS.items()}
    plain, weighed = judged(), judged(track_weight=1e6)
    for name, column in before.items():
        np.testing.assert_array_equal(HITS[name], column)
    for name in ("hit_energy", "energy", "x", "y", "z"):
        np.testing.assert_array_equal(plain.showers[name], weighed.showers[name], err_msg=name)
    np.testing.assert_array_equal(plain.objects["hit_energy"], weighed.objects["hit_energy"])
    assert weighed.showers["purity"].tolist() == pytest.approx([5 / 15, 4 / 7])
    assert weighed.showers["iou"].tolist() == pytest.approx([5 / 18, 4 / 17])
    assert judged(track_weight=1e6, min_cluster_energy=16.0).showers["counted"].tolist() == [False, False]


def test_a_track_of_another_hit_s_cluster_weighs_nothing() -> None:
    weight = made("iou", track_weight=7.0).weights_of_hits(HITS, CLUSTERS._replace(condensation_point=np.full(4, 1)))
    assert weight is not None
    assert weight.tolist() == [0, 10, 4, 3]


def test_thresholds_are_tuned_with_the_same_weights() -> None:
    data = events(2, 30, trained=True)
    with pytest.raises(ValueError, match="`track_weight` needs the column 'is_track'"):
        tune(read_out(), data, made("iou", track_weight=1e6))
