"""Columns of hits that say which objects share them: ids and fractions, by falling share."""

from __future__ import annotations

import numpy as np

from registry.contract.casting import cast
from registry.plugins.loaders.description.objects import join_by_id
from registry.plugins.loaders.description.truth import Ids


def shares_of(most: int) -> list[tuple[str, str]]:
    """Return the names of the columns of so many objects: of each its id, and its share."""
    return [(f"shared_object_{number}", f"shared_fraction_{number}") for number in range(most)]


def largest_shares(ids: Ids, splits: np.ndarray, most: int) -> dict[str, np.ndarray]:
    """Return the columns of the objects with the largest shares of each hit, -1 and 0 where there are fewer.

    Objects that are no hit's own are left out, as they are where a loader hands on shares. `splits` [events + 1].
    """
    n_hits = len(ids.values)
    objects, fractions = np.full((n_hits, most), -1, np.int64), np.zeros((n_hits, most))
    if ids.shares is not None and most:
        hit, own, fraction = ids.shares
        event = np.repeat(np.arange(len(splits) - 1), np.diff(splits))
        main = np.flatnonzero(~ids.noise)
        ends = np.searchsorted(main, splits)
        found = join_by_id(own.astype(ids.values.dtype), np.zeros(len(own), bool), event[hit], ids.values[main], ends)
        hit, own, fraction = hit[found >= 0], own[found >= 0], fraction[found >= 0]
        order = np.lexsort((own, -fraction, hit))
        hit, own, fraction = hit[order], own[order], fraction[order]
        rank = np.arange(len(hit)) - np.searchsorted(hit, hit, side="left")
        few = rank < most
        objects[hit[few], rank[few]] = cast(own[few], "int64", "contributions.ids")
        fractions[hit[few], rank[few]] = fraction[few]
    names = enumerate(shares_of(most))
    return {
        name: column for n, pair in names for name, column in zip(pair, (objects[:, n], fractions[:, n]), strict=True)
    }
