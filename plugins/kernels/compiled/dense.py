"""Hits of one event that are connected through dense places: DBSCAN."""

from __future__ import annotations

import numpy as np

from registry.plugins.kernels.compiled.cells import near_cells, squared_distance
from registry.plugins.kernels.compiled.runtime import compiled, inner


@compiled
def connect(points, radius, least, items, starts, low, edge, shape, label):  # type: ignore[no-untyped-def]
    """Give every hit the first core hit of its cluster, -1 for none; a core has `least` hits within the radius.

    Hits that are no core join, of the clusters of which a core is within the radius, the one whose first core is first.
    """
    near = np.empty(len(starts) - 1, np.int64)
    limit = radius * radius
    core = np.zeros(len(points), np.bool_)
    cores = np.int64(0)
    for hit in items:
        core[hit] = _is_core(points, hit, radius, least, items, starts, low, edge, shape, near)
        cores += core[hit]
    parent = np.arange(len(points))
    clusters = cores
    for hit in items:
        # Where all are one cluster already, no link is left to find.
        if clusters == 1:
            break
        if not core[hit]:
            continue
        own = _root(parent, hit)
        for number in range(near_cells(points, hit, radius, low, edge, shape, near)):
            for other in items[starts[near[number]] : starts[near[number] + 1]]:
                if other > hit and core[other]:
                    root = _root(parent, other)
                    if root != own and squared_distance(points, hit, other) <= limit:
                        parent[max(root, own)] = min(root, own)
                        own = min(root, own)
                        clusters -= 1
    for hit in items:
        if core[hit]:
            label[hit] = _root(parent, hit)
            continue
        first = np.int64(len(points))
        for number in range(near_cells(points, hit, radius, low, edge, shape, near)):
            for other in items[starts[near[number]] : starts[near[number] + 1]]:
                if core[other] and squared_distance(points, hit, other) <= limit:
                    first = min(first, _root(parent, other))
        if first < len(points):
            label[hit] = first


@inner
def _is_core(points, hit, radius, least, items, starts, low, edge, shape, near):  # type: ignore[no-untyped-def]
    """Say whether so many hits are within the radius of a hit, itself included."""
    count = np.int64(1)
    if count >= least:
        return True
    for number in range(near_cells(points, hit, radius, low, edge, shape, near)):
        for other in items[starts[near[number]] : starts[near[number] + 1]]:
            if other != hit and squared_distance(points, hit, other) <= radius * radius:
                count += 1
                if count >= least:
                    return True
    return False


@inner
def _root(parent, hit):  # type: ignore[no-untyped-def]
    """Return the first hit of a hit's cluster; halves the way there."""
    while parent[hit] != hit:
        parent[hit] = parent[parent[hit]]
        hit = parent[hit]
    return hit
