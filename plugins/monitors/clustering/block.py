"""Declares the monitor that compares clusters with the true objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import Field

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import BlockParams, InputTypes, Port, param
from registry.contract.monitor import Monitor
from registry.contract.monitor_block import MonitorBlock, MonitorParams
from registry.plugins.evaluation.assigning import Assign
from registry.plugins.monitors.opened import CLUSTERED
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_INDEX

Name = Annotated[str, Field(min_length=1)]


class LocalMaximaParams(BlockParams):
    """A baseline without a network: hits that top their neighbours are seeds, the others join the nearest seed."""

    seed_radius: float = param(15.0, "a seed has the most energy within this distance, cm", gt=0)
    join_radius: float = param(60.0, "the other hits join the nearest seed within this distance, cm", gt=0)
    tuned: bool = param(True, "add the rule with the seed energy that is best on the validation events")


class Baselines(BlockParams):
    """Ways of clustering to compare with, on the same events."""

    local_maxima: LocalMaximaParams | None = param(None, "local maxima of the energy; null leaves them out")


class Clustering(MonitorBlock):
    """Condenses held-out events, and compares the clusters with the true objects before and after training.

    Hits around condensation points form clusters (by falling beta, `beta > beta_threshold`, within
    `distance * distance_threshold`); a cluster matches an object if their energy-weighted IoU exceeds `iou_threshold`.
    Figures, and their errors by a bootstrap over events, are those of `python -m registry.evaluate`. Efficiency:
    matched / objects; fake rate: unmatched clusters / clusters; purity: mean share of a matched cluster's energy that
    is its object's; response: mean of predicted over true energy; resolution: its effective sigma over mean. A cluster
    that matches an object with too few hits does not count. The test events are looked at before the first and after
    the last step only; the validation events after every `every` epochs. Source: arXiv:2002.03605, arXiv:2204.01681.
    """

    name: ClassVar[str] = "clustering"
    after_epochs: ClassVar[bool] = True
    metrics: ClassVar[tuple[str, ...] | None] = tuple(
        f"{part}{figure}"
        # Of a sample, of the validation events or of a baseline there is the same.
        for part in ("", "*/")
        for figure in ("efficiency", "fake_rate", "purity", "response", "resolution", "f1", "objects", "clusters")
    )
    inputs = (
        *CLUSTERED,
        Port(
            "energy",
            "hits 1",
            "energy of the hit, the weight in IoU and purity; 1 if not wired",
            unit="GeV",
            optional=True,
            filled=True,
            bounds=(0, None),
        ),
        Port("coordinates", "hits dimensions", "position of the hit, for baselines", unit="cm", optional=True),
        TRUTH_INDEX,
        Port(
            "truth_energy",
            "hits 1",
            "true energy of the hit's object, for the response",
            unit="GeV",
            optional=True,
            bounds=(0, None),
            of="object",
        ),
        Port(
            "sample",
            "hits 1",
            "which sample the event is from, from 0; one row each",
            "int32",
            optional=True,
            of="event",
        ),
        ROW_SPLITS,
    )

    class Params(MonitorParams):
        """Thresholds, what counts as an object, how often, and what to compare with."""

        beta_threshold: float = param(0.1, "condensation points have a beta above this", ge=0, lt=1)
        distance_threshold: float = param(0.5, "radius of a cluster, in units of the hit's distance", gt=0)
        assign: Assign = param("highest_beta", "which condensation point a hit joins, as for the clusterer")
        tune: bool = param(False, "choose both thresholds on the validation events, trained or not")
        iou_threshold: float = param(0.5, "a match has a larger energy-weighted IoU than this", ge=0, lt=1)
        min_object_hits: int = param(2, "objects with fewer hits are not counted", ge=1)
        min_cluster_hits: int = param(1, "clusters with fewer hits are not counted", ge=1)
        sample_names: list[Name] = param([], "names of the samples 0, 1, ... for the table")
        every: int = param(0, "epochs between two looks at the validation events; 0 for none", ge=0)
        baselines: Baselines = param(Baselines(), "other ways of clustering, on the same events")

    def required_inputs(self) -> Iterable[tuple[str, ...]]:
        return [("coordinates",), ("energy",)] if self.params.baselines.local_maxima else []

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        for name in ("coordinates", "energy") if self.params.baselines.local_maxima else ():
            if name not in inputs:
                raise AxisMismatch(f"the baseline 'local_maxima' needs the input {name!r}, which is not wired")
        return {}

    def open(self, node: str) -> Monitor:
        from registry.plugins.monitors.clustering.monitor import ClusteringMonitor

        return ClusteringMonitor(node, self.params)


BLOCKS = (Clustering,)
