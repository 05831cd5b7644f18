"""What can be chosen when clusters are measured: errors, objectives, what figures are drawn against, in which bins."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from registry.measuring.words import Measure, Words

Interval = Literal["wilson", "clopper_pearson"]
"""How the error of a share is computed."""

Objective = Literal["f1", "v_measure", "adjusted_rand"]
"""What thresholds are chosen by: `2 e (1 - f) / (e + 1 - f)` of efficiency e and fake rate f of all events together, or
the mean over events of an agreement of the hits' groups."""

Variable = Literal["energy", "pt", "eta", "density", "hits"]
"""What figures are drawn against, a column of the tables: of objects what is true, of showers what is predicted."""

VARIABLES: Mapping[Variable, tuple[str, Measure]] = {
    "energy": ("energy", "energy"),
    "pt": ("transverse momentum", "momentum"),
    "eta": ("pseudorapidity", ""),
    "density": ("neighbours", ""),
    "hits": ("hits", ""),
}
"""What they are called, and what they measure."""

_ENERGIES = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, math.inf)

BINS: Mapping[Variable, tuple[float, ...]] = {
    "energy": _ENERGIES,
    "pt": _ENERGIES,
    "eta": (-math.inf, *(-3.5 + 0.5 * step for step in range(15)), math.inf),
    "density": (0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, math.inf),
    "hits": (1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, math.inf),
}
"""Edges of the bins where none are stated: a bin holds its lower edge; infinite ends take everything beyond.

Those of energies and momenta are in GeV.
"""

DENSITY_RADIUS = 0.5
"""The distance in eta and phi within which neighbours are counted, where nothing else is said."""

ALL = "all"
"""What the events of all samples together are called."""

NETWORK = "network"
"""What figures call the read-out of the network, beside baselines."""


def word_of(name: str) -> str:
    """Return a name as metrics write it."""
    return name.replace(" ", "_").replace(",", "")


ShowerEnergy = Literal["sum", "tracks"]
"""How the energy of a shower is made of those of its hits: their sum, or hits and tracks apart."""

PREDICTED = ("beta", "energy_factor", "position", "time", "classes", "kept")
"""What a network may say of hits that is used beside the inputs of its read-out."""

KNOWN = ("energy", "coordinates", "is_track")
"""What is known of hits without a network: their energy; x, y, z; whether they are tracks."""

TRUE = (
    "truth_index", "truth_energy", "truth_position", "truth_momentum", "truth_time", "truth_pid", "truth_pdg", "sample",
    "truth_objects", "truth_fractions",
)  # fmt: skip
"""What is known of hits of simulated events; hits that several objects share have both of the last two."""

Column = Literal[
    "beta", "energy_factor", "position", "time", "classes", "kept",
    "energy", "coordinates", "is_track",
    "truth_index", "truth_energy", "truth_position", "truth_momentum", "truth_time", "truth_pid", "truth_pdg", "sample",
    "truth_objects", "truth_fractions",
]  # fmt: skip
"""All of them."""


def bins_of(variable: Variable, words: Words) -> tuple[float, ...]:
    """Return the edges of the bins of a variable where none are stated, in the unit of the data."""
    scale = words.scale(VARIABLES[variable][1])
    return tuple(scale * edge for edge in BINS[variable])
