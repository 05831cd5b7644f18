"""Follows particles along helices from layer to layer, with multiple scattering in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registry.plugins.loaders.tracks.options import TrackOptions
from registry.plugins.loaders.tracks.particles import MASS, Particles

CURVATURE = 0.0029979
"""GeV / (T cm): `pt / (CURVATURE * B)` is the radius of a track in cm."""

STRAIGHT = 1e-9
"""1/cm: curvatures below are none."""

NEXT = 1e-6
"""cm: the next layer is further away than this."""


@dataclass(frozen=True)
class Crossings:
    """Where particles cross layers, arrays [crossings]: `particle`, `layer`, `place` [crossings, 3] cm."""

    particle: np.ndarray
    layer: np.ndarray
    place: np.ndarray


@dataclass
class _State:
    """Where particles are: `place` cm, `phi`, `slope` and `curvature` 1/cm of their ways; `turned`: rad so far."""

    place: np.ndarray
    phi: np.ndarray
    slope: np.ndarray
    curvature: np.ndarray
    turned: np.ndarray


def follow(random: np.random.Generator, options: TrackOptions, particles: Particles) -> Crossings:
    """Return where particles cross layers, in the order in which they do, for half a turn at the most.

    Layers are numbered: planes as they are listed, then barrels. A layer deflects by a normal angle of
    `13.6 MeV / (beta p) sqrt(t) (1 + 0.038 ln t)`, t the radiation lengths crossed (Review of Particle Physics, 34.3).
    """
    state = _State(
        particles.vertex.copy(),
        particles.phi.copy(),
        particles.slope.copy(),
        -particles.charge * CURVATURE * options.field / particles.pt,
        np.zeros(len(particles)),
    )
    momentum = np.sqrt((particles.momentum**2).sum(axis=1))
    beta_p = momentum**2 / np.sqrt(momentum**2 + MASS**2)
    planes, radii = np.array(options.planes), np.array(options.barrels)
    alive, found = np.arange(len(particles)), []
    while len(alive):
        arc = np.concatenate([_to_planes(state, planes), _to_barrels(state, radii)], axis=1)
        layer = arc.argmin(axis=1) if arc.shape[1] else np.zeros(len(alive), np.int64)
        way = arc[np.arange(len(alive)), layer] if arc.shape[1] else np.full(len(alive), np.inf)
        going = np.isfinite(way) & (state.turned + np.abs(state.curvature) * np.where(np.isfinite(way), way, 0) < np.pi)
        alive, layer, state = alive[going], layer[going], _taken(state, going)
        _advance(state, way[going])
        on = _inside(options, state.place, layer, len(planes))
        found.append((alive[on], layer[on], state.place[on].copy()))
        _scatter(random, options, state, beta_p[alive], layer >= len(planes), on)
    parts = [np.concatenate([part[k] for part in found]) if found else None for k in range(3)]
    if parts[0] is None:
        return Crossings(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3)))
    order = np.argsort(parts[0], kind="stable")
    return Crossings(*(part[order] for part in parts if part is not None))


def _taken(state: _State, chosen: np.ndarray) -> _State:
    return _State(*(value[chosen] for value in vars(state).values()))


def _to_planes(state: _State, planes: np.ndarray) -> np.ndarray:
    """Return the arc in the plane across the beam to each plane, cm [particles, planes]; inf for those behind."""
    slope = np.where(state.slope == 0, np.inf, state.slope)[:, None]
    arc = (planes - state.place[:, 2:]) / slope
    return np.where(arc * np.abs(slope) > NEXT, arc, np.inf)


def _to_barrels(state: _State, radii: np.ndarray) -> np.ndarray:
    """Return the arc to each barrel, cm [particles, barrels]; inf for those that are not reached.

    A circle of radius 1/|k| around c crosses the radius R where its radial vector is turned by
    `acos((R^2 - c^2 - 1/k^2) / (2 c / |k|))` from the direction of c.
    """
    x, y, phi = state.place[:, :1], state.place[:, 1:2], state.phi[:, None]
    along, square = x * np.cos(phi) + y * np.sin(phi), x**2 + y**2
    root = np.sqrt(np.maximum(along**2 + radii**2 - square, 0))
    reached = along**2 + radii**2 >= square
    both = np.stack([-along - root, -along + root])
    straight = np.where(reached & (both > NEXT), both, np.inf).min(axis=0)
    curved = np.abs(state.curvature) > STRAIGHT
    if not curved.any():
        return straight
    k = np.where(curved, state.curvature, 1.0)[:, None]
    centre = x - np.sin(phi) / k, y + np.cos(phi) / k
    far = np.hypot(*centre)
    cosine = (radii**2 - far**2 - 1 / k**2) / np.maximum(2 * far / np.abs(k), 1e-12)
    turn = np.arccos(np.clip(cosine, -1, 1))
    now = np.arctan2(-np.cos(phi) / k, np.sin(phi) / k)
    angles = np.arctan2(centre[1], centre[0]) - now + np.stack([turn, -turn])
    arcs = np.mod(angles * np.sign(k), 2 * np.pi) / np.abs(k)
    arc = np.where((np.abs(cosine) <= 1) & (arcs > NEXT), arcs, np.inf).min(axis=0)
    return np.where(curved[:, None], arc, straight)


def _advance(state: _State, arc: np.ndarray) -> None:
    """Move along the helix by an arc in the plane across the beam."""
    half = state.curvature * arc / 2
    chord, bearing = arc * np.sinc(half / np.pi), state.phi + half
    state.place += np.stack([chord * np.cos(bearing), chord * np.sin(bearing), arc * state.slope], axis=1)
    state.phi = state.phi + 2 * half
    state.turned = state.turned + np.abs(2 * half)


def _inside(options: TrackOptions, place: np.ndarray, layer: np.ndarray, planes: int) -> np.ndarray:
    radius = np.hypot(place[:, 0], place[:, 1])
    on_plane = (radius >= options.plane_inner_radius) & (radius <= options.plane_outer_radius)
    return np.where(layer < planes, on_plane, np.abs(place[:, 2]) <= options.barrel_half_length)


def _scatter(
    random: np.random.Generator,
    options: TrackOptions,
    state: _State,
    beta_p: np.ndarray,
    barrel: np.ndarray,
    on: np.ndarray,
) -> None:
    """Turn the directions of particles that have crossed a layer."""
    kicks = random.normal(size=(2, len(on)))
    if not options.thickness:
        return
    length = np.sqrt(1 + state.slope**2)
    cosine = np.where(barrel, 1 / length, np.abs(state.slope) / length)
    crossed = options.thickness / np.maximum(cosine, 0.05)
    angle = np.where(on, 0.0136 / beta_p * np.sqrt(crossed) * np.maximum(1 + 0.038 * np.log(crossed), 0.1), 0)
    polar = np.clip(np.arctan2(1, state.slope) + angle * kicks[0], 1e-4, np.pi - 1e-4)
    state.phi = state.phi + angle * kicks[1] * length
    state.slope = np.where(on, 1 / np.tan(polar), state.slope)
