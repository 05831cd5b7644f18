"""Declares the loss of the noise filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from registry.contract.axes import TensorType
from registry.contract.block import BlockParams, InputTypes, Port, param
from registry.contract.loss import Loss
from registry.plugins.losses.object_condensation.block import SPECTATORS
from registry.plugins.shared.costs import PER_PAIR
from registry.plugins.shared.ports import TRUTH_INDEX, WEIGHTS_IN_LOSSES

CERTAIN = 100.0
"""A logit of which the cross-entropy is 0."""


class NotNoise(Loss):
    """Binary cross-entropy of a score that says whether a hit belongs to an object.

    Formula: `loss = scale · mean_i (1 - s_i) BCE(t_i, p_i)`, t = 1 for hits of objects and for tracks, s the spectator
    weight. With weights w of hits, v of objects (1 for noise) and g of events, `c_i = w_i v_i`:
    `scale · Σ_i g_i c_i (1 - s_i) BCE(t_i, p_i) / Σ_i c_i`. p is clipped to [1e-7, 1 - 1e-7], and 1e-7 is added inside
    the logarithms, as Keras does; with `from_logits` the score is the logit instead, which keeps its gradient for
    certain mistakes.
    Terms, at p > `threshold`: efficiency (share of the hits of objects that pass), purity (share of hits of objects
    among those that pass).
    Shapes: score [hits, 1].
    Source: HGCalML, modules/LossLayers.py, LLNotNoiseClassifier; modules/noise_filter.py (tracks are never noise).
    """

    name: ClassVar[str] = "not_noise"
    layer: ClassVar[str] = "registry.plugins.losses.not_noise.layer:NotNoise"
    inputs = (
        Port("score", "hits 1", "probability that the hit is not noise", bounds=(0, 1)),
        TRUTH_INDEX,
        Port("is_track", "hits 1", "1 for a track, which is never noise", optional=True, bounds=(0, 1)),
        *SPECTATORS,
        *WEIGHTS_IN_LOSSES,
    )
    terms: ClassVar[tuple[str, ...]] = ("efficiency", "purity")
    mean_over: ClassVar[Literal["events", "hits"]] = "hits"

    class Params(BlockParams):
        """Threshold of the recorded figures, form of the score, and the weight."""

        threshold: float = param(0.5, "score above which a hit passes, for efficiency and purity", ge=0, le=1)
        from_logits: bool = param(False, "the score is a logit, not a probability")
        spectator_threshold: float = param(5.0, "hits further from the shower's axis are spectators [std. dev.]", ge=0)
        spectator_minimum: float = param(0.1, "share of its weight that a spectator keeps", ge=0, le=1)
        scale: float = param(1.0, "weight of the loss", ge=0, schedulable=True)

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the truth as score, or a logit far beyond it."""
        signal = columns["truth_index"] >= 0
        if "is_track" in columns:
            signal = signal | (columns["is_track"] > 0)
        score = signal.astype(columns["score"].dtype)
        return {"score": CERTAIN * (2 * score - 1) if self.params.from_logits else score}

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return the cross-entropy: two logarithms and their weights."""
        return 2.0 * PER_PAIR

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the factors and the logarithms of the cross-entropy."""
        return 13


BLOCKS = (NotNoise,)
"""The blocks of this folder."""
