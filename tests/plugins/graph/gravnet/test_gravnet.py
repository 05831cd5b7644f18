"""GravNet against recorded numbers and its definition."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.plugins.block_case import Case, assert_close, golden

SMALL = {"n_neighbours": 4, "n_dimensions": 3, "n_filters": 5, "n_propagate": 6}


def test_values_and_gradients_agree_with_the_recording(reference: Path) -> None:
    recording, parameters = golden(reference, "b_gravnet_small")
    case = Case("gravnet:GravNet", **parameters["init"])
    inputs = {"x": recording["x"], "row_splits": recording["row_splits"]}
    case(**inputs)
    case.layer.set_weights([recording[f"w/{name}"] for name in parameters["order"]])

    def loss(out: dict) -> tf.Tensor:
        total = tf.reduce_sum(out["features"] * recording["R_out"])
        total += tf.reduce_sum(out["coordinates"] * recording["R_coords"])
        return total + 100 * tf.reduce_mean(tf.sqrt(out["squared_distances"] + 1e-3))

    out = case(**inputs)
    assert_close(out["features"], recording["out"])
    assert_close(out["coordinates"], recording["coords"])
    assert_close(np.sort(out["squared_distances"]), np.sort(recording["distsq"]))
    assert_close(np.sort(out["neighbour_indices"]), np.sort(recording["idx"]))
    value, to_inputs, to_weights = case.gradients(loss, ("x",), **inputs)
    assert_close(value, recording["loss"])
    assert_close(to_inputs[0], recording["grad_x"])
    for gradient, name in zip(to_weights, parameters["order"], strict=False):
        assert_close(gradient, recording[f"grad/{name}"])


def test_gravnet_and_messages_at_scaled_distances_are_what_was_recorded(reference: Path) -> None:
    recording = np.load(reference / "golden" / "2025" / "gravnet_teqmp.npz")
    options = {"n_dimensions": 2, "n_filters": 4, "n_propagate": 3, "feature_activation": "elu"}
    gravnet = Case("gravnet:GravNet", n_neighbours=int(recording["K"]), **options)
    inputs = {"x": recording["x"], "row_splits": recording["rs"]}
    gravnet(**inputs)
    gravnet.layer.set_weights([*(recording[name] for name in ("W1", "b1", "Ws", "Wo", "bo")), np.ones(())])
    found = gravnet(**inputs)
    assert_close(found["features"], recording["xgn"])
    assert_close(found["squared_distances"], recording["d2"])
    y = tf.concat([found["features"], tf.cast(recording["x"], tf.float32)], axis=1)
    scale = y @ tf.cast(recording["Wd"], tf.float32) + tf.cast(recording["bd"], tf.float32)
    scaling = Case("distance_scaling:LocalDistanceScaling", legacy_upper_bound=True)
    scaled = scaling(squared_distances=found["squared_distances"], scale=scale)
    assert_close(scaled, recording["d2_scaled"])
    messages = Case(
        "translation_invariant:TranslationInvariantMessagePassing",
        n_feature_transformation=[3, 2],
        layer_norm=True,
        activation="linear",
    )
    along = {"x": y, "neighbour_indices": found["neighbour_indices"], "squared_distances": scaled}
    messages(**along)
    messages.layer.set_weights([recording[name] for name in ("T1", "T2", "tb2")])
    assert_close(tf.concat([found["features"], messages(**along)], axis=1), recording["out"])


def test_a_hit_without_neighbours_gathers_minus_itself() -> None:
    case = Case("gravnet:GravNet", **SMALL)
    x = np.random.default_rng(0).normal(size=(1, 7)).astype("float32")
    out = case(x=x, row_splits=[0, 1])
    gather, bias, _, kernel, output_bias, _ = case.layer.get_weights()
    own = np.maximum(x @ gather + bias, 0)
    expected = np.maximum(np.concatenate([-own, -own, x], 1) @ kernel + output_bias, 0)
    assert_close(out["features"], expected)
    assert out["neighbour_indices"].numpy().tolist() == [[0, -1, -1, -1, -1]]


def test_without_return_self_the_hit_is_left_out_of_the_lists_and_nothing_else_changes() -> None:
    x = np.random.default_rng(0).normal(size=(9, 7))
    case, other = Case("gravnet:GravNet", **SMALL), Case("gravnet:GravNet", return_self=False, **SMALL)
    out = case(x=x, row_splits=[0, 9])
    other(x=x, row_splits=[0, 9])
    other.layer.set_weights(case.layer.get_weights())
    without = other(x=x, row_splits=[0, 9])
    assert_close(without["features"], out["features"])
    assert_close(without["neighbour_indices"], out["neighbour_indices"][:, 1:])
    assert_close(without["squared_distances"], out["squared_distances"][:, 1:])


def test_extra_columns_come_first_in_the_learned_space() -> None:
    case = Case("gravnet:GravNet", coord_initialiser_noise=0.0, **SMALL)
    random = np.random.default_rng(0)
    x, extra = random.normal(size=(9, 7)), random.normal(size=(9, 2))
    out = case(x=x, row_splits=[0, 9], coordinate_features=extra)
    assert_close(out["coordinates"], np.concatenate([extra, x[:, :1]], 1).astype("float32"))


def test_sumwnorm_divides_by_the_weights_of_the_neighbours() -> None:
    case = Case("gravnet:GravNet", sumwnorm=True, **SMALL)
    x = np.ones((9, 7))
    out = case(x=x, row_splits=[0, 9])
    kernel, bias = case.layer.get_weights()[3:5]
    # Equal hits: normalised mean and maximum are the hit's own features, so nothing but x is left.
    expected = np.maximum(np.concatenate([np.zeros((9, 12)), x], 1) @ kernel + bias, 0)
    assert_close(out["features"], expected)


def gathered(h: np.ndarray, s: np.ndarray, row_splits: list[int], neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    """Return [mean | max] - [h | h] over the nearest hits in s, and the squared distances to them, 0 for none."""
    found, distances = np.zeros((len(h), 2 * h.shape[1])), np.zeros((len(h), neighbours))
    for first, last in pairwise(row_splits):
        for hit in range(first, last):
            others = np.array([other for other in range(first, last) if other != hit], dtype=int)
            squares = ((s[others] - s[hit]) ** 2).sum(1)
            nearest = np.argsort(squares)[:neighbours]
            values = np.exp(-10 * squares[nearest])[:, None] * h[others[nearest]]
            distances[hit, : len(nearest)] = squares[nearest]
            # Where there are fewer hits than neighbours, the mean is still over all columns.
            parts = [values.sum(0) / neighbours, values.max(0) if len(values) else 0 * h[hit]]
            found[hit] = np.concatenate(parts) - np.concatenate([h[hit], h[hit]])
    return found, distances


@pytest.mark.parametrize("extra", [0, 2])
def test_values_follow_the_formula(extra: int) -> None:
    random = np.random.default_rng(2)
    x, row_splits = random.normal(size=(20, 7)), [0, 12, 12, 13, 20]
    inputs = {"x": x, "row_splits": row_splits}
    columns = random.normal(size=(20, extra))
    if extra:
        inputs["coordinate_features"] = columns
    case = Case("gravnet:GravNet", **SMALL)
    case(**inputs)
    weights = [0.3 * random.normal(size=weight.shape) for weight in case.layer.get_weights()]
    case.layer.set_weights(weights)
    gather, bias, space, output, output_bias, _ = weights
    s = np.concatenate([columns, x], 1) @ space
    found, distances = gathered(np.maximum(x @ gather + bias, 0), s, row_splits, 4)
    out = case(**inputs)
    assert_close(out["coordinates"], s)
    assert_close(out["squared_distances"], np.concatenate([np.zeros((20, 1)), distances], 1))
    assert_close(out["features"], np.maximum(np.concatenate([found, x], 1) @ output + output_bias, 0))
