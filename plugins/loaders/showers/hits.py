"""One hit per cell above threshold: its energy, time, place, and which particles gave it what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registry.plugins.loaders.showers.calorimeter import LAYERS
from registry.plugins.loaders.showers.deposits import Shares
from registry.plugins.loaders.showers.options import ShowerOptions
from registry.plugins.loaders.showers.particles import Particles

TIME_OFFSET = 5.0
"""ns between a particle as fast as light and time 0."""

_TIMED_MIPS = 4.0
"""Energy from which a cell measures time."""

_TIME_RESOLUTION = 0.05
"""ns."""


@dataclass(frozen=True)
class Hits:
    """Hits of one event by falling energy, arrays [hits], at z > 0.

    `energy` GeV; `x`, `y`, `z`, `size` cm (size: radius of a circle as large as the cell); `time` ns, -1 if none;
    `particle`: position of the one with the largest share, -1 for noise; `reconstructed` [particles]: GeV of each
    particle in all hits, shared cells divided by share.
    """

    energy: np.ndarray
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    size: np.ndarray
    time: np.ndarray
    particle: np.ndarray
    reconstructed: np.ndarray


def digitise(random: np.random.Generator, shares: Shares, particles: Particles, options: ShowerOptions) -> Hits:
    """Add electronic noise to every touched cell, drop what is below threshold, and measure the rest."""
    n_cells = len(shares.layer)
    deposited = np.bincount(shares.cell, shares.energy, minlength=n_cells).astype(np.float64)
    mip = LAYERS.mip[shares.layer]
    energy = deposited + mip * options.noise * random.normal(size=n_cells)
    fired = np.flatnonzero(energy >= mip * options.threshold)
    fired = fired[np.argsort(-energy[fired], kind="stable")]
    owner = _largest_share(shares, n_cells)[fired]
    late = np.where(owner >= 0, np.append(particles.time, 0.0)[owner], random.uniform(-5, 15, size=len(fired)))
    time = TIME_OFFSET + late + random.normal(0, _TIME_RESOLUTION, size=len(fired))
    timed = energy[fired] >= _TIMED_MIPS * mip[fired]
    measured = np.divide(energy, deposited, out=np.zeros(n_cells), where=energy >= mip * options.threshold)
    of_particle = shares.particle >= 0
    reconstructed = np.bincount(
        shares.particle[of_particle],
        (shares.energy * measured[shares.cell])[of_particle],
        minlength=len(particles),
    )
    return Hits(
        energy[fired],
        shares.x[fired],
        shares.y[fired],
        LAYERS.z[shares.layer[fired]],
        shares.side[fired] / np.sqrt(np.pi),
        np.where(timed, np.maximum(time, 0.0), -1.0),
        owner,
        reconstructed.astype(np.float64),
    )


def _largest_share(shares: Shares, n_cells: int) -> np.ndarray:
    """Return the particle with the largest share of every cell, int64 [cells]; of equals the first."""
    order = np.lexsort((shares.particle, -shares.energy, shares.cell))
    first = np.searchsorted(shares.cell[order], np.arange(n_cells))
    return shares.particle[order][first]
