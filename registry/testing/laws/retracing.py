"""One trace serves all numbers of hits and events: nothing is traced anew from batch to batch."""

from __future__ import annotations

from registry.testing.broken import Broken
from registry.testing.comparing import require_same
from registry.testing.law import PARTS, law
from registry.testing.subject import Subject

BATCHES = ([3], [20, 0, 5], [0], [1, 40])


@law("no retracing", PARTS, "take sizes from tf.shape(x), never from x.shape or Python numbers")
def check(subject: Subject) -> None:
    """Run batches of several sizes through the layer as a graph."""
    for sizes in BATCHES:
        values = subject.values(sizes)
        found = subject.graph(values)
        if subject.graph.traces != 1:
            raise Broken("one trace for all batches", f"{subject.graph.traces}, the last for events of {sizes} hits")
        require_same(found, subject.running(values), f"events of {sizes} hits in the graph traced before")
