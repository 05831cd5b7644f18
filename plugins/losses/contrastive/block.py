"""Declares the contrastive losses of metric learning: hits of one object are to be similar, others not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from registry.contract.axes import TensorType
from registry.contract.block import BlockParams, InputTypes, Port, param
from registry.contract.loss import Loss
from registry.plugins.shared.costs import PER_PAIR
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_INDEX, WEIGHTS_IN_LOSSES

METRIC_INPUTS = (
    Port("coordinates", "hits C", "place of the hit in the learned space"),
    TRUTH_INDEX,
    ROW_SPLITS,
    *WEIGHTS_IN_LOSSES,
)
"""What every loss of metric learning takes."""

Similarity = Literal["cosine", "distance"]


class PairParams(BlockParams):
    """How many pairs a hit makes."""

    positives: int = param(16, "other hits of its object that a hit is compared with, at most", ge=1)
    seed: int = param(0, "of the pairs that are drawn", ge=0)
    scale: float = param(1.0, "weight of the loss", ge=0, schedulable=True)


class PairLoss(Loss):
    """A loss over pairs of hits of one event: with some of its object, and with some that are not."""

    inputs = METRIC_INPUTS

    def pairs(self) -> int:
        """Return the pairs of a hit at most."""
        return int(self.params.positives)

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return a distance and a few more for every pair."""
        return float(self.pairs() * (inputs["coordinates"].features + PER_PAIR))

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return the differences of the pairs."""
        return int(self.pairs() * inputs["coordinates"].features)


class ContrastiveParams(PairParams):
    """How many pairs a hit makes, and what is similar."""

    negatives: int = param(64, "hits of other objects that a hit is compared with, at most", ge=1)
    temperature: float = param(0.1, "the smaller, the more the most similar hits count", gt=0, schedulable=True)
    similarity: Similarity = param("cosine", "of directions, or minus the squared distance, which has a scale")


class ContrastiveLoss(PairLoss):
    """A loss that compares similarities within an object with those to all else of the event."""

    def pairs(self) -> int:
        return int(self.params.positives + self.params.negatives)


class SupervisedContrastive(ContrastiveLoss):
    """Teaches a space in which each hit is more similar to the hits of its object than to all else of its event.

    Formula: with P_i the other hits of the object of hit i, A_i all other hits of its event, noise among them, and the
    similarity `S_ij = z_i·z_j / (|z_i| |z_j|)` (`cosine`) or `-|z_i - z_j|²` (`distance`), divided by `temperature`:

        outside   l_i = -1/|P_i| Σ_{p in P_i} ln(e^S_ip / Σ_{a in A_i} e^S_ia)
        inside    l_i = -ln(1/|P_i| Σ_{p in P_i} e^S_ip / Σ_{a in A_i} e^S_ia)
        divided   l_i = -1/|P_i| ln(Σ_{p in P_i} e^S_ip / Σ_{a in A_i} e^S_ia)

    `loss = scale mean_e g_e (Σ_i w_i v_i l_i / Σ_i w_i v_i)_e` over the hits of event e that have others of their
    object (`lone_hits`: over all hits of objects, 0 for those without), with weights w of hits, v of objects and g of
    events. Noise is no anchor. Where a hit has more than `positives` others, that many are drawn with replacement, and
    of the rest of its event `negatives`; sums over them are multiplied by the numbers there are over those drawn.
    Memory grows with the number of hits, not of pairs.
    Shapes: coordinates [hits, C], without unit.
    Source: P. Khosla et al., arXiv:2004.11362 (equations 2 and 3); `divided`: ReGraphCL. For showers: arXiv:2603.23356.
    """

    name: ClassVar[str] = "supervised_contrastive"
    layer: ClassVar[str] = "registry.plugins.losses.contrastive.supervised:SupervisedContrastive"
    examples = ({}, {"form": "inside", "similarity": "distance"}, {"form": "divided", "lone_hits": True})

    class Params(ContrastiveParams):
        """How many pairs a hit makes, what is similar, and the form of the loss."""

        form: Literal["outside", "inside", "divided"] = param("outside", "where the mean over hits of the object is")
        lone_hits: bool = param(False, "hits without another of their object count, with 0, in the mean")


class InfoNce(ContrastiveLoss):
    """Teaches every hit to tell each hit of its object from hits of its event that are not.

    Formula: with P_i other hits of the object of hit i, N_i hits of its event that are not of it, noise among them,
    and the similarity `S_ij = z_i·z_j / (|z_i| |z_j|)` (`cosine`) or `-|z_i - z_j|²` (`distance`), divided by
    `temperature`: `l_i = -1/|P_i| Σ_{p in P_i} ln(e^S_ip / (e^S_ip + Σ_{n in N_i} e^S_in))`.
    `loss = scale mean_e g_e (Σ_i w_i v_i l_i / Σ_i w_i v_i)_e` over the hits of event e that have others of their
    object, with weights w of hits, v of objects and g of events; 0 without negatives. Noise is no anchor. Of more than
    `positives` others of the object that many are drawn with replacement, and of the rest of the event `negatives`;
    with one of each it is NT-Xent. Memory grows with the number of hits, not of pairs.
    Shapes: coordinates [hits, C], without unit.
    Source: A. van den Oord et al., arXiv:1807.03748 (equation 4).
    """

    name: ClassVar[str] = "info_nce"
    layer: ClassVar[str] = "registry.plugins.losses.contrastive.info_nce:InfoNce"
    examples = ({}, {"similarity": "distance", "temperature": 0.5})

    class Params(ContrastiveParams):
        """How many pairs a hit makes, and what is similar."""


BLOCKS: tuple[type[Any], ...] = (SupervisedContrastive, InfoNce)
"""The blocks of this folder."""
