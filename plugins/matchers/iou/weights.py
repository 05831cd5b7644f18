"""What hits and tracks weigh where clusters are matched."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from registry.contract.labels import flat


def with_tracks(hits: Mapping[str, np.ndarray], condensation_point: np.ndarray, weight: float) -> np.ndarray:
    """Return the energy of hits, 0 for tracks, and `weight` for tracks that a cluster formed around, float64 [hits].

    `hits`: of an event, `is_track` [hits, 1], 0 for hits, and `energy` [hits, 1], where they have none each weighs 1;
    `condensation_point`: int64 [hits], -1 for none. Raises ValueError without `is_track`.
    """
    if "is_track" not in hits:
        raise ValueError("`track_weight` needs the column 'is_track': which hits are tracks")
    track = np.asarray(hits["is_track"]).reshape(-1) != 0
    energy = flat(hits["energy"]) if "energy" in hits else np.ones(len(track))
    around = np.zeros(len(track), bool)
    around[condensation_point[condensation_point >= 0]] = True
    return np.where(track, np.where(around, weight, 0.0), energy)
