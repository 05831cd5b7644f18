"""Generates events of a tracker: hits of charged particles in planes and barrels, noise, and the truth."""

from __future__ import annotations

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.events import Events
from registry.plugins.loaders.tracks.following import Crossings, follow
from registry.plugins.loaders.tracks.options import TrackOptions
from registry.plugins.loaders.tracks.particles import Particles, draw_interactions, draw_particles

VERSION = 1
"""Raised when the same seed gives other events than before."""

MOST_DRAWS = 50
"""Times that particles are drawn anew until enough of them cross the layers."""

INNERMOST = 1e-3
"""cm: noise is not drawn nearer to the beam."""


def generate(n_events: int, seed: int | tuple[int, ...], options: TrackOptions | None = None, first: int = 0) -> Events:
    """Return the events `first` to `first + n_events - 1` of a seed; each depends on the seed and its number alone.

    Columns, [hits, width], hits of an event by layer: those of the loader `tracks`.
    Raises DataError if particles of these options hardly ever cross enough layers.
    """
    seeds = (seed,) if isinstance(seed, int) else seed
    chosen = options or TrackOptions()
    made = [event(np.random.default_rng([*seeds, number]), chosen) for number in range(first, first + n_events)]
    if not made:
        return generate(1, seed, options).select(np.zeros(0, dtype=np.int64))
    splits = np.cumsum([0, *(len(columns["truth_index"]) for columns in made)])
    return Events({name: np.concatenate([columns[name] for columns in made]) for name in made[0]}, splits)


def event(random: np.random.Generator, options: TrackOptions) -> dict[str, np.ndarray]:
    """Return the columns of one event."""
    particles, crossings = draw_tracks(random, options)
    seen = random.random(len(crossings.particle)) >= options.inefficiency
    owner, layer, place = crossings.particle[seen], crossings.layer[seen], crossings.place[seen]
    share = random.uniform(options.min_noise, options.max_noise)
    of_noise = _noise(random, options, round(share / (1 - share) * len(owner)), layer)
    owner = np.concatenate([owner, np.full(len(of_noise[0]), -1)])
    layer = np.concatenate([layer, of_noise[0]])
    place = np.concatenate([_measured(random, options, layer[: len(place)], place), of_noise[1]])
    order = np.lexsort((place[:, 1], place[:, 0], layer))
    return _columns(place[order], layer[order], owner[order], particles)


def draw_tracks(random: np.random.Generator, options: TrackOptions) -> tuple[Particles, Crossings]:
    """Return the particles of an event that cross enough layers, and where they do."""
    count = int(random.integers(options.min_tracks, options.max_tracks + 1))
    interactions = draw_interactions(random, options)
    particles, crossings, missing = [], [], count
    for _ in range(MOST_DRAWS):
        drawn = draw_particles(random, options, interactions, missing)
        crossed = follow(random, options, drawn)
        layers = np.bincount(crossed.particle, minlength=len(drawn))
        enough = layers >= options.min_layers
        number = np.cumsum(enough) - 1 + count - missing
        kept = enough[crossed.particle]
        particles.append(drawn.take(enough))
        crossings.append((number[crossed.particle[kept]], crossed.layer[kept], crossed.place[kept]))
        missing -= int(enough.sum())
        if not missing:
            break
    else:
        message = f"particles hardly ever cross {options.min_layers} layers"
        raise DataError(
            message, "min_layers", "place the layers where the particles fly: `min_eta`, `max_eta`, `beam_spot`"
        )
    return Particles.joined(particles), Crossings(
        *(np.concatenate([part[column] for part in crossings]) for column in range(3))
    )


def _measured(random: np.random.Generator, options: TrackOptions, layer: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return measured places: smeared in x and y on planes, along the circle and in z on barrels."""
    first, second = options.resolution * random.normal(size=(2, len(place)))
    on_plane = layer < len(options.planes)
    radius = np.maximum(np.hypot(place[:, 0], place[:, 1]), INNERMOST)
    around = np.arctan2(place[:, 1], place[:, 0]) + first / radius
    x = np.where(on_plane, place[:, 0] + first, radius * np.cos(around))
    y = np.where(on_plane, place[:, 1] + second, radius * np.sin(around))
    return np.stack([x, y, np.where(on_plane, place[:, 2], place[:, 2] + second)], axis=1)


def _noise(
    random: np.random.Generator, options: TrackOptions, count: int, layers: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return layer and place of hits that belong to no particle: on layers as the others, ln r and z uniform."""
    layer = random.choice(layers, count) if len(layers) else np.zeros(0, np.int64)
    count = len(layer)
    inner = max(options.plane_inner_radius, INNERMOST)
    radius = np.exp(random.uniform(np.log(inner), np.log(max(options.plane_outer_radius, inner)), count))
    angle = random.uniform(-np.pi, np.pi, count)
    z = random.uniform(-options.barrel_half_length, options.barrel_half_length, count)
    on_plane = layer < len(options.planes)
    surfaces = np.array([*options.planes, *options.barrels])
    radius = np.where(on_plane, radius, surfaces[layer])
    z = np.where(on_plane, surfaces[layer], z)
    return layer, np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=1)


def _columns(place: np.ndarray, layer: np.ndarray, owner: np.ndarray, particles: Particles) -> dict[str, np.ndarray]:
    """Return the columns of hits; of noise the momentum is 0, and the vertex where the hit is."""
    x, y, z = place.T
    radius = np.maximum(np.hypot(x, y), INNERMOST)
    features = [x, y, z, radius, np.arctan2(y, x), np.arctan2(radius, z), np.arcsinh(z / radius)]
    noise = (owner < 0)[:, None]
    at = np.maximum(owner, 0)

    def of_track(values: np.ndarray, otherwise: np.ndarray | float) -> np.ndarray:
        values = values if len(values) else np.zeros((1, *values.shape[1:]))
        return np.where(noise, otherwise, values[at].reshape(len(owner), -1))

    return {
        "features": np.stack(features, axis=1).astype(np.float32),
        "coordinates": place.astype(np.float32),
        "layer": layer.astype(np.int32)[:, None],
        "truth_index": owner.astype(np.int32)[:, None],
        "truth_energy": of_track(particles.energy, 0.0).astype(np.float32),
        "truth_momentum": of_track(particles.momentum, 0.0).astype(np.float32),
        "truth_vertex": of_track(particles.vertex, place).astype(np.float32),
        "truth_pdg": of_track(211 * particles.charge, 0.0).astype(np.int32),
    }
