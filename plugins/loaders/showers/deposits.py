"""Turns profiles into energy deposits at points, and points into the energy every particle left in every cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registry.plugins.loaders.showers.calorimeter import FRONT, LAYERS, cells
from registry.plugins.loaders.showers.options import ShowerOptions
from registry.plugins.loaders.showers.particles import Particles
from registry.plugins.loaders.showers.profiles import Profiles, profiles

_SPOT_MIPS = 1.2
"""Mean energy of a deposit; with this size photons of E GeV are measured to about 17 % / sqrt(E)."""

_CORE_SHARE = 0.8
_OUTERMOST = 0.96
"""Quantile at which the radial profile is cut, at five times its radius."""


@dataclass(frozen=True)
class Spots:
    """Deposits of one event, arrays [spots].

    `particle`: position of the one it is from, -1 for noise; `layer`; `x`, `y` cm; `energy` GeV.
    """

    particle: np.ndarray
    layer: np.ndarray
    x: np.ndarray
    y: np.ndarray
    energy: np.ndarray


@dataclass(frozen=True)
class Shares:
    """Energy that each particle left in each cell it touched, arrays [shares], sorted by cell.

    `cell` counts the touched cells; the arrays [cells] `layer`, `x`, `y`, `side` (cm) describe them.
    """

    cell: np.ndarray
    particle: np.ndarray
    energy: np.ndarray
    layer: np.ndarray
    x: np.ndarray
    y: np.ndarray
    side: np.ndarray


def deposit(random: np.random.Generator, particles: Particles, options: ShowerOptions) -> Spots:
    """Return the deposits of an event's particles, and of its noise."""
    profile = profiles(random, particles)
    parts = [_shower(random, particles, profile), _tracks(random, particles, profile), _noise(random, options)]
    joined = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return Spots(*joined)


def _shower(random: np.random.Generator, particles: Particles, profile: Profiles) -> tuple[np.ndarray, ...]:
    size = _SPOT_MIPS * LAYERS.mip
    counts = random.poisson(profile.energy / size)
    component, particle, layer = (np.repeat(axis.reshape(-1), counts.reshape(-1)) for axis in np.indices(counts.shape))
    place = component, particle, layer
    in_core = random.random(len(particle)) < _CORE_SHARE
    scale = np.where(in_core, profile.core[place], profile.tail[place])
    quantile = random.uniform(0, _OUTERMOST, size=len(particle))
    radius = scale * np.sqrt(quantile / (1 - quantile))
    angle = random.uniform(-np.pi, np.pi, size=len(particle))
    x, y = _axis(particles, particle, layer)
    energy = random.exponential(size[layer])
    return particle, layer, x + radius * np.cos(angle), y + radius * np.sin(angle), energy


def _tracks(random: np.random.Generator, particles: Particles, profile: Profiles) -> tuple[np.ndarray, ...]:
    particle, layer = np.nonzero(profile.track)
    x, y = _axis(particles, particle, layer)
    # A narrow peak with a tail to high losses: close enough to a Landau distribution.
    loss = LAYERS.mip[layer] * profile.path[particle] * (0.85 + random.exponential(0.35, size=len(particle)))
    return particle, layer, x, y, loss


def _noise(random: np.random.Generator, options: ShowerOptions) -> tuple[np.ndarray, ...]:
    count = int(random.poisson(options.noise_hits))
    layer = random.integers(0, len(LAYERS), size=count)
    eta, phi = random.uniform(1.5, 3.0, size=count), random.uniform(-np.pi, np.pi, size=count)
    radius = LAYERS.z[layer] / np.sinh(eta)
    # What passes the threshold lies just above it: the tail of a Gauss falls nearly exponentially.
    energy = LAYERS.mip[layer] * (options.threshold + random.exponential(0.3, size=count))
    return np.full(count, -1), layer, radius * np.cos(phi), radius * np.sin(phi), energy


def _axis(particles: Particles, particle: np.ndarray, layer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where particles that come straight from the origin cross layers, in cm."""
    reach = LAYERS.z[layer] / FRONT
    return particles.x[particle] * reach, particles.y[particle] * reach


def collect(spots: Spots, cell_size: float) -> Shares:
    """Return the energy every particle left in every cell."""
    found = cells(spots.layer, spots.x, spots.y, cell_size)
    _, first, cell = np.unique(found.number, return_index=True, return_inverse=True)
    n_particles = int(spots.particle.max(initial=-1)) + 2
    pair, share = np.unique(cell * n_particles + spots.particle + 1, return_inverse=True)
    energy = np.bincount(share, spots.energy, minlength=len(pair)).astype(np.float64)
    return Shares(
        pair // n_particles,
        pair % n_particles - 1,
        energy,
        spots.layer[first],
        found.x[first],
        found.y[first],
        found.side[first],
    )
