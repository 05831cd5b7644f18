"""Declares the transform by quantiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from registry.contract.axes import TensorType
from registry.contract.block import InputTypes, Weights, param
from registry.contract.transform import Fitting, Transform, TransformParams


class Quantile(Transform):
    """Columns whose hits in the training events are spread evenly, or like a Gauss, whatever their distribution.

    Formula: `F(x)`, the share of training hits below x, in a line between `quantiles` values of equal shares; of equal
    values the middle of their shares. `normal`: what a Gauss of width 1 has below it with that share, to 5.2 at most.
    Weights: the values, [quantiles, columns]. They are exact for up to `sample` hits, beyond which that many, drawn
    with a fixed seed, stand for all.
    Shapes: [hits, features] to the same.
    Source: scikit-learn, preprocessing.QuantileTransformer.
    """

    name: ClassVar[str] = "quantile"
    layer: ClassVar[str] = "registry.plugins.transforms.quantile.layer:Quantile"

    class Params(TransformParams):
        """The columns that are changed, and what they become."""

        quantiles: int = param(1000, "number of values between which a line is drawn", ge=2)
        distribution: Literal["uniform", "normal"] = param(
            "uniform", "0 to 1, evenly; or a Gauss of mean 0 and width 1"
        )
        sample: int = param(1_000_000, "number of hits that stand for all", ge=1)

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        return Weights(0, self.params.quantiles * len(self.places or ()))

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the differences and shares of each column, on either side of equal values."""
        return 11 * len(self.places or ())

    def fitting(self) -> Fitting:
        from registry.plugins.transforms.quantile.fitting import Quantiles

        return Quantiles(len(self.places or ()), self.params.quantiles, self.params.sample)


BLOCKS = (Quantile,)
