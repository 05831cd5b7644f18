"""Says of every object whether it was found, and of every shower what it found: the two tables of an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from registry.contract.clusterer import Clusters
from registry.contract.labels import flat
from registry.contract.matcher import Matcher
from registry.contract.matching import Matches, Overlap
from registry.measuring.agreement import agreement
from registry.measuring.choices import DENSITY_RADIUS
from registry.measuring.objects import if_known, objects
from registry.measuring.overlaps import Contributions, Truths
from registry.measuring.showers import AXES, Table, showers
from registry.measuring.track_energy import TrackEnergy

OBJECT_COLUMNS: Mapping[str, str] = {
    "counted": "it is large enough to count (the cuts of the matcher)",
    "matched_shower": "the shower that found it; -1 if none did",
    "found": "it counts, and a shower found it",
    "purity": "share of the matched shower's hit energy that is the object's",
    "completeness": "share of the object's hit energy that the matched shower has",
    "containment": "hit energy that both share over the true energy of the object; nan where hits have no energy",
    "iou": "hit energy that both share over that of their union",
    "response": "predicted energy of the matched shower over the true energy",
    "residual": "distance of the predicted from the true position, in the coordinates that are predicted, cm",
    "residual_time": "predicted minus true time, ns",
    "shower_class": "predicted class of the matched shower; -1 where there is none",
    "fragments": "showers that count and hold more than `split_share` of the object's hit energy",
    "split": "it counts, and has two fragments or more",
}
"""What is added to the table of objects; nan where nothing was matched or the data do not say."""

SHOWER_COLUMNS: Mapping[str, str] = {
    "counted": "it is large enough to count, and does not match an object that does not (the cuts of the matcher)",
    "matched_object": "truth index of the object it matches; -1 for none",
    "fake": "it counts, and matches no object",
    "purity": "share of its hit energy that is the matched object's",
    "completeness": "share of the matched object's hit energy that it has",
    "iou": "hit energy that both share over that of their union",
    "response": "its predicted energy over the true energy of the matched object",
    "true_energy": "true energy of the matched object, GeV",
    "parts": "objects that count of whose hit energy it holds more than `merge_share`",
    "merged": "it counts, and has two parts or more",
}
"""What is added to the table of showers; nan where nothing was matched or the data do not say."""


@dataclass(frozen=True)
class Rules:
    """How clusters are judged.

    `split_share`, `merge_share`: shares of an object's hit energy; `density_radius`: in eta and phi.
    """

    matcher: Matcher
    split_share: float = 0.1
    merge_share: float = 0.5
    density_radius: float = DENSITY_RADIUS


@dataclass(frozen=True)
class Judged:
    """One event: its tables of objects and of showers, and its row in the table of events."""

    objects: Table
    showers: Table
    event: dict[str, float]


def judge(
    clusters: Clusters,
    truth: Contributions,
    hits: Mapping[str, np.ndarray],
    true: Mapping[str, np.ndarray],
    rules: Rules,
    apart: TrackEnergy | None = None,
) -> Judged:
    """Return the tables of one event, with who found whom.

    `hits`: what is known and predicted of the hits, `apart`: how energies are made where some of them are tracks (see
    `showers`); `true`: what is true of them (see `objects`).
    Where there is no energy, every hit weighs 1 in shares. Raises ValueError if the matcher asks for what the data do
    not say.
    """
    weight = flat(hits["energy"]) if "energy" in hits else np.ones(len(clusters.assignment))
    object_table = objects(truth, hits, true, rules.density_radius)
    shower_table = showers(clusters, hits, rules.density_radius, apart)
    truths = Truths(truth, weight, if_known(object_table["energy"]), if_known(object_table["pt"]))
    overlap = truths.overlap(clusters.assignment, rules.matcher.weights_of_hits(hits, clusters))
    matches = rules.matcher.match(overlap)
    predicted = _axes(hits) if "position" in true else ()
    _judge_objects(object_table, shower_table, overlap, matches, predicted, rules.split_share)
    _judge_showers(object_table, shower_table, overlap, matches, rules.merge_share)
    counts = {"hits": len(weight), "objects": int(matches.objects.sum()), "showers": int(matches.clusters.sum())}
    return Judged(object_table, shower_table, counts | agreement(truths.labels, clusters.assignment))


def _axes(hits: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """Return the coordinates that the network predicts."""
    return AXES[: hits["position"].shape[1]] if "position" in hits else ()


def shared_energy(overlap: Overlap, cluster: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the hit energy that clusters share with objects, float64 [pairs asked for]; both are positions."""
    width = max(1, len(overlap.objects.labels))
    keys, asked = overlap.cluster * width + overlap.object, cluster * width + target
    place = np.searchsorted(keys, asked)
    inside = place < len(keys)
    shared = np.zeros(len(asked))
    same = inside.copy()
    same[inside] = keys[place[inside]] == asked[inside]
    shared[same] = overlap.energy[place[same]]
    return shared


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole, nan where the whole is nothing or unknown."""
    share: np.ndarray = np.divide(part, whole, out=np.full(len(part), np.nan), where=np.nan_to_num(whole) > 0)
    return share


def _common(overlap: Overlap, cluster: np.ndarray, target: np.ndarray) -> dict[str, np.ndarray]:
    """Return what cluster and object have in common, for pairs of positions."""
    shared = shared_energy(overlap, cluster, target)
    of_cluster, of_object = overlap.clusters.energy[cluster], overlap.objects.energy[target]
    return {
        "shared": shared,
        "purity": share(shared, of_cluster),
        "completeness": share(shared, of_object),
        "iou": share(shared, of_cluster + of_object - shared),
    }


def _filled(rows: int, where: np.ndarray, values: np.ndarray) -> np.ndarray:
    column = np.full(rows, np.nan)
    column[where] = values
    return column


def _judge_objects(
    table: Table, showers_: Table, overlap: Overlap, matches: Matches, predicted: tuple[str, ...], split_share: float
) -> None:
    """Add what `OBJECT_COLUMNS` names."""
    rows, where = len(matches.objects), np.flatnonzero(matches.cluster_of >= 0)
    by = matches.cluster_of[where]
    common = _common(overlap, by, where)
    table["counted"], table["matched_shower"] = matches.objects, matches.cluster_of
    table["found"] = matches.objects & (matches.cluster_of >= 0)
    for name in ("purity", "completeness"):
        table[name] = _filled(rows, where, common[name])
    # Hits without an energy weigh 1 each in shares: their number is no part of a true energy.
    contained = np.where(np.isfinite(table["hit_energy"][where]), common["shared"], np.nan)
    table["containment"] = _filled(rows, where, share(contained, table["energy"][where]))
    table["iou"] = _filled(rows, where, common["iou"])
    table["response"] = _filled(rows, where, share(showers_["energy"][by], table["energy"][where]))
    squares = [(showers_[axis][by] - table[axis][where]) ** 2 for axis in predicted]
    table["residual"] = _filled(rows, where, np.sqrt(sum(squares)) if squares else np.full(len(by), np.nan))
    table["residual_time"] = _filled(rows, where, showers_["time"][by] - table["time"][where])
    table["shower_class"] = np.full(rows, -1)
    table["shower_class"][where] = showers_["class"][by]
    holds = overlap.energy > split_share * overlap.objects.energy[overlap.object]
    holds &= matches.clusters[overlap.cluster]
    table["fragments"] = np.bincount(overlap.object[holds], minlength=rows)
    table["split"] = matches.objects & (table["fragments"] > 1)


def _judge_showers(table: Table, showers_: Table, overlap: Overlap, matches: Matches, merge_share: float) -> None:
    """Add what `SHOWER_COLUMNS` names."""
    rows, where = len(matches.clusters), np.flatnonzero(matches.object_of >= 0)
    found = matches.object_of[where]
    common = _common(overlap, where, found)
    showers_["counted"] = matches.clusters
    showers_["matched_object"] = np.full(rows, -1, np.int64)
    showers_["matched_object"][where] = table["object"][found]
    showers_["fake"] = matches.clusters & (matches.object_of < 0)
    for name in ("purity", "completeness", "iou"):
        showers_[name] = _filled(rows, where, common[name])
    showers_["response"] = _filled(rows, where, share(showers_["energy"][where], table["energy"][found]))
    showers_["true_energy"] = _filled(rows, where, table["energy"][found])
    holds = overlap.energy > merge_share * overlap.objects.energy[overlap.object]
    holds &= matches.objects[overlap.object]
    showers_["parts"] = np.bincount(overlap.cluster[holds], minlength=rows)
    showers_["merged"] = matches.clusters & (showers_["parts"] > 1)
