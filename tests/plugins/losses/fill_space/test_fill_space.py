"""The fill-space loss against recordings, its definition, and its laws."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from registry.plugins.losses.fill_space.sampling import draw_hits
from tests.examples import examples
from tests.plugins.block_case import assert_close, golden
from tests.plugins.losses.object_condensation.loss_case import LossCase, permuted

USE = "fill_space:FillSpace"
ALL = {"maxhits": 100_000}
laws = examples(25)


def definition(coordinates: np.ndarray, row_splits: np.ndarray, truth: np.ndarray | None = None) -> float:
    """Return the loss, event by event."""
    total = 0.0
    for a, b in pairwise(row_splits):
        x = coordinates[a:b]
        x = x if truth is None else x[truth[a:b, 0] >= 0]
        if len(x):
            spread = np.maximum(np.linalg.eigvalsh(np.cov(x.T, bias=True)), 0)
            total += np.log((spread.mean() / (spread.min() + 1e-6) - 1) ** 2 + 1)
    return total / (len(row_splits) - 1)


def inputs_of(sizes: list[int], seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    hits = sum(sizes)
    return {
        "coordinates": rng.normal(0, [1.0, 0.5, 0.2], (hits, 3)),
        "row_splits": np.concatenate([[0], np.cumsum(sizes)]).astype(int),
        "truth_index": rng.integers(-1, 3, (hits, 1)),
    }


@pytest.mark.parametrize("truth", [True, False])
def test_one_event_agrees_with_the_recording_but_for_the_division_by_events_plus_one(
    reference: Path, truth: bool
) -> None:
    arrays, _ = golden(reference, "f_oc_inputs")
    recording, _ = golden(reference, "f_fillspace")
    end = int(arrays["row_splits"][1])
    inputs = {"coordinates": arrays["x"][:end], "row_splits": [0, end]}
    if truth:
        inputs["truth_index"] = arrays["truth_idx"][:end]
    case, key = LossCase(USE, **ALL), "ev0_tidx" if truth else "ev0_notidx"
    assert_close(case(**inputs)["loss"] / 2, recording[f"{key}/loss"])
    assert_close(case.gradients("coordinates", **inputs)[0] / 2, recording[f"{key}/grad_x"])


def test_two_events_agree_with_the_recording_but_for_the_division_by_events_plus_one(reference: Path) -> None:
    arrays, _ = golden(reference, "f_oc_inputs")
    recording, _ = golden(reference, "f_fillspace")
    inputs = {"coordinates": arrays["x"], "row_splits": arrays["row_splits"]}
    case = LossCase(USE, **ALL)
    assert_close(case(**inputs)["loss"] * 2 / 3, recording["two_events_notidx/loss"])
    assert_close(case.gradients("coordinates", **inputs)[0] * 2 / 3, recording["two_events_notidx/grad_x"])


def test_q8_every_event_is_masked_with_its_own_truth(reference: Path) -> None:
    arrays, _ = golden(reference, "f_oc_inputs")
    recording, _ = golden(reference, "f_fillspace")
    x, splits, truth = (arrays[name] for name in ("x", "row_splits", "truth_idx"))
    found = LossCase(USE, **ALL)(coordinates=x, row_splits=splits, truth_index=truth)["loss"]
    assert found == pytest.approx(definition(x.astype(float), splits, truth), rel=1e-5)
    assert found * 2 / 3 != pytest.approx(float(recording["two_events_tidx/loss"]), rel=1e-3)


@laws
@given(sizes=st.lists(st.integers(0, 40), min_size=1, max_size=4), seed=st.integers(0, 100))
def test_it_computes_its_definition_whatever_the_order_of_hits(sizes: list[int], seed: int) -> None:
    inputs, case = inputs_of(sizes, seed), LossCase(USE)
    x, splits, truth = inputs["coordinates"], inputs["row_splits"], inputs["truth_index"]
    # Few hits fill no volume: the smallest eigenvalue is then rounding, and the loss is known to its logarithm only.
    filled = all(b - a == 0 or np.sum(truth[a:b] >= 0) > 5 for a, b in pairwise(splits))
    shuffled = case(**permuted(inputs, np.random.default_rng(seed)))["loss"]
    assert np.isfinite(shuffled)
    if filled:
        assert shuffled == pytest.approx(definition(x, splits, truth), rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("sizes", [[], [0], [0, 30, 0], [1], [2, 1], [3]])
def test_small_events_give_finite_values_and_gradients(sizes: list[int]) -> None:
    inputs = inputs_of(sizes)
    for truth in (inputs["truth_index"], None, np.full((sum(sizes), 1), -1)):
        case, given_truth = LossCase(USE), {**inputs, "truth_index": truth}
        assert np.isfinite(case(**given_truth)["loss"])
        assert np.all(np.isfinite(case.gradients("coordinates", **given_truth)[0]))


def test_hits_at_one_point_or_on_a_plane_give_finite_gradients() -> None:
    point, plane = inputs_of([30]), inputs_of([30])
    point["coordinates"][:] = 3.0
    plane["coordinates"][:, 2] = 1.0
    for inputs in (point, plane):
        assert np.all(np.isfinite(LossCase(USE).gradients("coordinates", **inputs)[0]))


def test_a_flat_space_is_pushed_apart_and_a_round_one_is_left_alone() -> None:
    rng = np.random.default_rng(2)
    round_, flat = rng.normal(0, 1, (2, 500, 3))
    flat[:, 2] *= 0.01
    case = LossCase(USE)
    losses = [case(coordinates=x, row_splits=[0, 500])["loss"] for x in (round_, flat)]
    assert losses[0] < 0.1 < 5 < losses[1]


def test_in_training_it_runs_in_the_first_call_and_every_third_thereafter() -> None:
    inputs, case = inputs_of([30]), LossCase(USE, runevery=2)
    losses = []
    for _ in range(7):
        losses.append(case(training=True, **inputs)["loss"] > 0)
        assert case(training=False, **inputs)["loss"] > 0
    assert losses == [True, False, False, True, False, False, True]
    assert [int(weight) for weight in case.layer.get_weights() if weight.shape == ()] == [7]


def test_calls_that_are_left_out_have_no_gradient_in_a_traced_step() -> None:
    inputs, case = inputs_of([30, 0, 2000]), LossCase(USE, runevery=1)
    splits = tf.constant(inputs["row_splits"], tf.int32)

    @tf.function
    def gradient(coordinates: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(coordinates)
            loss = case.layer(coordinates=coordinates, row_splits=splits, training=True)["loss"]
        return tf.convert_to_tensor(tape.gradient(loss, coordinates))

    coordinates = tf.constant(inputs["coordinates"], tf.float32)
    assert [bool(np.any(gradient(coordinates))) for _ in range(4)] == [True, False, True, False]


def test_large_events_are_drawn_from_all_their_hits_and_small_ones_kept_whole() -> None:
    seed = keras.random.SeedGenerator(3)
    drawn, splits = draw_hits(tf.constant([0, 4, 4, 2004]), 1000, seed)
    assert splits.numpy().tolist() == [0, 4, 4, 1004]
    assert drawn.numpy()[:4].tolist() == [0, 1, 2, 3]
    large = drawn.numpy()[4:]
    assert 4 <= large.min() < 14
    assert 1994 < large.max() < 2004
    again, _ = draw_hits(tf.constant([0, 4, 4, 2004]), 1000, seed)
    assert np.any(again.numpy() != drawn.numpy())
    last = [draw_hits(tf.constant([0, 3]), 2, seed)[0].numpy() for _ in range(30)]
    assert {0, 1, 2} == set(np.concatenate(last).tolist())
