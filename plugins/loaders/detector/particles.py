"""Draws the particles of one event, and follows them through the field to the calorimeter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registry.plugins.loaders.detector.geometry import BARREL, ENDCAP
from registry.plugins.loaders.detector.options import DetectorOptions
from registry.plugins.loaders.showers.particles import CHARGED, CODES, ELECTRON, KINDS, LIGHT, MASSES, MUON

SOFT = (0.35, 0.01, 0.55, 0.08, 0.01)
"""Kinds of the particles of pile-up: photons, electrons, charged and neutral hadrons, muons."""

CURVATURE = 0.0029979
"""GeV / (T cm): `pt / (CURVATURE * B)` is the radius of a track in cm."""

LOST = -1
"""The part that a particle enters which enters none."""


@dataclass(frozen=True)
class Particles:
    """Particles of one event, arrays [particles].

    `kind` indexes KINDS; `pdg` code; `energy`, `pt` GeV; `charge` 0, 1 or -1; `phi`, `slope` (sinh eta) of the
    direction at the vertex; `vertex` z in cm; `start` ns; `hard`: of the hard interaction, not of pile-up.
    """

    kind: np.ndarray
    pdg: np.ndarray
    energy: np.ndarray
    pt: np.ndarray
    charge: np.ndarray
    phi: np.ndarray
    slope: np.ndarray
    vertex: np.ndarray
    start: np.ndarray
    hard: np.ndarray

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True)
class Entries:
    """Where particles enter the calorimeter, arrays [particles].

    `part`: BARREL, ENDCAP or LOST; `place` cm and `direction` [particles, 3]; `length` of the way there, cm; `late` ns
    after light from the origin.
    """

    part: np.ndarray
    place: np.ndarray
    direction: np.ndarray
    length: np.ndarray
    late: np.ndarray


def draw_particles(random: np.random.Generator, options: DetectorOptions) -> Particles:
    """Draw an event's particles: those of the hard interaction, ln E uniform, then pile-up, pt exponential."""
    count = int(random.integers(options.min_particles, options.max_particles + 1))
    hard = np.array(options.frequencies)
    interactions = int(random.poisson(options.pile_up))
    of_each = random.poisson(options.pile_up_particles, size=interactions)
    soft = int(of_each.sum())
    kind = np.concatenate(
        [
            random.choice(len(KINDS), size=count, p=hard / hard.sum()),
            random.choice(len(KINDS), size=soft, p=np.array(SOFT) / sum(SOFT)),
        ]
    )
    which = random.integers(0, 2, size=count + soft)
    eta = random.uniform(options.min_eta, options.max_eta, size=count + soft) * random.choice([-1, 1], count + soft)
    mass, coshine = MASSES[kind, which], np.cosh(eta)
    energy = np.exp(random.uniform(np.log(options.min_energy), np.log(options.max_energy), size=count))
    momentum = np.sqrt(np.maximum(energy**2 - mass[:count] ** 2, 1e-6))
    pt = np.concatenate([momentum / coshine[:count], random.exponential(options.pile_up_pt, size=soft) + 0.05])
    owner = np.concatenate([np.zeros(count, np.int64), np.repeat(np.arange(1, interactions + 1), of_each)])
    vertices = random.normal(0, options.beam_spot, size=interactions + 1)
    starts = random.normal(0, options.beam_time, size=interactions + 1)
    pdg = np.array(CODES)[kind, which]
    # Leptons of a positive code are negative.
    sign = np.where(np.isin(kind, (ELECTRON, MUON)), -np.sign(pdg), np.sign(pdg))
    return Particles(
        kind,
        pdg,
        np.sqrt((pt * coshine) ** 2 + mass**2),
        pt,
        np.where(np.isin(kind, (ELECTRON, CHARGED, MUON)), sign, 0),
        random.uniform(-np.pi, np.pi, size=count + soft),
        np.sinh(eta),
        vertices[owner],
        starts[owner],
        owner == 0,
    )


def turn(options: DetectorOptions, particles: Particles) -> np.ndarray:
    """Return the signed curvature of the tracks, 1/cm [particles]; 0 for what flies straight."""
    return -particles.charge * CURVATURE * options.field / particles.pt


def at_radius(
    options: DetectorOptions, particles: Particles, radius: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where tracks cross a cylinder around the beam: place [particles, 3], length in the plane, whether they do.

    Formula: half the turning angle is `asin(r / (2 R))`, R the radius of the track, and `z = z0 + s sinh(eta)` after
    the arc s.
    """
    curvature = turn(options, particles)
    half = radius * curvature / 2
    reached = np.abs(half) < 1
    half = np.arcsin(np.clip(half, -1, 1))
    arc = np.where(np.abs(curvature) > 1e-12, 2 * half / np.where(curvature == 0, 1, curvature), radius)
    angle = particles.phi + half
    z = particles.vertex + arc * particles.slope
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=1), arc, reached


def enter(options: DetectorOptions, particles: Particles) -> Entries:
    """Follow particles from their vertices to the first face of the calorimeter."""
    curvature = turn(options, particles)
    place, arc, reached = at_radius(options, particles, options.barrel_radius)
    in_barrel = reached & (np.abs(place[:, 2]) < options.half_length) & bool(options.barrel)
    forward = np.sign(particles.slope)
    to_plane = (forward * options.endcap_z - particles.vertex) / np.where(particles.slope == 0, 1, particles.slope)
    # The chord after the arc s of a track of curvature k is sin(k s / 2) / (k / 2).
    angle = curvature * to_plane / 2
    chord = np.where(np.abs(angle) > 1e-9, to_plane * np.sinc(angle / np.pi), to_plane)
    bearing = particles.phi + angle
    plane = np.stack([chord * np.cos(bearing), chord * np.sin(bearing), forward * options.endcap_z], axis=1)
    inside = (np.abs(chord) > options.endcap_radius) & (np.abs(chord) < options.barrel_radius)
    passed = reached & (np.abs(place[:, 2]) < options.half_length)
    in_endcap = ~passed & inside & (to_plane > 0) & (particles.slope != 0) & bool(options.endcap)
    part = np.select([in_barrel, in_endcap], [BARREL, ENDCAP], LOST)
    way = np.where(in_endcap, to_plane, arc)
    where = np.where(in_endcap[:, None], plane, place)
    heading = particles.phi + curvature * way
    cosine = 1 / np.sqrt(1 + particles.slope**2)
    direction = np.stack([np.cos(heading) * cosine, np.sin(heading) * cosine, particles.slope * cosine], axis=1)
    length = way / cosine
    beta = particles.pt * np.sqrt(1 + particles.slope**2) / particles.energy
    late = particles.start + length / (LIGHT * beta) - np.linalg.norm(where, axis=1) / LIGHT
    return Entries(part, where, direction, length, late)
