"""Energy that particles leave in the layers of one part of the calorimeter, as deposits at points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from registry.plugins.loaders.detector.geometry import BARREL, Layers
from registry.plugins.loaders.detector.options import DetectorOptions
from registry.plugins.loaders.detector.particles import Entries, Particles
from registry.plugins.loaders.detector.profiles import CONVERSION, depths, electromagnetic, hadronic, radial
from registry.plugins.loaders.showers.particles import CHARGED, ELECTRON, MUON, NEUTRAL, PHOTON

_OUTERMOST = 0.995
"""Quantile of a radial profile at which it is cut."""


@dataclass(frozen=True)
class Deposits:
    """Deposits of one part, arrays [deposits]: `particle`, `layer`, `place` [deposits, 3] cm, `energy` GeV."""

    particle: np.ndarray
    layer: np.ndarray
    place: np.ndarray
    energy: np.ndarray


def deposit(
    random: np.random.Generator,
    options: DetectorOptions,
    particles: Particles,
    entries: Entries,
    part: int,
    layers: Layers,
) -> Deposits:
    """Return the deposits of the particles that enter a part.

    Sampling: a deposit is exponential around `a^2 / 2` GeV, and their number is Poisson's: energies fluctuate by
    `a / sqrt(E)`.
    """
    own = np.flatnonzero(entries.part == part)
    kind, energy, direction = particles.kind[own], particles.energy[own], entries.direction[own]
    place = entries.place[own]
    normal = place * [1, 1, 0] if part == BARREL else place * [0, 0, 1]
    normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    path = 1 / np.maximum((normal * direction).sum(axis=1), 0.1)
    x0, lambda0 = depths(layers, path)
    hadron, photon = np.isin(kind, (CHARGED, NEUTRAL)), kind == PHOTON
    start = np.where(hadron, random.exponential(1.0, size=len(own)), 0.0)
    start_x0 = _at(start, lambda0, x0) + np.where(photon, random.exponential(CONVERSION, size=len(own)), 0.0)
    before = lambda0 < start[:, None]
    # What a charged hadron loses before it interacts is not in its shower.
    lost = np.where(kind == CHARGED, path * (before * layers.mip).sum(axis=1), 0.0)
    em, had = _components(random, options, np.maximum(energy - lost, 0.0), hadron, np.isin(kind, (PHOTON, ELECTRON)))
    # A photon's pair shares its energy: each half is a shower of its own.
    halves = np.where(photon, 0.5, 1.0)
    shower = electromagnetic(random, options, em * halves, start_x0, x0)
    shape = radial(shower.age, em[:, None], options.atomic_number)
    of_em = _spots(random, shower.energy / halves[:, None], options.stochastic**2 / 2)
    of_hadrons = _spots(random, hadronic(had, start, lambda0, energy), options.hadronic_stochastic**2 / 2)
    radius = _radius(random, shape.core, shape.tail, shape.weight, of_em[:2]) * options.moliere_radius
    age = np.clip(lambda0 - start[:, None], 0.1, 6.0)
    # Hadronic showers widen with depth, the core from a tenth of an interaction length on.
    core, tail = 0.06 + 0.04 * age, 0.25 + 0.12 * age
    wide = _radius(random, core, tail, np.full(core.shape, 0.7), of_hadrons[:2]) * options.interaction_length
    tracks = _tracks(random, layers, kind, path, before)
    index, layer, amount = (np.concatenate(each) for each in zip(of_em, of_hadrons, tracks, strict=True))
    spread = np.concatenate([radius, wide, np.zeros(len(tracks[0]))])
    where = _places(random, options, part, layers, place[index], direction[index], layer, spread)
    inside = _inside(options, part, where)
    return Deposits(own[index][inside], layer[inside], where[inside], amount[inside])


def _inside(options: DetectorOptions, part: int, place: np.ndarray) -> np.ndarray:
    """Return which deposits are in their part, and not beyond its ends, bool [deposits]."""
    if part == BARREL:
        return np.abs(place[:, 2]) <= options.half_length
    radius = np.hypot(place[:, 0], place[:, 1])
    outside = options.barrel_radius + sum(section.layers * section.thickness for section in options.barrel)
    return (radius >= options.endcap_radius) & (radius <= outside)


def _at(depth: np.ndarray, scale: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return depths of one scale in another, both given at the end of every layer, [showers, layers]."""
    if not scale.size:
        return np.zeros(len(depth))
    last = (scale < depth[:, None]).sum(axis=1)
    rows, inside = np.arange(len(depth)), np.minimum(last, scale.shape[1] - 1)
    below = np.where(inside > 0, scale[rows, inside - 1], 0.0), np.where(inside > 0, other[rows, inside - 1], 0.0)
    share = (depth - below[0]) / (scale[rows, inside] - below[0])
    found: np.ndarray = below[1] + share * (other[rows, inside] - below[1])
    return found


