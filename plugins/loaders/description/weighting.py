"""How much hits, objects and events count in losses, and which objects share a hit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.description.columns import WEIGHTS
from registry.plugins.loaders.description.frame import Frame
from registry.plugins.loaders.description.objects import join_by_id
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.truth import Ids


def add_weights(
    outputs: dict[str, np.ndarray], params: TableParams, frame: Frame, values: Callable[[str], np.ndarray]
) -> None:
    """Multiply the weight of objects with that of their class, and hold weights to what they may be.

    Raises DataError, which names a hit, for one below 0, and for events whose hits do not agree in theirs.
    """
    if params.class_weights is not None:
        own = outputs.get("object_weight", np.ones((frame.n_hits, 1), np.float32))
        outputs["object_weight"] = own * class_weights(params, values)[:, None]
    for name in WEIGHTS:
        if name in outputs:
            bad = np.flatnonzero(outputs[name][:, 0] < 0)
            if len(bad):
                message = f"{name!r} is {outputs[name][bad[0], 0]:g} in {frame.where(int(bad[0]))}"
                hint = "expected 0, or more; `maximum(weight, 0)` is an expression"
                raise DataError(message, f"columns.{name}", hint)
    if "event_weight" in outputs:
        weight = outputs["event_weight"][:, 0]
        differ = np.flatnonzero((weight[1:] != weight[:-1]) & (frame.event_of_hit[1:] == frame.event_of_hit[:-1]))
        if len(differ):
            message = f"'event_weight' is another one than in the hit before, in {frame.where(int(differ[0]) + 1)}"
            raise DataError(message, "columns.event_weight", "all hits of an event have one; is it `hit_weight`?")


def class_weights(params: TableParams, values: Callable[[str], np.ndarray]) -> np.ndarray:
    """Return the weight of each hit's class, float32 [hits]."""
    options = params.class_weights
    assert options is not None
    classes = values(options.column)
    made = np.full(len(classes), options.other, np.float32)
    for text, weight in options.weights.items():
        made[classes == float(text)] = weight
    return made


def shared_hits(
    ids: Ids, kept: np.ndarray, numbers: np.ndarray, splits: np.ndarray, most: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the objects that share each kept hit, int32 [hits, most], and their fractions, by falling share.

    `kept`: bool [hits before the filter]; `numbers`: of each kept hit's own object, below 0 for none. Objects that are
    no hit's own have no number: their shares are left out, and counted.
    """
    objects = np.full((len(numbers), most), -1, np.int32)
    fractions = np.zeros((len(numbers), most), np.float32)
    if ids.shares is None:
        return objects, fractions, 0
    place = np.cumsum(kept) - 1
    inside = kept[ids.shares.hit]
    hit, own, fraction = place[ids.shares.hit[inside]], ids.shares.ids[inside], ids.shares.fraction[inside]
    event = np.repeat(np.arange(len(splits) - 1), np.diff(splits))
    main = ids.values[kept]
    rows = join_by_id(own.astype(main.dtype), np.zeros(len(own), bool), event[hit], main, splits)
    number = np.where(rows >= 0, numbers[rows] if len(numbers) else -1, -1)
    nobody = int((rows < 0).sum())
    hit, number, fraction = hit[number >= 0], number[number >= 0], fraction[number >= 0]
    order = np.lexsort((number, -fraction, hit))
    hit, number, fraction = hit[order], number[order], fraction[order]
    first = np.searchsorted(hit, hit, side="left")
    rank = np.arange(len(hit)) - first
    few = rank < most
    objects[hit[few], rank[few]], fractions[hit[few], rank[few]] = number[few], fraction[few]
    return objects, fractions, nobody
