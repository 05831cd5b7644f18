"""Dense layers in a row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.plugins.block_case import Case, assert_close
from tests.plugins.formulas import elu

X = np.random.default_rng(0).normal(size=(6, 3))


def filled(case: Case) -> list[np.ndarray]:
    """Give the layer random weights, and return them."""
    case(x=X)
    random = np.random.default_rng(1)
    weights = [random.normal(size=weight.shape) for weight in case.layer.get_weights()]
    case.layer.set_weights(weights)
    return weights


def test_every_layer_is_an_affine_map_and_the_activation() -> None:
    case = Case("dense_loop:DenseLoop", units=[5, 2])
    first, first_bias, second, second_bias = filled(case)
    assert_close(case(x=X), elu(elu(X @ first + first_bias) @ second + second_bias))


@pytest.mark.parametrize(("kind", "penalty"), [("l2", lambda w: (w**2).sum()), ("L1", lambda w: np.abs(w).sum())])
def test_kernels_are_penalised_and_biases_are_not(kind: str, penalty: Callable[[np.ndarray], float]) -> None:
    case = Case("dense_loop:DenseLoop", units=[5, 2], kernel_regularizer=kind, kernel_regularizer_rate=0.1)
    first, _, second, _ = filled(case)
    case(x=X)
    assert_close(sum(case.layer.losses), 0.1 * (penalty(first) + penalty(second)))


def test_dropout_follows_every_layer_but_the_last_and_a_stage_can_change_its_rate() -> None:
    case = Case("dense_loop:DenseLoop", units=[400, 400], activation="linear", dropout=0.9)
    case(x=np.ones((1, 2)))
    case.layer.set_weights([np.ones((2, 400)), np.zeros(400), np.eye(400), np.zeros(400)])
    out = np.asarray(case(training=True, x=np.ones((1, 2))))
    assert_close(np.unique(out), [0, 20])
    assert 0.8 < (out == 0).mean() < 0.97
    case.layer.schedule("dropout", 0.0)
    assert_close(case(training=True, x=np.ones((1, 2))), np.full((1, 400), 2.0))
