"""Normalisation over the features of each hit, and that the three normalisations stand in for each other."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from registry.contract.block import Block
from registry.plugins.layers.batch_normalization.block import BatchNormalization
from registry.plugins.layers.gooey_batchnorm.block import GooeyBatchnorm
from registry.plugins.layers.layer_normalization.block import LayerNormalization
from tests.plugins.block_case import Case, assert_close


def test_it_computes_what_keras_computes() -> None:
    x = np.random.default_rng(0).normal(3, 2, size=(50, 4)).astype("float32")
    assert_close(Case("layer_normalization:LayerNormalization")(x=x), keras.layers.LayerNormalization()(x))


def test_rows_outside_the_condition_pass() -> None:
    x = np.array([[1.0, 3.0], [5.0, 7.0]])
    out = Case("layer_normalization:LayerNormalization")(x=x, condition=np.array([[0.0], [1.0]]))
    assert_close(out, [[1, 3], [-1 / np.sqrt(1.001), 1 / np.sqrt(1.001)]])


@pytest.mark.parametrize("block", [GooeyBatchnorm, BatchNormalization, LayerNormalization])
def test_every_normalisation_has_the_same_ports_and_needs_no_parameter(block: type[Block]) -> None:
    assert block.kind == "normalisation"
    assert [port.name for port in block.inputs] == ["x", "condition"]
    assert [port.name for port in block.outputs] == ["x"]
    block(block.Params())


def test_values_follow_the_formula() -> None:
    random = np.random.default_rng(2)
    x, gamma, beta = random.normal(3, 2, size=(6, 4)), random.normal(size=4), random.normal(size=4)
    case = Case("layer_normalization:LayerNormalization", epsilon=0.1)
    case(x=x)
    case.layer.set_weights([gamma, beta])
    expected = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 0.1) * gamma + beta
    assert_close(case(x=x), expected)
