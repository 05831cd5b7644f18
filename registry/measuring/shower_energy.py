"""The energies of showers of hits and tracks."""

from __future__ import annotations

import numpy as np

from registry.measuring.track_energy import TrackEnergy


def energies(
    rule: TrackEnergy,
    energy: np.ndarray,
    factor: np.ndarray,
    score: np.ndarray,
    marks: np.ndarray,
    of: np.ndarray,
    showers: int,
) -> np.ndarray:
    """Return the energy of each shower, float64 [showers], GeV.

    Of hits that are in showers, each [hits]: `energy`, GeV; `factor`; `score`, the highest speaks for the others;
    `marks`, 0 for hits, another number (1, or the sign of a charge) for tracks; `of`, the shower.
    """
    hits = _Part(energy, factor, score, of, showers, marks == 0)
    tracks = _Part(energy, factor, score, of, showers, marks > 0 if rule.legacy_tracks_alone else marks != 0)
    difference = np.abs(hits.energy - tracks.energy)
    agreed = (tracks.energy > 0) & (difference < rule.agreement * tracks.energy)
    by_track = agreed & (tracks.score >= hits.score)
    found = np.where(by_track, tracks.factor * tracks.energy, hits.factor * hits.energy)
    return found if rule.legacy_tracks_alone else np.where(hits.there, found, tracks.energy)


class _Part:
    """The hits, or the tracks, of every shower: `energy`, their sum; `factor`, `score` of that of highest score."""

    def __init__(
        self,
        energy: np.ndarray,
        factor: np.ndarray,
        score: np.ndarray,
        of: np.ndarray,
        showers: int,
        chosen: np.ndarray,
    ) -> None:
        rows = np.flatnonzero(chosen)
        self.energy = np.bincount(of[rows], energy[rows], showers).astype(np.float64)
        self.there = np.bincount(of[rows], minlength=showers) > 0
        self.factor, self.score = np.ones(showers), np.full(showers, -np.inf)
        order = rows[np.lexsort((rows, -np.nan_to_num(score[rows], nan=-np.inf), of[rows]))]
        own, first = np.unique(of[order], return_index=True)
        self.factor[own], self.score[own] = factor[order[first]], score[order[first]]
