"""Declares the monitors."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from registry.axes import AxisMismatch, Bindings, TensorType
from registry.block import BlockParams, InputTypes, MonitorBlock, Port, param
from registry.monitoring import Monitor

COORDINATES = Port("coordinates", "hits dimensions", "the space to draw")
TRUTH_INDEX = Port("truth_index", "hits 1", "object of each hit, unique within its event; -1 for noise", "int32")
ROW_SPLITS = Port("row_splits", "events+1 -> hits", "where each event starts, and the last one ends", "int32")

Name = Annotated[str, Field(min_length=1)]


class PlotCoordinates(MonitorBlock):
    """Draws the hits of one validation event in a learned space, coloured by their true object.

    The event is that of median size and stays the same during a run. One 3-D panel for each three consecutive
    dimensions; two dimensions are one flat panel. Noise (truth index below 0) is grey.
    Files: `<node>_<step>.png`, at every `plot_frequency` records and at the end. Source: blocks.md 3.7.
    """

    name: ClassVar[str] = "plot_coordinates"
    inputs = (
        COORDINATES,
        Port("size", "hits 1", "the larger, the larger the marker", optional=True),
        TRUTH_INDEX,
        ROW_SPLITS,
    )

    class Params(BlockParams):
        """How many panels at most."""

        max_panels: int = param(4, "panels in a picture; further windows of dimensions are left out", ge=1)

    def open(self, node: str) -> Monitor:
        from plugins.monitors.plot import CoordinatePlots

        return CoordinatePlots(node, self.params.max_panels)


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
    Efficiency: matched / objects; fake rate: unmatched clusters / clusters; purity: mean share of a matched cluster's
    energy that is its object's. The test events are looked at before the first and after the last step only; the
    validation events every `every_epochs` epochs. Source: blocks.md 10.
    """

    name: ClassVar[str] = "clustering"
    inputs = (
        Port("beta", "hits 1", "condensation score, 0 to 1"),
        Port("ccoords", "hits n_ccoords", "place in cluster space"),
        Port("distance", "hits 1", "scale of distances in cluster space; 1 if not wired", optional=True),
        Port("energy_factor", "hits 1", "predicted over reconstructed energy; 1 if not wired", optional=True),
        Port("energy", "hits 1", "energy of the hit, the weight in IoU and purity", unit="GeV"),
        Port("coordinates", "hits dimensions", "position of the hit, for baselines", unit="cm", optional=True),
        TRUTH_INDEX,
        Port("truth_energy", "hits 1", "true energy of the hit's object, for the response", unit="GeV", optional=True),
        Port("sample", "hits 1", "which sample the event is from, from 0; one row each", "int32", optional=True),
        ROW_SPLITS,
    )

    class Params(BlockParams):
        """Thresholds, what counts as an object, how often, and what to compare with."""

        beta_threshold: float = param(0.1, "condensation points have a beta above this", ge=0, lt=1)
        distance_threshold: float = param(0.5, "radius of a cluster, in units of the hit's distance", gt=0)
        tune: bool = param(False, "choose both thresholds on the validation events, trained or not")
        iou_threshold: float = param(0.5, "a match has a larger energy-weighted IoU than this", ge=0, lt=1)
        min_object_hits: int = param(2, "objects with fewer hits are not counted", ge=1)
        min_cluster_hits: int = param(1, "clusters with fewer hits are not counted", ge=1)
        sample_names: list[Name] = param([], "names of the samples 0, 1, ... for the table")
        every_epochs: int = param(0, "epochs between two looks at the validation events; 0 for none", ge=0)
        baselines: Baselines = param(Baselines(), "other ways of clustering, on the same events")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        if self.params.baselines.local_maxima and "coordinates" not in inputs:
            raise AxisMismatch("the baseline 'local_maxima' needs the input 'coordinates', which is not wired")
        return {}

    def open(self, node: str) -> Monitor:
        from plugins.monitors.clustering import ClusteringMonitor

        return ClusteringMonitor(node, self.params)


BLOCKS = (PlotCoordinates, Clustering)
