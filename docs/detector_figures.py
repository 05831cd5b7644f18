"""Draws the figures of docs/detector.md: showers of the loader `detector` beside the parameterisations that it cites.

    python docs/detector_figures.py [FOLDER]

FOLDER is docs by default: detector_showers.svg and detector_events.svg are written there, the numbers of the page are
printed.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("svg")
mpl.rcParams.update({"svg.hashsalt": "detector", "font.size": 8, "axes.spines.top": False, "axes.spines.right": False})

import matplotlib.pyplot as plt  # noqa: E402

from registry.plugins.loaders.detector.deposits import Deposits, deposit  # noqa: E402
from registry.plugins.loaders.detector.generator import generate, layers  # noqa: E402
from registry.plugins.loaders.detector.geometry import BARREL  # noqa: E402
from registry.plugins.loaders.detector.options import DetectorOptions  # noqa: E402
from registry.plugins.loaders.detector.particles import Particles, enter  # noqa: E402
from registry.plugins.loaders.detector.profiles import fractions, mean_maximum, mean_shape, radial  # noqa: E402
from registry.plugins.loaders.showers.particles import CHARGED, ELECTRON, PHOTON  # noqa: E402

OPTIONS = DetectorOptions()
OWN = layers(OPTIONS)[BARREL]
MIDDLE = OWN.x0 - np.diff(OWN.x0, prepend=0) / 2
WIDTH = np.diff(OWN.x0, prepend=0)


def shot(kind: int, energy: float, count: int, seed: int = 0) -> tuple[Deposits, np.ndarray]:
    """Return the deposits of particles that enter the barrel at right angles, and the axis of each deposit's."""
    ones, phi = np.ones(count), np.linspace(-3, 3, count)
    particles = Particles(
        np.full(count, kind), ones, energy * ones, energy * ones, 0 * ones, phi, 0 * ones, 0 * ones, 0 * ones, ones > 0
    )
    found = deposit(np.random.default_rng(seed), OPTIONS, particles, enter(OPTIONS, particles), BARREL, OWN)
    axis = np.stack([np.cos(phi), np.sin(phi), 0 * phi], axis=1)[found.particle]
    return found, axis


def longitudinal(axes: plt.Axes) -> None:
    """Draw mean profiles of electrons beside those of Grindhammer and Peters, and of the Review of Particle Physics."""
    for energy, colour in ((1.0, "C0"), (10.0, "C1"), (100.0, "C2")):
        found, _ = shot(ELECTRON, energy, 500)
        profile = np.bincount(found.layer, found.energy, minlength=len(OWN)) / 500 / energy / WIDTH
        axes.plot(MIDDLE[:26], profile[:26], "o", ms=2.5, color=colour, label=f"{energy:g} GeV")
        log_y = np.log(energy / OPTIONS.critical_energy)
        shape = mean_shape(np.array([log_y]), OPTIONS.atomic_number)
        axes.plot(MIDDLE[:26], _gamma(shape, (shape - 1) / mean_maximum(log_y))[:26], color=colour, lw=1)
        axes.plot(MIDDLE[:26], _gamma(1 + 0.5 * np.array([log_y - 0.5]), np.array([0.5]))[:26], ":", color=colour, lw=1)
        expected = _gamma(shape, (shape - 1) / mean_maximum(log_y)) * WIDTH
        depth, wanted = (profile * WIDTH * MIDDLE).sum(), (expected * MIDDLE).sum()
        print(f"electrons of {energy:g} GeV: mean depth {depth:.2f} X0, parameterisation {wanted:.2f} X0")
    axes.set(xlabel="depth (radiation lengths)", ylabel="(1/E) dE/dt", title="electrons")
    axes.legend(frameon=False)


def _gamma(shape: np.ndarray, rate: np.ndarray) -> np.ndarray:
    return fractions(OWN.x0[None, :], shape, rate)[0] / WIDTH


def lateral(axes: plt.Axes) -> None:
    """Draw the radial profile of electrons of 10 GeV in three layers beside the parameterisation."""
    found, axis = shot(ELECTRON, 10.0, 500)
    across = np.linalg.norm(np.cross(found.place, axis), axis=1) / OPTIONS.moliere_radius
    edges = np.linspace(0, 2.5, 26)
    middle = (edges[1:] + edges[:-1]) / 2
    maximum = mean_maximum(np.log(10.0 / OPTIONS.critical_energy))
    for layer, colour in ((3, "C0"), (6, "C1"), (12, "C2")):
        own = found.layer == layer
        density = np.histogram(across[own], edges, weights=found.energy[own])[0] / found.energy[own].sum()
        axes.plot(middle, density / np.diff(edges), "o", ms=2.5, color=colour, label=f"layer {layer + 1}")
        profile = radial(np.array(OWN.x0[layer] / maximum), np.array(10.0), OPTIONS.atomic_number)

        def inside(r: np.ndarray, of: float) -> np.ndarray:
            return r**2 / (r**2 + of**2)

        total = profile.weight * inside(edges, profile.core) + (1 - profile.weight) * inside(edges, profile.tail)
        axes.plot(middle, np.diff(total) / np.diff(edges), color=colour, lw=1)
    contained = found.energy[across < 1].sum() / found.energy.sum()
    print(f"electrons of 10 GeV: {100 * contained:.1f} % of the energy within a Moliere radius")
    axes.set(xlabel="radius (Moliere radii)", ylabel="(1/E) dE/dr", yscale="log", title="electrons of 10 GeV")
    axes.legend(frameon=False)


