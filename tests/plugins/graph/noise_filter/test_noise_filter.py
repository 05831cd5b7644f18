"""The noise filter, put together from its blocks, against its recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.plugins.block_case import Case, assert_close, golden


def run(recording: Any, layers: tuple[str, ...], use: str, inputs: dict[str, Any], **parameters: Any) -> Any:
    """Run a block with the recorded weights of one layer or of several in a row."""
    case = Case(use, **parameters)
    case(**inputs)
    prefixes = tuple(f"w/{layer}|" for layer in layers)
    case.layer.set_weights([recording[name] for name in recording.files if name.startswith(prefixes)])
    return case(**inputs)


@pytest.fixture(scope="module")
def recording(reference: Path) -> Any:
    return golden(reference, "g_noise_filter")[0]


@pytest.fixture(scope="module")
def hits(reference: Path) -> Any:
    return golden(reference, "g_pool_inputs")[0]


@pytest.fixture(scope="module")
def pre(hits: Any) -> dict[str, Any]:
    case = Case("preprocess:NoPreModel", scaling="hgcal", legacy_theta=True)
    truth = {"truth_index": hits["t_idx"], "truth_energy": hits["t_energy"]}
    return case(features=hits["features"], row_splits=hits["row_splits"], rest=truth)


@pytest.fixture(scope="module")
def score(pre: dict[str, Any], recording: Any) -> Any:
    coordinates = run(recording, ("noiseFilteres1",), "element_scaling:ElementScaling", {"x": pre["coordinates"]})
    lists = Case("neighbours:Knn", K=12)(coordinates=coordinates, row_splits=pre["row_splits"])
    assert_close(np.sort(lists["squared_distances"]), np.sort(recording["mid_knn_distsq"]))
    # Hits lie at equal places, and which of them is listed is open: go on with the recorded lists.
    recorded = {"neighbour_indices": recording["mid_knn_idx"], "squared_distances": recording["mid_knn_distsq"]}
    messages = run(
        recording,
        ("noiseFilterdmp1",),
        "message_passing:MessagePassing",
        {**recorded, "x": pre["features"]},
        n_feature_transformation=[32, 32],
        activation="elu",
    )
    dense = ("noiseFilterdense1a", "noiseFilterdense1b")
    x = run(recording, dense, "dense_loop:DenseLoop", {"x": messages}, units=[32, 32], activation="elu")
    kept = np.asarray(recording["no_noise_sel"])[:, 0]
    assert_close(np.asarray(x)[kept], recording["x"])
    last = ("noiseFilter_noiseFilterBlock__noisescore_d1",)
    return run(recording, last, "dense_loop:DenseLoop", {"x": x}, units=[1], activation="sigmoid")


def test_the_score_agrees_with_the_recording(score: Any, recording: Any) -> None:
    assert_close(score, recording["mid_noisescore"])


def test_the_kept_hits_and_their_columns_agree_with_the_recording(
    score: Any, pre: dict[str, Any], recording: Any
) -> None:
    rest = {name: pre[name] for name in ("features", "coordinates", "energy", "truth_index", "truth_energy")}
    out = Case("noise_filter:NoiseSelection")(
        score=score, row_splits=pre["row_splits"], is_track=pre["is_track"], rest=rest
    )
    assert np.array_equal(out["kept_hits"], recording["no_noise_sel"])
    assert np.array_equal(out["row_splits"], recording["no_noise_rs"])
    assert_close(out["features"], recording["features"])
    assert_close(out["coordinates"], recording["coords"])
    assert_close(out["energy"], recording["rechit_energy"])
    assert_close(out["is_track"], recording["is_track"])
    assert np.array_equal(out["truth_index"], recording["t_idx"])


def test_row_splits_are_counted_anew_and_events_may_become_empty_q38() -> None:
    score = np.array([[0.05], [0.1], [0.9], [0.11], [0.0]])
    is_track = np.array([[0.0], [0], [0], [0], [1]])
    out = Case("noise_filter:NoiseSelection")(score=score, row_splits=[0, 2, 2, 5], is_track=is_track, rest={})
    assert np.array_equal(out["row_splits"], [0, 0, 0, 3])
    assert np.array_equal(out["kept_hits"], [[2], [3], [4]])


def test_spectators_and_tracks_are_never_noise() -> None:
    out = Case("noise_filter:NotNoiseTruth")(
        truth_index=[[-1], [-1], [-1], [4]],
        spectator_weight=np.array([[0.9], [0], [0], [0]]),
        is_track=np.array([[0.0], [1], [0], [0]]),
    )
    assert np.array_equal(out, [[1], [1], [-1], [4]])


def test_columns_of_kept_hits_follow_and_a_score_at_the_threshold_is_dropped() -> None:
    score, is_track = np.array([[0.25], [0.75], [0.5], [0.1]]), np.array([[0.0], [0], [0], [1]])
    rest = {"x": np.arange(8.0).reshape(4, 2), "truth_index": np.array([[-1], [3], [3], [4]])}
    case = Case("noise_filter:NoiseSelection", noise_threshold=0.5)
    out = case(score=score, row_splits=[0, 1, 4], is_track=is_track, rest=rest)
    assert np.array_equal(out["kept_hits"], [[1], [3]])
    assert np.array_equal(out["row_splits"], [0, 0, 2])
    assert np.array_equal(out["x"], [[2, 3], [6, 7]])
    assert np.array_equal(out["truth_index"], [[3], [4]])
    assert np.array_equal(out["is_track"], [[0], [1]])
