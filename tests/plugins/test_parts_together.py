"""Blocks that make new hit axes, wired together: noise filter, sampling, pooling, and the way back to all hits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from registry.compiling.model import Compiled, compile_graph
from registry.contract.errors import InputError
from registry.wiring.opening import open_graph

GRAPH = """
name: parts
description: parts of the pre-models, together
blocks:
  event: {use: showers, with: {train_events: 3, validation_events: 1, test_events: 1}}
  pre: {use: preprocess.none, in: event}
  score: {use: dense_loop, in: pre.features, with: {units: [8, 1], activation: sigmoid}}
  kept: {use: noise_selection, in: {"*": pre, score: score}, with: {noise_threshold: 0.4}}
  gravnet:
    use: gravnet
    in: {x: kept.features, row_splits: kept.row_splits}
    with: {n_neighbours: 8, n_dimensions: 3, n_filters: 16, n_propagate: 8}
  sampled: {use: random_sampling, in: kept, with: {reduction: 4.0}}
  thin: {use: select_hits, in: {"*": gravnet, kept_hits: sampled.kept_hits}}
  lists: {use: knn, in: {coordinates: thin.coordinates, row_splits: sampled.row_splits}, with: {K: 6, reduction: 4.0}}
  messages: {use: message_passing, in: {"*": lists, x: thin.features}, with: {n_feature_transformation: [8]}}
  back: {use: back_scatter, in: {x: messages, kept_hits: sampled.kept_hits, like: kept.features}}
  pool_score: {use: dense_loop, in: gravnet.features, with: {units: [1], activation: sigmoid}}
  condensed:
    use: graph_condensation
    in: {score: pool_score, coordinates: gravnet.coordinates, row_splits: kept.row_splits}
    with: {reduction_target: 0.2}
  pooled: {use: push_up, in: {"*": condensed, x: back, hit_weights: kept.energy}, with: {add_self: true}}
  edges: {use: condensation_edges, in: {"*": condensed, x: gravnet.features}}
  score_loss: {use: graph_condensation_score, in: {"*": kept, score: pool_score}}
  edge_loss: {use: graph_condensation_edges, in: {"*": [condensed, kept], edges: edges}}
  noise_loss: {use: not_noise, in: {"*": pre, score: score}}
  all_hits: {use: back_scatter, in: {x: back, kept_hits: kept.kept_hits, like: pre.features}}
outputs: {x: all_hits, pooled: pooled, pooled_splits: condensed.row_splits}
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    path = tmp_path_factory.mktemp("parts") / "parts.yaml"
    path.write_text(GRAPH, encoding="utf-8")
    return compile_graph(open_graph(str(path)))


def columns(compiled: Compiled, model: keras.Model) -> dict[str, Any]:
    source = compiled.checked.nodes["event"].block.open(1)
    found = source.read("train", np.arange(3), None)
    return {name: tf.constant(found[name.partition(".")[2]]) for name in model.input}


def test_predictions_have_one_row_for_every_input_hit(compiled: Compiled) -> None:
    inputs = columns(compiled, compiled.inference)
    out = compiled.inference(inputs)
    assert out["x"].shape[0] == inputs["event.features"].shape[0]
    assert out["pooled"].shape[0] == out["pooled_splits"][-1]


def test_the_saved_model_gives_the_same(compiled: Compiled, tmp_path: Path) -> None:
    compiled.inference.save(tmp_path / "parts.keras")
    inputs = columns(compiled, compiled.inference)
    found, expected = keras.models.load_model(tmp_path / "parts.keras")(inputs), compiled.inference(inputs)
    for name, value in expected.items():
        assert np.array_equal(found[name], value), name


def test_a_training_step_gives_finite_gradients_to_every_weight_that_a_loss_depends_on(compiled: Compiled) -> None:
    inputs, variables = columns(compiled, compiled.training), compiled.training.trainable_variables

    @tf.function
    def step() -> list[Any]:
        with tf.GradientTape() as tape:
            losses = compiled.training(inputs, training=True)
            total = tf.add_n([terms["loss"] for terms in losses.values()])
        return tape.gradient(total, variables)

    for gradient, variable in zip(step(), variables, strict=True):
        assert gradient is not None, variable.path
        assert np.isfinite(tf.convert_to_tensor(gradient)).all(), variable.path


def test_neighbours_of_all_hits_do_not_fit_the_kept_hits(tmp_path: Path) -> None:
    path = tmp_path / "mixed.yaml"
    wrong = "in: {x: pre.features, row_splits: kept.row_splits}"
    path.write_text(GRAPH.replace("in: {x: kept.features, row_splits: kept.row_splits}", wrong), encoding="utf-8")
    with pytest.raises(InputError, match=r"gravnet: .*hits is hits@event in 'pre.features', but kept@kept"):
        open_graph(str(path))
