"""The fractions that objects hold beside the lists of their hits."""

from __future__ import annotations

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.frame import Frame, ObjectRows
from registry.plugins.loaders.description.truth_options import ObjectOptions


def fractions_of(frame: Frame, objects: ObjectRows, options: ObjectOptions) -> np.ndarray:
    """Return the share or the energy beside each entry of the lists of hits, float64 [entries].

    Raises DataError for lists of another length than those of hits, and for a value that is negative, null or nan.
    """
    hits, found = objects.columns[str(options.hits)], objects.columns[str(options.fractions)]
    event = np.repeat(np.arange(len(objects.splits) - 1), np.diff(objects.splits))

    def where(obj: int) -> str:
        number = obj - int(objects.splits[event[obj]])
        return f"object {number} of event {frame.index.label(frame.first + int(event[obj]))} of {frame.table.name}"

    counts = np.diff(hits.splits[0])
    others = np.diff(found.splits[0]) if found.splits else np.ones(len(found.values), np.int64)
    differ = np.flatnonzero(counts != others)
    if len(differ):
        obj = int(differ[0])
        message = f"{options.hits!r} of {where(obj)} has {counts[obj]} values, {options.fractions!r} has {others[obj]}"
        raise DataError(message, "objects.fractions", "each hit of an object has one fraction")
    values = found.values.astype(np.float64)
    if found.missing is not None:
        values = np.where(found.missing, np.nan, values)
    # What belongs to no hit, such as a deposit that was not measured, may have anything.
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)) & (hits.values >= options.hits_base))
    if len(wrong):
        obj = int(np.searchsorted(hits.splits[0], wrong[0], side="right")) - 1
        message = f"{options.fractions!r} of {where(obj)} is {values[wrong[0]]:g} for a hit"
        raise DataError(message, "objects.fractions", "expected 0, or more; `on_error: skip` leaves such events out")
    return values
