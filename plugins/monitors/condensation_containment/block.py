"""Declares the monitor of what lies around condensation points."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.block import Port, param
from registry.plugins.monitors.opened import BETA, OpenedBlock, SampledParams
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_INDEX

METRICS = ("containment", "contamination", "beta_containment", "beta_contamination")


class CondensationContainment(OpenedBlock):
    """Measures how much of an object lies around its condensation point, and how much of others does.

    The condensation point a_k of an object is its hit of the largest beta; its scale d_k is the mean of `distance` over
    its hits, weighted with beta (1 without the input). Around it are the hits with `|x_i - x_a(k)| / d_k < r`, where
    `r = mean_k min_l |x_a(k) - x_a(l)| / d_k / 2` over the objects of the event: half the distance to the nearest other
    point, which is taken for 100 in an event of one object.
    Metrics, means over objects: `containment`, the energy of the object that is around its point over all of its
    energy; `contamination`, the energy around it of other objects and noise over all energy around it;
    `beta_containment` and `beta_contamination`, the same with beta for the energy; and each with `_energetic` behind
    for objects whose hits have more than `energetic` GeV. What no object has is left out.
    Source: HGCalML (branch phd), modules/object_condensation.py, calc_metrics, there of the last event of a batch alone
    (docs/faults.md, P-11 and P-23).
    """

    name: ClassVar[str] = "condensation_containment"
    monitor: ClassVar[str] = "registry.plugins.monitors.condensation_containment.monitor:ContainmentMonitor"
    metrics: ClassVar[tuple[str, ...] | None] = (*METRICS, *(f"{name}_energetic" for name in METRICS))
    inputs = (
        Port("coordinates", "hits dimensions", "place in cluster space"),
        BETA,
        Port("distance", "hits 1", "scale of distances around the hit", optional=True, bounds=(0, None)),
        Port("energy", "hits 1", "energy of the hit", unit="GeV", bounds=(0, None)),
        TRUTH_INDEX,
        ROW_SPLITS,
    )

    class Params(SampledParams):
        """How often and on how much, and which objects are energetic."""

        energetic: float = param(20.0, "energy of an object's hits above which it is energetic [GeV]", ge=0)


BLOCKS = (CondensationContainment,)
