"""What clusters are, whatever they are called."""

from __future__ import annotations

import numpy as np


def partition(labels: np.ndarray) -> set[frozenset[int]]:
    """Return the clusters of one event as sets of its hits."""
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels) if label >= 0}
