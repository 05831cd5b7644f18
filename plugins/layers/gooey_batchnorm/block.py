"""Declares the running normalisation whose statistics grow more viscous with time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from registry.contract.axes import TensorType
from registry.contract.block import Block, BlockParams, Complaint, InputTypes, Kind, Mixed, Weights, param
from registry.plugins.shared.costs import normalisation
from registry.plugins.shared.ports import NORMALISATION_INPUTS, NORMALISATION_OUTPUTS


class GooeyBatchnorm(Block):
    """Normalisation by running statistics that move more slowly as training goes on ("viscosity"), then an affine map.

    Formula: `y = (x - mean) / (|den| + epsilon) * gamma + bias`; no gradient through mean and den. With a condition,
    only rows with `condition > 0.5` (or, inverted, `<= 0.5`) are normalised, and only they enter the statistics; the
    others pass unchanged. In training, before the output, with A(u) = sum(c u) / (sum(c) + epsilon) over the rows c:
    `mean += (1 - v)(A(x) - mean)`, `den += (1 - v)(A(|x - mean_old|) - den)`,
    `v += (max_viscosity - v) fluidity_decay`; without `no_gaus` the spread is `sqrt(A((x - mean_old)^2) + epsilon)`.
    Weights: bias, gamma, mean, den [1, features], viscosity [] (not with `learn`).
    Source: HGCalML, modules/GravNetLayersRagged.py, ScaledGooeyBatchNorm2. There inverted rows are normalised with the
    statistics of the others (docs/faults.md, Q-3); `legacy_inverted_statistics` restores that for stored pooling
    weights that are trained on.
    """

    name: ClassVar[str] = "gooey_batchnorm"
    kind: ClassVar[Kind] = "normalisation"
    layer: ClassVar[str] = "registry.plugins.layers.gooey_batchnorm.layer:GooeyBatchnorm"
    mixed: ClassVar[Mixed] = "as taken"
    examples = (
        {},
        {"learn": True, "no_gaus": False},
        {"invert_condition": True},
    )
    inputs = NORMALISATION_INPUTS
    outputs = NORMALISATION_OUTPUTS

    class Params(BlockParams):
        """Viscosity and its change, scale and condition."""

        viscosity: float = param(0.01, "viscosity at the start: share of the old statistics kept in a step", ge=0, le=1)
        fluidity_decay: float = param(
            1e-4, "rate at which the viscosity approaches its maximum; 0 keeps it", ge=0, le=1, schedulable=True
        )
        max_viscosity: float = param(0.99999, "viscosity in the long run", ge=0, le=1, schedulable=True)
        no_gaus: bool = param(True, "scale by the mean absolute deviation; false: by the root of the mean square")
        epsilon: float = param(1e-2, "added to the averages' and the output's denominators", gt=0)
        invert_condition: bool = param(False, "normalise the rows whose condition is not above 0.5")
        learn: bool = param(False, "learn mean and den by a penalty on their distance to each batch's statistics")
        no_bias_gamma: bool = param(False, "keep bias 0 and gamma 1: they are not trained")
        legacy_inverted_statistics: bool = param(
            False,
            "with `invert_condition`: take the statistics from the rows that are not normalised (docs/faults.md, Q-3)",
        )

    def check(self) -> Iterator[Complaint]:
        if self.params.max_viscosity < self.params.viscosity:
            message = f"max_viscosity {self.params.max_viscosity} is below viscosity {self.params.viscosity}"
            yield Complaint(message, "max_viscosity", "the viscosity only rises: lower `viscosity`, or raise this")

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        width = inputs["x"].features
        trainable = 2 * width * (int(self.params.learn) + int(not self.params.no_bias_gamma))
        return Weights(trainable, 4 * width - trainable + int(not self.params.learn))

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        return normalisation(inputs["x"].features)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the normalised rows."""
        return inputs["x"].features


BLOCKS = (GooeyBatchnorm,)
