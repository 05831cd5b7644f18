"""Batch normalisation over hits."""

from __future__ import annotations

import keras
import numpy as np

from tests.plugins.block_case import Case, assert_close


def test_it_computes_what_keras_computes() -> None:
    random = np.random.default_rng(0)
    case, other = Case("batch_normalization:BatchNormalization"), keras.layers.BatchNormalization()
    for _ in range(3):
        x = random.normal(3, 2, size=(50, 4)).astype("float32")
        assert_close(case(training=True, x=x), other(x, training=True))
    x = random.normal(size=(5, 4)).astype("float32")
    assert_close(case(training=False, x=x), other(x, training=False))
    for found, expected in zip(case.layer.get_weights(), other.get_weights(), strict=True):
        assert_close(found, expected)


def test_a_batch_without_hits_leaves_the_averages() -> None:
    case = Case("batch_normalization:BatchNormalization")
    case(training=True, x=np.ones((4, 2)))
    before = case.layer.get_weights()
    assert case(training=True, x=np.ones((0, 2))).shape == (0, 2)
    for found, expected in zip(case.layer.get_weights(), before, strict=True):
        assert_close(found, expected)


def test_rows_outside_the_condition_pass_and_do_not_count() -> None:
    x = np.array([[1.0], [3.0], [100.0]])
    out = Case("batch_normalization:BatchNormalization")(training=True, x=x, condition=np.array([[1.0], [1], [0]]))
    assert_close(out, [[-1 / np.sqrt(1.001)], [1 / np.sqrt(1.001)], [100]])


def test_values_and_running_averages_follow_the_formula() -> None:
    random = np.random.default_rng(1)
    case = Case("batch_normalization:BatchNormalization", momentum=0.8, epsilon=0.1)
    case(x=np.ones((1, 3)))
    gamma, beta, mean, variance = random.normal(size=3), random.normal(size=3), np.zeros(3), np.ones(3)
    case.layer.set_weights([gamma, beta, mean, variance])
    for _ in range(2):
        x = random.normal(2, 3, size=(7, 3))
        expected = (x - x.mean(0)) / np.sqrt(x.var(0) + 0.1) * gamma + beta
        assert_close(case(training=True, x=x), expected)
        mean, variance = 0.8 * mean + 0.2 * x.mean(0), 0.8 * variance + 0.2 * x.var(0)
        assert_close(case.layer.get_weights()[2], mean)
        assert_close(case.layer.get_weights()[3], variance)
    assert_close(case(training=False, x=x), (x - mean) / np.sqrt(variance + 0.1) * gamma + beta)
