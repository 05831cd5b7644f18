"""Inputs for which object condensation is as small as it can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.plugins.losses.object_condensation.parameters import CoreParams, ObjectCondensationParams

APART = 10.0
"""Distance of objects, in distance scales: far beyond any repulsion."""

ENERGY = 1000.0
"""GeV by which true energies are raised: what is added to denominators does not count beside it."""

MUON = 13


def why_not(params: CoreParams) -> str:
    """Return why there are no perfect inputs; empty if there are."""
    if params.implementation == "precond":
        return "the potential of `precond` is 1e-4 at least"
    if params.implementation == "pushpull":
        return "`pushpull` attracts to the surroundings of a condensation point: it is least at no place"
    if isinstance(params, ObjectCondensationParams) and params.beta_push > 0:
        return "`beta_push` asks for beta of all hits, the other terms for that of one"
    return ""


def condensed(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return hits that lie where their object's condensation point is, which alone has beta, noise apart from all."""
    import numpy as np

    truth, row_splits, x = columns["truth_index"].reshape(-1), columns["row_splits"], columns["ccoords"]
    event = np.repeat(np.arange(len(row_splits) - 1), np.diff(row_splits))
    labels = np.stack([event, np.maximum(truth, -1)])
    _, first, own = np.unique(labels, axis=1, return_index=True, return_inverse=True)
    own = own.reshape(-1)
    point = np.zeros(len(truth), bool)
    point[first] = True
    place = np.zeros_like(x)
    # Objects are numbered through the batch; in each event they begin at its first one.
    place[:, 0] = APART * (
        own - np.array([own[event == number].min(initial=0) for number in range(event.max() + 1)])[event]
    )
    made = {"beta": (point & (truth >= 0))[:, None].astype(x.dtype), "ccoords": place - place.mean(0)}
    made |= {name: 1 + 0 * columns[name] for name in ("distance", "hit_weight", "event_weight") if name in columns}
    made |= {name: 0 * columns[name] for name in ("truth_spectator", "truth_spectator_weight") if name in columns}
    if "truth_objects" in columns:
        objects, fractions = np.full_like(columns["truth_objects"], -1), np.zeros_like(columns["truth_fractions"])
        objects[:, 0], fractions[:, 0] = truth, 1
        made |= {"truth_objects": objects, "truth_fractions": fractions}
    return made


def carried(columns: Mapping[str, Any], beta: Any, params: ObjectCondensationParams) -> dict[str, Any]:
    """Return what condensation points predict, and the truth that it is: all objects are muons."""
    import numpy as np

    like = np.zeros_like(beta)
    energy = ENERGY + columns.get("truth_energy", like)
    muon = np.eye(6, dtype=like.dtype)[np.zeros(len(like), int)]
    direct = params.payload == "full" and not params.train_energy_correction
    position = columns.get("position", like[:, :0])
    made = {
        "truth_energy": energy,
        "truth_rec_energy": energy,
        "energy": energy * (beta > 0),
        "energy_factor": energy if direct else like + 1,
        **dict.fromkeys(("energy_low_quantile", "energy_high_quantile", "time_uncertainty"), like),
        "position": columns.get("truth_position", like)[:, : position.shape[1]],
        "time": columns.get("truth_time", like),
        "classes": muon,
        "truth_pid": muon,
        "truth_pdg": np.full(like.shape, MUON, np.int32),
    }
    return {name: value for name, value in made.items() if name in columns}
