"""Hits of one event: cells above threshold, tracks, hits of tracker layers and noise."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from registry.plugins.loaders.detector.deposits import Deposits
from registry.plugins.loaders.detector.geometry import BARREL, ENDCAP, Layers, cells
from registry.plugins.loaders.detector.options import DetectorOptions
from registry.plugins.loaders.detector.particles import LOST, Entries, Particles, at_radius
from registry.plugins.loaders.showers.hits import TIME_OFFSET
from registry.plugins.loaders.showers.particles import LIGHT

TRACKER_ENERGY = 1e-4
"""GeV that a charged particle leaves in a layer of the tracker."""

TRACKER_SIZE = 0.1
"""cm, of a sensor."""


@dataclass(frozen=True)
class Hits:
    """Hits, arrays [hits]: `energy` GeV; `place` [hits, 3] and `size` cm; `time` ns, -1 for none; `particle`: position
    of the one with the largest share, -1 for noise; `track`: 1 for a track, else 0."""

    energy: np.ndarray
    place: np.ndarray
    size: np.ndarray
    time: np.ndarray
    particle: np.ndarray
    track: np.ndarray

    def take(self, which: np.ndarray) -> Hits:
        """Return some of the hits."""
        return Hits(**{item.name: getattr(self, item.name)[which] for item in fields(self)})


def joined(parts: list[Hits]) -> Hits:
    """Return the hits of all parts."""
    return Hits(**{item.name: np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(Hits)})


def calorimeter_hits(
    random: np.random.Generator,
    options: DetectorOptions,
    particles: Particles,
    entries: Entries,
    part: int,
    layers: Layers,
    deposits: Deposits,
) -> tuple[Hits, np.ndarray]:
    """Return one hit per cell above threshold, and what of each particle's energy is in hits, GeV [particles]."""
    side = np.where(deposits.place[:, 2] < 0, -1, 1)
    if part == ENDCAP:
        side = np.where(entries.place[deposits.particle, 2] < 0, -1, 1)
    found = cells(options, part, layers, deposits.layer, deposits.place, side)
    _, first, cell = np.unique(found.number, return_index=True, return_inverse=True)
    n_cells, n_particles = len(first), len(particles)
    pair, share_of = np.unique(cell.astype(np.int64) * n_particles + deposits.particle, return_inverse=True)
    share = np.bincount(share_of, deposits.energy, minlength=len(pair)).astype(np.float64)
    cell_of_share, particle_of_share = np.divmod(pair, max(n_particles, 1))
    deposited = np.bincount(cell_of_share, share, minlength=n_cells).astype(np.float64)
    mip = layers.mip[deposits.layer[first]]
    energy = deposited + mip * options.noise * random.normal(size=n_cells)
    fired = np.flatnonzero((energy >= options.threshold * mip) & (energy > 0))
    order = np.lexsort((particle_of_share, -share, cell_of_share))
    largest = np.searchsorted(cell_of_share[order], np.arange(n_cells))
    owner = particle_of_share[order][largest] if n_cells else np.zeros(0, np.int64)
    place = np.stack([found.x, found.y, found.z], axis=1)[first]
    late = entries.late[owner] + (np.linalg.norm(place - entries.place[owner], axis=1)) / LIGHT
    late -= (np.linalg.norm(place, axis=1) - np.linalg.norm(entries.place[owner], axis=1)) / LIGHT
    measured = np.divide(energy, deposited, out=np.zeros(n_cells), where=np.isin(np.arange(n_cells), fired))
    reconstructed = np.bincount(particle_of_share, share * measured[cell_of_share], minlength=n_particles)
    size = layers.cell[deposits.layer[first]] / np.sqrt(np.pi)
    time = _time(random, options, late, energy >= options.timed * mip)
    made = Hits(energy, place, size, time, owner, np.zeros(n_cells))
    return made.take(fired), reconstructed.astype(np.float64)


def _time(random: np.random.Generator, options: DetectorOptions, late: np.ndarray, timed: np.ndarray) -> np.ndarray:
    time = TIME_OFFSET + late + random.normal(0, 1, size=len(late)) * options.time_resolution
    return np.where(timed, np.maximum(time, 0.0), -1.0)


def track_hits(random: np.random.Generator, options: DetectorOptions, particles: Particles, entries: Entries) -> Hits:
    """Return the tracks, each with its measured momentum as energy, and what particles hit in the tracker."""
    charged = particles.charge != 0
    reach = np.flatnonzero(charged & (entries.part != LOST)) if options.tracks else np.zeros(0, np.int64)
    momentum = particles.pt[reach] * np.sqrt(1 + particles.slope[reach] ** 2)
    relative = options.track_resolution + options.track_resolution_slope * particles.pt[reach]
    measured = momentum * np.maximum(1 + relative * random.normal(size=len(reach)), 0.1)
    time = _time(random, options, entries.late[reach], np.ones(len(reach), dtype=bool))
    parts = [Hits(measured, entries.place[reach], np.full(len(reach), TRACKER_SIZE), time, reach, np.ones(len(reach)))]
    for radius in options.tracker_radii:
        place, arc, reached = at_radius(options, particles, radius)
        hit = np.flatnonzero(charged & reached & (np.abs(place[:, 2]) < options.half_length) & (arc > 0))
        own = place[hit]
        way = arc[hit] * np.sqrt(1 + particles.slope[hit] ** 2)
        late = particles.start[hit] + (way - np.linalg.norm(own, axis=1)) / LIGHT
        energy = TRACKER_ENERGY * (0.87 - 0.1 * np.log(np.maximum(random.normal(size=len(hit)) ** 2, 1e-4)))
        time = _time(random, options, late, np.ones(len(hit), dtype=bool))
        size = np.full(len(hit), TRACKER_SIZE)
        parts.append(Hits(energy.clip(1e-5), own, size, time, hit, np.zeros(len(hit))))
    return joined(parts)


def noise_hits(random: np.random.Generator, options: DetectorOptions, layers: dict[int, Layers]) -> Hits:
    """Return hits of cells that nothing has hit: their energy falls from the threshold on, exponentially."""
    count = int(random.poisson(options.noise_hits))
    part = random.choice(list(layers), size=count)
    made = []
    for number, own in layers.items():
        hits = int((part == number).sum())
        layer = random.integers(0, len(own), size=hits)
        phi, side = random.uniform(-np.pi, np.pi, size=hits), random.choice([-1, 1], size=hits)
        if number == BARREL:
            radius = options.barrel_radius + own.middle[layer]
            z = random.uniform(-options.half_length, options.half_length, size=hits)
        else:
            inner, outer = options.endcap_radius, options.barrel_radius
            radius = np.sqrt(random.uniform(inner**2, outer**2, size=hits))
            z = side * (options.endcap_z + own.middle[layer])
        place = np.stack([radius * np.cos(phi), radius * np.sin(phi), z], axis=1)
        found = cells(options, number, own, layer, place, side)
        energy = own.mip[layer] * (options.threshold + random.exponential(0.3, size=hits))
        time = _time(random, options, random.uniform(-5, 15, size=hits), energy >= options.timed * own.mip[layer])
        centre, size = np.stack([found.x, found.y, found.z], axis=1), own.cell[layer] / np.sqrt(np.pi)
        made.append(Hits(energy, centre, size, time, np.full(hits, -1), np.zeros(hits)))
    return joined(made)
