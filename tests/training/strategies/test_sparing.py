"""Values that are computed again, and layers that compute in 16 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from registry.training.trainer import Trainer
from tests.training.helpers import TINY
from tests.training.strategies.helpers import STAGE, fitted
from tests.training.test_resuming import OPTIONS, recorded

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest graph, with random numbers, running averages and penalties in its repeat."""
    text = TINY.read_text().replace("tiny_options.yaml", OPTIONS)
    text = text.replace('units: ["${entry.n}"]', 'units: [8, "${entry.n}"], dropout: 0.2, kernel_regularizer: l2')
    path = tmp_path_factory.mktemp("graph") / "graph.yaml"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def plain(graph: Path, tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    return fitted(tmp_path_factory.mktemp("plain"), f"{STAGE}, epochs: 1", graph=graph)


def test_what_is_computed_again_changes_nothing(graph: Path, plain: Trainer, tmp_path: Path) -> None:
    again = fitted(tmp_path, f"{STAGE}, epochs: 1, recompute: [iterations, heads]", graph=graph)
    assert len(again.steps._recomputing._parts) == 3
    for one, other in zip(plain.variables, again.variables, strict=True):
        np.testing.assert_allclose(np.asarray(other.variable), np.asarray(one.variable), rtol=1e-5, atol=1e-6)
    for (_, first), (_, second) in zip(recorded(plain), recorded(again), strict=True):
        assert second == pytest.approx(first, rel=1e-4)


def test_in_16_bits_the_layers_compute_for_which_that_is_sound_and_the_model_is_saved_in_32(
    graph: Path, plain: Trainer, tmp_path: Path
) -> None:
    mixed = fitted(tmp_path, f"{STAGE}, epochs: 1, precision: mixed_bfloat16", graph=graph)
    before, after = (recorded(made)[-1][1]["epoch/loss"] for made in (plain, mixed))
    assert after != before
    assert after == pytest.approx(before, rel=0.05)
    mixed.steps.precision.set("mixed_bfloat16")
    layers = mixed.run.compiled.layers
    x = tf.ones([2, layers["iterations.1.dense"]._dense[0].kernel.shape[0]])
    assert layers["iterations.1.dense"](x, training=False).dtype == tf.bfloat16
    norm = layers["iterations.1.norm"]
    assert norm(tf.ones([2, 8], tf.bfloat16), training=False).dtype == tf.bfloat16
    assert {layers["heads"].compute_dtype, *(weight.dtype for weight in norm.weights)} == {"float32"}
    mixed.use_final_weights()
    mixed.steps.precision.set("float32")
    assert {layer.compute_dtype for layer in layers.values()} == {"float32"}
