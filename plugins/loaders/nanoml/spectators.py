"""How far hits are from the axis of their object, in standard deviations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

FEWEST = 10
"""Hits of an object below which it has no axis."""

APART = 1e-9
"""Of variances that differ by less, relative to the largest, the components are a matter of rounding."""


def spectators(features: Mapping[str, np.ndarray], index: np.ndarray, endcap: np.ndarray) -> np.ndarray:
    """Return the Mahalanobis distance of each hit in the first two principal components of its object's hits, [hits].

    Positions are standardised first; distances are rounded to 0.1; 0 for objects of fewer than ten hits, and for hits
    of no object, whose `index` is negative.
    """
    made = np.zeros(len(index))
    key = endcap * (int(index.max(initial=0)) + 1) + index
    counts = np.bincount(key[index >= 0])
    large = counts >= FEWEST
    if not large.any():
        return made
    hits = np.flatnonzero((index >= 0) & large[np.where(index >= 0, key, 0)])
    own, n = (np.cumsum(large) - 1)[key[hits]], counts[large]
    position = np.stack([features[name][hits] for name in ("recHitX", "recHitY", "recHitZ")]).astype(np.float64)
    centred = np.stack([axis - (np.bincount(own, axis) / n)[own] for axis in position])
    spread = [np.sqrt(np.bincount(own, axis**2) / n) for axis in centred]
    centred /= np.stack([np.where(width > 0, width, 1)[own] for width in spread])
    variances = np.array([[np.bincount(own, one * other) for other in centred] for one in centred]).transpose(2, 0, 1)
    values, axes = np.linalg.eigh(variances)
    squared = np.zeros(len(hits))
    for number in (2, 1):
        component = np.stack([axis * axes[own, place, number] for place, axis in enumerate(centred)]).sum(axis=0)
        variance = np.bincount(own, component**2) / (n - 1)
        # The components are not correlated: their covariance is diagonal.
        squared += component**2 / np.where(variance > 0, variance, np.inf)[own]
    made[hits] = np.round(np.sqrt(squared), 1)
    second = values[:, 1] - np.maximum(values[:, 0], 0)
    alike = second <= APART * values[:, 2]
    for number in np.flatnonzero(alike).tolist():
        of_object = own == number
        made[hits[of_object]] = _distances(position[:, of_object].T)
    return made


def _distances(position: np.ndarray) -> np.ndarray:
    """Return the distances of the hits of one object, [hits], whose positions are [hits, 3]."""
    spread = position.std(axis=0)
    centred = (position - position.mean(axis=0)) / np.where(spread > 0, spread, 1)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    components = centred @ axes[:2].T
    variance = components.var(axis=0, ddof=1)
    scaled = components / np.sqrt(np.where(variance > 0, variance, np.inf))
    return np.round(np.sqrt((scaled**2).sum(axis=1)), 1)
