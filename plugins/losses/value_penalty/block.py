"""Declares the loss that keeps a value near a constant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from registry.contract.axes import TensorType
from registry.contract.block import BlockParams, InputTypes, Port, param
from registry.contract.loss import Loss


class ValuePenalty(Loss):
    """Keeps values near a constant.

    Formula: `scale mean((default - x)^2)` over all hits and columns.
    Shapes: [hits, features].
    Source: HGCalML (branch phd), modules/LossLayers.py, LLValuePenalty.
    """

    name: ClassVar[str] = "value_penalty"
    layer: ClassVar[str] = "registry.plugins.losses.value_penalty.layer:ValuePenalty"
    mean_over: ClassVar[Literal["events", "hits"]] = "hits"
    inputs = (Port("x", "hits features", "what is kept near the constant"),)

    class Params(BlockParams):
        """The constant, and the weight."""

        default: float = param(0.0, "the constant")
        scale: float = param(1.0, "weight of the loss", ge=0, schedulable=True)

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the constant everywhere."""
        return {"x": 0 * columns["x"] + self.params.default}

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return one per value."""
        return float(inputs["x"].features)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the differences from the constant."""
        return int(inputs["x"].features)


BLOCKS = (ValuePenalty,)
