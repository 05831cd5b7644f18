"""How deep and how wide showers are: energy and radius per layer.

Simplified from Grindhammer and Peters, hep-ex/0001020 (electromagnetic), and Bock et al., NIM 186 (1981) 533
(hadronic).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc

from registry.plugins.loaders.showers.calorimeter import FRONT, LAYERS
from registry.plugins.loaders.showers.particles import CHARGED, ELECTRON, NEUTRAL, PHOTON, Particles

_CRITICAL_ENERGY = 0.0083
"""GeV, for tungsten, copper and lead."""

_MOLIERE_RADIUS = 2.8
"""cm, with the gaps between the absorbers."""


@dataclass(frozen=True)
class Profiles:
    """Mean deposits of one event's particles; component 0 is electromagnetic, 1 hadronic.

    `energy` GeV, `core` and `tail` cm: [2, particles, layers]; `track`: bool [particles, layers], crossed by a
    minimum-ionising track; `path`: [particles], thickness of a layer along the particle's direction, relative to
    its thickness along z.
    """

    energy: np.ndarray
    core: np.ndarray
    tail: np.ndarray
    track: np.ndarray
    path: np.ndarray


def profiles(random: np.random.Generator, particles: Particles) -> Profiles:
    """Return the mean deposits of particles that fly straight from the origin.

    Formula: `dE/dt = E b (b t)^(a-1) e^(-b t) / Gamma(a)`. Electromagnetic: t in radiation lengths, b = 0.5,
    maximum at `(a - 1) / b = ln(E / E_c) + C`, where C is 0.5 for photons and -0.5 for electrons. Hadronic:
    t in interaction lengths from the first interaction, b = 0.9, `a = 0.6 + 0.3 ln E`; `0.25 + 0.1 ln E` of the
    energy (E in GeV) is electromagnetic, the rest is seen with a response of 0.8. All of it fluctuates.
    """
    path = np.sqrt(1 + (particles.x**2 + particles.y**2) / FRONT**2)
    x0, lambda0 = path[:, None] * LAYERS.x0, path[:, None] * LAYERS.lambda0
    hadron = np.isin(particles.kind, (CHARGED, NEUTRAL))
    first = np.where(hadron, random.exponential(1.0, size=len(particles)), 0.0)
    first_x0 = np.where(hadron, np.interp(first / path, LAYERS.lambda0, LAYERS.x0) * path, 0.0)
    em_energy, hadronic_energy = _components(random, particles, hadron)
    em, em_age = _electromagnetic(random, particles, em_energy, x0 - first_x0[:, None])
    since = lambda0 - first[:, None]
    hadronic = hadronic_energy[:, None] * _fractions(since, 0.6 + 0.3 * np.log1p(particles.energy), np.array(0.9))
    em_core, em_tail = _MOLIERE_RADIUS * (0.03 + 0.12 * em_age), _MOLIERE_RADIUS * (0.7 + 0.35 * em_age)
    age = np.clip(since, 0.0, 6.0)
    muon = ~hadron & ~np.isin(particles.kind, (PHOTON, ELECTRON))
    track = muon[:, None] | ((particles.kind == CHARGED)[:, None] & (since < 0))
    return Profiles(
        np.stack([em, hadronic]),
        np.stack([em_core, 1.0 + 0.8 * age]),
        np.stack([em_tail, 4.0 + 2.0 * age]),
        track,
        path,
    )


def _components(random: np.random.Generator, particles: Particles, hadron: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the electromagnetic and the (seen) hadronic energy of every particle, GeV [particles]."""
    energy = particles.energy
    share = np.clip(random.normal(0.25 + 0.1 * np.log(energy), 0.12), 0.05, 0.95)
    seen = 0.8 * np.clip(random.normal(1.0, 0.5 / np.sqrt(energy)), 0.3, 2.0)
    pure = np.isin(particles.kind, (PHOTON, ELECTRON))
    return np.where(hadron, share * energy, np.where(pure, energy, 0.0)), np.where(
        hadron, (1 - share) * energy * seen, 0.0
    )


def _electromagnetic(
    random: np.random.Generator, particles: Particles, energy: np.ndarray, depth: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the energy per layer, and the depth in units of the shower maximum's (0 to 3), [particles, layers]."""
    shift = np.where(particles.kind == ELECTRON, -0.5, 0.5)
    peak = np.maximum(np.log(np.maximum(energy, 1e-3) / _CRITICAL_ENERGY) + shift, 0.5)
    peak = peak * np.exp(random.normal(0, 0.12, size=len(peak)))
    rate = 0.5 * np.exp(random.normal(0, 0.1, size=len(peak)))
    age = np.clip(depth / peak[:, None], 0.0, 3.0)
    return energy[:, None] * _fractions(depth, 1 + rate * peak, rate), age


def _fractions(depth: np.ndarray, shape: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Return the fraction of a gamma profile that lies in each layer; `depth` [particles, layers] at its end."""
    scaled = np.asarray(rate).reshape(-1, 1) * np.maximum(depth, 0.0)
    return np.diff(gammainc(shape[:, None], scaled), axis=1, prepend=0.0)
