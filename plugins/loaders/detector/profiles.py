"""How deep and how wide showers are: the parameterisations, and energies per layer drawn from them.

Electromagnetic: Grindhammer and Peters, hep-ex/0001020, sections 3.1 and 4.1 (homogeneous media). Hadronic,
longitudinal: Bock, Hansl-Kozanecka and Shah, NIM 186 (1981) 533.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc

from registry.plugins.loaders.detector.geometry import Layers
from registry.plugins.loaders.detector.options import DetectorOptions

CONVERSION = 9 / 7
"""Mean way of a photon before it makes a pair, in radiation lengths (Review of Particle Physics, section 34.4)."""


def mean_maximum(log_y: np.ndarray) -> np.ndarray:
    """Return T, the depth of the maximum of the mean shower in radiation lengths; `log_y`: ln(E / critical energy)."""
    return np.maximum(log_y - 0.858, 0.3)


def mean_shape(log_y: np.ndarray, z: float) -> np.ndarray:
    """Return alpha, the shape of the gamma profile of the mean shower."""
    return np.maximum(0.21 + (0.492 + 2.38 / z) * log_y, 1.1)


def draw_shapes(random: np.random.Generator, log_y: np.ndarray, z: float) -> tuple[np.ndarray, np.ndarray]:
    """Draw T and alpha of single showers: their logarithms are normal, and correlated."""
    # Below some critical energies there is no cascade whose profile was ever parameterised.
    log_y = np.maximum(log_y, 2.0)
    sigma_t, sigma_a = 1 / (-1.4 + 1.26 * log_y), 1 / (-0.58 + 0.86 * log_y)
    correlation = np.clip(0.705 - 0.023 * log_y, 0, 1)
    first, second = random.normal(size=(2, len(log_y)))
    plus, minus = np.sqrt((1 + correlation) / 2), np.sqrt((1 - correlation) / 2)
    log_t = np.log(log_y - 0.812) + sigma_t * (plus * first + minus * second)
    log_a = np.log(0.81 + (0.458 + 2.26 / z) * log_y) + sigma_a * (plus * first - minus * second)
    return np.exp(log_t), np.maximum(np.exp(log_a), 1.05)


def fractions(depth: np.ndarray, shape: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Return the part of a profile `(b t)^(a-1) exp(-b t)` in each layer; `depth` [showers, layers] at the end."""
    scaled = rate[:, None] * np.maximum(depth, 0.0)
    return np.diff(gammainc(shape[:, None], scaled), axis=1, prepend=0.0)


@dataclass(frozen=True)
class Radial:
    """The radial profile `p 2 r C^2 / (r^2 + C^2)^2 + (1 - p) 2 r T^2 / (r^2 + T^2)^2`: arrays, in Moliere radii."""

    core: np.ndarray
    tail: np.ndarray
    weight: np.ndarray


def radial(age: np.ndarray, energy: np.ndarray, z: float) -> Radial:
    """Return the radial profile at a depth of `age` shower maxima, of a shower of `energy` GeV."""
    log_e = np.log(np.maximum(energy, 0.1))
    core = 0.0251 + 0.00319 * log_e + (0.1162 - 0.000381 * z) * age
    rise, fall = np.exp(-2.59 * (age - 0.645)), np.exp((0.3585 + 0.0421 * log_e) * (age - 0.645))
    tail = (0.659 - 0.00309 * z) * (rise + fall)
    power = (0.401 + 0.00187 * z - age) / (1.313 - 0.0686 * log_e)
    weight = (2.632 - 0.00094 * z) * np.exp(power - np.exp(power))
    return Radial(np.maximum(core, 0.01), np.clip(tail, 0.05, 10.0), np.clip(weight, 0.0, 1.0))


@dataclass(frozen=True)
class Electromagnetic:
    """Showers of electrons and photons: `energy` GeV and `age` (depth in units of T), [showers, layers]."""

    energy: np.ndarray
    age: np.ndarray


def electromagnetic(
    random: np.random.Generator, options: DetectorOptions, energy: np.ndarray, start: np.ndarray, depth: np.ndarray
) -> Electromagnetic:
    """Return showers of so much energy, GeV, that start at `start`; `depth` at the end of layers, radiation lengths."""
    log_y = np.log(np.maximum(energy, 1e-3) / options.critical_energy)
    maximum, shape = draw_shapes(random, log_y, options.atomic_number)
    since = depth - start[:, None]
    shares = fractions(since, shape, (shape - 1) / maximum)
    return Electromagnetic(energy[:, None] * shares, np.clip(since / maximum[:, None], 0.0, 4.0))


def hadronic(energy: np.ndarray, start: np.ndarray, depth: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return the energy of the hadronic component per layer, [showers, layers]; depths in interaction lengths.

    `total`: of the whole shower, which its shape depends on: `c = 0.6165 + 0.3183 ln E`, `d = 0.9099 - 0.0237 ln E`.
    """
    log_e = np.log(np.maximum(total, 1.0))
    shares = fractions(depth - start[:, None], 0.6165 + 0.3183 * log_e, 0.9099 - 0.0237 * log_e)
    return energy[:, None] * shares


def depths(layers: Layers, path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the depth at the end of every layer along a way that is `path` times as long, [showers, layers] each."""
    return path[:, None] * layers.x0, path[:, None] * layers.lambda0
