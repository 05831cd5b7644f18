"""Walks over the events of flat arrays."""

from __future__ import annotations

from itertools import pairwise

import numpy as np


def event_slices(row_splits: np.ndarray) -> list[slice]:
    """Return the slice of hits of every event; `row_splits` [events + 1] or [events + 1, 1]."""
    return [slice(start, stop) for start, stop in pairwise(np.asarray(row_splits).reshape(-1).tolist())]
