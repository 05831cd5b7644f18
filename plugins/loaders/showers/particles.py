"""Draws the particles of one event."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registry.plugins.loaders.showers.calorimeter import FRONT
from registry.plugins.loaders.showers.options import ShowerOptions

KINDS = ("photon", "electron", "charged_hadron", "neutral_hadron", "muon")
PHOTON, ELECTRON, CHARGED, NEUTRAL, MUON = range(len(KINDS))

CODES = ((22, 22), (11, -11), (211, -211), (130, 2112), (13, -13))
"""Two PDG codes per kind, as likely as each other."""

MASSES = np.array([[0, 0], [0.000511, 0.000511], [0.1396, 0.1396], [0.4976, 0.9396], [0.1057, 0.1057]])
"""Masses of the codes in GeV."""

LIGHT = 29.979
"""Speed of light in cm / ns."""


@dataclass(frozen=True)
class Particles:
    """Particles of one event, arrays [particles]: `kind` indexes KINDS, `pdg` code, `energy` GeV, impact point `x`, `y`
    cm on the front face at z > 0, `time` ns at which each arrives later than light from the origin would."""

    kind: np.ndarray
    pdg: np.ndarray
    energy: np.ndarray
    x: np.ndarray
    y: np.ndarray
    time: np.ndarray

    def __len__(self) -> int:
        return len(self.kind)


def draw_particles(random: np.random.Generator, options: ShowerOptions) -> Particles:
    """Draw an event's particles: kinds, ln E uniform, impact points uniform in eta and phi or beside another's."""
    count = int(random.integers(options.min_showers, options.max_showers + 1))
    frequencies = np.array(options.frequencies)
    kind = random.choice(len(KINDS), size=count, p=frequencies / frequencies.sum())
    which = random.integers(0, 2, size=count)
    energy = np.exp(random.uniform(np.log(options.min_energy), np.log(options.max_energy), size=count))
    x, y = _impact_points(random, count, options)
    beta = np.sqrt(1 - np.minimum(MASSES[kind, which] / energy, 0.99) ** 2)
    flight = np.sqrt(x**2 + y**2 + FRONT**2) / LIGHT
    time = flight * (1 / beta - 1) + random.normal(0, 0.15)
    return Particles(kind, np.array(CODES)[kind, which], energy, x, y, time)


def _impact_points(random: np.random.Generator, count: int, options: ShowerOptions) -> tuple[np.ndarray, np.ndarray]:
    eta = random.uniform(options.min_eta, options.max_eta, size=count)
    phi = random.uniform(-np.pi, np.pi, size=count)
    radius = FRONT / np.sinh(eta)
    points = np.stack([radius * np.cos(phi), radius * np.sin(phi)], axis=1)
    shift = random.normal(0, options.overlap_distance, size=(count, 2))
    beside = random.random(count) < options.overlap
    earlier = (random.random(count) * np.arange(count)).astype(np.int64)
    for particle in np.flatnonzero(beside[1:]) + 1:
        points[particle] = points[earlier[particle]] + shift[particle]
    return points[:, 0], points[:, 1]
