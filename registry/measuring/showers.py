"""What is said of every shower: the hits of each cluster, their sums, and what the network predicts of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from registry.contract.clusterer import Clusters
from registry.contract.labels import flat
from registry.measuring.choices import DENSITY_RADIUS
from registry.measuring.shower_energy import energies
from registry.measuring.track_energy import TrackEnergy

Table = dict[str, np.ndarray]
"""Columns of one length by name."""

AXES = ("x", "y", "z")

COLUMNS: Mapping[str, str] = {
    "shower": "number of the cluster within its event, from 0",
    "condensation_point": "hit of the event that the cluster formed around; -1 if it formed around none",
    "hits": "hits of the cluster",
    "hit_energy": "sum of the energies of its hits, GeV",
    "energy": "predicted energy: the sum of the hits' energies, each times its energy_factor, or as `energy` says, GeV",
    "x": "predicted position, or the energy-weighted mean of the hits' where none is predicted, cm",
    "y": "as x",
    "z": "as x; a network that predicts two coordinates leaves the mean of the hits here",
    "time": "predicted time, ns",
    "beta": "condensation score of the hit that stands for the cluster",
    "class": "the class of largest probability",
    "pt": "transverse momentum from energy and position, GeV",
    "eta": "pseudorapidity of the position",
    "phi": "azimuth of the position, radians",
    "density": "other showers of the event within the radius in eta and phi",
}
"""The columns of the table of showers, in this order; `class_0`, `class_1`, ... are the probabilities of the classes.

