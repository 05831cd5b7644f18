"""An architecture is exchanged by one line: what takes the place of GravNet in its iterations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from registry.compiling.usable import usable
from registry.exporting.exporting import export, find_exporter
from registry.loading.blocks import load_registry
from registry.training.saved import load_checkpoint
from tests.graphs.helpers import FEW_EVENTS, SMALL, Model, opened
from tests.training.helpers import TINY
from tests.training.test_resuming import OPTIONS, stopped
from tests.training.test_stages import new_trainer

EXCHANGES = ("hashed_attention", "window_attention")
WITH_GRAVNET = ("gravnet", "gravnet_skip", "random_sampling", "random_sampling_unit", "translation_invariant")


@pytest.mark.parametrize("name", WITH_GRAVNET)
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_the_exchanged_graph_is_wired_as_it_was(name: str, exchange: str) -> None:
    before, after = opened(name), opened(name, f"Architecture.exchange={exchange}")
    assert not after.warnings
    assert before.nodes.keys() == after.nodes.keys()
    changed = [path for path, node in after.nodes.items() if node.block.name != before.nodes[path].block.name]
    assert changed
    assert {after.nodes[path].block.name for path in changed} == {exchange}
    for path, node in after.nodes.items():
        assert node.inputs == before.nodes[path].inputs, path
        assert str(node.types) == str(before.nodes[path].types), path


@pytest.fixture(scope="module", params=EXCHANGES)
def compiled(request: pytest.FixtureRequest) -> Model:
    """graphs/gravnet.yaml with one iteration of each block, compiled."""
    return Model.of(opened("gravnet", f"Architecture.exchange={request.param}", *SMALL, *FEW_EVENTS))


@pytest.fixture
def model(compiled: Model) -> Iterator[Model]:
    """The compiled model with the weights that it starts with, whatever another test did to them."""
    training = compiled.compiled.training
    assert training is not None
    start = training.get_weights()
    yield compiled
    training.set_weights(start)


@pytest.mark.slow
def test_every_weight_of_the_exchanged_graph_is_trained(model: Model) -> None:
    training = model.compiled.training
    assert training is not None
    columns = model.batch(1)
    batch = {key: columns[key] for key in training.input}
    with tf.GradientTape() as tape:
        loss = tf.add_n([terms["loss"] for terms in training(batch, training=True).values()])
    weights = [weight for weight in training.trainable_variables if "gravnet" in weight.path]
    gradients = tape.gradient(loss, weights)
    assert len(weights) == 5
    assert all(np.abs(np.asarray(gradient)).max() > 0 for gradient in gradients)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["savedmodel", "onnx"])
def test_the_exchanged_graph_is_exported_and_proved_equal(model: Model, form: str, tmp_path: Path) -> None:
    pytest.importorskip("tf2onnx")
    exporter = find_exporter(load_registry(()), form)
    inference = model.compiled.inference
    assert isinstance(inference, keras.Model)
    made = export(exporter, usable(inference), "network", tmp_path / f"network{exporter.ending}", hits=())
    assert made.proof.difference <= 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_training_goes_on_from_a_checkpoint_as_if_it_had_not_been_stopped(exchange: str, tmp_path: Path) -> None:
    options = "{n_neighbours: 3, n_dimensions: 2, n_filters: 8, n_propagate: 8}"
    node = f"exchange: {{use: {exchange}, in: {{x: pre.features, row_splits: pre.row_splits}}, with: {options}}}"
    text = TINY.read_text().replace("tiny_options.yaml", OPTIONS).replace("{x: pre.features}", "{x: exchange}")
    graph = tmp_path / "graph.yaml"
    graph.write_text(text.replace("  iterations:\n", f"  {node}\n  iterations:\n"))
    whole, resumed = (new_trainer(tmp_path / name, graph=graph) for name in ("whole", "resumed"))
    whole.fit()
    resumed.fit(stopped(new_trainer(tmp_path / "stopped", graph=graph), 2))
    one, other = (load_checkpoint(trainer.checkpoints.path) for trainer in (whole, resumed))
    for first, second in zip([*one.model, *one.optimizer], [*other.model, *other.optimizer], strict=True):
        np.testing.assert_array_equal(first, second)
