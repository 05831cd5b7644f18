"""Features and truth of the hits and tracks of NanoML, as HGCalML makes them."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.table import Values
from registry.plugins.loaders.nanoml.names import ObjectNames
from registry.plugins.loaders.nanoml.spectators import spectators

FEATURES = (
    *("recHitEnergy", "recHitEta", "isTrack", "recHitTheta", "recHitR"),
    *("recHitX", "recHitY", "recHitZ", "recHitTime", "recHitHitR"),
)
TRUTH = (
    *("t_idx", "t_energy", "t_pos_x", "t_pos_y", "t_pos_z", "t_time", "t_pdg"),
    *(f"t_pid_{number}" for number in range(6)),
    *("t_spectator", "t_fully_contained", "t_rec_energy", "t_is_unique"),
)
WHOLE = frozenset(("t_idx", "t_pdg", "t_is_unique"))
FRONT = 323.0
"""cm: a particle whose impact point is nearer has reached the calorimeter's front face."""

CLASSES = {13: 0, 11: 1, 22: 2, 0: 5}
"""Place of the one-hot class by absolute PDG code; charged ones are 3, all others 4."""


@dataclass(frozen=True, eq=False)
class Collection:
    """Columns of hits, and the endcap of each, counted from 0."""

    columns: Mapping[str, np.ndarray]
    endcap: np.ndarray

    @classmethod
    def together(cls, parts: Sequence[Collection], wanted: Container[str]) -> Collection:
        """Return some columns of all parts sorted by endcap, in each the first part's hits before the next one's."""
        endcap = np.concatenate([part.endcap for part in parts])
        order = np.argsort(endcap, kind="stable")
        names = [name for name in parts[0].columns if name in wanted or name == "t_idx"]
        made = {name: np.concatenate([part.columns[name] for part in parts])[order] for name in names}
        if "t_idx" in made:
            made["t_is_unique"] = _first_of_each(made["t_idx"], endcap[order])
        return cls(made, endcap[order])

    def column(self, name: str) -> np.ndarray:
        """Return a column in the type that it has as a column of a table."""
        return self.columns[name].astype(np.int32 if name in WHOLE else np.float32)


def features_of_hits(hits: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the ten features of calorimeter hits."""
    x, y, z = (hits[name].astype(np.float32) for name in ("x", "y", "z"))
    distance = np.sqrt(x * x + y * y + z * z)
    theta = np.arccos(z / distance)
    eta = -np.log(np.tan(theta / 2))
    energy = hits["energy"]
    values = (energy, eta, np.zeros_like(energy), theta, distance, x, y, z, hits["time"], hits["hitr"])
    return dict(zip(FEATURES, values, strict=True))


def features_of_tracks(tracks: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the ten features of tracks: momentum for the energy, charge, impact on the front, decay vertex."""
    x, y, z = (tracks[f"HGCFront_{name}"].astype(np.float32) for name in ("x", "y", "z"))
    distance = np.sqrt(x * x + y * y + z * z) + np.float32(1e-3)
    nothing = np.zeros_like(distance)
    eta, decay = tracks["HGCFront_eta"], tracks["DecayVtx_z"] / 100
    values = (tracks["p"], eta, tracks["charge"], np.arccos(z / distance), distance, x, y, z, nothing, decay)
    return dict(zip(FEATURES, values, strict=True))


def truth_of(
    features: Mapping[str, np.ndarray],
    match: np.ndarray,
    entry: np.ndarray,
    endcap: np.ndarray,
    names: ObjectNames,
    objects: Mapping[str, Values],
    are_tracks: bool,
    file: str,
    wanted: Container[str],
) -> dict[str, np.ndarray]:
    """Return the truth of hits or tracks; `match`: the object of each within its entry, negative for none.

    `wanted`: columns that are asked for; the distance from an object's axis, which is dear, is made for them alone.
    """
    splits, match = objects[names.branch("pdg")].splits[0], match.astype(np.int64)
    counts = np.diff(splits)[entry] if len(entry) else np.zeros(0, np.int64)
    beyond = np.flatnonzero(match >= counts)
    if len(beyond):
        hit = int(beyond[0])
        message = f"a hit of entry {entry[hit]} of {file} matches object {match[hit]}: the entry has {counts[hit]}"
        raise DataError(message, "match", "is it the branch of other objects?")
    row = splits[:-1][entry] + match if len(entry) else np.zeros(0, np.int64)

    def of(name: str) -> np.ndarray:
        own = objects[names.branch(name)].values
        return np.where(match >= 0, own[np.where(match >= 0, row, 0)], 0) if len(own) else np.zeros(len(match))

    index = np.where(match >= 0, match, -1)
    if names.trainable is not None and not are_tracks:
        index = np.where(of("trainable") != 0, index, -1)
    raw = index
    pdg, z = of("pdg"), of("z")
    if names.trainable is not None:
        index = np.where(z * features["recHitZ"] < 0, -1, index)
    noise = index < 0
    energy = features["recHitEnergy"]
    deposited = energy if are_tracks else of("deposited")
    muon = (np.abs(pdg) == 13) & (names.trainable is not None)
    known = ~(raw < 0)
    own = {
        "t_energy": (np.where(muon, deposited, of("energy")), energy),
        "t_pos_x": (of("x"), features["recHitX"]),
        "t_pos_y": (of("y"), features["recHitY"]),
        "t_pos_z": (z, features["recHitZ"]),
        "t_time": (of("time"), features["recHitTime"]),
        "t_rec_energy": (deposited, energy),
    }
    made = {"t_idx": index, **{name: np.where(noise, other, value) for name, (value, other) in own.items()}}
    made["t_pdg"] = np.where(known, pdg, 0)
    made |= {f"t_pid_{number}": column for number, column in enumerate(_classes(made["t_pdg"], of("charge") * known))}
    made["t_fully_contained"] = np.ones_like(energy) if are_tracks else (np.abs(z) < FRONT) * 1.0
    made["t_spectator"] = np.zeros_like(energy)
    if not are_tracks and "t_spectator" in wanted:
        made["t_spectator"] = np.where(noise, 0, spectators(features, raw, endcap))
    return made


def _classes(pdg: np.ndarray, charge: np.ndarray) -> list[np.ndarray]:
    """Return the one-hot class: muon, electron, photon, charged hadron, neutral hadron, ambiguous."""
    place = np.where(charge != 0, 3, 4)
    for code, number in CLASSES.items():
        place = np.where(np.abs(pdg) == code, number, place)
    return [(place == number) * 1.0 for number in range(6)]


def _first_of_each(index: np.ndarray, endcap: np.ndarray) -> np.ndarray:
    """Return 1 for the first hit of every object, and of the noise, of an endcap."""
    key = endcap * (int(index.max(initial=0)) + 2) + index + 1
    first = np.zeros(int(key.max(initial=-1)) + 1, np.int64)
    first[key[::-1]] = np.arange(len(key))[::-1]
    return (first[key] == np.arange(len(key))).astype(np.int32)
