"""Moves events by the symmetries of a detector around the z axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registry.plugins.loaders.description.options import AugmentationOptions


@dataclass(frozen=True)
class Movement:
    """A rotation by `angle` (rad) after a reflection `y -> side * y`, arrays with one value per event, or per hit."""

    angle: np.ndarray
    side: np.ndarray

    def of(self, index: np.ndarray) -> Movement:
        """Return the movements at the given positions."""
        return Movement(self.angle[index], self.side[index])

    def turn(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the moved x and y: `x cos(a) - s y sin(a)`, `x sin(a) + s y cos(a)`."""
        cosine, sine, mirrored = np.cos(self.angle), np.sin(self.angle), self.side * y
        return x * cosine - mirrored * sine, x * sine + mirrored * cosine

    def shift(self, phi: np.ndarray) -> np.ndarray:
        """Return the moved azimuthal angles, rad, in -pi to pi."""
        moved = self.side * phi + self.angle
        return (moved + np.pi) % (2 * np.pi) - np.pi


def draw(options: AugmentationOptions, n_events: int, seed: int, epoch: int) -> Movement:
    """Draw the movement of every event of a part; each depends on the seed, the epoch and its position alone."""
    random = np.random.default_rng([seed, epoch])
    angle, coin = random.uniform(0, 2 * np.pi, size=n_events), random.random(n_events)
    return Movement(
        angle if options.rotate_phi else np.zeros(n_events),
        np.where(coin < 0.5, -1.0, 1.0) if options.mirror else np.ones(n_events),
    )
