"""How far hits are from the axis of their object, in standard deviations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

FEWEST = 10
"""Hits of an object below which it has no axis."""


def spectators(features: Mapping[str, np.ndarray], index: np.ndarray, endcap: np.ndarray) -> np.ndarray:
    """Return the Mahalanobis distance of each hit in the first two principal components of its object's hits, [hits].

    Positions are standardised first; distances are rounded to 0.1; 0 for objects of fewer than ten hits.
    """
    made = np.zeros(len(index))
    if not len(index):
        return made
    position = np.stack([features[name] for name in ("recHitX", "recHitY", "recHitZ")], axis=1).astype(np.float64)
    _, own = np.unique(np.stack([endcap, index]), axis=1, return_inverse=True)
    order = np.argsort(own.reshape(-1), kind="stable")
    starts = np.flatnonzero(np.diff(own.reshape(-1)[order], prepend=-1))
    for hits in np.split(order, starts[1:]):
        if len(hits) >= FEWEST:
            made[hits] = _distances(position[hits])
    return made


def _distances(position: np.ndarray) -> np.ndarray:
    spread = position.std(axis=0)
    centred = (position - position.mean(axis=0)) / np.where(spread > 0, spread, 1)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    components = centred @ axes[:2].T
    variance = components.var(axis=0, ddof=1)
    # The components are not correlated: their covariance is diagonal.
    scaled = components / np.sqrt(np.where(variance > 0, variance, np.inf))
    return np.round(np.sqrt((scaled**2).sum(axis=1)), 1)
