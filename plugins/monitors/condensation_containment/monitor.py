"""Measures what lies around condensation points."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from registry.contract.monitor import Findings
from registry.plugins.monitors.columns import Columns
from registry.plugins.monitors.objects import condensation_points, object_numbers
from registry.plugins.monitors.sampling import SampledMonitor

ALONE = 100.0
"""Distance to the nearest other condensation point, in an event of one object."""


class ContainmentMonitor(SampledMonitor):
    """Looks at validation events at every record and at the end."""

    def measure(self, columns: Columns) -> Findings:
        """Return the means over objects; none of what no object has."""
        shares, energy = around_points(columns)
        energetic = energy > self._params.energetic
        found = {}
        for name, values in shares.items():
            known = np.isfinite(values)
            for key, chosen in ((name, known), (f"{name}_energetic", known & energetic)):
                if chosen.any():
                    found[key] = float(values[chosen].mean())
        return Findings(found)


def around_points(columns: Columns) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the shares of each object by metric, nan where there is nothing to share, and the energy of its hits.

    `columns`: `coordinates` [hits, dimensions], `beta`, `energy`, `truth_index` and, if known, `distance` [hits, 1],
    `row_splits` [events + 1]. Results: [objects], GeV.
    """
    places = np.asarray(columns["coordinates"], np.float64)
    beta, energy = (np.asarray(columns[name], np.float64).reshape(-1) for name in ("beta", "energy"))
    scale = np.asarray(columns.get("distance", np.ones_like(beta)), np.float64).reshape(-1)
    numbers, count = object_numbers(columns["truth_index"], columns["row_splits"])
    points = condensation_points(beta, numbers, count)
    kinds = {"": energy, "beta_": beta}
    found: dict[str, list[np.ndarray]] = {
        f"{kind}{name}": [] for kind in kinds for name in ("containment", "contamination")
    }
    energies = []
    for start, stop in pairwise(np.asarray(columns["row_splits"]).reshape(-1).astype(np.int64).tolist()):
        of_event = points[(points >= start) & (points < stop)]
        if not len(of_event):
            continue
        event = slice(start, stop)
        own = numbers[of_event][:, None] == numbers[event][None]
        reach = _share(own @ (beta * scale)[event], own @ beta[event])[:, None]
        near = np.linalg.norm(places[of_event][:, None] - places[event][None], axis=2) / reach
        inside = near < _radius(places[of_event], reach[:, 0])
        energies.append(own @ energy[event])
        for kind, values in kinds.items():
            of_hits = values[event]
            found[f"{kind}containment"].append(_share((own & inside) @ of_hits, own @ of_hits))
            found[f"{kind}contamination"].append(_share((inside & ~own) @ of_hits, inside @ of_hits))
    empty = np.zeros(0)
    return {name: np.concatenate([empty, *parts]) for name, parts in found.items()}, np.concatenate([empty, *energies])


def _radius(points: np.ndarray, reach: np.ndarray) -> float:
    """Return half the mean distance to the nearest other point, each in units of its reach."""
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(apart, ALONE if len(points) == 1 else np.inf)
    return float((apart.min(axis=1) / reach).mean() / 2)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return found
