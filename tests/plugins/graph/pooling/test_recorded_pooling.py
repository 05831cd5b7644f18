"""The whole pooling stage, put together from its blocks, against its recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tests.plugins.block_case import Case, assert_close, golden

PREFIX = "pre_graph_pool"


class Stage:
    """Blocks with recorded weights, by the names the recording has for them."""

    def __init__(self, recording: Any) -> None:
        self.recording = recording

    def weights(self, layer: str) -> list[np.ndarray]:
        return [self.recording[name] for name in self.recording.files if name.startswith(f"w/{PREFIX}{layer}|")]

    def run(self, layer: str, use: str, inputs: dict[str, Any], **parameters: Any) -> Any:
        case = Case(use, **parameters)
        case.layer.trainable = False
        result = case(**inputs)
        if self.weights(layer):
            case.layer.set_weights(self.weights(layer))
            result = case(**inputs)
        return result

    def norm(self, layer: str, x: Any, condition: Any = None, **parameters: Any) -> Any:
        return self.run(layer, "gooey_batchnorm:GooeyBatchnorm", {"x": x, "condition": condition}, **parameters)

    def dense(self, layer: str, x: Any, activation: str) -> Any:
        units = [self.weights(layer)[1].size]
        return self.run(layer, "dense_loop:DenseLoop", {"x": x}, units=units, activation=activation)


@pytest.fixture(scope="module")
def recording(reference: Path) -> Any:
    return golden(reference, "g_tiny_pc_pool_newformat")[0]


@pytest.fixture(scope="module")
def found(recording: Any, reference: Path) -> dict[str, Any]:
    """Every tensor of the stage, from the recorded inputs."""
    inputs, _ = golden(reference, "g_pool_inputs")
    stage = Stage(recording)
    features, splits = inputs["features"], inputs["row_splits"]
    pre = Case("preprocess:NoPreModel", scaling="none")(features=features, row_splits=splits, rest={})
    prime = Case("prime_coordinates:PrimeCoordinates")(coordinates=pre["raw_coordinates"])
    co = stage.norm("_coords_batchnorm", prime)
    x_in = stage.norm("_cond_batchnorm_a", features, pre["is_track"])
    x_in = stage.norm("_cond_batchnorm_b", x_in, pre["is_track"], invert_condition=True)
    tracks, hits = stage.dense("emb_xtrack", x_in, "elu"), stage.dense("emb_xhit", x_in, "elu")
    mixed = Case("mix_where:MixWhere")(condition=pre["is_track"], x=tracks, otherwise=hits)
    x_emb = stage.norm("_emb_batchnorm", mixed)
    lists = Case("neighbours:Knn", K=16)(coordinates=co, row_splits=splits)
    # Hits lie at equal places, and which of them is listed is open: go on with the recorded lists.
    recorded = Case("neighbours:SortNeighbours")(
        neighbour_indices=recording["mid_knn_idx"], squared_distances=recording["mid_knn_distsq"]
    )
    distances = Case("square_root:SquareRoot")(x=recorded["squared_distances"])
    recorded["squared_distances"] = distances
    return {
        **_messages(stage, x_emb, recorded),
        "stage": stage,
        "splits": splits,
        "features": features,
        "pre": pre,
        "prime": prime,
        "co": co,
        "x_in": x_in,
        "x_emb": x_emb,
        "lists": lists,
        "distances": distances,
    }


def _messages(stage: Stage, x_emb: Any, lists: dict[str, Any]) -> dict[str, Any]:
    x, first = x_emb, None
    for step in range(4):
        inputs = {**lists, "x": x}
        parameters = {"n_feature_transformation": [8], "activation": "elu"}
        x = stage.run(f"np_dmp{step}", "message_passing:MessagePassing", inputs, **parameters)
        x = stage.norm(f"_dmp_batchnorm{step}", stage.dense(f"_pcp_x_out{step}", x, "elu"))
        first = x if step == 0 else first
        x = Case("concatenate:Concatenate")(x=[x, x_emb])
    return {"x": x, "first": first, "score": stage.dense("_pcp_score", x, "sigmoid")}


@pytest.fixture(scope="module")
def pooled(found: dict[str, Any], recording: Any) -> dict[str, Any]:
    """Selection and links, from the recorded score, so that no score crosses the threshold by round-off."""
    stage: Stage = found["stage"]
    inputs = {
        "score": recording["mid_pcp_score"],
        "coordinates": found["co"],
        "row_splits": found["splits"],
        "always_promote": found["pre"]["is_track"],
    }
    condensed = stage.run("_pcp_create", "pooling:GraphCondensation", inputs, K=5)
    x_o = tf.concat([found["x"], found["x_in"]], axis=-1)
    links = {
        "neighbour_indices": recording["trans_nidx_down"],
        "squared_distances": recording["trans_distsq_down"],
    }
    edges = stage.run("_gc_edges", "pooling:CondensationEdges", {**links, "x": x_o})
    rated = tf.concat([found["distances"], edges, found["x"]], axis=-1)
    probabilities = stage.dense("_graphn_edges_d2", stage.dense("_graphn_edges_d1", rated, "elu"), "softmax")
    weights = Case("select_features:SelectFeatures", first=1, last=6)(x=probabilities)
    return {
        **condensed,
        "links": links,
        "edges": edges,
        "x_o": x_o,
        "link_weights": weights,
        "recorded_weights": recording["trans_weights_down"],
    }


def push(pooled: dict[str, Any], x: Any, hit_weights: Any = None, **parameters: Any) -> Any:
    # Recorded weights: some are 1e-22, and a mean over such weights keeps no digit of ours.
    return Case("pooling:PushUp", **parameters)(
        x=x,
        neighbour_indices=pooled["links"]["neighbour_indices"],
        weights=pooled["recorded_weights"],
        kept_hits=pooled["kept_hits"],
        hit_weights=hit_weights,
    )


def settled(sums: Any) -> np.ndarray:
    """Return where a mean can be compared: sums of 1e-38 are flushed to zero or not, as the processor likes."""
    values = np.asarray(sums)[:, 0]
    return (values == 0) | (values > 1e-30)


def test_everything_up_to_the_score_agrees(found: dict[str, Any], recording: Any) -> None:
    assert_close(found["co"], recording["mid_coords_batchnorm"])
    assert_close(found["x_emb"], recording["mid_emb_batchnorm"])
    assert_close(found["first"], recording["mid_dmp_batchnorm0"])
    # Behind the sigmoid of a long chain: processors that round otherwise differ in the fifth digit.
    assert_close(found["score"], recording["mid_pcp_score"], 5e-5)
    distances = np.sort(found["lists"]["squared_distances"])
    assert_close(distances, np.sort(recording["mid_knn_distsq"]))


def test_selection_and_links_agree(pooled: dict[str, Any], recording: Any) -> None:
    assert np.array_equal(pooled["kept_hits"], recording["trans_sel_idx_up"])
    assert np.array_equal(pooled["row_splits"], recording["trans_rs_up"])
    assert_close(pooled["squared_distances"], recording["trans_distsq_down"])
    same = np.asarray(pooled["neighbour_indices"]) == recording["trans_nidx_down"]
    # Several hits lie at one place: which of them comes first is open.
    assert same.mean() > 0.99


def test_edge_ratings_agree(pooled: dict[str, Any], recording: Any) -> None:
    # Behind the softmax of numbers in the thousands, float32 leaves less than four digits.
    assert_close(pooled["edges"], recording["mid_gc_edges"], 5e-4)
    assert_close(pooled["link_weights"], recording["trans_weights_down"], 1e-4)


def test_columns_pushed_to_the_kept_hits_agree(pooled: dict[str, Any], found: dict[str, Any], recording: Any) -> None:
    energy = found["pre"]["energy"]
    legacy = {"add_self": True, "legacy_self_weight": True}
    sums = push(pooled, energy, mode="sum", **legacy)
    assert_close(sums, recording["out_rechit_energy"])
    coordinates = push(pooled, found["pre"]["raw_coordinates"], energy, **legacy)
    weighed = settled(sums)
    assert weighed.mean() > 0.95
    assert_close(np.asarray(coordinates)[weighed], recording["out_coords"][weighed])


def test_pooled_features_agree(pooled: dict[str, Any], found: dict[str, Any], recording: Any) -> None:
    columns = [Case("random_sampling:SelectHits")(kept_hits=pooled["kept_hits"], rest={"x": pooled["x_o"]})["x"]]
    assert_close(columns[0], recording["out_up_features"])
    columns += [push(pooled, pooled["x_o"]), push(pooled, pooled["x_o"], found["pre"]["energy"])]
    sums = push(pooled, found["pre"]["energy"], mode="sum")
    weighed = settled(sums)
    expected = recording["out_features"][:, 3:]
    assert_close(np.concatenate(columns, axis=1)[weighed], expected[weighed])


def test_a_kept_hit_counts_in_full_in_its_own_sum_q14(pooled: dict[str, Any], found: dict[str, Any]) -> None:
    energy = found["pre"]["energy"]
    fixed = push(pooled, energy, mode="sum", add_self=True)
    without = push(pooled, energy, mode="sum")
    own = tf.gather(energy, pooled["kept_hits"][:, 0])
    assert_close(fixed, without + own)
