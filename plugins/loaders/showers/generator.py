"""Generates events of a layered calorimeter: showers that overlap, noise, and the truth. Nothing is read."""

from __future__ import annotations

import numpy as np

from registry.plugins.loaders.events import Events
from registry.plugins.loaders.showers.deposits import collect, deposit
from registry.plugins.loaders.showers.hits import Hits, digitise
from registry.plugins.loaders.showers.options import ShowerOptions
from registry.plugins.loaders.showers.particles import draw_particles
from registry.plugins.loaders.showers.truth import truth_columns

FEATURES = (
    "recHitEnergy",
    "recHitEta",
    "isTrack",
    "recHitTheta",
    "recHitR",
    "recHitX",
    "recHitY",
    "recHitZ",
    "recHitTime",
    "recHitHitR",
)
"""The feature columns in order: GeV, 1, 0 for a hit, rad, cm (four columns), ns (-1: none), cm (size of the cell)."""

VERSION = 1
"""Raised when the same seed gives other events than before."""


def generate(
    n_events: int, seed: int | tuple[int, ...], options: ShowerOptions | None = None, first: int = 0
) -> Events:
    """Return the events `first` to `first + n_events - 1` of a seed; each depends on the seed and its number alone.

    Columns, [hits, width], hits of an event by falling energy: `features` (10, as FEATURES), `energy` GeV,
    `coordinates` (3) cm, `is_track` (0), and the truth (see `truth.truth_columns`).
    The bits are the same wherever NumPy's are. Raises ValueError for a negative seed.
    """
    seeds = (seed,) if isinstance(seed, int) else seed
    made = [
        _event(np.random.default_rng([*seeds, number]), options or ShowerOptions())
        for number in range(first, first + n_events)
    ]
    if not made:
        return generate(1, seed, options).select(np.zeros(0, dtype=np.int64))
    splits = np.cumsum([0, *(len(columns["energy"]) for columns in made)])
    return Events({name: np.concatenate([columns[name] for columns in made]) for name in made[0]}, splits)


def _event(random: np.random.Generator, options: ShowerOptions) -> dict[str, np.ndarray]:
    side = -1 if options.both_endcaps and random.random() < 0.5 else 1
    particles = draw_particles(random, options)
    spots = deposit(random, particles, options)
    hits = digitise(random, collect(spots, options.cell_size), particles, options)
    of_particle = spots.particle >= 0
    deposited = np.bincount(spots.particle[of_particle], spots.energy[of_particle], minlength=len(particles))
    return _measured(hits, side) | truth_columns(hits, particles, deposited, side)


def _measured(hits: Hits, side: int) -> dict[str, np.ndarray]:
    z = side * hits.z
    distance = np.sqrt(hits.x**2 + hits.y**2 + z**2)
    theta = np.arccos(z / distance)
    eta = -np.log(np.tan(theta / 2))
    none = np.zeros_like(z)
    columns = [hits.energy, eta, none, theta, distance, hits.x, hits.y, z, hits.time, hits.size]
    features = np.stack(columns, axis=1).astype(np.float32)
    return {
        "features": features,
        "energy": features[:, 0:1],
        "coordinates": features[:, 5:8],
        "is_track": features[:, 2:3],
    }
