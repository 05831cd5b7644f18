"""Hits as networks see them: calorimeter showers, in a learned space of few dimensions."""

from __future__ import annotations

import numpy as np

SHOWERS_AN_EVENT = 20


def showers(hits: int, seed: int = 1) -> dict[str, np.ndarray]:
    """Return columns of generated showers, [hits, width], cut to the number of hits."""
    from registry.plugins.loaders.events import Events
    from registry.plugins.loaders.showers.generator import generate
    from registry.plugins.loaders.showers.options import ShowerOptions

    options = ShowerOptions(min_showers=SHOWERS_AN_EVENT, max_showers=SHOWERS_AN_EVENT)
    parts: list[Events] = []
    while sum(part.n_hits for part in parts) < hits:
        parts.append(generate(10, seed, options, first=10 * len(parts)))
    return {name: np.array(column[:hits]) for name, column in Events.concatenate(parts).columns.items()}


def learned_space(hits: int, dimensions: int, seed: int = 1) -> np.ndarray:
    """Return coordinates [hits, dimensions] float32: a random projection of the standardised features, and noise.

    All hits count as one event: a dense one, as under high pile-up.
    """
    random = np.random.default_rng(seed)
    features = showers(hits, seed)["features"].astype(np.float64)
    features = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-6)
    space = features @ random.normal(size=(features.shape[1], dimensions)) / np.sqrt(features.shape[1])
    return np.ascontiguousarray(space + 0.05 * random.normal(size=space.shape), dtype=np.float32)


def clusters(hits: int, objects: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return cluster coordinates [hits, 3], beta [hits] and object numbers [hits] (-1: noise, a tenth of the hits).

    As midway through training: objects are clouds of width 0.3 in a space of side 20.
    """
    random = np.random.default_rng(seed)
    label = random.integers(0, objects, hits)
    label[:objects] = np.arange(objects)
    centres = random.uniform(-10, 10, size=(objects, 3))
    x = centres[label] + 0.3 * random.normal(size=(hits, 3))
    noise = random.random(hits) < 0.1
    noise[:objects] = False
    x[noise] = random.uniform(-10, 10, size=(int(noise.sum()), 3))
    beta = random.uniform(0.01, 0.9, hits).astype(np.float32)
    return x.astype(np.float32), beta, np.where(noise, -1, label).astype(np.int32)
