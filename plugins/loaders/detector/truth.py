"""The truth columns of one event of the detector."""

from __future__ import annotations

import numpy as np

from registry.plugins.loaders.detector.hits import Hits
from registry.plugins.loaders.detector.particles import LOST, Entries, Particles
from registry.plugins.loaders.showers.hits import TIME_OFFSET
from registry.plugins.loaders.showers.particles import MUON
from registry.plugins.loaders.showers.truth import AMBIGUOUS, CLASS, column, first_of_each, of_owner


def truth_columns(
    hits: Hits, particles: Particles, entries: Entries, deposited: np.ndarray, reconstructed: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the truth of every hit, [hits, width] each; noise has the hit's own energy, place and time, and pdg 0.

    `deposited` GeV [particles] is the true energy of muons, which do not stop; `reconstructed`: what hits have of each.
    """
    owner, noise = hits.particle, hits.particle < 0
    code = np.array([CLASS[kind] for kind in particles.kind.tolist()] + [AMBIGUOUS])
    energy = np.where(particles.kind == MUON, deposited, particles.energy)
    position = np.where(noise[:, None], hits.place, of_owner(entries.place, owner))
    return {
        "truth_index": owner.astype(np.int32)[:, None],
        "truth_energy": column(np.where(noise, hits.energy, of_owner(energy, owner))),
        "truth_position": position.astype(np.float32),
        "truth_time": column(np.where(noise, hits.time, of_owner(entries.late + TIME_OFFSET, owner))),
        "truth_pid": np.eye(AMBIGUOUS + 1, dtype=np.float32)[code[owner]],
        "truth_pdg": np.where(noise, 0, of_owner(particles.pdg, owner)).astype(np.int32)[:, None],
        "truth_spectator": column(spectator_distance(hits.place, owner)),
        "truth_fully_contained": column(noise | (of_owner(entries.part, owner) != LOST)),
        "truth_rec_energy": column(np.where(noise, hits.energy, of_owner(reconstructed, owner))),
        "truth_is_unique": first_of_each(owner).astype(np.int32)[:, None],
    }


SPECTATOR_HITS = 10
"""Showers of fewer hits have no axes."""


def spectator_distance(place: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return how far out in its shower each hit lies, as the loader `showers` has it, for all showers at once.

    Formula: Mahalanobis distance in the first two principal components of the shower's standardised positions,
    `sqrt(p_1^2 / v_1 + p_2^2 / v_2)`, rounded to 0.1; 0 for noise and showers of fewer than ten hits.
    """
    distance = np.zeros(len(owner))
    counts = np.bincount(owner[owner >= 0], minlength=1)
    hits = np.flatnonzero((owner >= 0) & (counts[owner] >= SPECTATOR_HITS))
    if not len(hits):
        return distance
    labels, shower = np.unique(owner[hits], return_inverse=True)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(shower, values, minlength=len(labels)) / counts[labels]

    centred = place[hits] - np.stack([mean(axis) for axis in place[hits].T], axis=1)[shower]
    spread = np.sqrt(np.stack([mean(axis**2) for axis in centred.T], axis=1))[shower]
    standard = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)
    products = [[mean(standard[:, i] * standard[:, j]) for j in range(3)] for i in range(3)]
    variance, axes = np.linalg.eigh(np.moveaxis(np.array(products), 2, 0))
    along = np.einsum("hi,hij->hj", standard, axes[shower][:, :, 1:])
    large = variance[shower][:, 1:]
    distance[hits] = np.sqrt(np.divide(along**2, large, out=np.zeros_like(along), where=large > 1e-9).sum(axis=1))
    return np.round(distance, 1)
