"""The compiled models share their layers, and hold what the graph says."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from registry.compiling.model import compile_graph
from registry.contract.errors import InputError
from registry.training.events import open_data
from registry.training.feeding import Feed
from registry.wiring.checked_graph import Ref
from registry.wiring.opening import open_graph
from tests.training.helpers import TINY, compiled


@pytest.fixture(scope="module")
def batch() -> dict[str, object]:
    """Some events, by column of the loader."""
    checked = open_graph(str(TINY))
    keys = frozenset(f"event.{port}" for port in checked.loader.types)
    feed = Feed(open_data(checked.loader, 1), "event", keys, 1)
    return dict(feed.read("train", np.arange(4)).tensors)


def values(model: keras.Model, batch: dict[str, object]) -> dict[str, np.ndarray]:
    result = model({name: batch[name] for name in model.input}, training=False)
    return {name: np.asarray(value) for name, value in result.items()}


def test_layers_are_named_after_their_nodes() -> None:
    model = compiled()
    assert model.training is not None
    names = {layer.name for layer in model.training.layers}
    assert {"iterations.0.dense", "iterations.1.norm", "heads", "loss"} <= names


def test_the_inference_model_has_no_truth_and_no_loss() -> None:
    model = compiled()
    assert model.inference is not None
    assert not [name for name in model.inference.input if "truth" in name]
    assert "loss" not in {layer.name for layer in model.inference.layers}
    assert set(model.inference.output) == {"beta", "ccoords", "row_splits"}


def test_the_models_share_their_weights(batch: dict[str, object]) -> None:
    model = compiled()
    assert model.inference is not None
    before = values(model.inference, batch)["beta"]
    layer = model.layers["iterations.0.dense"]
    layer.set_weights([weight * 0 + 1 for weight in layer.get_weights()])
    assert not np.allclose(before, values(model.inference, batch)["beta"])


def test_a_probe_returns_any_tensor_of_the_graph(batch: dict[str, object]) -> None:
    model = compiled()
    probe = model.probe([Ref("iterations.0.dense", "x"), Ref("heads", "beta")])
    found = values(probe, batch)
    assert found["iterations.0.dense.x"].shape == (len(np.asarray(batch["event.energy"])), 8)


def test_a_saved_model_predicts_what_it_did(batch: dict[str, object], tmp_path: Path) -> None:
    model = compiled()
    assert model.inference is not None
    model.inference.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False)
    for name, value in values(model.inference, batch).items():
        np.testing.assert_allclose(values(loaded, batch)[name], value, rtol=1e-6)


def test_one_seed_gives_one_set_of_weights() -> None:
    first, second, other = compiled(seed=1), compiled(seed=1), compiled(seed=2)
    pairs = [(model.layers["heads"].get_weights()) for model in (first, second, other)]
    assert all(np.array_equal(a, b) for a, b in zip(pairs[0], pairs[1], strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(pairs[0], pairs[2], strict=True))


def test_a_keras_layer_is_used_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(
        "blocks:\n"
        "  event: {use: showers}\n"
        "  dense: {use: keras.Dense, in: event.features, with: {units: 5, activation: relu}}\n"
        "  norm: {use: keras.BatchNormalization, in: dense}\n"
        "  sum: {use: keras.Add, in: [dense, norm]}\n"
        "outputs: {x: sum}\n"
    )
    model = compile_graph(open_graph(str(tmp_path / "graph.yaml")))
    assert model.inference is not None
    assert model.inference.output["x"].shape == (None, 5)


WRONG = '''
import keras

from registry.contract.block import Block, Port
from registry.contract.hooks import hookimpl


class Liar(Block):
    """Says it keeps the features, but does not."""

    name = "liar"
    kind = "layer"
    inputs = (Port("x", "hits features"),)
    outputs = (Port("x", "hits features"),)

    def build(self, name):
        return keras.layers.Dense(3, name=name)

    positional = True


@hookimpl
def register_blocks():
    return [Liar]
'''


def test_a_layer_that_is_not_what_its_block_declares_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "liar.py").write_text(WRONG)
    (tmp_path / "graph.yaml").write_text(
        "plugins: [liar.py]\n"
        "blocks:\n"
        "  event: {use: showers}\n"
        "  lie: {use: liar, in: event.features}\n"
        "outputs: {x: lie}\n"
    )
    with pytest.raises(InputError) as caught:
        compile_graph(open_graph(str(tmp_path / "graph.yaml")))
    messages = [problem.message for problem in caught.value.problems]
    assert "inferred [hits@event, 10] float32, but Keras finds (None, 3) float32" in messages[0]
    assert "inferred 0 weights, but the Keras layer holds 33" in messages[1]
