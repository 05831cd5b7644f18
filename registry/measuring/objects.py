"""What is true of every object of an event: its hits, their sums, and what the simulation says of it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from registry.contract.labels import flat
from registry.measuring.choices import DENSITY_RADIUS
from registry.measuring.overlaps import Contributions, Truths, contributions_of
from registry.measuring.showers import AXES, Table, sums, weighted_means, with_kinematics

COLUMNS: Mapping[str, str] = {
    "object": "the truth index of the object within its event",
    "hits": "hits of the object; one that belongs to several objects counts in each by its fraction",
    "hit_energy": "sum of the energies of its hits, GeV",
    "energy": "true energy, GeV",
    "x": "true position, or the energy-weighted mean of the hits' where none is known, cm",
    "y": "as x",
    "z": "as x",
    "time": "true time, ns",
    "class": "the true class; -1 where none is known",
    "pdg": "PDG code of the particle; 0 where none is known",
    "pt": "transverse momentum: of the true momentum where it is known, else from energy and position, GeV",
    "eta": "pseudorapidity of the true momentum where it is known, else of the position",
    "phi": "azimuth of the same, radians",
    "density": "other objects of the event within the radius in eta and phi",
}
"""The columns of the table of objects, in this order. What the data do not say is nan."""


def objects(
    truth: Contributions, hits: Mapping[str, np.ndarray], true: Mapping[str, np.ndarray], radius: float = DENSITY_RADIUS
) -> Table:
    """Return the table of the true objects of one event, a row for each (see `COLUMNS`).

    `hits`: `energy` and `coordinates` of the event's hits, each [hits, width], where they are known; `true`: what is
    true of the object that each hit belongs to, each [hits, width], where it is known: `energy`, `position`,
    `momentum`, `time`, `pid` (one column a class), `pdg`; and `index`, which object that is. The first hit that belongs
    to an object speaks for it; of one that only shares hits of others, nothing of this is known.
    """
    labels, first, of = np.unique(truth.object, return_index=True, return_inverse=True)
    speaking, known = _speaking(labels, true["index"].reshape(-1)) if "index" in true else (truth.hit[first], None)
    unknown = np.full(len(labels), np.nan)
    energy = flat(hits["energy"]) if "energy" in hits else np.ones(int(truth.hit.max(initial=-1)) + 1)
    weight = truth.fraction * energy[truth.hit]
    table: Table = {
        "object": labels.astype(np.int64),
        "hits": sums(of, truth.fraction, len(labels)),
        "hit_energy": sums(of, weight, len(labels)) if "energy" in hits else unknown,
        "energy": _said(flat(true["energy"]), speaking, known) if "energy" in true else unknown,
    }
    places = np.full((len(labels), len(AXES)), np.nan)
    if "coordinates" in hits:
        places[:] = weighted_means(hits["coordinates"][truth.hit][:, : len(AXES)], weight, of, len(labels))
    if "position" in true:
        told = np.asarray(true["position"], np.float64)[speaking][:, : len(AXES)]
        rows = slice(None) if known is None else known
        places[rows, : told.shape[1]] = told[rows]
    table |= dict(zip(AXES, places.T, strict=True))
    table["time"] = _said(flat(true["time"]), speaking, known) if "time" in true else unknown
    classes = _classes(true["pid"][speaking]) if "pid" in true else np.full(len(labels), -1)
    table["class"] = classes if known is None else np.where(known, classes, -1)
    pdg = np.asarray(true["pdg"]).reshape(-1)[speaking] if "pdg" in true else np.zeros(len(labels))
    table["pdg"] = (pdg if known is None else np.where(known, pdg, 0)).astype(np.int64)
    made = with_kinematics(table, table["energy"], radius)
    return _with_momentum(made, true["momentum"], speaking, known, radius) if "momentum" in true else made


def _with_momentum(
    table: Table, momentum: np.ndarray, speaking: np.ndarray, known: np.ndarray | None, radius: float
) -> Table:
    """Return a table with `pt`, `eta`, `phi` and `density` of the momenta of the objects."""
    x, y, z = (_said(column, speaking, known) for column in np.asarray(momentum, np.float64).T)
    own = with_kinematics({"x": x, "y": y, "z": z}, np.sqrt(x**2 + y**2 + z**2), radius)
    return table | {name: own[name] for name in ("pt", "eta", "phi", "density")}


def _speaking(labels: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first hit that belongs to each object, and which objects have one, bool [objects]."""
    own, first = np.unique(index, return_index=True)
    if not len(own):
        return np.zeros(len(labels), np.int64), np.zeros(len(labels), bool)
    place = np.minimum(np.searchsorted(own, labels), len(own) - 1)
    return first[place], own[place] == labels


def _said(values: np.ndarray, speaking: np.ndarray, known: np.ndarray | None) -> np.ndarray:
    said = values[speaking]
    return said if known is None else np.where(known, said, np.nan)


def _classes(shares: np.ndarray) -> np.ndarray:
    """Return the class of each row of a one-hot array, -1 for a row of zeros, int64 [rows]."""
    if not shares.shape[1]:
        return np.full(len(shares), -1)
    return np.where(shares.max(axis=1) > 0, shares.argmax(axis=1), -1)


def if_known(values: np.ndarray) -> np.ndarray | None:
    """Return values, or None where none of them is known; an object whose value is unknown has 0."""
    return np.nan_to_num(values, nan=0.0) if not len(values) or np.isfinite(values).any() else None


def truths_of(row_splits: np.ndarray, hits: Mapping[str, np.ndarray], true: Mapping[str, np.ndarray]) -> list[Truths]:
    """Return what is true of each of several events; columns as `objects` takes them, `index` [hits, 1] among them.

    Hits weigh 1 where they have no energy.
    """
    weight = flat(hits["energy"]) if "energy" in hits else np.ones(len(true["index"]))
    found = []
    for start, stop in pairwise(np.asarray(row_splits).reshape(-1).tolist()):
        own = slice(start, stop)
        own_true = _cut(true, own)
        truth = contributions_of(own_true)
        table = objects(truth, _cut(hits, own), own_true)
        found.append(Truths(truth, weight[own], if_known(table["energy"]), if_known(table["pt"])))
    return found


def _cut(columns: Mapping[str, np.ndarray], own: slice) -> dict[str, np.ndarray]:
    return {name: column[own] for name, column in columns.items()}
