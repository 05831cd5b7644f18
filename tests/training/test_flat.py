"""An optimiser step on the vector of all weights is the step on each of them."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from registry.configuration.training_options import OptimizerOptions
from registry.contract.keras_optimizers import optimizers
from registry.training.flat import Clipping, EachWeight, FlatWeights
from registry.training.optimizers import each_tensor, make_optimizer


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


def test_all_tensors_together_are_clipped_to_one_norm() -> None:
    vector = FlatWeights(weights())
    expected, _ = tf.clip_by_global_norm(gradients(1), 0.7)
    found = vector.clipped(vector.flat(gradients(1)), Clipping(None, 0.7))
    np.testing.assert_allclose(found, vector.flat(expected), rtol=1e-6)


@pytest.mark.parametrize("name", sorted(optimizers()))
def test_every_optimiser_of_keras_moves_the_tensors_as_it_does_by_itself(name: str) -> None:
    options = OptimizerOptions(name=name)
    whole, single = weights(), weights()
    ours, each = make_optimizer(options, 0.1), make_optimizer(options, 0.1)
    vector = (EachWeight if each_tensor(options) else FlatWeights)(whole)
    vector.build(ours)
    each.build(single)
    for step in range(3):
        vector.apply(ours, vector.flat(gradients(step)))
        each.apply(gradients(step), single)
    for one, other, before in zip(whole, single, weights(), strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=1e-5, atol=1e-6)
        assert np.abs(np.asarray(one) - np.asarray(before)).max() > 0
