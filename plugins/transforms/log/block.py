"""Declares the logarithm of columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import TensorType
from registry.contract.block import InputTypes, Weights, param
from registry.contract.transform import Fitting, Transform, TransformParams


class Log(Transform):
    """The natural logarithm of columns, from a least value on.

    Formula: `ln(max(x + offset, least))`, where `least` is the least `x + offset` of the training events, so that no
    other event has a value without a logarithm.
    Weights: least [columns].
    Shapes: [hits, features] to the same.
    Errors: `x + offset` that is 0 or less in a training event, unless `floor` stands for it.
    """

    name: ClassVar[str] = "log"
    layer: ClassVar[str] = "registry.plugins.transforms.log.layer:Log"
    examples = ({"offset": 5.0, "floor": 0.1},)

    class Params(TransformParams):
        """The columns that are changed, and what is done before the logarithm is taken."""

        offset: float = param(0.0, "added before the logarithm is taken, in the unit of the column; 1 for ln(1 + x)")
        floor: float | None = param(
            None, "lower values of x + offset are raised to this one; null: to the least of the training events", gt=0
        )

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(0, len(self.places or ()))

    def fitting(self) -> Fitting:
        from registry.plugins.transforms.log.fitting import Least

        return Least(self.names, self.params.offset, self.params.floor)


BLOCKS = (Log,)
