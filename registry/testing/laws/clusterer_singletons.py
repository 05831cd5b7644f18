"""A hit far from all others is a cluster of its own, or in none: never in one with another hit."""

from __future__ import annotations

import numpy as np

from registry.contract.clusterer import Clusterer
from registry.testing.broken import Broken
from registry.testing.law import CLUSTERERS, law
from registry.testing.subject import Subject

FAR = 1e4


def _unless(subject: Subject) -> str:
    return "" if any(port.name == "coordinates" for port in subject.kind.inputs) else "it takes no coordinates"


@law(
    "singletons",
    CLUSTERERS,
    "bound how far a hit may be from its cluster, or leave it out with -1",
    those="that take coordinates",
    unless=_unless,
)
def check(subject: Subject) -> None:
    """Move one hit away from all others."""
    block, values = subject.block, subject.values([20, 1])
    assert isinstance(block, Clusterer)
    coordinates = values["coordinates"].copy()
    coordinates[7] += FAR
    found = block.cluster({**values, "coordinates": coordinates}).assignment
    together = np.flatnonzero(found[:20] == found[7])
    if found[7] >= 0 and len(together) > 1:
        raise Broken("a hit far from all others alone in its cluster", f"{len(together)} hits in it")