def resolution(axes: plt.Axes) -> None:
    """Draw the resolution of photons and pions against 1 / sqrt(E), with straight lines through the points."""
    energies = np.array([1.0, 2.0, 5.0, 10.0, 30.0, 100.0])
    for kind, name, colour in ((PHOTON, "photons", "C0"), (CHARGED, "charged hadrons", "C3")):
        spread, response = [], []
        for energy in energies:
            found, _ = shot(kind, energy, 1000, 1)
            total = np.bincount(found.particle, found.energy, minlength=1000)
            spread.append(total.std() / total.mean())
            response.append(total.mean() / energy)
        root = 1 / np.sqrt(energies)
        slope, constant = np.polyfit(root**2, np.array(spread) ** 2, 1)
        line = np.linspace(0, 1, 50)
        axes.plot(root, spread, "o", ms=3, color=colour, label=name)
        axes.plot(line, np.sqrt(np.maximum(slope * line**2 + constant, 0)), lw=1, color=colour)
        term = np.sqrt(max(constant, 0.0))
        law = f"{100 * np.sqrt(slope):.1f} % / sqrt(E) + {100 * term:.1f} %"
        print(f"{name}: {law}, response {response[0]:.3f} at 1 GeV, {response[-1]:.3f} at 100 GeV")
    axes.plot(line, OPTIONS.stochastic * line, ":", color="black", lw=1, label=f"{OPTIONS.stochastic:g} / sqrt(E)")
    axes.set(xlabel="1 / sqrt(E / GeV)", ylabel="sigma / mean", title="sum of the deposits")
    axes.legend(frameon=False)


def event(figure: plt.Figure) -> None:
    """Draw one event along the beam and across it, and the number of hits and the time against pile-up."""
    options = OPTIONS.model_copy(update={"pile_up": 20.0, "tracker_radii": [5.0, 20.0, 40.0, 60.0, 90.0, 115.0]})
    made = generate(1, 4, options)
    x, y, z = made["coordinates"].T
    colours = np.where(made["truth_index"][:, 0] < 0, -1, made["truth_index"][:, 0] % 20)
    views = figure.subplots(1, 3, width_ratios=(1.6, 1.0, 1.0))
    size = np.clip(3 * np.sqrt(made["energy"][:, 0]), 0.2, 20)
    barrel = np.abs(z) < options.half_length
    along, across = ("z (cm)", z, "r (cm)", np.hypot(x, y), z == z), ("x (cm)", x, "y (cm)", y, barrel)
    for axes, (first, one, second, other, shown) in zip(views, (along, across), strict=False):
        axes.scatter(one[shown], other[shown], s=size[shown], c=colours[shown], cmap="tab20", lw=0, rasterized=True)
        axes.set(xlabel=first, ylabel=second)
    views[0].set_title(f"an event with 20 further interactions: {made.n_hits:,} hits")
    counts, seconds = [], []
    for pile_up in (0, 10, 30, 60):
        started = time.process_time()
        hits = generate(1, 1, OPTIONS.model_copy(update={"pile_up": float(pile_up)})).n_hits
        counts.append(hits)
        seconds.append(time.process_time() - started)
        print(f"pile-up {pile_up}: {hits:,} hits, {seconds[-1]:.2f} s of one core")
    views[2].plot((0, 10, 30, 60), counts, "o-", ms=3)
    views[2].set(xlabel="mean number of further interactions", ylabel="hits of an event")


def main(folder: str = str(Path(__file__).parent)) -> None:
    """Write the figures."""
    figure = plt.figure(figsize=(10, 3.2), layout="constrained")
    panels = figure.subplots(1, 3)
    for draw, axes in zip((longitudinal, lateral, resolution), panels, strict=True):
        draw(axes)
    figure.savefig(Path(folder) / "detector_showers.svg", metadata={"Date": None})
    figure = plt.figure(figsize=(10, 3.4), layout="constrained")
    event(figure)
    figure.savefig(Path(folder) / "detector_events.svg", metadata={"Date": None}, dpi=130)


if __name__ == "__main__":
    main(*sys.argv[1:])