def _components(
    random: np.random.Generator, options: DetectorOptions, energy: np.ndarray, hadron: np.ndarray, pure: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the electromagnetic and the seen hadronic energy, GeV [particles].

    The electromagnetic part of a hadron is `1 - (E / 0.7 GeV)^(0.82 - 1)` on average (Gabriel et al., NIM A 338 (1994)
    336).
    """
    mean = 1 - (np.maximum(energy, 1.0) / 0.7) ** (0.82 - 1)
    share = np.clip(random.normal(mean, 0.12), 0.02, 0.95)
    em = np.where(hadron, share * energy, np.where(pure, energy, 0.0))
    return em, np.where(hadron, (1 - share) * energy * options.hadronic_response, 0.0)


def _spots(random: np.random.Generator, energy: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    counts = random.poisson(energy / size)
    flat = np.repeat(np.arange(counts.size), counts.reshape(-1))
    particle, layer = np.divmod(flat, max(counts.shape[1], 1))
    return particle, layer, random.exponential(size, size=len(flat))


def _tracks(
    random: np.random.Generator, layers: Layers, kind: np.ndarray, path: np.ndarray, before: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what minimum-ionising particles leave: muons in all layers, charged hadrons before they interact."""
    crossed = (kind == MUON)[:, None] | ((kind == CHARGED)[:, None] & before)
    particle, layer = np.nonzero(crossed)
    # Moyal's distribution, close to Landau's: -ln(N^2) of a normal N.
    landau = -np.log(np.maximum(random.normal(size=len(particle)) ** 2, 1e-4))
    return particle, layer, layers.mip[layer] * path[particle] * (0.87 + 0.10 * landau).clip(0.3, 5.0)


def _radius(
    random: np.random.Generator, core: np.ndarray, tail: np.ndarray, weight: np.ndarray, place: tuple[np.ndarray, ...]
) -> np.ndarray:
    """Draw radii: the quantile q of `2 r R^2 / (r^2 + R^2)^2` is at `R sqrt(q / (1 - q))`."""
    number = len(place[0])
    scale = np.where(random.random(number) < weight[place], core[place], tail[place])
    quantile = random.uniform(0, _OUTERMOST, size=number)
    found: np.ndarray = scale * np.sqrt(quantile / (1 - quantile))
    return found


def _places(
    random: np.random.Generator,
    options: DetectorOptions,
    part: int,
    layers: Layers,
    place: np.ndarray,
    direction: np.ndarray,
    layer: np.ndarray,
    radius: np.ndarray,
) -> np.ndarray:
    """Return where deposits are, [deposits, 3] cm: beside a straight line from the face, in the middle of a layer."""
    if part == BARREL:
        # |p + t d| = r in the plane across the beam.
        along, square = (place * direction)[:, :2].sum(axis=1), (direction[:, :2] ** 2).sum(axis=1)
        wanted = (options.barrel_radius + layers.middle[layer]) ** 2 - (place[:, :2] ** 2).sum(axis=1)
        step = (-along + np.sqrt(np.maximum(along**2 + square * wanted, 0.0))) / np.maximum(square, 1e-9)
    else:
        step = layers.middle[layer] / np.abs(direction[:, 2])
    axis = place + step[:, None] * direction
    helper = np.where(np.abs(direction[:, 2:]) < 0.9, [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]])
    first = np.cross(direction, helper)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(direction, first)
    angle = random.uniform(-np.pi, np.pi, size=len(radius))
    found: np.ndarray = axis + radius[:, None] * (np.cos(angle)[:, None] * first + np.sin(angle)[:, None] * second)
    return found
