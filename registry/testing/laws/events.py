"""Events do not see each other: one alone gives what it gives in a batch."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from registry.testing.comparing import by_hits, pointing, require_same
from registry.testing.law import LAYERS, law
from registry.testing.subject import Subject
from registry.testing.values import rows_taken

BATCHES = ([5, 0, 12, 1], [30, 2])


@law(
    "events apart", LAYERS, "take `row_splits`, and sum within events (tf.math.unsorted_segment_sum), not over all hits"
)
def check(subject: Subject) -> None:
    """Run events together, and each alone."""
    inputs, run = subject.inputs, subject.graph
    for seed, sizes in enumerate(BATCHES):
        values, hits = subject.values(sizes, seed), sum(sizes)
        together, _ = by_hits(run(values), inputs.outputs, values, inputs, hits)
        for number, (first, last) in enumerate(pairwise(np.concatenate([[0], np.cumsum(sizes)]))):
            one = rows_taken(values, inputs, np.arange(first, last), np.array([0, last - first]), hits)
            alone, _ = by_hits(run(one), inputs.outputs, one, inputs, last - first)
            wanted = {}
            for port, value in together.items():
                part = value[first:last]
                wanted[port] = np.where(part < 0, part, part - first) if pointing(inputs.outputs, port) else part
            require_same(alone, wanted, f"event {number} of {sizes} hits, alone as in the batch")
