"""The truth columns of one generated event."""

from __future__ import annotations

import numpy as np

from registry.plugins.loaders.showers.calorimeter import FRONT
from registry.plugins.loaders.showers.hits import TIME_OFFSET, Hits
from registry.plugins.loaders.showers.particles import CHARGED, ELECTRON, MUON, NEUTRAL, PHOTON, Particles

CLASS = {MUON: 0, ELECTRON: 1, PHOTON: 2, CHARGED: 3, NEUTRAL: 4}
AMBIGUOUS = 5
_CONTAINED_WITHIN = 323.0
"""cm: a particle that enters behind this |z| did not come through the front."""

_SPECTATOR_HITS = 10


def truth_columns(hits: Hits, particles: Particles, deposited: np.ndarray, side: int) -> dict[str, np.ndarray]:
    """Return the truth of every hit, [hits, width] each; noise has the hit's own energy, place and time, and pdg 0.

    `deposited`: GeV [particles], the true energy of muons; `side`: 1 or -1, the sign of z.
    Source: HGCalML, modules/datastructures/TrainData_NanoML.py, where the names begin with t_.
    """
    owner = hits.particle
    noise = owner < 0
    code = np.array([CLASS[kind] for kind in particles.kind.tolist()] + [AMBIGUOUS])
    energy = np.where(particles.kind == MUON, deposited, particles.energy)
    impact = np.stack([particles.x, particles.y, np.full(len(particles), side * FRONT)], axis=1)
    place = np.stack([hits.x, hits.y, side * hits.z], axis=1)
    position = np.where(noise[:, None], place, of_owner(impact, owner))
    return {
        "truth_index": owner.astype(np.int32)[:, None],
        "truth_energy": column(np.where(noise, hits.energy, of_owner(energy, owner))),
        "truth_position": position.astype(np.float32),
        "truth_time": column(np.where(noise, hits.time, of_owner(particles.time + TIME_OFFSET, owner))),
        "truth_pid": np.eye(AMBIGUOUS + 1, dtype=np.float32)[code[owner]],
        "truth_pdg": np.where(noise, 0, of_owner(particles.pdg, owner)).astype(np.int32)[:, None],
        "truth_spectator": column(spectator_distance(place, owner)),
        "truth_fully_contained": column(np.abs(position[:, 2]) < _CONTAINED_WITHIN),
        "truth_rec_energy": column(np.where(noise, hits.energy, of_owner(hits.reconstructed, owner))),
        "truth_is_unique": first_of_each(owner).astype(np.int32)[:, None],
    }


def column(values: np.ndarray) -> np.ndarray:
    """Return a column of 32-bit floats, [hits, 1]."""
    return values.astype(np.float32)[:, None]


def of_owner(values: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return each hit's particle's value; noise (-1) reads an extra last row of zeros."""
    return np.concatenate([values, np.zeros((1, *values.shape[1:]), dtype=values.dtype)])[owner]


def first_of_each(labels: np.ndarray) -> np.ndarray:
    """Return which hits are the first ones of their label, bool [hits]."""
    first = np.zeros(len(labels), dtype=bool)
    first[np.unique(labels, return_index=True)[1]] = True
    return first


def spectator_distance(place: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return how far out in its shower each hit lies, [hits]: 0 for noise and showers of fewer than ten hits.

    Formula: Mahalanobis distance in the first two principal components of the shower's standardised positions,
    `sqrt(p_1^2 / v_1 + p_2^2 / v_2)`, rounded to 0.1. `place`: cm [hits, 3].
    Source: HGCalML, modules/datastructures/TrainData_NanoML.py (t_spectator).
    """
    distance = np.zeros(len(owner))
    for label in np.unique(owner[owner >= 0]):
        own = np.flatnonzero(owner == label)
        if len(own) < _SPECTATOR_HITS:
            continue
        centred = place[own] - place[own].mean(axis=0)
        spread = centred.std(axis=0)
        standard = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)
        variance, axes = np.linalg.eigh(standard.T @ standard / len(own))
        along = standard @ axes[:, 1:]
        large = variance[1:] > 1e-9
        distance[own] = np.sqrt((along[:, large] ** 2 / variance[1:][large]).sum(axis=1))
    return np.round(distance, 1)
