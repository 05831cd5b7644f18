"""Draws the charged particles of one event: from interactions, and from decays in flight."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from registry.plugins.loaders.tracks.options import TrackOptions

MASS = 0.13957
"""GeV: all particles are charged pions."""

MOST_DAUGHTERS = 4
"""A decay in flight has two to so many tracks."""


@dataclass(frozen=True)
class Particles:
    """Particles of one event, arrays [particles].

    `vertex` [particles, 3] cm, where each begins; `pt` GeV; `phi`, `slope` (sinh eta) of the direction there;
    `charge` 1 or -1.
    """

    vertex: np.ndarray
    pt: np.ndarray
    phi: np.ndarray
    slope: np.ndarray
    charge: np.ndarray

    def __len__(self) -> int:
        return len(self.pt)

    @property
    def momentum(self) -> np.ndarray:
        """Momentum at the vertex, GeV [particles, 3]."""
        return self.pt[:, None] * np.stack([np.cos(self.phi), np.sin(self.phi), self.slope], axis=1)

    @property
    def energy(self) -> np.ndarray:
        """Energy, GeV [particles]."""
        return np.sqrt((self.momentum**2).sum(axis=1) + MASS**2)

    def take(self, chosen: np.ndarray) -> Particles:
        """Return some of them."""
        return Particles(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @staticmethod
    def joined(parts: list[Particles]) -> Particles:
        """Return the particles of all parts."""
        return Particles(
            *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Particles))
        )


def draw_interactions(random: np.random.Generator, options: TrackOptions) -> np.ndarray:
    """Return where the interactions of an event are, cm [interactions, 3]."""
    count = max(1, int(random.poisson(options.vertices)))
    return random.normal(size=(count, 3)) * [options.beam_width, options.beam_width, options.beam_spot]


def draw_particles(
    random: np.random.Generator, options: TrackOptions, interactions: np.ndarray, count: int
) -> Particles:
    """Return `count` particles of some interactions; those of one decay begin at one place."""
    phi, eta = random.uniform(-np.pi, np.pi, count), _eta(random, options, count)
    vertex = interactions[random.integers(0, len(interactions), count)]
    displaced = int(random.binomial(count, options.displaced))
    if displaced:
        decay = np.repeat(np.arange(displaced), random.integers(2, MOST_DAUGHTERS + 1, displaced))[:displaced]
        flight = random.exponential(options.flight, displaced)[decay]
        way = _direction(phi[decay], eta[decay])
        vertex[:displaced] = vertex[decay] + flight[:, None] * way
        turned = way + options.decay_angle * random.normal(size=way.shape)
        across = np.maximum(np.hypot(turned[:, 0], turned[:, 1]), 1e-6)
        phi[:displaced] = np.arctan2(turned[:, 1], turned[:, 0])
        eta[:displaced] = np.arcsinh(turned[:, 2] / across)
    pt = options.min_pt + random.exponential(options.mean_pt, count)
    return Particles(vertex, pt, phi, np.sinh(eta), random.choice([-1.0, 1.0], count))


def _eta(random: np.random.Generator, options: TrackOptions, count: int) -> np.ndarray:
    side = np.where(random.random(count) < options.backward, -1.0, 1.0)
    return side * random.uniform(options.min_eta, options.max_eta, count)


def _direction(phi: np.ndarray, eta: np.ndarray) -> np.ndarray:
    return np.stack([np.cos(phi), np.sin(phi), np.sinh(eta)], axis=1) / np.cosh(eta)[:, None]
