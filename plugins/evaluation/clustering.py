"""Makes clusters of the hits around condensation points, as at inference."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from registry.plugins.evaluation.slices import event_slices


class Clusters(NamedTuple):
    """Which cluster each hit belongs to, and around which hit it condensed.

    `assignment`: int32 [hits], counted from 0 in every event by falling beta, -1 for noise.
    `condensation_point`: int64 [hits], index in the flat array of the hit that the cluster condensed around, or -1.
    """

    assignment: np.ndarray
    condensation_point: np.ndarray


def condense(
    beta: np.ndarray,
    coordinates: np.ndarray,
    distance: np.ndarray | None,
    row_splits: np.ndarray,
    beta_threshold: float = 0.1,
    distance_threshold: float = 0.5,
) -> Clusters:
    """Return the clusters of every event: condensation points by falling beta take the free hits within their radius.

    Of the free hits with `beta > beta_threshold`, the one with the highest beta takes all free hits j of its event with
    `|x_j - x_i|^2 <= (distance_i * distance_threshold)^2`; repeated until no candidate is free.
    The first hit wins where two have the same beta. Values that are not finite condense and join nothing.

    `beta`: [hits] or [hits, 1], 0 to 1; `coordinates`: [hits, dimensions]; `distance`: [hits] or [hits, 1], in units of
    the cluster space, None for 1; `row_splits`: [events + 1].
    Source: arXiv:2002.03605; HGCalML, modules/assign_condensate_op.py (assignment by largest beta).
    """
    beta = np.asarray(beta, dtype=np.float64).reshape(-1)
    points = np.asarray(coordinates, dtype=np.float64)
    scale = np.ones_like(beta) if distance is None else np.asarray(distance, dtype=np.float64).reshape(-1)
    squared_radius = (scale * distance_threshold) ** 2
    assignment = np.full(len(beta), -1, dtype=np.int32)
    condensation_point = np.full(len(beta), -1, dtype=np.int64)
    for own in event_slices(row_splits):
        event = _condense_event(beta[own], points[own], squared_radius[own], beta_threshold)
        assignment[own] = event.assignment
        condensation_point[own] = np.where(event.condensation_point >= 0, event.condensation_point + own.start, -1)
    return Clusters(assignment, condensation_point)


def _condense_event(beta: np.ndarray, points: np.ndarray, squared_radius: np.ndarray, threshold: float) -> Clusters:
    assignment = np.full(len(beta), -1, dtype=np.int32)
    owner = np.full(len(beta), -1, dtype=np.int64)
    candidates = np.flatnonzero((beta > threshold) & np.isfinite(points).all(axis=1) & np.isfinite(squared_radius))
    free = np.arange(len(beta))
    clusters = 0
    for point in candidates[np.argsort(-beta[candidates], kind="stable")]:
        if assignment[point] >= 0:
            continue
        near = ((points[free] - points[point]) ** 2).sum(axis=1) <= squared_radius[point]
        assignment[free[near]] = clusters
        owner[free[near]] = point
        free = free[~near]
        clusters += 1
    return Clusters(assignment, owner)
