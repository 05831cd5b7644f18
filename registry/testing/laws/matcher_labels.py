"""Which cluster matches which object does not depend on what they are called, nor on the order of hits."""

from __future__ import annotations

import numpy as np

from registry.contract.matcher import Matcher
from registry.measuring.overlaps import overlap_of, whole_hits
from registry.testing.broken import Broken
from registry.testing.law import MATCHERS, law
from registry.testing.subject import Subject

EVENTS = 8


@law("labels of objects", MATCHERS, "compare overlaps, not labels nor places")
def check(subject: Subject) -> None:
    """Match events, and the same with other labels and in another order of hits."""
    for seed in range(EVENTS):
        random = np.random.default_rng(seed)
        hits = int(random.integers(0, 40))
        clusters, truth = random.integers(-1, 4, hits), random.integers(-1, 4, hits)
        energy = random.exponential(size=hits)
        renamed, moved = random.permutation(10), random.permutation(hits)
        expected = _pairs(subject, clusters, truth, energy)
        other = _pairs(subject, _renamed(clusters, renamed)[moved], _renamed(truth, renamed)[moved], energy[moved])
        wanted = {(int(renamed[cluster]), int(renamed[item])) for cluster, item in expected}
        if other != wanted:
            raise Broken(f"the pairs {sorted(wanted)} under other names", sorted(other))


def _renamed(labels: np.ndarray, names: np.ndarray) -> np.ndarray:
    return np.where(labels >= 0, names[labels], -1)


def _pairs(subject: Subject, clusters: np.ndarray, truth: np.ndarray, energy: np.ndarray) -> set[tuple[int, int]]:
    """Return the pairs of cluster and object that match, by their labels."""
    block = subject.block
    assert isinstance(block, Matcher)
    overlap = overlap_of(clusters, whole_hits(truth), energy)
    found = block.match(overlap)
    if len(found.object_of) != len(overlap.clusters.labels) or len(found.cluster_of) != len(overlap.objects.labels):
        raise Broken("an answer for every cluster and object", f"{len(found.object_of)} and {len(found.cluster_of)}")
    return {
        (int(label), int(overlap.objects.labels[place]))
        for label, place in zip(overlap.clusters.labels, found.object_of, strict=True)
        if place >= 0
    }
