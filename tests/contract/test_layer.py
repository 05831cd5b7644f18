"""The base class of layers: where its parameters come from, and that configuration and schedule follow."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import numpy as np
import pytest
from pydantic import ValidationError

from registry.contract.block import Block, BlockParams, Kind, param
from registry.contract.errors import InputError
from registry.contract.layer import BlockLayer


class Stack(Block):
    """Dense layers in a row."""

    name: ClassVar[str] = "stack"
    kind: ClassVar[Kind] = "layer"

    class Params(BlockParams):
        """Widths and factor."""

        units: list[int] = param(..., "width of each layer")
        factor: float = param(2.0, "what the result is multiplied by", gt=0, schedulable=True)


@keras.saving.register_keras_serializable("test_layer")
class StackLayer(BlockLayer):
    """The layer of a block."""

    block = Stack

    def setup(self) -> None:
        self.dense = [keras.layers.Dense(width) for width in self.units]

    def call(self, x: Any) -> Any:
        for dense in self.dense:
            x = dense(x)
        return self.factor * x


@keras.saving.register_keras_serializable("test_layer")
class Shifted(BlockLayer):
    """A layer without a block."""

    def __init__(self, *, shift: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shift = shift

    def call(self, x: Any) -> Any:
        return x + self.shift


def test_the_parameters_of_the_block_are_attributes_with_their_defaults() -> None:
    layer = StackLayer(units=[3, 4], name="stack", trainable=False)
    assert (layer.units, layer.factor, layer.name, layer.trainable) == ([3, 4], 2.0, "stack", False)
    assert [dense.units for dense in layer.dense] == [3, 4]


@pytest.mark.parametrize(
    ("arguments", "message"), [({"units": [3], "factor": 0.0}, "greater than 0"), ({}, "Field required")]
)
def test_wrong_and_missing_parameters_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        StackLayer(**arguments)


def test_an_unknown_argument_is_refused_by_keras() -> None:
    with pytest.raises(ValueError, match="unit"):
        StackLayer(units=[3], unit=4)


def test_the_configuration_holds_every_parameter_as_it_is_now_and_gives_the_layer_back() -> None:
    layer = StackLayer(units=[3, 4])
    layer.schedule("factor", 5.0)
    config = layer.get_config()
    assert {name: config[name] for name in ("units", "factor")} == {"units": [3, 4], "factor": 5.0}
    assert type(config["units"]) is list
    assert StackLayer.from_config(config).get_config() == config


def test_a_layer_that_another_version_of_its_block_has_saved_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    first = StackLayer(units=[2]).get_config()
    monkeypatch.setattr(Stack, "version", 2)
    second = StackLayer(units=[2]).get_config()
    assert StackLayer.from_config(second).units == [2]
    with pytest.raises(InputError, match=r"was saved by version 1 of the block '.+'; expected version 2"):
        StackLayer.from_config(first)


@pytest.mark.parametrize("layer", [StackLayer(units=[2]), Shifted()])
def test_a_parameter_that_is_not_there_cannot_be_scheduled(layer: BlockLayer) -> None:
    with pytest.raises(ValueError, match=f"{type(layer).__name__} .* has no parameter 'rate'"):
        layer.schedule("rate", 1.0)


def test_a_value_that_the_parameter_does_not_take_cannot_be_scheduled() -> None:
    layer = StackLayer(units=[2])
    with pytest.raises(ValidationError, match="greater than 0"):
        layer.schedule("factor", -1.0)
    assert layer.factor == 2.0


def test_a_layer_without_a_block_takes_the_arguments_of_its_own_constructor() -> None:
    layer = Shifted(shift=3.0)
    layer.schedule("shift", 4.0)
    again = Shifted.from_config(layer.get_config())
    np.testing.assert_array_equal(again(np.zeros((2, 1))), np.full((2, 1), 4.0))


def test_the_layer_of_another_block_is_refused() -> None:
    from tests.plugins.built_in import built_in_blocks

    kinds = {block.name: block for block in built_in_blocks()}

    class Copied(kinds["ones_like"]):  # type: ignore[misc]
        """A copy of a block that still names the layer of the first."""

        name = "copied"

    with pytest.raises(TypeError, match=r"is the layer of block 'ones_like'.*not of 'copied'"):
        Copied(Copied.Params()).build("node")
