"""Joins the two clusters that most speaks for, again and again: a compiled loop."""

from __future__ import annotations

import heapq

import numpy as np

from registry.plugins.kernels.compiled.runtime import compiled

WORD = 64
"""Numbers that one word of a mask holds."""


def contracted(first: np.ndarray, second: np.ndarray, weight: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return the cluster of each hit, int64 [hits], counted from 0.

    `first`, `second`: int64 [edges], each pair of hits once; `weight`: float64 [edges]; `numbers`: int64 [hits], two
    hits of one number are never of one cluster; below 0: of none.
    """
    roots = _roots(first, second, weight.astype(np.float64), _masks(numbers))
    return np.unique(roots, return_inverse=True)[1].reshape(-1)


def _masks(numbers: np.ndarray) -> np.ndarray:
    """Return the number of each hit as a bit, uint64 [hits, words]."""
    known = numbers >= 0
    values, place = np.unique(numbers[known], return_inverse=True)
    masks = np.zeros((len(numbers), len(values) // WORD + 1), np.uint64)
    masks[np.flatnonzero(known), place // WORD] = np.uint64(1) << (place % WORD).astype(np.uint64)
    return masks


@compiled
def _root(parent, hit):  # type: ignore[no-untyped-def]
    while parent[hit] != hit:
        parent[hit] = parent[parent[hit]]
        hit = parent[hit]
    return hit


@compiled
def _exclude(masks, one, other):  # type: ignore[no-untyped-def]
    return (masks[one] & masks[other]).any()


@compiled
def _roots(first, second, weight, masks):  # type: ignore[no-untyped-def]
    """Return the hit that stands for the cluster of each hit.

    The edges of a cluster are a list of ends: end 2e is in the list of `first[e]`, 2e + 1 in that of `second[e]`.
    """
    hits, edges = len(masks), len(first)
    parent, ends, following = np.arange(hits), np.full(hits, -1), np.full(2 * edges, -1)
    alive, changed = np.ones(edges, np.bool_), np.zeros(edges, np.bool_)
    edge_to = np.full(hits, -1)
    for edge in range(edges):
        following[2 * edge], ends[first[edge]] = ends[first[edge]], 2 * edge
        following[2 * edge + 1], ends[second[edge]] = ends[second[edge]], 2 * edge + 1
    waiting = [(-weight[edge], edge) for edge in range(edges) if weight[edge] > 0]
    heapq.heapify(waiting)
    while len(waiting) > 0:
        key, edge = heapq.heappop(waiting)
        if not alive[edge] or -key != weight[edge]:
            continue
        one, other = _root(parent, first[edge]), _root(parent, second[edge])
        if _exclude(masks, one, other):
            alive[edge] = False
            continue
        parent[other] = one
        masks[one] |= masks[other]
        kept = -1
        for source in (one, other):
            end = ends[source]
            while end >= 0:
                after, own = following[end], end // 2
                if alive[own]:
                    to = _root(parent, first[own])
                    if to == one:
                        to = _root(parent, second[own])
                    same = edge_to[to]
                    if to == one:
                        alive[own] = False
                    elif same >= 0:
                        weight[same] += weight[own]
                        alive[own], changed[same] = False, True
                    else:
                        edge_to[to] = own
                        following[end], kept = kept, end
                end = after
        ends[one] = kept
        while kept >= 0:
            own = kept // 2
            to = _root(parent, first[own])
            if to == one:
                to = _root(parent, second[own])
            edge_to[to] = -1
            if changed[own] and weight[own] > 0:
                heapq.heappush(waiting, (-weight[own], own))
            changed[own] = False
            kept = following[kept]
    for hit in range(hits):
        parent[hit] = _root(parent, hit)
    return parent
