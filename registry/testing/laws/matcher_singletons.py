"""Clusters that are the objects match them, each its own, events without clusters or objects nothing."""

from __future__ import annotations

import numpy as np

from registry.contract.matcher import Matcher
from registry.measuring.overlaps import overlap_of, whole_hits
from registry.testing.broken import Broken
from registry.testing.law import MATCHERS, law
from registry.testing.subject import Subject

HITS = 6
"""Hits of every object: more than any cut asks for by default."""


@law("perfect clusters", MATCHERS, "match what shares all of its hits, and nothing where there is no overlap")
def check(subject: Subject) -> None:
    """Match the objects with themselves, and nothing with nothing."""
    block = subject.block
    assert isinstance(block, Matcher)
    truth = np.repeat([0, 1, 2], HITS)
    found = block.match(overlap_of(truth, whole_hits(truth), np.ones(len(truth))))
    if found.object_of.tolist() != [0, 1, 2]:
        raise Broken("each cluster to match the object that it is: [0, 1, 2]", found.object_of.tolist())
    none, noise = np.zeros(0, int), np.full(4, -1)
    for clusters, objects in ((none, none), (noise, np.zeros(4, int)), (np.zeros(4, int), noise), (noise, noise)):
        empty = block.match(overlap_of(clusters, whole_hits(objects), np.ones(len(clusters))))
        if (empty.object_of >= 0).any() or (empty.cluster_of >= 0).any():
            raise Broken("no match without clusters or objects", empty.object_of.tolist())
