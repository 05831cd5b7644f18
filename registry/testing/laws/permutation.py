"""The order of hits within their events makes no difference: outputs of hits follow it, others stay."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from registry.testing.comparing import by_hits, pointing, require_same
from registry.testing.law import PARTS, law
from registry.testing.subject import Subject
from registry.testing.values import rows_taken, splits_of

BATCHES = ([5, 0, 12, 1], [30, 2])


@law("order of hits", PARTS, "let no output depend on the place of a hit in its event")
def check(subject: Subject) -> None:
    """Permute the hits of every event."""
    inputs, run = subject.inputs, subject.graph
    for seed, sizes in enumerate(BATCHES):
        values, hits = subject.values(sizes, seed), sum(sizes)
        random, row_splits = np.random.default_rng(seed), np.concatenate([[0], np.cumsum(sizes)])
        order = np.concatenate([first + random.permutation(last - first) for first, last in pairwise(row_splits)])
        place = np.full(hits + 1, -1)
        place[order] = np.arange(hits)
        moved = rows_taken(values, inputs, order, row_splits, hits)
        before, whole = by_hits(run(values), inputs.outputs, values, inputs, hits)
        found, still = by_hits(run(moved), inputs.outputs, moved, inputs, hits)
        wanted = {
            port: place[value[order]] if pointing(inputs.outputs, port) else value[order]
            for port, value in before.items()
        }
        what = f"events of {sizes} hits, each in another order"
        if splits_of(values, inputs) is None and not before:
            continue
        require_same(found, wanted, what)
        require_same(still, whole, what)
