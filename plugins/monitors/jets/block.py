"""Declares the monitor of jets."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Port, param
from registry.plugins.evaluation.assigning import Assign
from registry.plugins.monitors.opened import CLUSTERED, OpenedBlock, SampledParams
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_INDEX


class Jets(OpenedBlock):
    """Compares jets of the clusters with jets of the true objects.

    Formula: clusters of condensation, and the true objects, each with the momentum of its energy and position, are
    joined by anti-kt: as long as any are left, the smallest of `d_ij = min(pt_i^-2, pt_j^-2) DR_ij^2 / R^2` adds two,
    that of `d_i = pt_i^-2` makes one a jet. Of jets with `pt > min_pt`, each true one, by falling pt, takes the nearest
    that is left within `reach` in rapidity and azimuth and has more than `min_share` of its pt.
    Metrics: `efficiency`, matched over true jets; `fake_rate`, predicted jets that none took; `response`, the mean
    of predicted over true pt, and `resolution`, its standard deviation over its mean. What no event has is left out.
    Source: M. Cacciari, G. Salam, G. Soyez, arXiv:0802.1189; HGCalML (branch phd), jet_utilities, there without the
    wrap of the azimuth.
    """

    name: ClassVar[str] = "jets"
    monitor: ClassVar[str] = "registry.plugins.monitors.jets.monitor:JetsMonitor"
    metrics: ClassVar[tuple[str, ...] | None] = ("efficiency", "fake_rate", "response", "resolution")
    inputs = (
        *CLUSTERED,
        Port("energy", "hits 1", "energy of the hit", unit="GeV", bounds=(0, None)),
        Port("coordinates", "hits 3", "position of the hit, seen from the interaction", unit="cm"),
        TRUTH_INDEX,
        Port("truth_energy", "hits 1", "true energy of the hit's object", unit="GeV", bounds=(0, None), of="object"),
        ROW_SPLITS,
    )

    class Params(SampledParams):
        """How often and on how much, thresholds of the clusters, and what a jet and a match are."""

        beta_threshold: float = param(0.1, "condensation points have a beta above this", ge=0, lt=1)
        distance_threshold: float = param(0.5, "radius of a cluster, in units of the hit's distance", gt=0)
        assign: Assign = param("highest_beta", "which condensation point a hit joins, as for the clusterer")
        radius: float = param(0.4, "R of anti-kt", gt=0)
        min_pt: float = param(10.0, "jets have more transverse momentum than this [GeV]", ge=0)
        reach: float = param(0.3, "a match is nearer than this in rapidity and azimuth", gt=0)
        min_share: float = param(0.5, "a match has more than this share of the true jet's pt", ge=0)


BLOCKS = (Jets,)
