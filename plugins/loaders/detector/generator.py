"""Generates events of a detector with barrel, endcaps and a field: tracks, showers, pile-up, noise, and the truth."""

from __future__ import annotations

import numpy as np

from registry.plugins.loaders.detector.deposits import deposit
from registry.plugins.loaders.detector.geometry import BARREL, ENDCAP, Layers, layers_of
from registry.plugins.loaders.detector.hits import Hits, calorimeter_hits, joined, noise_hits, track_hits
from registry.plugins.loaders.detector.options import DetectorOptions
from registry.plugins.loaders.detector.particles import Entries, Particles, draw_particles, enter
from registry.plugins.loaders.detector.truth import truth_columns
from registry.plugins.loaders.events import Events

VERSION = 1
"""Raised when the same seed gives other events than before."""


def generate(
    n_events: int, seed: int | tuple[int, ...], options: DetectorOptions | None = None, first: int = 0
) -> Events:
    """Return the events `first` to `first + n_events - 1` of a seed; each depends on the seed and its number alone.

    Columns, [hits, width], hits of an event by falling energy: `features` (10, as those of `showers`), `energy` GeV,
    `coordinates` (3) cm, `is_track`, and the truth.
    """
    seeds = (seed,) if isinstance(seed, int) else seed
    chosen = options or DetectorOptions()
    made = [event(np.random.default_rng([*seeds, number]), chosen) for number in range(first, first + n_events)]
    if not made:
        return generate(1, seed, options).select(np.zeros(0, dtype=np.int64))
    splits = np.cumsum([0, *(len(columns["energy"]) for columns in made)])
    return Events({name: np.concatenate([columns[name] for columns in made]) for name in made[0]}, splits)


def layers(options: DetectorOptions) -> dict[int, Layers]:
    """Return the layers of the parts that there are."""
    both = {BARREL: options.barrel, ENDCAP: options.endcap}
    return {part: layers_of(sections) for part, sections in both.items() if sections}


def event(random: np.random.Generator, options: DetectorOptions) -> dict[str, np.ndarray]:
    """Return the columns of one event."""
    particles = draw_particles(random, options)
    entries = enter(options, particles)
    hits, deposited, reconstructed = _hits(random, options, particles, entries)
    if options.pile_up_is_noise:
        owner = np.where((hits.particle >= 0) & particles.hard[hits.particle], hits.particle, -1)
        hits = Hits(hits.energy, hits.place, hits.size, hits.time, owner, hits.track)
    return _measured(hits) | truth_columns(hits, particles, entries, deposited, reconstructed)


def _hits(
    random: np.random.Generator, options: DetectorOptions, particles: Particles, entries: Entries
) -> tuple[Hits, np.ndarray, np.ndarray]:
    """Return the hits, and the energy that each particle left in the calorimeter and in its hits, GeV [particles]."""
    known = layers(options)
    parts = [track_hits(random, options, particles, entries), noise_hits(random, options, known)]
    deposited, reconstructed = np.zeros(len(particles)), np.zeros(len(particles))
    for part, own in known.items():
        deposits = deposit(random, options, particles, entries, part, own)
        deposited += np.bincount(deposits.particle, deposits.energy, minlength=len(particles))
        hits, seen = calorimeter_hits(random, options, particles, entries, part, own, deposits)
        reconstructed += seen
        parts.append(hits)
    whole = joined(parts)
    return whole.take(np.argsort(-whole.energy, kind="stable")), deposited, reconstructed


def _measured(hits: Hits) -> dict[str, np.ndarray]:
    distance = np.maximum(np.linalg.norm(hits.place, axis=1), 1e-3)
    theta = np.arccos(np.clip(hits.place[:, 2] / distance, -1 + 1e-9, 1 - 1e-9))
    eta = -np.log(np.tan(theta / 2))
    columns = [hits.energy, eta, hits.track, theta, distance, *hits.place.T, hits.time, hits.size]
    return {
        "features": np.stack(columns, axis=1).astype(np.float32),
        "energy": hits.energy.astype(np.float32)[:, None],
        "coordinates": hits.place.astype(np.float32),
        "is_track": hits.track.astype(np.float32)[:, None],
    }
