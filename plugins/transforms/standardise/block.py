"""Declares the transform to mean 0 and standard deviation 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import TensorType
from registry.contract.block import InputTypes, Weights, param
from registry.contract.transform import Fitting, Transform, TransformParams


class Standardise(Transform):
    """Columns with mean 0 and standard deviation 1 over all hits of the training events.

    Formula: `(x - mean) / sd`; a column that never varies becomes 0. With `together`, sd is the root of the mean
    variance of all chosen columns, so that distances keep their proportions.
    Weights: mean and sd, each [columns].
    Shapes: [hits, features] to the same.
    """

    name: ClassVar[str] = "standardise"
    layer: ClassVar[str] = "registry.plugins.transforms.standardise.layer:Standardise"

    class Params(TransformParams):
        """The columns that are changed, and whether they share a width."""

        together: bool = param(False, "one width for all columns, as for the coordinates of a position")

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(0, 2 * len(self.places or ()))

    def fitting(self) -> Fitting:
        from registry.plugins.transforms.standardise.fitting import Moments

        return Moments(len(self.places or ()), self.params.together)


BLOCKS = (Standardise,)
