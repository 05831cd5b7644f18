"""An optimiser step on the vector of all weights is the step on each of them."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from registry.configuration.training_options import OptimizerOptions
from registry.training.flat import Clipping, FlatWeights
from registry.training.optimizers import make_optimizer


def weights() -> list[keras.Variable]:
    draw = np.random.default_rng(1)
    return [keras.Variable(draw.normal(size=shape).astype(np.float32)) for shape in [(3, 4), (4,), ()]]


def gradients(step: int) -> list[tf.Tensor]:
    draw = np.random.default_rng([2, step])
    return [tf.constant(draw.normal(size=shape).astype(np.float32) * 3) for shape in [(3, 4), (4,), ()]]


@pytest.mark.parametrize("name", ["adam", "adamw", "nadam", "sgd", "rmsprop", "lion"])
@pytest.mark.parametrize("clipnorm", [None, 1.0])
def test_the_vector_moves_as_the_tensors_do(name: str, clipnorm: float | None) -> None:
    options = OptimizerOptions(name=name, weight_decay=0.01)
    whole, single = weights(), weights()
    flat, each = make_optimizer(options, 0.1), make_optimizer(options, 0.1)
    vector = FlatWeights(whole)
    flat.build([vector.vector])
    each.build(single)
    for step in range(3):
        vector.apply(flat, vector.clipped(vector.flat(gradients(step)), Clipping(clipnorm)))
        clipped = [item if clipnorm is None else tf.clip_by_norm(item, clipnorm) for item in gradients(step)]
        each.apply(clipped, single)
    for one, other in zip(whole, single, strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=2e-6, atol=1e-7)


def test_a_weight_without_a_gradient_stays() -> None:
    variables = weights()
    before = np.asarray(variables[1])
    vector = FlatWeights(variables)
    optimizer = make_optimizer(OptimizerOptions(), 0.1)
    optimizer.build([vector.vector])
    first, _, third = gradients(0)
    vector.apply(optimizer, vector.clipped(vector.flat([first, None, third]), Clipping(1.0)))
    np.testing.assert_array_equal(np.asarray(variables[1]), before)