What the data do not say is nan, and -1 in `class`.
"""


def showers(
    clusters: Clusters,
    hits: Mapping[str, np.ndarray],
    radius: float = DENSITY_RADIUS,
    apart: TrackEnergy | None = None,
) -> Table:
    """Return the table of the showers of one event, a row for each cluster (see `COLUMNS`).

    `hits`: columns of the event's hits, each [hits, width], all of them optional: `energy`, `coordinates` (x, y, z),
    and what the network predicts: `beta`, `energy_factor`, `position`, `time`, `classes`. Payload is that of the hit
    that stands for the cluster: the one it formed around, else that of highest beta, else that of most energy.
    `apart`: how energies are made where tracks, `is_track`, are measured beside hits; None: all are added.
    """
    assignment = clusters.assignment
    count = int(assignment.max(initial=-1)) + 1
    joined = np.flatnonzero(assignment >= 0)
    of = assignment[joined]
    energy = flat(hits["energy"]) if "energy" in hits else np.ones(len(assignment))
    factor = flat(hits["energy_factor"]) if "energy_factor" in hits else np.ones(len(assignment))
    points = _first_points(clusters, of, joined, count)
    standing = _standing_for(points, hits, energy, of, joined)
    unknown = np.full(count, np.nan)
    has_energy = "energy" in hits
    if has_energy and apart:
        score, marks = _score(hits, energy), np.asarray(hits["is_track"]).reshape(-1)
        predicted = energies(apart, energy[joined], factor[joined], score[joined], marks[joined], of, count)
    else:
        predicted = sums(of, (energy * factor)[joined], count)
    table: Table = {
        "shower": np.arange(count),
        "condensation_point": points,
        "hits": np.bincount(of, minlength=count),
        "hit_energy": sums(of, energy[joined], count) if has_energy else unknown,
        "energy": predicted if has_energy else unknown,
    }
    table |= dict(zip(AXES, _positions(hits, energy, of, joined, standing, count).T, strict=True))
    table["time"] = flat(hits["time"])[standing] if "time" in hits else unknown
    table["beta"] = flat(hits["beta"])[standing] if "beta" in hits else unknown
    table |= _classes(hits, standing)
    return with_kinematics(table, table["energy"], radius)


def with_kinematics(table: Table, energy: np.ndarray, radius: float) -> Table:
    """Return a table with `pt`, `eta`, `phi`, `density` from its `x`, `y`, `z` and an energy [rows], GeV."""
    x, y, z = (table[axis] for axis in AXES)
    transverse = np.hypot(x, y)
    length = np.hypot(transverse, z)
    eta = np.full(len(x), np.nan)
    somewhere = np.isfinite(length) & (transverse > 1e-9 * np.abs(z))
    eta[somewhere] = np.arcsinh(z[somewhere] / transverse[somewhere])
    phi = np.where(somewhere, np.arctan2(y, x), np.nan)
    sine = np.divide(transverse, length, out=np.full(len(x), np.nan), where=np.nan_to_num(length) > 0)
    return table | {"pt": energy * sine, "eta": eta, "phi": phi, "density": density(eta, phi, radius)}


def density(eta: np.ndarray, phi: np.ndarray, radius: float) -> np.ndarray:
    """Return how many others lie within `radius` in eta and phi, float64 [rows]; nan where the place is unknown."""
    from scipy.spatial import cKDTree

    found = np.full(len(eta), np.nan)
    known = np.flatnonzero(np.isfinite(eta) & np.isfinite(phi))
    if not len(known):
        return found
    places = np.stack([eta[known], phi[known]], axis=1)
    # Neighbours across phi = pi: every place is there again one turn further on either side.
    turns = np.concatenate([places + np.array([0.0, turn]) for turn in (-2 * np.pi, 0.0, 2 * np.pi)])
    found[known] = cKDTree(turns).query_ball_point(places, radius, return_length=True) - 1
    return found


def _first_points(clusters: Clusters, of: np.ndarray, joined: np.ndarray, count: int) -> np.ndarray:
    """Return the hit that each cluster formed around, int64 [clusters], -1 for none."""
    points = np.full(count, -1, np.int64)
    points[of] = clusters.condensation_point[joined]
    return points


def _standing_for(
    points: np.ndarray, hits: Mapping[str, np.ndarray], energy: np.ndarray, of: np.ndarray, joined: np.ndarray
) -> np.ndarray:
    """Return the hit of each cluster whose predictions stand for it, int64 [clusters]."""
    score = _score(hits, energy)
    order = np.lexsort((joined, -np.nan_to_num(score[joined], nan=-np.inf), of))
    _, first = np.unique(of[order], return_index=True)
    return np.where(points >= 0, points, joined[order][first])


def _score(hits: Mapping[str, np.ndarray], energy: np.ndarray) -> np.ndarray:
    """Return what says which hit speaks for others, float64 [hits]: beta, or energy where there is none."""
    return flat(hits["beta"]) if "beta" in hits else energy


def _positions(
    hits: Mapping[str, np.ndarray],
    energy: np.ndarray,
    of: np.ndarray,
    joined: np.ndarray,
    standing: np.ndarray,
    count: int,
) -> np.ndarray:
    """Return x, y, z of every cluster, [clusters, 3]."""
    places = np.full((count, len(AXES)), np.nan)
    if "coordinates" in hits:
        places[:] = weighted_means(hits["coordinates"][joined][:, : len(AXES)], energy[joined], of, count)
    if "position" in hits:
        predicted = np.asarray(hits["position"], np.float64)[standing][:, : len(AXES)]
        places[:, : predicted.shape[1]] = predicted
    return places


def weighted_means(values: np.ndarray, weight: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """Return the means of `values` [rows, 3] by group, float64 [groups, 3]; the plain ones where all weights are 0."""
    weight = np.maximum(np.nan_to_num(np.asarray(weight, np.float64)), 0.0)
    weight = np.where(sums(group, weight, groups)[group] > 0, weight, 1.0)
    total = sums(group, weight, groups)
    columns = [sums(group, weight * column, groups) for column in np.asarray(values, np.float64).T]
    found = np.full((groups, len(AXES)), np.nan)
    for axis, column in enumerate(columns):
        found[:, axis] = np.divide(column, total, out=np.full(groups, np.nan), where=total > 0)
    return found


def sums(group: np.ndarray, weight: np.ndarray, groups: int) -> np.ndarray:
    """Return the sum of `weight` [rows] by group, float64 [groups]; of no rows, too, of which NumPy makes integers."""
    return np.bincount(group, weight, groups).astype(np.float64)


def _classes(hits: Mapping[str, np.ndarray], standing: np.ndarray) -> Table:
    if "classes" not in hits:
        return {"class": np.full(len(standing), -1)}
    shares = np.asarray(hits["classes"])[standing]
    table: Table = {"class": shares.argmax(axis=1) if shares.shape[1] else np.full(len(standing), -1)}
    return table | {f"class_{number}": column for number, column in enumerate(shares.T)}
