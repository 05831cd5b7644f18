"""Chooses the thresholds of condensation on validation events."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from registry.measuring.read_out import ReadOut
from registry.measuring.tuning import Progress, Scan, tune
from registry.plugins.clusterers.condensation.block import Condensation
from registry.plugins.evaluation.matching import large_objects
from registry.plugins.evaluation.slices import event_slices
from registry.plugins.matchers.iou.block import Iou
from registry.plugins.monitors.columns import Columns

OWN = ("beta", "distance")
"""Ports of the monitor that its read-out takes by their names."""


class Thresholds(NamedTuple):
    """Condensation points have `beta` above the one; their radius is `distance` times their own distance scale."""

    beta: float
    distance: float


def scan_thresholds(events: Columns, given: Thresholds, matcher: Iou, progress: Progress) -> Scan | None:
    """Return the scan for the highest F1 on these events; None without a hit of an object.

    Of equally good thresholds the given ones are kept.
    """
    params = Condensation.Params(beta_threshold=given.beta, distance_threshold=given.distance)
    inputs = {port: port for port in OWN if port in events} | {"coordinates": "ccoords"}
    columns = {"energy": "energy", "truth_index": "truth_index"}
    truth, least = events["truth_index"].reshape(-1), matcher.params.min_object_hits
    large = [large_objects(truth[own], least) for own in event_slices(events["row_splits"])]
    counted = {**events, "truth_index": np.concatenate([truth[:0], *large])}
    return tune(ReadOut(Condensation(params), inputs, columns), counted, matcher, progress=progress)
