"""What the repulsion is divided by, on given events, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from registry.plugins.losses.object_condensation.parameters import OBJECTS_NEAR

NEAR = f"{OBJECTS_NEAR:g} times the mean hits of the event's objects"


def divisor_text(repulsion_hits: float | Literal["objects"] | None, columns: Mapping[str, Any]) -> str:
    """Return what the repulsion is divided by; with figures where the true objects are among the columns.

    `columns`: arrays by port: truth_index [hits, 1], row_splits [events+1], and whatever weighs hits.
    """
    near, outside = ("", "") if "truth_index" not in columns else map(_range, _counted(columns))
    match repulsion_hits:
        case None:
            return f"the repulsion is divided by the hits outside the object{outside}: it fades in large events"
        case "objects":
            return f"the repulsion is divided by {NEAR}{near}"
        case number:
            beside = f"; {NEAR}{near}" if near else ""
            return f"the repulsion is divided by {number:g} hits in every event{beside}"


def _counted(columns: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return what `objects` divides by, of events with objects, and the hits outside each object."""
    import numpy as np

    truth, row_splits = columns["truth_index"].reshape(-1), columns["row_splits"]
    labels, shares = truth[:, None], np.ones((len(truth), 1))
    if "truth_objects" in columns and "truth_fractions" in columns:
        labels, shares = columns["truth_objects"], columns["truth_fractions"]
    weight = columns["hit_weight"].reshape(-1) if "hit_weight" in columns else np.ones(len(truth))
    event = np.repeat(np.arange(len(row_splits) - 1), np.diff(row_splits))
    hit, share = np.nonzero((labels >= 0) & (shares > 0))
    keys, of_member = np.unique(np.stack([event[hit], labels[hit, share]]), axis=1, return_inverse=True)
    counted = np.bincount(of_member.reshape(-1), weight[hit] * shares[hit, share], keys.shape[1])
    events = len(row_splits) - 1
    objects, own = np.bincount(keys[0], minlength=events), np.bincount(keys[0], counted, events)
    some = objects > 0
    return OBJECTS_NEAR * own[some] / objects[some], np.bincount(event, weight, events)[keys[0]] - counted


def _range(values: Any) -> str:
    """Return ", 8 to 38, median 22"; empty where there are no values."""
    import numpy as np

    if not len(values):
        return ""
    least, middle, most = (
        f"{value:,.0f}" if value >= 100 else f"{value:.3g}" for value in np.quantile(values, [0, 0.5, 1])
    )
    return f", {least} to {most}, median {middle}"
