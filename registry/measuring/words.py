"""What tables and pages call things, and the units that they state: those of the columns that the data have."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, fields
from typing import Any, Literal

from registry.contract.records import record

Measure = Literal["", "energy", "momentum", "length", "time"]
"""What a number measures, where it has a unit."""

OF_COLUMNS: Mapping[Measure, tuple[str, ...]] = {
    "energy": ("truth_energy", "energy"),
    "momentum": ("truth_momentum", "truth_energy", "energy"),
    "length": ("truth_position", "coordinates"),
    "time": ("truth_time",),
}
"""The columns, as `Evaluation.columns` calls them, that each has its unit from: the first that there is."""

COLUMNS: Mapping[str, Measure] = {
    **dict.fromkeys(("hit_energy", "energy", "true_energy"), "energy"),
    **dict.fromkeys(("x", "y", "z", "residual"), "length"),
    **dict.fromkeys(("time", "residual_time"), "time"),
    "pt": "momentum",
}
"""What columns of the tables of objects and showers measure."""

_GEV = {"eV": 1e9, "keV": 1e6, "MeV": 1e3, "GeV": 1.0, "TeV": 1e-3}
"""What one GeV is in other units of energy; momenta are in the same, divided by c."""


@record
class Words:
    """What is said of some data.

    `cluster`: what a cluster is called, in the singular; `energy`, `momentum`, `length`, `time`: units, empty where
    none is known; `weighed`: hits have energies, by which they count in shares.
    """

    cluster: str = "shower"
    energy: str = "GeV"
    momentum: str = "GeV"
    length: str = "cm"
    time: str = "ns"
    weighed: bool = True

    def said(self, text: str) -> str:
        """Return a sentence on showers and the energy of their hits as it reads for these data."""
        named = re.sub(r"\bshower(s?)\b", rf"{self.cluster}\1", text)
        return named if self.weighed else named.replace("hit energy", "hits")

    def unit(self, measure: Measure) -> str:
        """Return the unit of what measures something."""
        return str(getattr(self, measure)) if measure else ""

    def scale(self, measure: Measure) -> float:
        """Return what 1 GeV is in the unit of an energy or momentum; 1 for other units, and for what is no energy."""
        return _GEV.get(self.unit(measure).removesuffix("/c"), 1.0) if measure in ("energy", "momentum") else 1.0

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Words:
        """Return the words that `plain` gave; those that it does not hold are the usual ones."""
        return cls(**{name: plain[name] for name in (item.name for item in fields(cls)) if name in plain})

    def plain(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return asdict(self)


def words_of(columns: Mapping[str, str], units: Mapping[str, str], called: str = "") -> Words:
    """Return what is said of data.

    `columns`: of `Evaluation.columns`, the name that each has in the data; `units`: of the columns by that name;
    `called`: what the data say that a cluster is; without that it is a shower where hits have energies.
    """
    weighed = "energy" in columns
    energy, momentum, length, time = (_first(names, columns, units) for names in OF_COLUMNS.values())
    return Words(called or ("shower" if weighed else "cluster"), energy, momentum, length, time, weighed)


def _first(names: Collection[str], columns: Mapping[str, str], units: Mapping[str, str]) -> str:
    return next((units.get(columns[name], "") for name in names if name in columns), "")
