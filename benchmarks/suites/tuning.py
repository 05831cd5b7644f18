"""Thresholds of read-outs, chosen on 50 events as at the end of a training; trained: compact objects, one high beta"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.case import Case, every
from benchmarks.geometry import clusters
from benchmarks.target import Target, value

EVENTS = 50
NEIGHBOURS = 16
HITS_OF_AN_OBJECT = 40
CENTIMETRES = 10.0
"""A unit of the learned space, for read-outs of the detector's."""

READ_OUTS: dict[str, tuple[str, dict[str, Any]]] = {
    "condensation": ("condensation", {}),
    "condensation, nearest in reach": ("condensation", {"assign": "nearest_in_reach"}),
    "condensation, nearest": ("condensation", {"assign": "nearest"}),
    "CLUE": ("clue", {}),
    "DBSCAN": ("dbscan", {}),
    "connected components": ("connected_components", {}),
    "local maxima": ("local_maxima", {}),
}
LEARNED = tuple(name for name in READ_OUTS if name != "local maxima")
"""What depends on the network."""


def cases() -> Iterator[Case]:
    """Yield every read-out of a trained network, and of an untrained one."""
    yield from every("tuning", dict.fromkeys(CONTENDERS, "numba"), [{"hits": 2_300}])


def _tuned(name: str, parameters: dict[str, Any], trained: bool) -> Callable[..., Callable[[], Any]]:
    def prepare(hits: int) -> Callable[[], Any]:
        from registry.loading.blocks import load_registry
        from registry.measuring.read_out import ReadOut
        from registry.measuring.tuning import tune

        blocks: dict[str, Any] = dict(load_registry().blocks)
        kind, matcher = blocks[name], blocks["iou"]
        columns = _columns(hits, trained)
        inputs = {port.name: port.name for port in kind.inputs if port.name in columns}
        if name == "local_maxima":
            inputs["coordinates"] = "position"
        known = {"energy": "energy", "truth_index": "truth_index"}
        read_out = ReadOut(kind(kind.Params(**parameters)), inputs, known)
        return lambda: tune(read_out, columns, matcher(matcher.Params()))

    return prepare


def _columns(hits: int, trained: bool) -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    events = [_event(hits, event, trained, random) for event in range(EVENTS)]
    made = {name: np.concatenate([event[name] for event in events]) for name in events[0]}
    made |= {"position": CENTIMETRES * made["coordinates"], "energy": random.exponential(size=(EVENTS * hits, 1))}
    return {**made, "row_splits": np.arange(EVENTS + 1) * hits}


def _event(hits: int, number: int, trained: bool, random: np.random.Generator) -> dict[str, np.ndarray]:
    from scipy.spatial import cKDTree

    objects = hits // HITS_OF_AN_OBJECT
    place, _, truth = clusters(hits, objects, seed=number)
    beta = 0.5 + random.normal(0, 0.1, hits)
    if trained:
        # The first hit of each object condenses.
        beta = np.where(np.arange(hits) < objects, 0.95, random.uniform(0, 0.15, hits))
    else:
        place = random.normal(0, 0.6, place.shape)
    distance, near = cKDTree(place).query(place, NEIGHBOURS)
    return {
        "coordinates": place,
        "beta": np.clip(beta, 0, 1)[:, None],
        "truth_index": truth[:, None],
        "neighbour_indices": (near + number * hits).astype(np.int32),
        "edge_score": np.exp(-distance),
    }


CONTENDERS = {
    **{name: _tuned(*read_out, trained=True) for name, read_out in READ_OUTS.items()},
    **{f"{name}, untrained": _tuned(*READ_OUTS[name], trained=False) for name in LEARNED},
}

TARGETS = tuple(
    Target(
        f"thresholds of {name} on {EVENTS} events of 2,300 hits: 5 s", value("tuning", name, hits=2_300), 5, unit=" s"
    )
    for name in CONTENDERS
)
