"""Declares the transform to a range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from registry.contract.axes import TensorType
from registry.contract.block import Complaint, InputTypes, Weights, param
from registry.contract.transform import Fitting, Transform, TransformParams


class MinMax(Transform):
    """Columns moved and scaled so that the hits of the training events span a range.

    Formula: `low + (high - low) (x - min) / (max - min)`; a column that never varies becomes `low`. Values of other
    events may lie outside, unless `clip` is set.
    Weights: min and max of the training events, each [columns].
    Shapes: [hits, features] to the same.
    """

    name: ClassVar[str] = "min_max"
    layer: ClassVar[str] = "registry.plugins.transforms.min_max.layer:MinMax"

    class Params(TransformParams):
        """The columns that are changed, and their range."""

        low: float = param(0.0, "what the lowest value of the training events becomes")
        high: float = param(1.0, "what the highest value of the training events becomes")
        clip: bool = param(False, "values beyond those of the training events are moved to `low` or `high`")

    def check(self) -> Iterator[Complaint]:
        yield from super().check()
        if self.params.low >= self.params.high:
            message = f"'low' {self.params.low:g} is not below 'high' {self.params.high:g}"
            yield Complaint(message, "low", "exchange the two")

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(0, 2 * len(self.places or ()))

    def fitting(self) -> Fitting:
        from registry.plugins.transforms.min_max.fitting import Extremes

        return Extremes(len(self.places or ()))


BLOCKS = (MinMax,)
