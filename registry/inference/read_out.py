"""Makes clusters of predictions, and the table of the showers: what a network and its read-out say of events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from registry.contract.clusterer import Clusterer, Clusters
from registry.contract.errors import InputError, Problem
from registry.measuring.choices import DENSITY_RADIUS, KNOWN, PREDICTED
from registry.measuring.showers import Table, showers
from registry.wiring.evaluation import ReadOut

if TYPE_CHECKING:
    from registry.contract.data import Columns
    from registry.inference.predicting import PredictedEvents
    from registry.loading.blocks import Registry


def column(events: PredictedEvents, name: str) -> np.ndarray | None:
    """Return a column [hits, width]: an output of the network, else one of the loader; None where it is neither."""
    found = events.outputs.get(name)
    return events.columns.get(name) if found is None else found


def hits_of(read_out: ReadOut, events: PredictedEvents) -> dict[str, np.ndarray]:
    """Return what is known and predicted of hits, each [hits, width], by what it is ("energy_factor")."""
    names = {what: read_out.columns[what] for what in (*PREDICTED, *KNOWN) if what in read_out.columns}
    found = {what: column(events, name) for what, name in names.items()}
    return {what: values for what, values in found.items() if values is not None}


def clusters_of(read_out: ReadOut, events: PredictedEvents) -> Clusters:
    """Return the clusters of the hits of some events, numbered from 0 in each, biggest first as its clusterer has them.

    Hits that the network has dropped (`kept` is 0) are in no cluster. Raises InputError for a column that is missing.
    """
    given = dict(inputs_of(read_out, events))
    kept = hits_of(read_out, events).get("kept")
    if kept is None or bool(np.all(np.asarray(kept).reshape(-1) > 0)):
        return _numbered(read_out.clusterer.cluster(given), events.row_splits)
    chosen = np.flatnonzero(np.asarray(kept).reshape(-1) > 0)
    own = read_out.clusterer.cluster(_of_kept(given, chosen, read_out.clusterer))
    every = Clusters(np.full(events.hits, -1, np.int32), np.full(events.hits, -1, np.int64))
    every.assignment[chosen] = own.assignment
    points = own.condensation_point
    every.condensation_point[chosen] = np.where(points >= 0, chosen[points] if len(chosen) else -1, -1)
    return _numbered(every, events.row_splits)


def inputs_of(read_out: ReadOut, events: PredictedEvents) -> Columns:
    """Return the columns that the clusterer takes, by port; raises InputError for one that is missing."""
    given = {}
    for port, name in read_out.inputs.items():
        found = column(events, name)
        if found is None:
            known = ", ".join([*events.outputs, *events.columns])
            what = f"the clusterer {read_out.clusterer.name!r} takes {name!r} as its input {port!r}"
            raise InputError([Problem(f"{what}, which is no output and no column", hint=f"there are: {known}")])
        given[port] = found
    return {**given, "row_splits": events.row_splits}


def _of_kept(given: Columns, kept: np.ndarray, clusterer: Clusterer) -> Columns:
    """Return the columns of the hits that are kept; values that name hits count them anew."""
    splits = np.asarray(given["row_splits"])
    hits = int(splits[-1])
    place = np.full(hits + 1, -1, np.int64)
    place[kept] = np.arange(len(kept))
    named = {port.name for port in clusterer.inputs if port.dtype.startswith("int")}
    chosen = {
        port: place[values[kept]] if port in named else values[kept]
        for port, values in given.items()
        if port != "row_splits"
    }
    return {**chosen, "row_splits": np.searchsorted(kept, splits)}


def _numbered(clusters: Clusters, row_splits: np.ndarray) -> Clusters:
    """Return clusters that are numbered without gaps in every event, which a plugin's may not be."""
    assignment = clusters.assignment
    for start, stop in zip(row_splits[:-1].tolist(), row_splits[1:].tolist(), strict=True):
        own = assignment[start:stop]
        present = np.unique(own[own >= 0])
        if len(present) and present[-1] != len(present) - 1:
            assignment = assignment.copy() if assignment is clusters.assignment else assignment
            assignment[start:stop] = np.where(own >= 0, np.searchsorted(present, own), -1)
    return clusters._replace(assignment=assignment)


def showers_of(read_out: ReadOut, events: PredictedEvents, clusters: Clusters, radius: float = DENSITY_RADIUS) -> Table:
    """Return the table of the showers of some events: `event` (its number), then the columns of `showers`.

    `condensation_point` counts hits within the event.
    """
    tables = []
    hits = hits_of(read_out, events)
    bounds = zip(events.numbers.tolist(), events.row_splits[:-1].tolist(), events.row_splits[1:].tolist(), strict=True)
    for number, start, stop in bounds:
        table = showers(of_event(clusters, start, stop), _cut(hits, start, stop), radius)
        tables.append({"event": np.full(len(table["shower"]), number), **table})
    if not tables:
        nothing = Clusters(np.zeros(0, np.int32), np.zeros(0, np.int64))
        return {"event": np.zeros(0, np.int64), **showers(nothing, {name: array[:0] for name, array in hits.items()})}
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


def of_event(clusters: Clusters, start: int, stop: int) -> Clusters:
    """Return the clusters of the hits from `start` to before `stop`; condensation points count from `start`."""
    points = clusters.condensation_point[start:stop]
    return Clusters(clusters.assignment[start:stop], np.where(points >= 0, points - start, -1))


def _cut(columns: Mapping[str, np.ndarray], start: int, stop: int) -> dict[str, np.ndarray]:
    return {name: values[start:stop] for name, values in columns.items()}


def with_thresholds(read_out: ReadOut, thresholds: Mapping[str, float]) -> ReadOut:
    """Return a read-out with other values of its thresholds."""
    params = read_out.clusterer.params
    changed = type(params).model_validate(params.model_dump() | dict(thresholds))
    return replace(read_out, clusterer=type(read_out.clusterer)(changed))


def written(read_out: ReadOut) -> dict[str, Any]:
    """Return a read-out as plain values, as a model's file keeps it."""
    return {
        "clusterer": read_out.clusterer.name,
        "version": read_out.clusterer.version,
        "with": read_out.clusterer.plain_parameters(),
        "in": dict(read_out.inputs),
        "columns": dict(read_out.columns),
    }


def read(content: str, registry: Registry) -> ReadOut:
    """Return the read-out that `written` gave as JSON; raises InputError if its clusterer is not there any more."""
    plain = json.loads(content)
    kind = registry.find(plain["clusterer"])
    if kind is None or not issubclass(kind, Clusterer):
        message = f"the model was saved with the clusterer {plain['clusterer']!r}, which no plugin has brought"
        raise InputError([Problem(message, hint="name its plugin: --plugin FILE_OR_MODULE")])
    return ReadOut(kind(kind.Params.model_validate(plain["with"])), plain["in"], plain["columns"])
